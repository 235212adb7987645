"""Daily totals of every replicate, by directed dyad and rung: what definitions judge, and what a block keeps.

Most cells of dyad, rung, day and replicate are empty, so only those with an act are kept, as rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Integers
from sim.engine.acts import FALSE_ALARM, Acts, Marks
from sim.engine.theatre import Theatre

COUNTED: Final = ("acts", "launches", "claimed", "killed", "civilians")
"""What is summed in each row: acts, launches and claimed launches of salvos [1], killed and civilians among them
[persons]."""

Counts = npt.NDArray[np.unsignedinteger]
Sums = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Day:
    """Rows of one day, one for each replicate, dyad and rung with an act; every array has shape (n_rows,)."""

    cell: Counts  # row of the dyad times the number of rungs, plus the reported rung
    lane: Counts  # position of the replicate
    counts: dict[str, Counts]  # by name in `COUNTED`


class DailyTotals:
    """Acts, launches, killed by directed dyad, rung and day, in each replicate."""

    def __init__(self, theatre: Theatre, n_replicates: int) -> None:
        self._theatre = theatre
        self.n_replicates = n_replicates
        self._n_rungs = theatre.ladder.top + 1
        self._is_salvo = np.array([theatre.parties[i].counts_launches for i in theatre.sender])
        self._today: list[Acts] = []
        self.days: list[Day] = []

    def add(self, acts: Acts) -> None:
        """Add the acts of a step to the day that is open."""
        self._today.append(acts.select(np.flatnonzero(acts.cause != FALSE_ALARM)))

    def end_day(self, marks: Marks) -> Day:
        """Close the day that is open and return its rows."""
        acts = Acts.concatenate(self._today)
        self._today = []
        key = (acts.dyad * self._n_rungs + acts.rung) * self.n_replicates + acts.lane
        numbers = np.bincount(key, minlength=len(self._theatre.dyads) * self._n_rungs * self.n_replicates)
        filled = np.flatnonzero(numbers)
        salvos = np.flatnonzero(self._is_salvo[acts.dyad])
        launches = marks.draw_launches(acts.select(salvos))
        deadly = np.flatnonzero(acts.killed > 0)
        size = len(numbers)

        def summed(chosen: Integers, values: Integers) -> Counts:
            # Sums of whole numbers are exact in floating point far beyond any count here.
            return to_smallest_type(np.bincount(key[chosen], weights=values, minlength=size)[filled])

        counts = {
            "acts": to_smallest_type(numbers[filled]),
            "launches": summed(salvos, launches),
            "claimed": summed(salvos, marks.draw_claims(acts.select(salvos), launches)),
            "killed": summed(deadly, acts.killed[deadly]),
            "civilians": summed(deadly, acts.civilians[deadly]),
        }
        cell, lane = np.divmod(filled, self.n_replicates)
        day = Day(to_smallest_type(cell), to_smallest_type(lane), counts)
        self.days.append(day)
        return day

    def by_day(self, value: str, groups: Integers, n_groups: int) -> Sums:
        """Return daily sums over groups of cells, shape (n_groups, n_days, n_replicates).

        ``groups`` holds the group of each cell, shape (n_dyads, n_rungs), -1 for none; ``value`` is one of `COUNTED`.
        """
        sums: Sums = np.zeros((n_groups, len(self.days), self.n_replicates), dtype=np.int32)
        of_cell = groups.reshape(-1)
        for index, day in enumerate(self.days):
            group = of_cell[day.cell]
            chosen = np.flatnonzero(group >= 0)
            key = group[chosen] * self.n_replicates + day.lane[chosen]
            weights = day.counts[value][chosen]
            size = n_groups * self.n_replicates
            sums[:, index] = np.bincount(key, weights=weights, minlength=size).reshape(n_groups, -1)
        return sums

    def total(self, value: str, groups: Integers, n_groups: int, until: int) -> Integers:
        """Return sums over groups of cells (see `by_day`) of the first days, shape (n_groups, n_replicates)."""
        sums = np.zeros((n_groups, self.n_replicates), dtype=np.int64)
        of_cell = groups.reshape(-1)
        for day in self.days[:until]:
            group = of_cell[day.cell]
            chosen = np.flatnonzero(group >= 0)
            key = group[chosen] * self.n_replicates + day.lane[chosen]
            of_day = np.bincount(key, weights=day.counts[value][chosen], minlength=sums.size)
            sums += of_day.reshape(sums.shape).astype(np.int64)
        return sums

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return all rows ordered by replicate, dyad, rung and day, and ``start``, where each replicate begins.

        ``start`` has shape (n_replicates + 1,); ``dyad``, ``rung``, ``day`` (from 1) and the names of `COUNTED`
        (n_rows,).
        """
        lane = np.concatenate([day.lane for day in self.days])
        cell = np.concatenate([day.cell for day in self.days])
        number = np.repeat(np.arange(1, len(self.days) + 1, dtype=np.uint16), [len(day.lane) for day in self.days])
        key = (lane.astype(np.int64) * int(cell.max(initial=0) + 1) + cell) * (len(self.days) + 1) + number
        order = np.argsort(key)
        dyad, rung = np.divmod(cell[order], self._n_rungs)
        start = np.searchsorted(lane[order], np.arange(self.n_replicates + 1))
        table: dict[str, npt.NDArray[np.generic]] = {
            "start": start.astype(np.int64),
            "dyad": dyad.astype(np.uint8),
            "rung": rung.astype(np.uint8),
            "day": number[order],
        }
        for name in COUNTED:
            table[name] = np.concatenate([day.counts[name] for day in self.days])[order].astype(np.uint32)
        return table

    @classmethod
    def from_columns(
        cls, theatre: Theatre, columns: dict[str, npt.NDArray[np.generic]], n_days: int, n_replicates: int
    ) -> DailyTotals:
        """Return the totals from what `columns` returned."""
        totals = cls(theatre, n_replicates)
        lane = np.repeat(np.arange(n_replicates), np.diff(columns["start"]))
        cell = columns["dyad"].astype(np.int64) * totals._n_rungs + columns["rung"].astype(np.int64)
        order = np.argsort(columns["day"], kind="stable")
        ends = np.searchsorted(columns["day"][order], np.arange(1, n_days + 2))
        for day in range(n_days):
            rows = order[ends[day] : ends[day + 1]]
            counts = {name: to_smallest_type(columns[name][rows].astype(np.int64)) for name in COUNTED}
            totals.days.append(Day(to_smallest_type(cell[rows]), to_smallest_type(lane[rows]), counts))
        return totals


def to_smallest_type(values: npt.NDArray[Any]) -> Counts:
    """Return whole numbers in the smallest unsigned type that holds them all."""
    most = int(values.max()) if values.size else 0
    return values.astype(np.min_scalar_type(most))
