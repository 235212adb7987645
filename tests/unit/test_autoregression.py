"""Autoregressions find the reactions that made a series, within their own error, and nothing where there are none."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from sim.core.errors import SimError
from sim.inference.count_patterns import autoregress, granger
from sim.results.patterns import find_patterns

TRUTH = np.array([[0.2, 0.5], [0.0, 0.3]])
"""Reactions of the first series to both; the second reacts to itself alone."""


def play(days: int, seed: int) -> np.ndarray:
    luck = np.random.default_rng(seed).normal(size=(days, 2))
    series = np.zeros((days, 2))
    for day in range(1, days):
        series[day] = TRUTH @ series[day - 1] + luck[day]
    return series


def test_reactions_are_recovered_within_their_error():
    fits = [autoregress(play(400, seed), 1) for seed in range(60)]
    found = np.stack([fit.coefs.sum(axis=0) for fit in fits])
    errors = np.stack([fit.stderr[1:].T for fit in fits])
    # The bias of an autoregression of this length is of the order of one in its number of days.
    assert np.all(np.abs(found.mean(axis=0) - TRUTH) < 4 * found.std(axis=0, ddof=1) / math.sqrt(60) + 4 / 400)
    assert errors.mean(axis=0) == pytest.approx(found.std(axis=0, ddof=1), rel=0.4)


def test_a_criterion_chooses_the_lags():
    assert autoregress(play(4000, 1)).k_ar == 1
    luck = np.random.default_rng(2).normal(size=(4000, 2))
    luck[3:] += 0.5 * luck[:-3]
    assert autoregress(luck).k_ar >= 3
    assert autoregress(np.random.default_rng(3).normal(size=(30, 2))).k_ar <= 3, "a tenth of the days"


def test_the_band_of_a_response_covers_the_true_one():
    truth = sum(np.linalg.matrix_power(TRUTH, day) for day in range(8))
    inside = []
    for seed in range(60):
        first, second = play(400, seed).T[:, :, None]
        found = find_patterns({"X": first, "Y": second}, lags=1)[0]
        for of, (one, other) in {"X after Y": (0, 1), "Y after X": (1, 0)}.items():
            low, middle, high = (found.loc[f"response{end}", of, 7, "days"] for end in (", low", "", ", high"))
            assert low < middle < high
            inside.append(low <= truth[one, other] <= high)
    assert np.mean(inside) == pytest.approx(0.9, abs=4 * math.sqrt(0.9 * 0.1 / 120))


def test_causality_of_one_way_is_found_one_way():
    found = [(granger(*series.T, 3), granger(*series.T[::-1], 3)) for series in map(play, [300] * 200, range(200))]
    there, back = np.mean(np.array(found) < 0.05, axis=0)
    assert there > 0.99
    assert back == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 200))
    assert math.isnan(granger(play(50, 1)[:, 0], np.ones(50), 3))


def test_without_statsmodels_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.api", None)
    with pytest.raises(SimError, match=r'pip install "escalation-sim\[truth\]"'):
        autoregress(play(50, 1))
