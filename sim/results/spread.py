"""How far outcomes differ between the points of a sweep, with the Monte Carlo error taken out.

Means of finitely many replicates differ even where nothing else does. The expected part of that is known from the
replicates themselves, under the luck that the points share, and is subtracted (the estimator of a variance component in
a one-way layout: Searle, Casella & McCulloch 1992).

References
----------
.. [1] Searle, S. R., Casella, G., McCulloch, C. E. (1992). Variance Components. Wiley.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from sim.primitives import Floats, Integers
from sim.results.clusters import Numbers, cluster_starts, influences, period_starts


def spread(values: Numbers, replicates: Integers, projection: Floats) -> tuple[Floats, Floats]:
    """Return the variance of means over points, and its standard error.

    Parameters
    ----------
    values : ndarray, shape (n_points, n_replicates, n_cells)
        Outcomes of the same replicates at every point.
    replicates : ndarray of int, shape (n_replicates,)
        Their indices, rising.
    projection : ndarray of float, shape (n_points, n_points)
        What of the means is looked at, for instance their deviation from the mean of all; see `centred_within`.

    Returns
    -------
    variance : ndarray of float, shape (n_cells,)
        Mean square of the projected means less what Monte Carlo error makes of it; may lie below 0.
    error : ndarray of float, shape (n_cells,)
        Standard error, jackknifed over periods.
    """
    means = values.mean(axis=1)
    starts = cluster_starts(replicates)
    noise = np.array([influences(one, starts) for one in values])
    seen = np.einsum("pq,qkc->pkc", projection, noise)
    variance = ((projection @ means) ** 2).mean(axis=0) - (seen**2).sum(axis=1).mean(axis=0)
    return variance, _error(values, replicates, projection)


def _error(values: Numbers, replicates: Integers, projection: Floats) -> Floats:
    """Return the standard error of the mean square of projected means, by leaving out a period in turn."""
    starts = period_starts(replicates)
    n_periods = len(starts)
    if n_periods < 2:
        return np.full(values.shape[2], np.nan)
    sums = np.add.reduceat(values.astype(np.float64), starts, axis=1)
    sizes = np.diff(starts, append=len(replicates))
    left = (sums.sum(axis=1, keepdims=True) - sums) / (len(replicates) - sizes)[None, :, None]
    squares = (np.einsum("pq,qkc->pkc", projection, left) ** 2).mean(axis=0)
    error: Floats = np.sqrt((n_periods - 1) / n_periods * ((squares - squares.mean(axis=0)) ** 2).sum(axis=0))
    return error


def centred_within(groups: Sequence[Hashable]) -> Floats:
    """Return the projection that takes from each point the mean of the points of its group.

    Parameters
    ----------
    groups : sequence
        Group of each point.
    """
    return np.eye(len(groups)) - mean_within(groups)


def mean_within(groups: Sequence[Hashable]) -> Floats:
    """Return the projection that puts the mean of its group in the place of each point.

    Parameters
    ----------
    groups : sequence
        Group of each point.
    """
    same = np.array([[float(one == other) for other in groups] for one in groups])
    found: Floats = same / same.sum(axis=1, keepdims=True)
    return found
