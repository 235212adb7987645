"""Read a theatre from its file: parties, dyads, ladder, front, questions, parameters, and the acts of its ledger."""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sim.core.errors import Problem, Problems, nearest
from sim.core.parameters import Interval, parameters_of
from sim.core.toml_table import Key, TableKeys, TomlTable, read_toml
from sim.engine.acts import GivenAct
from sim.engine.outcomes import Question
from sim.engine.theatre import Dyad, Front, Ladder, PartyProfile, Rung, Theatre
from sim.evidence import Incident, Ledger
from sim.evidence.replay import Replay, choose_acts
from sim.scenario import entry_and_question_file as entries
from sim.scenario.entry_and_question_file import check_definitions, read_questions, read_region
from sim.scenario.settings import PARAMETERS, Settings, default_settings, read_settings

PARTY: Final = TableKeys(
    {
        "id": Key("text", "stable short name; draws are keyed by it"),
        "name": Key("text", "name that people read"),
        "location": Key("text", "where the party is hit: its killed are counted there"),
        "counts_launches": Key("flag", "whether its acts are salvos whose launches are counted", default=False),
    }
)
DYAD: Final = TableKeys(
    {
        "sender": Key("one_of", "id of the party that acts"),
        "target": Key("one_of", "id of the party acted on"),
        "spill_to": Key("one_of", "id of the party that the target may charge instead", default=""),
    }
)
FRONT: Final = TableKeys(
    {
        "id": Key("text", "short name"),
        "name": Key("text", "name that people read"),
        "side_a": Key("names", "ids of the parties on one side, the main party first"),
        "side_b": Key("names", "ids of the parties on the other side, the main party first"),
    }
)
RUNG: Final = TableKeys(
    {
        "level": Key("integer", "height on the ladder, from 0 without a gap", Interval(0, 20)),
        "name": Key("text", "what stands on this rung"),
        **{
            name: Key("number", mark.text, mark.bounds, mark.default, mark.unit)
            for name, mark in parameters_of(Rung).items()
        },
    }
)
THEATRE: Final = TableKeys(
    {
        "name": Key("text", "name that people read"),
        "start": Key("date", "first day of the scenarios"),
        "ledger": Key("text", "file of the reported incidents, beside this one", default=""),
        "parameters": Key("table", "value or law of every parameter", inside=PARAMETERS),
        "party": Key("tables", "who takes part", inside=PARTY, fewest=2),
        "dyad": Key("tables", "who can act on whom", inside=DYAD, fewest=1),
        "front": Key("table", "the two sides of the border", inside=FRONT),
        "joiner": Key("tables", "who is not in the war at the start and may join it", inside=entries.JOINER),
        "alliance": Key("tables", "for whose sake a party may join", inside=entries.ALLIANCE),
        "region": Key("table", "what makes the war regional", inside=entries.REGION),
        "rung": Key("tables", "the escalation ladder, from its foot", inside=RUNG, fewest=2),
        "question": Key("tables", "what the outcomes resolve", inside=entries.QUESTION),
        "definition": Key("tables", "what others count as a war", inside=entries.DEFINITION),
    }
)


@dataclass(frozen=True)
class TheatreFile:
    """A theatre as read from its file."""

    path: Path
    raw: dict[str, Any]
    theatre: Theatre
    start: datetime.date  # first day of the scenarios
    ledger: Path | None
    questions: tuple[Question, ...]
    settings: Settings
    notes: tuple[Problem, ...] = ()  # what is no fault, and yet should be known


def read_theatre(path: Path) -> TheatreFile:
    """Read a theatre; an `InputError` tells every problem of the file."""
    raw = read_toml(path)
    problems = Problems(path)
    root = TomlTable(raw, "", problems, THEATRE)
    name, start = root.text("name"), root.date("start")
    ledger = root.text("ledger")
    if ledger and not (path.parent / ledger).is_file():
        root.add("ledger", f'no such file "{ledger}"; {nearest(ledger, [p.name for p in path.parent.glob("*.csv")])}')
    if "reference" in raw:
        root.refuse("reference", 'stands in each question now: reference = "CLASS", one of those of `sim reference`')
    parameters = root.table("parameters")
    theatre, questions = _read_structure(root, name)
    settings = default_settings(theatre)
    read_settings(parameters, theatre, settings, path.name)
    check_definitions(root)
    root.finish()
    problems.raise_if_any()
    reported, notes = path.parent / ledger if ledger else None, tuple(problems.notes)
    return TheatreFile(path, raw, theatre, start, reported, questions, settings, notes)


