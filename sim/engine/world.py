"""The world outside the parties: the exogenous driver and mediation.

The driver (for the shipped theatre: the war in Gaza) has a regime and an intensity, G(t) = 1[no truce] * level **
exponent (S2.11). Truces are scheduled by the scenario or come by chance. Mediation wanders around its usual level and
jumps at diplomatic shocks, scheduled or by chance, that fade (S2.12).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from sim.core.arrays import Flags, Floats
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Streams


@dataclass(frozen=True)
class WorldParameters:
    """Parameters of the exogenous driver and of mediation."""

    driver_level: LaneValues = parameter(
        1.0, Interval(0, 10), unit="1", source="S2.11", text="intensity of the driver, relative to its reference"
    )
    driver_exponent: LaneValues = parameter(
        0.0, Interval(0, 3), unit="1", source="S2.11", text="weight of the intensity of the driver"
    )
    truce_hazard: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1/day", source="S2.11", text="rate at which a truce of the driver begins by chance"
    )
    truce_days: LaneValues = parameter(
        7.0, Interval(0.25, 3650), unit="days", source=ASSUMPTION, text="mean length of a truce that begins by chance"
    )
    mediation: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.12", text="mediation in force usually, which the reactions reflect"
    )
    mediation_added: LaneValues = parameter(
        0.0, Interval(-1, 1), unit="1", source=ASSUMPTION, text="standing mediation beyond the usual"
    )
    mediation_spread: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source=ASSUMPTION, text="spread of mediation around its level"
    )
    mediation_shock_hazard: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1/day", source=ASSUMPTION, text="rate of diplomatic shocks by chance"
    )
    mediation_shock_size: LaneValues = parameter(
        0.3, Interval(0, 1), unit="1", source=ASSUMPTION, text="size of a diplomatic shock by chance"
    )
    mediation_decay_days: LaneValues = parameter(
        21.0, Interval(0.1, 3650), unit="days", source="S2.12", text="time over which shocks and deviations fade"
    )


@dataclass(frozen=True)
class Truce:
    """A scheduled truce of the driver."""

    start_day: float  # from the start of the scenario
    days: float


@dataclass(frozen=True)
class DiplomaticShock:
    """A scheduled jump of mediation."""

    day: float  # from the start of the scenario
    size: float  # jump of mediation, between 0 and 1


class World:
    """State of the driver and of mediation in each replicate; truces and shocks are the same in all."""

    def __init__(
        self,
        parameters: WorldParameters,
        streams: Streams,
        truces: tuple[Truce, ...],
        shocks: tuple[DiplomaticShock, ...],
        step_days: float,
    ) -> None:
        self.parameters = parameters
        self._streams = streams
        self._truces = truces
        self._shocks = shocks
        self._step_days = step_days
        size = streams.n_replicates
        self._level: Floats = np.broadcast_to(
            np.power(parameters.driver_level, parameters.driver_exponent), (size,)
        ).astype(np.float64)
        self._by_chance: Flags = np.zeros(size, dtype=bool)
        self._has_chance = bool(np.any(np.asarray(parameters.truce_hazard) > 0))
        self._shock_level: Floats = np.zeros(size)
        self.in_truce: Flags = np.zeros(size, dtype=bool)
        self.driver: Floats = self._level.copy()
        self._wandering = bool(np.any(np.asarray(parameters.mediation_spread) > 0))
        self._has_chance_shocks = bool(np.any(np.asarray(parameters.mediation_shock_hazard) > 0))
        self._deviation: Floats = np.zeros(size)
        level = np.asarray(parameters.mediation) + parameters.mediation_added
        self._mediation_level: Floats = np.broadcast_to(level, (size,)).astype(np.float64)
        self.mediation: Floats = np.clip(self._mediation_level, 0.0, 1.0)

    @property
    def is_mediated_anew(self) -> bool:
        """Whether mediation can differ from the usual level."""
        added = np.any(np.asarray(self.parameters.mediation_added) != 0)
        return bool(self._shocks or self._wandering or self._has_chance_shocks or added)

    @property
    def has_truces(self) -> bool:
        """Whether any truce can occur."""
        return self._has_chance or bool(self._truces)

    def advance(self, step: int) -> None:
        """Move the driver and mediation to a step that begins, from 0."""
        scheduled = any(self._covers(truce.start_day, truce.days, step) for truce in self._truces)
        if self._has_chance:
            self._truces_by_chance(step)
        if self.has_truces:
            self.in_truce = self._by_chance | scheduled
            self.driver = np.where(self.in_truce, 0.0, self._level)
        if self._shocks or self._wandering or self._has_chance_shocks:
            self._mediate(step)

    def _truces_by_chance(self, step: int) -> None:
        uniforms = self._streams.uniform("world", "truce", step)
        begin = -np.expm1(-np.asarray(self.parameters.truce_hazard) * self._step_days)
        end = -np.expm1(-self._step_days / np.asarray(self.parameters.truce_days))
        self._by_chance = np.where(self._by_chance, uniforms >= end, uniforms < begin)

    def _covers(self, start_day: float, days: float, step: int) -> bool:
        """Return whether a step lies in a span; spans are rounded to whole steps, so that none is a rounding short."""
        first = round(start_day / self._step_days)
        return first <= step < first + max(1, round(days / self._step_days))

    def _mediate(self, step: int) -> None:
        own = self.parameters
        fading = np.exp(-self._step_days / np.asarray(own.mediation_decay_days))
        self._shock_level = self._shock_level * fading
        for shock in self._shocks:
            if self._covers(shock.day, self._step_days, step):
                self._shock_level = self._shock_level + shock.size
        if self._has_chance_shocks:
            chance = -np.expm1(-np.asarray(own.mediation_shock_hazard) * self._step_days)
            struck = self._streams.uniform("world", "diplomatic shock", step) < chance
            self._shock_level = self._shock_level + struck * np.asarray(own.mediation_shock_size)
        if self._wandering:
            # The exact step of an Ornstein-Uhlenbeck process whose stationary spread is the parameter.
            normal = special.ndtri(self._streams.uniform("world", "mediation", step))
            spread = own.mediation_spread * np.sqrt(1.0 - fading**2)
            self._deviation = self._deviation * fading + spread * normal
        self.mediation = np.clip(self._mediation_level + self._shock_level + self._deviation, 0.0, 1.0)
