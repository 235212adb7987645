"""Morris screening: how far an outcome moves when one factor takes a step, over many starting points.

An elementary effect is the change of the outcome over the step, as a share of the range of the factor. ``mu_star`` is
the mean of its absolute value, ``sigma`` its standard deviation: high where the effect depends on the other factors.
Means of finitely many replicates differ by chance alone; ``mu_star_by_chance`` is what ``mu_star`` would be if a factor
had no effect, from the paired errors of the steps: what is not clearly above it cannot be told from none.

References
----------
.. [1] Morris, M. D. (1991). Factorial sampling plans for preliminary computational experiments. Technometrics 33(2),
       161-174. https://doi.org/10.1080/00401706.1991.10484804
.. [2] Campolongo, F., Cariboni, J., Saltelli, A. (2007). An effective screening design for sensitivity analysis of
       large models. Environmental Modelling & Software 22(10), 1509-1518. https://doi.org/10.1016/j.envsoft.2006.10.004
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.primitives import Floats, Integers
from sim.results.differences import paired_difference
from sim.results.odds import CONFIDENCE
from sim.results.resampling import RESAMPLES
from sim.sampling import MORRIS_LEVELS, problem_of
from sim.streams import word_of


@dataclass(frozen=True)
class Screening:
    """Elementary effects of one outcome; every array has shape (n_factors,).

    Parameters
    ----------
    mu, mu_star, sigma : ndarray of float
        Mean of the effects, mean of their absolute values, and their standard deviation.
    half_width : ndarray of float
        Half of the 95 % interval of ``mu_star``, bootstrapped over trajectories.
    by_chance : ndarray of float
        ``mu_star`` of a factor without any effect.
    """

    mu: Floats
    mu_star: Floats
    sigma: Floats
    half_width: Floats
    by_chance: Floats


def screening(values: Floats, replicates: Integers, units: Floats, seed: int, *, is_paired: bool) -> Screening:
    """Return the elementary effects of one outcome.

    Parameters
    ----------
    values : ndarray of float, shape (n_points, n_replicates)
        Outcomes by point, trajectory after trajectory.
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates, rising.
    units : ndarray of float, shape (n_points, n_factors)
        The points in the unit cube.
    seed : int
        Root of the draws of the bootstrap.
    is_paired : bool
        Whether replicates with the same index share their luck over all points.
    """
    # Imported here: it takes two seconds.
    from SALib.analyze import morris

    n_factors = units.shape[1]
    found = morris.analyze(
        problem_of(n_factors),
        units,
        values.mean(axis=1),
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        num_levels=MORRIS_LEVELS,
        seed=word_of("screening", seed),
    )
    mu, star, sigma, half = (
        np.asarray(found[name], dtype=np.float64) for name in ("mu", "mu_star", "sigma", "mu_star_conf")
    )
    return Screening(mu, star, sigma, half, _by_chance(values, replicates, units, is_paired))


def _by_chance(values: Floats, replicates: Integers, units: Floats, is_paired: bool) -> Floats:
    """Return the mean absolute effect that errors of the steps alone would make."""
    n_factors = units.shape[1]
    sums, numbers = np.zeros(n_factors), np.zeros(n_factors)
    if len(replicates) < 2:
        return sums
    for point in range(len(units) - 1):
        if point % (n_factors + 1) == n_factors:
            continue
        step = units[point + 1] - units[point]
        factor = int(np.abs(step).argmax())
        found = paired_difference(values[point], values[point + 1], replicates)
        sums[factor] += found.error(is_paired=is_paired) / abs(step[factor])
        numbers[factor] += 1
    # Mean of the absolute value of a normal number.
    chance: Floats = np.sqrt(2 / np.pi) * sums / numbers
    return chance
