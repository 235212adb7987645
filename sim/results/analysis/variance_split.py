"""Split the variance of outcomes into its parts, by the draws that replicates share.

A replicate's outcome Y hangs on calibrated parameters, on assumed ones, and on the luck of its history. The replicates
of a period share draws by design (`sim.scenario.prior_draws`), so the covariance between two of its places is a
variance of the conditional mean: over all parameters between places 0 and 1, over the calibrated ones between 0 or 1
and 2, over the assumed ones between 0 or 1 and 3 (pick and freeze: Sobol 1993; Janon et al. 2014). What both together
do beyond the sum of each is their interaction, and what no parameter explains is the luck of single histories.

An estimate of a part that is close to nothing may come out below 0, and one from few events far outside of 0 to 1. It
is kept as it is in ``variance``; what a reader is shown is a share or a standard deviation that is resolved, or that it
is not (`VarianceSplit.resolved`). Errors are jackknifed over periods.

References
----------
.. [1] Sobol, I. M. (1993). Sensitivity estimates for nonlinear mathematical models. Mathematical Modelling and
       Computational Experiments 1, 407-414.
.. [2] Janon, A., Klein, T., Lagnoux, A., Nodet, M., Prieur, C. (2014). Asymptotic normality and efficiency of two Sobol
       index estimators. ESAIM: Probability and Statistics 18, 342-364. https://doi.org/10.1051/ps/2013040
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats, Integers
from sim.core.intervals import CONFIDENCE
from sim.scenario.shared_draws import PERIOD
from sim.sweeps.cluster_errors import Numbers, find_clusters, find_periods, measure_influences


def estimate_spread(values: Numbers, replicates: Integers, projection: Floats) -> tuple[Floats, Floats]:
    """Return the variance of means over points, and its standard error, each of shape (n_cells,).

    Of values (n_points, n_replicates, n_cells) of the same replicates at every point: the mean square of the means
    under a projection (n_points, n_points), such as `centre_within`, less what Monte Carlo error makes of it; it may
    lie below 0. The error is jackknifed over periods.
    """
    means = values.mean(axis=1)
    starts = find_clusters(replicates)
    noise = np.array([measure_influences(at_point, starts) for at_point in values])
    seen = np.einsum("pq,qkc->pkc", projection, noise)
    variance = ((projection @ means) ** 2).mean(axis=0) - (seen**2).sum(axis=1).mean(axis=0)
    return variance, _error(values, replicates, projection)


def _error(values: Numbers, replicates: Integers, projection: Floats) -> Floats:
    """Return the standard error of the mean square of projected means, by leaving out a period in turn."""
    starts = find_periods(replicates)
    n_periods = len(starts)
    if n_periods < 2:
        return np.full(values.shape[2], np.nan)
    sums = np.add.reduceat(values.astype(np.float64), starts, axis=1)
    sizes = np.diff(starts, append=len(replicates))
    left = (sums.sum(axis=1, keepdims=True) - sums) / (len(replicates) - sizes)[None, :, None]
    squares = (np.einsum("pq,qkc->pkc", projection, left) ** 2).mean(axis=0)
    error: Floats = np.sqrt((n_periods - 1) / n_periods * ((squares - squares.mean(axis=0)) ** 2).sum(axis=0))
    return error


def is_told(values: Floats, errors: Floats) -> Flags:
    """Return which of some variances or shares are told from nothing with 95 %; none whose error is not known."""
    return np.asarray(values > _REACH * errors)


def is_resolved(shares: Floats, errors: Floats) -> Flags:
    """Return which shares of a variance are told from nothing, are none above 1, and are known to a quarter of it."""
    return is_told(shares, errors) & (shares <= 1.0) & (_REACH * errors <= _WIDEST)


def centre_within(groups: Sequence[Hashable]) -> Floats:
    """Return the projection that takes from each point the mean of the points of its group."""
    return np.eye(len(groups)) - average_within(groups)


def average_within(groups: Sequence[Hashable]) -> Floats:
    """Return the projection that puts the mean of its group in the place of each point."""
    same = np.array([[float(group == other) for other in groups] for group in groups])
    projection: Floats = same / same.sum(axis=1, keepdims=True)
    return projection


PARTS: Final = ("calibrated", "assumed", "interaction", "luck")
"""Parts of the variance of an outcome, in this order everywhere."""

_PAIRS: Final = (((0, 1),), ((0, 2), (1, 2)), ((0, 3), (1, 3)))
"""Places of a period that share all parameters, the calibrated ones, the assumed ones."""

_FEWEST_CELLS: Final = 4
_REACH: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""Standard errors from an estimate to the end of its 95 % interval."""
_WIDEST: Final = 0.25
"""Half of the 95 % interval of a share from which it says too little to be shown."""


