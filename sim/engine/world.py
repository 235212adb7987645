"""The world outside the parties: the exogenous driver and mediation.

The driver (for the shipped theatre: the war in Gaza) has a regime and an intensity, G(t) = 1[no truce] * level **
exponent (S2.11). Truces are scheduled by the scenario or come by chance. Mediation wanders around its usual level and
jumps at diplomatic shocks, scheduled or by chance, that fade (S2.12). Here stand the parameters; both move in
`sim.engine.kernel.surroundings`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter


@dataclass(frozen=True)
class WorldParameters:
    """Parameters of the exogenous driver and of mediation (S2.11-S2.12)."""

    driver_level: LaneValues = parameter(
        1.0, Interval(0, 10), unit="1", source="S2.11", text="level of the driver: intensity relative to its reference"
    )
    driver_exponent: LaneValues = parameter(
        0.0, Interval(0, 3), unit="1", source="S2.11", text="weight of the driver: exponent of its intensity"
    )
    truce_hazard: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1/day", source="S2.11", text="rate of truces: of the driver, by chance"
    )
    truce_days: LaneValues = parameter(
        7.0, Interval(0.25, 3650), unit="days", source=ASSUMPTION, text="length of truces: mean of those by chance"
    )
    mediation: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.12", text="usual mediation: level that the reactions hold already"
    )
    mediation_added: LaneValues = parameter(
        0.0, Interval(-1, 1), unit="1", source=ASSUMPTION, text="added mediation: beyond the usual; calms reactions too"
    )
    mediation_spread: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source=ASSUMPTION, text="spread of mediation: around its level"
    )
    mediation_shock_hazard: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1/day", source=ASSUMPTION, text="rate of diplomatic shocks: by chance"
    )
    mediation_shock_size: LaneValues = parameter(
        0.3, Interval(0, 1), unit="1", source=ASSUMPTION, text="size of diplomatic shocks: of those by chance"
    )
    mediation_decay_days: LaneValues = parameter(
        21.0, Interval(0.1, 3650), unit="days", source="S2.12", text="memory of mediation: time in which shocks fade"
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
