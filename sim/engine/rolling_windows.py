"""Sums over days and groups of cells, from which definitions are judged."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Flags, Floats, Integers
from sim.engine.theatre import Theatre


class Groups:
    """Groups of cells of dyad and rung, shape (n_dyads, n_rungs), as `DailyTotals.by_day` takes them; -1 for none."""

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._rungs = np.arange(theatre.ladder.top + 1)
        self.sides = self._spread(theatre.side)
        self.front = self._spread(np.where(theatre.is_of_front, 0, -1))
        self.dyads = self._spread(np.arange(len(theatre.dyads)))

    def cells_by_place(self) -> Integers:
        """Return all cells; the group is the number of the place at which their targets are hit."""
        number = {place: i for i, place in enumerate(self._theatre.locations)}
        return self._spread(np.array([number[self._theatre.parties[i].location] for i in self._theatre.target]))

    def cells_hit_at(self, location: str) -> Integers:
        """Return the cells whose targets are hit at a place, as group 0."""
        parties = self._theatre.parties
        return self._spread(np.array([0 if parties[i].location == location else -1 for i in self._theatre.target]))

    def cells_sent_by(self, parties: Sequence[str], rung: float) -> Integers:
        """Return the cells of each of some senders from a rung upwards; the group is the number of the sender."""
        number = {self._theatre.party_index[party]: i for i, party in enumerate(parties)}
        return self._spread_from(np.array([number.get(int(i), -1) for i in self._theatre.sender]), rung)

    def cells_between(self, sender: str, target: str, rung: float) -> Integers:
        """Return the cells of one dyad from a rung upwards, as group 0."""
        return self._spread_from(
            np.array([0 if d.id == f"{sender}-{target}" else -1 for d in self._theatre.dyads]), rung
        )

    def _spread(self, by_dyad: Integers) -> Integers:
        return np.repeat(by_dyad[:, None], len(self._rungs), axis=1)

    def _spread_from(self, by_dyad: Integers, rung: float) -> Integers:
        return np.where(self._rungs >= rung, self._spread(by_dyad), -1)


def sum_trailing(values: npt.NDArray[Any], days: int) -> npt.NDArray[Any]:
    """Return the sums over some days up to each, shape (n_days, n_replicates); whole numbers unless values are real."""
    sums: npt.NDArray[Any] = np.cumsum(values, axis=0, dtype=np.float64 if values.dtype.kind == "f" else np.int32)
    sums[days:] -= sums[:-days].copy()
    return sums


def any_trailing(flags: Flags, days: int) -> Flags:
    """Return whether a flag was up on a day or on one of those before it, over a number of days."""
    lately: Flags = sum_trailing(flags, days) > 0
    return lately


def first_day_of(flags: Flags) -> Floats:
    """Return the first day at whose end a flag of shape (n_days, ...) is up, from 1; infinite where it never is."""
    return np.where(flags.any(axis=0), flags.argmax(axis=0) + 1.0, np.inf)
