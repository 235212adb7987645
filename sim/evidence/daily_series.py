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
        rows = read_rows(path, [*_KEYS, *required], name="date", others=True)
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
