"""A ledger that grows: what is new, there, changed or alike is known before anything is written."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from records import INCIDENTS

from sim.core.errors import InputError, OutputError
from sim.evidence import Figure, Ledger
from sim.evidence.daily_series import DailySeries, merge_days
from sim.evidence.ledger_merge import merge_incidents

FIRST, SECOND = INCIDENTS[0], INCIDENTS[3]


@pytest.fixture
def path(tmp_path):
    merge_incidents(tmp_path / "ledger.csv", [FIRST]).write()
    return tmp_path / "ledger.csv"


def test_nothing_is_written_before_it_is_asked(path):
    before = path.read_bytes()
    merge = merge_incidents(path, [FIRST, SECOND])
    assert ([one.id for one in merge.added], [one.id for one in merge.same]) == (["r-4"], ["r-1"])
    assert path.read_bytes() == before
    merge.write()
    assert Ledger.read(path).incidents == merge.whole.incidents == (FIRST, SECOND)


@pytest.mark.parametrize("update", [False, True])
def test_what_changed_is_told_cell_by_cell_and_taken_in_its_place(path, update):
    merge_incidents(path, [SECOND]).write()
    revised = replace(FIRST, deaths=Figure(3, 4, 9), note="", struck="a camp")
    merge = merge_incidents(path, [revised], update=update)
    ((filled, words),) = merge.changed
    assert words == "struck a post to a camp; killed_high 6 to 9"
    assert filled == replace(revised, note="the first"), "what only the ledger says stays"
    merge.write()
    assert Ledger.read(path).incidents == ((filled if update else FIRST), SECOND)


def test_what_an_analyst_set_stays(path):
    """The rung above all, which a map gives by kind of event and cannot know better."""
    brought = replace(FIRST, rung=1, rung_low=None, rung_high=None, time=None, time_precision="day", in_article=False)
    merge = merge_incidents(path, [brought], update=True)
    assert (merge.changed, [one.id for one in merge.same]) == ((), ["r-1"])
    assert merge.kept == ((FIRST, "rung_low 1 to empty; rung 2 to 1; rung_high 4 to empty"),)
    assert merge.whole.incidents == (FIRST,)
    bare = replace(FIRST, id="r-5", rung=None, rung_low=None, rung_high=None)
    merge_incidents(path, [bare]).write()
    ((filled, words),) = merge_incidents(path, [replace(bare, rung=3)]).changed
    assert (filled.rung, words) == (3, "rung empty to 3")


def test_new_dead_that_contradict_old_parts_take_their_place(path):
    revised = replace(FIRST, deaths=Figure(9, 9, 9), military_deaths=Figure(), civilian_deaths=Figure())
    merge = merge_incidents(path, [revised], update=True)
    merge.write()
    (one,) = Ledger.read(path)
    assert (one.deaths, one.military_deaths, one.civilian_deaths) == (Figure(9, 9, 9), Figure(), Figure())


def test_a_row_that_looks_like_one_of_the_ledger_is_told_and_added(path):
    twin = replace(FIRST, id="r-99", deaths=Figure(), source="another paper")
    merge = merge_incidents(path, [twin, SECOND])
    assert [(one.id, other.id) for one, other in merge.alike] == [("r-1", "r-99")]
    assert [one.id for one in merge.added] == ["r-99", "r-4"]
    assert merge_incidents(path, [FIRST]).alike == ()


def test_what_somebody_else_wrote_meanwhile_is_not_lost(path):
    merge = merge_incidents(path, [SECOND])
    merge_incidents(path, [replace(SECOND, id="r-5")]).write()
    with pytest.raises(OutputError, match="was changed by somebody else meanwhile; nothing is written, try again"):
        merge.write()
    assert [one.id for one in Ledger.read(path)] == ["r-1", "r-5"]
    assert [file.name for file in path.parent.iterdir()] == ["ledger.csv"]


def test_a_packed_ledger_is_read_and_not_written(path):
    packed = path.with_name("ledger.csv.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert Ledger.read(packed).incidents == (FIRST,)
    with pytest.raises(InputError, match="is packed; a file that is added to must be plain CSV"):
        merge_incidents(packed, [SECOND])


def test_rows_whose_triggers_cannot_be_are_refused_and_the_others_taken(path):
    """Also a row whose trigger is one of those."""
    rows = [replace(SECOND, id=f"t-{n}", stated_trigger=trigger) for n, trigger in enumerate(["r-77", "t-0", "r-1"])]
    merge = merge_incidents(path, rows)
    assert [one.id for one, _ in merge.refused] == ["t-0", "t-1"]
    assert merge.refused[0][1].startswith('"r-77" is no id of this file')
    merge.write()
    assert [one.id for one in Ledger.read(path)] == ["r-1", "t-2"]


def test_a_link_stays_a_link_and_a_ledger_of_a_header_alone_is_begun(path):
    link = path.with_name("link.csv")
    link.symlink_to(path)
    merge_incidents(link, [SECOND]).write()
    assert link.is_symlink()
    assert len(Ledger.read(path)) == 2
    path.write_text(path.read_text().splitlines()[0] + "\n")
    merge_incidents(path, [SECOND]).write()
    assert Ledger.read(path).incidents == (SECOND,)


def test_a_record_under_another_id_is_told(path):
    record = replace(SECOND, id="A-1", struck="record 1")
    merge_incidents(path, [record]).write()
    merge = merge_incidents(path, [replace(record, id="B-9", struck="record 9")])
    assert [(one.id, other.id) for one, other in merge.alike] == [("A-1", "B-9")]
    other = replace(record, id="B-9", struck="record 9", deaths=Figure(1, 1, 1))
    assert merge_incidents(path, [other]).alike == ()


def series(days, **columns):
    index = pd.DatetimeIndex([f"2023-10-{day:02}" for day in days], name="date")
    return DailySeries(pd.DataFrame({"split": "calibration", **columns}, index=index))


NAN = float("nan")


@pytest.fixture
def table(tmp_path):
    merge_days(tmp_path / "daily.csv", series([1, 2, 3, 4], dead=[1.0, NAN, 3.0, 4.0])).write()
    return tmp_path / "daily.csv"


@pytest.mark.parametrize(
    ("update", "dead"), [(False, [1.0, 2.0, 3.0, 4.0, NAN, 6.0]), (True, [1.0, 2.0, 9.0, 4.0, NAN, 6.0])]
)
def test_days_are_added_filled_and_changed_only_if_asked(table, update, dead):
    merge = merge_days(table, series([2, 3, 4, 6], dead=[2.0, 9.0, NAN, 6.0]), update=update)
    assert (merge.added, merge.same, merge.changed) == (2, 0, ((date(2023, 10, 3), "dead 3 to 9"),))
    merge.write()
    read = DailySeries.read(table).table
    assert read["dead"].tolist() == pytest.approx(dead, nan_ok=True)
    assert set(read["split"]) == {"calibration"}
    assert list(read.index.day) == [1, 2, 3, 4, 5, 6]


def test_a_series_that_the_table_has_not_is_refused(table):
    with pytest.raises(InputError, match='is no series of this table; did you mean "dead"'):
        merge_days(table, series([1], deads=[1.0]))


def test_earlier_days_never_hold_out_later_ones(table):
    early = series([1], dead=[5.0]).table.set_index(pd.DatetimeIndex(["2023-09-20"], name="date"))
    merge_days(table, DailySeries(early)).write()
    assert set(DailySeries.read(table).table["split"]) == {"calibration"}
    with pytest.raises(InputError, match="2023-09-10 would be held out and 2023-09-20 after it not; give the map"):
        held_out = early.assign(split="held_out").set_index(pd.DatetimeIndex(["2023-09-10"], name="date"))
        merge_days(table, DailySeries(held_out))
