"""The kernel's laws of chance: each is a function of one uniform, here against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from records_by_hand import binomial, happens, mixed, normal, numbered, numbers_at, poisson, uniforms
from scipy import special, stats

from sim.core.random_streams import Streams, mix, uniforms_at

UNIFORMS = Streams(11, np.arange(4000)).uniform("test", "laws", 0)
NEAREST_TO_ZERO, NEAREST_TO_ONE = 2.0**-53, 1.0 - 2.0**-53
GAMMA = 0x9E3779B97F4A7C15
# Vigna's splitmix64.c and the implementations checked against it: the first outputs for two seeds.
VECTORS = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B],
    1234567: [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ],
}


def counters_of(seed: int) -> np.ndarray:
    return np.array([(seed + (k + 1) * GAMMA) % 2**64 for k in range(5)], dtype=np.uint64)


@pytest.mark.parametrize("seed", VECTORS)
@pytest.mark.parametrize("form", [mix, mixed], ids=["numpy", "kernel"])
def test_mix_is_the_finaliser_of_splitmix64(form, seed):
    assert form(counters_of(seed)).tolist() == VECTORS[seed]


@pytest.mark.parametrize("seed", VECTORS)
def test_uniforms_are_the_high_bits_of_splitmix64(seed):
    expected = [((word >> 12) + 0.5) / 2**52 for word in VECTORS[seed]]
    assert uniforms(counters_of(seed)).tolist() == expected
    assert uniforms_at(counters_of(seed), np.uint64(0)).tolist() == expected


def test_uniforms_leave_the_words_alone():
    words = np.arange(5, dtype=np.uint64)
    uniforms(words)
    uniforms_at(words, np.uint64(3))
    assert words.tolist() == [0, 1, 2, 3, 4]


def test_the_kernel_and_the_streams_draw_the_same_from_many_words():
    words = np.arange(200_000, dtype=np.uint64) * np.uint64(GAMMA)
    assert uniforms(words + np.uint64(12345)).tobytes() == uniforms_at(words, np.uint64(12345)).tobytes()
    assert np.all((uniforms(words) > 0) & (uniforms(words) < 1))


def test_acts_that_share_an_address_have_words_of_their_own():
    roots = np.arange(500, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03)
    words = np.concatenate([numbered(roots, np.full(500, ordinal)) for ordinal in range(8)])
    assert len(np.unique(words)) == words.size
    written = [mixed_in_full(mixed_in_full(int(roots[3])) + 7 * GAMMA)]
    assert numbered(roots[3:4], np.array([7])).tolist() == written


def mixed_in_full(word: int) -> int:
    word %= 2**64
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31


# --- Poisson


@pytest.mark.parametrize(
    "mean",
    [1e-9, 0.01, 0.3, 1.0, 7.5, 40.0, 59.99, 60.0, 60.01, 199.99, 200.0, 200.01, 201.0, 250.0, 700.0, 5e3, 2e4],
)
def test_poisson_inverts_the_distribution_function(mean):
    counts = poisson(UNIFORMS, mean)
    assert np.array_equal(counts, stats.poisson.ppf(UNIFORMS, mean).astype(int))


@pytest.mark.parametrize("mean", [1e5, 1e6])
def test_poisson_inverts_the_distribution_function_of_a_huge_mean(mean):
    draws = UNIFORMS[:400]
    assert np.array_equal(poisson(draws, mean), stats.poisson.ppf(draws, mean).astype(int))


def test_poisson_takes_a_mean_for_each_uniform():
    means = np.resize([0.0, 0.2, 3.0, 75.0, 300.0], UNIFORMS.shape)
    assert np.array_equal(poisson(UNIFORMS, means), stats.poisson.ppf(UNIFORMS, means).astype(int))


def test_poisson_of_mean_zero_is_zero():
    assert not poisson(np.array([1e-300, 0.5, NEAREST_TO_ONE]), 0.0).any()


@pytest.mark.parametrize("mean", [0.01, 1.0, 60.0, 61.0, 199.0, 201.0, 1e4])
def test_poisson_ends_at_the_uniform_nearest_to_one(mean):
    count = poisson(np.array([NEAREST_TO_ONE]), mean)[0]
    assert mean < count < mean + 20.0 * np.sqrt(mean) + 40.0


@pytest.mark.parametrize("mean", [200.5, 1e3, 1e5])
def test_a_large_poisson_count_of_the_least_uniform_lies_in_the_low_tail(mean):
    """The sum begins twelve deviations below the mean: below all that a uniform of 53 bits can tell."""
    count = poisson(np.array([NEAREST_TO_ZERO]), mean)[0]
    assert count == stats.poisson.ppf(NEAREST_TO_ZERO, mean)
    assert stats.poisson.cdf(int(mean - 12.0 * np.sqrt(mean)), mean) < 1e-16 * NEAREST_TO_ZERO


@pytest.mark.parametrize("mean", [0.5, 12.0, 59.0])
def test_poisson_counts_the_boundary_in(mean):
    """The count is the smallest k with P(N <= k) >= u: at u = P(N <= 0) it is still 0, just above it is 1."""
    zero = np.exp(-mean)
    assert poisson(np.array([zero, np.nextafter(zero, 1)]), mean).tolist() == [0, 1]


@pytest.mark.parametrize("mean", [60.01, 199.0, 200.0])
def test_a_poisson_count_is_the_smallest_whose_chance_of_no_more_reaches_the_uniform(mean):
    counts = np.arange(int(mean - 3 * np.sqrt(mean)), int(mean + 3 * np.sqrt(mean)))
    # A sum of a hundred terms is a few roundings off: a hair on either side of the edge the count is certain.
    edges = special.pdtr(counts, mean)
    assert poisson(edges * (1 - 1e-12), mean).tolist() == counts.tolist()
    assert poisson(edges * (1 + 1e-12), mean).tolist() == (counts + 1).tolist()


@pytest.mark.parametrize("mean", [200.01, 700.0, 5e3, 1e5])
def test_a_large_poisson_count_turns_over_at_the_edges_of_the_law(mean):
    counts = np.arange(int(mean - 3 * np.sqrt(mean)), int(mean + 3 * np.sqrt(mean)))
    edges = special.pdtr(counts, mean)
    assert poisson(edges * (1 - 1e-10), mean).tolist() == counts.tolist()
    assert poisson(edges * (1 + 1e-10), mean).tolist() == (counts + 1).tolist()


@pytest.mark.parametrize("mean", [199.5, 200.5, 450.0, 3e4])
def test_large_poisson_counts_have_their_moments(mean):
    draws = (np.arange(100_000) + 0.5) / 100_000
    counts = poisson(draws, mean)
    assert np.all(np.diff(counts) >= 0), "they rise with the uniform"
    assert counts.mean() == pytest.approx(mean, rel=1e-4)
    assert counts.var() == pytest.approx(mean, rel=1e-3)


def test_the_two_forms_of_the_poisson_law_meet():
    """Common luck: nothing jumps where the mean passes from one form of the sum to the other."""
    draws = UNIFORMS[:1000]
    below, above = poisson(draws, 200.0), poisson(draws, np.nextafter(200.0, 201.0))
    assert np.all(above >= below)
    assert (above != below).mean() < 1e-2


def test_poisson_by_hand():
    assert poisson(np.array([0.4999, 0.5001, 0.8467]), np.log(2.0)).tolist() == [0, 1, 2]
    zero = np.exp(-0.5)
    one = zero + zero * 0.5
    draws = np.array([zero, np.nextafter(zero, 1), one, np.nextafter(one, 1)])
    assert poisson(draws, 0.5).tolist() == [0, 1, 1, 2]
    # A large mean begins with chances that vanish; far beyond it they end the search.
    median, last = poisson(np.array([0.5, NEAREST_TO_ONE]), 59.0).tolist()
    assert (median, 100 < last < 200) == (59, True)


# --- Binomial


@pytest.mark.parametrize(
    ("trials", "chance"),
    [(1, 0.4), (2, 0.1), (5, 0.4), (30, 0.4), (30, 0.7), (300, 0.1), (300, 0.4), (300, 0.95)],
)
def test_binomial_inverts_the_distribution_function(trials, chance):
    counts = binomial(UNIFORMS, trials, chance)
    if chance <= 0.5:
        assert np.array_equal(counts, stats.binom.ppf(UNIFORMS, trials, chance).astype(int))
    else:
        # The failures are counted from the other end of the uniform.
        assert np.array_equal(counts, trials - stats.binom.ppf(1.0 - UNIFORMS, trials, 1.0 - chance).astype(int))


def test_binomial_with_many_trials_and_a_high_share():
    counts = binomial(UNIFORMS, 300, 0.95)
    assert np.array_equal(counts, stats.binom.ppf(UNIFORMS, 300, 0.95).astype(int))


def test_binomial_at_its_ends():
    draws, trials = np.array([1e-12, 0.5, NEAREST_TO_ONE]), np.array([0, 3, 7])
    assert binomial(draws, trials, 0.0).tolist() == [0, 0, 0]
    assert binomial(draws, trials, 1.0).tolist() == [0, 3, 7]


def test_a_binomial_count_is_the_smallest_whose_chance_of_no_more_reaches_the_uniform():
    """Whole chances of halves and quarters, so that uniforms fall on edges exactly."""
    edges = np.array([0.25, np.nextafter(0.25, 1), 0.75, np.nextafter(0.75, 1), 0.999])
    assert binomial(edges, 2, 0.5).tolist() == [0, 1, 1, 2, 2]
    assert binomial(edges, np.array([0, 1, 0, 1, 2]), 0.5).tolist() == [0, 0, 0, 1, 2]


# --- The normal law, and what happens by a rate


def test_normal_quantiles_are_those_of_scipy_to_the_last_bits():
    draws = np.concatenate([UNIFORMS, np.geomspace(2.0**-53, 0.5, 5000), 1.0 - np.geomspace(2.0**-53, 0.5, 5000)])
    found, expected = normal(draws), special.ndtri(draws)
    assert found == pytest.approx(expected, rel=2e-15, abs=1e-16)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("edge", [0.13533528323661269189, 1.0 - 0.13533528323661269189, 0.5, np.exp(-32.0)])
def test_normal_quantiles_rise_over_the_seams_of_their_forms(edge):
    draws = edge + np.arange(-50, 51) * 1e-9 * edge
    found = normal(draws)
    assert np.all(np.diff(found) > 0)
    assert found == pytest.approx(special.ndtri(draws), rel=1e-14, abs=1e-16)


def test_normal_quantiles_are_odd_around_the_middle():
    assert normal(np.array([0.5])).tolist() == [0.0]
    low = np.array([0.01, 0.125, 0.25, 0.4375])
    assert normal(1.0 - low) == pytest.approx(-normal(low), rel=1e-15)


@pytest.mark.parametrize("span", [0.25, 1.0, 5.0])
def test_something_of_a_rate_happens_with_its_exponential_chance(span):
    rates = np.geomspace(1e-9, 50.0, 400)
    chance = -np.expm1(-rates * span)
    # Two computations of the exponential differ in the last bit.
    unsure = chance < 0.999
    assert happens(chance * (1 - 1e-15), rates, span)[unsure].all()
    assert not happens(chance * (1 + 1e-15), rates, span)[unsure].any()
    draws = np.resize(UNIFORMS, 400)
    assert np.array_equal(happens(draws, rates, span), draws < chance)
    assert not happens(draws, np.zeros(400), span).any()


def test_numbers_are_read_by_address():
    table = np.arange(12.0).reshape(3, 4) / 7.0
    places = np.array([11, 0, 5, 5])
    assert numbers_at(table, places).tolist() == table.ravel()[places].tolist()
