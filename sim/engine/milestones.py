"""Milestones: what a run notes of a history that daily totals cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Flags, Floats
from sim.engine.campaign import GROUND, FrontState
from sim.engine.theatre import Theatre
from sim.engine.war_entry import Entries
from sim.policies.view import CEASEFIRE


class Milestones:
    """First days of campaigns, ground operations, truces and entries, and ceasefires at the horizons.

    ``truces`` gives the length of a truce of the driver that answers a question, by the question's id [days].
    """

    def __init__(
        self, theatre: Theatre, truces: Mapping[str, float], horizons: Sequence[int], n_replicates: int
    ) -> None:
        self._theatre = theatre
        self._truces = dict(truces)
        self._horizons = tuple(horizons)
        self._truce_days: Floats = np.zeros(n_replicates)
        names = ["campaign_day", "ground_day", "ceasefire_day", *(f"truce_day_{question}" for question in truces)]
        self._days: dict[str, Floats] = {name: np.full(n_replicates, np.inf) for name in names}
        self._ceasefire: dict[str, Flags] = {}

    def follow(self, end_day: float, step_days: float, front: FrontState, in_truce: Flags) -> None:
        """Note what began in the step that ends at ``end_day``; ``in_truce`` says where the driver stands still."""
        self._note("campaign_day", front.in_campaign & (front.began_by >= 0), end_day)
        self._note("ground_day", front.phase == GROUND, end_day)
        self._note("ceasefire_day", front.phase == CEASEFIRE, end_day)
        self._truce_days = np.where(in_truce, self._truce_days + step_days, 0.0)
        for question, days in self._truces.items():
            self._note(f"truce_day_{question}", self._truce_days >= days, end_day)
        if end_day in self._horizons:
            self._ceasefire[f"ceasefire_at_{int(end_day)}"] = front.phase == CEASEFIRE

    def _note(self, name: str, holds: Flags, day: float) -> None:
        first = self._days[name]
        first[holds & np.isinf(first)] = day

    def columns(self, front: FrontState, entries: Entries) -> dict[str, npt.NDArray[np.generic]]:
        """Return the milestones as columns, one value for each replicate."""
        table: dict[str, npt.NDArray[np.generic]] = {**self._days, **self._ceasefire}
        table["campaign_began_by"] = front.began_by.astype(np.int8)
        joiners = [self._theatre.party_index[joiner.party] for joiner in self._theatre.joiners]
        for index in joiners:
            party = self._theatre.parties[index].id
            table[f"joined_{party}_day"] = entries.first_day[index]
            table[f"joined_{party}_trigger"] = entries.trigger[index].astype(np.int8)
        if joiners:
            days = entries.first_day[joiners]
            first = np.array(joiners)[days.argmin(axis=0)]
            table["first_to_join"] = np.where(np.isfinite(days.min(axis=0)), first, -1).astype(np.int8)
        return table
