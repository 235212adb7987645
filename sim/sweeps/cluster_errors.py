"""Errors of means over replicates that share draws, and resamples of independent units.

In every eight replicates some share drawn parameters (`sim.scenario.prior_draws`), so they are not independent. A
cluster is a set of replicates that share any draw; clusters are independent of each other, and every error here is
computed over them (cluster-robust; Liang & Zeger 1986). A period is eight replicates in a row: it holds whole clusters,
and all periods are alike, so that a statistic of several parts can be jackknifed over them.

References
----------
.. [1] Liang, K.-Y., Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73(1),
       13-22. https://doi.org/10.1093/biomet/73.1.13
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.scenario.shared_draws import LABELS, PERIOD, source_replicates

Numbers = npt.NDArray[Any]


def find_clusters(replicates: Integers) -> Integers:
    """Return the rows at which clusters begin, of the rising indices of replicates (n_replicates,)."""
    cluster = np.min([source_replicates(replicates, label) for label in LABELS], axis=0)
    return np.flatnonzero(np.diff(cluster, prepend=-1))


def find_periods(replicates: Integers) -> Integers:
    """Return the rows at which periods begin, of the rising indices of replicates (n_replicates,)."""
    return np.flatnonzero(np.diff(replicates // PERIOD, prepend=-1))


def measure_influences(values: Numbers, starts: Integers) -> Floats:
    """Return what each cluster adds to the deviation of the mean from its expectation: (n_clusters, ...).

    Of values (n_replicates, ...) and the rows at which clusters begin: the sum of the residuals of a cluster over the
    number of replicates, so scaled that the sum of squares is the variance of the mean.
    """
    residuals = values - values.mean(axis=0)
    sums = np.add.reduceat(residuals, starts, axis=0) / len(values)
    scaled: Floats = sums * np.sqrt(len(starts) / max(len(starts) - 1, 1))
    return scaled


def estimate_error(values: Numbers, replicates: Integers) -> Floats:
    """Return the standard error of the mean of values (n_replicates, ...) over at least one replicate, shape (...)."""
    error: Floats = np.sqrt((measure_influences(values, find_clusters(replicates)) ** 2).sum(axis=0))
    return error


def estimate_size(holds: Numbers, replicates: Integers) -> Floats:
    """Return how many independent replicates would tell each share as exactly, shape (n_cells,).

    That is the number of replicates over the design effect, which is never taken below 1 (Kish 1965), of `holds`
    (n_replicates, n_cells) and at least one replicate.
    """
    n = len(replicates)
    share = holds.mean(axis=0)
    simple = share * (1 - share) / max(n - 1, 1)
    clustered = estimate_error(holds, replicates) ** 2
    effect = np.divide(clustered, simple, out=np.ones_like(simple), where=simple > 0)
    size: Floats = n / np.maximum(effect, 1.0)
    return size


RESAMPLES: Final = 1000


def draw_resamples(seed: int, n_units: int) -> Floats:
    """Return how often each unit, a period or base point, stands in each resample, shape (n_resamples, n_units)."""
    # Imported here, because showing tables takes this module too and needs no engine.
    from sim.core.random_streams import Streams

    streams = Streams(seed, np.arange(RESAMPLES))
    weights = np.zeros((RESAMPLES, n_units))
    rows = np.arange(RESAMPLES)
    for draw in range(n_units):
        drawn = (streams.uniform("results", "bootstrap", draw) * n_units).astype(np.int64)
        np.add.at(weights, (rows, drawn), 1.0)
    return weights
