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

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from scipy.stats import qmc

from sim.core.arrays import Floats, Integers
from sim.core.random_streams import word_of
from sim.scenario.design import LATIN_HYPERCUBE, MORRIS, SALTELLI, SOBOL, Design, Factor, Point, make_point
from sim.scenario.priors import Fixed

_NEAR_ENDS: Final = 1e-9
MORRIS_LEVELS: Final = 4  # levels of the grid on which the trajectories of Morris walk
MORRIS_SPAN: Final = (0.05, 0.95)  # quantiles of a prior at the ends of that grid, where the law itself may have none
_DIGITS: Final = range(6, 18)


def is_power_of_two(size: int) -> bool:
    """Return whether a number of points keeps a Sobol sequence balanced."""
    return size > 0 and size & (size - 1) == 0


def sample_unit_cube(kind: str, n_factors: int, size: int, seed: int) -> Floats:
    """Return points (n_points, n_factors) between 0 and 1; of Saltelli and Morris in blocks, in the order of SALib."""
    word = word_of("design", kind, seed)
    if kind == LATIN_HYPERCUBE:
        return np.asarray(qmc.LatinHypercube(n_factors, rng=word).random(size))
    if kind == SOBOL:
        return np.asarray(qmc.Sobol(n_factors, rng=word).random(size))
    # Imported here: two seconds, which only these designs should cost.
    from SALib.sample import morris, sobol

    problem = build_problem(n_factors)
    if kind == SALTELLI:
        return np.asarray(sobol.sample(problem, size, calc_second_order=False, seed=word))
    return np.asarray(morris.sample(problem, size, num_levels=MORRIS_LEVELS, seed=word))


def build_problem(n_factors: int) -> dict[str, Any]:
    """Return the description of the unit cube that SALib wants."""
    names = [f"x{i}" for i in range(n_factors)]
    return {"num_vars": n_factors, "names": names, "bounds": [[0.0, 1.0]] * n_factors}


def sample_points(factors: Sequence[Factor], design: Design) -> tuple[tuple[Factor, ...], list[Point]]:
    """Return the factors with the levels that a sampled design gives them, and its points."""
    units = sample_unit_cube(design.kind, len(factors), design.size, design.seed)
    pairs = [_fill_levels(factor, units[:, i], design.kind) for i, factor in enumerate(factors)]
    filled = tuple(factor for factor, _ in pairs)
    keys = [factor.key for factor in filled]
    rows = np.column_stack([indices for _, indices in pairs]).tolist()
    return filled, [
        make_point(i, filled, dict(zip(keys, row, strict=True)), is_numbered=True) for i, row in enumerate(rows)
    ]


def _fill_levels(factor: Factor, units: Floats, kind: str) -> tuple[Factor, Integers]:
    """Return the factor with its levels, and the index of the level at each point, shape (n_points,)."""
    if factor.sampled is None:
        return factor, np.minimum((units * len(factor.levels)).astype(np.int64), len(factor.levels) - 1)
    template = factor.sampled
    if kind == MORRIS and template.law.name != "uniform":
        units = MORRIS_SPAN[0] + (MORRIS_SPAN[1] - MORRIS_SPAN[0]) * units
    # A uniform law has its ends themselves, where the grid reaches them.
    inner = units if template.law.name == "uniform" else np.clip(units, _NEAR_ENDS, 1.0 - _NEAR_ENDS)
    values = np.asarray(template.law.at(inner))
    distinct, indices = np.unique(values, return_inverse=True)
    labels = _format_values(distinct, template.declared.bounds.contains)
    levels = tuple(replace(template, law=Fixed(float(label))) for label in labels)
    return replace(factor, levels=levels, labels=labels), indices


def _format_values(distinct: Floats, contains: Any) -> tuple[str, ...]:
    """Return values as texts of six digits, or of so many that none leaves its bounds and no two are alike."""
    for digits in _DIGITS:
        texts = tuple(f"{value:.{digits}g}" for value in distinct)
        if len(set(texts)) == len(texts) and contains(np.array(texts, dtype=np.float64)):
            break
    return texts
