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
    """How a party joins the war, what it does then, and how it leaves."""

    hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of joining without any trigger"
    )
    rung_slope: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/rung", source="S2.10", text="rise of that log rate with the gravest recent act"
    )
    civilians: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.10", text="rise of that log rate with civilians killed in a month"
    )
    driver: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="rise of that log rate with the exogenous driver"
    )
    deterrence: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="fall of that log rate by deterrence"
    )
    mediation: LaneValues = parameter(
        0.0,
        Interval(-5, 5),
        unit="1",
        source="S2.10",
        text="weight of mediation: fall of that log rate under full mediation",
    )
    posture: LaneValues = parameter(
        5.0, Interval(0, 6.5), unit="rung", source=ASSUMPTION, text="mean rung of its routine once in, plus one half"
    )
    shortest_days: LaneValues = parameter(
        14.0, Interval(0, 3650), unit="days", source="S2.10", text="shortest time for which it stays in"
    )
    exit_hazard: LaneValues = parameter(
        1 / 60, Interval(0, 5), unit="1/day", source="S2.10", text="rate of leaving once no ally is at war"
    )


@dataclass(frozen=True)
class AllianceParameters:
    """How much the state of an ally weighs."""

    weight: LaneValues = parameter(
        0.0, Interval(-5, 10), unit="1", source="S2.10", text="rise of the log rate of joining while the ally is at war"
    )
