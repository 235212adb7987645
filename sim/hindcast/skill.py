"""Skill: mean scores of forecasters, beside each other over the forecasts that both made, with the chance of the gap.

Forecasts of origins that lie closer than their horizon share what they do not know, so their scores are no independent
sample: the number of origins whose spans do not overlap stands beside every mean, and the test is that of Diebold &
Mariano (1995), corrected for few origins by Harvey, Leybourne & Newbold (1997, https://doi.org/10.1016/S0169-2070(96)00719-4).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.hindcast.scores import ALL_QUESTIONS, MEASURES, QUESTION

_COUNTS: Final = ("n", "origins", "independent")


def summarise_scores(scores: pd.DataFrame, benchmarks: Iterable[str] = ()) -> pd.DataFrame:
    """Return mean scores by forecaster and target, at each horizon and (``horizon_days`` missing) over all.

    ``independent`` counts origins whose spans do not overlap; ``benchmark``, ``ratio``, ``dm`` and ``p`` are those of
    `compare_scores` for the benchmark that is hardest to beat, over origins of which ``compared`` do not overlap.
    """
    rows = []
    for target, horizon, block in _blocks(scores):
        for forecaster, part in block.groupby("forecaster", sort=True):
            row: dict[Any, Any] = {"forecaster": forecaster, "target": target, "horizon_days": horizon}
            row |= _count(part["origin"], part["horizon_days"])
            rows.append(row | part[["forecast", "observed", *MEASURES]].mean().to_dict())
    keys = ["forecaster", "target", "horizon_days"]
    means = pd.DataFrame(rows, columns=[*keys, *_COUNTS, "forecast", "observed", *MEASURES])
    beside = compare_scores(scores, benchmarks).sort_values("ratio", kind="stable", ascending=False)
    hardest = beside.drop_duplicates(keys).rename(columns={"independent": "compared"})
    hardest = hardest[[*keys, "benchmark", "compared", "ratio", "dm", "p"]].astype({"compared": "Int64"})
    means = means.astype({"horizon_days": "Int64"}).rename(columns=lambda name: name.replace("inside", "coverage"))
    return means.merge(hardest, on=keys, how="left")


def compare_scores(scores: pd.DataFrame, benchmarks: Iterable[str] = ()) -> pd.DataFrame:
    """Compare the mean CRPS or Brier score of each forecaster with that of others, over the forecasts that both made.

    Below 1 the ``ratio``, and below 0 the statistic ``dm``, say that the forecaster is better; without names all others
    are benchmarks. ``dm`` and its two-sided ``p`` are missing where there are too few origins.
    """
    names, rows = list(benchmarks), []
    for target, horizon, block in _blocks(scores):
        cells = block.assign(score=block["crps"].fillna(block["brier"]))
        wide = cells.pivot_table("score", ["origin", "horizon_days", "asked"], "forecaster")
        for one, other in product(wide.columns, names or wide.columns):
            if one != other and other in wide and len(both := wide[[one, other]].dropna()):
                found = _compare(both.set_axis(["one", "other"], axis=1))
                rows.append({"forecaster": one, "benchmark": other, "target": target, "horizon_days": horizon} | found)
    columns = [*_COUNTS, "score", "benchmark_score", "ratio", "dm", "p"]
    table = pd.DataFrame(rows, columns=["forecaster", "benchmark", "target", "horizon_days", *columns])
    return table.astype({"horizon_days": "Int64"})


def _blocks(scores: pd.DataFrame) -> Iterator[tuple[str, int | None, pd.DataFrame]]:
    """Yield what was scored of each target, and of all questions, at all horizons and at each."""
    known = scores[scores["observed"].notna()].assign(asked=lambda table: table["target"])
    pooled = known[known["kind"] == QUESTION].assign(target=ALL_QUESTIONS)
    for target, part in pd.concat([known, pooled]).groupby("target", sort=True):
        yield str(target), None, part
        for horizon, block in part.groupby("horizon_days", sort=True):
            yield str(target), int(str(horizon)), block


def _count(origins: Any, horizons: Any) -> dict[str, int]:
    return {"n": len(origins), "origins": len(set(origins)), "independent": count_apart(origins, int(horizons.max()))}


def _compare(both: pd.DataFrame) -> dict[str, Any]:
    """Compare two columns of scores, indexed by origin, horizon and target."""
    gaps = (both["one"] - both["other"]).groupby(level="origin").mean()
    origins, days = both.index.get_level_values("origin"), both.index.get_level_values("horizon_days")
    spacing = np.median(np.diff(gaps.index) / np.timedelta64(1, "D")) if len(gaps) > 1 else days.max()
    statistic, p = judge_gap(gaps.to_numpy(), math.ceil(days.max() / spacing) - 1)
    one, other = both.mean()
    found = {"score": one, "benchmark_score": other, "ratio": one / other if other else np.nan}
    return _count(origins, days) | found | {"dm": statistic, "p": p}


def judge_gap(gaps: Floats, lag: int) -> tuple[float, float]:
    """Return the Diebold-Mariano statistic of gaps between two scores by origin, and its two-sided p, or missing.

    So many later origins overlap with one (`lag`): their autocovariances count in full, as errors of so many steps
    allow, or by the weights of Newey & West (1987) where their sum is no variance.
    """
    from scipy.stats import t

    n = len(gaps)
    correction = (n + 1 - 2 * (lag + 1) + (lag + 1) * lag / n) / n if n else 0.0
    if n <= lag + 1 or n < 3 or correction <= 0:
        return math.nan, math.nan
    rest = gaps - gaps.mean()
    covariances = np.array([(1 + (k > 0)) * (rest[k:] @ rest[: n - k]) / n for k in range(lag + 1)])
    variance = covariances.sum()
    if variance <= 0:
        variance = (1 - np.arange(lag + 1) / (lag + 1)) @ covariances
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
