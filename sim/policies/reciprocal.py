"""Policies that answer act by act: none, tit-for-tat, generous tit-for-tat, a coin for each step."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies.moment import highest_rung
from sim.policies.scalar import Reaction, ScalarPolicy, drawn, remembered


@dataclass(frozen=True)
class NoRetaliation(ScalarPolicy):
    """Never react: only the party's own routine remains.

    Names
    -----
    P0; background; always restrain; unconditional cooperation (ALLC).
    """

    rule: ClassVar[str] = "none"
    order: ClassVar[float] = 0
    code: ClassVar[str] = "P0"
    source: ClassVar[str] = "S2.9"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer with no reaction."""
        return Reaction(0.0, 0)


@dataclass(frozen=True)
class TitForTat(ScalarPolicy):
    """React to every provocation on its own rung.

    What the party has to answer is held by the engine until it falls due, so the policy itself needs no memory.

    Names
    -----
    P1; tit-for-tat (Axelrod 1984); reciprocity (Goldstein & Freeman 1990).
    """

    rule: ClassVar[str] = "tit_for_tat"
    order: ClassVar[float] = 1
    code: ClassVar[str] = "P1"
    source: ClassVar[str] = "S2.9; Axelrod 1984"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in kind."""
        return Reaction(1.0, rung)


@dataclass(frozen=True)
class GenerousTitForTat(ScalarPolicy):
    """React on the rung of the provocation, but let a share of provocations pass.

    With contrition, a share of those provocations is let pass too that the party brought upon itself: its own last acts
    on the opponent reached a higher rung than the provocation.

    Names
    -----
    P2; generous tit-for-tat (Nowak & Sigmund 1992); with contrition, contrite tit-for-tat on the ladder.
    """

    rule: ClassVar[str] = "generous_tit_for_tat"
    order: ClassVar[float] = 2
    code: ClassVar[str] = "P2"
    source: ClassVar[str] = "S2.9; Nowak & Sigmund 1992"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    state: ClassVar[Any] = remembered(own_rung=0.0)

    forgiveness: LaneValues = parameter(
        1 / 3, Interval(0, 1), unit="1", source="S2.17", text="forgiveness: share of provocations that are let pass"
    )
    contrition: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.9", text="contrition: share let pass after own acts on a higher rung"
    )

    def memory_days(self) -> float:
        """Return how far back the answers look: not at all where contrition is off."""
        return super().memory_days() if np.any(np.asarray(self.contrition) > 0) else 0.0

    def remember(self, now: Any) -> None:
        """Keep the rung of the own last acts, where there is contrition."""
        latest = highest_rung(now.sent, now.top)
        if latest > 0 and self.contrition > 0:
            self.state.own_rung = latest

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in kind, less the share forgiven."""
        multiplier = 1.0 - self.forgiveness
        if self.state.own_rung > rung:
            multiplier = multiplier * (1.0 - self.contrition)
        return Reaction(float(multiplier), rung)


@dataclass(frozen=True)
class RandomRetaliation(ScalarPolicy):
    """Toss a coin in every step: answer all that falls due in kind, or let all of it pass.

    It answers at random what is due. Unlike the random of Axelrod's tournament (1980), which defects in half of all
    rounds whatever the other side does, it never begins: in the dilemma it leaves alone whoever leaves it alone. The
    memory-one policy with four chances of one half comes nearest to Axelrod's.

    Names
    -----
    random answer; coin flip.
    """

    rule: ClassVar[str] = "random"
    order: ClassVar[float] = 12
    source: ClassVar[str] = "after random of Axelrod 1980, Journal of Conflict Resolution 24(1)"
    stochastic: ClassVar[bool] = True
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    draw: ClassVar[Any] = drawn("coin")

    chance: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source="Axelrod 1980", text="chance of an answer: to what falls due in a step"
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in kind or not at all."""
        return Reaction(1.0 if self.draw.coin < self.chance else 0.0, rung)


@dataclass(frozen=True)
class AlwaysEscalate(ScalarPolicy):
    """React to every provocation on a higher rung.

    The nearest that a policy of reactions comes to unconditional defection: it answers all, and always with more.

    Names
    -----
    always escalate; unconditional defection (ALLD).
    """

    rule: ClassVar[str] = "always_escalate"
    order: ClassVar[float] = 11
    source: ClassVar[str] = ASSUMPTION
    never_first: ClassVar[bool] = True

    climb_rungs: LaneValues = parameter(
        1.0, Interval(0, 6), unit="rung", source=ASSUMPTION, text="rungs climbed: added to every reaction, rounded down"
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer above the provocation, at most on the top rung."""
        return Reaction(1.0, min(rung + int(self.climb_rungs), now.top))
