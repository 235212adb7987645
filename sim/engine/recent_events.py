"""What is publicly remembered of the last weeks: grave acts, mass killings, civilians killed.

Hazards of a campaign and of joining the war hang on it (S2.10).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats, Integers
from sim.core.kernels import add_at
from sim.core.parameters import LaneValues
from sim.engine.acts import FALSE_ALARM, Acts
from sim.engine.theatre import Theatre

BREWING_RUNG: Final = 4
"""Rung above which an act raises the hazard of others to join (S2.10)."""
GRAVE_DAYS: Final = 14.0
"""Days for which a grave act is remembered (S2.10) [days]."""
CIVILIAN_DAYS: Final = 30
"""Days over which civilians killed are summed (S2.10) [days]."""
_NEVER: Final = -np.inf


class Recollection:
    """When each party last met the worst, and how many civilians died lately, in each replicate.

    ``mass_killed`` is the number killed by one act that counts as a mass killing [persons].
    """

    def __init__(self, theatre: Theatre, mass_killed: LaneValues, n_replicates: int) -> None:
        self._theatre = theatre
        self._mass_killed = np.broadcast_to(mass_killed, (n_replicates,))
        self._mass_day: Floats = np.full((len(theatre.parties), n_replicates), _NEVER)
        self._top_day: Floats = np.full((len(theatre.parties), n_replicates), _NEVER)
        self._rung_day: Floats = np.full((theatre.ladder.top + 1, n_replicates), _NEVER)
        self._civilians: Floats = np.zeros((CIVILIAN_DAYS, n_replicates))
        self._civilian_day: int | None = None

    def note(self, acts: Acts, day: float) -> None:
        """Take in the acts of the step that starts at ``day``."""
        today = self._civilians_of(int(np.floor(day)))
        grave = np.flatnonzero((acts.rung > BREWING_RUNG) & (acts.cause != FALSE_ALARM))
        of_front = grave[self._theatre.is_of_front[acts.dyad[grave]]]
        self._rung_day[acts.rung[of_front], acts.lane[of_front]] = day
        highest = grave[acts.rung[grave] >= self._theatre.ladder.top]
        self._top_day[self._theatre.sender[acts.dyad[highest]], acts.lane[highest]] = day
        deadly = np.flatnonzero(acts.killed > 0)
        mass = deadly[(acts.killed[deadly] >= self._mass_killed[acts.lane[deadly]]) | (acts.leaders[deadly] > 0)]
        self._mass_day[self._theatre.target[acts.dyad[mass]], acts.lane[mass]] = day
        deadly = deadly[self._theatre.is_of_front[acts.dyad[deadly]]]
        add_at(today, acts.civilians[deadly].astype(np.float64), acts.lane[deadly])

    def _civilians_of(self, day: int) -> Floats:
        """Return the row of a day, emptied when the day begins."""
        if self._civilian_day is None:
            self._civilian_day = day
        while self._civilian_day < day:
            self._civilian_day += 1
            self._civilians[self._civilian_day % CIVILIAN_DAYS] = 0.0
        row: Floats = self._civilians[day % CIVILIAN_DAYS]
        return row

    def suffered_mass_killing(self, day: float, memory_days: LaneValues) -> Flags:
        """Return who suffered a mass or leader killing within a memory, shape (n_parties, n_replicates)."""
        within: Flags = day - self._mass_day <= np.asarray(memory_days)
        return within

    def was_at_top(self, day: float) -> Flags:
        """Return who lately sent an act on the top rung, shape (n_parties, n_replicates)."""
        within: Flags = day - self._top_day <= GRAVE_DAYS
        return within

    def gravest(self, day: float) -> Integers:
        """Return the gravest recent act on the front if above `BREWING_RUNG`, else 0, shape (n_replicates,)."""
        rungs = np.arange(len(self._rung_day))[:, None]
        recent: Integers = np.where(day - self._rung_day <= GRAVE_DAYS, rungs, 0).max(axis=0)
        return recent

    def civilians_killed(self) -> Floats:
        """Return the civilians killed on the front within the last month, shape (n_replicates,) [persons]."""
        total: Floats = self._civilians.sum(axis=0)
        return total
