"""The reported acts before the start, as the ledger of a theatre gives them to the engine."""

from __future__ import annotations

import hashlib

from sim.engine.acts import GivenAct
from sim.evidence import Ledger
from sim.evidence.replay import Replay, choose_acts
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.theatre_file import TheatreFile


def read_replay(file: TheatreFile, split: str | None = "calibration") -> Replay:
    """Return which rows of the ledger of a theatre are replayed before its start, and why the others are not."""
    incidents = () if file.ledger is None else Ledger.read(file.ledger)
    theatre = file.theatre
    return choose_acts(incidents, file.start, split=split, parties=theatre.party_index, dyads=theatre.dyad_index)


def read_history(
    read: ScenarioFile, split: str | None = "calibration"
) -> tuple[tuple[GivenAct, ...], str, Replay | None]:
    """Return the reported acts before the start, the digest of the ledger, and what became of its rows."""
    file = read.theatre_file
    if file.ledger is None:
        return (), "", None
    replay = read_replay(file, split)
    acts = tuple(
        GivenAct(
            day=incident.day_of(file.start),
            sender=incident.initiator,
            target=incident.target,
            rung=min(incident.rung or 0, file.theatre.ladder.top),
            killed=incident.killed,
            civilians=incident.killed_civilian or 0,
            leaders=int(incident.leader_killed),
            charged=incident.charged or None,
        )
        for incident in replay.acts
    )
    return acts, hashlib.sha256(file.ledger.read_bytes()).hexdigest(), replay
