"""Patterns of daily counts: by hand on a few days, and on processes whose law is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from validation.pair import simulate

from sim.inference.count_patterns import (
    branching_ratio,
    correlation,
    describe_episodes,
    dispersion,
    longest_calm,
    sum_windows,
)


def test_dispersion_and_calm_of_days_by_hand():
    counts = np.array([[0, 3, 0, 1], [0, 0, 0, 2], [2, 0, 0, 0], [0, 0, 0, 0], [0, 5, 0, 1]])
    # Means 0.4, 1.6, 0 and 0.8; sums of squares about them 3.2, 21.2, 0 and 2.8.
    found = dispersion(counts).tolist()
    assert math.isnan(found.pop(2))
    assert found == pytest.approx([0.8 / 0.4, 5.3 / 1.6, 0.7 / 0.8])
    assert longest_calm(counts).tolist() == [2, 3, 5, 2]
    assert sum_windows(counts, 2).tolist() == [[0, 3, 0, 3], [2, 0, 0, 0]]


def test_a_correlogram_by_hand():
    one, other = np.array([[1], [2], [3], [6]]), np.array([[0], [0], [4], [0]])
    # Deviations -2, -1, 0, 3 (squares 14) and -1, -1, 3, -1 (squares 12).
    assert correlation(one, one, 1) == pytest.approx([(2 + 0 + 0) / 14])
    assert correlation(one, other, 1) == pytest.approx([(1 + 0 + 9) / math.sqrt(14 * 12)])
    assert correlation(other, one, 1) == pytest.approx([(2 - 3 + 0) / math.sqrt(14 * 12)])
    assert math.isnan(correlation(one, np.zeros((4, 1)), 0)[0])


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_both_estimates_find_the_branching_ratio_of_a_self_exciting_process(ratio):
    luck, days = np.random.default_rng(4), 2100
    matrix = np.array([[ratio, 0.0], [0.0, 0.0]])
    counts = np.stack(
        [
            np.bincount(simulate(luck, days, np.array([2.0, 0.0]), matrix, 0.5)[0].astype(int), minlength=days)
            for _ in range(40)
        ],
        axis=1,
    )
    windows = branching_ratio(dispersion(sum_windows(counts, 28)))
    covariances = branching_ratio(dispersion(counts, 14))
    for found in (windows, covariances):
        error = found.std(ddof=1) / math.sqrt(found.size)
        assert found.mean() == pytest.approx(ratio, abs=4 * error + 0.02)  # windows are long and not endless
    # A day is too short: what falls due on another one is missed.
    if ratio:
        assert branching_ratio(dispersion(counts)).mean() < ratio - 0.1


def test_alternating_episodes_by_hand():
    """Sides 1, 0, 1 within half a day; two days later side 1 twice."""
    acts = np.array([0, 0.25, 0.5, 2.5, 2.75]), np.array([1, 0, 1, 1, 1])
    found = describe_episodes(*acts, 1.0)
    assert (found["number"], found["one-sided"], found["changes"]) == (2.0, 0.5, 2.0)
    assert (found["calm"], found["length"], found["begun"], found["ended"]) == (2.0, 0.375, 1.0, 1.0)
    assert describe_episodes(*acts, 3.0)["number"] == 1.0
    assert describe_episodes(acts[0][:2], acts[1][:2], 0.1)["begun"] == 0.5
    nothing = describe_episodes(np.zeros(0), np.zeros(0, dtype=int), 1.0)
    assert nothing.pop("number") == 0.0
    assert all(math.isnan(value) for value in nothing.values())
