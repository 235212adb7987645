"""What a series of daily counts is like: clustering, memory, calm and episodes; of a record and of histories alike.

Counts have the shape (n_days, n_replicates); a record is one replicate. What a replicate does not tell, as one without
a count, is not a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Flags, Floats, Integers

Counts = Integers | Floats


def sum_windows(counts: Counts, days: int) -> Counts:
    """Return the counts of whole windows from the first day on; days that fill none are left out."""
    whole = len(counts) // days * days
    sums: Counts = counts[:whole].reshape(-1, days, counts.shape[1]).sum(axis=1)
    return sums


def dispersion(counts: Counts) -> Floats:
    """Return the Fano factor: variance over mean of counts; 1 for a Poisson process."""
    mean = counts.mean(axis=0)
    return _ratio(counts.var(axis=0, ddof=1), mean)


def long_run_dispersion(counts: Counts, lags: int) -> Floats:
    """Return the variance over mean of counts in long windows, from the autocovariances up to a lag."""
    weights = np.array([1.0, *[2.0] * lags])
    covariances = np.stack([_covariance(counts, counts, lag) for lag in range(lags + 1)])
    return _ratio(np.tensordot(weights, covariances, 1), counts.mean(axis=0))


def branching_ratio(long_dispersion: Floats) -> Floats:
    """Return the branching ratio of a linear self-exciting process from variance over mean in long windows.

    It is 1 - 1 / sqrt(F) (Hawkes 1971; Hardiman & Bouchaud 2014) where the background is constant and every act has a
    Poisson number of offspring; a level that drifts, or bursts of another cause, read as branching. Below 0 where
    counts are more even than by chance.
    """
    return np.asarray(1.0 - np.sqrt(_ratio(np.ones_like(long_dispersion), long_dispersion)))


def correlation(later: Counts, earlier: Counts, lag: int) -> Floats:
    """Return the correlation of counts with others so many steps before; with themselves the autocorrelation."""
    spread = np.sqrt(_covariance(later, later, 0) * _covariance(earlier, earlier, 0))
    return _ratio(_covariance(later, earlier, lag), spread)


def longest_calm(counts: Counts) -> Integers:
    """Return the longest run of days without a count [days]."""
    longest = running = np.zeros(counts.shape[1], dtype=np.int64)
    for row in counts:
        running = np.where(row == 0, running + 1, 0)
        longest = np.maximum(longest, running)
    return longest


@dataclass(frozen=True)
class Episodes:
    """Episodes of one replicate, which calm parts.

    Arrays have the shape (n_episodes,): first and last time [days], side of the first and of the last act, and how
    often the acting side changed.
    """

    begin: Floats
    end: Floats
    begun_by: Integers
    ended_by: Integers
    changes: Integers

    @property
    def is_one_sided(self) -> Flags:
        """Whether one side alone acted."""
        alone: Flags = self.changes == 0
        return alone

    @property
    def calms(self) -> Floats:
        """Calm between episodes, shape (n_episodes - 1,) [days]."""
        return self.begin[1:] - self.end[:-1]

    def summary(self) -> dict[str, float]:
        """Return share one-sided, median changes of side in the others, mean calm between and mean length [days]."""
        both = self.changes[~self.is_one_sided]
        return {
            "one-sided": _mean(self.is_one_sided),
            "changes": float(np.median(both)) if len(both) else np.nan,
            "calm": _mean(self.calms),
            "length": _mean(self.end - self.begin),
        }


def find_episodes(time: Floats, side: Integers, calm_days: float) -> Episodes:
    """Return the episodes of acts in the order of time [days]; longer than the calm without an act, one ends."""
    starts = np.flatnonzero(np.diff(time, prepend=-np.inf) > calm_days)
    ends = np.append(starts[1:], len(time)) - 1 if len(starts) else starts
    changes = np.cumsum(np.diff(side, prepend=side[:1]) != 0)
    return Episodes(time[starts], time[ends], side[starts], side[ends], changes[ends] - changes[starts])


def order_days(counts: Iterable[Counts]) -> tuple[Floats, Integers]:
    """Return days on which sides acted and the side, from daily counts by side, each of shape (n_days,).

    Where several act on one day, the side that acted last comes first: their order is not known, and this is the one
    with the fewest changes.
    """
    days, sides = [], []
    last = -1
    for day, row in enumerate(zip(*counts, strict=True)):
        acting = sorted((side for side, count in enumerate(row) if count > 0), key=lambda side: side != last)
        days += [float(day)] * len(acting)
        sides += acting
        last = sides[-1] if sides else -1
    return np.array(days), np.array(sides, dtype=np.int64)


def _covariance(later: Counts, earlier: Counts, lag: int) -> Floats:
    """Return the covariance at a lag, over all steps, as is usual for correlograms."""
    one, other = (series - series.mean(axis=0) for series in (later, earlier))
    size = len(later)
    covariance: Floats = (one[lag:] * other[: size - lag]).sum(axis=0) / size
    return covariance


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(below), np.nan), where=np.asarray(below) > 0))


def _mean(values: Floats | Flags) -> float:
    return float(values.mean()) if len(values) else np.nan
