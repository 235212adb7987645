"""Skill: mean scores of forecasters, beside each other over the forecasts that both made, with the chance of the gap.

Forecasts of origins that lie closer than their horizon share part of what they do not know, so their scores are no
independent sample: the Diebold-Mariano test takes that many autocovariances, with the correction of Harvey, Leybourne
and Newbold for few origins, and the number of origins whose spans do not overlap stands beside every mean.

References
----------
.. [1] Diebold, F. X., Mariano, R. S. (1995). Comparing predictive accuracy. JBES 13(3), 253-263.
       https://doi.org/10.1080/07350015.1995.10524599
.. [2] Harvey, D., Leybourne, S., Newbold, P. (1997). Testing the equality of prediction mean squared errors. IJF 13(2),
       281-291. https://doi.org/10.1016/S0169-2070(96)00719-4
.. [3] Newey, W. K., West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and autocorrelation
       consistent covariance matrix. Econometrica 55(3), 703-708. https://doi.org/10.2307/1913610
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.hindcast.scores import ALL_QUESTIONS, LEVELS, QUESTION

_MEANS: Final = {
    "forecast": "forecast",
    "observed": "observed",
    "crps": "crps",
    "log_score": "log_score",
    "brier": "brier",
    "pit": "pit",
    **{f"interval_score_{level}": f"interval_score_{level}" for level in LEVELS},
    **{f"inside_{level}": f"coverage_{level}" for level in LEVELS},
}


def summarise_scores(scores: pd.DataFrame, benchmarks: Iterable[str] = ()) -> pd.DataFrame:
    """Return mean scores by forecaster and target, at each horizon and over all.

    Parameters
    ----------
    scores : DataFrame
        Of `score_forecasts`.
    benchmarks : iterable of str
        Forecasters to be compared with; all without it.

    Returns
    -------
    DataFrame
        A row for each forecaster, target (``all questions`` as well) and ``horizon_days`` (missing: all): ``n`` scored
        forecasts, ``origins``, ``independent`` (origins whose spans do not overlap), means of the scores, ``coverage``
        of the levels, mean ``pit``; then of `compare_scores` the row of the benchmark that is hardest to beat:
        ``benchmark``, ``ratio``, ``dm``, ``p``.
    """
    rows = []
    for target, horizon, block in _blocks(scores):
        for forecaster, part in block.groupby("forecaster", sort=True):
            days = int(part["horizon_days"].max())
            row = {"forecaster": forecaster, "target": target, "horizon_days": horizon, "n": len(part)}
            row |= {"origins": part["origin"].nunique(), "independent": count_apart(part["origin"], days)}
            row |= {name: part[column].mean() for column, name in _MEANS.items()}
            rows.append(row)
    keys = ["forecaster", "target", "horizon_days"]
    means = pd.DataFrame(rows, columns=[*keys, "n", "origins", "independent", *_MEANS.values()])
    means["horizon_days"] = means["horizon_days"].astype("Int64")
    beside = compare_scores(scores, benchmarks).sort_values("ratio", kind="stable", ascending=False)
    hardest = beside.drop_duplicates(keys)[[*keys, "benchmark", "ratio", "dm", "p"]]
    return means.merge(hardest, on=keys, how="left")


def compare_scores(scores: pd.DataFrame, benchmarks: Iterable[str] = ()) -> pd.DataFrame:
    """Compare the mean score of each forecaster with that of each benchmark, over the forecasts that both made.

    Returns
    -------
    DataFrame
        A row for each forecaster, ``benchmark``, target and ``horizon_days`` (missing: all): ``n`` forecasts of both,
        ``origins``, ``independent``, ``score`` and ``benchmark_score`` (mean CRPS, or Brier), ``ratio`` of them (below
        1: better than the benchmark), ``dm`` (negative: better) and its two-sided ``p``, missing where there are too
        few origins.
    """
    names, rows = list(benchmarks), []
    for target, horizon, block in _blocks(scores):
        cells = block.assign(score=block["crps"].fillna(block["brier"]), cell=block["target_id"])
        wide = cells.pivot_table(index=["origin", "horizon_days", "cell"], columns="forecaster", values="score")
        for one in wide.columns:
            for other in names or wide.columns:
                if other != one and other in wide:
                    row = _compare(wide[[one, other]].dropna().set_axis(["one", "other"], axis=1))
                    rows.append(
                        {"forecaster": one, "benchmark": other, "target": target, "horizon_days": horizon} | row
                    )
    columns = ["n", "origins", "independent", "score", "benchmark_score", "ratio", "dm", "p"]
    table = pd.DataFrame(rows, columns=["forecaster", "benchmark", "target", "horizon_days", *columns])
    return table.astype({"horizon_days": "Int64"})


def _blocks(scores: pd.DataFrame) -> Iterator[tuple[str, int | None, pd.DataFrame]]:
    """Yield the scored forecasts of each target, and of all questions, at each horizon and, where several, at all."""
    known = scores[scores["observed"].notna()]
    known = known.assign(target_id=known["target"])
    pooled = known[known["kind"] == QUESTION].assign(target=ALL_QUESTIONS)
    for target, part in pd.concat([known, pooled]).groupby("target", sort=True):
        yield str(target), None, part
        for horizon, block in part.groupby("horizon_days", sort=True):
            yield str(target), int(str(horizon)), block


def _compare(both: pd.DataFrame) -> dict[str, Any]:
    """Compare two columns of scores, indexed by origin, horizon and target."""
    if both.empty:
        return {"n": 0, "origins": 0, "independent": 0}
    one, other = both["one"].mean(), both["other"].mean()
    gaps = (both["one"] - both["other"]).groupby(level="origin").mean()
    origins = pd.DatetimeIndex(gaps.index)
    days = int(both.index.get_level_values("horizon_days").max())
    spacing = float(np.median(np.diff(origins) / np.timedelta64(1, "D"))) if len(origins) > 1 else days
    statistic, p = judge_gap(gaps.to_numpy(), math.ceil(days / spacing) - 1)
    found = {"n": len(both), "origins": len(origins), "independent": count_apart(origins, days)}
    ratio = one / other if other else np.nan
    return found | {"score": one, "benchmark_score": other, "ratio": ratio, "dm": statistic, "p": p}


def judge_gap(gaps: Floats, lag: int) -> tuple[float, float]:
    """Return the Diebold-Mariano statistic of gaps between two scores, and its two-sided p.

    Parameters
    ----------
    gaps : ndarray of float, shape (n_origins,)
        Score of one forecaster less that of the other, by origin.
    lag : int
        Origins after one whose forecasts overlap with it. Their autocovariances count in full, as the errors of a
        forecast so many steps ahead allow, or by the weights of Newey and West where their sum is no variance.

    Returns
    -------
    tuple of float
        Missing where there are too few origins for the lag, or no gap varies.
    """
    from scipy.stats import t

    n = len(gaps)
    correction = (n + 1 - 2 * (lag + 1) + (lag + 1) * lag / n) / n if n else 0.0
    if n <= lag + 1 or n < 3 or correction <= 0:
        return math.nan, math.nan
    rest = gaps - gaps.mean()
    covariances = np.array([rest[k:] @ rest[: n - k] / n for k in range(lag + 1)])
    steps = np.arange(1, lag + 1)
    variance = covariances[0] + 2 * covariances[1:].sum()
    if variance <= 0:
        variance = covariances[0] + 2 * (1 - steps / (lag + 1)) @ covariances[1:]
    if variance <= 0 or covariances[0] <= 1e-24 * float(np.abs(gaps).max()) ** 2:
        return math.nan, math.nan
    statistic = float(gaps.mean() / math.sqrt(variance / n) * math.sqrt(correction))
    return statistic, float(2 * t.sf(abs(statistic), n - 1))


def count_apart(origins: Iterable[Any], days: int) -> int:
    """Return how many origins lie at least so many days apart, so that what they forecast does not overlap."""
    last, count = None, 0
    for origin in sorted(set(origins)):
        if last is None or (origin - last).days >= days:
            last, count = origin, count + 1
    return count
