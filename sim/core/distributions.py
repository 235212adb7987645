"""Laws of chance as functions of uniforms: counts, severities and factors.

Each function turns the uniform at an address into a value of a law by inverting its distribution function. The result
for one replicate never depends on the others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from scipy import special, stats

from sim.core.arrays import Floats, Integers
from sim.core.kernels import PRIMITIVES, pick

_SEQUENTIAL_LIMIT: Final = 60.0
N_SLICES: Final = 512
LARGEST_KILLED: Final = 300
"""Upper end of the truncated zeta law of killed [persons] (S2.5)."""


def poisson(uniforms: Floats, mean: Floats) -> Integers:
    """Return Poisson counts: the smallest k with P(N <= k) >= u, for uniforms strictly between 0 and 1."""
    flat, means = uniforms.ravel(), mean.ravel()
    large = np.flatnonzero(means > _SEQUENTIAL_LIMIT)
    sequential = means if large.size == 0 else np.where(means > _SEQUENTIAL_LIMIT, 0.0, means)
    counts = PRIMITIVES.poisson(flat, sequential, np.exp(-sequential))
    if large.size:
        counts[large] = _large_poisson(flat[large], means[large])
    return counts.reshape(uniforms.shape)


def _large_poisson(uniforms: Floats, mean: Floats) -> Integers:
    """Invert the Poisson law by its incomplete gamma function, for means that sequential search is slow for."""
    guess = np.maximum(np.ceil(special.pdtrik(uniforms, mean)), 0.0)
    lower = np.maximum(guess - 1.0, 0.0)
    counts: Integers = np.where(special.pdtr(lower, mean) >= uniforms, lower, guess).astype(np.int64)
    return counts


def binomial(uniforms: Floats, trials: Integers, probability: Floats) -> Integers:
    """Return binomial counts by sequential inversion, shape (n,); meant for few trials.

    Uniforms lie strictly between 0 and 1.
    """
    # The rarer of success and failure is counted, so that the chance of none does not vanish.
    is_likely = probability > 0.5
    rare = np.where(is_likely, 1.0 - probability, probability)
    uniforms = np.where(is_likely, 1.0 - uniforms, uniforms)
    counts = PRIMITIVES.binomial(uniforms, trials, rare / (1.0 - rare), np.power(1.0 - rare, trials))
    return np.where(is_likely, trials - counts, counts)


class CountTable:
    """Inverse distribution functions of several count laws, looked up in one search.

    ``probabilities`` has shape (n_laws, n_counts), each row sums to 1; ``first`` is the count of the first column.
    ``numbers`` are rising numbers of the laws, 0, 1, ... without them; given where the laws of a table differ by
    ensemble, so that the rounding of a law does not depend on the others.
    """

    def __init__(self, probabilities: Floats, first: int, numbers: Integers | None = None) -> None:
        n_laws, self._n_counts = probabilities.shape
        self._numbers: Integers = np.arange(n_laws) if numbers is None else numbers
        cumulative: Floats = np.minimum(np.cumsum(probabilities, axis=1), 1.0)
        cumulative[:, -1] = 1.0
        self._edges = (cumulative + self._numbers[:, None]).ravel()
        self._first = first

    def counts(self, uniforms: Floats, laws: Integers) -> Integers:
        """Return one count for each uniform by the row of its law, shape (n,)."""
        cells: Integers = np.searchsorted(self._edges, uniforms + self._numbers[laws])
        # Adding the number of the law rounds a uniform near 0 or 1; the count stays within its law.
        counts: Integers = np.clip(cells - laws * self._n_counts, 0, self._n_counts - 1) + self._first
        return counts


@lru_cache(maxsize=64)
def _log_civilians_by_killed(share: float) -> Floats:
    """Return the mean of log(1 + civilians) for 1, 2, ... killed, each a civilian with the same chance."""
    civilians = np.arange(LARGEST_KILLED + 1)
    chances = stats.binom.pmf(civilians[None, :], np.arange(1, LARGEST_KILLED + 1)[:, None], share)
    mean: Floats = (chances * np.log1p(civilians)).sum(axis=1)
    return mean


def _find_laws(numbers: Floats) -> tuple[Floats, Integers]:
    """Return the different numbers of laws, rising, and the place of each number among them."""
    laws = np.unique(numbers)
    return laws, np.searchsorted(laws, numbers)


class ZetaTable:
    """The truncated zeta law of the number killed in a lethal act, for an exponent that differs by replicate.

    p(k) is proportional to k ** -exponent for k = 1 ... 300 (S2.5). The exponent, shape (n_parties, n_replicates), is
    rounded to 0.01, far below what the evidence can tell apart, so that few tables serve all replicates.
    """

    def __init__(self, exponent: Floats) -> None:
        exponents, self._law = _find_laws(np.round(exponent, 2))
        weights = np.arange(1, LARGEST_KILLED + 1)[None, :] ** -exponents[:, None]
        probabilities = weights / weights.sum(axis=1, keepdims=True)
        self._table = CountTable(probabilities, first=1, numbers=np.round(100 * exponents).astype(np.int64))
        self._probabilities = probabilities
        self.mean: Floats = (probabilities * np.arange(1, LARGEST_KILLED + 1)).sum(axis=1)[self._law]
        """Mean number killed in a lethal act, shape (n_parties, n_replicates) [persons]."""

    def mean_log_civilians(self, party: int, share: float) -> Floats:
        """Return the mean of log(1 + civilians killed) in a lethal act of a party, shape (n_replicates,) [1].

        Each of the killed is a civilian with chance ``share``.
        """
        mean: Floats = (self._probabilities * _log_civilians_by_killed(float(share))).sum(axis=1)
        of_party: Floats = mean[self._law[party]]
        return of_party

    def killed(self, uniforms: Floats, parties: Integers, lanes: Integers) -> Integers:
        """Return the number killed in each lethal act of a party in a replicate, 1 or more [persons]."""
        return self._table.counts(uniforms, pick(self._law, parties, lanes))


class NoiseFactors:
    """Log-normal factors with mean 1 by which perceived harm is off (S2.6).

    The law is cut into equally likely slices, each represented by its mean: the mean is exactly 1. The log spread,
    shape (n_parties, n_replicates), is rounded to 0.02; 0 is no noise.
    """

    def __init__(self, spread: Floats) -> None:
        spreads, self._law = _find_laws(np.round(spread / 0.02) * 0.02)
        edges = special.ndtri(np.linspace(0.0, 1.0, N_SLICES + 1))
        # A slice of the log-normal law has the mass of the normal law shifted by the spread, times the mean.
        factors = np.diff(special.ndtr(edges - spreads[:, None]), axis=1) * N_SLICES
        self._factors: Floats = np.where(spreads[:, None] > 0, factors, 1.0)

    def look_up(self, uniforms: Floats, parties: Integers, lanes: Integers) -> Floats:
        """Return one factor for each act, by the party that perceives it and the replicate."""
        return pick(self._factors, pick(self._law, parties, lanes), (uniforms * N_SLICES).astype(np.int64))


@lru_cache(maxsize=1024)
def _gamma_factors(shape: float) -> Floats:
    """Return the mean of Gamma(k)/k in each slice; 1 for the shape infinity."""
    if np.isinf(shape):
        return np.ones(N_SLICES)
    # It is the mass that Gamma(k + 1) gives a slice, divided by the slice's mass.
    edges = np.linspace(0.0, 1.0, N_SLICES + 1)
    mass: Floats = np.asarray(special.gammainc(shape + 1.0, special.gammaincinv(shape, edges)), dtype=np.float64)
    return np.diff(mass) * N_SLICES


class GammaFactors:
    """Gamma factors with mean 1 that mix the number of reactions to an act (over-dispersion, S2.8).

    The law is cut into equally likely slices, each represented by its mean: the mean is exactly 1 and the variance, 1 /
    k, shape (n_dyads, n_replicates), 0 for no mixing, falls short by less than one per cent for shapes k above 0.5. The
    shape is rounded to 0.1.
    """

    def __init__(self, variance: Floats) -> None:
        shape = np.divide(1.0, variance, out=np.full(variance.shape, np.inf), where=variance > 0)
        shapes, self._law = _find_laws(np.maximum(np.round(shape, 1), 0.1))
        self._factors: Floats = np.stack([_gamma_factors(float(shape)) for shape in shapes])
        self.is_constant = bool(np.all(np.isinf(shapes)))

    def look_up(self, uniforms: Floats, dyads: Integers, lanes: Integers) -> Floats:
        """Return one factor for each act, by the dyad of the reaction and the replicate."""
        return pick(self._factors, pick(self._law, dyads, lanes), (uniforms * N_SLICES).astype(np.int64))
