"""Monte Carlo intervals that know which replicates share draws of their parameters.

In every eight replicates four share draws (`sim.scenario.prior_draws`), so eights are the independent units: shares,
means and medians get the 95 % interval of a bootstrap over eights, with a generator of its own and a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sim.scenario.shared_draws import PERIOD
from validation.table import Number

DRAWS = 1000
LEVELS = (0.025, 0.975)
SEED = 1

Floats = npt.NDArray[np.float64]


def mean(values: npt.ArrayLike) -> Number:
    """Return the mean over replicates; a value that is not a number is left out.

    Parameters
    ----------
    values : array_like, shape (n_replicates,)
        One value for each replicate in order, for instance a flag.
    """
    given = np.asarray(values, dtype=np.float64)
    return ratio(np.nan_to_num(given), np.isfinite(given))


def ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> Number:
    """Return a sum over replicates divided by another, for instance the share of one kind among another.

    Parameters
    ----------
    above, below : array_like, shape (n_replicates,)
        What is summed, by replicate; ``n`` of the result is the sum below.
    """
    upper, lower = _by_unit(above).sum(axis=1), _by_unit(below).sum(axis=1)
    drawn = _resampled(len(upper))
    found = upper[drawn].sum(axis=1) / np.maximum(lower[drawn].sum(axis=1), 1e-12)
    low, high = np.quantile(found, LEVELS)
    return Number(upper.sum() / lower.sum(), float(low), float(high), round(float(lower.sum())))


def median(values: npt.ArrayLike) -> Number:
    """Return the median over replicates; a value that is not a number is left out."""
    return _of_units(values, lambda known: float(np.median(known)))


def _of_units(values: npt.ArrayLike, statistic: Callable[[Floats], float]) -> Number:
    units = _by_unit(values)
    known = units[np.isfinite(units)]
    found = []
    for chosen in _resampled(len(units)):
        sample = units[chosen]
        if np.isfinite(sample).any():
            found.append(statistic(sample[np.isfinite(sample)]))
    low, high = np.quantile(found, LEVELS)
    return Number(statistic(known), float(low), float(high), known.size)


def _by_unit(values: npt.ArrayLike) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    if len(given) % PERIOD:
        raise ValueError(f"{len(given)} replicates are no whole number of eights")
    return given.reshape(-1, PERIOD)


def _resampled(n_units: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(SEED).integers(0, n_units, size=(DRAWS, n_units))
