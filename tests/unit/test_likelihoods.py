"""The laws of the likelihood against convolutions, matrices and integrals that share nothing with them.

How the pieces draw on a front, and the sum, is in `test_likelihood_sum`.
"""

from __future__ import annotations

import numpy as np
import pytest
from event_times import event_log_likelihood, past_sums
from scipy import integrate, special, stats
from slow_likelihood import Exchange
from slow_likelihood import policy_weights as slow_policy_weights

from sim.inference.bivariate_hawkes import Rhythm, Sides
from sim.inference.death_tolls import _zeta_mass, log_chance_of_count, log_chance_of_share, log_chance_of_total
from sim.inference.likelihood import Lag, log_chance_of_lags
from sim.inference.response_rates import Provocation, policy_weights

# Two draws; no two numbers of a draw are alike.
MATRIX = np.array([[[0.15, 0.31], [0.08, 0.17]], [[2.3, 0.9], [0.28, 0.12]]])
BACKGROUND = np.array([[1.5, 0.7], [3.2, 1.1]])
RATES = np.stack([np.linalg.solve(np.eye(2) - MATRIX[:, :, n], BACKGROUND[:, n]) for n in (0, 1)], axis=1)
DELAYS = np.array([[0.6, 0.15], [0.25, 1.4]])
MIXING = np.array([[0.4, 1.3], [0.9, 0.2]])
SIDES = Sides(RATES, MATRIX, DELAYS, MIXING)


def spectrum_by_matrices(n, side, frequency):
    """Return R Q R* per unit of rate, Q the rates and what the mixed reactions add."""
    kernel = MATRIX[:, :, n] / (1.0 + 1j * frequency * DELAYS[:, n, None])
    cross = kernel * (1.0 - np.eye(2))
    noise = np.diag(RATES[:, n]) + cross @ np.diag(RATES[:, n] * MIXING[:, n]) @ cross.conj().T
    r = np.linalg.inv(np.eye(2) - kernel)
    return np.real(r @ noise @ r.conj().T)[side, side] / RATES[side, n]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("frequency", [0.0, 0.4, 2.0, 9.0, 1e5])
def test_the_spectrum_is_that_of_two_sides_and_thins_to_one(side, frequency):
    found = SIDES.spectrum(side, np.array([frequency, 2.0 * frequency]))
    expected = [spectrum_by_matrices(n, side, (n + 1) * frequency) for n in (0, 1)]
    assert found == pytest.approx(expected, rel=1e-10)
    if frequency == 0.0:
        assert SIDES.fano(side) == pytest.approx(expected, rel=1e-10)
    detection = np.array([0.7, 0.2])
    view = SIDES.thin(side, detection)
    kernel = (view.weights / (view.fades + 1j * frequency * np.array([1.0, 2.0]))).sum(axis=0)
    thinned = 1.0 + detection * (np.array(expected) - 1.0)
    assert 1.0 / np.abs(1.0 - kernel) ** 2 == pytest.approx(thinned, rel=1e-6)
    branching = (view.weights / view.fades).sum(axis=0).real
    assert view.background / (1.0 - branching) == pytest.approx(detection * RATES[side])


@pytest.mark.parametrize("side", [0, 1])
def test_the_variance_over_mean_is_that_of_independent_clusters(side):
    for n in (0, 1):
        front = Exchange({}, RATES[:, n], MATRIX[:, :, n], DELAYS[:, n], MIXING[:, n], 0.0)
        assert SIDES.fano(side)[n] == pytest.approx(front.fano(side), rel=1e-12)


def test_variances_over_means_are_those_of_the_brief():
    matrix = MATRIX[:, :, :1]
    plain = Sides(RATES[:, :1], matrix, np.full((2, 1), 0.6), np.zeros((2, 1)))
    assert [plain.fano(side)[0] for side in (0, 1)] == pytest.approx([2.99129, 10.19714], abs=1e-4)


