"""Laws of chance against their distribution functions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from sim.core.distributions import (
    LARGEST_KILLED,
    N_SLICES,
    CountTable,
    GammaFactors,
    NoiseFactors,
    ZetaTable,
    binomial,
    poisson,
)
from sim.core.random_streams import Streams

UNIFORMS = Streams(11, np.arange(4000)).uniform("test", "laws", 0)
NEAREST_TO_ONE = 1.0 - 2.0**-53
MIDDLES = (np.arange(200_000) + 0.5) / 200_000


@pytest.mark.parametrize("mean", [1e-9, 0.01, 0.3, 1.0, 7.5, 40.0, 59.99, 60.0, 60.01, 200.0, 5e3, 1e5, 1e6])
def test_poisson_inverts_the_distribution_function(mean):
    uniforms = UNIFORMS[: 4000 if mean < 1e4 else 400]
    counts = poisson(uniforms, np.full(uniforms.shape, mean))
    assert np.array_equal(counts, stats.poisson.ppf(uniforms, mean).astype(int))


def test_poisson_takes_a_mean_for_each_uniform_and_keeps_the_shape():
    means = np.resize([0.0, 0.2, 3.0, 75.0], UNIFORMS.shape).reshape(40, -1)
    counts = poisson(UNIFORMS.reshape(40, -1), means)
    assert counts.shape == (40, 100)
    assert np.array_equal(counts, stats.poisson.ppf(UNIFORMS.reshape(40, -1), means).astype(int))


def test_poisson_of_mean_zero_is_zero():
    assert not poisson(np.array([1e-300, 0.5, NEAREST_TO_ONE]), np.zeros(3)).any()


@pytest.mark.parametrize("mean", [0.01, 1.0, 60.0, 61.0, 1e4])
def test_poisson_ends_at_the_uniform_nearest_to_one(mean):
    count = poisson(np.array([NEAREST_TO_ONE]), np.array([mean]))[0]
    assert mean < count < mean + 20.0 * np.sqrt(mean) + 40.0


@pytest.mark.parametrize("mean", [0.5, 12.0, 59.0])
def test_poisson_counts_the_boundary_in(mean):
    """The count is the smallest k with P(N <= k) >= u: at u = P(N <= 0) it is still 0, just above it is 1."""
    zero = np.exp(-mean)
    assert poisson(np.array([zero, np.nextafter(zero, 1)]), np.full(2, mean)).tolist() == [0, 1]


@pytest.mark.parametrize("mean", [60.01, 200.0, 5e3])
def test_a_large_poisson_count_is_the_smallest_whose_chance_of_no_more_reaches_the_uniform(mean):
    counts = np.arange(int(mean - 3 * np.sqrt(mean)), int(mean + 3 * np.sqrt(mean)))
    edges, means = special.pdtr(counts, mean), np.full(counts.shape, mean)
    assert poisson(edges, means).tolist() == counts.tolist()
    assert poisson(edges * (1 + 1e-12), means).tolist() == (counts + 1).tolist()


@pytest.mark.parametrize(("trials", "probability"), [(1, 0.4), (2, 0.1), (5, 0.4), (30, 0.4), (300, 0.1), (300, 0.4)])
def test_binomial_inverts_the_distribution_function(trials, probability):
    counts = binomial(UNIFORMS, np.full(UNIFORMS.shape, trials), np.full(UNIFORMS.shape, probability))
    assert np.array_equal(counts, stats.binom.ppf(UNIFORMS, trials, probability).astype(int))


def test_binomial_at_its_ends():
    uniforms, trials = np.array([1e-12, 0.5, NEAREST_TO_ONE]), np.array([0, 3, 7])
    assert binomial(uniforms, trials, np.zeros(3)).tolist() == [0, 0, 0]
    assert binomial(uniforms, trials, np.ones(3)).tolist() == [0, 3, 7]


@pytest.mark.parametrize(
    ("exponent", "mean", "four", "twelve"),
    [(2.3, 2.3255, 0.1040, 0.0221), (2.5, 1.8615, 0.0749, 0.0126), (2.7, 1.5915, 0.0540, 0.0072)],
)
def test_zeta_law_has_the_moments_of_the_brief(exponent, mean, four, twelve):
    table = ZetaTable(np.array([[exponent]]))
    assert table.mean == pytest.approx(np.array([[mean]]), abs=5e-5)
    zeros = np.zeros(MIDDLES.size, dtype=np.int64)
    killed = table.killed(MIDDLES, zeros, zeros)
    law = np.arange(1, 301) ** -exponent
    counted = np.bincount(killed, minlength=301)[1:] / MIDDLES.size
    assert np.abs(np.cumsum(counted) - np.cumsum(law) / law.sum()).max() <= 1.0 / MIDDLES.size
    assert killed.min() == 1
    assert killed.max() <= LARGEST_KILLED
    assert killed.mean() == pytest.approx(mean, abs=2e-3)
    assert (killed >= 4).mean() == pytest.approx(four, abs=6e-5)
    assert (killed >= 12).mean() == pytest.approx(twelve, abs=6e-5)


def test_zeta_law_differs_by_party_and_replicate():
    table = ZetaTable(np.array([[2.3, 2.7, 2.3], [2.5, 2.5, 2.5]]))
    lanes = np.repeat(np.arange(3), MIDDLES.size)
    first, second = (table.killed(np.tile(MIDDLES, 3), np.full(lanes.shape, party), lanes) for party in (0, 1))
    by_lane = first.reshape(3, -1)
    assert np.array_equal(by_lane[0], by_lane[2])
    assert by_lane.mean(axis=1) == pytest.approx([2.3255, 1.5915, 2.3255], abs=2e-3)
    assert second.reshape(3, -1).mean(axis=1) == pytest.approx([1.8615] * 3, abs=2e-3)


def test_exponents_of_the_zeta_law_are_told_apart_to_a_hundredth():
    means = ZetaTable(np.array([[2.503, 2.497, 2.5, 2.506, 2.51]])).mean[0]
    assert means[:3].tolist() == [means[2]] * 3
    assert means[3] == means[4] < means[2]


def test_mean_log_civilians_by_hand():
    """log(1 + civilians) over the law of killed and the binomial law of civilians among them."""
    table = ZetaTable(np.array([[2.5, 3.0]]))
    k = np.arange(1, 301)
    civilians = [stats.binom.pmf(np.arange(n + 1), n, 0.4) @ np.log1p(np.arange(n + 1)) for n in k]
    for lane, exponent in enumerate((2.5, 3.0)):
        law = k**-exponent / (k**-exponent).sum()
        assert table.mean_log_civilians(0, 0.4)[lane] == pytest.approx(law @ civilians, rel=1e-9)
    assert table.mean_log_civilians(0, 0.0).tolist() == [0.0, 0.0]
    assert table.mean_log_civilians(0, 1.0)[0] == pytest.approx((k**-2.5 * np.log1p(k)).sum() / (k**-2.5).sum())


def test_count_table_is_exact_at_its_edges():
    table = CountTable(np.array([[0.25, 0.5, 0.25], [0.0, 0.0, 1.0]]), first=1)
    uniforms = np.array([1e-16, 0.25, np.nextafter(0.25, 1), 0.75, NEAREST_TO_ONE])
    assert table.counts(uniforms, np.zeros(5, dtype=np.int64)).tolist() == [1, 1, 2, 2, 3]
    assert table.counts(uniforms[1:], np.ones(4, dtype=np.int64)).tolist() == [3, 3, 3, 3]


def test_every_law_of_a_count_table_is_looked_up_by_itself():
    generator = np.random.default_rng(2)
    probabilities = generator.dirichlet(np.full(7, 0.6), size=5)
    for numbers in (None, np.array([3, 8, 9, 40, 200])):
        table = CountTable(probabilities, first=2, numbers=numbers)
        laws = generator.integers(0, 5, 3000)
        counts = table.counts(UNIFORMS[:3000], laws)
        for uniform, law, count in zip(UNIFORMS[:3000], laws, counts, strict=True):
            below = np.cumsum(probabilities[law])
            assert count == 2 + np.count_nonzero(below[:-1] < uniform)


def test_count_table_never_falls_below_its_first_count():
    table = CountTable(np.full((2, 2), 0.5), first=1)
    assert table.counts(np.array([2.0**-53]), np.ones(1, dtype=np.int64)).tolist() == [1]


def test_binomial_with_many_trials_and_a_high_share():
    counts = binomial(UNIFORMS, np.full(UNIFORMS.shape, 300), np.full(UNIFORMS.shape, 0.95))
    assert np.array_equal(counts, stats.binom.ppf(UNIFORMS, 300, 0.95).astype(int))


@pytest.mark.parametrize("variance", [0.05, 0.5, 1.0, 2.0])
def test_gamma_factors_have_mean_one_and_their_variance(variance):
    factors = GammaFactors(np.array([[variance]]))
    middles, zeros = (np.arange(N_SLICES) + 0.5) / N_SLICES, np.zeros(N_SLICES, dtype=np.int64)
    values = factors.look_up(middles, zeros, zeros)
    assert values.mean() == pytest.approx(1.0, abs=1e-12)
    assert values.min() >= 0
    assert 0.99 * variance <= values.var() <= variance


def test_shapes_of_gamma_factors_are_told_apart_to_a_tenth_and_end_at_one():
    factors = GammaFactors(np.array([[1.0 / 1.04, 1.0, 1.0 / 1.06, 1.0 / 1.1, 50.0, 10.0]]))
    middles, zeros = (np.arange(N_SLICES) + 0.5) / N_SLICES, np.zeros(N_SLICES, dtype=np.int64)
    values = [factors.look_up(middles, zeros, zeros + lane).tolist() for lane in range(6)]
    assert values[0] == values[1] != values[2] == values[3]
    assert values[4] == values[5]


def test_gamma_factors_of_no_variance_are_one():
    factors = GammaFactors(np.array([[0.0, 1.0]]))
    assert not factors.is_constant
    zeros, ones = np.zeros(2, dtype=np.int64), np.ones(2, dtype=np.int64)
    assert factors.look_up(np.array([0.1, 0.9]), zeros, zeros).tolist() == [1.0, 1.0]
    assert factors.look_up(np.array([0.1, 0.9]), zeros, ones) == pytest.approx(-np.log1p([-0.1, -0.9]), rel=0.01), (
        "variance 1 is the exponential law"
    )
    assert GammaFactors(np.zeros((1, 3))).is_constant


@pytest.mark.parametrize("spread", [0.1, 0.4, 1.0])
def test_noise_factors_have_mean_one_and_their_spread(spread):
    middles, zeros = (np.arange(N_SLICES) + 0.5) / N_SLICES, np.zeros(N_SLICES, dtype=np.int64)
    values = NoiseFactors(np.array([[spread]])).look_up(middles, zeros, zeros)
    assert values.mean() == pytest.approx(1.0, abs=1e-12)
    assert np.all(np.diff(values) > 0)
    # Slices shorten the far tail, so the logarithm spreads a little less than the law's.
    assert 0.98 * spread <= np.log(values).std() <= spread


def test_no_noise_is_exactly_one():
    zeros = np.zeros(3, dtype=np.int64)
    assert NoiseFactors(np.zeros((1, 1))).look_up(np.array([0.01, 0.5, 0.99]), zeros, zeros).tolist() == [1.0, 1.0, 1.0]
