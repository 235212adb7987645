"""Strategies that count: go by the majority of the past, or by the calendar.

How periods stand for moves is said in `sim.policies.repeated_game`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from sim.core.parameters import ASSUMPTION, LaneValues, duration
from sim.policies.moment import ROUNDING
from sim.policies.overlay import Overlay
from sim.policies.repeated_game import PeriodPolicy
from sim.policies.scalar import Reaction, remembered


@dataclass(frozen=True)
class SoftMajority(PeriodPolicy, order=25, source="Beaufils, Delahaye & Mathieu 1996, Artificial Life V"):
    """Answer while the periods of offence outnumber the others.

    Names
    -----
    soft majority (Beaufils, Delahaye & Mathieu 1996); go by majority (Axelrod 1984).
    """

    # The periods of offence less the others.
    state: ClassVar[Any] = remembered(balance=0.0)

    def move(self, now: Any) -> bool:
        """Count the period, and give an opponent of even balance the benefit of the doubt."""
        self.state.balance += 1.0 if self.state.theirs > 0 else -1.0
        return self.state.balance > 0


@dataclass(frozen=True)
class HardMajority(SoftMajority, order=26, opening=True):
    """Answer unless the periods of offence are outnumbered by the others; begin by answering.

    Names
    -----
    hard majority (Mittal & Deb 2009).
    """

    source: ClassVar[str] = "Mittal & Deb 2009, IEEE Transactions on Evolutionary Computation 13(3)"

    def move(self, now: Any) -> bool:
        """Count the period, and give an opponent of even balance no benefit of the doubt."""
        super().move(now)
        return self.state.balance >= 0


@dataclass(frozen=True)
class Periodic(Overlay, order=27, never_escalates=True, never_first=True):
    """Restrain for some days, answer for some days, and so on, whatever the opponent does.

    The day alone decides, so this is a yardstick: it shows what answering is worth that depends on nothing.

    Names
    -----
    periodic strategy (Beaufils, Delahaye & Mathieu 1996); cycler; alternator, where both spans are alike.
    """

    source: ClassVar[str] = "Beaufils, Delahaye & Mathieu 1996, Artificial Life V"

    restrained_days: LaneValues = duration(1.0, (0.25, 365), ASSUMPTION, "days of restraint: which come first")
    answering_days: LaneValues = duration(1.0, (0.25, 365), ASSUMPTION, "days of answering: which come next")

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy on the days for it."""
        day = (now.day + ROUNDING) % (self.restrained_days + self.answering_days)
        answers = day >= self.restrained_days
        return Reaction(self.inside.base.multiplier[rung] if answers else 0.0, self.inside.base.rung[rung])