def test_a_full_view_of_a_side_that_nobody_else_excites_is_exact():
    matrix = np.array([[0.3, 0.0], [0.0, 0.2]])[:, :, None]
    delay = np.array([[0.5], [0.7]])
    rates = np.array([[1.5 / 0.7], [2.0 / 0.8]])
    times = np.sort(np.random.default_rng(2).uniform(0, 30, 60))
    exposure = (np.ones((60, 1)), 30.0)
    seen = Sides(rates, matrix, delay, np.zeros((2, 1))).thin(0, 1.0).log_likelihood(times, 30.0, Rhythm(), exposure)
    exact = event_log_likelihood(times, np.zeros(60, dtype=int), 30.0, np.array([[1.5]]), matrix[:1, :1], delay[:1])
    assert seen[0] == pytest.approx(exact[0], abs=1e-6)


def test_a_view_of_acts_that_provoke_nothing_is_poisson():
    """Both parts of the kernel fade at one rate then, and have no height."""
    calm = Sides(np.array([[2.0], [3.0]]), np.zeros((2, 2, 1)), np.full((2, 1), 0.5), np.zeros((2, 1)))
    view = calm.thin(1, np.array([0.4]))
    times = np.array([0.5, 2.25, 2.5])
    found = view.log_likelihood(times, 4.0, Rhythm(), (np.ones((3, 1)), 4.0))
    assert found == pytest.approx([3 * np.log(1.2) - 4.8])


def test_a_rate_that_inhibition_would_turn_negative_stays_just_above_zero():
    """The kernel of a view may have a negative part; a thousandth of the background is left."""
    view = SIDES.thin(1, np.array([1.0, 1.0]))
    times, exposure = np.array([1.0, 1.5]), (np.array([[1.0], [-50.0]]), 3.0)
    plain, low = (view.log_likelihood(times, 3.0, Rhythm(), (factor, 3.0)) for factor in (np.ones((2, 1)), exposure[0]))
    kernel = np.real(view.weights * np.exp(-0.5 * view.fades)).sum(axis=0)
    assert plain - low == pytest.approx(np.log((view.background + kernel) / (1e-3 * view.background)))


# --------------------------------------------------------------------------------------------------------------- times


def test_the_past_of_events_is_the_sum_over_those_before():
    """The record is thousands of the shortest delay long, so that it falls into blocks; two acts share a moment."""
    generator = np.random.default_rng(5)
    times = np.sort(np.concatenate([generator.uniform(3.0, 40.0, 60), [7.7, 7.7]]))
    senders, delays = generator.integers(0, 3, times.size), np.array([0.002, 0.05, 2.0])
    expected = np.zeros((3, times.size, 3))
    for i in range(times.size):
        for j in range(i):
            expected[senders[j], i] += np.exp(-(times[i] - times[j]) / delays)
    assert past_sums(times, senders, 3, delays) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert past_sums(times[:0], senders[:0], 3, delays).shape == (3, 0, 3)


def test_the_likelihood_of_all_events_is_the_written_out_sum():
    generator = np.random.default_rng(1)
    times, senders, days = np.sort(generator.uniform(0, 40, 70)), generator.integers(0, 3, 70), 41.0
    background, matrix = generator.uniform(1, 3, (3, 2)), generator.uniform(0.05, 0.3, (3, 3, 2))
    delays = generator.uniform(0.02, 1, (3, 2))
    for own in (delays, np.repeat(delays[1:2], 3, axis=0)):
        expected = np.zeros(2)
        for d in range(2):
            for i, (now, mine) in enumerate(zip(times, senders, strict=True)):
                tau = own[mine, d]
                past = [matrix[mine, senders[j], d] / tau * np.exp(-(now - times[j]) / tau) for j in range(i)]
                expected[d] += np.log(background[mine, d] + sum(past))
            for party in range(3):
                expected[d] -= background[party, d] * days
                expected[d] -= (matrix[party, senders, d] * -np.expm1(-(days - times) / own[party, d])).sum()
        found = event_log_likelihood(times, senders, days, background, matrix, own)
        assert found == pytest.approx(expected, rel=1e-12)
    shared = event_log_likelihood(times, senders, days, background, matrix, own[:1])
    assert shared == pytest.approx(expected, rel=1e-12)


