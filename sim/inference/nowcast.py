"""A nowcast: the fit as of each of several days, and what it makes of the odds from that day on.

Every day has a fit of its own that sees only what had been reported before it, and an ensemble of the scenario that
starts on that day, after the reports so far, on rows of that posterior. Days after the start of the scenarios are ex
post: they use held-out reports, and their rows say so.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from sim.core.errors import InputError, nearest
from sim.inference.evidence_plan import EvidencePlan
from sim.inference.fit import Fit, fit
from sim.inference.posterior_predictive import over_posterior
from sim.inference.sampler import Budget, UnmixedError
from sim.scenario.ledger_history import read_history
from sim.scenario.scenario import Scenario

QUICK: Final = Budget(ensembles=2, walkers=100, burn_in=200, chunk=100, most=1500, ess=400)
"""Cheaper than a fit that is kept."""
COLUMNS: Final = (
    *("as_of", "ex_post", "days", "branching", "branching_low", "branching_high"),
    *("question", "horizon", "replicates", "odds", "odds_low", "odds_high", "status"),
)
"""Columns of the table, in order; intervals are 90 %."""


def dates_between(first: datetime.date, last: datetime.date, every: int) -> list[datetime.date]:
    """Return the days of a nowcast.

    Parameters
    ----------
    first, last : date
        First and last day, both included if a step falls on them.
    every : int
        Step; 1 or more [days].

    Raises
    ------
    InputError
        If there is no such day.
    """
    if every < 1:
        raise InputError.single("--every", "", f"{every} is out of bounds; it must be at least 1")
    if last < first:
        raise InputError.single("--to", "", f"{last} is before --from, {first}")
    return [first + datetime.timedelta(days=i) for i in range(0, (last - first).days + 1, every)]


def nowcast(
    plan: EvidencePlan,
    days: Iterable[datetime.date],
    *,
    question: str = "Q1",
    horizon: int = 90,
    replicates: int = 300,
    window_days: int | None = None,
    seed: int = 1,
    jobs: int = 1,
    on_day: Callable[[datetime.date], None] | None = None,
) -> pd.DataFrame:
    """Return branching ratio and odds as of each day.

    Parameters
    ----------
    plan : EvidencePlan
        What a fit of the theatre uses.
    days : iterable of date
        Days; the reports before each are used.
    question : str
        Id of the question whose odds are asked for.
    horizon : int
        Days from each day on [days].
    replicates : int
        Replicates of each ensemble.
    window_days : int, optional
        Use only the last days of the record before each day [days].
    seed : int
        Root of all draws.
    jobs : int
        Worker processes of the sampler; changes no draw.
    on_day : callable, optional
        Called before each day.

    Returns
    -------
    DataFrame
        A row per day with the columns of `COLUMNS`. A day whose fit does not mix has a row that says so.

    Raises
    ------
    InputError
        If the question is not known or the evidence is wrong.
    """
    base = Scenario.load(plan.scenario)
    valid = [one.id for one in base.questions if not one.is_state]
    if question not in valid:
        raise InputError.single("--question", "", f'"{question}" is not known; {nearest(question, valid)}')
    rows = []
    for day in days:
        if on_day is not None:
            on_day(day)
        try:
            budget = dataclasses.replace(QUICK, jobs=jobs)
            found = fit(plan, until=day, window_days=window_days, seed=seed, budget=budget)
        except UnmixedError as error:
            rows.append({"as_of": day, "question": question, "horizon": horizon, "status": str(error)})
            continue
        rows.append(_row(base, found, day, question, horizon, replicates))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def starting(base: Scenario, day: datetime.date) -> Scenario:
    """Return a scenario that starts on another day, after all that had been reported before it.

    Parameters
    ----------
    base : Scenario
        The scenario.
    day : date
        First day.
    """
    split = "calibration" if day <= base.start else None
    theatre_file = dataclasses.replace(base.file.theatre_file, start=day)
    file = dataclasses.replace(base.file, theatre_file=theatre_file)
    return Scenario(file, *read_history(file, split))


def _row(
    base: Scenario, found: Fit, day: datetime.date, question: str, horizon: int, replicates: int
) -> dict[str, object]:
    branching = found.derived().set_index("quantity").loc["branching ratio"]
    scenario = over_posterior(starting(base, day), found, f"as of {day}")
    ensemble = scenario.ensemble(scenario.points()[0], replicates, found.seed, horizon_days=horizon)
    run = ensemble.conflict.run()
    finished = ~run.exchange.failed
    hits = int((np.asarray(run.columns()[f"{question}_day"], dtype=np.float64) <= horizon)[finished].sum())
    run.release()
    total = int(np.count_nonzero(finished))
    interval = stats.binomtest(hits, total).proportion_ci(0.90, method="wilson")
    return {
        "as_of": day,
        "ex_post": found.is_ex_post,
        "days": round(found.gathered.evidence.days),
        "branching": branching["median"],
        "branching_low": branching["low"],
        "branching_high": branching["high"],
        "question": question,
        "horizon": horizon,
        "replicates": total,
        "odds": hits / total,
        "odds_low": float(interval.low),
        "odds_high": float(interval.high),
        "status": "mixed",
    }
