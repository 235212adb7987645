"""When the counts alone make a campaign: the second way up to it, beside a party's decision (S2.4, S2.10).

A front on which both sides fire as in a campaign is in one, whoever decided what: it fights on as such, and a ceasefire
can end it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from sim.daily import Day
from sim.definitions import Definitions
from sim.judgement import Groups
from sim.primitives import Floats, Integers
from sim.theatre import Theatre

WEEK: Final = 7
MONTH: Final = 30

Flags = npt.NDArray[np.bool_]


class CountedOnset:
    """Follows the counts of the last week and month.

    Parameters
    ----------
    theatre : Theatre
        Dyads and front.
    definitions : Definitions
        Counts that make a campaign or a war.
    n_replicates : int
        Number of replicates.
    """

    def __init__(self, theatre: Theatre, definitions: Definitions, n_replicates: int) -> None:
        self._definitions = definitions
        self._n_replicates = n_replicates
        groups = Groups(theatre)
        self._sides, self._front = groups.sides.reshape(-1), groups.front.reshape(-1)
        self._busy: Flags = np.zeros((WEEK, 2, n_replicates), dtype=bool)
        self._killed: Floats = np.zeros((MONTH, n_replicates))

    def is_met(self, number: int, day: Day) -> Flags:
        """Take in a day and return whether the counts are met at its end, shape (n_replicates,).

        Parameters
        ----------
        number : int
            Day, from 0.
        day : Day
            Its rows.
        """
        rules = self._definitions
        acts, launches = self._summed(day, "acts", self._sides, 2), self._summed(day, "launches", self._sides, 2)
        self._busy[number % WEEK] = (acts >= rules.campaign_acts) | (launches >= rules.campaign_launches)
        self._killed[number % MONTH] = self._summed(day, "killed", self._front, 1)[0]
        last_week = np.arange(max(0, number - WEEK + 1), number + 1) % MONTH
        deadly_days = (self._killed[last_week] >= np.asarray(rules.campaign_killed)).sum(axis=0)
        met: Flags = (
            (self._busy.sum(axis=0).max(axis=0) >= rules.campaign_days)
            | (deadly_days >= rules.campaign_killed_days)
            | (self._killed.sum(axis=0) >= rules.war_killed)
        )
        return met

    def _summed(self, day: Day, value: str, of_cell: Integers, n_groups: int) -> Floats:
        group = of_cell[day.cell]
        chosen = np.flatnonzero(group >= 0)
        place = group[chosen] * self._n_replicates + day.lane[chosen]
        weights = day.counts[value][chosen].astype(np.float64)
        sums = np.bincount(place, weights=weights, minlength=n_groups * self._n_replicates)
        return sums.astype(np.float64).reshape(n_groups, -1)
