"""Strategies that count: go by the majority of the past, or by the calendar.

How periods stand for moves is said in `sim.policies.repeated_game`.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies.base import Policy
from sim.policies.moment import ROUNDING
from sim.policies.reciprocal import TitForTat
from sim.policies.repeated_game import PeriodPolicy
from sim.policies.scalar import Reaction, ScalarPolicy, remembered


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

    # The periods of offence less the others.
    state: ClassVar[Any] = remembered(balance=0.0)

    def move(self, now: Any) -> bool:
        """Count the period, and give an opponent of even balance the benefit of the doubt."""
        self.state.balance += 1.0 if self.state.theirs > 0 else -1.0
        return self.state.balance > 0


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

    def move(self, now: Any) -> bool:
        """Count the period, and give an opponent of even balance no benefit of the doubt."""
        super().move(now)
        return self.state.balance >= 0


@dataclass(frozen=True)
class Periodic(ScalarPolicy):
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
        1.0, Interval(0.25, 365), unit="days", source=ASSUMPTION, text="days of restraint: which come first"
    )
    answering_days: LaneValues = parameter(
        1.0, Interval(0.25, 365), unit="days", source=ASSUMPTION, text="days of answering: which come next"
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy on the days for it."""
        day = (now.day + ROUNDING) % (self.restrained_days + self.answering_days)
        answers = day >= self.restrained_days
        return Reaction(self.inside.base.multiplier[rung] if answers else 0.0, self.inside.base.rung[rung])
