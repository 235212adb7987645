"""The order of the policies, with intervals: histories are drawn for all matches at once, which often share luck."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import stdtrit
from scipy.stats import rankdata

from sim.core.arrays import Floats, Integers
from sim.core.intervals import CONFIDENCE, interval
from sim.core.random_streams import Streams
from sim.tournament.entrants import Matches

_UPPER = (1 + CONFIDENCE) / 2
RESAMPLES: Final = 1000  # bootstrap samples of the histories, for the ranks
LEVEL: Final = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)  # ends of the intervals
LESS_IS_BETTER: Final = frozenset({"harm_suffered", "harm_done", "war"})
"""Measures of which less is better; of all others more is."""
SHARES_OF_HISTORIES: Final = frozenset({"war"})  # measures that say in which share of the histories something happened
BOUNDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"harm_suffered": (0.0, np.inf), "harm_done": (0.0, np.inf), "cooperation": (0.0, 1.0), "met": (0.0, 1.0)}
)
"""Values that the mean of a measure cannot pass, where there are any."""


def bound_means(values: Floats, bounds: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the ends of Student's interval of each mean over units, inside bounds; values (n_policies, n_units)."""
    n_units = values.shape[-1]
    means = values.mean(axis=-1)
    half = stdtrit(n_units - 1, _UPPER) * values.std(axis=-1, ddof=1) / np.sqrt(n_units)
    return np.maximum(means - half, bounds[0]), np.minimum(means + half, bounds[1])


def bound_shares(values: Floats, n_histories: int) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's interval of each share of histories, over the effective number of them.

    That number is at most the number of histories, also where a share is a mean over many opponents: what never
    happened in a hundred histories may still happen in one of fifty. Few units make it smaller, as the spread between
    them is then itself uncertain (Korn & Graubard 1998). Shares have shape (n_policies, n_units).
    """
    n_units, share = values.shape[-1], values.mean(axis=-1)
    simple = share * (1 - share) / max(n_histories - 1, 1)
    spread = values.var(axis=-1, ddof=1) / n_units
    effect = np.divide(spread, simple, out=np.ones_like(simple), where=simple > 0)
    few = (stdtrit(n_histories - 1, _UPPER) / stdtrit(n_units - 1, _UPPER)) ** 2
    size = n_histories / np.maximum(effect, 1.0) * few
    ends = [interval(n if part == 1 else part * n, n) for part, n in zip(share.tolist(), size.tolist(), strict=True)]
    low, high = np.array(ends).T
    return low, high


def rank_policies(matches: Matches, seed: int) -> pd.DataFrame:
    """Return the mean of every policy over its opponents, and its rank, for every measure and level of noise.

    The best policy comes first. Intervals are 95 % over independent units and hold Monte Carlo error only: Student's of
    a mean, Wilson's of a share of the histories, and of a rank over resampled units, drawn for all matches at once, so
    that what they share does not widen it.
    """
    units = average_units(matches)
    weights = _resample(matches.n_units, seed)
    parts = []
    for level, noise in enumerate(matches.noises):
        for measure, values in units.items():
            means = values[level].mean(axis=1)
            if measure in SHARES_OF_HISTORIES:
                low, high = bound_shares(means, len(matches.finished))
            else:
                low, high = bound_means(means, BOUNDS.get(measure, (-np.inf, np.inf)))
            part = _rank(means, weights, measure in LESS_IS_BETTER).assign(low=low, high=high)
            part = part.assign(noise=noise, measure=measure, policy=list(matches.names))
            parts.append(part.sort_values("rank", kind="stable"))
    table = pd.concat(parts, ignore_index=True)
    return table[["noise", "measure", "policy", "mean", "low", "high", "rank", "rank_low", "rank_high"]]


def average_units(matches: Matches) -> dict[str, Floats]:
    """Return means over histories that may share draws, by measure, shape (n_noises, n, n, n_units) for n policies."""
    _, starts, sizes = np.unique(matches.finished // matches.unit, return_index=True, return_counts=True)
    return {
        measure: np.add.reduceat(values[..., matches.finished], starts, axis=-1) / sizes
        for measure, values in matches.values.items()
    }


def _resample(n_units: int, seed: int) -> Floats:
    """Return the weight of each unit in each bootstrap sample, shape (RESAMPLES, n_units)."""
    streams = Streams(seed, np.arange(n_units))
    weights = np.zeros((RESAMPLES, n_units))
    for sample in range(RESAMPLES):
        chosen = (streams.uniform("tournament", "bootstrap", sample) * n_units).astype(np.int64)
        weights[sample] = np.bincount(chosen, minlength=n_units) / n_units
    return weights


def _rank(values: Floats, weights: Floats, less_is_better: bool) -> pd.DataFrame:
    """Return mean, rank and the interval of the rank; values have shape (n_policies, n_units)."""
    means = values.mean(axis=1)
    # Sums in a fixed order, so that the last digit of a table does not hang on the linear algebra of a machine.
    samples = np.einsum("su,pu->sp", weights, values)
    ranks = rank_values(samples, less_is_better)
    rank_low, rank_high = np.quantile(ranks, LEVEL, axis=0)
    rank = rank_values(means[None], less_is_better)[0]
    return pd.DataFrame({"mean": means, "rank": rank, "rank_low": rank_low, "rank_high": rank_high})


def rank_values(values: Floats, less_is_better: bool) -> Integers:
    """Return ranks of means, shape (n_samples, n_policies), 1 for the best; who is alike shares the better rank."""
    # Means of the same numbers in another order differ in their last digits.
    rounded = np.round(values if less_is_better else -values, 10)
    return np.asarray(rankdata(rounded, method="min", axis=1), dtype=np.int64)
