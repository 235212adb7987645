"""Forecasts of the model at an origin: weekly counts of histories that start on it, and how many answer a question."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.random_streams import Streams
from sim.hindcast.forecast_file import tabulate_draws
from sim.hindcast.record import NOTED, WEEK, SeriesPlan
from sim.inference.evidence_plan import EvidencePlan
from sim.results.reading.daily_measures import ACTS, KILLED_TO_DATE, SIDES, Measured, measure_days, thin_counts
from sim.results.reading.question_outcomes import estimate_shares, locate_cells, read_outcomes
from sim.results.reading.store import Results
from sim.scenario.posterior import Posterior
from sim.scenario.shared_draws import INFORMED, JUDGEMENT, source_replicates

FITTED, PRIORS = "model, fitted", "model, priors"
DRAWS: Final = 400
"""Histories whose counts are kept as draws, the first that finished."""


@dataclass(frozen=True)
class ModelRun:
    """The histories of a model at an origin."""

    forecaster: str
    origin: datetime.date
    folder: Path
    plan: EvidencePlan
    posterior: Posterior | None
    seed: int


def read_run(run: ModelRun, series: Mapping[str, SeriesPlan], weeks: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return weeks of series and shares of questions as rows of a file of draws, and the odds by question."""
    results = Results.open(run.folder)
    parts = []
    for replicates, measured in measure_days(results, 0):
        early = {key: values[:, : WEEK * weeks] for key, values in measured.items()}
        parts.append({name: count_weeks(run, one, replicates, early) for name, one in series.items()})
    horizons = WEEK * np.arange(1, weeks + 1)
    frames = []
    for name in series if parts else ():
        counts = np.concatenate([part[name] for part in parts])[:DRAWS]
        frames.append(tabulate_draws(name, horizons, counts))
    odds = _read_odds(results, results.manifest["horizons"])
    shares = odds.dropna(subset="estimate")
    chances = shares.rename(columns={"question": "target", "estimate": "value"})[["target", "horizon_days", "value"]]
    draws = pd.concat([*frames, chances.assign(draw=0)], ignore_index=True)
    draws, odds = (table.assign(forecaster=run.forecaster, origin=pd.Timestamp(run.origin)) for table in (draws, odds))
    return draws, odds


def count_weeks(run: ModelRun, series: SeriesPlan, replicates: Integers, measured: Measured) -> Integers:
    """Return the weekly counts of a series in some histories, shape (n_replicates, n_weeks).

    Of the acts of the side that a view watches each is noted with the share that the history drew for it.
    """
    if series.measure not in (ACTS, NOTED):
        to_date = measured[KILLED_TO_DATE, series.part][:, WEEK - 1 :: WEEK]
        return np.diff(to_date, axis=1, prepend=0)
    view = next((view for view in run.plan.views if series.measure == NOTED and view.name == series.part), None)
    acts = measured[ACTS, series.part if view is None else SIDES[view.side]]
    acts = np.asarray(acts.reshape(len(acts), -1, WEEK).sum(axis=2), dtype=np.int64)
    if view is None:
        return acts
    share = _detect(run, view.name, view.detection, replicates)
    return thin_counts(acts, share, run.seed, replicates, view.name, "noted in a week")


def _detect(run: ModelRun, view: str, prior: Any, replicates: Integers) -> Floats:
    """Return the share that each history notes: of the row of the posterior that it draws, or of the prior."""
    key = f"source.{view}.detection"
    law = prior if run.posterior is None else run.posterior.laws().get(key, prior)
    luck = Streams(run.seed, source_replicates(replicates, INFORMED if law.drawn_with else JUDGEMENT))
    return np.broadcast_to(law.at(luck.uniform(law.drawn_with or key, "prior", 0)), len(replicates))


def _read_odds(results: Results, horizons: list[int]) -> pd.DataFrame:
    """Return in how many histories each question was answered by each horizon."""
    cells = locate_cells(results, [question["id"] for question in results.manifest["questions"]], horizons)
    outcomes = read_outcomes(results, 0, cells)
    rows = estimate_shares(outcomes.holds, outcomes.replicates)
    named = [{"question": cell.question, "horizon_days": cell.day} | row for cell, row in zip(cells, rows, strict=True)]
    return pd.DataFrame(named).assign(failed=outcomes.failed)
