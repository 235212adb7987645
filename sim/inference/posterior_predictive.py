"""Posterior predictive check: the engine runs the length of the record on rows of the posterior (S5, V6).

Each statistic is taken of the simulated record in the same way as of the reported one: acts are noted with the fitted
detection fraction, days are counted as days. The engine starts from its warm history and not from the first day of the
record, as in the prior check.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping
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
from sim.inference.evidence_assembly import HIGH_RUNG, find_provocations
from sim.inference.evidence_terms import DeathToll, SeenTimes
from sim.inference.fit import Fit
from sim.scenario.posterior import Posterior
from sim.scenario.posterior_settings import fitted_settings
from sim.scenario.scenario import Scenario

REPLICATES: Final = 1000
"""Rows of the posterior that the engine runs."""


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
    """Return the eight statistics of a record beside what the engine gives on rows of the posterior.

    A row for each number: reported value, 90 % and 99 % band, and whether it lies inside. Where the record has no
    value of a statistic, as after the start, it is left out.
    """
    scenario = use_posterior(Scenario.load(fit.plan.scenario), fit, "fit")
    days = round(fit.assembled.evidence.days)
    ensemble = scenario.ensemble(scenario.points()[0], replicates, fit.seed, horizon_days=days)
    record = SimulatedRecord(ensemble.conflict, _side(fit), _detection(fit, replicates), fit.answered).follow()
    observed = _observed(fit, days)
    finished = ~ensemble.conflict.failed
    rows = []
    for name, quantity, take in _statistics(fit, days):
        if quantity not in observed:
            continue
        values = np.asarray(take(record), dtype=np.float64)[finished]
        low99, low, high, high99 = np.nanquantile(values, (0.005, 0.05, 0.95, 0.995))
        seen = observed[quantity]
        rows.append((name, quantity, seen, low, high, low99, high99, low <= seen <= high, low99 <= seen <= high99))
    ensemble.conflict.release()
    columns = ["statistic", "quantity", "observed", "low_90", "high_90", "low_99", "high_99", "inside_90", "inside_99"]
    return pd.DataFrame(rows, columns=columns)


Taken = Callable[[SimulatedRecord], Floats | Integers]


def _statistics(fit: Fit, days: int) -> list[tuple[str, str, Taken]]:
    sides = fit.plan.theatre_file.theatre.front.sides
    watched, other = sides[_side(fit)], sides[1 - _side(fit)]
    places = sorted({party.location for party in fit.plan.theatre_file.theatre.of_front().parties})

    def acts_of(parties: tuple[str, ...]) -> Taken:
        return lambda record: _rows(record.run, parties).sum(axis=0)

    return [
        ("1 events", f"acts of {', '.join(watched)}", acts_of(watched)),
        ("1 events", f"acts of {', '.join(other)}", acts_of(other)),
        *(("2 deaths", f"killed in {place}", _killed(place, days)) for place in places),
        ("3 clustering", "variance over mean of noted acts a day", lambda r: dispersion(r.noted)),
        ("4 high rungs", f"share on rung {HIGH_RUNG} or more", lambda r: r.high / np.maximum(r.acts, 1.0)),
        ("5 depth", "farthest act [km]", lambda r: r.depth),
        ("6 claims", "claimed acts", acts_of(fit.plan.claimants)),
        ("7 calm", "longest run of days without a noted act", lambda r: longest_calm(r.noted)),
        ("8 unanswered", "share of high rungs without an answer", lambda r: r.unanswered / np.maximum(r.high, 1.0)),
    ]


def _rows(run: Conflict, parties: tuple[str, ...]) -> Integers:
    """Return the daily acts of some parties over the front, shape (n_days, n_replicates) [1]."""
    theatre = run.theatre
    groups = Groups(theatre).front.copy()
    groups[[row for row, dyad in enumerate(theatre.dyads) if dyad.sender not in parties]] = -1
    acts: Integers = run.totals.by_day("acts", groups, 1)[0].astype(np.int64)
    return acts


def _killed(place: str, days: int) -> Taken:
    return lambda record: record.run.totals.total("killed", Groups(record.run.theatre).cells_hit_at(place), 1, days)[0]


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


def _side(fit: Fit) -> int:
    return fit.plan.views[0].side


def _detection(fit: Fit, replicates: int) -> Floats:
    """Return the detection fraction of the row of the posterior that each replicate draws."""
    posterior = Posterior(Path("fit"), fit.draws, {})
    law = posterior.laws()[f"source.{fit.plan.views[0].name}.detection"]
    return law.at(Streams(fit.seed, np.arange(replicates)).uniform(law.drawn_with, "prior", 0))


def _observed(fit: Fit, days: int) -> dict[str, float]:
    """Return the reported value of each quantity that the record has."""
    plan, ledger = fit.plan, fit.assembled.ledger
    theatre, side = plan.theatre_file.theatre, _side(fit)
    watched, other = theatre.front.sides[side], theatre.front.sides[1 - side]
    seen = next(piece for piece in fit.assembled.evidence.pieces if isinstance(piece, SeenTimes))
    noted = np.bincount(seen.times.astype(np.int64), minlength=days)[:, None]
    observed = {
        "variance over mean of noted acts a day": float(dispersion(noted)[0]),
        "longest run of days without a noted act": float(longest_calm(noted)[0]),
    }
    for piece in fit.assembled.evidence.pieces:
        if isinstance(piece, DeathToll) and round(piece.days) == days:
            observed[f"killed in {piece.location}"] = float(piece.low)
    if fit.is_ex_post or watched[0] not in (counts := _counted_acts(fit)) or other[0] not in counts:
        # After the start the ledger itemises still less, and no count of acts covers the record.
        return observed
    rows = [
        incident
        for incident in ledger
        if incident.kind == "act" and incident.initiator in watched and incident.target in other
    ]
    acts = find_provocations(plan, ledger, other[0])
    return observed | {
        f"acts of {', '.join(watched)}": counts[watched[0]],
        f"acts of {', '.join(other)}": counts[other[0]],
        f"share on rung {HIGH_RUNG} or more": len(acts) / counts[watched[0]],
        "farthest act [km]": max(
            (incident.depth_km for incident in rows if incident.depth_km is not None), default=np.nan
        ),
        "claimed acts": float(sum(incident.initiator in plan.claimants for incident in rows)),
        "share of high rungs without an answer": sum(not act.answered for act in acts) / max(len(acts), 1),
    }


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