def test_the_rhythm_follows_the_hours_of_the_events():
    times = np.array([0.6, 1.65, 2.7, 3.65])
    rhythm, turn = Rhythm.of(times), 2.0 * np.pi
    first = [np.mean([wave(turn * t) for t in times]) for wave in (np.cos, np.sin)]
    # The moments of these hours are near 1; the factor stays above 0.
    assert np.hypot(rhythm.cosine, rhythm.sine) == pytest.approx(0.95)
    assert rhythm.sine / rhythm.cosine == pytest.approx(first[1] / first[0])
    assert np.sign([rhythm.cosine, rhythm.sine]).tolist() == np.sign(first).tolist() == [-1.0, -1.0]
    spread = Rhythm.of(np.array([0.1, 0.35, 0.8]))
    assert spread.cosine == pytest.approx(2 * np.mean(np.cos(turn * np.array([0.1, 0.35, 0.8]))))
    assert spread.sine == pytest.approx(2 * np.mean(np.sin(turn * np.array([0.1, 0.35, 0.8]))))
    assert Rhythm.of(times[:0]) == Rhythm() == Rhythm(0.0, 0.0)


def test_the_rhythm_has_mean_one_and_its_integral():
    rhythm = Rhythm(0.35, -0.22)
    ends = np.array([0.2, 0.9, 3.3])
    by_hand = [integrate.quad(lambda t: rhythm.at(np.array([t]))[0], 0.0, end)[0] for end in ends]
    assert rhythm.integral(ends) == pytest.approx(by_hand, rel=1e-9)
    assert rhythm.integral(np.array([0.0, 1.0, 4.0])) == pytest.approx([0.0, 1.0, 4.0])
    assert rhythm.at(np.array([0.0, 0.25, 0.5, 0.75])) == pytest.approx([1.35, 0.78, 0.65, 1.22])


# ------------------------------------------------------------------------------------------------------ counts, tolls

MEANS, FANOS = np.array([7.0, 3.5, 11.0]), np.array([2.2, 1.4, 1.0])


def acts_by_convolution(mean, fano, largest):
    """Return the law of a number of acts as that of Poisson clusters whose sizes are logarithmic."""
    size, clusters = np.eye(1, largest + 1, 1)[0], mean
    if fano > 1.0:
        numbers, p = np.arange(1, largest + 1), 1.0 - 1.0 / fano
        size[1:], clusters = p**numbers / numbers / np.log(fano), mean * np.log(fano) / (fano - 1.0)
    law, power = np.zeros(largest + 1), np.eye(1, largest + 1)[0]
    for of_clusters in stats.poisson.pmf(np.arange(largest + 1), clusters):
        law += of_clusters * power
        power = np.convolve(power, size)[: largest + 1]
    return law


def test_a_count_has_the_law_the_mean_and_the_variance_of_clusters():
    numbers = np.arange(130)
    found = np.exp([log_chance_of_count(int(n), MEANS, FANOS) for n in numbers])
    for lane, (mean, fano) in enumerate(zip(MEANS, FANOS, strict=True)):
        assert found[:, lane] == pytest.approx(acts_by_convolution(mean, fano, 129), rel=2e-5, abs=1e-12)
    assert found.sum(axis=0) == pytest.approx(1.0, rel=1e-6)
    assert numbers @ found == pytest.approx(MEANS, rel=1e-6)
    assert np.square(numbers) @ found - MEANS**2 == pytest.approx(MEANS * FANOS, rel=1e-5)


EXPONENTS, SHARES = np.array([[2.5, 2.1, 2.9], [1.8, 2.3, 2.6]]), np.array([[0.3, 1.0, 0.65], [0.7, 0.0, 0.35]])
TOLLS = [
    (9, 17, 11),
    (8, 8, 300),
    (30, 44, 5),
    (0, 0, 300),
    (0, 3, 1),
    (1, 70, 1000),
    (42, 42, 40),
    (43, 43, 40),
    (130, 170, 300),
]


@pytest.mark.parametrize(("low", "high", "largest"), TOLLS)
def test_a_toll_has_the_law_of_a_convolution(low, high, largest):
    """Both bounds of the toll belong to it, and so does the largest number that one act may have killed."""
    found = np.exp(log_chance_of_total(low, high, largest, MEANS, FANOS, EXPONENTS, SHARES))
    for lane in range(3):
        one = np.zeros(high + 1)
        for exponent, share in zip(EXPONENTS[:, lane], SHARES[:, lane], strict=True):
            zeta = np.arange(1, 301) ** -exponent
            some = min(largest, high)
            one[1 : some + 1] += share * (zeta / zeta.sum())[:some]
        total, power = np.zeros(high + 1), np.eye(1, high + 1)[0]
        for chance in acts_by_convolution(MEANS[lane], FANOS[lane], high):
            total += chance * power
            power = np.convolve(power, one)[: high + 1]
        assert found[lane] == pytest.approx(total[low : high + 1].sum(), rel=2e-5, abs=2e-9)


