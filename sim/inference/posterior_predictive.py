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
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.errors import Problems
from sim.core.random_streams import Streams, act_uniform
from sim.engine.kernel.marks import FALSE_ALARM
from sim.engine.model import Conflict
from sim.engine.rolling_windows import Groups
from sim.engine.world import Truce
from sim.inference.evidence_assembly import HIGH_RUNG, find_provocations
from sim.inference.evidence_terms import ActCount, DeathToll, SeenTimes
from sim.inference.fit import Fit
from sim.inference.tally_checks import has_count
from sim.scenario.posterior import Posterior
from sim.scenario.posterior_settings import fitted_settings
from sim.scenario.scenario import Scenario

REPLICATES: Final = 1000
"""Rows of the posterior that the engine runs."""
NOT_CHECKED: Final = "not checked"
"""Stands where a check would say whether a figure is inside, but none was reported."""
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
        self._note_high(fired[fired["rung"] >= HIGH_RUNG])

    def _note_high(self, grave: npt.NDArray[Any]) -> None:
        lane, size = grave["lane"], self.run.n_replicates
        self.high += np.bincount(lane, minlength=size)
        chance = np.exp(-grave["owed"] * self._share[grave["dyad"]])
        without = act_uniform(grave["word"], "left unanswered") < chance
        self.unanswered += np.bincount(lane[without], minlength=size)


def use_posterior(scenario: Scenario, fit: Fit, name: str) -> Scenario:
    """Return a scenario whose parameters are drawn from a fit; `name` stands in the sources of the parameters."""
    summary = fit.summary()
    informed = dict(zip(summary["parameter"], summary["status"] == "data-informed", strict=True))
    problems = Problems(name)
    posterior = Posterior(Path(name), fit.draws, informed)
    settings = scenario.file.settings | fitted_settings(posterior, fit.plan.theatre_file.settings, problems)
    problems.raise_if_any()
    return dataclasses.replace(scenario, file=dataclasses.replace(scenario.file, settings=settings))


def predictive_check(fit: Fit, replicates: int = REPLICATES) -> pd.DataFrame:
    """Return the statistics of a record beside what the engine gives on rows of the posterior.

    A row for each number: reported value, 90 % and 99 % band, and whether it lies inside. A statistic of which the
    record has no value is `NOT_CHECKED`.
    """
    days = round(fit.assembled.evidence.days)
    scenario = use_posterior(_with_pauses(Scenario.load(fit.plan.scenario), fit, days), fit, "fit")
    ensemble = scenario.ensemble(scenario.points()[0], replicates, fit.seed, horizon_days=days)
    record = SimulatedRecord(ensemble.conflict, _side(fit), _detection(fit, replicates), fit.answered).follow()
    observed = _observed(fit, days)
    finished = ~ensemble.conflict.failed
    rows = []
    for name, quantity, take in _statistics(fit, days):
        values = np.asarray(take(record), dtype=np.float64)[finished]
        low99, low, high, high99 = np.nanquantile(values, (0.005, 0.05, 0.95, 0.995))
        seen = observed.get(quantity, np.nan)
        inside = (low <= seen <= high, low99 <= seen <= high99) if quantity in observed else (NOT_CHECKED, NOT_CHECKED)
        rows.append((name, quantity, seen, low, high, low99, high99, *inside))
    ensemble.conflict.release()
    columns = ["statistic", "quantity", "observed", "low_90", "high_90", "low_99", "high_99", "inside_90", "inside_99"]
    return pd.DataFrame(rows, columns=columns)


def _with_pauses(scenario: Scenario, fit: Fit, days: int) -> Scenario:
    """Return a scenario in whose first days the driver stands still as it did in those of the record."""
    spans = (np.clip([pause.first, pause.last], 0, days).tolist() for pause in fit.assembled.evidence.pauses)
    truces = tuple(Truce(first, last - first) for first, last in spans)
    return dataclasses.replace(scenario, file=dataclasses.replace(scenario.file, truces=truces))


