"""A nowcast: the fit as of each of several days, and what it makes of the odds from that day on.

Every day has a fit of its own that sees only what had been reported before it, and an ensemble of the scenario that
starts on that day, after the reports so far, on rows of that posterior. Days after the start of the scenarios are ex
post: they use held-out reports, and their rows say so.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from sim.core.errors import InputError, nearest
from sim.core.intervals import interval
from sim.core.parameters import Interval
from sim.inference.evidence_assembly import NoEvidenceError
from sim.inference.evidence_plan import EvidencePlan, plan_of, read_day
from sim.inference.fit import SEED, Fit, fit, start_on
from sim.inference.posterior_predictive import use_posterior
from sim.inference.sampler import Budget, UnmixedError
from sim.scenario.scenario import Scenario
from sim.sweeps.atomic_folder import write_folder
from sim.sweeps.cluster_errors import estimate_size
from sim.sweeps.results_folder import MANIFEST
from sim.sweeps.sweep import check_numbers

KIND: Final = "nowcast"
_HORIZONS: Final = Interval(1, 3650)
QUICK: Final = Budget(ensembles=2, walkers=100, burn_in=200, chunk=100, most=1500, ess=400)
"""Cheaper than a fit that is kept."""
COLUMNS: Final = (
    *("as_of", "ex_post", "days", "branching", "branching_low", "branching_high"),
    *("question", "horizon", "replicates", "odds", "odds_low", "odds_high", "status"),
)
"""Columns of the table, in order; intervals are 90 %, those of the odds on the effective number of replicates."""
_CONFIDENCE: Final = 0.90


def dates_between(first: datetime.date, last: datetime.date, every: int) -> list[datetime.date]:
    """Return every so-and-so-many days from the first to the last, both included if a step falls on them."""
    if every < 1:
        raise InputError.single("--every", "", f"{every} is out of bounds; it must be at least 1")
    if last < first:
        raise InputError.single("--to", "", f"{last} is before --from, {first}")
    return [first + datetime.timedelta(days=i) for i in range(0, (last - first).days + 1, every)]


def nowcast(
    theatre: str | Path | EvidencePlan,
    days: Iterable[datetime.date | str],
    *,
    question: str = "",
    horizon: int = 90,
    replicates: int = 300,
    window_days: int | None = None,
    seed: int = SEED,
    jobs: int = 1,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Return branching ratio and odds as of each day, each from a fit of its own.

    Parameters
    ----------
    theatre : str, Path or EvidencePlan
        Theatre file with ``evidence.toml`` beside it, name of a shipped theatre such as ``lebanon-2023``, or what
        `sim.inference.evidence_plan.read_plan` returns.
    days : iterable of date or str
        Days, ``2023-11-07`` as text; the reports before each are used.
    question : str, optional
        Id of the question whose odds are asked for; the first of the theatre without it.
    horizon : int, optional
        Days from each day on [days].
    replicates : int, optional
        Replicates of each ensemble.
    window_days : int, optional
        Use only the last days of the record before each day [days].
    seed : int, optional
        Root of all draws.
    jobs : int, optional
        Worker processes, of which the sampler uses up to two; changes no draw.
    progress : callable, optional
        Told in a few words which day begins.

    Returns
    -------
    DataFrame
        A row per day with the columns of `COLUMNS`; intervals are 90 %. A day without evidence before it and one whose
        fit does not mix have rows without figures whose ``status`` says so.

    Raises
    ------
    InputError
        If the question, a number or a day is not allowed, or the evidence is wrong.

    Examples
    --------
    >>> sim.nowcast("lebanon-2023", ["2023-10-25", "2023-11-01"])  # doctest: +SKIP
    """
    check_numbers(replicates, seed, jobs)
    if not _HORIZONS.contains(horizon):
        raise InputError.single("horizon", "", f"{horizon} is out of bounds; it must be {_HORIZONS} [days]")
    if window_days is not None and window_days < 1:
        raise InputError.single("window_days", "", f"{window_days} is out of bounds; it must be at least 1")
    plan = plan_of(theatre)
    base = Scenario.load(plan.scenario)
    valid = [known.id for known in base.questions if not known.is_state]
    question = question or next(iter(valid), question)
    if question not in valid:
        raise InputError.single("--question", "", f'"{question}" is not known; {nearest(question, valid)}')
    budget = dataclasses.replace(QUICK, jobs=min(jobs, QUICK.ensembles))
    rows = []
    for day in [read_day(day, "days") for day in ([days] if isinstance(days, str) else days)]:
        if progress is not None:
            progress(f"as of {day}")
        try:
            posterior = fit(plan, until=day, window_days=window_days, seed=seed, budget=budget)
        except (UnmixedError, NoEvidenceError) as error:
            why = f"not fitted: {error.problems[0].message}" if isinstance(error, NoEvidenceError) else str(error)
            rows.append({"as_of": day, "question": question, "horizon": horizon, "status": why})
            continue
        rows.append(_row(base, posterior, day, question, horizon, replicates))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write_nowcast(
    folder: Path, table: pd.DataFrame, options: Mapping[str, object], pictures: Mapping[str, bytes]
) -> None:
    """Write the folder of a nowcast, with a manifest of its options, whole or not at all."""
    csv = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    manifest = json.dumps({"kind": KIND, "name": folder.name, **options}, indent=1) + "\n"
    write_folder(folder, {"nowcast.csv": csv.encode(), MANIFEST: manifest.encode(), **pictures})


def _row(
    base: Scenario, posterior: Fit, day: datetime.date, question: str, horizon: int, replicates: int
) -> dict[str, object]:
    branching = posterior.derived().set_index("quantity").loc["branching ratio"]
    scenario = use_posterior(start_on(base, day), posterior, f"as of {day}")
    ensemble = scenario.ensemble(scenario.points()[0], replicates, posterior.seed, horizon_days=horizon)
    run = ensemble.conflict.run()
    finished = ~run.failed
    holds = (np.asarray(run.columns()[f"{question}_day"], dtype=np.float64) <= horizon)[finished]
    run.release()
    hits, total = int(holds.sum()), holds.size
    size = float(estimate_size(holds[:, None], np.flatnonzero(finished))[0]) if total else 0.0
    low, high = interval(size if hits == total else hits * (size / total), size, _CONFIDENCE)
    return {
        "as_of": day,
        "ex_post": posterior.is_ex_post,
        "days": round(posterior.assembled.evidence.days),
        "branching": branching["median"],
        "branching_low": branching["low"],
        "branching_high": branching["high"],
        "question": question,
        "horizon": horizon,
        "replicates": total,
        "odds": hits / total if total else np.nan,
        "odds_low": low,
        "odds_high": high,
        "status": "; ".join(filter(None, ("mixed", posterior.assembled.silence))),
    }
