"""The pieces of the likelihood against formulas and simulations that share nothing with them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.inference.bivariate_hawkes import Rhythm, Sides
from sim.inference.death_tolls import log_chance_of_count, log_chance_of_share, log_chance_of_total
from sim.inference.event_times import event_log_likelihood
from sim.inference.stated_triggers import Lag, Provocation, log_chance_of_lags, policy_weights

MATRIX = np.array([[0.15, 0.08], [2.3, 0.28]])
RATES = np.linalg.solve(np.eye(2) - MATRIX, [1.5, 3.2])


def s217(mixing=0.0):
    return Sides(RATES[:, None], MATRIX[:, :, None], np.full((2, 1), 0.6), np.full((2, 1), mixing))


def test_event_likelihood_is_the_written_out_sum():
    generator = np.random.default_rng(1)
    times, senders, draws, days = np.sort(generator.uniform(0, 40, 120)), generator.integers(0, 2, 120), 4, 40.0
    background = generator.uniform(1, 3, (2, draws))
    matrix, delay = generator.uniform(0.05, 0.4, (2, 2, draws)), generator.uniform(0.02, 1, (2, draws))
    expected = np.zeros(draws)
    for d in range(draws):
        for i, (now, mine) in enumerate(zip(times, senders, strict=True)):
            past = [
                matrix[mine, senders[j], d] / delay[mine, d] * np.exp(-(now - times[j]) / delay[mine, d])
                for j in range(i)
            ]
            expected[d] += np.log(background[mine, d] + sum(past))
        for party in (0, 1):
            expected[d] -= background[party, d] * days
            expected[d] -= (matrix[party, senders, d] * -np.expm1(-(days - times) / delay[party, d])).sum()
    found = event_log_likelihood(times, senders, days, background, matrix, delay)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_event_likelihood_survives_delays_far_shorter_than_the_record():
    times, senders = np.array([1.0, 1.001, 300.0]), np.array([0, 0, 0])
    found = event_log_likelihood(times, senders, 320.0, np.array([[0.5]]), np.array([[[0.4]]]), np.array([[0.001]]))
    rates = [0.5, 0.5 + 400 * np.exp(-1.0), 0.5]
    assert found[0] == pytest.approx(np.log(rates).sum() - 160.0 - 3 * 0.4)


def test_fano_factors_are_those_of_the_brief():
    assert s217().fano(0)[0] == pytest.approx(2.99129, abs=1e-4)
    assert s217().fano(1)[0] == pytest.approx(10.19714, abs=1e-4)


def test_full_view_of_a_side_that_nobody_else_excites_is_exact():
    matrix = np.array([[0.3, 0.0], [0.0, 0.2]])[:, :, None]
    delay = np.array([[0.5], [0.7]])
    rates = np.array([[1.5 / 0.7], [2.0 / 0.8]])
    times = np.sort(np.random.default_rng(2).uniform(0, 30, 60))
    exposure = (np.ones((60, 1)), 30.0)
    seen = Sides(rates, matrix, delay, np.zeros((2, 1))).thin(0, 1.0).log_likelihood(times, 30.0, Rhythm(), exposure)
    exact = event_log_likelihood(times, np.zeros(60, dtype=int), 30.0, np.array([[1.5]]), matrix[:1, :1], delay[:1])
    assert seen[0] == pytest.approx(exact[0], abs=1e-6)


@pytest.mark.parametrize("detection", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("mixing", [0.0, 0.8])
def test_view_has_the_thinned_rate_and_spectrum(detection, mixing):
    sides = s217(mixing)
    view = sides.thin(0, detection)
    for frequency in (0.0, 0.4, 2.0, 9.0):
        kernel = (view.weights[:, 0] / (view.fades[:, 0] + 1j * frequency)).sum()
        thinned = 1.0 + detection * (sides.spectrum(0, np.array([frequency]))[0] - 1.0)
        assert 1.0 / abs(1.0 - kernel) ** 2 == pytest.approx(thinned, rel=1e-6)
    branching = (view.weights[:, 0] / view.fades[:, 0]).sum().real
    assert view.background[0] / (1.0 - branching) == pytest.approx(detection * RATES[0])


def test_compensator_of_a_view_is_the_integral_of_its_rate():
    view, rhythm = s217().thin(0, 0.6), Rhythm(0.5, -0.3)
    times, days = np.sort(np.random.default_rng(3).uniform(0, 20, 30)), 20.0
    grid = np.linspace(0, days, 400_001)
    age = np.maximum(grid[:, None] - times, 0.0)
    past = grid[:, None] > times
    rate = view.background[0] + sum(
        np.real(weight * np.exp(-fade * age) * past).sum(axis=1)
        for fade, weight in zip(view.fades[:, 0], view.weights[:, 0], strict=True)
    )
    whole = np.trapezoid(rate * rhythm.at(grid), grid)
    before = np.searchsorted(grid, times) - 1
    logs = np.log(rate[before] * rhythm.at(times)).sum()
    exposure = (np.ones((30, 1)), float(rhythm.integral(np.array([days]))[0]))
    assert view.log_likelihood(times, days, rhythm, exposure)[0] == pytest.approx(logs - whole, abs=2e-2)


def test_rhythm_has_mean_one_and_peaks_when_the_events_do():
    rhythm = Rhythm.of(np.array([0.6, 1.65, 2.7, 3.65]))
    assert rhythm.integral(np.array([1.0]))[0] == pytest.approx(1.0)
    hours = np.linspace(0, 1, 97)
    assert hours[rhythm.at(hours).argmax()] == pytest.approx(0.65, abs=0.02)
    assert rhythm.at(hours).min() > 0


def test_total_of_deaths_is_the_compound_law():
    generator = np.random.default_rng(4)
    mean, fano, exponent = 40.0, 2.5, 2.5
    sizes = np.arange(1, 301) ** -exponent
    acts = generator.negative_binomial(mean / (fano - 1), 1 / fano, 100_000)
    owner = np.repeat(np.arange(acts.size), acts)
    killed = generator.choice(np.arange(1, 301), acts.sum(), p=sizes / sizes.sum())
    total, largest = np.bincount(owner, killed, acts.size), np.zeros(acts.size)
    np.maximum.at(largest, owner, killed)
    for low, high, most in ((81, 93, 11), (8, 8, 300), (60, 60, 5)):
        share = ((total >= low) & (total <= high) & (largest <= most)).mean()
        found = np.exp(log_chance_of_total(low, high, most, *(np.array([x]) for x in (mean, fano, exponent))))[0]
        assert found == pytest.approx(share, abs=4 * np.sqrt(share / 100_000) + 1e-5)


def test_counts_and_shares_are_laws():
    mean, fano = np.array([7.0]), np.array([2.2])
    chances = np.array([np.exp(log_chance_of_count(n, mean, fano))[0] for n in range(200)])
    assert chances.sum() == pytest.approx(1.0)
    assert (chances * np.arange(200)).sum() == pytest.approx(7.0)
    parts = np.array([np.exp(log_chance_of_share(k, 9, np.array([0.3])))[0] for k in range(10)])
    assert parts.sum() == pytest.approx(1.0)
    assert (parts * np.arange(10)).sum() == pytest.approx(2.7)


def test_bounds_of_a_lag_are_an_interval_of_the_exponential_law():
    lags = [Lag("b", "a", "I-L", 0.1, 0.5)]
    found = log_chance_of_lags(lags, {"I-L": np.array([0.2, 2.0])})
    np.testing.assert_allclose(np.exp(found), np.exp(-np.array([0.5, 0.05])) - np.exp(-np.array([2.5, 0.25])))


def test_policy_weights_move_with_the_answers_and_stay_near_equal():
    multipliers = {"full": np.array([0, 1, 1, 1, 1.0]), "half": np.full(5, 0.5), "never": np.zeros(5)}
    acts = [Provocation(str(i), 4, answered=i < 4) for i in range(8)]
    weights = policy_weights(acts, multipliers, excitation=2.2)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["never"] < 1e-6
    assert 0.3 < weights["full"] < 0.7
