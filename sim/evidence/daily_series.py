"""Daily series: one row a day, a column a series, with the split that says what a day may be used for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.evidence.csv_cells import SPLITS, Row, read_rows

_KEYS = ("date", "split")


@dataclass(frozen=True)
class DailySeries:
    """Series of daily figures without a gap in the days, indexed by day; a missing value: nothing was reported.

    The text column ``split`` stands beside a column of numbers per series.
    """

    table: pd.DataFrame

    @classmethod
    def read(cls, path: str | Path, *, required: Sequence[str] = ()) -> DailySeries:
        """Read and check a CSV file: ``date``, ``split`` and a column per series, with figures of 0 or more."""
        rows = read_rows(path, [*_KEYS, *required], name="date", others="keep")
        series = [column for column in rows[0].cells if column not in _KEYS]
        days = [row.day("date", required=True) for row in rows]
        splits = [row.choice("split", SPLITS) for row in rows]
        columns = {column: [_figure(row, column) for row in rows] for column in series}
        _check_days(rows, days)
        _check_splits(rows, splits)
        rows[0].problems.raise_if_any()
        return cls(pd.DataFrame({"split": splits, **columns}, index=pd.DatetimeIndex(days, name="date")))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the series."""
        return tuple(column for column in self.table.columns if column != "split")

    def filter(self, *, since: date | None = None, until: date | None = None, split: str | None = None) -> DailySeries:
        """Return the days of one split from `since` to `until`, both included."""
        first = None if since is None else pd.Timestamp(since)
        last = None if until is None else pd.Timestamp(until)
        table = self.table.loc[first:last]
        return DailySeries(table if split is None else table[table["split"] == split])

    def column(self, name: str) -> pd.Series[float]:
        """Return one series by day [1/day], missing where nothing was reported."""
        if name not in self.names:
            raise InputError.single("series", "column", f'"{name}" is not there; {nearest(name, self.names)}')
        return self.table[name].astype(float)


def merge_days(
    before: DailySeries | None, brought: DailySeries, *, update: bool = False
) -> tuple[DailySeries, dict[str, int]]:
    """Return a series with the days of another, and how many of these days were added, the same and changed.

    What a day lacks is added to it; what differs is taken with `update` only. Days between that nobody has are missing.
    """
    if before is None:
        return brought, {"added": len(brought.table), "same": 0, "changed": 0}
    if unknown := [name for name in brought.names if name not in before.names]:
        raise InputError.single("series", unknown[0], f"is not there; {nearest(unknown[0], before.names)}")
    days = before.table.index.union(brought.table.index)
    days = pd.date_range(days.min(), days.max(), name="date")
    old, new = before.table.reindex(days), brought.table.reindex(days).reindex(columns=before.table.columns)
    names = list(before.names)
    is_other = (old[names] != new[names]) & old[names].notna() & new[names].notna()
    merged = new.combine_first(old) if update else old.combine_first(new)
    merged["split"] = merged["split"].fillna("calibration").where(days < _first_held_out(merged), "held_out")
    known_days = brought.table.index
    is_added = ~known_days.isin(before.table.index)
    changed = int(is_other.any(axis=1).loc[known_days].sum())
    counts = {"added": int(is_added.sum()), "same": len(known_days) - int(is_added.sum()) - changed, "changed": changed}
    return DailySeries(merged[before.table.columns]), counts


def _first_held_out(table: pd.DataFrame) -> pd.Timestamp:
    """Return the first held-out day of a table, one after its last where there is none."""
    held_out = table.index[table["split"] == "held_out"]
    return pd.Timestamp(held_out.min() if len(held_out) else table.index.max() + pd.Timedelta(days=1))


def _figure(row: Row, column: str) -> float:
    """Return a figure that is 0 or more, missing for an empty cell."""
    number = row.number_in(column, 0)
    return math.nan if number is None else number


def _check_days(rows: Sequence[Row], days: Sequence[date | None]) -> None:
    """Note days that do not follow the one before."""
    for before, row, day in zip(days, rows[1:], days[1:], strict=False):
        if before is None or day is None or day == before + timedelta(days=1):
            continue
        if day == before:
            row.fault("date", "stands twice")
        elif day < before:
            row.fault("date", f"comes after {before}; days must ascend")
        else:
            row.fault("date", f"follows {before}; the days between are missing (leave their cells empty)")


def _check_splits(rows: Sequence[Row], splits: Sequence[str]) -> None:
    """Note days for calibration that come after held-out ones, because a fit would then see the future."""
    for before, row, split in zip(splits, rows[1:], splits[1:], strict=False):
        if (before, split) == ("held_out", "calibration"):
            row.fault("split", "is calibration after a held-out day; calibration must come first")
