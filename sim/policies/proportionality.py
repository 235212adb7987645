"""Policies that choose the size of the answer: proportional, disproportionate."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies.moment import choose_rung
from sim.policies.scalar import Reaction, ScalarPolicy, drawn


@dataclass(frozen=True)
class Proportional(ScalarPolicy):
    """React on the rung whose mean harm is nearest to a fixed ratio of the harm received.

    A reaction answers the act that provoked it: the harm aimed at is ``harm_ratio`` times the mean harm of the
    opponent's acts on the provoking rung, and never more than ``harm_ratio`` times what is still unanswered. Where
    little is unanswered, reactions are fewer (multiplier ``min(1, U / tolerance)``).

    The plan (S2.9) aims each single reaction at the whole unanswered harm; with the reported rates that puts every
    reaction on the top rung, so the provoking act bounds the target here.

    Names
    -----
    P3; proportional retaliation (S2.9).
    """

    rule: ClassVar[str] = "proportional"
    order: ClassVar[float] = 3
    code: ClassVar[str] = "P3"
    source: ClassVar[str] = "S2.9"
    never_first: ClassVar[bool] = True

    harm_ratio: LaneValues = parameter(
        1.0, Interval(0, 100), unit="1", source=ASSUMPTION, text="harm aimed at: per harm received"
    )
    tolerance: LaneValues = parameter(
        0.3,
        Interval(0.001, 1000),
        unit="killed-equivalents",
        source="S2.9",
        text="tolerated harm: unanswered harm below which reactions are fewer",
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in proportion to the harm."""
        target = self.harm_ratio * min(now.unanswered_harm, now.opponent_harm[rung])
        return Reaction(min(1.0, now.unanswered_harm / self.tolerance), choose_rung(target, now.own_harm, now.top))


@dataclass(frozen=True)
class Disproportionate(ScalarPolicy):
    """React to every provocation, at times one rung higher.

    Whether the party climbs is decided once a step for each opponent.

    Names
    -----
    P4; disproportionate retaliation; escalatory retaliation (S2.9).
    """

    rule: ClassVar[str] = "disproportionate"
    order: ClassVar[float] = 4
    code: ClassVar[str] = "P4"
    source: ClassVar[str] = "S2.9"
    stochastic: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    draw: ClassVar[Any] = drawn("climb")

    climb: LaneValues = parameter(
        0.1, Interval(0, 1), unit="1", source=ASSUMPTION, text="chance of climbing: a reaction one rung higher"
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in kind or one rung higher."""
        return Reaction(1.0, min(rung + 1, now.top) if self.draw.climb < self.climb else rung)
