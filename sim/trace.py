"""Records of a run: daily totals of every replicate, and the narrated story of a single one."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.acts import CAUSES, FALSE_ALARM, SCHEDULED, Acts, Marks
from sim.primitives import Integers
from sim.theatre import Theatre

Counts = npt.NDArray[np.int32]


class DailyTotals:
    """Acts, launches and killed by directed dyad and day.

    Parameters
    ----------
    theatre : Theatre
        Parties and dyads.
    n_days : int
        Number of days.
    n_replicates : int
        Number of replicates.

    Attributes
    ----------
    acts, launches, killed, civilians : ndarray of int, shape (n_dyads, n_days, n_replicates)
        Totals. Launches are counted for the parties whose acts are salvos [1];
        killed are those of the target [persons].
    """

    def __init__(self, theatre: Theatre, n_days: int, n_replicates: int) -> None:
        self._theatre = theatre
        shape = (len(theatre.dyads), n_days, n_replicates)
        self.acts: Counts = np.zeros(shape, dtype=np.int32)
        self.launches: Counts = np.zeros(shape, dtype=np.int32)
        self.killed: Counts = np.zeros(shape, dtype=np.int32)
        self.civilians: Counts = np.zeros(shape, dtype=np.int32)
        self._is_salvo = np.array([theatre.parties[i].counts_launches for i in theatre.sender])
        self._location = np.array([theatre.parties[i].location for i in theatre.target])

    def add(self, acts: Acts, marks: Marks, day: int) -> None:
        """Add the acts of a step.

        Parameters
        ----------
        acts : Acts
            Acts with their marks.
        marks : Marks
            Law of the launches.
        day : int
            Day, from 0.
        """
        fired = acts.select(np.flatnonzero(acts.cause != FALSE_ALARM))
        self._count(self.acts, fired, None, day)
        deadly = fired.select(np.flatnonzero(fired.killed > 0))
        self._count(self.killed, deadly, deadly.killed, day)
        self._count(self.civilians, deadly, deadly.civilians, day)
        salvos = fired.select(np.flatnonzero(self._is_salvo[fired.dyad]))
        self._count(self.launches, salvos, marks.launches(salvos), day)

    def _count(self, table: Counts, acts: Acts, numbers: Integers | None, day: int) -> None:
        size = table.shape[-1]
        # Sums of whole numbers are exact in floating point far beyond any count here.
        sums = np.bincount(acts.dyad * size + acts.lane, weights=numbers, minlength=table.shape[0] * size)
        table[:, day] += sums.reshape(-1, size).astype(np.int32)

    def killed_in(self, location: str, days: slice) -> Integers:
        """Return the killed at a place over some days, shape (n_replicates,) [persons]."""
        killed: Integers = self.killed[self._location == location, days].sum(axis=(0, 1), dtype=np.int64)
        return killed

    def columns(self, horizon: int) -> dict[str, Counts]:
        """Return acts by dyad and killed by place from the start to a horizon, one value for each replicate."""
        until = slice(0, horizon)
        dyads = enumerate(self._theatre.dyads)
        table = {f"acts_{dyad.id}_at_{horizon}": self.acts[i, until].sum(axis=0) for i, dyad in dyads}
        for place in self.locations:
            here = self._location == place
            table[f"killed_{place}_at_{horizon}"] = self.killed[here, until].sum(axis=(0, 1))
            table[f"civilians_{place}_at_{horizon}"] = self.civilians[here, until].sum(axis=(0, 1))
        return {name: values.astype(np.int32) for name, values in table.items()}

    @property
    def locations(self) -> tuple[str, ...]:
        """Places at which somebody can be hit, in the order of the parties."""
        places = (party.location for party in self._theatre.parties)
        return tuple(dict.fromkeys(place for place in places if place in self._location))


@dataclass(frozen=True)
class Line:
    """One line of a narrated trace.

    Parameters
    ----------
    day : int
        Day from the start, from 1.
    date : datetime.date or None
        Calendar day.
    text : str
        What happened.
    """

    day: int
    date: datetime.date | None
    text: str


class Narrative:
    """Tells a single replicate day by day.

    Parameters
    ----------
    theatre : Theatre
        Parties and ladder.
    start : datetime.date or None
        Calendar day of day 1.
    """

    def __init__(self, theatre: Theatre, start: datetime.date | None) -> None:
        self._theatre = theatre
        self._start = start
        self.lines: list[Line] = []
        self._today: list[str] = []

    def note(self, text: str) -> None:
        """Note an event of the day that is not an act."""
        self._today.append(text)

    def add(self, acts: Acts, marks: Marks) -> None:
        """Note the acts of a step that stand out: killed, town fire and above, scheduled, false alarms."""
        depths, launches = marks.depth(acts), marks.launches(acts)
        for i in range(len(acts)):
            if acts.killed[i] > 0 or acts.rung[i] >= 4 or acts.cause[i] in (SCHEDULED, FALSE_ALARM):
                self._today.append(self._sentence(acts, i, int(launches[i]), float(depths[i])))

    def _sentence(self, acts: Acts, i: int, launches: int, depth: float) -> str:
        dyad = self._theatre.dyads[acts.dyad[i]]
        names = {party.id: party.name for party in self._theatre.parties}
        if acts.cause[i] == FALSE_ALARM:
            return f"false alarm in {names[dyad.target]}"
        sender = self._theatre.parties[self._theatre.sender[acts.dyad[i]]]
        text = f"{names[dyad.sender]} against {names[dyad.target]}, {CAUSES[acts.cause[i]]}, rung {acts.rung[i]}"
        text += f" ({self._theatre.ladder.name(int(acts.rung[i]))}), {depth:.0f} km deep" if depth >= 1 else ""
        if sender.counts_launches:
            text += f", {launches} launched"
        if acts.killed[i] > 0:
            text += f", {acts.killed[i]} killed of whom {acts.civilians[i]} civilians"
        return text

    def end_day(self, day: int, totals: DailyTotals) -> None:
        """Close a day: one line of totals, then what stood out.

        Parameters
        ----------
        day : int
            Day, from 0.
        totals : DailyTotals
            Daily totals, this day included.
        """
        counts = [
            f"{dyad.id} {totals.acts[i, day, 0]}"
            for i, dyad in enumerate(self._theatre.dyads)
            if totals.acts[i, day, 0]
        ]
        killed = [f"{totals.killed_in(place, slice(day, day + 1))[0]} in {place}" for place in totals.locations]
        summary = f"acts: {', '.join(counts) or 'none'}; killed: {', '.join(killed)}"
        date = None if self._start is None else self._start + datetime.timedelta(days=day)
        self.lines += [Line(day + 1, date, text) for text in (summary, *self._today)]
        self._today = []
