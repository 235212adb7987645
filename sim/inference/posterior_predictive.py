"""Posterior predictive check: the engine runs the length of the record on rows of the posterior (S5, V6).

Each statistic is taken of the simulated record in the same way as of the reported one: acts are noted with the fitted
detection fraction, days are counted as days, and the driver stands still in the pauses of the record. The engine starts
from its warm history and not from the first day of the record, as in the prior check. What the record does not tell is
not checked: a figure that is missing is no figure of 0.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.errors import Problems
from sim.core.random_streams import Streams, act_uniform
from sim.engine.configuration import Truce
from sim.engine.kernel.marks import FALSE_ALARM
from sim.engine.model import Conflict
from sim.engine.rolling_windows import Groups
from sim.inference.count_patterns import correlation, dispersion, longest_calm, ratio, sum_windows
from sim.inference.evidence_assembly import HIGH_RUNG, find_provocations
from sim.inference.evidence_plan import has_count
from sim.inference.fit import Fit
from sim.inference.joint_checks import judge_jointly
from sim.inference.likelihood import ActCount, DeathToll, SeenTimes
from sim.scenario.posterior import Posterior, fitted_settings
from sim.scenario.scenario import Scenario

REPLICATES: Final = 1000
"""Rows of the posterior that the engine runs."""
NOT_CHECKED: Final = "not checked"
"""Stands where a check would say whether a figure is inside, but none was reported."""
_DAY: Final = datetime.timedelta(days=1)
_OTHERWISE: Final = 1
"""Side whose high rungs and depth are checked where no source watches one."""


class SimulatedRecord:
    """What the statistics need of a simulated record of the acts of a side, some of which a source notes."""

    def __init__(self, run: Conflict, side: int, detection: Floats, answered: Mapping[str, float]) -> None:
        self.run = run
        self._side = side
        self._detection = detection
        self._share = np.array([answered.get(run.theatre.parties[i].id, 1.0) for i in run.theatre.target])
        size = run.n_replicates
        # Acts that the source noted by day; acts of the side on a high rung, those among them without a reaction, and
        # all; its farthest act [km].
        self.noted: Integers = np.zeros((run.timeline.horizon_days, size), dtype=np.int64)
        self.high, self.unanswered, self.acts, self.depth = np.zeros((4, size))

    def follow(self) -> SimulatedRecord:
        """Run the ensemble to its horizon and return the record."""
        for step in range(self.run.timeline.horizon_days * self.run.timeline.steps_per_day):
            self.run.step()
            self._note(step // self.run.timeline.steps_per_day)
        return self

    def _note(self, day: int) -> None:
        acts, size = self.run.latest, self.run.n_replicates
        fired = acts[(self.run.theatre.side[acts["dyad"]] == self._side) & (acts["cause"] != FALSE_ALARM)]
        lane = fired["lane"]
        self.acts += np.bincount(lane, minlength=size)
        seen = act_uniform(fired["word"], "noted by a source") < self._detection[lane]
        self.noted[day] += np.bincount(lane[seen], minlength=size)
        np.maximum.at(self.depth, lane, self.run.histories.depths(fired))
        grave = fired[fired["rung"] >= HIGH_RUNG]
        lane = grave["lane"]
        self.high += np.bincount(lane, minlength=size)
        chance = np.exp(-grave["owed"] * self._share[grave["dyad"]])
        without = act_uniform(grave["word"], "left unanswered") < chance
        self.unanswered += np.bincount(lane[without], minlength=size)


def use_posterior(scenario: Scenario, fit: Fit, name: str) -> Scenario:
    """Return a scenario whose parameters are drawn from a fit; `name` stands in the sources of the parameters."""
    problems = Problems(name)
    summary = fit.summary()
    contractions = dict(zip(summary["parameter"], summary["contraction"], strict=True))
    posterior = Posterior(Path(name), fit.draws, contractions)
    settings = scenario.file.settings | fitted_settings(posterior, fit.plan.theatre_file.settings, problems)
    problems.raise_if_any()
    return dataclasses.replace(scenario, file=dataclasses.replace(scenario.file, settings=settings))


def predictive_check(fit: Fit, replicates: int = REPLICATES) -> pd.DataFrame:
    """Return the statistics of a record beside what the engine gives on rows of the posterior.

    A row for each number: reported value, 90 % and 99 % band, how likely the engine makes it, and whether it lies
    inside; then killed per act, acts and deaths together, and all of them (`sim.inference.joint_checks`). A statistic
    of which the record has no value is `NOT_CHECKED`.
    """
    days = round(fit.assembled.evidence.days)
    # The driver stands still in the first days as it did in those of the record.
    spans = (np.clip([pause.first, pause.last], 0, days).tolist() for pause in fit.assembled.evidence.pauses)
    base = Scenario.load(fit.plan.scenario)
    file = dataclasses.replace(base.file, truces=tuple(Truce(first, last - first) for first, last in spans))
    scenario = use_posterior(dataclasses.replace(base, file=file), fit, "fit")
    ensemble = scenario.ensemble(scenario.points()[0], replicates, fit.seed, horizon_days=days)
    record = SimulatedRecord(ensemble.conflict, _side(fit), _detection(fit, replicates), fit.answered).follow()
    finished = ~ensemble.conflict.failed
    groups, values, reported = {}, {}, {}
    for name, quantity, take, seen in _statistics(fit, days):
        values[quantity] = np.asarray(take(record), dtype=np.float64)[finished]
        groups[quantity], reported[quantity] = name, np.nan if seen is None else float(seen)
    ensemble.conflict.release()
    table = judge_jointly(values, reported, _add_ratios(fit, values, reported))
    table.insert(0, "statistic", table["quantity"].map(groups).fillna("9 together"))
    for level in ("90", "99"):
        inside = (table[f"low_{level}"] <= table["observed"]) & (table["observed"] <= table[f"high_{level}"])
        table[f"inside_{level}"] = inside.astype(object).where(table["observed"].notna(), NOT_CHECKED)
    return table


def _add_ratios(fit: Fit, values: dict[str, Floats], reported: dict[str, float]) -> list[tuple[str, str]]:
    """Add the killed per act of each side where both are reported, and return these pairs."""
    theatre, pairs = fit.plan.theatre_file.theatre, []
    for side, parties in enumerate(theatre.front.sides):
        acts = f"acts of {', '.join(parties)}"
        hit = [party for party in theatre.parties if party.id in theatre.front.sides[1 - side]]
        for place in dict.fromkeys(party.location for party in hit):
            killed = f"killed in {place}"
            if np.isfinite(reported.get(acts, np.nan)) and np.isfinite(reported.get(killed, np.nan)):
                name = f"{killed} per act of {', '.join(parties)}"
                values[name] = ratio(values[killed], values[acts])
                reported[name] = reported[killed] / reported[acts] if reported[acts] else np.nan
                pairs.append((acts, killed))
    return pairs


Taken = Callable[[SimulatedRecord], Floats | Integers]
Statistic = tuple[str, str, Taken, float | None]
"""Group, quantity, how it is taken of a simulated record, and the reported value, if there is one."""


def _statistics(fit: Fit, days: int) -> list[Statistic]:
    return sorted([*_totals(fit, days), *_itemised(fit), *_noted(fit, days)], key=lambda statistic: statistic[0])


def _totals(fit: Fit, days: int) -> Iterator[Statistic]:
    """Yield acts and deaths of the whole record, and those of tallies that tell of other days or parties."""
    theatre, side = fit.plan.theatre_file.theatre, _side(fit)
    counts = {} if fit.is_ex_post else _counted_acts(fit)
    known = {tally.id: tally for tally in fit.plan.tallies}
    totals: dict[str, tuple[Taken, float | None]] = {
        f"acts of {', '.join(parties)}": (_acts(parties), counts.get(parties))
        for parties in theatre.front.sides[:: 1 - 2 * side]
    }
    for place in sorted({party.location for party in theatre.of_front().parties}):
        totals[f"killed in {place}"] = _killed(place, 0, days), None
    for piece in fit.assembled.evidence.pieces:
        if not isinstance(piece, (ActCount, DeathToll)):
            continue
        tally = known.get(piece.name)
        quantity = (
            f"killed in {piece.location}" if isinstance(piece, DeathToll) else f"acts of {', '.join(piece.senders)}"
        )
        figure = getattr(piece, "low", None) if tally is None else tally.figure.floor if has_count(tally) else None
        if round(piece.days) == days and quantity in totals and (tally is not None or isinstance(piece, DeathToll)):
            totals[quantity] = totals[quantity][0], figure
        elif tally is not None:
            first = (tally.period_start - fit.assembled.first).days
            span = first, first + round(piece.days)
            take = _killed(piece.location, *span) if isinstance(piece, DeathToll) else _acts(piece.senders, *span)
            totals[f"{quantity} ({tally.id})"] = take, figure
    for quantity, (take, figure) in totals.items():
        if figure is not None or not any(other.startswith(f"{quantity} (") for other in totals):
            yield "1 events" if quantity.startswith("acts") else "2 deaths", quantity, take, figure


def _itemised(fit: Fit) -> Iterator[Statistic]:
    """Yield what rows of the ledger tell; after the start it itemises still less, and they are not checked."""
    plan, ledger, side = fit.plan, fit.assembled.ledger, _side(fit)
    watched, other = (plan.theatre_file.theatre.front.sides[i] for i in (side, 1 - side))
    rows = [row for row in ledger if row.kind == "act" and row.initiator in watched and row.target in other]
    acts = [] if fit.is_ex_post else rows
    grave = find_provocations(plan, ledger, other[0]) if acts else []
    count = _counted_acts(fit).get(watched)
    # A rung without bounds comes from the map of an import, and not from a report.
    is_graded = any(row.rung_low is not None or row.rung_high is not None for row in acts)
    share = len(grave) / count if count and is_graded else None
    yield "4 high rungs", f"share on rung {HIGH_RUNG} or more", lambda r: r.high / np.maximum(r.acts, 1.0), share
    depth = max((row.depth_km for row in acts if row.depth_km is not None), default=None)
    yield "5 depth", "farthest act [km]", lambda r: r.depth, depth
    if plan.claimants:
        used = {piece.name for piece in fit.assembled.evidence.pieces if isinstance(piece, ActCount)}
        claimants = tuple(party for party in plan.claimants if f"claims of {party}" in used)
        claimed = float(sum(row.initiator in claimants for row in acts)) if claimants else None
        yield "6 claims", "claimed acts", _acts(claimants or plan.claimants), claimed
    quantity = "share of high rungs without an answer"
    without = sum(not act.answered for act in grave) / len(grave) if grave and fit.assembled.states_triggers else None
    yield "8 unanswered", quantity, lambda r: r.unanswered / np.maximum(r.high, 1.0), without


def _noted(fit: Fit, days: int) -> Iterator[Statistic]:
    """Yield what the times of a source tell; nothing where there is none, or one day alone."""
    if (seen := _seen(fit)) is not None and days > 1:
        noted = np.bincount(seen.times.astype(np.int64), minlength=days)[:, None]
        taken: dict[str, tuple[str, Callable[[Integers], Any]]] = {
            "variance over mean of noted acts a day": ("3 clustering", dispersion),
            "noted acts on the day with most": ("3 clustering", lambda counts: counts.max(axis=0)),
            "longest run of days without a noted act": ("7 calm", longest_calm),
        }
        for window, name in {1: "day", 7: "week"}.items():
            if days >= 3 * window:
                quantity = f"correlation of noted acts with the {name} before"
                taken[quantity] = "3 clustering", partial(_follow, window)
        for quantity, (group, take) in taken.items():
            value = float(take(noted)[0])
            yield group, quantity, partial(_of_noted, take), value if np.isfinite(value) else None


def _of_noted(take: Callable[[Integers], Any], record: SimulatedRecord) -> Floats:
    return np.asarray(take(record.noted), dtype=np.float64)


def _follow(window: int, counts: Integers) -> Floats:
    sums = sum_windows(counts, window)
    return correlation(sums, sums, 1)


def _acts(parties: tuple[str, ...], first: int = 0, last: int | None = None) -> Taken:
    """Return what takes the acts of some parties over the front, on some days."""

    def take(record: SimulatedRecord) -> Integers:
        groups = Groups(record.run.theatre).front.copy()
        groups[[row for row, dyad in enumerate(record.run.theatre.dyads) if dyad.sender not in parties]] = -1
        return np.asarray(record.run.totals.by_day("acts", groups, 1)[0][first:last].sum(axis=0, dtype=np.int64))

    return take


def _killed(place: str, first: int, last: int) -> Taken:
    def take(record: SimulatedRecord) -> Integers:
        groups = Groups(record.run.theatre).cells_hit_at(place)
        return np.asarray(record.run.totals.by_day("killed", groups, 1)[0][first:last].sum(axis=0, dtype=np.int64))

    return take


def _seen(fit: Fit) -> SeenTimes | None:
    """Return the first source of times that the fit uses, if there is one."""
    return next((piece for piece in fit.assembled.evidence.pieces if isinstance(piece, SeenTimes)), None)


def _side(fit: Fit) -> int:
    seen = _seen(fit)
    return _OTHERWISE if seen is None else seen.side


def _detection(fit: Fit, replicates: int) -> Floats:
    """Return the detection fraction of the row of the posterior that each replicate draws; 0 where nobody watches."""
    seen = _seen(fit)
    if seen is None:
        return np.zeros(replicates)
    law = Posterior(Path("fit"), fit.draws, {}).laws()[seen.detection]
    return law.at(Streams(fit.seed, np.arange(replicates)).uniform(law.drawn_with, "prior", 0))


def _counted_acts(fit: Fit) -> dict[tuple[str, ...], float]:
    """Return the published counts of all acts of a side, cut to the record in proportion to the days."""
    counts: dict[tuple[str, ...], float] = {}
    for name in fit.plan.left_out:
        tally = fit.plan.tallies[name]
        covers = tally.period_start <= fit.assembled.first and fit.assembled.until <= tally.period_end + _DAY
        if tally.measure == "acts" and has_count(tally) and covers:
            share = fit.assembled.evidence.days / ((tally.period_end - tally.period_start) / _DAY + 1)
            sides = (side for side in fit.plan.theatre_file.theatre.front.sides if {*side} <= {*tally.initiators})
            counts |= dict.fromkeys(sides, tally.figure.floor * share)
    return counts
