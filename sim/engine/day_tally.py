"""The acts of the steps of a day, added up to the rows that daily totals keep."""

from __future__ import annotations

import numpy as np

from sim.core.arrays import Integers
from sim.engine.acts import FALSE_ALARM, Acts, Marks
from sim.engine.daily_totals import DAY_ROW, Rows
from sim.engine.theatre import Theatre


class DayTally:
    """Adds up the acts of the day that is open, in each replicate."""

    def __init__(self, theatre: Theatre, n_replicates: int) -> None:
        self._n_cells = len(theatre.dyads) * (theatre.ladder.top + 1)
        self._n_rungs = theatre.ladder.top + 1
        self._n_replicates = n_replicates
        self._is_salvo = np.array([theatre.parties[i].counts_launches for i in theatre.sender])
        self._today: list[Acts] = []

    def add(self, acts: Acts) -> None:
        """Add the acts of a step to the day that is open."""
        self._today.append(acts.select(np.flatnonzero(acts.cause != FALSE_ALARM)))

    def end_day(self, day: int, marks: Marks) -> Rows:
        """Close the day that is open, numbered from 1, and return its rows in the order of replicates and cells."""
        acts = Acts.concatenate(self._today)
        self._today = []
        key = acts.lane * self._n_cells + acts.dyad * self._n_rungs + acts.rung
        size = self._n_replicates * self._n_cells
        numbers = np.bincount(key, minlength=size)
        filled = np.flatnonzero(numbers)
        salvos = np.flatnonzero(self._is_salvo[acts.dyad])
        launches = marks.draw_launches(acts.select(salvos))
        rows = np.zeros(len(filled), dtype=DAY_ROW)
        rows["lane"], rows["cell"] = np.divmod(filled, self._n_cells)
        rows["day"] = day
        rows["acts"] = numbers[filled]

        def sum_up(name: str, chosen: Integers, values: Integers) -> None:
            # Sums of whole numbers are exact in floating point far beyond any count here.
            rows[name] = np.bincount(key[chosen], weights=values, minlength=size)[filled]

        sum_up("launches", salvos, launches)
        sum_up("claimed", salvos, marks.draw_claims(acts.select(salvos), launches))
        deadly = np.flatnonzero(acts.killed > 0)
        sum_up("killed", deadly, acts.killed[deadly])
        sum_up("civilians", deadly, acts.civilians[deadly])
        return rows
