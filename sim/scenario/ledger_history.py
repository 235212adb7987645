"""The reported acts before the start, as the ledger of a theatre gives them to the engine."""

import hashlib
from collections.abc import Iterable

from sim.engine.acts import GivenAct
from sim.evidence import Incident, Ledger
from sim.evidence.replay import Replay, choose_acts
from sim.scenario.scenario_file import ScenarioFile
from sim.scenario.theatre_file import TheatreFile


def choose_replay(incidents: Iterable[Incident], file: TheatreFile, split: str | None = "calibration") -> Replay:
    """Return which rows of a ledger are replayed before the start of a theatre, and why the others are not."""
    theatre = file.theatre
    return choose_acts(incidents, file.start, split=split, parties=theatre.party_index, dyads=theatre.dyad_index)


def read_history(
    read: ScenarioFile, split: str | None = "calibration"
) -> tuple[tuple[GivenAct, ...], str, Replay | None]:
    """Return the reported acts before the start, the digest of the ledger, and what became of its rows."""
    file = read.theatre_file
    if file.ledger is None:
        return (), "", None
    replay = choose_replay(Ledger.read(file.ledger), file, split)
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
