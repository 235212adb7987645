"""Sobol indices of a Saltelli design: what share of the spread of an outcome over its points each factor explains.

The outcome of a point is a mean over its replicates, so it is known with an error, and an estimator that takes it as
exact counts that error as an effect of the factors. All parts of the indices are quadratic in the means of the points:
what Monte Carlo error adds to each is the same form of the influences of single clusters of replicates, and is
subtracted (as in `sim.results.analysis.variance_split`). Without that error the estimates are those of SALib's
``sobol.analyze`` (first order: Saltelli et al. 2010; total: Jansen 1999).

An error has two parts, which are added: that of the base points, by a bootstrap over them, which takes in the error of
replicates that points do not share; and, where points share their luck, that of the luck, by the delta method over
clusters of replicates. An index may come out below 0 or above 1: that is its error, and it is left as it is.

Morris screening tells how far an outcome moves when one factor takes a step, over many starting points, as a share of
the range of the factor: ``mu_star`` is the mean of the absolute value of these effects, ``sigma`` their standard
deviation, high where the effect depends on the other factors, from which Monte Carlo error is taken out in the same
way. ``mu_star_by_chance`` is what ``mu_star`` would be if a factor had no effect, from the errors of the steps: what is
not clearly above it cannot be told from none.

References
----------
.. [1] Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer Physics Communications
       181(2), 259-270. https://doi.org/10.1016/j.cpc.2009.09.018
.. [2] Jansen, M. J. W. (1999). Analysis of variance designs for model output. Computer Physics Communications 117,
       35-43. https://doi.org/10.1016/S0010-4655(98)00154-4
.. [3] Morris, M. D. (1991). Factorial sampling plans for preliminary computational experiments. Technometrics 33(2),
       161-174. https://doi.org/10.1080/00401706.1991.10484804
.. [4] Campolongo, F., Cariboni, J., Saltelli, A. (2007). An effective screening design for sensitivity analysis of
       large models. Environmental Modelling & Software 22(10), 1509-1518. https://doi.org/10.1016/j.envsoft.2006.10.004
"""

from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Floats, Integers
from sim.core.intervals import CONFIDENCE, reach
from sim.core.random_streams import word_of
from sim.scenario.samplers import MORRIS_LEVELS, build_problem
from sim.sweeps.cluster_errors import RESAMPLES, draw_resamples, find_clusters, measure_influences


@dataclass(frozen=True)
class SobolIndices:
    """Sobol indices of one outcome; every array has shape (n_factors,)."""

    first: Floats  # first-order and total indices; NaN where the outcome does not differ between points
    total: Floats
    first_error: Floats  # standard errors
    total_error: Floats
    spread: float  # standard deviation of the outcome over the points, Monte Carlo error taken out

    def interval(self, value: Floats, error: Floats) -> tuple[Floats, Floats]:
        """Return the ends of the 95 % intervals of some indices with their errors."""
        half = reach() * error
        return value - half, value + half


@dataclass(frozen=True)
class _Terms:
    """What each base point adds to the parts of the indices, Monte Carlo error taken out."""

    first: Floats  # shape (n_base, n_factors): to the numerators
    total: Floats
    square: Floats  # shape (n_base,): to the mean square and the mean over the points of the two base matrices
    plain: Floats
    noise: float  # variance that Monte Carlo error gives the mean of all

    def parts(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Return both numerators and the variance under weights of shape (n_sets, n_base) that sum to 1."""
        variance = weights @ self.square - (weights @ self.plain) ** 2 + self.noise
        return weights @ self.first, weights @ self.total, variance


def compute_sobol(values: Floats, replicates: Integers, n_factors: int, seed: int, *, is_paired: bool) -> SobolIndices:
    """Return the Sobol indices of one outcome, of values (n_points, n_replicates) and rising replicates.

    Points stand in the order of SALib without second-order terms: for each base point the point of the first matrix,
    the n_factors points with one column of the second, the point of the second. One replicate stands for outcomes known
    without error. Where `is_paired`, replicates with the same index share their luck over all points.
    """
    means = values.mean(axis=1)
    starts = find_clusters(replicates)
    noise = measure_influences(values.T, starts).T if len(starts) > 1 else np.zeros((len(values), 1))
    centre = means.reshape(-1, n_factors + 2)[:, [0, -1]].mean()
    y = means.reshape(-1, n_factors + 2) - centre
    e = noise.reshape(*y.shape, -1)
    terms = _terms(y, e)
    n_base = len(y)
    first, total, variance = terms.parts(np.full((1, n_base), 1.0 / n_base))
    if not variance[0] > 1e-12 * (1 + centre**2):
        unknown = np.full(n_factors, np.nan)
        return SobolIndices(unknown, unknown, unknown, unknown, 0.0)
    drawn = terms.parts(draw_resamples(seed, n_base) / n_base)
    indices = first[0] / variance[0], total[0] / variance[0]
    errors = [np.nanstd(part / drawn[2][:, None], axis=0) for part in drawn[:2]]
    if is_paired:
        luck = _luck(y, e, indices, float(variance[0]))
        errors = [np.hypot(error, more) for error, more in zip(errors, luck, strict=True)]
    return SobolIndices(indices[0], indices[1], errors[0], errors[1], float(np.sqrt(variance[0])))


def _terms(y: Floats, e: Floats) -> _Terms:
    """Return the terms of base points, of means (n_base, n_factors + 2) and influences (…, n_clusters)."""
    a, mixed, b = y[:, :1], y[:, 1:-1], y[:, -1:]
    ea, em, eb = e[:, :1], e[:, 1:-1], e[:, -1:]
    return _Terms(
        first=b * (mixed - a) - (eb * (em - ea)).sum(axis=-1),
        total=(a - mixed) ** 2 / 2 - ((ea - em) ** 2).sum(axis=-1) / 2,
        square=((a**2 + b**2) / 2)[:, 0] - (ea**2 + eb**2).sum(axis=-1)[:, 0] / 2,
        plain=((a + b) / 2)[:, 0],
        noise=float((((ea + eb) / 2).mean(axis=0) ** 2).sum()),
    )


def _luck(y: Floats, e: Floats, indices: tuple[Floats, Floats], variance: float) -> list[Floats]:
    """Return the errors that luck shared by all points gives the indices."""
    a, mixed, b = y[:, :1, None], y[:, 1:-1, None], y[:, -1:, None]
    ea, em, eb = e[:, :1], e[:, 1:-1], e[:, -1:]
    first = (eb * (mixed - a) + b * (em - ea)).mean(axis=0)
    total = ((a - mixed) * (ea - em)).mean(axis=0)
    both = ((a + b) / 2).mean() * (ea + eb).mean(axis=0)
    spread = (a * ea + b * eb).mean(axis=0) - both
    moved = ((part - value[:, None] * spread) / variance for part, value in zip((first, total), indices, strict=True))
    return [np.sqrt((pull**2).sum(axis=-1)) for pull in moved]


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
