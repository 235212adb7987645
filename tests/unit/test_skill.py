import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from invented_record import InventedRecord, draws_of
from scipy import stats

from sim.hindcast.scores import ALL_QUESTIONS, score_forecasts
from sim.hindcast.skill import compare_scores, judge_gap, summarise_scores

WEEKS = [4, 6, 3, 9, 5, 7]


def scored():
    record = InventedRecord({"volleys": WEEKS}, {"Q1": None, "Q2": None})
    parts = []
    for week in range(4):
        for horizon in (7, 14):
            truth = WEEKS[week + horizon // 7 - 1]
            parts += [draws_of([truth, truth], horizon=horizon, week=week, forecaster="truth")]
            parts += [draws_of([truth + week, truth + week], horizon=horizon, week=week, forecaster="off")]
        parts += [draws_of([0.2 + 0.1 * n], f"Q{n}", 30, week, "truth") for n in (1, 2)]
    return score_forecasts(pd.concat(parts), record)


def test_means_stand_by_target_and_horizon_and_over_all_with_origins_that_do_not_overlap():
    table = summarise_scores(scored()).set_index(["forecaster", "target", "horizon_days"]).sort_index()
    whole = table.loc[("off", "volleys")]
    assert whole.loc[7, ["n", "origins", "independent", "crps"]].to_list() == [4, 4, 4, 1.5]
    assert whole.loc[14, "independent"] == 2
    every = table.reset_index().query("forecaster == 'off' and horizon_days.isna()").iloc[0]
    assert every[["n", "origins", "independent", "benchmark"]].to_list() == [8, 4, 2, "truth"]
    assert table.loc[("truth", ALL_QUESTIONS, 30), ["n", "brier"]].to_list() == [8, pytest.approx((0.09 + 0.16) / 2)]


def test_only_forecasts_that_both_made_are_compared():
    scores = scored()
    part = scores[(scores["forecaster"] == "off") | (scores["origin"] == scores["origin"].max())]
    row = compare_scores(part, ["truth"]).query("target == 'volleys' and horizon_days == 7").iloc[0]
    assert row[["forecaster", "benchmark", "n", "score", "benchmark_score"]].to_list() == ["off", "truth", 1, 3, 0]
    assert row[["ratio", "dm", "p"]].isna().all()


def test_the_hardest_of_the_named_benchmarks_stands_in_the_summary():
    scores = scored()
    poor = scores[scores["forecaster"] == "off"].assign(forecaster="poor", crps=lambda table: table["crps"] * 3)
    table = summarise_scores(pd.concat([scores, poor]), ["off", "poor"])
    row = table.query("forecaster == 'truth' and target == 'volleys' and horizon_days == 7").iloc[0]
    assert row["benchmark"] == "off"
    assert row["ratio"] == 0


def test_independent_origins_of_a_comparison_are_those_that_both_forecast():
    scores = scored()
    part = scores[(scores["forecaster"] != "off") | (scores["origin"] > scores["origin"].min())]
    table = summarise_scores(part, ["off"])
    row = table.query("forecaster == 'truth' and target == 'volleys' and horizon_days == 7").iloc[0]
    assert row[["independent", "compared"]].to_list() == [4, 3]


@pytest.mark.parametrize(
    "gaps", [(0.5, -0.2, 0.8, 0.1, 0.6, -0.1, 0.4, 0.3), (0.1, 0.3, 0.4, 0.5, 0.2, -0.1, -0.3, 0.1)]
)
def test_diebold_mariano_equals_the_case_written_out(gaps):
    """The first case has a sum of autocovariances that is no variance, so the weights of Newey and West hold."""
    n, mean = 8, sum(gaps) / 8
    rest = [gap - mean for gap in gaps]
    zero = sum(a * a for a in rest) / n
    one = sum(a * b for a, b in pairwise(rest)) / n
    plain = mean / math.sqrt(zero / n) * math.sqrt((n - 1) / n)
    assert judge_gap(np.array(gaps), 0) == pytest.approx((plain, 2 * stats.t.sf(plain, n - 1)))
    assert judge_gap(np.array(gaps), 0)[0] == pytest.approx(stats.ttest_1samp(gaps, 0).statistic, rel=1e-12)
    variance = zero + 2 * one
    assert (variance > 0) == (gaps[0] == 0.1)
    variance = variance if variance > 0 else zero + one
    lagged = mean / math.sqrt(variance / n) * math.sqrt((n + 1 - 4 + 2 / n) / n)
    assert judge_gap(np.array(gaps), 1)[0] == pytest.approx(lagged)


@pytest.mark.parametrize("gaps", [[], [1.0], [1.0, 2.0], [0.3] * 9, [0.0] * 9])
def test_what_cannot_be_judged_is_missing(gaps):
    assert np.isnan(judge_gap(np.array(gaps), 0)).all()
    assert np.isnan(judge_gap(np.arange(3.0), 3)).all()
