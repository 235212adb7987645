"""What a run is made of: parameters of everybody, and the timeline of what is given from outside."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.engine.acts import GivenAct
from sim.engine.campaign import FrontParameters
from sim.engine.definitions import Definitions
from sim.engine.outcomes import Question
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters
from sim.engine.war_entry import AllianceParameters, EntryParameters
from sim.engine.world import DiplomaticShock, Truce, WorldParameters


@dataclass(frozen=True)
class Parameters:
    """Parameters of all parties, dyads, the world and the front; each value is for all replicates or by replicate.

    Parameters
    ----------
    parties : mapping of str to PartyParameters
        By party id.
    dyads : mapping of str to DyadParameters
        By dyad id, for instance ``HZB-ISR``.
    world : WorldParameters
        Exogenous driver and mediation.
    front : FrontParameters
        Phases of the front.
    definitions : Definitions
        What counts as a campaign, a war, an active front.
    entries : mapping of str to EntryParameters
        How a party joins, by the id of a party that may.
    alliances : mapping of str to AllianceParameters
        Weight of each alliance, by its id.
    """

    parties: Mapping[str, PartyParameters]
    dyads: Mapping[str, DyadParameters]
    world: WorldParameters = field(default_factory=WorldParameters)
    front: FrontParameters = field(default_factory=FrontParameters)
    definitions: Definitions = field(default_factory=Definitions)
    entries: Mapping[str, EntryParameters] = field(default_factory=dict)
    alliances: Mapping[str, AllianceParameters] = field(default_factory=dict)


@dataclass(frozen=True)
class Timeline:
    """Time, and what the scenario and the record give.

    Parameters
    ----------
    horizon_days : int
        Length of a run [days].
    step_days : float
        Length of a step; a whole number of steps must make a day [days].
    horizons : tuple of int
        Days at which states are noted [days].
    questions : tuple of Question
        Questions to follow.
    truces : tuple of Truce
        Scheduled truces of the driver.
    shocks : tuple of DiplomaticShock
        Scheduled diplomatic shocks.
    scheduled : tuple of GivenAct
        Incidents that the scenario puts into every replicate; days from the start.
    history : tuple of GivenAct
        Reported incidents before the start, replayed as history; days below 0.
    start : datetime.date or None
        Calendar day of the first day.
    """

    horizon_days: int = 365
    step_days: float = 0.25
    horizons: tuple[int, ...] = (30, 90, 180, 365)
    questions: tuple[Question, ...] = ()
    truces: tuple[Truce, ...] = ()
    shocks: tuple[DiplomaticShock, ...] = ()
    scheduled: tuple[GivenAct, ...] = ()
    history: tuple[GivenAct, ...] = ()
    start: datetime.date | None = None

    @property
    def steps_per_day(self) -> int:
        """Number of steps in a day."""
        return round(1.0 / self.step_days)
