"""The reported acts before the start, as the ledger of a theatre gives them to the engine."""

from __future__ import annotations

import hashlib

from sim.engine.acts import GivenAct
from sim.evidence import Ledger
from sim.scenario.scenario_file import ScenarioFile


def read_history(read: ScenarioFile, split: str | None = "calibration") -> tuple[tuple[GivenAct, ...], str]:
    """Return the reported acts before the start, and the digest of the ledger."""
    file = read.theatre_file
    if file.ledger is None:
        return (), ""
    ledger = Ledger.read(file.ledger)
    theatre = file.theatre
    acts = tuple(
        GivenAct(
            day=incident.day_of(file.start),
            sender=incident.initiator,
            target=incident.target,
            rung=min(incident.rung or 0, theatre.ladder.top),
            killed=incident.killed,
            civilians=incident.killed_civilian,
            leaders=int(incident.leader_killed),
            charged=incident.charged or None,
        )
        for incident in ledger.acts(file.start, split=split)
        if f"{incident.initiator}-{incident.target}" in theatre.dyad_index
    )
    return acts, hashlib.sha256(file.ledger.read_bytes()).hexdigest()
