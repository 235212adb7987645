"""How parties outside the war join it and leave it again (S2.10, threshold contagion).

A party that may join does so by a hazard which rises with the gravest act of the last weeks, with the state of its
allies, with the civilians killed and with the exogenous driver, and falls with deterrence and mediation. Here stand the
parameters; parties join and leave in `sim.engine.kernel.phases`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter

TRIGGERS: Final = ("nothing in particular", "a grave act", "an ally at war", "civilians killed", "the driver")
"""What raised the hazard most when a party joined."""


@dataclass(frozen=True)
class EntryParameters:
    """How a party joins the war, what it does then, and how it leaves (S2.10)."""

    hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of joining: without any trigger"
    )
    rung_slope: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/rung", source="S2.10", text="joining after grave acts: rise of log rate by rung"
    )
    civilians: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.10", text="joining for civilians killed: log rate by a month's toll"
    )
    driver: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="joining by the driver: rise of the log rate"
    )
    deterrence: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="deterrence from joining: fall of the log rate"
    )
    mediation: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="weight of mediation: fall of the log rate of joining"
    )
    posture: LaneValues = parameter(
        5.0, Interval(0, 6.5), unit="rung", source=ASSUMPTION, text="posture in the war: mean rung, plus one half"
    )
    shortest_days: LaneValues = parameter(
        14.0, Interval(0, 3650), unit="days", source="S2.10", text="shortest stay in the war"
    )
    exit_hazard: LaneValues = parameter(
        1 / 60, Interval(0, 5), unit="1/day", source="S2.10", text="rate of leaving: once no ally is at war"
    )


@dataclass(frozen=True)
class AllianceParameters:
    """How much the state of an ally weighs (S2.10)."""

    weight: LaneValues = parameter(
        0.0, Interval(-5, 10), unit="1", source="S2.10", text="weight of the ally: rise of log rate while it is at war"
    )
