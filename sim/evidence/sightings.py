"""Timed sightings of one side's acts, such as warning times: one row each, merged into acts.

A warning system notes the same act several times: every place it reaches, every volley of a salvo. Sightings closer to
the one before than a stated gap are merged into one act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sim.evidence.csv_cells import SPLITS, read_rows

COLUMNS: tuple[str, ...] = ("date", "time", "split")
"""Columns that a file of sightings must have; others are kept for people."""


@dataclass(frozen=True)
class Sightings:
    """Local times at which something was noted, in rising order, and the split of each."""

    moments: tuple[datetime, ...]
    splits: tuple[str, ...]

    @classmethod
    def read(cls, path: str | Path) -> Sightings:
        """Read and check a CSV file with the columns of `COLUMNS`, in the order of time."""
        rows = read_rows(path, COLUMNS, name="date", others="keep")
        moments: list[datetime] = []
        splits: list[str] = []
        for row in rows:
            day, clock = row.day("date", required=True), row.clock("time")
            splits.append(row.choice("split", SPLITS))
            if clock is None:
                row.fault("time", "is empty or not a time; a sighting needs it, for instance 16:02")
            moment = datetime.combine(day or date.min, clock or time())
            if moments and moment < moments[-1]:
                row.fault("time", f"comes after {moments[-1]:%Y-%m-%d %H:%M}; times must not fall")
            moments.append(moment)
        rows[0].problems.raise_if_any()
        return cls(tuple(moments), tuple(splits))

    def acts(self, first: date, until: date, merge_minutes: float, split: str | None = None) -> list[float]:
        """Return rising times of acts of a split [days since the first midnight], with near sightings merged."""
        start, gap = datetime.combine(first, time()), timedelta(minutes=merge_minutes)
        times: list[float] = []
        last: datetime | None = None
        for moment, of_split in zip(self.moments, self.splits, strict=True):
            if first <= moment.date() < until and split in (None, of_split):
                if last is None or moment - last > gap:
                    times.append((moment - start) / timedelta(days=1))
                last = moment
        return times