def build_theatre(raw: dict[str, Any], manifest: Path) -> tuple[Theatre, tuple[Question, ...]]:
    """Return the theatre and its questions from the content of its file, which a manifest keeps."""
    root = TomlTable(raw, "", Problems(manifest), THEATRE)
    return _read_structure(root, root.text("name"))


def _read_structure(root: TomlTable, name: str) -> tuple[Theatre, tuple[Question, ...]]:
    """Return who can act on whom, and what is asked; refuse a file with any problem so far."""
    parties = _read_parties(root)
    dyads = _read_dyads(root, parties)
    front = _read_front(root.table("front"), parties)
    joiners, alliances, region = read_region(root, parties, front)
    ladder = _read_ladder(root)
    questions = read_questions(root, parties, dyads, joiners, region, ladder.top)
    root.problems.raise_if_any()
    return Theatre(name, parties, dyads, ladder, front, joiners, alliances, region), questions


def _read_parties(root: TomlTable) -> list[PartyProfile]:
    parties: list[PartyProfile] = []
    for table in root.each("party", once="id"):
        identity = table.text("id")
        if "." in identity:
            table.add("id", f'"{identity}" has a dot, which parts the names of a key path; leave it away')
        parties.append(
            PartyProfile(identity, table.text("name"), table.text("location"), table.flag("counts_launches"))
        )
    if len(parties) < 2:
        root.add("party", "needs at least two parties, [[party]]")
    return parties


def _read_dyads(root: TomlTable, parties: list[PartyProfile]) -> list[Dyad]:
    ids = [party.id for party in parties]
    dyads: list[Dyad] = []
    for table in root.each("dyad"):
        sender, target = table.one_of("sender", ids), table.one_of("target", ids)
        spill_to = table.one_of("spill_to", ids) or None
        if sender and sender == target:
            table.add("target", f'"{target}" cannot act on itself')
        dyad = Dyad(sender, target, spill_to)
        if dyad.id in {other.id for other in dyads}:
            table.add("target", f"the dyad {dyad.id} stands twice")
        dyads.append(dyad)
    if not dyads:
        root.add("dyad", "needs at least one dyad, [[dyad]]")
    return dyads


def _read_front(table: TomlTable, parties: list[PartyProfile]) -> Front:
    ids = [party.id for party in parties]
    sides = []
    for side in ("side_a", "side_b"):
        members = table.names(side, ids)
        if table.values.get(side) == []:
            table.add(side, "is empty: a front needs a party on either side")
        sides.append(tuple(members))
    for party in sides[0]:
        if party in sides[1]:
            table.add("side_b", f'party "{party}" stands on both sides')
    front = Front(table.text("id"), table.text("name"), (sides[0], sides[1]))
    table.finish()
    return front


def _read_ladder(root: TomlTable) -> Ladder:
    rungs = [
        Rung(table.integer("level"), table.text("name"), **{name: table.number(name) for name in parameters_of(Rung)})
        for table in root.each("rung")
    ]
    with root.problems.collect():
        return Ladder(rungs)
    return Ladder([Rung(0, "none"), Rung(1, "some")])


def choose_replay(incidents: Iterable[Incident], file: TheatreFile, split: str | None = "calibration") -> Replay:
    """Return which rows of a ledger are replayed before the start of a theatre, and why the others are not."""
    theatre = file.theatre
    return choose_acts(incidents, file.start, split=split, parties=theatre.party_index, dyads=theatre.dyad_index)


def read_history(
    file: TheatreFile, split: str | None = "calibration"
) -> tuple[tuple[GivenAct, ...], str, Replay | None]:
    """Return the reported acts before the start, the digest of the ledger, and what became of its rows."""
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
