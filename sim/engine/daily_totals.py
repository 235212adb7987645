"""Daily totals of every replicate, by directed dyad and rung: what definitions judge, and what a block keeps.

Most cells of dyad, rung, day and replicate are empty, so only those with an act are kept, as rows.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.recfunctions import structured_to_unstructured

from sim.core.arrays import Integers
from sim.core.compilation import compiled
from sim.engine.theatre import Theatre

COUNTED: Final = ("acts", "launches", "claimed", "killed", "civilians")
"""What is summed in each row: acts, launches and claimed launches of salvos [1], killed and civilians among them
[persons]."""
DAY_ROW: Final = np.dtype(
    [("lane", np.int32), ("cell", np.int16), ("day", np.int16), *((name, np.int32) for name in COUNTED)], align=True
)
"""Totals of a replicate and day on one cell: place of the replicate, row of the dyad times the number of rungs plus the
reported rung, day (from 1), and what is counted."""

Rows = npt.NDArray[np.void]
Counts = npt.NDArray[np.integer]
Sums = npt.NDArray[np.int32]
Columns = Mapping[str, npt.NDArray[np.generic]]


class DailyTotals:
    """Acts, launches, killed by directed dyad, rung and day, in each replicate."""

    def __init__(self, theatre: Theatre, n_replicates: int) -> None:
        self.n_replicates = n_replicates
        self.n_days = 0  # days that are closed
        self._n_rungs = theatre.ladder.top + 1
        self._n_cells = len(theatre.dyads) * self._n_rungs
        self._waiting: list[Rows] = []
        # In the order of replicate, cell and day; `_ends` says where the rows of each replicate and cell end.
        self._ends: Integers = np.zeros(n_replicates * self._n_cells, dtype=np.int64)
        self._day: Counts = np.zeros(0, dtype=np.uint16)
        self._counts: Counts = np.zeros((len(COUNTED), 0), dtype=np.uint32)

    def add(self, rows: Rows) -> None:
        """Take in a copy of rows of the type `DAY_ROW`, one for each replicate, cell and day with an act.

        Replicates and cells come in any order; of one replicate and cell, days rise, also from call to call.
        """
        # Copied as plain bytes: NumPy copies records field by field, eight times as slowly.
        self._waiting.append(rows.view((np.void, DAY_ROW.itemsize)).copy().view(DAY_ROW))

    def close_days(self, n_days: int) -> None:
        """Say that all rows of the first days were added."""
        self.n_days = n_days

    def by_day(self, value: str, groups: Integers, n_groups: int) -> Sums:
        """Return daily sums over groups of cells, shape (n_groups, n_days, n_replicates).

        ``groups`` holds the group of each cell, shape (n_dyads, n_rungs), -1 for none; ``value`` is one of `COUNTED`.
        """
        return self._sum(value, groups, np.arange(self.n_days), (n_groups, self.n_days))

    def total(self, value: str, groups: Integers, n_groups: int, until: int) -> Integers:
        """Return sums over groups of cells (see `by_day`) of the first days, shape (n_groups, n_replicates)."""
        return self.totals_until(value, groups, n_groups, (until,))[:, 0]

    def totals_until(self, value: str, groups: Integers, n_groups: int, ends: Sequence[int]) -> Integers:
        """Return `total` for several ends, which rise, shape (n_groups, n_ends, n_replicates)."""
        places = np.searchsorted(ends, np.arange(1, min(max(ends, default=0), self.n_days) + 1))
        return self._sum(value, groups, places, (n_groups, len(ends))).cumsum(axis=1, dtype=np.int64)

    def _sum(self, value: str, groups: Integers, places: Integers, shape: tuple[int, int]) -> Sums:
        """Return sums over groups of cells and days, each day at its place, (n_groups, n_places, n_replicates)."""
        self._sort()
        sums: Sums = np.zeros((*shape, self.n_replicates), dtype=np.int32)
        of_cell = groups.reshape(-1)
        cells = np.flatnonzero(of_cell >= 0)
        _sum_rows(self._ends, self._day, self._counts[COUNTED.index(value)], cells, of_cell[cells], places, sums)
        return sums

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return all rows ordered by replicate, dyad, rung and day, and ``start``, where each replicate begins.

        ``start`` has shape (n_replicates + 1,); ``dyad``, ``rung``, ``day`` (from 1) and the names of `COUNTED`
        (n_rows,).
        """
        self._sort()
        cells = np.divmod(np.arange(self._n_cells, dtype=np.uint16), self._n_rungs)
        sizes = np.diff(self._ends, prepend=0)
        dyad, rung = (np.repeat(np.tile(part.astype(np.uint8), self.n_replicates), sizes) for part in cells)
        return {
            "start": np.concatenate([[0], self._ends[self._n_cells - 1 :: self._n_cells]]),
            "dyad": dyad,
            "rung": rung,
            "day": self._day,
            **dict(zip(COUNTED, self._counts, strict=True)),
        }

    @classmethod
    def from_columns(cls, theatre: Theatre, columns: Columns, n_days: int, n_replicates: int) -> "DailyTotals":
        """Return the totals from what `columns` returned."""
        totals = cls(theatre, n_replicates)
        totals._waiting.append(totals._rows_of(columns))
        totals.close_days(n_days)
        return totals

    def _rows_of(self, columns: Columns) -> Rows:
        rows = np.empty(len(columns["day"]), dtype=DAY_ROW)
        rows["lane"] = np.repeat(np.arange(self.n_replicates), np.diff(columns["start"]))
        rows["cell"] = columns["dyad"].astype(np.int64) * self._n_rungs + columns["rung"].astype(np.int64)
        for name in ("day", *COUNTED):
            rows[name] = columns[name]
        return rows

    def _sort(self) -> None:
        """Put rows that wait into the stored order, by counting."""
        if not self._waiting:
            return
        parts, self._waiting = self._waiting, []
        if len(self._day):
            parts.insert(0, self._rows_of(self.columns()))
        sizes = np.zeros_like(self._ends)
        for rows in parts:
            _count_rows(rows["lane"], rows["cell"], self._n_cells, sizes)
        ends = np.cumsum(sizes) - sizes
        self._day = np.empty(sizes.sum(), dtype=np.uint16)
        self._counts = np.empty((len(COUNTED), len(self._day)), dtype=np.uint32)
        for rows in parts:
            counts = structured_to_unstructured(rows[[*COUNTED]], copy=False)
            _place_rows(rows["lane"], rows["cell"], rows["day"], counts, self._n_cells, ends, self._day, self._counts)
        self._ends = ends


