"""The search for a mode, the ensembles and their diagnostics, on densities whose moments are known."""

from __future__ import annotations

import emcee
import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import special

from sim.core.random_streams import Streams, sampler_generator
from sim.inference.sampler import (
    LARGEST_RHAT,
    Budget,
    Sample,
    UnmixedError,
    _around,
    _complaint,
    _diagnose,
    _walk,
    laplace,
    sample,
)

MEAN = np.array([0.7, -1.2, 0.4])
ROOT = np.array([[0.6, 0.0, 0.0], [0.3, 0.8, 0.0], [-0.2, 0.1, 0.5]])
COVARIANCE = ROOT @ ROOT.T


def normal(points):
    """Return the log density of a normal law, correlated, of another mean and spread in each direction."""
    away = points - MEAN
    return -0.5 * np.einsum("ni,ij,nj->n", away, np.linalg.inv(COVARIANCE), away)


def refused_below(points):
    """Return the same with a part left out, in which the search and the walkers may not go."""
    return np.where(points[:, 0] > 0.5, normal(points), -np.inf)


def test_the_mode_of_a_normal_law_and_its_spread_are_found():
    mode, root = laplace(normal, np.zeros(3))
    assert mode == pytest.approx(MEAN, abs=1e-4)
    assert root @ root.T == pytest.approx(COVARIANCE, abs=1e-4)


def test_a_direction_that_the_density_leaves_open_has_the_spread_of_two():
    mode, root = laplace(lambda points: -0.5 * np.square(points[:, 1] - 0.5) / 0.3**2, np.array([0.1, 0.0]))
    assert mode == pytest.approx([0.1, 0.5], abs=1e-4)
    assert root @ root.T == pytest.approx(np.diag([4.0, 0.09]), abs=1e-4)


def test_the_search_stays_within_five_and_out_of_what_is_refused():
    far, _ = laplace(lambda points: -0.5 * np.square(points - np.array([9.0, -9.0])).sum(axis=1), np.zeros(2))
    assert far == pytest.approx([5.0, -5.0])
    # The mode lies just inside of the edge; beyond it there is no slope to follow.
    mode, root = laplace(refused_below, np.array([1.5, 0.0, 0.0]))
    assert mode == pytest.approx(MEAN, abs=1e-3)
    assert np.isfinite(root).all()


def test_walkers_start_around_the_mode_and_not_where_the_density_refuses_them():
    spread = np.linalg.cholesky(COVARIANCE)
    state = _around(MEAN, spread, 4000, 5, 2, normal)
    streams = Streams(5, np.arange(4000))
    drawn = [special.ndtri(streams.uniform(f"start {i}", "emcee", 2)) for i in range(3)]
    assert np.allclose(state.coords, MEAN + np.stack(drawn, axis=1) @ spread.T)
    assert np.cov(state.coords.T) == pytest.approx(COVARIANCE, abs=0.05)
    drawn_in = _around(MEAN, spread, 4000, 5, 2, refused_below).coords
    kept = np.isfinite(refused_below(state.coords))
    assert np.array_equal(drawn_in[kept], state.coords[kept])
    assert np.isfinite(refused_below(drawn_in)).all()
    halvings = np.log2((state.coords - MEAN)[~kept] / (drawn_in - MEAN)[~kept])
    assert halvings == pytest.approx(np.round(halvings)), "a refused walker is drawn in by halves"
    assert halvings.min() == pytest.approx(1.0)
    assert state.random_state[1].tolist() == sampler_generator(5, "emcee", 2).get_state()[1].tolist()


