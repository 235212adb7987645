"""Strategies that count: go by the majority of the past, or by the calendar.

How periods stand for moves is said in `sim.policies.repeated_game`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from sim.core.arrays import Flags, Floats
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View
from sim.policies.reciprocal import TitForTat
from sim.policies.repeated_game import Period, PeriodPolicy

_ROUNDING = 1e-9


@dataclass(frozen=True)
class SoftMajority(PeriodPolicy):
    """Answer while the periods of offence outnumber the others.

    Names
    -----
    soft majority (Beaufils, Delahaye & Mathieu 1996); go by majority (Axelrod 1984).
    """

    rule: ClassVar[str] = "soft_majority"
    order: ClassVar[float] = 25
    source: ClassVar[str] = "Beaufils, Delahaye & Mathieu 1996, Artificial Life V"

    def state(self) -> dict[str, float]:
        """Return the balance of the periods, offence less others: even."""
        return {"balance": 0.0}

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Count the period, and give an opponent of even balance the benefit of the doubt."""
        balance = period.state["balance"] + np.where(period.theirs, 1.0, -1.0)
        return balance > 0, {"balance": balance}


@dataclass(frozen=True)
class HardMajority(SoftMajority):
    """Answer unless the periods of offence are outnumbered by the others; begin by answering.

    Names
    -----
    hard majority (Mittal & Deb 2009).
    """

    rule: ClassVar[str] = "hard_majority"
    order: ClassVar[float] = 26
    source: ClassVar[str] = "Mittal & Deb 2009, IEEE Transactions on Evolutionary Computation 13(3)"
    opening: ClassVar[bool] = True

    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Count the period, and give an opponent of even balance no benefit of the doubt."""
        _, state = super().move(period, draw)
        return state["balance"] >= 0, state


@dataclass(frozen=True)
class Periodic(Policy):
    """Restrain for some days, answer for some days, and so on, whatever the opponent does.

    The day alone decides, so this is a yardstick: it shows what answering is worth that depends on nothing.

    Names
    -----
    periodic strategy (Beaufils, Delahaye & Mathieu 1996); cycler; alternator, where both spans are alike.
    """

    rule: ClassVar[str] = "periodic"
    order: ClassVar[float] = 27
    source: ClassVar[str] = "Beaufils, Delahaye & Mathieu 1996, Artificial Life V"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    base: Policy = field(default_factory=TitForTat)
    restrained_days: LaneValues = parameter(
        1.0, Interval(0.25, 365), unit="days", source=ASSUMPTION, text="days of restraint, which come first"
    )
    answering_days: LaneValues = parameter(
        1.0, Interval(0.25, 365), unit="days", source=ASSUMPTION, text="days of answering, which come next"
    )

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the base policy on the days for it."""
        inner = self.base.respond(view.inside("base"), draw.within("base"))
        day = np.mod(view.day + _ROUNDING, np.asarray(self.restrained_days) + self.answering_days)
        return inner.passed_on("base", multiplier=np.where(day >= self.restrained_days, inner.multiplier, 0.0))
