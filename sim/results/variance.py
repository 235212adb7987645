"""Split the variance of outcomes into its parts, by the draws that replicates share.

A replicate's outcome Y hangs on calibrated parameters, on assumed ones, and on the luck of its history. The replicates
of a period share draws by design (`sim.calibration.draws`), so the covariance between two of its places is a variance
of the conditional mean: over all parameters between places 0 and 1, over the calibrated ones between 0 or 1 and 2, over
the assumed ones between 0 or 1 and 3 (pick and freeze: Sobol 1993; Janon et al. 2014). What both together do beyond the
sum of each is their interaction, and what no parameter explains is the luck of single histories.

An estimate of a part that is close to nothing may come out below 0. It is kept as it is in ``variance``; a standard
deviation is then 0. Errors are jackknifed over periods.

References
----------
.. [1] Sobol, I. M. (1993). Sensitivity estimates for nonlinear mathematical models. Mathematical Modelling and
       Computational Experiments 1, 407-414.
.. [2] Janon, A., Klein, T., Lagnoux, A., Nodet, M., Prieur, C. (2014). Asymptotic normality and efficiency of two Sobol
       index estimators. ESAIM: Probability and Statistics 18, 342-364. https://doi.org/10.1051/ps/2013040
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.calibration.sharing import PERIOD
from sim.primitives import Floats, Integers
from sim.results.clusters import Numbers

PARTS: Final = ("calibrated", "assumed", "interaction", "luck")
"""Parts of the variance of an outcome, in this order everywhere."""

_PAIRS: Final = (((0, 1),), ((0, 2), (1, 2)), ((0, 3), (1, 3)))
"""Places of a period that share all parameters, the calibrated ones, the assumed ones."""


@dataclass(frozen=True)
class Split:
    """Parts of the variance of outcomes; every array has shape (n_parts, n_cells), in the order of `PARTS`.

    Parameters
    ----------
    variance, error : ndarray of float
        Estimate, which may lie below 0, and its standard error; NaN where there are too few replicates.
    share, share_error : ndarray of float
        The same over the whole variance; NaN where the outcome does not vary.
    """

    variance: Floats
    error: Floats
    share: Floats
    share_error: Floats

    @property
    def deviation(self) -> Floats:
        """Standard deviations; 0 where the variance was estimated below 0."""
        found: Floats = np.sqrt(np.maximum(self.variance, 0.0))
        return found


def split(values: Numbers, replicates: Integers) -> Split:
    """Split the variance of outcomes.

    Parameters
    ----------
    values : ndarray, shape (n_replicates, n_cells)
        Outcomes.
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates; at least one.
    """
    sums = _period_sums(values, replicates)
    total = sums.sum(axis=1)
    n_periods = sums.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = _parts(total)
        # Leave one period out in turn.
        apart = _parts(total[:, None] - sums)
        centred = apart - apart.mean(axis=1, keepdims=True)
        error = np.sqrt((n_periods - 1) / n_periods * (centred**2).sum(axis=1))
    size = len(PARTS)
    return Split(whole[:size], error[:size], whole[size:], error[size:])


def _period_sums(values: Numbers, replicates: Integers) -> Floats:
    """Return the sums from which all parts follow, shape (12, n_periods, n_cells)."""
    period = replicates // PERIOD - replicates.min() // PERIOD
    shape = (int(period.max()) + 1, PERIOD)
    there, outcome = np.zeros((*shape, 1)), np.zeros((*shape, values.shape[1]))
    place = period, replicates % PERIOD
    there[place], outcome[place] = 1.0, values
    found = [there.sum(axis=1), outcome.sum(axis=1), (outcome**2).sum(axis=1)]
    for pairs in _PAIRS:
        found += _pair_sums(there, outcome, pairs)
    filled = there.sum(axis=1)[:, 0] > 0
    return np.array([np.broadcast_to(one, outcome.sum(axis=1).shape)[filled] for one in found])


def _pair_sums(there: Floats, outcome: Floats, pairs: Sequence[tuple[int, int]]) -> list[Floats]:
    """Return number, sum of products and sum of sums of pairs of places."""
    both = [there[:, a] * there[:, b] for a, b in pairs]
    products = [outcome[:, a] * outcome[:, b] for a, b in pairs]
    sums = [(outcome[:, a] + outcome[:, b]) * one for (a, b), one in zip(pairs, both, strict=True)]
    return [np.sum(one, axis=0) for one in (both, products, sums)]


def _parts(sums: Floats) -> Floats:
    """Return the parts of the variance, then their shares, from sums with the twelve kinds on the first axis."""
    n, plain, squares, *rest = sums
    mean = plain / n
    whole = (squares / n - mean**2) * n / (n - 1)
    number, products, added = (np.array(rest[i::3]) for i in range(3))
    both, calibrated, assumed = products / number - mean * added / number + mean**2
    parts = np.array([calibrated, assumed, both - calibrated - assumed, whole - both])
    # Rounding leaves a hair of variance where an outcome never varies.
    shares = np.where(whole > 1e-12 * (1 + mean**2), parts / whole, np.nan)
    return np.concatenate([parts, shares])
