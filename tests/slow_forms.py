"""Statistics of replicates that share draws, by plain loops: what tables of results are counted again with.

Nothing of the package stands here but its source of draws. Lists hold a value for each replicate, and
``replicates`` their indices, rising.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from sim.core.random_streams import Streams

PLACES = {"informed": 4, "literature": 2, "judgement": 3}
"""Place of a period that shares the parameters of a part with the first one, and no others."""

Z = 1.959963984540054
"""Quantile 0.975 of the normal law."""


def mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known)


def cluster_of(replicate: int) -> int:
    """Return the cluster of a replicate: in every eight the first five share draws, the others none."""
    return replicate - replicate % 8 if replicate % 8 < 5 else replicate


def pulls(values: Sequence[float], replicates: Sequence[int]) -> dict[int, float]:
    """Return what each cluster adds to the deviation of the mean; squares add up to the variance of the mean."""
    middle, sums = mean(values), defaultdict(float)
    for value, replicate in zip(values, replicates, strict=True):
        sums[cluster_of(replicate)] += (value - middle) / len(values)
    scale = math.sqrt(len(sums) / (len(sums) - 1)) if len(sums) > 1 else 1.0
    return {cluster: scale * total for cluster, total in sums.items()}


def covariance_of_means(one: Sequence[float], other: Sequence[float], replicates: Sequence[int]) -> float:
    """Return the covariance of two means over the same replicates."""
    first, second = pulls(one, replicates), pulls(other, replicates)
    return sum(first[cluster] * second[cluster] for cluster in first)


def error_of_mean(values: Sequence[float], replicates: Sequence[int]) -> float:
    """Return the standard error of a mean over clusters."""
    return math.sqrt(covariance_of_means(values, values, replicates))


def effective_size(holds: Sequence[bool], replicates: Sequence[int]) -> float:
    """Return how many independent replicates would know a share as well, at most all."""
    n, share = len(holds), mean(holds)
    if share in (0, 1):
        return float(n)
    return n / max(error_of_mean(holds, replicates) ** 2 / (share * (1 - share) / (n - 1)), 1.0)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval: the shares at which a test would not refuse the one that was seen."""
    # (share - p)² = z² p (1 - p) / n, a quadratic equation in p.
    a, b, c = 1 + Z**2 / n, -(2 * share + Z**2 / n), share**2
    root = math.sqrt(max(b**2 - 4 * a * c, 0.0))
    return (0.0 if share == 0 else (-b - root) / (2 * a)), (1.0 if share == 1 else (-b + root) / (2 * a))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least a share of all do not pass."""
    return next(v for v in sorted(values) if sum(other <= v for other in values) >= share * len(values) - 1e-9)


def leave_out(statistic: Callable[[list[int]], Any], replicates: Sequence[int]) -> float:
    """Return the jackknifed error of a statistic of some rows, given by their places, over periods of eight."""
    periods = sorted({replicate // 8 for replicate in replicates})
    found = [statistic([i for i, r in enumerate(replicates) if r // 8 != period]) for period in periods]
    middle = mean(found)
    return math.sqrt((len(periods) - 1) / len(periods) * sum((value - middle) ** 2 for value in found))


def split_of(values: Sequence[float], replicates: Sequence[int]) -> dict[str, float]:
    """Return the parts of the variance: by pairs of replicates that share all parameters, or some.

    Then the pairs, less one of each two places, that each part is made of.
    """
    at, n = dict(zip(replicates, values, strict=True)), len(values)
    middle, first_periods = mean(values), range(0, max(replicates) + 1, 8)

    def shared(pairs: Sequence[tuple[int, int]]) -> tuple[float, int]:
        spread, free = 0.0, 0
        for one, other in pairs:
            both = [(at[p + one], at[p + other]) for p in first_periods if p + one in at and p + other in at]
            if both:
                left, right = (mean(side) for side in zip(*both, strict=True))
                spread += sum((a - left) * (b - right) for a, b in both)
                free += len(both) - 1
        return (spread / free if free else math.nan), free

    whole = sum((value - middle) ** 2 for value in values) / (n - 1)
    single = {name: shared([(0, place), (1, place)]) for name, place in PLACES.items()}
    parts, (everything, pairs) = {name: part for name, (part, _) in single.items()}, shared([(0, 1)])
    parts |= {"interaction": everything - sum(parts.values()), "luck": whole - everything, "whole": whole}
    numbers = {name: number for name, (_, number) in single.items()} | {"interaction": pairs, "luck": pairs}
    return parts | {f"pairs_{name}": number for name, number in numbers.items()}


def spread_of(means_of: Sequence[Sequence[float]], replicates: Sequence[int], weights: Sequence[Sequence[float]]):
    """Return the variance over points of weighted sums of their means, chance taken out, and its jackknifed error.

    Of a list of values for each point, and a row of weights for each sum.
    """

    def square(rows: list[int]) -> float:
        middles = [mean([values[i] for i in rows]) for values in means_of]
        return mean([sum(w * m for w, m in zip(row, middles, strict=True)) ** 2 for row in weights])

    chance = 0.0
    for row in weights:
        mixed = [sum(w * values[i] for w, values in zip(row, means_of, strict=True)) for i in range(len(replicates))]
        chance += error_of_mean(mixed, replicates) ** 2 / len(weights)
    return square(list(range(len(replicates)))) - chance, leave_out(square, replicates)


def resampled(seed: int, n_units: int) -> list[list[int]]:
    """Return the units of each of a thousand resamples, from the draws at their addresses."""
    streams = Streams(seed, np.arange(1000))
    drawn = [streams.uniform("results", "bootstrap", draw) * n_units for draw in range(n_units)]
    return [[int(draw[sample]) for draw in drawn] for sample in range(1000)]
