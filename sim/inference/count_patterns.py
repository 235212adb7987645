"""What daily counts are like: clustering, memory, episodes, who follows whom; of a record and of histories alike.

Counts have the shape (n_days, n_replicates); a record is one replicate. What a replicate does not tell, such as the
clustering of no count at all, is not a number. Autoregressions are those of `statsmodels`, of the extra ``truth``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.installation import load_extra

Counts = Integers | Floats
MOST_LAGS: Final = 7
"""Most lags among which a criterion chooses [days]; fewer where they are more than a tenth of the days."""


def sum_windows(counts: Counts, days: int) -> Counts:
    """Return the counts of whole windows from the first day on; days that fill none are left out."""
    whole = len(counts) // days * days
    sums: Counts = counts[:whole].reshape(-1, days, counts.shape[1]).sum(axis=1)
    return sums


def dispersion(counts: Counts, lags: int = 0) -> Floats:
    """Return variance over mean, 1 for a Poisson process; that of long windows by the covariances up to a lag."""
    later = sum(2.0 * _covariance(counts, counts, lag) for lag in range(1, lags + 1))
    return ratio(counts.var(axis=0, ddof=1) + later, counts.mean(axis=0))


def branching_ratio(long_dispersion: Floats) -> Floats:
    """Return the branching ratio of a linear self-exciting process from variance over mean in long windows.

    It is 1 - 1 / sqrt(F) (Hawkes 1971; Hardiman & Bouchaud 2014) where the background is constant and every act has a
    Poisson number of offspring; a level that drifts reads as branching. Below 0 where counts are more even than chance.
    """
    return np.asarray(1.0 - np.sqrt(ratio(np.ones_like(long_dispersion), long_dispersion)))


def correlation(later: Counts, earlier: Counts, lag: int) -> Floats:
    """Return the correlation of counts with others so many steps before; with themselves the autocorrelation."""
    spread = np.sqrt(_covariance(later, later, 0) * _covariance(earlier, earlier, 0))
    return ratio(_covariance(later, earlier, lag), spread)


def longest_calm(counts: Counts) -> Integers:
    """Return the longest run of days without a count [days]."""
    longest = running = np.zeros(counts.shape[1], dtype=np.int64)
    for row in counts:
        running = np.where(row == 0, running + 1, 0)
        longest = np.maximum(longest, running)
    return longest


def describe_episodes(time: Floats, side: Integers, calm_days: float) -> dict[str, float]:
    """Return what episodes are like: acts in the order of time [days] that no more calm than that parts.

    How many; share one-sided; median changes of the acting side in the others; mean calm between, and mean length
    [days]; share that side 1 begins, and ends.
    """
    starts = np.flatnonzero(np.diff(time, prepend=-np.inf) > calm_days)
    ends = np.append(starts, len(time))[1:] - 1
    turns = np.cumsum(np.diff(side, prepend=side[:1]) != 0)
    changes = pd.Series(turns[ends] - turns[starts])
    return {
        "number": float(len(starts)),
        "one-sided": float((changes == 0).mean()),
        "changes": float(changes[changes > 0].median()),
        "calm": float(pd.Series(time[starts[1:]] - time[ends[:-1]]).mean()),
        "length": float(pd.Series(time[ends] - time[starts]).mean()),
        "begun": float(pd.Series(side[starts] == 1).mean()),
        "ended": float(pd.Series(side[ends] == 1).mean()),
    }


def autoregress(series: Counts, lags: int | None = None) -> Any:
    """Return the `statsmodels` results of an autoregression with a constant on series of shape (n_days, n_series).

    Without a number of lags [days], 1 or more by Akaike's criterion. What is answered on the same day is in no lag.
    """
    model = load_extra("statsmodels.tsa.api", "truth", "an autoregression").VAR(np.asarray(series, dtype=np.float64))
    most = max(1, min(MOST_LAGS, len(series) // 10))
    return model.fit(max(1, model.select_order(most).aic) if lags is None else lags)


def granger(of: Counts, by: Counts, lags: int) -> float:
    """Return the p-value of the F test that the past of a series adds nothing to that of another, of shape (n_days,).

    Not a number where one of them is constant or the two explain each other without an error; approximate, as errors
    of counts differ by day.
    """
    pair = np.column_stack([of, by]).astype(np.float64)
    if not np.ptp(pair, axis=0).all():
        return float("nan")
    tools = load_extra("statsmodels.tsa.stattools", "truth", "a test of causality")
    refused = load_extra("statsmodels.tools.sm_exceptions", "truth", "a test of causality").InfeasibleTestError
    try:
        return float(tools.grangercausalitytests(pair, [lags])[lags][0]["ssr_ftest"][1])
    except refused:
        return float("nan")


def _covariance(later: Counts, earlier: Counts, lag: int) -> Floats:
    """Return the covariance at a lag, over all steps, as is usual for correlograms."""
    one, other = (series - series.mean(axis=0) for series in (later, earlier))
    covariance: Floats = (one[lag:] * other[: len(other) - lag]).sum(axis=0) / len(later)
    return covariance


def ratio(above: Counts, below: Counts) -> Floats:
    """Return one over the other; not a number where the latter is 0."""
    return np.asarray(np.divide(above, below, out=np.full(np.shape(below), np.nan), where=np.asarray(below) > 0))
