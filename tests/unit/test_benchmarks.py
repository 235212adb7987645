import math
import sys

import numpy as np
import pandas as pd
import pytest
from invented_record import DAY, START, InventedRecord, origin_of

from sim.core.errors import SimError
from sim.hindcast.benchmarks import BENCHMARKS, CLASS, EVEN, LAWS, forecast_benchmarks
from sim.hindcast.forecast_file import KEYS, read_forecasts, write_forecasts

WEEKS = [12.0, 9.0, 15.0, 7.0, 22.0, 14.0, 11.0, 18.0, 9.0, 13.0, 16.0, 10.0, 8.0, 20.0]
ASKED = {"volleys": [7, 14, 28], "Q1": [30, 90]}
CLASSES = {"Q1": lambda days: days / 1000}


def made(record, origins, **options):
    return forecast_benchmarks(record, origins, ASKED, CLASSES, **options)[0]


def test_what_comes_after_an_origin_moves_no_draw_of_it():
    """Neither another future nor other origins beside it."""
    one = InventedRecord({"volleys": WEEKS}, {"Q1": START + 95 * DAY})
    shuffled = [*WEEKS[:11], *reversed(WEEKS[11:]), 900.0]
    other = InventedRecord({"volleys": shuffled}, {"Q1": None})
    alone = made(one, [origin_of(11)])
    assert set(alone["forecaster"]) == set(BENCHMARKS)
    pd.testing.assert_frame_equal(alone, made(other, [origin_of(11)]), check_exact=True)
    beside = made(other, [origin_of(12), origin_of(11)])
    beside = beside[beside["origin"] == origin_of(11)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside, check_exact=True)
    assert not alone.equals(made(one, [origin_of(11)], seed=1))


def test_each_law_is_what_it_is_named_for():
    draws = made(InventedRecord({"volleys": WEEKS}, {"Q1": None}), [origin_of(14)], n_draws=4000)
    values = {name: part["value"] for name, part in draws[draws["target"] == "volleys"].groupby("forecaster")}
    error = 5 / math.sqrt(4000 * 3)
    for name, level in (("last value", 20.0), ("4-week mean", 13.5)):
        assert values[name].mean() == pytest.approx(level, abs=math.sqrt(level) * error)
        assert values[name].var() == pytest.approx(level, rel=2 * error)
    assert set(values["bootstrap"]) == set(WEEKS)
    assert values["bootstrap"].mean() == pytest.approx(np.mean(WEEKS), abs=np.std(WEEKS) * error)
    assert 8 < values["ETS"].median() < 18
    walk = draws[draws["forecaster"] == "negative-binomial walk"].groupby("horizon_days")["value"]
    assert walk.mean().loc[7] == pytest.approx(20, abs=5 * walk.std().loc[7] / math.sqrt(4000))
    assert walk.std().is_monotonic_increasing
    assert (draws["value"] % 1 == 0)[draws["target"] == "volleys"].all()


def test_a_walk_of_many_weeks_finds_the_size_that_made_them():
    """By the spread of its first step; the prior of a size is worth about one week."""
    generator = np.random.default_rng(4)
    weeks = [30.0]
    for _ in range(400):
        weeks.append(float(generator.negative_binomial(6, 6 / (6 + 30))))
        weeks.append(30.0)
    draws = LAWS["negative-binomial walk"][1](np.array(weeks), (20000, 1), np.random.RandomState(1))
    from_thirty = generator.negative_binomial(6, 6 / 36, 400)
    assert 0.8 * from_thirty.std() < draws.std() < 1.6 * from_thirty.std()


def test_a_walk_takes_counts_that_are_not_whole():
    """Counts to date are spread over the days between two reports."""
    law = LAWS["negative-binomial walk"][1]
    one, other = (law(np.array(WEEKS) + part, (4000, 1), np.random.RandomState(2)) for part in (0.0, 0.3))
    assert other.std() == pytest.approx(one.std(), rel=0.1)


def test_a_benchmark_that_lacks_weeks_is_left_out_and_says_so():
    draws, notes = forecast_benchmarks(
        InventedRecord({"volleys": [5.0, 6.0]}, {"Q1": START + 8 * DAY}), [origin_of(n) for n in range(3)], ASKED
    )
    assert set(draws["forecaster"]) == {"last value", EVEN}
    assert draws[draws["target"] == "Q1"]["origin"].max() == origin_of(1)  # it came before the third
    assert "ETS needs 10 whole weeks of volleys and is left out at 2024-01-01, 2024-01-08, 2024-01-15" in notes
    assert "last value needs 1 whole week of volleys and is left out at 2024-01-01" in notes


@pytest.mark.parametrize("weeks", [[0.0] * 14, [7.0] * 14])
def test_a_flat_series_is_forecast(weeks, tmp_path):
    draws = made(InventedRecord({"volleys": weeks}, {"Q1": None}), [origin_of(14)])
    assert np.isfinite(draws["value"]).all()
    write_forecasts(tmp_path / "all.parquet", draws)
    assert len(read_forecasts(tmp_path / "all.parquet")) == len(draws)
    assert not draws.duplicated([*KEYS, "draw"]).any()


def test_a_class_has_its_chance_at_each_horizon():
    rows = made(InventedRecord({"volleys": WEEKS}, {"Q1": None}), [origin_of(4)])
    rows = rows[rows["forecaster"] == CLASS]
    assert rows["value"].to_list() == [CLASSES["Q1"](30), CLASSES["Q1"](90)]


def test_without_the_extra_a_sentence_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.exponential_smoothing.ets", None)
    with pytest.raises(SimError, match=r'ETS needs statsmodels: pip install "escalation-sim\[truth\]"'):
        made(InventedRecord({"volleys": WEEKS}, {"Q1": None}), [origin_of(14)])
