"""Sobol indices and Morris screening on functions whose indices are known, through our own designs and estimators."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from SALib.analyze import sobol as salib_sobol
from SALib.test_functions import Ishigami, Sobol_G

from sim.core.parameters import Interval, Parameter
from sim.results.analysis.sobol import SobolIndices, compute_sobol, screen_factors
from sim.scenario.design import MORRIS, SALTELLI, Design, Factor
from sim.scenario.priors import Uniform
from sim.scenario.samplers import build_problem, sample_points, sample_unit_cube
from sim.scenario.settings import Setting

ISHIGAMI_VARIANCE = 7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.1**2 * np.pi**8 / 18 + 0.5
"""a = 7, b = 0.1 (Ishigami & Homma 1990)."""
FIRST = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2 / ISHIGAMI_VARIANCE, 7**2 / 8 / ISHIGAMI_VARIANCE, 0.0
TOGETHER = 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50) / ISHIGAMI_VARIANCE
TOTAL = FIRST[0] + TOGETHER, FIRST[1], TOGETHER
G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0])


def factor(name: str, low: float, high: float) -> Factor:
    declared = Parameter(name, low, Interval(low, high), "1", "assumption", "invented")
    return Factor(name, (), (), Setting(name, Uniform(low, high), declared, "assumption", "here"))


@cache
def values_at(n_factors: int, low: float, high: float, size: int, seed: int, kind: str = SALTELLI) -> np.ndarray:
    """Return the values of the factors at the points of a design, as a scenario would set them."""
    given = [factor(f"x{i}", low, high) for i in range(n_factors)]
    filled, points = sample_points(given, Design(kind, size, seed))
    return np.array([[filled[i].levels[level].law.value for i, (_, level) in enumerate(p.levels)] for p in points])


def noisy(truth: np.ndarray, replicates: int, sd: float, seed: int, *, shared: bool) -> np.ndarray:
    rng = np.random.default_rng(seed)
    size = (1, replicates) if shared else (len(truth), replicates)
    slope = 1 + (rng.standard_normal((1, replicates)) * sd if shared else 0)
    return truth[:, None] * slope + sd * truth.std() * rng.standard_normal(size)


def covered(found: SobolIndices, first: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return whether each 95 % interval, widened to four standard errors, holds the exact index."""
    apart = np.abs(np.array([found.first - first, found.total - total]))
    return apart <= 4 * np.array([found.first_error, found.total_error]) + 1e-3


def ishigami(x: np.ndarray) -> np.ndarray:
    return Ishigami.evaluate(x, A=7, B=0.1)


def sobol_g(x: np.ndarray) -> np.ndarray:
    return Sobol_G.evaluate(x, a=G_WEIGHTS)


