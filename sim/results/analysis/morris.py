"""Morris screening: how far an outcome moves when one factor takes a step, over many starting points.

An elementary effect is the change of the outcome over the step, as a share of the range of the factor. ``mu_star`` is
the mean of its absolute value, ``sigma`` its standard deviation: high where the effect depends on the other factors.
Means of finitely many replicates differ by chance alone. What that adds to the variance of the effects is the same form
of the influences of single clusters of replicates, and is taken out of ``sigma`` (as in
`sim.results.analysis.variance_split`). ``mu_star_by_chance`` is what ``mu_star`` would be if a factor had no effect,
from the errors of the steps: what is not clearly above it cannot be told from none.

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

from sim.core.arrays import Floats, Integers
from sim.core.intervals import CONFIDENCE
from sim.core.random_streams import word_of
from sim.scenario.samplers import MORRIS_LEVELS, build_problem
from sim.sweeps.cluster_errors import RESAMPLES, find_clusters, measure_influences


@dataclass(frozen=True)
class MorrisScreening:
    """Elementary effects of one outcome; every array has shape (n_factors,)."""

    # mean of the effects, mean of their absolute values, and their standard deviation without Monte Carlo error; 0
    # where that error explains all of it
    mu: Floats
    mu_star: Floats
    sigma: Floats
    half_width: Floats  # half of the 95 % interval of ``mu_star``, bootstrapped over trajectories
    by_chance: Floats  # ``mu_star`` of a factor without any effect


def screen_factors(
    values: Floats, replicates: Integers, units: Floats, seed: int, *, is_paired: bool
) -> MorrisScreening:
    """Return the elementary effects of one outcome, of values (n_points, n_replicates), trajectory after trajectory.

    `units` (n_points, n_factors) are the points in the unit cube. Where `is_paired`, replicates with the same index
    share their luck over all points.
    """
    # Imported here: it takes two seconds.
    from SALib.analyze import morris

    n_factors = units.shape[1]
    effects = morris.analyze(
        build_problem(n_factors),
        units,
        values.mean(axis=1),
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        num_levels=MORRIS_LEVELS,
        seed=word_of("screening", seed),
    )
    mu, star, sigma, half = (
        np.asarray(effects[name], dtype=np.float64) for name in ("mu", "mu_star", "sigma", "mu_star_conf")
    )
    by_chance, noise = _chance(values, replicates, units, is_paired)
    return MorrisScreening(mu, star, np.sqrt(np.maximum(sigma**2 - noise, 0.0)), half, by_chance)


def _chance(values: Floats, replicates: Integers, units: Floats, is_paired: bool) -> tuple[Floats, Floats]:
    """Return what errors of the steps alone would make of the mean absolute effect, and of the variance of effects."""
    n_factors = units.shape[1]
    noise = measure_influences(values.T, find_clusters(replicates)).T
    steps = np.diff(units, axis=0)
    errors: list[list[float]] = [[] for _ in range(n_factors)]
    moved: list[list[Floats]] = [[] for _ in range(n_factors)]
    for point, step in enumerate(steps):
        if point % (n_factors + 1) == n_factors:
            continue
        factor = int(np.abs(step).argmax())
        apart = (noise[point + 1] - noise[point]) / step[factor]
        both = (noise[point + 1] ** 2 + noise[point] ** 2) / step[factor] ** 2
        moved[factor].append(apart)
        errors[factor].append(float((apart**2 if is_paired else both).sum()))
    # Mean of the absolute value of a normal number.
    by_chance = np.sqrt(2 / np.pi) * np.array([np.sqrt(effects).mean() for effects in errors])
    # What luck moves at all trajectories alike does not set their effects apart.
    spread = [np.var(effects, axis=0, ddof=min(1, len(effects) - 1)).sum() for effects in moved]
    return by_chance, np.array(spread) if is_paired else np.array([np.mean(effects) for effects in errors])
