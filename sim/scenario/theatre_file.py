"""Read a theatre from its file: parties, dyads, ladder, front, questions, reference class, parameters, ledger."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.core.errors import Problems, nearest
from sim.core.parameters import Interval, parameters_of
from sim.core.toml_table import Table, read_toml
from sim.engine.ladder import Ladder, Rung
from sim.engine.outcomes import Question
from sim.engine.theatre import Dyad, Front, PartyProfile, Theatre
from sim.scenario.entry_and_question_file import read_questions, read_region
from sim.scenario.settings import Settings, default_settings, read_settings


@dataclass(frozen=True)
class ReferenceClass:
    """How often the like happened elsewhere (S4.2).

    Parameters
    ----------
    text : str
        What was counted.
    low, best, high : float
        Share and its 95 % interval [1].
    source : str
        Reference.
    """

    text: str
    low: float
    best: float
    high: float
    source: str


@dataclass(frozen=True)
class TheatreFile:
    """A theatre as read from its file.

    Parameters
    ----------
    path : Path
        The file.
    raw : dict
        Its content.
    theatre : Theatre
        Parties, dyads, ladder, front.
    start : datetime.date
        First day of the scenarios.
    ledger : Path or None
        Ledger of reported incidents.
    questions : tuple of Question
        Questions that the outcomes resolve.
    reference : ReferenceClass
        Reference class of the main question.
    settings : dict
        Laws of all parameters.
    """

    path: Path
    raw: dict[str, Any]
    theatre: Theatre
    start: datetime.date
    ledger: Path | None
    questions: tuple[Question, ...]
    reference: ReferenceClass
    settings: Settings


def read_theatre(path: Path) -> TheatreFile:
    """Read a theatre.

    Parameters
    ----------
    path : Path
        The TOML file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    raw = read_toml(path)
    problems = Problems(path)
    root = Table(raw, "", problems)
    name, start = root.text("name"), root.date("start")
    ledger = root.text("ledger", "")
    if ledger and not (path.parent / ledger).is_file():
        root.add("ledger", f'no such file "{ledger}"; {nearest(ledger, [p.name for p in path.parent.glob("*.csv")])}')
    reference = _reference(root.table("reference"))
    parameters = root.table("parameters")
    theatre, questions = _structure(root, name)
    settings = default_settings(theatre)
    read_settings(parameters, theatre, settings, path.name)
    root.finish()
    problems.raise_if_any()
    where = path.parent / ledger if ledger else None
    return TheatreFile(path, raw, theatre, start, where, questions, reference, settings)


def theatre_of(raw: dict[str, Any], place: Path) -> tuple[Theatre, tuple[Question, ...]]:
    """Return the theatre and its questions from the content of a file as a manifest keeps it.

    Parameters
    ----------
    raw : dict
        Content of the file.
    place : Path
        Where it is kept, for the messages.

    Raises
    ------
    InputError
        With every problem of the content.
    """
    root = Table(raw, "", Problems(place))
    return _structure(root, root.text("name"))


def _structure(root: Table, name: str) -> tuple[Theatre, tuple[Question, ...]]:
    """Return who can act on whom, and what is asked; refuse a file with any problem so far."""
    parties = _parties(root)
    dyads = _dyads(root, parties)
    front = _front(root.table("front"), parties)
    joiners, alliances, region = read_region(root, parties)
    ladder = _ladder(root, root.problems)
    questions = read_questions(root, parties, dyads, joiners, region)
    root.problems.raise_if_any()
    return Theatre(name, parties, dyads, ladder, front, joiners, alliances, region), questions


def _parties(root: Table) -> list[PartyProfile]:
    parties: list[PartyProfile] = []
    for table in root.tables("party"):
        identity = table.text("id")
        if identity in {party.id for party in parties}:
            table.add("id", f'"{identity}" stands twice')
        parties.append(
            PartyProfile(identity, table.text("name"), table.text("location"), table.flag("counts_launches", False))
        )
        table.finish()
    if len(parties) < 2:
        root.add("party", "needs at least two parties, [[party]]")
    return parties


def _dyads(root: Table, parties: list[PartyProfile]) -> list[Dyad]:
    ids = [party.id for party in parties]
    dyads: list[Dyad] = []
    for table in root.tables("dyad"):
        sender, target = table.one_of("sender", ids), table.one_of("target", ids)
        spill_to = table.one_of("spill_to", ids, "") or None
        if sender and sender == target:
            table.add("target", f'"{target}" cannot act on itself')
        dyad = Dyad(sender, target, spill_to)
        if dyad.id in {other.id for other in dyads}:
            table.add("target", f"the dyad {dyad.id} stands twice")
        dyads.append(dyad)
        table.finish()
    if not dyads:
        root.add("dyad", "needs at least one dyad, [[dyad]]")
    return dyads


def _front(table: Table, parties: list[PartyProfile]) -> Front:
    ids = [party.id for party in parties]
    sides = []
    for side in ("side_a", "side_b"):
        members = table.names(side)
        for member in members:
            if member not in ids:
                table.add(side, f'"{member}" is not a party; {nearest(member, ids)}')
        sides.append(tuple(members))
    for party in sides[0]:
        if party in sides[1]:
            table.add("side_b", f'party "{party}" stands on both sides')
    front = Front(table.text("id"), table.text("name"), (sides[0], sides[1]))
    table.finish()
    return front


def _ladder(root: Table, problems: Problems) -> Ladder:
    declared = parameters_of(Rung)
    rungs = []
    for table in root.tables("rung"):
        level = table.integer("level", Interval(0, 20))
        marks = {name: table.number(name, item.bounds, item.default) for name, item in declared.items()}
        rungs.append(Rung(level, table.text("name"), **marks))
        table.finish()
    with problems.collect():
        return Ladder(rungs)
    return Ladder([Rung(0, "none"), Rung(1, "some")])


def _reference(table: Table) -> ReferenceClass:
    share = Interval(0, 1)
    low, best, high = (table.number(name, share) for name in ("low", "best", "high"))
    if not low <= best <= high:
        table.add("best", f"must lie between low and high, not {low:g}, {best:g}, {high:g}")
    reference = ReferenceClass(table.text("text"), low, best, high, table.text("source"))
    table.finish()
    return reference