Taken = Callable[[SimulatedRecord], Floats | Integers]


def _statistics(fit: Fit, days: int) -> list[tuple[str, str, Taken]]:
    sides = fit.plan.theatre_file.theatre.front.sides
    watched, other = sides[_side(fit)], sides[1 - _side(fit)]
    places = sorted({party.location for party in fit.plan.theatre_file.theatre.of_front().parties})
    tallied = list(_tallied(fit))
    counted = {frozenset(piece.senders) for piece, _, _ in tallied if isinstance(piece, ActCount)}

    def acts_of(parties: tuple[str, ...], first: int = 0, last: int | None = None) -> Taken:
        return lambda record: _rows(record.run, parties)[first:last].sum(axis=0)

    statistics: list[tuple[str, str, Taken]] = [
        *(
            ("1 events", f"acts of {', '.join(side)}", acts_of(side))
            for side in (watched, other)
            if {*side} not in counted
        ),
        *(("1 events", _quantity(p), acts_of(p.senders, *ends)) for p, *ends in tallied if isinstance(p, ActCount)),
        *(("2 deaths", f"killed in {place}", _killed(place, 0, days)) for place in places),
        *(
            ("2 deaths", _quantity(p), _killed(p.location, *ends))
            for p, *ends in tallied
            if isinstance(p, DeathToll) and ends != [0, days]
        ),
        ("4 high rungs", f"share on rung {HIGH_RUNG} or more", lambda r: r.high / np.maximum(r.acts, 1.0)),
        ("5 depth", "farthest act [km]", lambda r: r.depth),
        ("8 unanswered", "share of high rungs without an answer", lambda r: r.unanswered / np.maximum(r.high, 1.0)),
    ]
    if fit.plan.claimants:
        statistics.append(("6 claims", "claimed acts", acts_of(fit.plan.claimants)))
    if _seen(fit) is not None:
        statistics += [
            ("3 clustering", "variance over mean of noted acts a day", lambda r: dispersion(r.noted)),
            ("7 calm", "longest run of days without a noted act", lambda r: longest_calm(r.noted)),
        ]
    return sorted(statistics, key=lambda statistic: statistic[0])


def _tallied(fit: Fit) -> Iterator[tuple[ActCount | DeathToll, int, int]]:
    """Yield the counts and tolls of tallies that the fit uses, with first and last day of the record (0 to n)."""
    known = {tally.id: tally for tally in fit.plan.tallies}
    for piece in fit.assembled.evidence.pieces:
        if isinstance(piece, (ActCount, DeathToll)) and piece.name in known:
            first = (known[piece.name].period_start - fit.assembled.first).days
            yield piece, first, first + round(piece.days)


def _quantity(piece: ActCount | DeathToll) -> str:
    """Return what a tally counts, told apart from the whole record by its name."""
    of = f"acts of {', '.join(piece.senders)}" if isinstance(piece, ActCount) else f"killed in {piece.location}"
    return f"{of} ({piece.name})"


def _rows(run: Conflict, parties: tuple[str, ...]) -> Integers:
    """Return the daily acts of some parties over the front, shape (n_days, n_replicates) [1]."""
    theatre = run.theatre
    groups = Groups(theatre).front.copy()
    groups[[row for row, dyad in enumerate(theatre.dyads) if dyad.sender not in parties]] = -1
    acts: Integers = run.totals.by_day("acts", groups, 1)[0].astype(np.int64)
    return acts


def _killed(place: str, first: int, last: int) -> Taken:
    def take(record: SimulatedRecord) -> Integers:
        groups = Groups(record.run.theatre).cells_hit_at(place)
        return np.asarray(record.run.totals.by_day("killed", groups, 1)[0][first:last].sum(axis=0, dtype=np.int64))

    return take