@dataclass(frozen=True)
class VarianceSplit:
    """Parts of the variance of outcomes; every array has shape (n_parts, n_cells), in the order of `PARTS`."""

    variance: Floats  # estimate, which may lie below 0, and its standard error; NaN where there are too few replicates
    error: Floats
    share: Floats  # the same over the whole variance; NaN where the outcome does not vary
    share_error: Floats
    is_drawn: bool = True  # whether any parameter is; without, all is luck, and no share has to be told from nothing

    @property
    def resolved(self) -> Flags:
        """Whether a part is known well enough to be shown."""
        return is_resolved(self.share, self.share_error) if self.is_drawn else ~np.isnan(self.share)

    @property
    def deviation(self) -> Floats:
        """Standard deviations; NaN where the part is not resolved."""
        deviation: Floats = np.sqrt(np.where(self.resolved, self.variance, np.nan))
        return deviation


def split_variance(values: Numbers, replicates: Integers, is_drawn: bool = True) -> VarianceSplit:
    """Split the variance of outcomes (n_replicates, n_cells) of at least one replicate, given if a parameter is drawn.

    Where none is, all of it is luck.
    """
    n_cells = values.shape[1]
    # A few cells at a time: the sums of a million replicates in all cells at once would not fit.
    some = np.array_split(np.arange(n_cells), max(1, n_cells // _FEWEST_CELLS))
    made = [_split_cells(values[:, cells], replicates, is_drawn) for cells in some]
    variance, error, share, share_error = (np.concatenate(part, axis=1) for part in zip(*made, strict=True))
    return VarianceSplit(variance, error, share, share_error if is_drawn else 0.0 * share, is_drawn)


def _split_cells(values: Numbers, replicates: Integers, is_drawn: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the parts of the variance with their errors, then their shares with theirs."""
    sums = _period_sums(values, replicates)
    total = sums.sum(axis=1)
    n_periods = sums.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = _parts(total, is_drawn)
        # Leave one period out in turn.
        apart = _parts(total[:, None] - sums, is_drawn)
        centred = apart - apart.mean(axis=1, keepdims=True)
        error = np.sqrt((n_periods - 1) / n_periods * (centred**2).sum(axis=1))
    size = len(PARTS)
    return whole[:size], error[:size], whole[size:], error[size:]


def _period_sums(values: Numbers, replicates: Integers) -> Floats:
    """Return the sums from which all parts follow, shape (12, n_periods, n_cells)."""
    period = replicates // PERIOD - replicates.min() // PERIOD
    shape = (int(period.max()) + 1, PERIOD)
    there, outcome = np.zeros((*shape, 1)), np.zeros((*shape, values.shape[1]))
    cell = period, replicates % PERIOD
    there[cell], outcome[cell] = 1.0, values
    sums = [there.sum(axis=1), outcome.sum(axis=1), (outcome**2).sum(axis=1)]
    for pairs in _PAIRS:
        sums += _pair_sums(there, outcome, pairs)
    filled = there.sum(axis=1)[:, 0] > 0
    return np.array([np.broadcast_to(kind, outcome.sum(axis=1).shape)[filled] for kind in sums])


def _pair_sums(there: Floats, outcome: Floats, pairs: Sequence[tuple[int, int]]) -> list[Floats]:
    """Return number, sum of products and sum of sums of pairs of places."""
    both = [there[:, a] * there[:, b] for a, b in pairs]
    products = [outcome[:, a] * outcome[:, b] for a, b in pairs]
    sums = [(outcome[:, a] + outcome[:, b]) * values for (a, b), values in zip(pairs, both, strict=True)]
    return [np.sum(values, axis=0) for values in (both, products, sums)]


def _parts(sums: Floats, is_drawn: bool) -> Floats:
    """Return the parts of the variance, then their shares, from sums with the twelve kinds on the first axis."""
    n, plain, squares, *rest = sums
    mean = plain / n
    whole = (squares / n - mean**2) * n / (n - 1)
    number, products, added = (np.array(rest[i::3]) for i in range(3))
    explained = products / number - mean * added / number + mean**2
    both, calibrated, assumed = explained if is_drawn else np.zeros_like(explained)
    parts = np.array([calibrated, assumed, both - calibrated - assumed, whole - both])
    # Rounding leaves a hair of variance where an outcome never varies.
    shares = np.where(whole > 1e-12 * (1 + mean**2), parts / whole, np.nan)
    return np.concatenate([parts, shares])
