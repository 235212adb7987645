"""Sums over an invented record, against sums made by hand, and under other names and orders."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from records import INCIDENTS

from sim.core.errors import InputError
from sim.evidence import GROUPS, UNKNOWN, Ledger

COLUMNS = (
    *("acts", "rung_highest", "launches_claimed", "launches_counted", "killed_low", "killed_best", "killed_high"),
    *("killed_military", "killed_civilian", "initiator_killed", "without_figure", "without_civilians"),
)
ROWS = {
    "r-1": (1, 2, 11, 17, 3, 4, 6, 1, 3, 7, 0, 0),
    "r-2": (1, 3, 20, None, 8, 9, 13, 4, 5, 25, 0, 0),
    "r-3": (1, None, 40, 0, 14, 14, None, None, None, 2, 1, 1),
    "r-4": (1, 5, None, 80, None, 30, None, 12, None, None, 0, 1),
    "r-5": (1, 6, 160, None, 47, 49, 70, 18, 31, 21, 0, 0),
    "r-6": (1, 4, None, None, None, None, None, None, None, None, 1, 1),
    "r-9": (1, 1, None, None, 0, 0, 1, None, None, None, 0, 0),
}
"""What each act adds to the sums."""

GROUPED = {
    "dyad": {
        **{"NOR-SOU": "1", "SOU-NOR": "2", "NOR-EAS": "3", "EAS-NOR": "4", "SOU-EAS": "5", "EAS-SOU": "6"},
        f"{UNKNOWN}-SOU": "9",
    },
    "initiator": {"NOR": "13", "SOU": "25", "EAS": "46", UNKNOWN: "9"},
    "target": {"SOU": "169", "NOR": "24", "EAS": "35"},
    "day": {
        **{"2023-10-09": "1", "2023-10-15": "2", "2023-10-30": "3", "2023-11-06": "4", "2023-11-05": "5"},
        **{"2023-12-04": "6", "2023-10-25": "9"},
    },
    "week": {"2023-10-09": "12", "2023-10-23": "9", "2023-10-30": "35", "2023-11-06": "4", "2023-12-04": "6"},
    "month": {"2023-10": "1239", "2023-11": "45", "2023-12": "6"},
    "rung": {"1": "9", "2": "1", "3": "2", "4": "6", "5": "4", "6": "5", "none": "3"},
    "split": {"calibration": "12349", "held_out": "56"},
    "certainty": {"S": "1569", "S+A": "2", "M": "3", "A+M": "4"},
}
"""Numbers of the acts of each group."""


def summed(numbers):
    """Return the sums of what is known: the rung is the highest, and a high bound is unknown if one is."""
    rows = [ROWS[f"r-{number}"] for number in numbers]
    columns = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
    sums = [sum(column) if column else None for column in columns]
    sums[1] = max(columns[1], default=None)
    sums[6] = sums[6] if len(columns[6]) == len(rows) else None
    return sums


def listed(table):
    return table.astype(object).where(table.notna(), None).to_numpy().tolist()


@pytest.mark.parametrize("by", GROUPED)
def test_sums_of_every_grouping_are_those_made_by_hand(by):
    assert GROUPED.keys() == GROUPS.keys()
    table = Ledger(INCIDENTS).totals(by)
    assert tuple(table.columns) == COLUMNS
    assert set(map(str, table.dtypes)) == {"Int64"}
    assert list(table.index) == sorted(GROUPED[by])
    assert listed(table) == [summed(GROUPED[by][group]) for group in sorted(GROUPED[by])]


def test_two_groupings_cross():
    table = Ledger(INCIDENTS).totals(["split", "target"])
    groups = {("calibration", "EAS"): "3", ("calibration", "NOR"): "24", ("calibration", "SOU"): "19"}
    groups |= {("held_out", "EAS"): "5", ("held_out", "SOU"): "6"}
    assert dict(zip(table.index, listed(table), strict=True)) == {key: summed(acts) for key, acts in groups.items()}


def test_the_dead_of_a_side_are_those_struck_and_its_own_as_fighters():
    """NOR: 9 and 30 struck, 7 and 2 of its own. SOU: 4, 0 and 0, 25 and 21 of its own. EAS: 14 and 49."""
    dead = Ledger(INCIDENTS).deaths_by_side()
    assert {side: tuple(row)[:2] for side, row in dead.iterrows()} == {
        "NOR": (48, 5),
        "SOU": (50, 3),
        "EAS": (63, 31),
        UNKNOWN: (pd.NA, pd.NA),
    }
    by_month = Ledger(INCIDENTS).deaths_by_side("month")
    assert {key: tuple(row)[:2] for key, row in by_month.iterrows()} == {
        ("2023-10", "NOR"): (18, 5),
        ("2023-10", "SOU"): (29, 3),
        ("2023-10", "EAS"): (14, pd.NA),
        ("2023-10", UNKNOWN): (pd.NA, pd.NA),
        ("2023-11", "NOR"): (30, pd.NA),
        ("2023-11", "EAS"): (49, 31),
        ("2023-11", "SOU"): (21, 0),
        ("2023-12", "EAS"): (pd.NA, pd.NA),
        ("2023-12", "SOU"): (pd.NA, pd.NA),
    }


def test_sums_do_not_hang_on_names_or_on_the_order_of_rows():
    names = {"NOR": "Z", "SOU": "EAS", "EAS": "NOR", "FAR": "FAR", UNKNOWN: UNKNOWN, "": ""}
    renamed = [replace(one, initiator=names[one.initiator], target=names[one.target]) for one in INCIDENTS[::-1]]
    for by in ("target", "initiator"):
        pd.testing.assert_frame_equal(
            Ledger(renamed).totals(by), Ledger(INCIDENTS).totals(by).rename(index=names).sort_index()
        )
    pd.testing.assert_frame_equal(
        Ledger(renamed).deaths_by_side(), Ledger(INCIDENTS).deaths_by_side().rename(index=names).sort_index()
    )
    pd.testing.assert_frame_equal(Ledger(INCIDENTS).totals("week"), Ledger(renamed).totals("week"))


def test_no_rows_make_an_empty_table():
    assert Ledger(()).totals().empty
    assert Ledger(()).deaths_by_side("week").empty
    assert len(Ledger(()).table) == 0


@pytest.mark.parametrize("sums", [Ledger.totals, Ledger.deaths_by_side])
def test_a_grouping_that_is_not_known_is_refused(sums):
    with pytest.raises(InputError, match='by: "weeks" is not known; did you mean "week"'):
        sums(Ledger(INCIDENTS), "weeks")
