"""What a run is made of: parameters of everybody, and the timeline of what is given from outside."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sim.engine.acts import GivenAct
from sim.engine.campaign import FrontParameters
from sim.engine.definitions import Definitions
from sim.engine.outcomes import Question
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Theatre
from sim.engine.war_entry import AllianceParameters, EntryParameters
from sim.engine.world import DiplomaticShock, Truce, WorldParameters

GROUPS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {"party": PartyParameters, "dyad": DyadParameters, "entry": EntryParameters, "alliance": AllianceParameters}
)
"""The classes that declare parameters of which each party, dyad, joiner or alliance has a set."""
SINGLE: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {"world": WorldParameters, "front": FrontParameters, "definition": Definitions}
)
"""The classes that declare parameters of which a theatre has one set each, by the prefix of the key path."""


def ids_of(theatre: Theatre) -> dict[str, list[str]]:
    """Return the ids of all that have parameters of their own, by group."""
    return {
        "party": [party.id for party in theatre.parties],
        "dyad": [dyad.id for dyad in theatre.dyads],
        "entry": [joiner.party for joiner in theatre.joiners],
        "alliance": [alliance.id for alliance in theatre.alliances],
    }


@dataclass(frozen=True)
class Parameters:
    """Parameters of all parties, dyads, the world and the front; each value is for all replicates or by replicate."""

    parties: Mapping[str, PartyParameters]  # by party id
    dyads: Mapping[str, DyadParameters]  # by dyad id, for instance ``HZB-ISR``
    world: WorldParameters = field(default_factory=WorldParameters)
    front: FrontParameters = field(default_factory=FrontParameters)
    definitions: Definitions = field(default_factory=Definitions)
    entries: Mapping[str, EntryParameters] = field(default_factory=dict)  # by the id of a party that may join
    alliances: Mapping[str, AllianceParameters] = field(default_factory=dict)  # by alliance id


@dataclass(frozen=True)
class Timeline:
    """Time, and what the scenario and the record give."""

    horizon_days: int = 365
    step_days: float = 0.25  # a whole number of steps makes a day
    horizons: tuple[int, ...] = (30, 90, 180, 365)  # days at which states are noted
    questions: tuple[Question, ...] = ()
    truces: tuple[Truce, ...] = ()  # of the driver, scheduled
    shocks: tuple[DiplomaticShock, ...] = ()  # diplomatic, scheduled
    scheduled: tuple[GivenAct, ...] = ()  # put into every replicate; days from the start
    history: tuple[GivenAct, ...] = ()  # reported before the start, replayed; days below 0
    start: datetime.date | None = None  # calendar day of the first day

    @property
    def steps_per_day(self) -> int:
        """Number of steps in a day."""
        return round(1.0 / self.step_days)
