"""What a run is made of: parameters of everybody, and the timeline of what is given from outside."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from sim.core.parameters import ASSUMPTION, LaneValues, duration, fraction, level, number, parameter, rate
from sim.engine.acts import GivenAct
from sim.engine.outcomes import Definitions, Question
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Theatre

TRIGGERS: Final = ("nothing in particular", "a grave act", "an ally at war", "civilians killed", "the driver")
"""What raised the hazard most when a party joined."""


@dataclass(frozen=True)
class WorldParameters:
    """The exogenous driver and mediation (S2.11-S2.12), which move in `sim.engine.kernel.surroundings`.

    The driver (for the shipped theatre: the war in Gaza) has a regime and an intensity, G(t) = 1[no truce] * level **
    exponent. Truces are scheduled by the scenario or come by chance. Mediation wanders around its usual level and jumps
    at diplomatic shocks, scheduled or by chance, that fade.
    """

    driver_level: LaneValues = number(1.0, (0, 10), "S2.11", "level of the driver: intensity relative to its reference")
    driver_exponent: LaneValues = number(0.0, (0, 3), "S2.11", "weight of the driver: exponent of its intensity")
    truce_hazard: LaneValues = rate(0.0, (0, 1), "S2.11", "rate of truces: of the driver, by chance")
    truce_days: LaneValues = duration(7.0, (0.25, 3650), ASSUMPTION, "length of truces: mean of those by chance")
    mediation: LaneValues = fraction(0.0, "S2.12", "usual mediation: level that the reactions hold already")
    mediation_added: LaneValues = number(
        0.0, (-1, 1), ASSUMPTION, "added mediation: beyond the usual; calms reactions too"
    )
    mediation_spread: LaneValues = fraction(0.0, ASSUMPTION, "spread of mediation: around its level")
    mediation_shock_hazard: LaneValues = rate(0.0, (0, 1), ASSUMPTION, "rate of diplomatic shocks: by chance")
    mediation_shock_size: LaneValues = fraction(0.3, ASSUMPTION, "size of diplomatic shocks: of those by chance")
    mediation_decay_days: LaneValues = duration(
        21.0, (0.1, 3650), "S2.12", "memory of mediation: time in which shocks fade"
    )


@dataclass(frozen=True)
class Truce:
    """A scheduled truce of the driver."""

    start_day: float  # from the start of the scenario
    days: float

    @property
    def end_day(self) -> float:
        """Day from which it no longer holds."""
        return self.start_day + self.days


@dataclass(frozen=True)
class DiplomaticShock:
    """A scheduled jump of mediation."""

    day: float  # from the start of the scenario
    size: float  # jump of mediation, between 0 and 1


@dataclass(frozen=True)
class FrontParameters:
    """The phases of a front (S2.10), which pass in `sim.engine.kernel.phases`.

    Border: parties may decide on a campaign by hazard, and a front that meets the counts of a campaign is in one too.
    Campaign and ground operation: background rates are multiplied and acts stand on the high rungs, until a ceasefire.
    Ceasefire: little fire, with a hazard of re-ignition.
    """

    ground_hazard: LaneValues = rate(0.0, (0, 5), "S2.10", "rate of ground operations: during a campaign")
    ceasefire_hazard: LaneValues = rate(0.0, (0, 5), "S2.10", "rate of a ceasefire: during a campaign")
    ceasefire_mediation: LaneValues = number(
        0.0, (0, 5), ASSUMPTION, "weight of mediation: rise of the log ceasefire rate"
    )
    reignition_hazard: LaneValues = rate(0.0, (0, 5), "S2.10", "rate of renewed fighting: breakdown of a ceasefire")
    ceasefire_activity: LaneValues = fraction(0.1, "S2.10", "fire in a ceasefire: factor of all fire")
    campaign_posture: LaneValues = level(6.0, (1, 6.5), "S2.10", "posture in a campaign: mean rung, plus one half")
    mass_memory_days: LaneValues = duration(
        7.0, (0.25, 365), "S2.10", "memory of mass killing: time of the raised hazard"
    )
    mass_killed: LaneValues = parameter(
        12.0, (1, 1e5), "persons", "S2.4", "mass killing: killed by one act that count as such"
    )


@dataclass(frozen=True)
class EntryParameters:
    """How a party joins the war, what it does then, and how it leaves, in `sim.engine.kernel.phases` (S2.10).

    It joins by a hazard which rises with the gravest act of the last weeks, with the state of its allies, with the
    civilians killed and with the exogenous driver, and falls with deterrence and mediation (threshold contagion).
    """

    hazard: LaneValues = rate(0.0, (0, 5), "S2.10", "rate of joining: without any trigger")
    rung_slope: LaneValues = parameter(
        0.0, (0, 5), "1/rung", "S2.10", "joining after grave acts: rise of log rate by rung"
    )
    civilians: LaneValues = number(0.0, (0, 5), "S2.10", "joining for civilians killed: log rate by a month's toll")
    driver: LaneValues = number(0.0, (-5, 5), "S2.10", "joining by the driver: rise of the log rate")
    deterrence: LaneValues = number(0.0, (-5, 5), "S2.10", "deterrence from joining: fall of the log rate")
    mediation: LaneValues = number(0.0, (-5, 5), "S2.10", "weight of mediation: fall of the log rate of joining")
    posture: LaneValues = level(5.0, (0, 6.5), ASSUMPTION, "posture in the war: mean rung, plus one half")
    shortest_days: LaneValues = duration(14.0, (0, 3650), "S2.10", "shortest stay in the war")
    exit_hazard: LaneValues = rate(1 / 60, (0, 5), "S2.10", "rate of leaving: once no ally is at war")


@dataclass(frozen=True)
class AllianceParameters:
    """How much the state of an ally weighs (S2.10)."""

    weight: LaneValues = number(0.0, (-5, 10), "S2.10", "weight of the ally: rise of log rate while it is at war")


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
