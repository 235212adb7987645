"""A ledger that grows: what is new, there, changed or alike is known before anything is written."""

from __future__ import annotations

import gzip
from dataclasses import replace

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
    revised = replace(FIRST, deaths=Figure(3, 4, 9), note="")
    merge = merge_incidents(path, [revised], update=update)
    assert merge.changed == ((revised, "killed_high 6 to 9; note the first to empty"),)
    merge.write()
    assert Ledger.read(path).incidents == ((revised if update else FIRST), SECOND)


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
    with pytest.raises(InputError, match="is packed; a ledger that is added to must be plain CSV"):
        merge_incidents(packed, [SECOND])


def test_a_trigger_that_nobody_has_is_refused_before_anything_is_written(path):
    before = path.read_bytes()
    with pytest.raises(InputError, match=r'row 3 \(id r-4\), stated_trigger: "r-77" is no id of this file'):
        merge_incidents(path, [replace(SECOND, stated_trigger="r-77")])
    assert path.read_bytes() == before


def series(days, **columns):
    index = pd.DatetimeIndex([f"2023-10-{day:02}" for day in days], name="date")
    return DailySeries(pd.DataFrame({"split": "calibration", **columns}, index=index))


NAN = float("nan")


@pytest.mark.parametrize(
    ("update", "dead"),
    [(False, [1.0, 2.0, 3.0, 4.0, NAN, 6.0]), (True, [1.0, 2.0, 9.0, 4.0, NAN, 6.0])],
)
def test_days_are_added_filled_and_changed_only_if_asked(update, dead):
    before = series([1, 2, 3, 4], dead=[1.0, NAN, 3.0, 4.0])
    brought = series([2, 3, 4, 6], dead=[2.0, 9.0, NAN, 6.0])
    merged, counts = merge_days(before, brought, update=update)
    pd.testing.assert_series_equal(
        merged.table["dead"], pd.Series(dead, merged.table.index, name="dead"), check_freq=False
    )
    assert counts == {"added": 1, "same": 2, "changed": 1}
    assert set(merged.table["split"]) == {"calibration"}
    assert list(merged.table.index.day) == [1, 2, 3, 4, 5, 6]


def test_a_series_that_the_table_has_not_is_refused():
    with pytest.raises(InputError, match='is not there; did you mean "dead"'):
        merge_days(series([1], dead=[1.0]), series([1], deads=[1.0]))
