"""The tables of the laws of chance against their distribution functions, looked up as the kernel does."""

from __future__ import annotations

import numpy as np
import pytest
from records_by_hand import counts_in, numbers_at
from scipy import stats

from sim.core.distributions import LARGEST_KILLED, N_SLICES, GammaFactors, NoiseFactors, ZetaTable, count_edges
from sim.core.random_streams import Streams

UNIFORMS = Streams(11, np.arange(4000)).uniform("test", "laws", 0)
NEAREST_TO_ONE = 1.0 - 2.0**-53
MIDDLES = (np.arange(200_000) + 0.5) / 200_000


def killed_by(table: ZetaTable, uniforms: np.ndarray, party: int, lanes: np.ndarray) -> np.ndarray:
    """Look up how many an act kills: a law's edges stand above its number."""
    laws = table.law[party, lanes]
    return 1 + counts_in(table.edges, laws, uniforms + table.numbers[laws])


def factors_of(table: GammaFactors | NoiseFactors, uniforms: np.ndarray, row: int, lanes: np.ndarray) -> np.ndarray:
    """Look factors up by the slice of each uniform."""
    return numbers_at(table.factors, table.law[row, lanes] * N_SLICES + (uniforms * N_SLICES).astype(int))


@pytest.mark.parametrize(
    ("exponent", "mean", "four", "twelve"),
    [(2.3, 2.3255, 0.1040, 0.0221), (2.5, 1.8615, 0.0749, 0.0126), (2.7, 1.5915, 0.0540, 0.0072)],
)
def test_zeta_law_has_the_moments_of_the_brief(exponent, mean, four, twelve):
    table = ZetaTable(np.array([[exponent]]))
    assert table.mean == pytest.approx(np.array([[mean]]), abs=5e-5)
    zeros = np.zeros(MIDDLES.size, dtype=np.int64)
    killed = killed_by(table, MIDDLES, 0, zeros)
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
    first, second = (killed_by(table, np.tile(MIDDLES, 3), party, lanes) for party in (0, 1))
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


def test_a_table_of_counts_is_exact_at_its_edges():
    edges = count_edges(np.array([[0.25, 0.5, 0.25], [0.0, 0.0, 1.0]]), np.arange(2))
    uniforms = np.array([1e-16, 0.25, np.nextafter(0.25, 1), 0.75, NEAREST_TO_ONE])
    assert counts_in(edges, np.zeros(5), uniforms).tolist() == [0, 0, 1, 1, 2]
    assert counts_in(edges, np.ones(4), uniforms[1:] + 1.0).tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize("counts", [3, 7, 40])
def test_every_law_of_a_table_of_counts_is_looked_up_by_itself(counts):
    generator = np.random.default_rng(2)
    probabilities = generator.dirichlet(np.full(counts, 0.6), size=5)
    for numbers in (np.arange(5), np.array([3, 8, 9, 40, 200])):
        edges = count_edges(probabilities, numbers)
        laws = generator.integers(0, 5, 3000)
        found = counts_in(edges, laws, UNIFORMS[:3000] + numbers[laws])
        for uniform, law, count in zip(UNIFORMS[:3000], laws, found, strict=True):
            below = np.cumsum(probabilities[law])
            assert count == np.count_nonzero(below[:-1] < uniform)


def test_a_count_is_never_below_the_first_nor_above_the_last_of_its_law():
    edges = count_edges(np.full((3, 2), 0.5), np.arange(3))
    assert counts_in(edges, np.array([1, 1]), 1.0 + np.array([0.0, NEAREST_TO_ONE])).tolist() == [0, 1]
    assert counts_in(edges, np.array([1]), np.array([9.0])).tolist() == [1]


@pytest.mark.parametrize("variance", [0.05, 0.5, 1.0, 2.0])
def test_gamma_factors_have_mean_one_and_their_variance(variance):
    factors = GammaFactors(np.array([[variance]]))
    middles, zeros = (np.arange(N_SLICES) + 0.5) / N_SLICES, np.zeros(N_SLICES, dtype=np.int64)
    values = factors_of(factors, middles, 0, zeros)
    assert values.mean() == pytest.approx(1.0, abs=1e-12)
    assert values.min() >= 0
    assert 0.99 * variance <= values.var() <= variance


def test_shapes_of_gamma_factors_are_told_apart_to_a_tenth_and_end_at_one():
    factors = GammaFactors(np.array([[1.0 / 1.04, 1.0, 1.0 / 1.06, 1.0 / 1.1, 50.0, 10.0]]))
    middles, zeros = (np.arange(N_SLICES) + 0.5) / N_SLICES, np.zeros(N_SLICES, dtype=np.int64)
    values = [factors_of(factors, middles, 0, zeros + lane).tolist() for lane in range(6)]
    assert values[0] == values[1] != values[2] == values[3]
    assert values[4] == values[5]


def test_gamma_factors_of_no_variance_are_one():
    factors = GammaFactors(np.array([[0.0, 1.0]]))
    zeros, ones = np.zeros(2, dtype=np.int64), np.ones(2, dtype=np.int64)
    assert factors_of(factors, np.array([0.1, 0.9]), 0, zeros).tolist() == [1.0, 1.0]
    assert factors_of(factors, np.array([0.1, 0.9]), 0, ones) == pytest.approx(-np.log1p([-0.1, -0.9]), rel=0.01), (
        "variance 1 is the exponential law"
    )
    assert np.all(GammaFactors(np.zeros((1, 3))).factors == 1.0)


@pytest.mark.parametrize("spread", [0.1, 0.4, 1.0])
def test_noise_factors_have_mean_one_and_their_spread(spread):
    middles, zeros = (np.arange(N_SLICES) + 0.5) / N_SLICES, np.zeros(N_SLICES, dtype=np.int64)
    values = factors_of(NoiseFactors(np.array([[spread]])), middles, 0, zeros)
    assert values.mean() == pytest.approx(1.0, abs=1e-12)
    assert np.all(np.diff(values) > 0)
    # Slices shorten the far tail, so the logarithm spreads a little less than the law's.
    assert 0.98 * spread <= np.log(values).std() <= spread


def test_no_noise_is_exactly_one():
    zeros = np.zeros(3, dtype=np.int64)
    assert factors_of(NoiseFactors(np.zeros((1, 1))), np.array([0.01, 0.5, 0.99]), 0, zeros).tolist() == [1.0, 1.0, 1.0]