@compiled
def _count_rows(lane: Counts, cell: Counts, n_cells: int, sizes: Counts) -> None:
    """Add the number of rows of each replicate and cell."""
    for row in range(len(lane)):
        sizes[lane[row] * n_cells + cell[row]] += 1


@compiled
def _place_rows(
    lane: Counts, cell: Counts, day: Counts, counts: Counts, n_cells: int,
    ends: Counts, placed_day: Counts, placed_counts: Counts,
) -> None:  # fmt: skip
    """Put each row behind those of its replicate and cell that are there, and move their end."""
    for row in range(len(lane)):
        run = lane[row] * n_cells + cell[row]
        place = ends[run]
        ends[run] = place + 1
        placed_day[place] = day[row]
        for value in range(counts.shape[1]):
            placed_counts[value, place] = counts[row, value]


@compiled
def _sum_rows(
    ends: Counts, day: Counts, counts: Counts, cells: Counts, groups: Counts, places: Counts, sums: Sums
) -> None:
    """Add the counts of some cells to the sums of their groups, at the places of their days, by replicate."""
    _, n_places, n_replicates = sums.shape
    n_cells = len(ends) // n_replicates
    flat = sums.reshape(-1)
    for lane in range(n_replicates):
        for number in range(len(cells)):
            run = lane * n_cells + cells[number]
            first = groups[number] * n_places * n_replicates + lane
            for row in range(ends[run - 1] if run else 0, ends[run]):
                if day[row] > len(places):
                    break
                flat[first + places[day[row] - 1] * n_replicates] += counts[row]
