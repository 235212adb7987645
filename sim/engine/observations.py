"""What each party learns of a step: sums over the acts that it saw, by opponent."""

from __future__ import annotations

import numpy as np

from sim.core.kernels import add_at
from sim.engine.acts import FALSE_ALARM, Acts
from sim.engine.party import Report
from sim.engine.perception import Perceived, Perception
from sim.engine.theatre import Theatre
from sim.policies.base import Encounter


class Reporter:
    """Sums up the acts of a step for the parties."""

    def __init__(self, theatre: Theatre, perception: Perception, n_replicates: int) -> None:
        self._theatre = theatre
        self._perception = perception
        self._n_replicates = n_replicates

    def reports(self, acts: Acts, seen: Perceived) -> dict[str, Report]:
        """Return the report of every party, by its id."""
        dyads, parties = len(self._theatre.dyads), len(self._theatre.parties)
        number, rungs, harm, inflicted = np.zeros((4, dyads, self._n_replicates))
        shock, leaders, killed = np.zeros((3, parties, self._n_replicates))
        target = self._theatre.target[acts.dyad]
        noticed = np.flatnonzero(seen.seen & (seen.answer >= 0))
        where = (seen.answer[noticed], acts.lane[noticed])
        add_at(number, 1.0, *where)
        add_at(rungs, seen.rung[noticed].astype(np.float64) + 0.5, *where)
        add_at(harm, seen.harm[noticed], *where)
        own_view = self._perception.harm(acts, self._theatre.sender[acts.dyad])
        add_at(inflicted, np.where(acts.cause == FALSE_ALARM, 0.0, own_view), acts.dyad, acts.lane)
        deadly = np.flatnonzero(acts.killed > 0)
        where = (target[deadly], acts.lane[deadly])
        add_at(shock, np.log1p(acts.civilians[deadly]) * seen.seen[deadly], *where)
        add_at(leaders, acts.leaders[deadly].astype(np.float64), *where)
        add_at(killed, acts.killed[deadly].astype(np.float64), *where)
        reports = {}
        for index, party in enumerate(self._theatre.parties):
            rows = self._theatre.rows_of(party.id)
            reports[party.id] = Report(
                number[rows], rungs[rows], harm[rows], inflicted[rows], shock[index], leaders[index], killed[index]
            )
        return reports

    def encounter(self, row: int, acts: Acts, seen: Perceived) -> Encounter:
        """Return what passed in a step between the sender of a dyad and its target, as the sender saw it."""
        received, sent = np.zeros((2, self._theatre.ladder.top, self._n_replicates))
        harm_received, harm_inflicted = np.zeros((2, self._n_replicates))
        met = np.flatnonzero(seen.seen & (seen.answer == row))
        add_at(received, 1.0, seen.provocation[met] - 1, acts.lane[met])
        add_at(harm_received, seen.harm[met], acts.lane[met])
        own = np.flatnonzero((acts.dyad == row) & (acts.cause != FALSE_ALARM))
        add_at(sent, 1.0, np.maximum(acts.rung[own], 1) - 1, acts.lane[own])
        weighed = self._perception.harm(acts.select(own), self._theatre.sender[acts.dyad[own]])
        add_at(harm_inflicted, weighed, acts.lane[own])
        for array in (received, sent, harm_received, harm_inflicted):
            array.flags.writeable = False
        return Encounter(received, sent, harm_received, harm_inflicted)
