"""The campaign decision: how a border exchange becomes a war, and ends (S2.10).

A front is in one of four phases. Border: parties may decide on a campaign by hazard, and a front that meets the counts
of a campaign is in one too. Campaign and ground operation: background rates are multiplied and acts stand on the high
rungs, until a ceasefire. Ceasefire: little fire, with a hazard of re-ignition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats, Integers
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Streams
from sim.engine.daily_totals import Rows
from sim.engine.definitions import Definitions
from sim.engine.rolling_windows import Groups
from sim.engine.theatre import Theatre
from sim.policies.view import CEASEFIRE

WEEK: Final = 7
MONTH: Final = 30


class CountedOnset:
    """Follows the counts of the last week and month, which make a campaign where nobody decided on one (S2.4)."""

    def __init__(self, theatre: Theatre, definitions: Definitions, n_replicates: int) -> None:
        self._definitions = definitions
        self._n_replicates = n_replicates
        groups = Groups(theatre)
        self._sides, self._front = groups.sides.reshape(-1), groups.front.reshape(-1)
        self._busy: Flags = np.zeros((WEEK, 2, n_replicates), dtype=bool)
        self._killed: Floats = np.zeros((MONTH, n_replicates))

    def update(self, number: int, day: Rows) -> Flags:
        """Take in a day (numbered from 0) and return whether the counts are met at its end, shape (n_replicates,)."""
        rules = self._definitions
        acts, launches = (
            self._sum_groups(day, "acts", self._sides, 2),
            self._sum_groups(day, "launches", self._sides, 2),
        )
        self._busy[number % WEEK] = (acts >= rules.campaign_acts) | (launches >= rules.campaign_launches)
        self._killed[number % MONTH] = self._sum_groups(day, "killed", self._front, 1)[0]
        last_week = np.arange(max(0, number - WEEK + 1), number + 1) % MONTH
        deadly_days = (self._killed[last_week] >= np.asarray(rules.campaign_killed)).sum(axis=0)
        met: Flags = (
            (self._busy.sum(axis=0).max(axis=0) >= rules.campaign_days)
            | (deadly_days >= rules.campaign_killed_days)
            | (self._killed.sum(axis=0) >= rules.war_killed)
        )
        return met

    def _sum_groups(self, day: Rows, value: str, of_cell: Integers, n_groups: int) -> Floats:
        group = of_cell[day["cell"]]
        chosen = np.flatnonzero(group >= 0)
        key = group[chosen] * self._n_replicates + day["lane"][chosen]
        weights = day[value][chosen].astype(np.float64)
        sums = np.bincount(key, weights=weights, minlength=n_groups * self._n_replicates)
        return sums.astype(np.float64).reshape(n_groups, -1)


BORDER: Final = 0
CAMPAIGN: Final = 1
GROUND: Final = 2


@dataclass(frozen=True)
class FrontParameters:
    """Parameters of the phases of a front."""

    ground_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of a ground operation during a campaign"
    )
    ceasefire_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of a ceasefire during a campaign"
    )
    ceasefire_mediation: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source=ASSUMPTION, text="effect of mediation on the log rate of a ceasefire"
    )
    reignition_hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate at which a ceasefire breaks down"
    )
    ceasefire_activity: LaneValues = parameter(
        0.1, Interval(0, 1), unit="1", source="S2.10", text="factor of all fire during a ceasefire"
    )
    campaign_posture: LaneValues = parameter(
        6.0,
        Interval(1, 6.5),
        unit="rung",
        source="S2.10",
        text="mean rung of routine acts in a campaign, plus one half",
    )
    mass_memory_days: LaneValues = parameter(
        7.0, Interval(0.25, 365), unit="days", source="S2.10", text="time for which a mass killing raises the hazard"
    )
    mass_killed: LaneValues = parameter(
        12.0, Interval(1, 1e5), unit="persons", source="S2.4", text="killed by one act that count as a mass killing"
    )


class FrontState:
    """Phase of a front in each replicate; ``owner`` is the id of the front, the owner of its draws."""

    def __init__(self, parameters: FrontParameters, streams: Streams, owner: str, step_days: float) -> None:
        self.parameters = parameters
        self._streams = streams
        self._owner = owner
        self._step_days = step_days
        self.phase: Integers = np.full(streams.n_replicates, BORDER, dtype=np.int64)
        self.began_by: Integers = np.full(streams.n_replicates, -1, dtype=np.int64)
        """Index of the party that decided on the campaign; -1 before, and where the counts alone made it."""

    @property
    def in_campaign(self) -> Flags:
        """Whether a campaign or a ground operation is under way, by replicate."""
        under_way: Flags = (self.phase == CAMPAIGN) | (self.phase == GROUND)
        return under_way

    @property
    def activity(self) -> Floats:
        """Factor of all fire, by replicate: below 1 during a ceasefire."""
        return np.where(self.phase == CEASEFIRE, self.parameters.ceasefire_activity, 1.0)

    def decide(self, step: int, party_hazards: dict[int, tuple[str, Floats]], mediation: Floats) -> None:
        """Let each phase end or go on, by hazard.

        ``party_hazards`` gives by index of a party its id and its hazard of beginning a campaign, shape (n_replicates,)
        [1/day]; ``mediation`` is the one in force, shape (n_replicates,) [1].
        """
        before = self.phase.copy()
        for index, (party, hazard) in party_hazards.items():
            begins = (self.phase == BORDER) & self._happens(party, "campaign", step, hazard)
            self.phase[begins] = CAMPAIGN
            self.began_by[begins] = index
        at_war = (before == CAMPAIGN) | (before == GROUND)
        if not np.any(at_war | (before == CEASEFIRE)):
            return
        self._end_or_widen(step, before, at_war, mediation)

    def begin_by_counts(self, met: Flags) -> None:
        """Put replicates whose border conflict meets the counts of a campaign into that phase; nobody decided it."""
        self.phase[met & (self.phase == BORDER)] = CAMPAIGN

    def _end_or_widen(self, step: int, before: Integers, at_war: Flags, mediation: Floats) -> None:
        rates = self.parameters
        ground = (before == CAMPAIGN) & self._happens(self._owner, "ground", step, rates.ground_hazard)
        self.phase[ground] = GROUND
        ceasefire = rates.ceasefire_hazard * np.exp(rates.ceasefire_mediation * mediation)
        self.phase[at_war & self._happens(self._owner, "ceasefire", step, ceasefire)] = CEASEFIRE
        reignites = self._happens(self._owner, "reignition", step, rates.reignition_hazard)
        self.phase[(before == CEASEFIRE) & reignites] = CAMPAIGN

    def _happens(self, owner: str, decision: str, step: int, hazard: LaneValues) -> Flags:
        chance = -np.expm1(-np.asarray(hazard) * self._step_days)
        return self._streams.uniform(owner, decision, step) < chance
