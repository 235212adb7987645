"""Policies made of others: a mixture by chance, and one policy until a trigger, then another."""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from sim.core.parameters import ASSUMPTION, LaneValues, duration, fraction, level, rate
from sim.policies.base import Policy
from sim.policies.moment import has_received
from sim.policies.reciprocal import Disproportionate, GenerousTitForTat, NoRetaliation, TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy, drawn, remembered

_UNDRAWN = -1.0
_ROUNDING = 1e-9


class _Following:
    """Rules that answer as the policy does that they follow now."""

    followed: Any  # method that returns the answer of that policy

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer as the policy that is followed."""
        return Reaction(self.followed().multiplier[rung], self.followed().rung[rung])

    def campaign(self, now: Any) -> float:
        """Return what that policy adds."""
        return self.followed().campaign

    def strategic(self, now: Any) -> float:
        """Return the acts of that policy."""
        return self.followed().strategic


@dataclass(frozen=True)
class Mixed(_Following, ScalarPolicy, order=13, stochastic=True, never_escalates=True, never_first=True):
    """Follow one of three policies, drawn by weight for each history and opponent.

    Drawn once, the mixture says that the type of the opponent is unknown; drawn anew at a rate, that the party wavers.
    The three weights sum to 1; a mixture of two gives the third a weight of 0. All three watch from the beginning, so a
    policy that is drawn late remembers what it saw.

    Names
    -----
    mixed strategy; mixture of types (Harsanyi 1967).
    """

    source: ClassVar[str] = "Harsanyi 1967, Management Science 14(3)"

    state: ClassVar[Any] = remembered(drawn=_UNDRAWN)
    draw: ClassVar[Any] = drawn("which", "anew")

    first: Policy = field(default_factory=TitForTat)
    second: Policy = field(default_factory=GenerousTitForTat)
    third: Policy = field(default_factory=NoRetaliation)
    weight_first: LaneValues = fraction(0.5, ASSUMPTION, "chance of the first policy")
    weight_second: LaneValues = fraction(0.5, ASSUMPTION, "chance of the second policy")
    weight_third: LaneValues = fraction(0.0, ASSUMPTION, "chance of the third policy")
    redraws: LaneValues = rate(0.0, (0, 1000), ASSUMPTION, "rate of redrawing: 0 if drawn once")

    def faults(self) -> dict[str, str]:
        """Return what is wrong with the parameters, a sum of the weights other than 1 included."""
        faults = super().faults()
        if not faults.keys() & {"weight_first", "weight_second", "weight_third"}:
            total = np.asarray(self.weight_first) + self.weight_second + self.weight_third
            if np.any(np.abs(total - 1.0) > _ROUNDING):
                shown = f"{float(total):g}" if total.ndim == 0 else "another number in some replicates"
                faults["weight_first"] = (
                    f"weight_first, weight_second and weight_third must sum to 1; they sum to {shown}"
                )
        return faults

    def remember(self, now: Any) -> None:
        """Draw the policy to follow, at first and then at the rate."""
        wavers = self.draw.anew < -math.expm1(-self.redraws * now.step_days)
        if self.state.drawn == _UNDRAWN or wavers:
            self.state.drawn = self.fresh()

    def fresh(self) -> float:
        """Return the number of a policy drawn by weight."""
        if self.draw.which < self.weight_first:
            return 0.0
        # Rounding may leave the sum of two weights below 1 where the third is 0.
        if self.draw.which < self.weight_first + self.weight_second or self.weight_third == 0:
            return 1.0
        return 2.0

    def followed(self) -> Any:
        """Return the answer of the policy drawn."""
        if self.state.drawn == 0:
            return self.inside.first
        return self.inside.second if self.state.drawn == 1 else self.inside.third


@dataclass(frozen=True)
class Switching(_Following, ScalarPolicy, order=14, source="S2.7", never_escalates=True, never_first=True):
    """Follow one policy until a trigger, then another for good.

    The trigger is an act on a rung, seen in the step after it, or a day, whichever comes first. Both policies watch
    from the beginning.

    Names
    -----
    switching strategy; triggered change of type (S2.7).
    """

    state: ClassVar[Any] = remembered(switched=0.0)

    first: Policy = field(default_factory=TitForTat)
    then: Policy = field(default_factory=Disproportionate)
    trigger_rung: LaneValues = level(5.0, (1, 7), ASSUMPTION, "rung of the switch: of an act; 7 if none does it")
    trigger_day: LaneValues = duration(36500.0, (0, 36500), ASSUMPTION, "day of the switch: at the latest")

    def remember(self, now: Any) -> None:
        """Switch at the trigger."""
        if now.day >= self.trigger_day or has_received(now, self.trigger_rung):
            self.state.switched = 1.0

    def followed(self) -> Any:
        """Return the answer of the policy that is followed now."""
        return self.inside.then if self.state.switched > 0 else self.inside.first
