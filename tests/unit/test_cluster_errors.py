"""Errors over clusters of replicates that share draws: by hand, and as statistics."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from shared_draws import shared_events

from sim.core.intervals import interval
from sim.sweeps.cluster_errors import estimate_error, estimate_size, find_clusters, find_periods


def test_clusters_are_the_replicates_that_share_draws():
    assert find_clusters(np.arange(17)).tolist() == [0, 5, 6, 7, 8, 13, 14, 15, 16]
    assert find_periods(np.arange(17)).tolist() == [0, 8, 16]


def test_a_cluster_lives_on_when_one_of_it_failed():
    finished = np.array([1, 3, 5, 10, 11])
    assert find_clusters(finished).tolist() == [0, 2, 3]
    assert find_periods(finished).tolist() == [0, 3]


def test_without_shared_draws_the_error_is_the_usual_one():
    replicates = np.array([4, 5, 6, 7, 12, 13, 14, 15])
    values = np.array([0.0, 1.0, 4.0, 2.0, 8.0, 1.0, 1.0, 3.0])
    assert estimate_error(values, replicates) == pytest.approx(values.std(ddof=1) / np.sqrt(8))
    assert estimate_size(values[:, None] > 1, replicates) == pytest.approx([8.0])


def test_replicates_that_agree_in_a_cluster_count_once():
    replicates = np.concatenate([np.arange(8 * i, 8 * i + 4) for i in range(50)])
    holds = np.repeat(np.arange(50) % 2 == 0, 4)[:, None]
    assert estimate_size(holds, replicates)[0] == pytest.approx(50, rel=0.03)


def test_the_effective_number_is_never_above_the_real_one():
    holds = np.tile([True, False], 200)[:, None]
    assert estimate_error(holds, np.arange(400))[0] < 0.5 / np.sqrt(400)
    assert estimate_size(holds, np.arange(400))[0] == 400
    assert estimate_size(np.zeros((400, 1), dtype=bool), np.arange(400))[0] == 400


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_intervals_on_the_effective_number_cover_what_they_promise(share: float):
    """Independent intervals cover too little where parameters make most of the variance; clustered ones do not."""
    rng, n, rounds = np.random.default_rng(11), 400, 600
    covered = {"clustered": 0, "independent": 0}
    for _ in range(rounds):
        holds = shared_events(n, rng, share, weight=0.95)
        size = float(estimate_size(holds[:, None], np.arange(n))[0])
        for name, number in (("clustered", size), ("independent", float(n))):
            low, high = interval(holds.mean() * number, number)
            covered[name] += low <= share <= high
    # Four standard errors of a share of 0.95 over the rounds are 0.036.
    assert covered["clustered"] / rounds == pytest.approx(0.95, abs=0.036)
    assert covered["independent"] < covered["clustered"]


@pytest.mark.parametrize(("events", "n"), [(0, 40), (7.5, 31.2), (40, 40)])
def test_an_interval_is_as_sure_as_is_asked_for(events, n):
    narrow, usual, wide = interval(events, n, 0.9), interval(events, n), interval(events, n, 0.99)
    assert wide[0] <= usual[0] <= narrow[0] <= narrow[1] <= usual[1] <= wide[1]
    assert wide[1] - wide[0] > usual[1] - usual[0] > narrow[1] - narrow[0]
    expected = binomtest(8, 40).proportion_ci(0.9, method="wilson")
    assert interval(8, 40, 0.9) == pytest.approx((expected.low, expected.high))
