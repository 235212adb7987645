"""Milestones: what a run notes of a history that daily totals cannot tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.configuration import Timeline
from sim.engine.theatre import Theatre


def milestone_columns(
    theatre: Theatre, timeline: Timeline, states: npt.NDArray[Any]
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the milestones as columns, one value for each replicate.

    First days of campaigns, ground operations, truces and entries, ceasefires at the horizons that have come, who
    began a campaign and who joined first; ``states`` are the histories as the kernel keeps them.
    """
    table: dict[str, npt.NDArray[np.generic]] = {
        name: states[name].copy() for name in ("campaign_day", "ground_day", "ceasefire_day")
    }
    truces = [question.id for question in timeline.questions if question.kind == "driver_truce"]
    table |= {f"truce_day_{question}": states["truce_day"][:, i].copy() for i, question in enumerate(truces)}
    for place, horizon in enumerate(timeline.horizons):
        if horizon <= timeline.horizon_days:
            table[f"ceasefire_at_{horizon}"] = states["is_ceasefire_at"][:, place] > 0
    table["campaign_began_by"] = states["began_by"].astype(np.int8)
    joiners = [theatre.party_index[joiner.party] for joiner in theatre.joiners]
    for index in joiners:
        party = theatre.parties[index].id
        table[f"joined_{party}_day"] = states["first_day"][:, index].copy()
        table[f"joined_{party}_trigger"] = states["trigger"][:, index].astype(np.int8)
    if joiners:
        days = states["first_day"][:, joiners].T
        first = np.array(joiners)[days.argmin(axis=0)]
        table["first_to_join"] = np.where(np.isfinite(days.min(axis=0)), first, -1).astype(np.int8)
    return table