def test_an_impossible_toll_has_the_least_chance_and_not_none():
    found = log_chance_of_total(50, 50, 1, *(np.array(x) for x in ([0.5], [1.2], [[2.5]], [[1.0]])))
    assert found == pytest.approx([np.log(1e-9)])


def test_a_share_has_the_binomial_law_and_its_variance():
    parts, share = np.arange(10), np.array([0.3, 0.85])
    found = np.exp([log_chance_of_share(int(k), 9, share) for k in parts])
    assert found == pytest.approx(stats.binom(9, share).pmf(parts[:, None]), rel=1e-9)
    assert np.square(parts) @ found - (parts @ found) ** 2 == pytest.approx(9 * share * (1 - share))
    at_the_ends = np.array([0.0, 1.0])
    assert log_chance_of_share(0, 4, at_the_ends) == pytest.approx([0.0, 4 * np.log(1e-9)], abs=1e-6)
    assert log_chance_of_share(3, 4, at_the_ends) == pytest.approx(np.log(4) + np.log(1e-9) * np.array([3.0, 1.0]))


# ----------------------------------------------------------------------------------------------------- stated triggers


def test_bounds_of_lags_are_intervals_of_exponential_laws():
    lags = [Lag("b", "a", "I-L", 0.1, 0.5), Lag("d", "c", "L-I", 0.0, 2.0), Lag("f", "e", "I-L", 90.0, 95.0)]
    delays = {"I-L": np.array([0.2, 2.0]), "L-I": np.array([0.7, 0.3])}
    found = log_chance_of_lags(lags, delays)
    laws = {name: stats.expon(scale=mean) for name, mean in delays.items()}
    chances = [laws[lag.dyad].cdf(lag.high) - laws[lag.dyad].cdf(lag.low) for lag in lags]
    # A lag that a draw all but excludes leaves it a chance of 1e-12.
    expected = np.log(chances[0]) + np.log(chances[1]) + np.log(1e-12)
    assert found == pytest.approx(expected, rel=1e-9)
    assert log_chance_of_lags(lags[:1], delays) == pytest.approx(np.log(chances[0]))


def test_policy_weights_are_those_of_the_answers_with_the_reporting_integrated_out():
    """One value of the multiplier for each rung and policy; every act of another rung."""
    multipliers = {"full": [0.0, 0.2, 0.5, 0.8, 1.0, 1.2], "half": [0.0, 0.3, 0.4, 0.55, 0.45, 0.35]}
    acts = [
        Provocation(str(i), rung, answered) for i, (rung, answered) in enumerate([(5, True), (4, False), (2, True)])
    ]
    found = policy_weights(acts, {name: np.array(by_rung) for name, by_rung in multipliers.items()}, excitation=1.7)
    assert found == pytest.approx(slow_policy_weights(acts, multipliers, 1.7), rel=1e-4)
    assert policy_weights([], {"a": np.zeros(7), "b": np.ones(7)}, 2.0) == {"a": 0.5, "b": 0.5}


def test_policy_weights_move_with_the_answers_and_stay_near_equal():
    multipliers = {"full": np.array([0, 1, 1, 1, 1.0]), "half": np.full(5, 0.5), "never": np.zeros(5)}
    acts = [Provocation(str(i), 4, answered=i < 4) for i in range(8)]
    weights = policy_weights(acts, multipliers, excitation=2.2)
    assert weights["never"] < 1e-6
    assert 0.3 < weights["full"] < 0.7


def test_the_mass_of_the_truncated_zeta_law_ends_with_300():
    exponents = np.array([1.6, 2.5])
    assert _zeta_mass(exponents) == pytest.approx((np.arange(1, 301)[:, None] ** -exponents).sum(axis=0), rel=1e-10)
    assert special.zeta(2.5, 301) > 1e-5