def dispersion(counts: Integers) -> Floats:
    """Return variance over mean of daily counts of shape (n_days, n_replicates); 1 where there were none."""
    mean = counts.mean(axis=0)
    return np.asarray(np.divide(counts.var(axis=0, ddof=1), mean, out=np.ones(mean.shape), where=mean > 0))


def longest_calm(counts: Integers) -> Integers:
    """Return the longest run of days without a count, for counts of shape (n_days, n_replicates) [days]."""
    longest = running = np.zeros(counts.shape[1], dtype=np.int64)
    for row in counts:
        running = np.where(row == 0, running + 1, 0)
        longest = np.maximum(longest, running)
    return longest


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
    law = Posterior(Path("fit"), fit.draws, {}).laws()[f"source.{seen.source}.detection"]
    return law.at(Streams(fit.seed, np.arange(replicates)).uniform(law.drawn_with, "prior", 0))


def _observed(fit: Fit, days: int) -> dict[str, float]:
    """Return the reported value of each quantity that the record has."""
    observed: dict[str, float] = {}
    if (seen := _seen(fit)) is not None:
        noted = np.bincount(seen.times.astype(np.int64), minlength=days)[:, None]
        observed["variance over mean of noted acts a day"] = float(dispersion(noted)[0])
        observed["longest run of days without a noted act"] = float(longest_calm(noted)[0])
    known = {tally.id: tally for tally in fit.plan.tallies}
    for piece in fit.assembled.evidence.pieces:
        if not isinstance(piece, (ActCount, DeathToll)) or (piece.name in known and not has_count(known[piece.name])):
            continue
        if piece.name in known:
            observed[_quantity(piece)] = float(known[piece.name].figure.floor)
        if isinstance(piece, DeathToll) and round(piece.days) == days:
            observed[f"killed in {piece.location}"] = observed.get(_quantity(piece), float(piece.low))
    # After the start the ledger itemises still less.
    return observed if fit.is_ex_post else observed | _itemised(fit)


def _itemised(fit: Fit) -> dict[str, float]:
    """Return the quantities that the rows of the ledger and counts of the whole record tell."""
    plan, ledger, side = fit.plan, fit.assembled.ledger, _side(fit)
    sides = plan.theatre_file.theatre.front.sides
    watched, other = sides[side], sides[1 - side]
    counts = _counted_acts(fit)
    observed = {f"acts of {', '.join(of)}": counts[of[0]] for of in (watched, other) if of[0] in counts}
    acts = [row for row in ledger if row.kind == "act" and row.initiator in watched and row.target in other]
    grave = find_provocations(plan, ledger, other[0])
    # A rung without bounds comes from the map of an import, and not from a report.
    if watched[0] in counts and any(row.rung_low is not None or row.rung_high is not None for row in acts):
        observed[f"share on rung {HIGH_RUNG} or more"] = len(grave) / counts[watched[0]]
    if depths := [row.depth_km for row in acts if row.depth_km is not None]:
        observed["farthest act [km]"] = max(depths)
    claimed = [row for row in acts if row.initiator in plan.claimants]
    if any(row.launches_claimed is not None for row in claimed):
        observed["claimed acts"] = float(len(claimed))
    if grave and fit.assembled.states_triggers:
        observed["share of high rungs without an answer"] = sum(not act.answered for act in grave) / len(grave)
    return observed


def _counted_acts(fit: Fit) -> dict[str, float]:
    """Return the published counts of acts by party, cut to the record in proportion to the days."""
    counts: dict[str, float] = {}
    for name in fit.plan.left_out:
        tally = fit.plan.tallies[name]
        whole = (tally.period_end - tally.period_start).days + 1
        if tally.measure == "acts" and whole >= fit.assembled.evidence.days:
            inside = (fit.assembled.until - datetime.timedelta(days=1) - tally.period_start).days + 1
            counts |= dict.fromkeys(tally.initiators, tally.figure.floor * inside / whole)
    return counts
