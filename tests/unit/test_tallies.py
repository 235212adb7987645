"""Published tallies: what is refused, and how much of each stands in dated rows."""

import csv
from datetime import date
from pathlib import Path

import pytest

from sim.core.errors import InputError
from sim.evidence import MEASURES, SPLITS, Figure, Incident, Ledger, Tallies, Tally
from sim.evidence.tallies import COLUMNS

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"
GOOD = {
    "id": "T-01",
    "split": "calibration",
    "period_start": "2023-10-08",
    "period_end": "2023-11-06",
    "measure": "killed",
    "location": "Lebanon",
    "initiators": "ISR",
    "targets": "HZB;HAM",
    "low": "81",
    "counted_by": "AFP",
    "source": "AFP",
    "in_article": "true",
}


@pytest.fixture(scope="module")
def ledger():
    return Ledger.read(SHIPPED / "ledger.csv")


@pytest.fixture(scope="module")
def shipped():
    return Tallies.read(SHIPPED / "tallies.csv")


def write(path, *changes):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(GOOD | change for change in changes)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"period_start": "8 Oct"}, 'row 2 (id T-01), period_start: "8 Oct" is not a date'),
        ({"period_end": "2023-10-01"}, "period_end: is 2023-10-01, before period_start"),
        ({"measure": "deaths"}, 'measure: "deaths" is not known'),
        ({"split": "all"}, 'split: "all" is not known'),
        ({"low": ""}, "a tally needs a figure"),
        ({"low": "-1"}, "low: is -1; allowed: 0 or more"),
        ({"low": "9", "best": "8"}, "low: is 9, more than best, which is 8"),
        ({"low": "inf"}, '"inf" is not a number'),
        ({"counted_by": ""}, "counted_by: is empty"),
        ({"id": ""}, "id: is empty"),
    ],
)
def test_a_broken_cell_is_named(tmp_path, change, words):
    with pytest.raises(InputError) as caught:
        Tallies.read(write(tmp_path / "a.csv", change))
    assert words in str(caught.value)


def test_all_problems_come_at_once_and_ids_stand_once(tmp_path):
    with pytest.raises(InputError) as caught:
        Tallies.read(write(tmp_path / "a.csv", {"measure": "x"}, {"low": "y"}))
    message = str(caught.value)
    assert "measure" in message
    assert "low" in message
    assert '"T-01" stands in row 2 already' in message


def test_an_id_that_is_not_there(shipped):
    with pytest.raises(InputError, match="is not there; did you mean"):
        shipped["S3.1-47.9"]


def test_the_dead_of_a_side_are_those_struck_and_its_own(tmp_path):
    def act(id, initiator, target, **more):
        return Incident(id=id, split="calibration", date=date(2023, 10, 9), initiator=initiator, target=target, **more)

    ledger = Ledger(
        (
            act("a", "ISR", "HZB", deaths=Figure(3, 3, 3), civilian_deaths=Figure(1, 1, 1), launches_counted=5),
            act("b", "HAM", "ISR", deaths=Figure(9, 9, 9), initiator_killed=2),
            act("c", "ISR", "IRN", deaths=Figure(50, 50, 50)),
            act("d", "ISR", "HZB", deaths=Figure(70, 70, 70), date_end=date(2023, 12, 1), time_precision="span"),
            Incident(id="e", split="calibration", date=date(2023, 10, 7), kind="exogenous", deaths=Figure(8, 8, 8)),
        )
    )
    kinds = {"killed": 5, "killed_combatants": 4, "killed_civilians": 1, "acts": 1, "launches": 5, "displaced": None}
    for measure, itemised in kinds.items():
        (tally,) = Tallies.read(write(tmp_path / "a.csv", {"measure": measure}))
        assert tally.itemised(ledger) == itemised, measure
    (tally,) = Tallies.read(write(tmp_path / "a.csv", {"initiators": "", "targets": ""}))
    assert tally.itemised(ledger) is None


def test_the_shipped_tallies_of_the_article(shipped, ledger):
    rows = shipped.filter(in_article=True).compare(ledger.filter(split="calibration"))
    assert rows[["best", "itemised", "only_in_tally"]].to_numpy().tolist() == [[81, 33, 48], [8, 6, 2]]
    parts = {id: shipped[f"S3.1-47.{id}"].figure for id in range(1, 7)}
    assert [parts[id].low for id in range(1, 7)] == [81, 59, 11, 8, 6, 2]
    assert parts[1].high is None


@pytest.mark.parametrize(
    ("id", "best"),
    [
        ("S3.1-27.1", 5),
        ("S3.1-27.2", 13),
        ("S3.1-27.3", 5),
        ("S3.1-28.1", 7),
        ("S3.1-28.2", 19),
        ("S3.1-32.1", 58),
        ("S3.1-32.2", 4),
        ("S3.1-37.1", 34),
        ("S3.1-38.1", 57),
        ("S3.1-48.1", 553),
        ("S3.1-48.2", 113),
        ("OCHA-01", 77),
        ("OCHA-23", 4047),
    ],
)
def test_the_figures_of_the_record(shipped, id, best):
    assert shipped[id].figure.best == best


def test_strike_counts_run_past_the_opening_and_say_so(shipped):
    for id in ("S3.1-48.1", "S3.1-48.2"):
        assert shipped[id].period_end == date(2023, 11, 10)
        assert "three days" in shipped[id].note


def test_splits(shipped):
    assert all(one.period_end <= date(2023, 11, 10) for one in shipped.filter(split="calibration"))
    assert all(one.period_end > date(2023, 11, 7) for one in shipped.filter(split="held_out"))
    assert {one.split for one in shipped} == set(SPLITS)


def test_the_ministry_series_rises(shipped):
    series = [one for one in shipped if one.id.startswith("OCHA-")]
    assert len(series) == 23
    best = [one.figure.best for one in sorted(series, key=lambda one: one.period_end)]
    assert best == sorted(best)


def test_filters_and_table(shipped):
    assert {one.measure for one in shipped.filter(measure="acts")} == {"acts"}
    window = shipped.filter(since=date(2023, 10, 28), until=date(2023, 11, 3))
    assert {one.id for one in window} == {"S3.1-32.1", "S3.1-32.2", "S3.1-37.1", "S3.1-38.1"}
    assert len(shipped.table) == len(shipped)
    assert "itemised" not in shipped.table
    assert {one.measure for one in shipped} <= set(MEASURES)
    assert all(isinstance(one, Tally) for one in shipped)
