"""Laws of chance for one history, on `random.Random` and `math`: what a user of plain Mesa would write.

Nothing here is shared with the engine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from random import Random

import numpy as np
from scipy import stats

from sim.engine.theatre import Theatre

LARGEST_KILLED = 300
LARGEST_RADIUS = 0.95
SPLIT_MEAN = 30.0


def poisson(luck: Random, mean: float) -> int:
    """Return a Poisson count: the terms are added until their sum passes a uniform."""
    if mean <= 0.0:
        return 0
    if mean > SPLIT_MEAN:
        return poisson(luck, mean / 2.0) + poisson(luck, mean / 2.0)
    uniform = luck.random()
    term = total = math.exp(-mean)
    count = 0
    while uniform > total and term > 1e-18:
        count += 1
        term *= mean / count
        total += term
    return count


def gamma_factor(luck: Random, variance: float) -> float:
    """Return a gamma number with mean 1; exactly 1 without variance."""
    return luck.gammavariate(1.0 / variance, variance) if variance > 0.0 else 1.0


def negative_binomial(luck: Random, mean: float, size: float) -> int:
    """Return a negative binomial count as a Poisson count whose mean is a gamma number."""
    return poisson(luck, luck.gammavariate(size, mean / size)) if mean > 0.0 else 0


def binomial(luck: Random, trials: int, chance: float) -> int:
    """Return a binomial count, one trial after the other."""
    return sum(luck.random() < chance for _ in range(trials))


def happens(luck: Random, hazard: float, days: float) -> bool:
    """Return whether an event with a hazard occurs within some days."""
    return luck.random() < -math.expm1(-hazard * days)


def normal_cdf(value: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-value / math.sqrt(2.0))


def zeta_law(exponent: float) -> list[float]:
    """Return p(k) proportional to k ** -exponent for k = 1 ... 300, exponent not rounded."""
    weights = [k**-exponent for k in range(1, LARGEST_KILLED + 1)]
    total = sum(weights)
    return [weight / total for weight in weights]


def rung_law(posture: float, spread: float, top: int) -> list[float]:
    """Return the chance of each rung of a routine act, clip(round(P - 1/2 + spread z), 1, top)."""
    below = [0.0, 0.0, *(normal_cdf((rung + 1 - posture) / spread) for rung in range(1, top)), 1.0]
    return [below[rung + 1] - below[rung] for rung in range(top + 1)]


@lru_cache(maxsize=64)
def mean_log_civilians(share: float) -> tuple[float, ...]:
    """Return the mean of log(1 + civilians) for each number of killed from 1 on."""
    killed = np.arange(1, LARGEST_KILLED + 1)[:, None]
    civilians = np.arange(LARGEST_KILLED + 1)
    return tuple((stats.binom.pmf(civilians, killed, share) * np.log1p(civilians)).sum(axis=1))


def highest(level: int, marks: float, thresholds: Sequence[tuple[int, float]]) -> int:
    """Return the highest of a level and of the rungs whose criterion the marks meet."""
    return max([level, *(rung for rung, least in thresholds if marks >= least)])


def reaction_matrices(theatre: Theatre, values: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean follow-ups and mean reactions on each dyad (row) to one act on each dyad (column)."""
    place = {dyad.id: i for i, dyad in enumerate(theatre.dyads)}
    follow_ups, reactions = np.zeros((2, len(place), len(place)))
    for column, dyad in enumerate(theatre.dyads):
        follow_ups[column, column] = values[f"party.{dyad.sender}.follow_up"]
        spill = values[f"dyad.{dyad.id}.spill"] if dyad.spill_to else 0.0
        for charged, chance in ((dyad.sender, 1.0 - spill), (dyad.spill_to, spill)):
            answer = f"{dyad.target}-{charged}"
            if answer in place:
                reactions[place[answer], column] += chance * values[f"dyad.{answer}.excitation"]
    return follow_ups, reactions


def productivity_bound(follow_ups: np.ndarray, reactions: np.ndarray) -> float:
    """Return the largest factor of all reactions at which they still die out by themselves, 1 or more."""
    rest = np.linalg.solve(LARGEST_RADIUS * np.eye(len(reactions)) - follow_ups, reactions)
    return max(1.0, 1.0 / np.abs(np.linalg.eigvals(rest)).max())


def stationary_acts(theatre: Theatre, values: dict[str, float], offspring: np.ndarray) -> dict[str, float]:
    """Return the mean acts of an undisturbed exchange by dyad [1/day]."""
    background = [values[f"party.{d.sender}.baseline"] * values[f"dyad.{d.id}.share"] for d in theatre.dyads]
    rates = np.linalg.solve(np.eye(len(offspring)) - offspring, background)
    return {dyad.id: float(rate) for dyad, rate in zip(theatre.dyads, rates, strict=True)}
