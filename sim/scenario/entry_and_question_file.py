"""Read who may join the war, for whose sake, what makes it regional, and the questions that outcomes resolve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.core.errors import nearest
from sim.core.parameters import Interval
from sim.core.toml_table import Table
from sim.engine.outcomes import QUESTION_KINDS, Question
from sim.engine.theatre import Alliance, Dyad, Joiner, PartyProfile, Region


def read_region(
    root: Table, parties: Sequence[PartyProfile]
) -> tuple[tuple[Joiner, ...], tuple[Alliance, ...], Region]:
    """Read joiners, alliances and the region of a theatre; none of them is needed.

    Parameters
    ----------
    root : Table
        The file.
    parties : sequence of PartyProfile
        All parties.
    """
    ids = [party.id for party in parties]
    joiners = _joiners(root, ids)
    alliances = _alliances(root, ids, [joiner.party for joiner in joiners])
    return joiners, alliances, _region(root.table("region"), ids)


def _joiners(root: Table, ids: list[str]) -> tuple[Joiner, ...]:
    joiners: dict[str, Joiner] = {}
    tables = root.tables("joiner")
    for table in tables:
        party = table.one_of("party", ids)
        if party in joiners:
            table.add("party", f'"{party}" stands twice')
        joiners[party] = Joiner(party, tuple(table.names("only_after") if "only_after" in table.values else ()))
        table.finish()
    for table, joiner in zip(tables, joiners.values(), strict=False):
        for other in joiner.only_after:
            if other not in joiners:
                table.add("only_after", f'"{other}" may not join, so it cannot come before; {nearest(other, joiners)}')
    circle = circle_of({joiner.party: joiner.only_after for joiner in joiners.values()})
    if circle:
        root.add("joiner", f"none of {' -> '.join(circle)} can ever join: each waits for the next")
    return tuple(joiners.values())


def circle_of(waits_for: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a circle of parties that wait for each other, the first again at the end; empty if there is none.

    Parameters
    ----------
    waits_for : mapping of str to sequence of str
        Whom each party waits for.
    """
    done: set[str] = set()

    def walk(party: str, path: list[str]) -> list[str]:
        if party in path:
            return [*path[path.index(party) :], party]
        if party in done:
            return []
        for other in waits_for.get(party, ()):
            if found := walk(other, [*path, party]):
                return found
        done.add(party)
        return []

    return next((found for party in waits_for if (found := walk(party, []))), [])


def _alliances(root: Table, ids: list[str], joiners: Sequence[str]) -> tuple[Alliance, ...]:
    alliances: list[Alliance] = []
    for table in root.tables("alliance"):
        party, ally = table.one_of("party", ids), table.one_of("ally", ids)
        alliance = Alliance(party, ally)
        if party and party == ally:
            table.add("ally", f'"{ally}" cannot be its own ally')
        elif party and party not in joiners:
            table.add("party", f'"{party}" may not join, so no ally moves it; {nearest(party, joiners)}')
        if alliance in alliances:
            table.add("ally", f"the alliance {alliance.id} stands twice")
        alliances.append(alliance)
        table.finish()
    return tuple(alliances)


def _region(table: Table, ids: Sequence[str]) -> Region:
    found = {}
    for name, size in (("parties", 0), ("exchange", 2), ("general", 2)):
        members = table.names(name) if name in table.values else []
        for member in members:
            if member not in ids:
                table.add(name, f'"{member}" is not a party; {nearest(member, ids)}')
        if size and members and len(set(members)) != size:
            table.add(name, f"must name two different parties, not {', '.join(members)}")
        found[name] = tuple(members)
    table.finish()
    return Region(**found)


def read_questions(
    root: Table,
    parties: Sequence[PartyProfile],
    dyads: Sequence[Dyad],
    joiners: Sequence[Joiner],
    region: Region,
) -> tuple[Question, ...]:
    """Read the questions that outcomes resolve.

    Parameters
    ----------
    root : Table
        The file.
    parties : sequence of PartyProfile
        All parties.
    dyads : sequence of Dyad
        Who can act on whom.
    joiners : sequence of Joiner
        Who may join.
    region : Region
        What makes the war regional.
    """
    questions: list[Question] = []
    for table in root.tables("question"):
        question = _question(table, parties, questions)
        _refuse_unanswerable(table, question, dyads, joiners, region)
        if question.id in {other.id for other in questions}:
            table.add("id", f'"{question.id}" stands twice')
        questions.append(question)
        table.finish()
    return tuple(questions)


def _question(table: Table, parties: Sequence[PartyProfile], earlier: Sequence[Question]) -> Question:
    kind = table.one_of("kind", list(QUESTION_KINDS))
    counts = kind in ("killed_since_start", "killed_within")
    ids = [party.id for party in parties]
    return Question(
        table.text("id"),
        table.text("text"),
        kind,
        location=table.one_of("location", sorted({party.location for party in parties})) if counts else "",
        threshold=table.number("threshold", Interval(0, 1e7)) if counts or kind == "driver_truce" else 0.0,
        window_days=table.integer("window_days", Interval(1, 365), 30) if kind == "killed_within" else 30,
        already=table.number("already", Interval(0, 1e7), 0.0) if kind == "killed_since_start" else 0.0,
        sender=table.one_of("sender", ids) if kind in ("attack", "joined") else "",
        target=table.one_of("target", ids) if kind == "attack" else "",
        rung=table.integer("rung", Interval(1, 20), 1) if kind == "attack" else 1,
        after=table.one_of("after", [question.id for question in earlier], "") if kind == "attack" else "",
    )


def _refuse_unanswerable(
    table: Table, question: Question, dyads: Sequence[Dyad], joiners: Sequence[Joiner], region: Region
) -> None:
    """Note a problem where the theatre lacks what a question asks about."""
    if question.kind == "attack" and question.sender and question.target:
        known = [dyad.id for dyad in dyads]
        if f"{question.sender}-{question.target}" not in known:
            table.add("target", f"{question.sender} cannot act on {question.target}; the dyads are {', '.join(known)}")
    if question.kind == "joined" and question.sender not in {joiner.party for joiner in joiners}:
        may = ", ".join(joiner.party for joiner in joiners) or "nobody"
        table.add("sender", f'"{question.sender}" may not join in this theatre; {may} may')
    if question.kind in ("regional_war", "general_war") and not (region.parties or region.exchange):
        table.add("kind", f"{question.kind} needs a table [region] that says whose fronts are counted")
    if question.kind == "general_war" and not region.general:
        table.add("kind", "general_war needs region.general, the two parties whose exchange makes a war general")
