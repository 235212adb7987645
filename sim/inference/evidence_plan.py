"""Read ``evidence.toml`` beside a theatre: what a fit takes as evidence, what it cannot take, and why."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.core.errors import InputError, Problems
from sim.core.parameters import Interval
from sim.core.shipped_data import find_beside_theatre
from sim.core.toml_table import TomlTable, read_toml
from sim.evidence import Incident, Ledger, Tallies
from sim.evidence.tallies import Tally
from sim.policies.registry import SHIPPED
from sim.scenario.priors import Beta, Law, LawError, Uniform, read_law
from sim.scenario.theatre_file import TheatreFile, read_theatre

EVIDENCE: Final = "evidence.toml"
"""Name of the file, beside the theatre."""


@dataclass(frozen=True)
class ViewPlan:
    """A file of timed sightings of one side."""

    name: str
    file: Path
    side: int  # 0 or 1: the side that it sees
    merge_minutes: float  # sightings at most this far apart are one act [minutes]
    detection: Law  # prior of the share of acts that it sees
    detection_source: str


@dataclass(frozen=True)
class TallyPlan:
    """A published tally that enters the likelihood."""

    id: str  # row of the file of tallies
    part_of: str  # tally that it is a part of; empty for a total
    most_above: int  # how far the truth may lie above an "at least" [persons]
    largest_act: int  # no single act killed more [persons]


@dataclass(frozen=True)
class DailyDeathsPlan:
    """A daily series of deaths at a place, for fits as of another day."""

    file: Path
    column: str
    location: str  # place that the column is about
    largest_act: int  # no single act killed more [persons]


@dataclass(frozen=True)
class EvidencePlan:
    """What a fit of a theatre uses."""

    path: Path
    theatre_file: TheatreFile
    scenario: Path  # its policies answer, and the fit is checked on it
    first_day: datetime.date  # of the record
    tallies: Tallies
    views: tuple[ViewPlan, ...]
    totals: tuple[TallyPlan, ...]
    daily_deaths: tuple[DailyDeathsPlan, ...]
    claimants: tuple[str, ...]  # parties whose rows in the ledger are complete
    left_out: dict[str, str]  # reason by tally
    pauses: tuple[tuple[datetime.date, datetime.date], ...]  # first and last day on which the driver stood still
    candidates: dict[str, tuple[str, ...]]  # rules by party


def read_plan(theatre: Path) -> EvidencePlan:
    """Read ``evidence.toml`` beside a theatre, or refuse it with every problem of the file."""
    theatre_file = read_theatre(theatre)
    path = theatre.parent / EVIDENCE
    if not path.exists():
        raise InputError.single(path, "", f"no such file; a fit of {theatre.name} needs it to know its evidence")
    if theatre_file.ledger is None:
        raise InputError.single(theatre, "ledger", "is missing; a fit needs a ledger")
    problems = Problems(path)
    root = TomlTable(read_toml(path), "", problems)
    first_day, scenario = root.date("first_day"), root.text("scenario")
    name = root.text("tallies", "")
    problems.raise_if_any()
    tallies = Tallies.read(path.parent / name) if name else Tallies(())
    plan = EvidencePlan(
        path=path,
        theatre_file=theatre_file,
        scenario=path.parent / scenario,
        first_day=first_day,
        tallies=tallies,
        views=tuple(_view(table, path) for table in root.each("view", once="name")),
        totals=tuple(_total(table, tallies) for table in root.each("tally", once="id")),
        daily_deaths=tuple(
            _daily_deaths(table, theatre_file, path) for table in root.each("daily_deaths", once="location")
        ),
        claimants=tuple(_claimant(table, theatre_file) for table in root.each("claims", once="party")),
        left_out=_left_out(root, tallies),
        pauses=tuple(_pause(table) for table in root.each("pause")),
        candidates={
            table.one_of("party", list(theatre_file.theatre.party_index)): tuple(table.names("rules", SHIPPED))
            for table in root.each("candidate", once="party")
        },
    )
    if first_day >= theatre_file.start:
        root.add("first_day", f"{first_day} is not before the start of the scenarios, {theatre_file.start}")
    used = {view.name: "view" for view in plan.views} | dict.fromkeys(plan.left_out, "left_out")
    for tally in plan.totals:
        if tally.id in used:
            root.add("tally", f'"{tally.id}" stands in [[{used[tally.id]}]] too')
    root.finish()
    problems.raise_if_any()
    return plan


def plan_of(theatre: str | Path | EvidencePlan) -> EvidencePlan:
    """Return the plan of a theatre file or of a shipped theatre such as ``lebanon-2023``; a plan is its own."""
    if isinstance(theatre, EvidencePlan):
        return theatre
    return read_plan(find_beside_theatre(theatre, "theatre.toml"))


def read_day(day: datetime.date | str, name: str) -> datetime.date:
    """Return a day given as such or as text like ``2023-11-07``; `name` is the option that a message names."""
    if isinstance(day, datetime.date):
        return day.date() if isinstance(day, datetime.datetime) else day
    if not day:
        raise InputError.single(name, "", "is empty; write a date such as 2023-11-07")
    try:
        return datetime.date.fromisoformat(day)
    except ValueError:
        raise InputError.single(name, "", f'"{day}" is not a date; write it as 2023-11-07') from None


def _view(table: TomlTable, path: Path) -> ViewPlan:
    name, file = table.text("name"), table.text("file")
    side = table.one_of("side", ["side_a", "side_b"])
    merge, _ = table.number("merge_minutes", Interval(0, 1440), 0.0), table.text("source")
    detection = table.take("detection")
    law: Law = Uniform(0.0, 1.0)
    source = str(detection.get("source", "")) if isinstance(detection, dict) else ""
    try:
        law = read_law(detection if isinstance(detection, dict) else {})
    except LawError as error:
        table.add("detection", str(error))
    if not isinstance(law, (Beta, Uniform)):
        table.add("detection", f"is {law}; a share between 0 and 1 needs a beta or uniform law")
    if not source:
        table.add("detection", 'needs a source: a reference, or the word "assumption"')
    return ViewPlan(name, path.parent / file, 0 if side == "side_a" else 1, merge, law, source)


def _total(table: TomlTable, tallies: Tallies) -> TallyPlan:
    ids = [tally.id for tally in tallies]
    persons = Interval(0, 300)
    plan = TallyPlan(
        table.one_of("id", ids),
        table.one_of("part_of", ids, ""),
        table.integer("most_above", persons, 0),
        table.integer("largest_act", Interval(1, 300), 300),
    )
    table.text("source")
    measures = ("killed", "killed_combatants", "killed_civilians", "acts")
    if plan.id and (measure := tallies[plan.id].measure) not in measures:
        table.add("id", f'"{plan.id}" counts {measure}; a fit can use {", ".join(measures)}')
    elif plan.id and measure.startswith("killed_") and not plan.part_of:
        table.add("part_of", f"is missing: {plan.id} counts a part of the dead; name the tally of all of them")
    return plan


def _daily_deaths(table: TomlTable, theatre: TheatreFile, path: Path) -> DailyDeathsPlan:
    places = sorted({party.location for party in theatre.theatre.parties})
    table.text("source")
    return DailyDeathsPlan(
        path.parent / table.text("file"),
        table.text("column"),
        table.one_of("location", places),
        table.integer("largest_act", Interval(1, 300), 300),
    )


def _claimant(table: TomlTable, theatre: TheatreFile) -> str:
    table.text("source")
    return table.one_of("party", list(theatre.theatre.party_index))


def _left_out(root: TomlTable, tallies: Tallies) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for table in root.each("left_out"):
        names, reason = table.names("tallies", [tally.id for tally in tallies]), table.text("reason")
        for name in reasons.keys() & {*names}:
            table.add("tallies", f'"{name}" stands twice')
        reasons |= dict.fromkeys(names, reason)
    return reasons


def _pause(table: TomlTable) -> tuple[datetime.date, datetime.date]:
    first, last = table.date("first"), table.date("last")
    table.text("source")
    if last < first:
        table.add("last", f"{last} is before first, {first}")
    return first, last


NOT_ZERO: Final = "0 and unknown are not the same"
"""Why a source without a figure is left out."""
_DEATHS: Final = {
    "killed": lambda incident: incident.deaths,
    "killed_combatants": lambda incident: incident.military_deaths,
    "killed_civilians": lambda incident: incident.civilian_deaths,
}


def reason_against(
    plan: EvidencePlan, total: TallyPlan, first: datetime.date, until: datetime.date, split: str | None
) -> str:
    """Return why a fit of the days from one to before another cannot use a tally; empty where it can."""
    tally, whole = plan.tallies[total.id], [plan.tallies[total.part_of]] if total.part_of else []
    for figure in (tally, *whole):
        its = "it" if figure is tally else f"{figure.id}, of which it is a part,"
        if split not in (None, figure.split):
            return f"{its} is held out"
        if figure.period_end >= until:
            return f"{its} ends on {figure.period_end}, not before {until}"
        if figure.period_start < first:
            return f"{its} begins on {figure.period_start}, before {first}"
        if (tally.measure == "acts" or whole) and not has_count(figure):
            return f"{its} has an upper bound alone; {NOT_ZERO}"
    return _strangers(plan, tally)


def _strangers(plan: EvidencePlan, tally: Tally) -> str:
    """Return why a tally is about nobody whom a fit of the front knows; empty where it is."""
    theatre, is_count = plan.theatre_file.theatre.of_front(), tally.measure == "acts"
    if not is_count and tally.location not in {theatre.parties[party].location for party in theatre.target}:
        return f"nobody at the front is struck in {tally.location or 'a place without a name'}"
    known = parties_at_front(plan, tally.initiators if is_count else tally.targets)
    if (is_count or tally.measure == "killed_combatants") and not known:
        return "none of its parties is at the front"
    if is_count and len({theatre.front.side_of(party) for party in known}) > 1:
        return "it counts acts of both sides; a fit can use those of one"
    return ""


def has_count(tally: Tally) -> bool:
    """Return whether a tally has more than an upper bound."""
    return tally.figure.best is not None or tally.figure.low is not None


def parties_at_front(plan: EvidencePlan, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some parties that act or are struck over the front."""
    return tuple(name for name in names if name in plan.theatre_file.theatre.of_front().party_index)


def refuse_contradictions(plan: EvidencePlan, ledger: Ledger, until: datetime.date) -> None:
    """Refuse rows of a ledger, by id, that say more than a tally that ends before a day allows of the same dead."""
    problems = Problems(str(plan.theatre_file.ledger))
    for name in [*(total.id for total in plan.totals), *plan.left_out]:
        tally = plan.tallies[name]
        if tally.figure.high is None or tally.period_end >= until or tally.measure not in _DEATHS:
            continue
        rows = [row for row in ledger if row.kind == "act" and tally.covers(row)]
        rows = [row for row in rows if row.initiator in tally.initiators and row.target in tally.targets]
        least = sum(_least(tally, row) for row in rows)
        if least > tally.figure.high:
            named = ", ".join(f"{row.id} ({_least(tally, row)})" for row in rows if _least(tally, row))
            problems.add(
                f"rows {named}",
                f"report at least {least} dead in all, but the tally {tally.id} ({tally.counted_by}) has at most "
                f"{tally.figure.high} from {tally.period_start} to {tally.period_end}; mend one of them",
            )
    problems.raise_if_any()


def _least(tally: Tally, incident: Incident) -> int:
    return _DEATHS[tally.measure](incident).low or 0
