"""The narrated story of a single replicate."""

import datetime
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.engine.daily_totals import Rows
from sim.engine.kernel.marks import FALSE_ALARM, SCHEDULED
from sim.engine.theatre import Theatre

CAUSES: Final = ("routine", "follow-up", "reaction", "scheduled", "false alarm", "strategic")
PHASES: Final = ("border conflict", "campaign", "ground operation", "ceasefire")


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

    def pass_on(self, before: tuple[int, list[bool]], now: tuple[int, list[bool]]) -> None:
        """Tell what changed in a step: the phase of the front, and who is in the war, in the order of the theatre."""
        for party, was_in, is_in in zip(self._theatre.parties, before[1], now[1], strict=True):
            if was_in != is_in:
                self.note(f"{party.name} {'joins' if is_in else 'leaves'} the war")
        if now[0] != before[0]:
            self.note(f"the front passes from {PHASES[before[0]]} to {PHASES[now[0]]}")

    def note(self, text: str) -> None:
        """Note an event of the day that is not an act."""
        self._today.append(text)

    def add(self, acts: npt.NDArray[Any], depths: Floats) -> None:
        """Note the acts of a step that stand out: killed, town fire and above, scheduled, false alarms."""
        for act, depth in zip(acts, depths, strict=True):
            if act["killed"] > 0 or act["rung"] >= 4 or act["cause"] in (SCHEDULED, FALSE_ALARM):
                self._today.append(self._sentence(act, float(depth)))

    def _sentence(self, act: np.void, depth: float) -> str:
        dyad = self._theatre.dyads[act["dyad"]]
        names = {party.id: party.name for party in self._theatre.parties}
        if act["cause"] == FALSE_ALARM:
            return f"false alarm in {names[dyad.target]}"
        text = f"{names[dyad.sender]} against {names[dyad.target]}, {CAUSES[act['cause']]}, rung {act['rung']}"
        text += f" ({self._theatre.ladder.name(int(act['rung']))}), {depth:.0f} km deep" if depth >= 1 else ""
        if self._theatre.parties[self._theatre.sender[act["dyad"]]].counts_launches:
            text += f", {act['launches']} launched"
            text += f" ({act['claimed']} claimed)" if act["claimed"] != act["launches"] else ""
        if act["killed"] > 0:
            text += f", {act['killed']} killed of whom {act['civilians']} civilians"
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
