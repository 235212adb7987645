"""Scores of forecasts by what happened: proper scores, coverage, probability integral transforms, reliability.

The number of draws moves only the ignorance: the CRPS is the fair one (Ferro 2014, https://doi.org/10.1002/qj.2270),
quantiles are those of rank ``p (n + 1)``, and the transform of a count is a rank whose ties are broken by chance
(Czado, Gneiting & Held 2009, https://doi.org/10.1111/j.1541-0420.2009.01191.x). So a forecast that is right has its
nominal coverage and a uniform transform with few draws, too. The ignorance of counts is that of VIEWS: draws in bins,
and one more in each (https://github.com/prio-data/prediction_competition_2023).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.installation import load_extra
from sim.core.intervals import interval
from sim.core.random_streams import sampler_generator
from sim.hindcast.forecast_file import KEYS
from sim.hindcast.record import OutcomeRecord

LEVELS: Final = (50, 80, 90)
"""Central intervals that are scored [%]."""
BIN_EDGES: Final = (0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5)
"""Bounds between the bins of VIEWS; the first begins at 0 and the last is open."""
CHANCE_EDGES: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SERIES: Final = "series"
QUESTION: Final = "question"
ALL_QUESTIONS: Final = "all questions"
MEASURES: Final = (
    *("crps", "log_score", "brier", "pit"),
    *(f"{word}_{level}" for level in LEVELS for word in ("inside", "interval_score")),
)


def score_forecasts(forecasts: pd.DataFrame, record: OutcomeRecord, seed: int = 0) -> pd.DataFrame:
    """Return the scores of every forecast of a target that the record knows; forecasters share the luck of the seed.

    ``forecast`` is the mean of the draws or the chance; ``observed`` is missing where it is not known, or a question
    had come before. The ``log_score`` [bit] of a question is infinite where what came had a stated chance of 0.
    """
    rows: list[dict[str, Any]] = []
    known = forecasts[forecasts["target"].isin([*record.counts, *record.resolutions])]
    key: tuple[str, pd.Timestamp, str, int]
    for key, draws in known.groupby(list(KEYS), sort=True)["value"]:  # type: ignore[assignment]
        _, origin, target, horizon = key
        kind = QUESTION if target in record.resolutions else SERIES
        values, observed = np.sort(draws.to_numpy(np.float64)), record.observed(target, origin.date(), int(horizon))
        row = dict(zip(KEYS, key, strict=True)) | {"kind": kind, "draws": len(values), "forecast": values.mean()}
        row["observed"] = observed
        if observed is not None and kind == QUESTION:
            row |= _score_chance(values, observed)
        elif observed is not None:
            tie = sampler_generator(seed, "pit", target, f"{origin:%Y-%m-%d}", int(horizon)).random_sample()
            row |= _score_count(values, observed, tie)
        rows.append(row)
    columns = [*KEYS, "kind", "draws", "forecast", "observed", *MEASURES]
    return pd.DataFrame(rows, columns=columns).astype({"observed": np.float64})


def _score_count(draws: Floats, observed: float, tie: float) -> dict[str, float]:
    """Return the scores of sorted draws of a count; `tie` is a uniform."""
    rules = load_extra("scoringrules", "truth", "scoring forecasts")
    at = int(np.searchsorted(BIN_EDGES, observed, side="right"))
    low, high = (np.searchsorted(draws, ([-np.inf, *BIN_EDGES, np.inf])[at + end]) for end in (0, 1))
    below, up_to = (int(np.searchsorted(draws, observed, side=side)) for side in ("left", "right"))
    scores = {
        # By weighted moments it is the fair estimator, in the time that sorting takes.
        "crps": float(rules.crps_ensemble(observed, draws, estimator="pwm", sorted_ensemble=True)),
        "log_score": -float(np.log2((high - low + 1) / (len(draws) + len(BIN_EDGES) + 1))),
        "pit": (below + tie * (up_to - below + 1)) / (len(draws) + 1),
    }
    for level in LEVELS:
        miss = 1 - level / 100
        lower, upper = np.quantile(draws, [miss / 2, 1 - miss / 2], method="weibull")
        scores[f"inside_{level}"] = float(lower <= observed <= upper)
        scores[f"interval_score_{level}"] = float(rules.interval_score(observed, lower, upper, miss))
    return scores


def _score_chance(values: Floats, came: float) -> dict[str, float]:
    """Return the scores of a chance; of draws of 0 and 1 one more of each is counted for the ignorance."""
    n, chance = len(values), float(values.mean())
    stated = chance if n == 1 else (values.sum() + 1) / (n + 2)
    with np.errstate(divide="ignore"):
        ignorance = -float(np.log2(stated if came else 1 - stated))
    return {"brier": (chance - came) ** 2, "log_score": ignorance}


def measure_reliability(scores: pd.DataFrame) -> pd.DataFrame:
    """Compare chances of questions with the share that came, by range; the interval is as if all were independent."""
    asked = scores[scores["brier"].notna()]
    at = np.clip(np.searchsorted(CHANCE_EDGES, asked["forecast"], side="right"), 1, len(CHANCE_EDGES) - 1)
    asked = asked.assign(low=np.take(CHANCE_EDGES, at - 1), high=np.take(CHANCE_EDGES, at))
    groups = asked.groupby(["forecaster", "low", "high"])
    counts = groups.agg(n=("observed", "size"), questions=("target", "nunique"), origins=("origin", "nunique"))
    table = counts.assign(forecast=groups["forecast"].mean(), came=groups["observed"].mean())
    bounds = [interval(events, n) for events, n in zip(groups["observed"].sum(), table["n"], strict=True)]
    low, high = np.reshape(bounds, (-1, 2)).T
    return table.assign(came_low=low, came_high=high).reset_index()


def measure_warning(scores: pd.DataFrame) -> pd.DataFrame:
    """Tell whether chances were higher at origins whose horizon the event came within: `auc`, .5 where they were not.

    It is the share of pairs of such an origin and another in which the former's is higher; all are of one event.
    """
    rows = []
    asked = scores[scores["brier"].notna()]
    for key, part in asked.groupby(["forecaster", "target", "horizon_days"], sort=True):
        came = part["observed"].to_numpy() > 0
        before, other = (part["forecast"].to_numpy()[chosen] for chosen in (came, ~came))
        pairs = np.sign(before[:, None] - other[None, :]) / 2 + 0.5
        means = [values.mean() if values.size else np.nan for values in (before, other, pairs)]
        rows.append([*key, len(before), len(other), *means])
    columns = ["n_before", "n_other", "forecast_before", "forecast_other", "auc"]
    return pd.DataFrame(rows, columns=["forecaster", "target", "horizon_days", *columns])
