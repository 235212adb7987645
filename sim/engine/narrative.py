"""The narrated story of a single replicate."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from sim.engine.acts import CAUSES, FALSE_ALARM, SCHEDULED, Acts, Marks
from sim.engine.daily_totals import Rows
from sim.engine.theatre import Theatre


@dataclass(frozen=True)
class Line:
    """One line of a narrated trace; days count from 1."""

    day: int
    date: datetime.date | None
    text: str


class Narrative:
    """Tells a single replicate day by day; ``start`` is the calendar day of day 1."""

    def __init__(self, theatre: Theatre, start: datetime.date | None) -> None:
        self._theatre = theatre
        self._start = start
        parties = [party for party in theatre.parties if theatre.front.holds(party.id)]
        self._of_front = {party.location for party in parties}
        self.lines: list[Line] = []
        self._today: list[str] = []

    def note(self, text: str) -> None:
        """Note an event of the day that is not an act."""
        self._today.append(text)

    def add(self, acts: Acts, marks: Marks) -> None:
        """Note the acts of a step that stand out: killed, town fire and above, scheduled, false alarms."""
        depths, launches = marks.draw_depths(acts), marks.draw_launches(acts)
        claimed = marks.draw_claims(acts, launches)
        for i in range(len(acts)):
            if acts.killed[i] > 0 or acts.rung[i] >= 4 or acts.cause[i] in (SCHEDULED, FALSE_ALARM):
                self._today.append(self._sentence(acts, i, int(launches[i]), int(claimed[i]), float(depths[i])))

    def _sentence(self, acts: Acts, i: int, launches: int, claimed: int, depth: float) -> str:
        dyad = self._theatre.dyads[acts.dyad[i]]
        names = {party.id: party.name for party in self._theatre.parties}
        if acts.cause[i] == FALSE_ALARM:
            return f"false alarm in {names[dyad.target]}"
        sender = self._theatre.parties[self._theatre.sender[acts.dyad[i]]]
        text = f"{names[dyad.sender]} against {names[dyad.target]}, {CAUSES[acts.cause[i]]}, rung {acts.rung[i]}"
        text += f" ({self._theatre.ladder.name(int(acts.rung[i]))}), {depth:.0f} km deep" if depth >= 1 else ""
        if sender.counts_launches:
            text += f", {launches} launched"
            text += f" ({claimed} claimed)" if claimed != launches else ""
        if acts.killed[i] > 0:
            text += f", {acts.killed[i]} killed of whom {acts.civilians[i]} civilians"
        return text

    def end_day(self, number: int, rows: Rows) -> None:
        """Close a day, numbered from 0: one line of totals, then what stood out."""
        row = rows["cell"] // (self._theatre.ladder.top + 1)
        acts_by_dyad = np.bincount(row, weights=rows["acts"], minlength=len(self._theatre.dyads)).astype(int)
        killed_by_dyad = np.bincount(row, weights=rows["killed"], minlength=len(self._theatre.dyads)).astype(int)
        counts = [f"{dyad.id} {acts}" for dyad, acts in zip(self._theatre.dyads, acts_by_dyad, strict=True) if acts]
        killed_at = {place: int(killed_by_dyad[self._theatre.hit_at(place)].sum()) for place in self._theatre.locations}
        killed = [f"{deaths} in {place}" for place, deaths in killed_at.items() if deaths or place in self._of_front]
        summary = f"acts: {', '.join(counts) or 'none'}; killed: {', '.join(killed)}"
        date = None if self._start is None else self._start + datetime.timedelta(days=number)
        self.lines += [Line(number + 1, date, text) for text in (summary, *self._today)]
        self._today = []
