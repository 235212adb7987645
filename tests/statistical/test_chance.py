"""The addressed draws are uniform and know nothing of each other, in whichever direction the address moves.

Seeds are fixed. Correlations are compared at 4.5 standard errors and chi-square tests at p > 1e-5: some 70 comparisons
raise a false alarm for one seed in a thousand.
"""

from __future__ import annotations

import numpy as np
import pytest
from forms import OTHER_SEED
from records_by_hand import child_words, numbered, poisson
from scipy import stats

from sim.core.random_streams import Draw, Streams, act_uniform, word_of

N = 1_000_000
SEED = 4 + OTHER_SEED
ROOT = Streams(SEED, np.arange(N))
BASE = ROOT.uniform("A-B", "acts", 10)
LEAST_P = 1e-5


def uncorrelated(one: np.ndarray, other: np.ndarray) -> bool:
    """Within 4.5 standard errors of no correlation, in the value and in its distance from the middle."""
    limit = 4.5 / np.sqrt(len(one))
    folded = (np.abs(part - 0.5) for part in (one, other))
    return abs(np.corrcoef(one, other)[0, 1]) < limit and abs(np.corrcoef(*folded)[0, 1]) < limit


def uniform_p(values: np.ndarray, bins: int = 1024) -> float:
    return stats.chisquare(np.bincount((values * bins).astype(np.int64), minlength=bins)).pvalue


def pairs_p(one: np.ndarray, other: np.ndarray, bins: int = 32) -> float:
    """Return the p-value of the pairs filling a square evenly."""
    cells = (one * bins).astype(np.int64) * bins + (other * bins).astype(np.int64)
    return stats.chisquare(np.bincount(cells, minlength=bins**2)).pvalue


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**63])
def test_draws_are_uniform_over_replicates(seed):
    values = Streams(seed, np.arange(N)).uniform("A-B", "acts", 0)
    assert uniform_p(values) > LEAST_P
    assert stats.kstest(values[:100_000], "uniform").pvalue > LEAST_P


def test_draws_of_one_replicate_are_uniform_over_steps():
    streams = Streams(SEED, [17])
    values = np.array([streams.uniform("A-B", "acts", step)[0] for step in range(-2000, 40_000)])
    assert uniform_p(values, 128) > LEAST_P
    for lag in (1, 2, 4, 28, 1460):
        assert uncorrelated(values[:-lag], values[lag:]), lag
    assert pairs_p(values[:-1], values[1:], 8) > LEAST_P


def test_low_bits_are_as_good_as_high_ones():
    for shift in (10, 20, 30, 40):
        assert uniform_p(np.modf(BASE * 2.0**shift)[0]) > LEAST_P, shift


@pytest.mark.parametrize("lag", [1, 2, 3, 64, 1000, 65536])
def test_neighbouring_replicates(lag):
    assert uncorrelated(BASE[:-lag], BASE[lag:])
    assert pairs_p(BASE[:-lag], BASE[lag:]) > LEAST_P


def test_three_neighbours_fill_a_cube():
    thirds = [(BASE[i : N - 2 + i] * 16).astype(np.int64) for i in range(3)]
    # Overlapping triples are not independent, so every third is taken.
    counts = np.bincount(((thirds[0] * 16 + thirds[1]) * 16 + thirds[2])[::3], minlength=4096)
    assert stats.chisquare(counts).pvalue > LEAST_P


OTHERS = {
    "next step": lambda: ROOT.uniform("A-B", "acts", 11),
    "step of history": lambda: ROOT.uniform("A-B", "acts", -10),
    "far step": lambda: ROOT.uniform("A-B", "acts", 10 + 1460),
    "next part": lambda: ROOT.uniform("A-B", "acts", 10, part=1),
    "part for step": lambda: ROOT.uniform("A-B", "acts", 9, part=1),
    "other decision": lambda: ROOT.uniform("A-B", "act", 10),
    "other owner": lambda: ROOT.uniform("A-C", "acts", 10),
    "turned round": lambda: ROOT.uniform("B-A", "acts", 10),
    "owner and decision exchanged": lambda: ROOT.uniform("acts", "A-B", 10),
    "policy": lambda: Draw(ROOT, "A-B", 10).uniform("acts"),
    "next seed": lambda: Streams(SEED + 1, np.arange(N)).uniform("A-B", "acts", 10),
    "previous seed": lambda: Streams(SEED - 1, np.arange(N)).uniform("A-B", "acts", 10),
    "far seed": lambda: Streams(SEED + 2**40, np.arange(N)).uniform("A-B", "acts", 10),
    "replicates a million on": lambda: Streams(SEED, np.arange(N) + N).uniform("A-B", "acts", 10),
    "replicates far on": lambda: Streams(SEED, np.arange(N) + 2**40).uniform("A-B", "acts", 10),
    "next seed, one replicate on": lambda: Streams(SEED + 1, np.arange(N) + 1).uniform("A-B", "acts", 10),
    "next step, one replicate on": lambda: Streams(SEED, np.arange(N) + 1).uniform("A-B", "acts", 11),
}


