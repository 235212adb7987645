"""Bounds on a mean that hold at all times at once, so that one may look again and again and stop when one likes.

References
----------
.. [1] Waudby-Smith, I., Ramdas, A. (2024). Estimating means of bounded random variables by betting. Journal of the
       Royal Statistical Society B 86(1), 1-27. https://doi.org/10.1093/jrsssb/qkad009 (theorem 2: the predictable
       plug-in empirical Bernstein confidence sequence)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.scenario.shared_draws import PERIOD
from sim.sweeps.cluster_errors import find_periods

_LARGEST_BET: Final = 0.75


def average_periods(holds: npt.NDArray[Any], replicates: Integers) -> Floats:
    """Return the mean of each whole period of eight replicates, shape (n_periods, n_cells).

    Periods are independent and alike, replicates are not. The means of `holds` (n_replicates, n_cells) are over the
    finished replicates; a period of which none finished, and the last while it is not whole, are left out.
    """
    if not len(replicates):
        return np.empty((0, holds.shape[1]))
    starts = find_periods(replicates)
    sizes = np.diff(np.append(starts, len(replicates)))
    means: Floats = np.add.reduceat(holds, starts, axis=0, dtype=np.float64) / sizes[:, None]
    is_whole = replicates[-1] % PERIOD == PERIOD - 1
    return means if is_whole else means[:-1]


def bound_mean(values: Floats, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return the bounds on the mean after the last value, from a sequence of bounds that hold at all times at once.

    Of values in [0, 1], shape (n_values, n_cells), in the order in which they came; the bounds, each (n_cells,), are 0
    and 1 without a value. With a chance of at least `confidence` the mean lies within the bounds after every number of
    values, so they are valid whenever one stops, for whatever reason. They need no more than independent values of one
    mean.
    """
    n = len(values)
    if n == 0:
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    error = np.log(2 / (1 - confidence))
    time = np.arange(1, n + 1)[:, None]
    means = (0.5 + np.cumsum(values, axis=0)) / (time + 1)
    variances = (0.25 + np.cumsum((values - means) ** 2, axis=0)) / (time + 1)
    # A bet is made before its value is seen: it stands on the values before.
    mean_before = np.vstack([np.full((1, values.shape[1]), 0.5), means[:-1]])
    variance_before = np.vstack([np.full((1, values.shape[1]), 0.25), variances[:-1]])
    bets = np.minimum(np.sqrt(2 * error / (variance_before * time * np.log1p(time))), _LARGEST_BET)
    costs = (values - mean_before) ** 2 * (-np.log1p(-bets) - bets)
    total = bets.sum(axis=0)
    centre = (bets * values).sum(axis=0) / total
    half = (error + costs.sum(axis=0)) / total
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
