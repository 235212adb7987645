import numpy as np
import pandas as pd
import pytest
from invented_record import InventedRecord, draws_of

from sim.core.errors import InputError
from sim.hindcast.forecast_file import read_forecasts, write_forecasts

RECORD = InventedRecord({"volleys": [3, 4]}, {"Q1": None})


def some_draws():
    return pd.concat([draws_of([3, 0, 5]), draws_of([0.25], "Q1", 30), draws_of([1, 2], horizon=14)])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_written_is_read_again_and_written_to_the_same_bytes(tmp_path, ending):
    one, other = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    write_forecasts(one, some_draws().sample(frac=1, random_state=1))
    read = read_forecasts(one, RECORD)
    pd.testing.assert_frame_equal(read, some_draws().sort_values(["target", "horizon_days"]).reset_index(drop=True))
    write_forecasts(other, read)
    assert one.read_bytes() == other.read_bytes()


def test_a_file_without_a_forecaster_is_named_by_its_file_and_any_usual_csv_is_read(tmp_path):
    file = tmp_path / "desk.csv"
    file.write_text("target;origin;horizon_days;value;draw\nQ1;7 Nov 2023;30;0.4;0\n", encoding="utf-8")
    read = read_forecasts(file)
    assert read.iloc[0].to_list() == ["desk", pd.Timestamp("2023-11-07"), "Q1", 30, 0, 0.4]


def test_all_faults_are_named_at_once_with_row_column_value_and_range(tmp_path):
    file = tmp_path / "bad.csv"
    rows = ["2023-11-07,volleys,7,0,-1", "never,volleys,7,1,2", "2023-11-07,volleys,7.5,2,2", "2023-11-07,Q1,30,0,1.5"]
    rows += ["2023-11-07,volley,7,0,1", "2023-11-07,volleys,14,0,nan", "2023-11-07,volleys,3,0,1", *2 * [rows[0]]]
    file.write_text("origin,target,horizon_days,draw,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_forecasts(file, RECORD)
    text = str(caught.value)
    for words in (
        'bad.csv: row 2, value: is "-1"; allowed: numbers from 0 to',
        'row 3, origin: "never" is not a date',
        'row 4, horizon_days: is "7.5"; allowed: whole numbers from 1 to',
        'row 5, value: is "1.5"; a question\'s lies in 0 to 1',
        'target "volley": is not known here; did you mean "volleys"?',
        'row 7, value: is "nan"',
        'row 8, horizon_days: is "3"',
        "row 9, draw: is",
        'row 8, draw: is "0"; it is the only one of its forecast',
    ):
        assert words in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("origin,target,draw,value\n2023-11-07,Q1,0,1\n", "has no column horizon_days"),
        ("origin,target,horizon_days,draw,value\n", "has no rows"),
        ("origin,target,horizon_days,draw,value\n2023-11-07,Q1,30\n", "row 2: has fewer than the 5 cells"),
        ("PAR1 and nothing", "is a Parquet file"),
    ],
)
def test_what_is_no_file_of_draws_is_refused_in_a_sentence(tmp_path, content, words):
    file = tmp_path / "draws.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_forecasts(file)
    with pytest.raises(InputError, match="no such file"):
        read_forecasts(tmp_path / "other.parquet")
    file.rename(tmp_path / "draws.parquet")
    with pytest.raises(InputError, match="cannot be read"):
        read_forecasts(tmp_path / "draws.parquet")


def test_many_faults_of_one_kind_are_counted_and_nothing_is_written(tmp_path):
    wrong = draws_of(np.full(100, -1.0))
    with pytest.raises(InputError, match="wrong in 95 further rows"):
        write_forecasts(tmp_path / "a.parquet", wrong)
    assert not list(tmp_path.iterdir())


def test_further_targets_that_are_known_pass_unscored(tmp_path):
    write_forecasts(tmp_path / "a.csv", draws_of([1, 2], "acts"))
    assert len(read_forecasts(tmp_path / "a.csv", RECORD, ["acts"])) == 2
