"""Turn what was reported up to a day into the evidence of a fit, and refuse a record that contradicts itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.core.errors import InputError, name_some
from sim.evidence import DailySeries, Ledger
from sim.evidence.sightings import Sightings
from sim.evidence.tallies import Tally
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.evidence_plan import (
    NOT_ZERO,
    DailyDeathsPlan,
    EvidencePlan,
    TallyPlan,
    has_count,
    parties_at_front,
    reason_against,
    refuse_contradictions,
)
from sim.inference.likelihood import ActCount, DeathShare, DeathToll, Evidence, Lag, Pause, Piece, SeenTimes, Spills
from sim.inference.response_rates import Provocation

HIGH_RUNG = 4
"""Rung from which an act asks for an answer (S2.14)."""
_LEFT_OUT = "left out: "
_MOST_NAMED = 6
_WEEK = 7
_MONTH = 30
_DAY = datetime.timedelta(days=1)


class NoEvidenceError(InputError):
    """Nothing that was reported before a day can be fitted."""


@dataclass
class AssembledEvidence:
    """The evidence of a fit, and what became of every reported figure."""

    evidence: Evidence  # what enters the likelihood
    ledger: Ledger  # rows that were used
    first: datetime.date
    until: datetime.date  # the day after the last one
    uses: list[tuple[str, str, str]] = field(default_factory=list)  # name, figure, and its use or why it has none
    reported: list[datetime.date] = field(default_factory=list)  # last day of each figure that was used

    def leave_out(self, name: str, figure: str, reason: str) -> None:
        """Note a figure that is not used, and why."""
        self.uses.append((name, figure, f"{_LEFT_OUT}{reason}"))

    def use(self, name: str, figure: str, use: str, last: datetime.date) -> None:
        """Note a figure that is used, what for, and its last day."""
        self.uses.append((name, figure, use))
        self.reported.append(last)

    @property
    def silence(self) -> str:
        """How long nothing had been reported by the last day, if for a week or more; else nothing."""
        last = max([*self.reported, *(row.last_day for row in self.ledger)], default=self.first)
        quiet = (self.until - last).days - 1
        return f"nothing was reported in the {quiet} days after {last}" if quiet >= _WEEK else ""

    @property
    def states_triggers(self) -> bool:
        """Whether any row of the ledger names another as its trigger."""
        return any(row.triggers for row in self.ledger)

    @property
    def reasons(self) -> dict[str, str]:
        """Return why each figure is left out that is not used."""
        return {name: use.removeprefix(_LEFT_OUT) for name, _, use in self.uses if use.startswith(_LEFT_OUT)}


def assemble_evidence(
    plan: EvidencePlan,
    until: datetime.date | None = None,
    *,
    also: Iterable[str] = (),
    window_days: int | None = None,
) -> AssembledEvidence:
    """Return the evidence from before a day, or before the start of the scenarios without it.

    `also` are tallies that the plan leaves out and that shall be used, cut to the span; `window_days` keeps the last
    days of the record only. A ledger whose rows contradict a tally is refused, and a day before which there is nothing
    to fit (`NoEvidenceError`).
    """
    start = plan.theatre_file.start
    until = until or start
    first = plan.first_day if window_days is None else max(plan.first_day, until - datetime.timedelta(days=window_days))
    if until <= first:
        message = f"no evidence lies before {until}; the record begins on {first}"
        raise NoEvidenceError.single(plan.path, "first_day", message)
    assert plan.theatre_file.ledger is not None, "a plan is only read for a theatre with a ledger"
    whole = Ledger.read(plan.theatre_file.ledger).filter(split=_split(plan, until))
    ledger = Ledger(tuple(incident for incident in whole if incident.last_day < until), whole.parties)
    refuse_contradictions(plan, ledger, until)
    if window_days is not None:
        ledger = Ledger(tuple(incident for incident in ledger if incident.date >= first), ledger.parties)
    days = float((until - first).days)
    assembled = AssembledEvidence(Evidence(days), ledger, first, until)
    pieces: list[Piece] = [
        *_views(plan, assembled),
        *_tolls(plan, assembled, is_usual=until == start),
        *_added_counts(plan, assembled, also),
        *_claims(plan, assembled),
        *_spills(plan, ledger),
    ]
    lags = tuple(_lags(plan, ledger))
    for name, reason in plan.left_out.items():
        if name not in set(also):
            assembled.leave_out(name, _shown(plan.tallies[name]), reason)
    if not pieces and not lags:
        raise NoEvidenceError.single(plan.path, "", _nothing_left(assembled))
    assembled.evidence = Evidence(days, tuple(pieces), lags, _pauses(plan, first, until))
    return assembled


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


def _split(plan: EvidencePlan, until: datetime.date) -> str | None:
    """Return the split that rows must have; a day after the start is ex post and takes what was reported by then."""
    return "calibration" if until <= plan.theatre_file.start else None


def _nothing_left(assembled: AssembledEvidence) -> str:
    """Return the sentence that refuses a fit without evidence, with what is missing."""
    named = [f"{name} ({reason})" for name, reason in assembled.reasons.items()]
    left = f"; left out: {name_some(named, _MOST_NAMED, '; ')}" if named else ""
    return (
        f"leaves nothing to fit from {assembled.first} to before {assembled.until}: a fit needs times of acts "
        "([[view]]), a count of acts or deaths ([[tally]], [[daily_deaths]]), claims ([[claims]]) or rows of the "
        f"ledger that state their trigger{left}"
    )


def _pauses(plan: EvidencePlan, first: datetime.date, until: datetime.date) -> tuple[Pause, ...]:
    """Return the pauses of the record, those that touch as one."""
    pauses: list[Pause] = []
    for begins, ends in sorted(plan.pauses):
        pause = Pause(float((begins - first).days), float((ends - first).days + 1))
        if begins >= until or ends < first:
            continue
        if pauses and pause.first <= pauses[-1].last:
            pause = Pause(pauses[-1].first, max(pause.last, pauses.pop().last))
        pauses.append(pause)
    return tuple(pauses)


def _paused(plan: EvidencePlan, days: Sequence[datetime.date]) -> float:
    """Return the share of some days on which the driver stood still [1]."""
    return sum(any(first <= day <= last for first, last in plan.pauses) for day in days) / max(len(days), 1)


def _days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + number * _DAY for number in range((last - first).days + 1)]


def _views(plan: EvidencePlan, assembled: AssembledEvidence) -> Iterable[SeenTimes]:
    for view in plan.views:
        sightings, split = Sightings.read(view.file), _split(plan, assembled.until)
        if not sightings.acts(plan.first_day, assembled.until, view.merge_minutes, split):
            reason = f"{view.file.name} has no time from {plan.first_day} to before {assembled.until}; {NOT_ZERO}"
            assembled.leave_out(view.name, "none", reason)
            continue
        times = np.array(sightings.acts(assembled.first, assembled.until, view.merge_minutes, split))
        figure = f"{times.size} times in {assembled.evidence.days:.0f} days"
        last = assembled.first + _DAY * int(times.max(initial=0.0))
        calm = np.diff(times, prepend=0.0, append=assembled.evidence.days).max()
        quiet = f"; none in {calm:.0f} days in a row, which count as quiet" if calm > _MONTH else ""
        assembled.use(view.name, figure, f"times of acts, seen with a detection fraction{quiet}", last)
        yield SeenTimes(view.name, view.side, times, Rhythm.of(times))


def _tolls(plan: EvidencePlan, assembled: AssembledEvidence, *, is_usual: bool) -> Iterable[Piece]:
    """Yield tallies and daily series of deaths; as of another day than the start the series of a place goes first."""
    daily = [_daily_deaths(plan, assembled, series) for series in plan.daily_deaths]
    replaced = set() if is_usual else {piece.location for piece, _ in daily if piece.days}
    tolled = set()
    for total in plan.totals:
        tally = plan.tallies[total.id]
        reason = reason_against(plan, total, assembled.first, assembled.until, _split(plan, assembled.until))
        if tally.location in replaced and tally.measure != "acts":
            reason = "replaced by a daily series"
        if reason:
            assembled.leave_out(tally.id, _shown(tally), reason)
            continue
        piece = _piece(plan, total, tally)
        tolled |= {piece.location} if isinstance(piece, DeathToll) else set()
        assembled.use(tally.id, _shown(tally), type(piece).__name__, tally.period_end)
        yield piece
    for toll, last in daily:
        if not toll.days:
            reason = f"the series has no figure from {assembled.first} to before {assembled.until}; {NOT_ZERO}"
            assembled.leave_out(toll.name, "none", reason)
        elif toll.location in tolled:
            assembled.leave_out(toll.name, str(toll.low), f"as of this day a tally tells of {toll.location}")
        else:
            use = f"DeathToll from a daily series, {toll.days:.0f} of {assembled.evidence.days:.0f} days"
            assembled.use(toll.name, str(toll.low), use, last)
            yield toll


def _daily_deaths(
    plan: EvidencePlan, assembled: AssembledEvidence, daily: DailyDeathsPlan
) -> tuple[DeathToll, datetime.date]:
    """Return the toll of the days for which a series has a figure, no days if it has none, and the last of them."""
    series = DailySeries.read(daily.file).filter(split=_split(plan, assembled.until))
    dead = series.column(daily.column).loc[str(assembled.first) : str(assembled.until - _DAY)].dropna()
    killed, days = int(dead.sum()), [day.date() for day in dead.index]
    name, paused = f"{daily.column} in {daily.location}", _paused(plan, days)
    toll = DeathToll(name, daily.location, killed, killed, float(dead.size), daily.largest_act, paused)
    return toll, max(days, default=assembled.first)


def _piece(plan: EvidencePlan, total: TallyPlan, tally: Tally) -> Piece:
    span = _days(tally.period_start, tally.period_end)
    days, paused = float(len(span)), _paused(plan, span)
    figure = tally.figure
    best = figure.floor
    if tally.measure == "acts":
        return ActCount(tally.id, parties_at_front(plan, tally.initiators), best, days, paused)
    if total.part_of:
        whole = plan.tallies[total.part_of].figure.floor
        fighters = tally.targets if tally.measure == "killed_combatants" else ()
        return DeathShare(tally.id, tally.location, best, whole, fighters, paused)
    low = best if figure.low is None else figure.low
    high = low + total.most_above if figure.high is None else figure.high
    return DeathToll(tally.id, tally.location, low, high, days, total.largest_act, paused)


def _added_counts(plan: EvidencePlan, assembled: AssembledEvidence, also: Iterable[str]) -> Iterable[Piece]:
    """Yield counts that the plan leaves out, cut to the span in proportion to the days."""
    for name in also:
        tally = plan.tallies[name]
        inside = _days(max(tally.period_start, assembled.first), min(tally.period_end, assembled.until - _DAY))
        parties = parties_at_front(plan, tally.initiators)
        if _split(plan, assembled.until) not in (None, tally.split):
            assembled.leave_out(name, _shown(tally), "held out")
        elif not inside or not parties or not has_count(tally):
            assembled.leave_out(name, _shown(tally), "outside the span, of nobody at the front, or without a count")
        else:
            whole = (tally.period_end - tally.period_start).days + 1
            count = round(tally.figure.floor * len(inside) / whole)
            use = f"ActCount, cut to {len(inside)} of {whole} days"
            assembled.use(name, f"{count} of {tally.figure.floor}", use, inside[-1])
            yield ActCount(name, parties, count, float(len(inside)), _paused(plan, inside))


def _claims(plan: EvidencePlan, assembled: AssembledEvidence) -> Iterable[ActCount]:
    """Yield the claims of parties, whose rows are complete up to the start of the scenarios."""
    for party in plan.claimants:
        name = f"claims of {party}"
        rows = [incident for incident in assembled.ledger if incident.kind == "act" and incident.initiator == party]
        figure = f"{len(rows)} rows" if rows else "none"
        if assembled.until != plan.theatre_file.start:
            assembled.leave_out(name, figure, "rows of claims are complete as of the start of the scenarios only")
        elif all(row.launches_claimed is None for row in rows):
            assembled.leave_out(name, figure, f"the ledger has no claimed launches of {party}; {NOT_ZERO}")
        elif not parties_at_front(plan, (party,)):
            assembled.leave_out(name, figure, f"{party} is not at the front")
        else:
            days = _days(assembled.first, assembled.until - _DAY)
            assembled.use(name, figure, "ActCount", rows[-1].last_day)
            yield ActCount(name, (party,), len(rows), assembled.evidence.days, _paused(plan, days))


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


def _shown(tally: Tally) -> str:
    figure = tally.figure
    is_open = figure.high is None and figure.low is not None
    sign = "at least " if is_open else "" if has_count(tally) else "at most "
    count = figure.floor if has_count(tally) else figure.high
    return f"{sign}{count} {tally.measure.replace('_', ' ')}, {tally.period_start} to {tally.period_end}"
