"""Daily series: what is refused, and what the shipped ones hold."""

from datetime import date
from pathlib import Path

import pytest

from sim.core.errors import InputError
from sim.evidence import DailySeries

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023" / "daily.csv"
SERIES = (
    "northern_siren_incidents",
    "northern_rocket_incidents",
    "northern_drone_incidents",
    "siren_volleys_core",
    "gaza_killed_reported",
)


@pytest.fixture(scope="module")
def shipped():
    return DailySeries.read(SHIPPED, required=SERIES)


def refused(path, text, **options):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        DailySeries.read(path, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("2023-10-32,calibration,1", 'row 2 (date 2023-10-32), date: "2023-10-32" is not a date'),
        (",calibration,1", "date: is empty"),
        ("2023-10-08,calibration,1\n2023-10-08,calibration,1", "row 3 (date 2023-10-08), date: stands twice"),
        (
            "2023-10-08,calibration,1\n2023-10-09,held_out,1\n2023-10-09,held_out,2\n2023-10-10,calibration,3",
            "row 4 (date 2023-10-09), date: stands twice",
        ),
        (
            "2023-10-08,calibration,1\n2023-10-09,calibration,1\n2023-10-10,held_out,2\n2023-10-11,calibration,3",
            "row 5 (date 2023-10-11), split: is calibration after a held-out day",
        ),
        ("2023-10-08,calibration,1\n2023-10-07,calibration,1", "comes after 2023-10-08; days must ascend"),
        ("2023-10-08,calibration,1\n2023-10-10,calibration,1", "follows 2023-10-08; the days between are missing"),
        ("2023-10-08,fit,1", 'split: "fit" is not known'),
        ("2023-10-08,held_out,1\n2023-10-09,calibration,1", "is calibration after a held-out day"),
        ("2023-10-08,calibration,-1", "killed: is -1; allowed: 0 or more"),
        ("2023-10-08,calibration,none of them", 'killed: "none of them" is not a number'),
        ("2023-10-08,calibration,x", 'killed: "x" is not a number'),
    ],
)
def test_a_broken_row_is_named(tmp_path, rows, words):
    assert words in refused(tmp_path / "a.csv", f"date,split,killed\n{rows}\n")


def test_all_problems_come_at_once(tmp_path):
    message = refused(tmp_path / "a.csv", "date,split,killed\nx,calibration,-1\n2023-10-09,fit,1\n")
    assert len(message.splitlines()) == 3


def test_a_required_series_must_be_there(tmp_path):
    message = refused(tmp_path / "a.csv", "date,split,kiled\n2023-10-08,calibration,1\n", required=["killed"])
    assert "column killed: is missing" in message


def test_an_empty_cell_is_unknown_and_not_zero(tmp_path):
    (tmp_path / "a.csv").write_text(
        "date,split,killed\n2023-10-08,calibration,\n2023-10-09,held_out,0\n", encoding="utf-8"
    )
    series = DailySeries.read(tmp_path / "a.csv")
    assert series.names == ("killed",)
    assert series.column("killed").isna().tolist() == [True, False]
    assert series.column("killed").iloc[1] == 0


@pytest.mark.parametrize(
    ("conditions", "days"),
    [
        ({}, [5, 6, 7, 8]),
        ({"since": date(2023, 11, 6)}, [6, 7, 8]),
        ({"until": date(2023, 11, 7)}, [5, 6, 7]),
        ({"since": date(2023, 11, 6), "until": date(2023, 11, 7)}, [6, 7]),
        ({"split": "held_out"}, [7, 8]),
        ({"split": "calibration", "since": date(2023, 11, 6)}, [6]),
        ({"since": date(2023, 11, 9)}, []),
    ],
)
def test_days_of_one_split_are_taken_with_both_ends(tmp_path, conditions, days):
    rows = [f"2023-11-0{day},{'calibration' if day < 7 else 'held_out'},{day},{10 * day}" for day in (5, 6, 7, 8)]
    (tmp_path / "a.csv").write_text("\n".join(["date,split,alarms,killed", *rows]) + "\n", encoding="utf-8")
    series = DailySeries.read(tmp_path / "a.csv").filter(**conditions)
    assert series.column("alarms").tolist() == days
    assert series.column("killed").tolist() == [10 * day for day in days]
    assert [stamp.day for stamp in series.table.index] == days


def test_a_series_that_is_not_there(shipped):
    with pytest.raises(InputError, match='"gaza_kiled_reported" is not there; did you mean "gaza_killed_reported"'):
        shipped.column("gaza_kiled_reported")


def test_the_shipped_series(shipped):
    assert shipped.names == SERIES
    fit = shipped.filter(split="calibration")
    assert (fit.table.index[0].date(), fit.table.index[-1].date()) == (date(2023, 10, 7), date(2023, 11, 6))
    month = shipped.filter(since=date(2023, 10, 8), until=date(2023, 11, 6))
    volleys = month.column("siren_volleys_core")
    assert (len(volleys), volleys.sum(), volleys.max()) == (30, 61, 6)
    assert shipped.column("siren_volleys_core").count() == 31
    assert round(month.column("gaza_killed_reported").mean()) == 326
    table = shipped.table.dropna(subset=["northern_siren_incidents"])
    parts = table["northern_rocket_incidents"] + table["northern_drone_incidents"]
    assert (parts == table["northern_siren_incidents"]).all()
    assert not shipped.column("gaza_killed_reported").isna().any()