@pytest.mark.parametrize("other", sorted(OTHERS))
def test_addresses_that_differ_know_nothing_of_each_other(other):
    values = OTHERS[other]()
    assert uniform_p(values) > LEAST_P
    assert uncorrelated(BASE, values)
    assert pairs_p(BASE, values) > LEAST_P
    assert not np.intersect1d(BASE[:100_000], values[:100_000]).size, "no number is shared, at any place"


def test_acts_and_their_children_are_independent():
    lanes = np.repeat(np.arange(N // 8), 4)
    ordinals = np.tile(np.arange(4), N // 8)
    words = numbered(ROOT.lane_words[lanes] + ROOT.address("A-B", "act", 10), ordinals)
    killed = act_uniform(words, "killed")
    assert uniform_p(killed) > LEAST_P
    by_act = killed.reshape(-1, 4)
    for one, other in ((0, 1), (1, 2), (0, 3)):
        assert uncorrelated(by_act[:, one], by_act[:, other])
    assert uncorrelated(by_act[:-1, 0], by_act[1:, 0]), "the same act of the next replicate"
    assert uncorrelated(killed, act_uniform(words, "lethal")), "another mark of the same act"
    for kind, ordinal in (("reaction", 0), ("reaction", 1), ("follow-up", 0)):
        child = act_uniform(child_words(words, np.full(words.shape, ordinal), kind), "killed")
        assert uniform_p(child) > LEAST_P
        assert uncorrelated(killed, child), "the same mark of a child"
    first, second = (child_words(words, np.full(words.shape, k), "reaction") for k in (0, 1))
    assert uncorrelated(act_uniform(first, "killed"), act_uniform(second, "killed")), "siblings"


def test_words_do_not_collide():
    """Among four million 64-bit words two are alike with a chance of 4e-7."""
    address, neighbour = ROOT.address("A-B", "act", 10), ROOT.address("A-B", "act", 11)
    roots = [ROOT.lane_words + start for start in (address, neighbour)]
    words = np.concatenate([numbered(root, np.full(N, k)) for root in roots for k in (0, 1)])
    for many in (words, ROOT.lane_words):
        assert np.all(np.diff(np.sort(many)) > 0)  # np.unique takes twenty times as long


def test_names_have_words_of_their_own():
    words = {word_of(f"party {i}", decision) for i in range(20_000) for decision in ("acts", "act", "policy climb")}
    assert len(words) == 60_000
    bits = np.array([[word >> k & 1 for k in range(64)] for word in words])
    # 64 comparisons at 4.5 standard errors.
    assert np.all(np.abs(bits.mean(axis=0) - 0.5) < 4.5 * 0.5 / np.sqrt(len(bits)))


def test_extremes_are_as_rare_as_they_should_be():
    """One in ten thousand, either end, over ten million draws; 4.5 standard errors."""
    low = high = 0
    for step in range(10):
        values = ROOT.uniform("A-B", "acts", step)
        low, high = low + np.sum(values < 1e-4), high + np.sum(values > 1 - 1e-4)
    for count in (low, high):
        assert abs(count - 1000) < 4.5 * np.sqrt(1000)


def test_sums_over_an_address_are_poisson():
    """Counts drawn step by step add up to a Poisson count: no step knows the one before."""
    total = sum(poisson(ROOT.uniform("A-B", "acts", s)[:200_000], np.full(200_000, 0.3)) for s in range(20))
    assert abs(total.mean() - 6.0) < 4.5 * np.sqrt(6.0 / total.size)
    assert abs(total.var() - 6.0) < 4.5 * np.sqrt((2 * 36.0 + 6.0) / total.size)
    observed = np.bincount(np.clip(total, 0, 15), minlength=16)
    law = stats.poisson.pmf(np.arange(15), 6.0)
    assert stats.chisquare(observed, total.size * np.append(law, 1 - law.sum())).pvalue > LEAST_P
