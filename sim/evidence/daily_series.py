"""Daily series: one row a day, a column a series, with the split that says what a day may be used for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from sim.core.arrays import Flags, Floats
from sim.core.errors import InputError, nearest
from sim.evidence.csv_cells import SPLITS, Row, read_rows
from sim.evidence.ledger_merge import read_whole, replace_whole

_KEYS = ("date", "split")


@dataclass(frozen=True)
class DailySeries:
    """Daily figures without a gap in the days, a series a column beside ``split``; missing: nothing was reported."""

    table: pd.DataFrame

    @classmethod
    def read(cls, path: str | Path, *, required: Sequence[str] = ()) -> DailySeries:
        """Read and check a CSV file: ``date``, ``split`` and a column per series, with figures of 0 or more."""
        rows = read_rows(path, [*_KEYS, *required], name="date", others="keep")
        series = [column for column in rows[0].cells if column not in _KEYS]
        days = [row.day("date", required=True) for row in rows]
        splits = [row.choice("split", SPLITS) for row in rows]
        columns = {
            column: [math.nan if (figure := row.number_in(column, 0)) is None else figure for row in rows]
            for column in series
        }
        _check_order(rows, days, splits)
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


@dataclass(frozen=True)
class DaysMerge:
    """What becomes of days that are brought to a daily table."""

    path: Path
    before: bytes  # content of the file; empty where there is none
    whole: DailySeries  # the table that it would be
    added: int  # days of which nothing was known
    same: int
    changed: tuple[tuple[date, str], ...]  # days that stand there otherwise, with what differs

    def write(self) -> None:
        """Write the table whole or not at all; refuse if somebody else has written it since it was read."""
        text = self.whole.table.to_csv(lineterminator="\n", date_format="%Y-%m-%d")
        replace_whole(self.path, self.before, text.encode())


def merge_days(path: Path, brought: DailySeries, *, update: bool = False) -> DaysMerge:
    """Return what becomes of days brought to the table of a file, which may be missing; `update` takes what differs."""
    content = read_whole(path)
    before = DailySeries.read(path) if content else DailySeries(brought.table.iloc[:0])
    for name in brought.names:
        if name not in before.names:
            raise InputError.single(path, name, f"is no series of this table; {nearest(name, before.names)}")
    days = before.table.index.union(brought.table.index)
    days = pd.date_range(days.min(), days.max(), name="date")
    old, new = before.table.reindex(days), brought.table.reindex(days).reindex(columns=before.table.columns)
    names = list(before.names)
    merged = new.combine_first(old) if update else old.combine_first(new)
    merged["split"] = old["split"].fillna(new["split"]).ffill()
    told = new[names].notna().any(axis=1)
    is_other = (old[names] != new[names]) & old[names].notna() & new[names].notna()
    rows = zip(days, old[names].to_numpy(float), new[names].to_numpy(float), is_other.to_numpy(), strict=True)
    changed = tuple((day.date(), _words(names, *row)) for day, *row in rows if row[-1].any())
    added = int((told & old[names].isna().all(axis=1)).sum())
    _check_line(path, merged["split"])
    whole = DailySeries(merged[before.table.columns])
    return DaysMerge(path, content, whole, added, int(told.sum()) - added - len(changed), changed)


def _words(names: list[str], old: Floats, new: Floats, is_other: Flags) -> str:
    """Return in words which figures of a day changed."""
    figures = zip(names, old, new, is_other, strict=True)
    return "; ".join(f"{name} {one:g} to {other:g}" for name, one, other, differs in figures if differs)


def _check_line(path: Path, splits: pd.Series[str]) -> None:
    """Refuse a table of which a day for calibration comes after a held-out one."""
    held_out = splits.index[splits == "held_out"]
    late = splits.index[(splits == "calibration") & (splits.index > held_out.min())] if len(held_out) else []
    if len(late):
        line = f"{held_out.min():%Y-%m-%d} would be held out and {late[0]:%Y-%m-%d} after it not"
        raise InputError.single(path, "split", f"{line}; give the map the held_out_from of this table")


def _check_order(rows: Sequence[Row], days: Sequence[date | None], splits: Sequence[str]) -> None:
    """Note days that do not follow the one before, and those for calibration that come after held-out ones."""
    for earlier, row, split in zip(splits, rows[1:], splits[1:], strict=False):
        if (earlier, split) == ("held_out", "calibration"):
            row.fault("split", "is calibration after a held-out day; calibration must come first")
    for before, row, day in zip(days, rows[1:], days[1:], strict=False):
        if before is None or day is None or day == before + timedelta(days=1):
            continue
        if day == before:
            row.fault("date", "stands twice")
        elif day < before:
            row.fault("date", f"comes after {before}; days must ascend")
        else:
            row.fault("date", f"follows {before}; the days between are missing (leave their cells empty)")
