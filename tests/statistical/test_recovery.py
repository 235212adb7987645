"""Fits against ledgers whose parameters are known: recovery, ranks, relabelling, contraction, the bias of daily bins.

Reduced versions of tests/validation, whose tables lie in results/validation.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from forks import FORKS
from forms import forms
from scipy import optimize, stats

sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))

import pair
import ranks
import recovery

from sim.inference.sampler import Budget, UnmixedError, laplace, sample


def ledger(days, seed=1):
    return pair.simulate(np.random.default_rng(seed), days)


@pytest.mark.slow
@pytest.mark.parametrize("ledgers", forms([2], [4]))
def test_known_parameters_are_recovered_from_event_times(ledgers):
    found = [row for number in range(ledgers) for row in recovery.recovered(60, number)]
    radius = np.array([(row[5] - row[3], row[8]) for row in found if row[2] == "spectral radius"])
    covered = np.array([row[8] for row in found])
    assert abs(radius[:, 0].mean()) < 0.03 + 3 * 0.06 / np.sqrt(ledgers)
    assert covered.mean() > 0.8


@pytest.mark.slow
def test_naive_daily_bins_understate_reciprocity():
    """S0.2 and S4.4: reactions within the bin are booked as background, and more days do not cure it."""
    radii = [naive_radius(*ledger(120, seed), days=120) for seed in range(8)]
    assert 0.38 < np.mean(radii) < 0.56
    assert pair.RADIUS - np.mean(radii) > 0.09


def naive_radius(times, parties, days):
    """Return the spectral radius by a Poisson likelihood of daily counts given the days before."""
    counts = np.stack([np.bincount(times[parties == p].astype(int), minlength=days) for p in (0, 1)])
    centre = np.log([2, 5, 0.15, 0.08, 2.0, 0.25, 0.5])

    def loss(point):
        mu, matrix, tau = np.exp(point[:2]), np.exp(point[2:6]).reshape(2, 2), np.exp(point[6])
        fade, past = np.exp(-1.0 / tau), np.zeros((2, days))
        for day in range(1, days):
            past[:, day] = past[:, day - 1] * fade + counts[:, day - 1] * (1.0 - fade)
        mean = mu[:, None] + matrix @ past
        return mean.sum() - (counts * np.log(mean)).sum() + (np.square(point - centre) / 0.6**2).sum() / 2

    best = optimize.minimize(loss, centre, method="L-BFGS-B").x
    return np.abs(np.linalg.eigvals(np.exp(best[2:6]).reshape(2, 2))).max()


@pytest.mark.slow
def test_ranks_of_the_truth_are_uniform():
    found = [ranks.ranks_of(number, seed=2, days=15) for number in range(6)]
    places = [(one[key] + 0.5) / (ranks.DRAWS + 1) for one in found for key in one if key != "events"]
    assert stats.kstest(places, "uniform").pvalue > 0.001


@pytest.mark.slow
def test_ensembles_and_importance_sampling_agree():
    times, parties = ledger(30)
    density = pair.likelihood([pair.events(times, parties)], 30.0)
    walked = pair.fitted(density, seed=1, budget=pair.quick())
    weighed = pair.weighted(density, np.random.default_rng(0))
    for i, key in enumerate(density.space.keys):
        assert abs(walked[:, i].mean() - weighed[:, i].mean()) < 0.25, key
        assert walked[:, i].std() == pytest.approx(weighed[:, i].std(), rel=0.2), key


def test_an_empty_ledger_gives_the_prior_back():
    density = pair.likelihood([], 30.0)
    budget = Budget(ensembles=2, walkers=60, burn_in=100, chunk=250, most=2000, ess=600)
    points = sample(density, density.space.keys, 1, budget).thinned(400).reshape(-1, len(density.space))
    normal = np.random.default_rng(0).normal(size=(40_000, len(density.space)))
    prior = normal[np.isfinite(density(normal))]
    for i, key in enumerate(density.space.keys):
        assert stats.ks_2samp(points[:, i], prior[:, i]).pvalue > 0.001, key


def test_ten_times_the_evidence_contracts_as_the_root_of_ten():
    def spread(days):
        radii = []
        for seed in range(3):
            density = pair.likelihood([pair.events(*ledger(days, seed))], float(days), prior=wide())
            _mode, root = laplace(density, np.zeros(len(density.space)))
            radii.append(np.sqrt(np.square(root).sum(axis=1))[[1, 5]])
        return np.mean(radii, axis=0)

    ratio = spread(400) / spread(40)
    np.testing.assert_allclose(ratio, 1 / np.sqrt(10), rtol=0.3)


def wide():
    """Return priors wide enough not to matter."""
    return {key: (median, 3.0) for key, (median, _) in pair.PRIOR.items()}


def test_an_unmixed_fit_is_refused_with_its_parameter():
    def split(points):
        return np.where(np.abs(points[:, 0]) > 3, -0.5 * np.square(np.abs(points).sum(axis=1) - 4), -np.inf)

    budget = Budget(ensembles=2, walkers=20, burn_in=10, chunk=20, most=40, ess=100)
    with pytest.raises(UnmixedError, match=r"has not mixed after 40 steps: (left|right) has R-hat"):
        sample(split, ["left", "right"], 1, budget, start=np.array([3.5, 0.0]))


def test_the_number_of_workers_changes_no_draw(monkeypatch):
    monkeypatch.setattr("sim.inference.sampler.get_context", lambda _: FORKS)
    monkeypatch.setattr("sim.inference.sampler.LARGEST_RHAT", np.inf)
    density = pair.likelihood([pair.events(*ledger(5))], 5.0)
    budgets = [Budget(ensembles=2, walkers=20, burn_in=5, chunk=10, most=10, ess=0.0, jobs=jobs) for jobs in (1, 2)]
    one, two = (sample(density, density.space.keys, 1, budget).chains for budget in budgets)
    np.testing.assert_array_equal(one, two)
