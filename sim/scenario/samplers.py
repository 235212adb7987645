"""Sampled designs: points spread over the unit cube by an established sampler, and turned into values of factors.

A point of the unit cube becomes a value through the quantile function of the law of each factor. Levels that are given
by hand share the unit interval equally.

References
----------
.. [1] McKay, M. D., Beckman, R. J., Conover, W. J. (1979). A comparison of three methods for selecting values of input
       variables in the analysis of output from a computer code. Technometrics 21(2), 239-245.
.. [2] Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Design and estimator for the
       total sensitivity index. Computer Physics Communications 181(2), 259-270.
       https://doi.org/10.1016/j.cpc.2009.09.018
.. [3] Morris, M. D. (1991). Factorial sampling plans for preliminary computational experiments. Technometrics 33(2),
       161-174. https://doi.org/10.1080/00401706.1991.10484804
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from scipy.stats import qmc

from sim.core.arrays import Floats, Integers
from sim.core.random_streams import word_of
from sim.scenario.design import LATIN_HYPERCUBE, MORRIS, SALTELLI, SOBOL, Design, Factor, Point, point_at
from sim.scenario.priors import Fixed

_NEAR_ENDS: Final = 1e-9
MORRIS_LEVELS: Final = 4
"""Levels of the grid on which the trajectories of Morris walk."""
MORRIS_SPAN: Final = (0.05, 0.95)
"""Quantiles of a prior at the ends of that grid, where the law itself may have none."""
_DIGITS: Final = range(6, 18)


def is_power_of_two(size: int) -> bool:
    """Return whether a number of points keeps a Sobol sequence balanced."""
    return size > 0 and size & (size - 1) == 0


def unit_points(kind: str, n_factors: int, size: int, seed: int) -> Floats:
    """Return the points of a sampled design in the unit cube.

    Parameters
    ----------
    kind : str
        One of `sim.scenario.design.SAMPLED`.
    n_factors : int
        Number of factors.
    size : int
        Points, base points or trajectories, see `sim.scenario.design.Design`.
    seed : int
        Root of the draws.

    Returns
    -------
    ndarray of float, shape (n_points, n_factors)
        Between 0 and 1. For Saltelli blocks of n_factors + 2 rows, for Morris of n_factors + 1, in the order of SALib.
    """
    word = word_of("design", kind, seed)
    if kind == LATIN_HYPERCUBE:
        return np.asarray(qmc.LatinHypercube(n_factors, rng=word).random(size))
    if kind == SOBOL:
        return np.asarray(qmc.Sobol(n_factors, rng=word).random(size))
    return _by_salib(kind, problem_of(n_factors), size, word)


def problem_of(n_factors: int) -> dict[str, Any]:
    """Return the description of the unit cube that SALib wants.

    Parameters
    ----------
    n_factors : int
        Number of factors.
    """
    names = [f"x{i}" for i in range(n_factors)]
    return {"num_vars": n_factors, "names": names, "bounds": [[0.0, 1.0]] * n_factors}


def _by_salib(kind: str, problem: dict[str, Any], size: int, word: int) -> Floats:
    # Imported here: two seconds, which only these designs should cost.
    from SALib.sample import morris, sobol

    if kind == SALTELLI:
        return np.asarray(sobol.sample(problem, size, calc_second_order=False, seed=word))
    return np.asarray(morris.sample(problem, size, num_levels=MORRIS_LEVELS, seed=word))


def sampled(factors: Sequence[Factor], design: Design) -> tuple[tuple[Factor, ...], list[Point]]:
    """Return the factors with the levels that a sampled design gives them, and its points.

    Parameters
    ----------
    factors : sequence of Factor
        At least one factor.
    design : Design
        A sampled design.
    """
    units = unit_points(design.kind, len(factors), design.size, design.seed)
    made = [_with_levels(factor, units[:, i], design.kind) for i, factor in enumerate(factors)]
    filled = tuple(factor for factor, _ in made)
    keys = [factor.key for factor in filled]
    places = np.column_stack([which for _, which in made]).tolist()
    points = [point_at(i, filled, dict(zip(keys, row, strict=True)), is_numbered=True) for i, row in enumerate(places)]
    return filled, points


def _with_levels(factor: Factor, units: Floats, kind: str) -> tuple[Factor, Integers]:
    """Return the factor with its levels, and the place of the level at each point."""
    if factor.sampled is None:
        return factor, np.minimum((units * len(factor.levels)).astype(np.int64), len(factor.levels) - 1)
    template = factor.sampled
    if kind == MORRIS and template.law.name != "uniform":
        units = MORRIS_SPAN[0] + (MORRIS_SPAN[1] - MORRIS_SPAN[0]) * units
    values = np.asarray(template.law.at(np.clip(units, _NEAR_ENDS, 1.0 - _NEAR_ENDS)))
    if template.law.name == "uniform":
        # The ends themselves, where the grid reaches them.
        values = np.asarray(template.law.at(units))
    distinct, which = np.unique(values, return_inverse=True)
    labels = _labels(distinct, template.declared.bounds.contains)
    levels = tuple(replace(template, law=Fixed(float(label))) for label in labels)
    return replace(factor, levels=levels, labels=labels), which


def _labels(distinct: Floats, contains: Any) -> tuple[str, ...]:
    """Return values as texts of six digits, or of so many that none leaves its bounds and no two are alike."""
    for digits in _DIGITS:
        texts = tuple(f"{value:.{digits}g}" for value in distinct)
        if len(set(texts)) == len(texts) and contains(np.array(texts, dtype=np.float64)):
            break
    return texts
