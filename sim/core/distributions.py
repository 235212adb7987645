"""Tables of the laws of chance that differ by theatre or replicate: counts, severities and factors.

A table inverts the distribution functions of some laws: the kernel looks the uniform at an address up in it.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from scipy import special, stats

from sim.core.arrays import Floats, Integers

N_SLICES: Final = 512  # equally likely slices into which laws of factors are cut
LARGEST_KILLED: Final = 300  # upper end of the truncated zeta law of killed [persons] (S2.5)


def count_edges(probabilities: Floats, numbers: Integers) -> Floats:
    """Return the edges of several count laws, shape (n_laws, n_counts): each stands above the number of its law.

    ``probabilities`` has that shape, each row sums to 1. A uniform plus the number of a law lies in the cell of its
    count; so the rounding of a law does not depend on the other laws of a table.
    """
    cumulative: Floats = np.minimum(np.cumsum(probabilities, axis=1), 1.0)
    cumulative[:, -1] = 1.0
    return cumulative + numbers[:, None]


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
        exponents, self.law = _find_laws(np.round(exponent, 2))
        weights = np.arange(1, LARGEST_KILLED + 1)[None, :] ** -exponents[:, None]
        probabilities = weights / weights.sum(axis=1, keepdims=True)
        self.numbers: Integers = np.round(100 * exponents).astype(np.int64)
        self.edges = count_edges(probabilities, self.numbers)
        self._probabilities = probabilities
        self.mean: Floats = (probabilities * np.arange(1, LARGEST_KILLED + 1)).sum(axis=1)[self.law]
        """Mean number killed in a lethal act, shape (n_parties, n_replicates) [persons]."""

    def mean_log_civilians(self, party: int, share: float) -> Floats:
        """Return the mean of log(1 + civilians) in a lethal act, each killed one with a chance, (n_replicates,) [1]."""
        mean: Floats = (self._probabilities * _log_civilians_by_killed(float(share))).sum(axis=1)
        of_party: Floats = mean[self.law[party]]
        return of_party


class NoiseFactors:
    """Log-normal factors with mean 1 by which perceived harm is off (S2.6).

    The law is cut into equally likely slices, each represented by its mean: the mean is exactly 1. The log spread,
    shape (n_parties, n_replicates), is rounded to 0.02; 0 is no noise.
    """

    def __init__(self, spread: Floats) -> None:
        spreads, self.law = _find_laws(np.round(spread / 0.02) * 0.02)
        edges = special.ndtri(np.linspace(0.0, 1.0, N_SLICES + 1))
        # A slice of the log-normal law has the mass of the normal law shifted by the spread, times the mean.
        factors = np.diff(special.ndtr(edges - spreads[:, None]), axis=1) * N_SLICES
        self.factors: Floats = np.where(spreads[:, None] > 0, factors, 1.0)


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
        shapes, self.law = _find_laws(np.maximum(np.round(shape, 1), 0.1))
        self.factors: Floats = np.stack([_gamma_factors(float(shape)) for shape in shapes])
