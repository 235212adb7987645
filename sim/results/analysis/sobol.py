"""Sobol indices of a Saltelli design: what share of the spread of an outcome over its points each factor explains.

The outcome of a point is a mean over its replicates, so it is known with an error, and an estimator that takes it as
exact counts that error as an effect of the factors. All parts of the indices are quadratic in the means of the points:
what Monte Carlo error adds to each is the same form of the influences of single clusters of replicates, and is
subtracted (as in `sim.results.analysis.variance_split`). Without that error the estimates are those of SALib's
``sobol.analyze`` (first order: Saltelli et al. 2010; total: Jansen 1999).

An error has two parts, which are added: that of the base points, by a bootstrap over them, which takes in the error of
replicates that points do not share; and, where points share their luck, that of the luck, by the delta method over
clusters of replicates. An index may come out below 0 or above 1: that is its error, and it is left as it is.

References
----------
.. [1] Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer Physics Communications
       181(2), 259-270. https://doi.org/10.1016/j.cpc.2009.09.018
.. [2] Jansen, M. J. W. (1999). Analysis of variance designs for model output. Computer Physics Communications 117,
       35-43. https://doi.org/10.1016/S0010-4655(98)00154-4
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Floats, Integers
from sim.core.intervals import reach
from sim.sweeps.cluster_errors import draw_resamples, find_clusters, measure_influences


@dataclass(frozen=True)
class SobolIndices:
    """Sobol indices of one outcome; every array has shape (n_factors,)."""

    first: Floats  # first-order and total indices; NaN where the outcome does not differ between points
    total: Floats
    first_error: Floats  # standard errors
    total_error: Floats
    spread: float  # standard deviation of the outcome over the points, Monte Carlo error taken out

    def interval(self, value: Floats, error: Floats) -> tuple[Floats, Floats]:
        """Return the ends of the 95 % intervals of some indices with their errors."""
        half = reach() * error
        return value - half, value + half


@dataclass(frozen=True)
class _Terms:
    """What each base point adds to the parts of the indices, Monte Carlo error taken out."""

    first: Floats  # shape (n_base, n_factors): to the numerators
    total: Floats
    square: Floats  # shape (n_base,): to the mean square and the mean over the points of the two base matrices
    plain: Floats
    noise: float  # variance that Monte Carlo error gives the mean of all

    def parts(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Return both numerators and the variance under weights of shape (n_sets, n_base) that sum to 1."""
        variance = weights @ self.square - (weights @ self.plain) ** 2 + self.noise
        return weights @ self.first, weights @ self.total, variance


def compute_sobol(values: Floats, replicates: Integers, n_factors: int, seed: int, *, is_paired: bool) -> SobolIndices:
    """Return the Sobol indices of one outcome, of values (n_points, n_replicates) and rising replicates.

    Points stand in the order of SALib without second-order terms: for each base point the point of the first matrix,
    the n_factors points with one column of the second, the point of the second. One replicate stands for outcomes known
    without error. Where `is_paired`, replicates with the same index share their luck over all points.
    """
    means = values.mean(axis=1)
    starts = find_clusters(replicates)
    noise = measure_influences(values.T, starts).T if len(starts) > 1 else np.zeros((len(values), 1))
    centre = means.reshape(-1, n_factors + 2)[:, [0, -1]].mean()
    y = means.reshape(-1, n_factors + 2) - centre
    e = noise.reshape(*y.shape, -1)
    terms = _terms(y, e)
    n_base = len(y)
    first, total, variance = terms.parts(np.full((1, n_base), 1.0 / n_base))
    if not variance[0] > 1e-12 * (1 + centre**2):
        unknown = np.full(n_factors, np.nan)
        return SobolIndices(unknown, unknown, unknown, unknown, 0.0)
    drawn = terms.parts(draw_resamples(seed, n_base) / n_base)
    indices = first[0] / variance[0], total[0] / variance[0]
    errors = [np.nanstd(part / drawn[2][:, None], axis=0) for part in drawn[:2]]
    if is_paired:
        luck = _luck(y, e, indices, float(variance[0]))
        errors = [np.hypot(error, more) for error, more in zip(errors, luck, strict=True)]
    return SobolIndices(indices[0], indices[1], errors[0], errors[1], float(np.sqrt(variance[0])))


def _terms(y: Floats, e: Floats) -> _Terms:
    """Return the terms of base points, of means (n_base, n_factors + 2) and influences (…, n_clusters)."""
    a, mixed, b = y[:, :1], y[:, 1:-1], y[:, -1:]
    ea, em, eb = e[:, :1], e[:, 1:-1], e[:, -1:]
    return _Terms(
        first=b * (mixed - a) - (eb * (em - ea)).sum(axis=-1),
        total=(a - mixed) ** 2 / 2 - ((ea - em) ** 2).sum(axis=-1) / 2,
        square=((a**2 + b**2) / 2)[:, 0] - (ea**2 + eb**2).sum(axis=-1)[:, 0] / 2,
        plain=((a + b) / 2)[:, 0],
        noise=float((((ea + eb) / 2).mean(axis=0) ** 2).sum()),
    )


def _luck(y: Floats, e: Floats, indices: tuple[Floats, Floats], variance: float) -> list[Floats]:
    """Return the errors that luck shared by all points gives the indices."""
    a, mixed, b = y[:, :1, None], y[:, 1:-1, None], y[:, -1:, None]
    ea, em, eb = e[:, :1], e[:, 1:-1], e[:, -1:]
    first = (eb * (mixed - a) + b * (em - ea)).mean(axis=0)
    total = ((a - mixed) * (ea - em)).mean(axis=0)
    both = ((a + b) / 2).mean() * (ea + eb).mean(axis=0)
    spread = (a * ea + b * eb).mean(axis=0) - both
    moved = ((part - value[:, None] * spread) / variance for part, value in zip((first, total), indices, strict=True))
    return [np.sqrt((pull**2).sum(axis=-1)) for pull in moved]