def test_a_sample_is_that_of_emcee_with_three_kinds_of_moves():
    budget = Budget(ensembles=2, walkers=20, burn_in=7, chunk=5, most=10, ess=1e9)
    with pytest.raises(UnmixedError, match="has not mixed after 10 steps"):
        sample(normal, ["a", "b", "c"], 3, budget)
    found = sample(normal, ["a", "b", "c"], 3, Budget(ensembles=2, walkers=20, burn_in=7, chunk=90, ess=400.0))
    steps = found.chains.shape[1]
    assert steps > 90
    assert steps % 90 == 0
    mode, spread = laplace(normal, np.zeros(3))
    for number in (0, 1):
        moves = [(emcee.moves.DEMove(), 0.7), (emcee.moves.DESnookerMove(), 0.1), (emcee.moves.StretchMove(), 0.2)]
        walkers = emcee.EnsembleSampler(20, 3, normal, moves=moves, vectorize=True)
        walkers.run_mcmc(_around(mode, spread, 20, 3, number, normal), 7 + steps)
        # From burn-in to chunk and from chunk to chunk the state and the luck go on.
        assert np.allclose(found.chains[number], walkers.get_chain()[7:])
    flat = found.chains.reshape(-1, 3)
    errors = flat.std(axis=0) / np.sqrt(found.ess)
    assert np.all(np.abs(flat.mean(axis=0) - MEAN) < 4.5 * errors)
    assert np.cov(flat.T) == pytest.approx(COVARIANCE, abs=4.5 * 2 * COVARIANCE.max() / np.sqrt(found.ess.min()))


def test_walkers_that_only_know_refused_points_stay_without_a_warning():
    points = np.array([[np.cos(i), np.sin(i)] for i in range(8)])
    state = emcee.State(points, random_state=sampler_generator(1, "emcee", 0).get_state())
    _, chain = _walk(lambda points: np.full(len(points), -np.inf), state, 3)
    assert (chain == points).all()


def test_diagnostics_take_ensembles_for_r_hat_and_walkers_for_effective_draws():
    generator = np.random.default_rng(2)
    chains = generator.normal(size=(3, 40, 6, 2)) + np.array([0.3, 0.0])
    chains[1, :, :, 1] += 1.0
    chains[:, 1:, :, 0] += 0.8 * chains[:, :-1, :, 0]
    found = _diagnose(chains)
    for i in range(2):
        by_ensemble = np.array([[chains[e, s, w, i] for s in range(40) for w in range(6)] for e in range(3)])
        by_walker = np.array([[chains[e, s, w, i] for s in range(40)] for e in range(3) for w in range(6)])
        assert found.rhat[i] == array_stats.rhat(by_ensemble, chain_axis=0, draw_axis=1)
        assert found.ess[i] == array_stats.ess(by_walker, chain_axis=0, draw_axis=1)
    assert found.rhat[1] > 1.1 > found.rhat[0]


def test_a_fit_is_sampled_as_hard_as_the_text_says():
    """S2.18: four ensembles of 120 walkers, R-hat at most 1.01, 1,000 effective draws; the exit status is 1."""
    said = Budget(ensembles=4, walkers=120, burn_in=250, chunk=150, most=8000, ess=1000.0, jobs=1)
    assert (Budget(), LARGEST_RHAT, UnmixedError.exit_status) == (said, 1.01, 1)


def test_an_unmixed_sample_names_its_worst_parameter_by_the_limit_that_it_misses():
    chains = np.zeros((2, 1, 2, 3))
    names, budget = ["a", "b", "c"], Budget(ess=500.0, most=80)
    disagreeing = Sample(chains, np.array([1.001, 1.02, LARGEST_RHAT]), np.array([10.0, 900.0, 20.0]))
    assert _complaint(disagreeing, names, budget).startswith(
        "the fit has not mixed after 80 steps: b has R-hat 1.020 and 900 effective draws; R-hat must be at most 1.01"
    )
    few = Sample(chains, np.array([1.001, 1.002, LARGEST_RHAT]), np.array([30.0, 10.0, 20.0]))
    assert "steps: b has R-hat 1.002 and 10 effective draws" in _complaint(few, names, budget)


@pytest.mark.parametrize(("number", "each"), [(6, 2), (7, 2), (1, 1), (300, 20)])
def test_draws_that_are_kept_lie_evenly_over_steps_and_walkers(number, each):
    chains = np.arange(3 * 5 * 4 * 2).reshape(3, 5, 4, 2).astype(float)
    kept = Sample(chains, np.ones(2), np.ones(2)).thinned(number)
    assert kept.shape == (3, each, 2)
    places = [int(19 * i / max(each - 1, 1)) for i in range(each)]
    for ensemble in range(3):
        expected = [chains[ensemble, place // 4, place % 4].tolist() for place in places]
        assert kept[ensemble].tolist() == expected
