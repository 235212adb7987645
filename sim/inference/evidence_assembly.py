"""Turn what was reported up to a day into the evidence of a fit, and refuse a record that contradicts itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sim.core.errors import InputError, Problem
from sim.evidence import DailySeries, Incident, Ledger
from sim.evidence.sightings import Sightings
from sim.evidence.tallies import Tally
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.evidence_plan import EvidencePlan, TallyPlan
from sim.inference.evidence_terms import ActCount, DeathShare, DeathToll, Evidence, Pause, Piece, SeenTimes, Spills
from sim.inference.stated_triggers import Lag, Provocation

HIGH_RUNG = 4
"""Rung from which an act asks for an answer (S2.14)."""


@dataclass
class AssembledEvidence:
    """The evidence of a fit, and what became of every reported figure."""

    evidence: Evidence  # what enters the likelihood
    ledger: Ledger  # rows that were used
    first: datetime.date
    until: datetime.date  # the day after the last one
    uses: list[tuple[str, str, str]] = field(default_factory=list)  # name, figure, and its use or why it has none


def assemble_evidence(
    plan: EvidencePlan,
    until: datetime.date | None = None,
    *,
    also: Iterable[str] = (),
    window_days: int | None = None,
) -> AssembledEvidence:
    """Return the evidence from before a day, or before the start of the scenarios without it.

    `also` are tallies that the plan leaves out and that shall be used, cut to the span; `window_days` keeps the last
    days of the record only. A ledger whose rows contradict a tally is refused.
    """
    start = plan.theatre_file.start
    until = until or start
    first = plan.first_day if window_days is None else max(plan.first_day, until - datetime.timedelta(days=window_days))
    if until <= first:
        raise InputError.single(plan.path, "first_day", f"is {first}: no evidence lies before {until}")
    ledger = _known(plan, until)
    refuse_contradictions(plan, ledger, until)
    if window_days is not None:
        ledger = Ledger(tuple(incident for incident in ledger if incident.date >= first), ledger.parties)
    days = float((until - first).days)
    assembled = AssembledEvidence(Evidence(days), ledger, first, until)
    pieces: list[Piece] = [
        *_views(plan, assembled),
        *_tolls(plan, assembled, is_usual=until == start),
        *_added_counts(plan, assembled, also),
    ]
    if until == start:
        pieces += _claims(plan, assembled)
    pieces += _spills(plan, ledger)
    pauses = tuple(
        Pause(float((a - first).days), float((b - first).days + 1)) for a, b in plan.pauses if a < until and b >= first
    )
    for name, reason in plan.left_out.items():
        if name not in set(also):
            assembled.uses.append((name, _shown(plan.tallies[name]), f"left out: {reason}"))
    assembled.evidence = Evidence(days, tuple(pieces), tuple(_lags(plan, ledger)), pauses)
    return assembled


def refuse_contradictions(plan: EvidencePlan, ledger: Ledger, until: datetime.date) -> None:
    """Refuse rows of a ledger, by id, that say more than a tally that ends before a day allows of the same dead."""
    problems = []
    where = str(plan.theatre_file.ledger)
    for name in [*(total.id for total in plan.totals), *plan.left_out]:
        tally = plan.tallies[name]
        if tally.figure.high is None or tally.period_end >= until or tally.measure == "acts":
            continue
        rows = [row for row in ledger if _is_item(tally, row)]
        least = sum(_least(tally, row) for row in rows)
        if least > tally.figure.high:
            named = ", ".join(f"{row.id} ({_least(tally, row)})" for row in rows if _least(tally, row))
            problems.append(
                Problem(
                    where,
                    f"rows {named}",
                    f"report at least {least} dead in all, but the tally {tally.id} ({tally.counted_by}) has at most "
                    f"{tally.figure.high} from {tally.period_start} to {tally.period_end}; mend one of them",
                )
            )
    if problems:
        raise InputError(problems)


def find_provocations(plan: EvidencePlan, ledger: Ledger, party: str) -> list[Provocation]:
    """Return the acts on high rungs that a party had to answer, and whether the record names an answer."""
    theatre = plan.theatre_file.theatre.of_front()
    top = theatre.ladder.top
    answers = {trigger for act in ledger if act.initiator == party and act.kind == "act" for trigger in act.triggers}
    return [
        Provocation(act.id, min(act.rung, top), act.id in answers)
        for act in ledger
        if act.kind == "act"
        and act.rung is not None
        and act.rung >= HIGH_RUNG
        and f"{act.initiator}-{act.target}" in theatre.dyad_index
        and party in (act.target, act.charged if act.target == party else "")
    ]


def _known(plan: EvidencePlan, until: datetime.date) -> Ledger:
    path = plan.theatre_file.ledger
    assert path is not None, "a plan is only read for a theatre with a ledger"
    ledger = Ledger.read(path).filter(split=_split(plan, until))
    return Ledger(tuple(incident for incident in ledger if incident.last_day < until), ledger.parties)


def _split(plan: EvidencePlan, until: datetime.date) -> str | None:
    """Return the split that rows must have; a day after the start is ex post and takes what was reported by then."""
    return "calibration" if until <= plan.theatre_file.start else None


def _is_known(plan: EvidencePlan, assembled: AssembledEvidence, tally: Tally) -> bool:
    return tally.period_end < assembled.until and _split(plan, assembled.until) in (None, tally.split)


def _views(plan: EvidencePlan, assembled: AssembledEvidence) -> Iterable[SeenTimes]:
    for view in plan.views:
        span, split = (assembled.first, assembled.until), _split(plan, assembled.until)
        times = np.array(Sightings.read(view.file).acts(*span, view.merge_minutes, split))
        figure = f"{times.size} times in {assembled.evidence.days:.0f} days"
        assembled.uses.append((view.name, figure, "times of acts, seen with a detection fraction"))
        yield SeenTimes(view.name, view.side, times, Rhythm.of(times))


def _tolls(plan: EvidencePlan, assembled: AssembledEvidence, *, is_usual: bool) -> Iterable[Piece]:
    replaced = set() if is_usual else {daily.location for daily in plan.daily_deaths}
    for total in plan.totals:
        tally = plan.tallies[total.id]
        figures = [tally, *([plan.tallies[total.part_of]] if total.part_of else [])]
        is_known = all(_is_known(plan, assembled, figure) for figure in figures)
        if tally.location in replaced or not is_known or tally.period_start < assembled.first:
            reason = "left out: outside the span, held out, or replaced by a daily series"
            assembled.uses.append((tally.id, _shown(tally), reason))
            continue
        piece = _piece(plan, total, tally)
        assembled.uses.append((tally.id, _shown(tally), type(piece).__name__))
        yield piece
    for daily in () if is_usual else plan.daily_deaths:
        series = DailySeries.read(daily.file).filter(split=_split(plan, assembled.until))
        column = series.column(daily.column)
        last = assembled.until - datetime.timedelta(days=1)
        dead = column.loc[str(assembled.first) : str(last)]
        assembled.uses.append((daily.column, f"{dead.sum():.0f}", "DeathToll from a daily series"))
        killed, days = int(dead.sum()), float(dead.notna().sum())
        if days:
            yield DeathToll(daily.column, daily.location, killed, killed, days, daily.largest_act)


def _piece(plan: EvidencePlan, total: TallyPlan, tally: Tally) -> Piece:
    days = float((tally.period_end - tally.period_start).days + 1)
    figure = tally.figure
    best = figure.floor
    if tally.measure == "acts":
        return ActCount(tally.id, tally.initiators, best, days)
    if total.part_of:
        whole = plan.tallies[total.part_of].figure.floor
        fighters = tally.targets if tally.measure == "killed_combatants" else ()
        return DeathShare(tally.id, tally.location, best, whole, fighters)
    low = best if figure.low is None else figure.low
    high = low + total.most_above if figure.high is None else figure.high
    return DeathToll(tally.id, tally.location, low, high, days, total.largest_act)


def _added_counts(plan: EvidencePlan, assembled: AssembledEvidence, also: Iterable[str]) -> Iterable[Piece]:
    """Yield counts that the plan leaves out, cut to the span in proportion to the days."""
    for name in also:
        tally = plan.tallies[name]
        if _split(plan, assembled.until) not in (None, tally.split):
            assembled.uses.append((name, _shown(tally), "left out: held out"))
            continue
        whole = (tally.period_end - tally.period_start).days + 1
        last = min(tally.period_end, assembled.until - datetime.timedelta(days=1))
        inside = (last - max(tally.period_start, assembled.first)).days + 1
        count = round(tally.figure.floor * inside / whole)
        assembled.uses.append((name, f"{count} of {tally.figure.floor}", f"ActCount, cut to {inside} of {whole} days"))
        yield ActCount(
            name,
            tuple(p for p in tally.initiators if p in plan.theatre_file.theatre.of_front().party_index),
            count,
            float(inside),
        )


def _claims(plan: EvidencePlan, assembled: AssembledEvidence) -> Iterable[ActCount]:
    for party in plan.claimants:
        rows = [incident for incident in assembled.ledger if incident.kind == "act" and incident.initiator == party]
        assembled.uses.append((f"claims of {party}", f"{len(rows)} rows", "ActCount"))
        yield ActCount(f"claims of {party}", (party,), len(rows), assembled.evidence.days)


def _spills(plan: EvidencePlan, ledger: Ledger) -> Iterable[Spills]:
    known = {act.id: act for act in ledger}
    counts: dict[str, list[bool]] = {}
    theatre = plan.theatre_file.theatre.of_front()
    hosts = {dyad.id: dyad.spill_to for dyad in theatre.dyads if dyad.spill_to}
    for act in ledger:
        for trigger in act.triggers:
            cause = known.get(trigger)
            if act.kind != "act" or cause is None or cause.dyad not in hosts or act.initiator != cause.target:
                continue
            if act.target in (cause.initiator, hosts[cause.dyad]):
                counts.setdefault(cause.dyad, []).append(act.target == hosts[cause.dyad])
    for dyad, spilled in counts.items():
        yield Spills(dyad, sum(spilled), len(spilled))


def _lags(plan: EvidencePlan, ledger: Ledger) -> Iterable[Lag]:
    """Yield the bounds of the time between acts and the acts that state them as their triggers."""
    known = {act.id: act for act in ledger}
    dyads = plan.theatre_file.theatre.of_front().dyad_index
    seen: set[tuple[str, str, float, float]] = set()
    for act in ledger:
        latest = [known[trigger] for trigger in act.triggers if trigger in known]
        if act.kind != "act" or act.dyad not in dyads or not latest or act.time_precision == "span":
            continue
        bounds = act.window(plan.first_day)
        cause = max(latest, key=lambda act: act.window(plan.first_day)[1])
        early, late = cause.window(plan.first_day)
        low, high = max(0.0, bounds[0] - late), bounds[1] - early
        # Two rows of one answer, such as two places struck at once, are one reaction.
        reaction = (cause.id, act.dyad, low, high)
        if cause.time_precision != "span" and high > low and reaction not in seen:
            seen.add(reaction)
            yield Lag(act.id, cause.id, act.dyad, low, high)


def _is_item(tally: Tally, incident: Incident) -> bool:
    inside = incident.date >= tally.period_start and incident.last_day <= tally.period_end
    return (
        incident.kind == "act"
        and inside
        and incident.initiator in tally.initiators
        and incident.target in tally.targets
    )


def _least(tally: Tally, incident: Incident) -> int:
    figure = {
        "killed": incident.deaths,
        "killed_combatants": incident.military_deaths,
        "killed_civilians": incident.civilian_deaths,
    }
    return figure[tally.measure].low or 0


def _shown(tally: Tally) -> str:
    figure = tally.figure
    sign = "at least " if figure.high is None and figure.low is not None else ""
    return f"{sign}{figure.floor} {tally.measure.replace('_', ' ')}, {tally.period_start} to {tally.period_end}"
