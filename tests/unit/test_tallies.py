"""Published tallies: what is refused, and how much of each stands in dated rows."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from records import INCIDENTS, TALLY

from sim.core.errors import InputError
from sim.evidence import MEASURES, SPLITS, UNKNOWN, Figure, Ledger, Tallies, Tally
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
        ({"period_end": "2023-10-01"}, "period_end: is 2023-10-01, before period_start, which is 2023-10-08"),
        ({"measure": "deaths"}, 'measure: "deaths" is not known'),
        ({"split": "all"}, 'split: "all" is not known'),
        ({"low": ""}, "a tally needs a figure"),
        ({"low": "-1"}, "low: is -1; allowed: 0 or more"),
        ({"low": "9", "best": "8"}, "low: is 9, more than best, which is 8"),
        ({"best": "9", "high": "8", "low": ""}, "best: is 9, more than high, which is 8"),
        ({"period_start": ""}, "period_start: is empty"),
        ({"source": ""}, "source: is empty"),
        ({"in_article": ""}, "in_article: is empty"),
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


@pytest.mark.parametrize(
    ("changes", "itemised"),
    [
        ({}, 43),  # 4 and 14 struck, 25 of their own
        ({"measure": "killed_combatants"}, 26),  # 1, 25 of their own; who the 14 were is not known
        ({"measure": "killed_civilians"}, 3),
        ({"measure": "acts"}, 3),
        ({"measure": "launches"}, 17),  # counted before claimed, and a count of 0 is a count
        ({"measure": "displaced"}, None),
        ({"measure": "acts_claimed"}, None),
        ({"initiators": ("NOR",), "measure": "acts"}, 2),
        ({"targets": ("SOU",)}, 29),
        ({"targets": ("EAS",)}, 14),
        ({"initiators": ("SOU",), "targets": ("NOR",)}, 16),  # 9 struck, and 7 of their own in the first act
        ({"initiators": ()}, None),
        ({"targets": ()}, None),
        ({"period_start": date(2023, 10, 10)}, 39),  # the first act and nothing else is before
        ({"period_end": date(2023, 11, 1)}, 29),  # the span does not lie within
        (
            {"period_start": date(2023, 10, 31), "period_end": date(2023, 11, 30), "targets": ("EAS",)},
            None,
        ),  # nobody says
        ({"initiators": ("FAR",), "targets": ("NOR",), "period_start": date(2023, 1, 1)}, 0),
    ],
)
def test_items_of_a_tally_lie_wholly_within_its_days_and_between_its_sides(changes, itemised):
    ledger = Ledger(INCIDENTS)
    tally = replace(TALLY, **changes)
    assert tally.itemised(ledger) == itemised
    assert tally.itemised(Ledger(INCIDENTS[::-1])) == itemised
    names = {"NOR": "X", "SOU": "NOR", "EAS": "SOU", "FAR": "FAR", UNKNOWN: UNKNOWN, "": ""}
    renamed = [replace(one, initiator=names[one.initiator], target=names[one.target]) for one in INCIDENTS]
    sides = {side: tuple(names[party] for party in getattr(tally, side)) for side in ("initiators", "targets")}
    assert replace(tally, **sides).itemised(Ledger(tuple(renamed))) == itemised


def test_a_comparison_has_every_column_and_what_stands_only_in_the_tally():
    tallies = Tallies(
        (TALLY, replace(TALLY, id="t-2", figure=Figure(80, 90, 95)), replace(TALLY, id="t-3", targets=()))
    )
    table = tallies.compare(Ledger(INCIDENTS))
    assert list(table.reset_index().columns) == [*COLUMNS, "itemised", "only_in_tally"]
    columns = ["low", "best", "high", "itemised", "only_in_tally"]
    assert set(table[columns].dtypes.astype(str)) == {"Int64"}
    numbers = table[columns].astype(object).where(table.notna(), None)
    assert numbers.loc["t-1"].tolist() == [100, None, 300, 43, 57]
    assert numbers.loc["t-2"].tolist() == [80, 90, 95, 43, 47]
    assert numbers.loc["t-3"].tolist() == [100, None, 300, None, None]
    texts = ["split", "measure", "location", "initiators", "targets", "counted_by", "source", "in_article"]
    assert table.loc["t-1", texts].tolist() == [
        *("calibration", "killed", "Southland", f"NOR;{UNKNOWN}", "SOU;EAS", "an office", "a wire", False)
    ]
    assert list(tallies.table.columns) == list(COLUMNS[1:])


@pytest.mark.parametrize(
    ("conditions", "numbers"),
    [
        ({}, "123"),
        ({"since": date(2023, 11, 6)}, "23"),
        ({"since": date(2023, 11, 7), "until": date(2023, 11, 8)}, "3"),
        ({"until": date(2023, 11, 6)}, "12"),
        ({"split": "held_out"}, "3"),
        ({"measure": "acts"}, "2"),
        ({"in_article": True}, "1"),
        ({"in_article": False}, "23"),
    ],
)
def test_a_filter_takes_tallies_by_their_last_day(conditions, numbers):
    ends = (date(2023, 11, 2), date(2023, 11, 6), date(2023, 11, 8))
    rows = [
        replace(TALLY, id=f"t-{number}", period_end=end, in_article=number == 1) for number, end in enumerate(ends, 1)
    ]
    tallies = Tallies((rows[0], replace(rows[1], measure="acts"), replace(rows[2], split="held_out")))
    assert [one.id for one in tallies.filter(**conditions)] == [f"t-{number}" for number in numbers]
    assert [tallies[f"t-{number}"].id for number in "123"] == ["t-1", "t-2", "t-3"]


def test_every_column_of_a_tally_is_read(tmp_path):
    cells = {"low": "81", "best": "85", "high": "99", "split": "held_out", "in_article": "false", "note": "a note"}
    cells |= {"initiators": "ISR; USA", "targets": " HZB ;HAM;", "measure": "launches", "counted_by": "an office"}
    (tally,) = Tallies.read(write(tmp_path / "a.csv", cells))
    assert (tally.id, tally.split, tally.measure, tally.location) == ("T-01", "held_out", "launches", "Lebanon")
    assert (tally.period_start, tally.period_end) == (date(2023, 10, 8), date(2023, 11, 6))
    assert (tally.initiators, tally.targets) == (("ISR", "USA"), ("HZB", "HAM"))
    assert (tally.figure, tally.counted_by, tally.source) == (Figure(81, 85, 99), "an office", "AFP")
    assert (tally.in_article, tally.note) == (False, "a note")
    one_day = write(tmp_path / "a.csv", {"period_end": "2023-10-08", "low": "", "high": "0"})
    assert Tallies.read(one_day)["T-01"].figure == Figure(high=0)


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


def test_the_shipped_file_has_known_measures(shipped):
    assert {one.measure for one in shipped} <= set(MEASURES)
    assert all(isinstance(one, Tally) for one in shipped)
