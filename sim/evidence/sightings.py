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
    """Times at which something was noted, in rising order.

    Parameters
    ----------
    moments : tuple of datetime
        Local times.
    """

    moments: tuple[datetime, ...]

    @classmethod
    def read(cls, path: str | Path) -> Sightings:
        """Read and check a file of sightings.

        Parameters
        ----------
        path : str or Path
            CSV file with the columns of `COLUMNS`.

        Raises
        ------
        InputError
            With everything that is wrong with the file: a date or time that cannot be read, rows out of order, a
            split that is not known.
        """
        rows = read_rows(path, COLUMNS, name="date", others=True)
        moments: list[datetime] = []
        for row in rows:
            day, clock = row.day("date", required=True), row.clock("time")
            row.choice("split", SPLITS)
            if clock is None:
                row.fault("time", "is empty or not a time; a sighting needs it, for instance 16:02")
            moment = datetime.combine(day or date.min, clock or time())
            if moments and moment < moments[-1]:
                row.fault("time", f"comes after {moments[-1]:%Y-%m-%d %H:%M}; times must not fall")
            moments.append(moment)
        rows[0].problems.raise_if_any()
        return cls(tuple(moments))

    def acts(self, first: date, until: date, merge_minutes: float) -> list[float]:
        """Return the times of acts within a span.

        Parameters
        ----------
        first, until : date
            First day, and the day after the last one.
        merge_minutes : float
            A sighting at most this long after the one before belongs to the same act [minutes].

        Returns
        -------
        list of float
            Time of the first sighting of each act since the first day's midnight, strictly rising [days].
        """
        start, gap = datetime.combine(first, time()), timedelta(minutes=merge_minutes)
        found: list[float] = []
        last: datetime | None = None
        for moment in self.moments:
            if first <= moment.date() < until:
                if last is None or moment - last > gap:
                    found.append((moment - start) / timedelta(days=1))
                last = moment
        return found
