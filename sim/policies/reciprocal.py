"""Policies that answer act by act: not at all, in kind, generously, by a coin, in proportion, with more."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.core.parameters import ASSUMPTION, LaneValues, fraction, level, number, parameter
from sim.policies.moment import choose_rung, highest_rung
from sim.policies.scalar import Reaction, ScalarPolicy, drawn, remembered


@dataclass(frozen=True)
class NoRetaliation(ScalarPolicy, rule="none", code="P0", source="S2.9", never_escalates=True, never_first=True):
    """Never react: only the party's own routine remains.

    Names
    -----
    P0; background; always restrain; unconditional cooperation (ALLC).
    """

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer with no reaction."""
        return Reaction(0.0, 0)


@dataclass(frozen=True)
class TitForTat(ScalarPolicy, code="P1", source="S2.9; Axelrod 1984", never_escalates=True, never_first=True):
    """React to every provocation on its own rung.

    What the party has to answer is held by the engine until it falls due, so the policy itself needs no memory.

    Names
    -----
    P1; tit-for-tat (Axelrod 1984); reciprocity (Goldstein & Freeman 1990).
    """

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in kind."""
        return Reaction(1.0, rung)


@dataclass(frozen=True)
class GenerousTitForTat(
    ScalarPolicy, code="P2", source="S2.9; Nowak & Sigmund 1992", never_escalates=True, never_first=True
):
    """React on the rung of the provocation, but let a share of provocations pass.

    With contrition, a share of those provocations is let pass too that the party brought upon itself: its own last acts
    on the opponent reached a higher rung than the provocation.

    Names
    -----
    P2; generous tit-for-tat (Nowak & Sigmund 1992); with contrition, contrite tit-for-tat on the ladder.
    """

    state: ClassVar[Any] = remembered(own_rung=0.0)

    forgiveness: LaneValues = fraction(1 / 3, "S2.17", "forgiveness: share of provocations that are let pass")
    contrition: LaneValues = fraction(0.0, "S2.9", "contrition: share let pass after own acts on a higher rung")

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
class RandomRetaliation(ScalarPolicy, rule="random", order=12, stochastic=True, never_escalates=True, never_first=True):
    """Toss a coin in every step: answer all that falls due in kind, or let all of it pass.

    It answers at random what is due. Unlike the random of Axelrod's tournament (1980), which defects in half of all
    rounds whatever the other side does, it never begins: in the dilemma it leaves alone whoever leaves it alone. The
    memory-one policy with four chances of one half comes nearest to Axelrod's.

    Names
    -----
    random answer; coin flip.
    """

    source: ClassVar[str] = "after random of Axelrod 1980, Journal of Conflict Resolution 24(1)"

    draw: ClassVar[Any] = drawn("coin")

    chance: LaneValues = fraction(0.5, "Axelrod 1980", "chance of an answer: to what falls due in a step")

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in kind or not at all."""
        return Reaction(1.0 if self.draw.coin < self.chance else 0.0, rung)


@dataclass(frozen=True)
class AlwaysEscalate(ScalarPolicy, order=11, source=ASSUMPTION, never_first=True):
    """React to every provocation on a higher rung.

    The nearest that a policy of reactions comes to unconditional defection: it answers all, and always with more.

    Names
    -----
    always escalate; unconditional defection (ALLD).
    """

    climb_rungs: LaneValues = level(1.0, (0, 6), ASSUMPTION, "rungs climbed: added to every reaction, rounded down")

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer above the provocation, at most on the top rung."""
        return Reaction(1.0, min(rung + int(self.climb_rungs), now.top))


@dataclass(frozen=True)
class Proportional(ScalarPolicy, code="P3", source="S2.9", never_first=True):
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

    harm_ratio: LaneValues = number(1.0, (0, 100), ASSUMPTION, "harm aimed at: per harm received")
    tolerance: LaneValues = parameter(
        0.3,
        (0.001, 1000),
        "killed-equivalents",
        "S2.9",
        "tolerated harm: unanswered harm below which reactions are fewer",
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in proportion to the harm."""
        target = self.harm_ratio * min(now.unanswered_harm, now.opponent_harm[rung])
        return Reaction(min(1.0, now.unanswered_harm / self.tolerance), choose_rung(target, now.own_harm, now.top))


@dataclass(frozen=True)
class Disproportionate(ScalarPolicy, code="P4", source="S2.9", stochastic=True, never_first=True):
    """React to every provocation, at times one rung higher.

    Whether the party climbs is decided once a step for each opponent.

    Names
    -----
    P4; disproportionate retaliation; escalatory retaliation (S2.9).
    """

    draw: ClassVar[Any] = drawn("climb")

    climb: LaneValues = fraction(0.1, ASSUMPTION, "chance of climbing: a reaction one rung higher")

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer in kind or one rung higher."""
        return Reaction(1.0, min(rung + 1, now.top) if self.draw.climb < self.climb else rung)
