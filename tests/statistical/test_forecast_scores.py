"""Coverage, transforms, reliability and the test of gaps on series of a known process: right where the forecast is."""

import math

import numpy as np
import pandas as pd
import pytest
from forms import OTHER_SEED
from invented_record import DAY, START, InventedRecord, draws_of
from scipy import stats

from sim.hindcast.scores import LEVELS, measure_reliability, score_forecasts
from sim.hindcast.skill import judge_gap

N_WEEKS = 500


def scored(mean, size, draws, stretch=1.0):
    """Score draws of the negative binomial law that made the series, or of one with its draws stretched."""
    generator = np.random.default_rng(17 + OTHER_SEED)
    share = size / (size + mean)
    weeks = generator.negative_binomial(size, share, N_WEEKS).astype(float)
    parts = []
    for week in range(N_WEEKS):
        values = generator.negative_binomial(size, share, draws)
        parts.append(draws_of(np.rint(np.maximum(mean + stretch * (values - mean), 0)), week=week))
    return score_forecasts(pd.concat(parts), InventedRecord({"volleys": weeks.tolist()}), seed=OTHER_SEED)


@pytest.mark.parametrize(("mean", "draws"), [(400, 39), (400, 400), (2, 99)])
def test_a_forecast_by_the_law_of_the_series_is_calibrated(mean, draws):
    table = scored(mean, 5, draws)
    assert stats.kstest(table["pit"], "uniform").pvalue > 1e-3
    for level in LEVELS:
        inside, nominal = table[f"inside_{level}"].mean(), level / 100
        error = 3.3 * math.sqrt(nominal * (1 - nominal) / N_WEEKS)
        # A bound that is a whole number is met by chance, too: counts are covered at least as often as is said.
        assert inside > nominal - error
        assert mean < 10 or inside < nominal + error + 0.02


@pytest.mark.parametrize(("stretch", "sign"), [(0.5, -1), (2.0, 1)])
def test_too_narrow_and_too_wide_are_told(stretch, sign):
    table, right = scored(400, 5, 99, stretch), scored(400, 5, 99)
    assert sign * (table["inside_80"].mean() - 0.8) > 0.08
    assert stats.kstest(table["pit"], "uniform").pvalue < 1e-6
    for score in ("crps", "log_score", "interval_score_80"):
        assert table[score].mean() > right[score].mean()


def test_fair_scores_do_not_depend_on_the_number_of_draws():
    few, many = (scored(50, 5, draws)["crps"] for draws in (5, 200))
    assert few.mean() == pytest.approx(many.mean(), abs=3.3 * np.std(few - many) / math.sqrt(N_WEEKS))


def test_chances_that_are_right_are_reliable():
    generator = np.random.default_rng(23 + OTHER_SEED)
    chances = generator.random(3000)
    came = generator.random(3000) < chances
    record = InventedRecord(came={f"Q{n}": START + DAY if yes else None for n, yes in enumerate(came)})
    table = measure_reliability(
        score_forecasts(pd.concat([draws_of([p], f"Q{n}", 30, 0) for n, p in enumerate(chances)]), record)
    )
    assert table["n"].sum() == 3000
    errors = np.sqrt(table["forecast"] * (1 - table["forecast"]) / table["n"])
    assert ((table["came"] - table["forecast"]).abs() < 4 * errors).all()


@pytest.mark.parametrize("lag", [0, 2])
def test_equal_forecasters_are_told_apart_as_rarely_as_p_says(lag):
    """Forecasts that overlap share errors: a moving average of as many steps."""
    generator = np.random.default_rng(29 + OTHER_SEED)
    noise = generator.standard_normal((2000, 60 + lag))
    gaps = sum(noise[:, k : k + 60] for k in range(lag + 1))
    share = np.mean([judge_gap(row, lag)[1] < 0.05 for row in gaps])
    assert 0.02 < share < 0.1
    blind = np.mean([judge_gap(row, 0)[1] < 0.05 for row in gaps])
    assert lag == 0 or blind > 0.15
    better = np.mean([judge_gap(row - 1.2, lag)[1] < 0.05 for row in gaps[:200]])
    assert better > 0.5