CASES = {
    "Ishigami": (ishigami, values_at(3, -np.pi, np.pi, 1024, 1), np.array(FIRST), np.array(TOTAL)),
    "Sobol-G": (
        sobol_g,
        values_at(6, 0.0, 1.0, 1024, 2),
        Sobol_G.sensitivity_index(G_WEIGHTS),
        Sobol_G.total_sensitivity_index(G_WEIGHTS),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("replicates", "sd", "shared"), [(1, 0.0, True), (24, 1.0, False), (24, 0.3, True)])
def test_exact_indices_lie_within_their_intervals(name: str, replicates: int, sd: float, shared: bool):
    """Known without error, with errors of each point of its own, and with luck that all points share."""
    function, x, first, total = CASES[name]
    values = noisy(function(x), replicates, sd, 3, shared=shared)
    found = compute_sobol(values, np.arange(replicates) * 8, x.shape[1], 1, is_paired=shared)
    assert covered(found, first, total).all(), (found, first, total)
    assert (found.total_error < 0.2).all()
    assert found.total.argmax() == total.argmax()


@pytest.mark.parametrize("name", CASES)
def test_without_error_the_estimates_are_those_of_the_library(name: str):
    function, x, _, _ = CASES[name]
    y = function(x)
    theirs = salib_sobol.analyze(build_problem(x.shape[1]), y, calc_second_order=False, num_resamples=1000, seed=1)
    ours = compute_sobol(y[:, None], np.array([0]), x.shape[1], 1, is_paired=True)
    assert ours.first == pytest.approx(theirs["S1"], abs=0.01)
    assert ours.total == pytest.approx(theirs["ST"], rel=1e-2, abs=1e-3)
    assert ours.first_error * 1.96 == pytest.approx(theirs["S1_conf"], rel=0.1, abs=1e-4)
    assert ours.total_error * 1.96 == pytest.approx(theirs["ST_conf"], rel=0.1, abs=1e-4)


def test_monte_carlo_error_is_not_taken_for_an_effect():
    """Over many sweeps with errors as large as the effects, indices are right on average, and their errors honest."""
    x = values_at(3, -np.pi, np.pi, 128, 4)
    truth = ishigami(x)
    many = [
        compute_sobol(noisy(truth, 4, 2.0, seed, shared=False), np.arange(4) * 8, 3, seed, is_paired=False)
        for seed in range(150)
    ]
    totals = np.array([one.total for one in many])
    middle = compute_sobol(truth[:, None], np.array([0]), 3, 1, is_paired=False).total
    assert totals.mean(axis=0) == pytest.approx(middle, abs=4 * totals.std(axis=0).max() / np.sqrt(150) + 0.03)
    errors = np.sqrt(np.mean([one.total_error**2 for one in many], axis=0))
    assert (errors > totals.std(axis=0)).all(), "they hold the error of the base points too"
    raw = noisy(truth, 4, 2.0, 1, shared=False).mean(axis=1)
    naive = compute_sobol(raw[:, None], np.array([0]), 3, 1, is_paired=False)
    assert naive.total[2] > middle[2] + 0.2, "what an estimator that knows no error makes of it"


def test_an_outcome_that_never_differs_has_no_indices():
    found = compute_sobol(np.ones((20, 8)), np.arange(8), 3, 1, is_paired=True)
    assert np.isnan(found.first).all()
    assert found.spread == 0


def on_morris(function: Callable[[np.ndarray], np.ndarray], n_factors: int) -> tuple[np.ndarray, np.ndarray]:
    units = sample_unit_cube(MORRIS, n_factors, 20, 5)
    return units, function(units)


def test_morris_on_a_line_finds_its_slopes_and_no_interaction():
    slopes = np.array([3.0, -1.0, 0.5, 0.0])
    units, y = on_morris(lambda u: u @ slopes, 4)
    found = screen_factors(y[:, None], np.array([0]), units, 1, is_paired=True)
    assert found.mu == pytest.approx(slopes)
    assert found.mu_star == pytest.approx(np.abs(slopes))
    assert found.sigma == pytest.approx(np.zeros(4), abs=1e-9)
    assert found.half_width == pytest.approx(np.zeros(4), abs=1e-9)


def test_intervals_cover_as_often_as_they_say():
    """Sobol points are more even than chance, so that intervals may cover more often than 95 %, and not less."""
    hits = []
    for seed in range(60):
        x = values_at(3, -np.pi, np.pi, 64, seed)
        values = noisy(ishigami(x), 4, 0.5, seed, shared=False)
        found = compute_sobol(values, np.arange(4) * 8, 3, seed, is_paired=False)
        low, high = found.interval(found.total, found.total_error)
        hits.append((low <= TOTAL) & (np.array(TOTAL) <= high))
    share = np.mean(hits, axis=0)
    assert (share >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / 60)).all(), share


@pytest.mark.parametrize("is_paired", [True, False])
def test_morris_takes_chance_out_of_sigma(is_paired: bool):
    """The effects of one factor differ by its interplay with another; counted odds tell no more of it on average."""
    units, odds = on_morris(lambda u: 0.2 + 0.2 * u[:, 0] + 0.4 * u[:, 1] * u[:, 2], 3)
    exact = screen_factors(odds[:, None], np.array([0]), units, 1, is_paired=True).sigma
    rng, n, found, naive = np.random.default_rng(4), 400, [], []
    for _ in range(40):
        counted = (rng.random((1 if is_paired else len(odds), n)) < odds[:, None]).astype(float)
        found.append(screen_factors(counted, 8 * np.arange(n), units, 1, is_paired=is_paired).sigma ** 2)
        naive.append(
            screen_factors(counted.mean(axis=1)[:, None], np.array([0]), units, 1, is_paired=is_paired).sigma ** 2
        )
    error = np.std(found, axis=0) / np.sqrt(40)
    assert exact[0] == pytest.approx(0.0, abs=1e-9)
    assert exact[1:].min() > 0.1
    assert np.all(np.abs(np.mean(found, axis=0) - exact**2)[1:] < 4 * error[1:])
    assert np.mean(found, axis=0)[0] < 0.5 * np.mean(naive, axis=0)[0], "no interplay: only what is above 0 by chance"
