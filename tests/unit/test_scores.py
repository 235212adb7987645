"""Scores against plain loops and against what theory gives for the truth, for noise and for a Poisson law."""

import math

import numpy as np
import pandas as pd
import pytest
from invented_record import DAY, START, InventedRecord, draws_of
from scipy import stats

from sim.hindcast.scores import BIN_EDGES, LEVELS, measure_reliability, measure_warning, score_forecasts


def score_one(values, observed):
    return score_forecasts(draws_of(values), InventedRecord({"volleys": [0, 0, 0, 0, observed]})).iloc[0]


def plain_crps(values, observed):
    """Fair CRPS by its definition: mean distance to what came less half the mean distance of two different draws."""
    n = len(values)
    apart = sum(abs(a - b) for a in values for b in values) / (n * (n - 1))
    return sum(abs(a - observed) for a in values) / n - apart / 2


def plain_ignorance(values, observed):
    def place(value):
        return sum(value >= edge for edge in BIN_EDGES)

    same = sum(place(value) == place(observed) for value in values)
    return -math.log2((same + 1) / (len(values) + 11))


def plain_quantile(values, p):
    """Return the value of rank p (n + 1), between neighbours in a straight line."""
    values, rank = sorted(values), p * (len(values) + 1)
    if rank <= 1:
        return values[0]
    if rank >= len(values):
        return values[-1]
    low = int(rank)
    return values[low - 1] + (rank - low) * (values[low] - values[low - 1])


@pytest.mark.parametrize("observed", [0, 3, 7, 60, 5000])
def test_scores_of_a_count_equal_plain_loops(observed):
    values = [0, 0, 2, 3, 3, 4, 7, 9, 12, 31]
    row = score_one(values, observed)
    assert row["crps"] == pytest.approx(plain_crps(values, observed), abs=1e-12)
    assert row["log_score"] == pytest.approx(plain_ignorance(values, observed), abs=1e-12)
    for level in LEVELS:
        miss = 1 - level / 100
        low, high = plain_quantile(values, miss / 2), plain_quantile(values, 1 - miss / 2)
        width = high - low + 2 / miss * (max(low - observed, 0) + max(observed - high, 0))
        assert row[f"interval_score_{level}"] == pytest.approx(width, abs=1e-9)
        assert row[f"inside_{level}"] == (low <= observed <= high)
    below, same = sum(v < observed for v in values), sum(v == observed for v in values)
    assert below / 11 <= row["pit"] <= (below + same + 1) / 11


def test_scores_of_questions_equal_plain_loops():
    record = InventedRecord(came={"Q1": START + 40 * DAY})
    stated = [draws_of(values, "Q1", days, 0) for days, values in ((30, [0.3]), (60, [0.3]), (90, [0, 1, 0, 0]))]
    rows = score_forecasts(pd.concat(stated), record).set_index("horizon_days")
    assert rows["observed"].to_list() == [0, 1, 1]
    assert rows["brier"].to_list() == pytest.approx([0.09, 0.49, 0.5625])
    assert rows["log_score"].to_list() == pytest.approx([-math.log2(0.7), -math.log2(0.3), -math.log2(2 / 6)])
    sure = score_forecasts(draws_of([0.0], "Q1", 60, 0), record).iloc[0]
    assert sure["brier"] == 1
    assert math.isinf(sure["log_score"])
    assert math.isnan(score_forecasts(draws_of([0.3], "Q1", 60, 6), record)["observed"].iloc[0])


def test_the_truth_scores_nothing_and_the_least_ignorance():
    row = score_one([7] * 100, 7)
    assert row[["crps", *(f"interval_score_{level}" for level in LEVELS)]].to_list() == [0, 0, 0, 0]
    assert row["log_score"] == pytest.approx(-math.log2(101 / 111))
    assert all(row[f"inside_{level}"] for level in LEVELS)


def test_noise_of_a_poisson_law_scores_what_its_closed_form_gives():
    """The mean of the fair CRPS over sets of draws is that of the law, within its Monte Carlo error."""
    import scoringrules

    generator, rate, observed = np.random.default_rng(5), 6.0, 9
    many = [score_one(generator.poisson(rate, 20), observed)["crps"] for _ in range(400)]
    exact = float(scoringrules.crps_poisson(observed, rate))
    assert np.mean(many) == pytest.approx(exact, abs=3 * np.std(many) / 20)
    direct = sum((stats.poisson.cdf(k, rate) - (k >= observed)) ** 2 for k in range(200))
    assert exact == pytest.approx(direct, abs=1e-9)


def test_what_is_not_known_is_kept_without_scores_and_unknown_targets_are_left_out():
    table = score_forecasts(
        pd.concat([draws_of([1, 2], week=9), draws_of([1, 2], "acts")]), InventedRecord({"volleys": [1] * 5})
    )
    assert table["target"].to_list() == ["volleys"]
    assert table[["observed", "crps", "pit"]].isna().all(axis=None)


def test_reliability_counts_what_came_in_each_range_of_chances():
    record = InventedRecord(came={"Q1": START + 10 * DAY, "Q2": None, "Q3": None})
    stated = pd.concat([draws_of([p], q, 30, 0) for q, p in (("Q1", 0.55), ("Q2", 0.5), ("Q3", 1.0))])
    table = measure_reliability(score_forecasts(stated, record))
    assert table[["low", "high", "n", "questions", "origins"]].to_numpy().tolist() == [
        [0.5, 0.6, 2, 2, 1],
        [0.9, 1, 1, 1, 1],
    ]
    assert table["came"].to_list() == [0.5, 0]
    assert (table["came_low"] <= table["came"]).all()
    assert (table["came"] <= table["came_high"]).all()


def test_a_warning_is_a_higher_chance_before_the_event():
    record = InventedRecord(came={"Q1": START + 100 * DAY})
    rising = pd.concat([draws_of([0.01 * week], "Q1", 30, week) for week in range(14)])
    flat = pd.concat([draws_of([0.2], "Q1", 30, week, "flat") for week in range(14)])
    table = measure_warning(score_forecasts(pd.concat([rising, flat]), record)).set_index("forecaster")
    assert table.loc["mine", ["n_before", "n_other", "auc"]].to_list() == [3, 11, 1]
    assert table.loc["flat", "auc"] == 0.5
    never = measure_warning(score_forecasts(rising, InventedRecord(came={"Q1": None})))
    assert never[["auc", "forecast_before"]].isna().all(axis=None)
