"""Policies of parties beyond the front: joining late, and strikes on leaders."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies.base import Policy
from sim.policies.reciprocal import TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy


@dataclass(frozen=True)
class AllianceEntry(ScalarPolicy):
    """Stay out, without a reaction to anything, until the party joins the war; from then on follow another policy.

    When a party joins is the hazard of S2.10, which belongs to the party and not to its policy.

    Names
    -----
    P9; alliance entry; threshold contagion (S2.9); war joining (Siverson & Starr 1990).
    """

    rule: ClassVar[str] = "alliance_entry"
    order: ClassVar[float] = 9
    code: ClassVar[str] = "P9"
    source: ClassVar[str] = "S2.9; S2.10"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    base: Policy = field(default_factory=TitForTat)

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy once the party has entered."""
        return Reaction(self.inside.base.multiplier[rung] if now.entered else 0.0, self.inside.base.rung[rung])

    def campaign(self, now: Any) -> float:
        """Return what the base policy adds, once the party has entered."""
        return self.inside.base.campaign if now.entered else 0.0

    def strategic(self, now: Any) -> float:
        """Return the acts of the base policy, once the party has entered."""
        return self.inside.base.strategic if now.entered else 0.0


@dataclass(frozen=True)
class Decapitation(ScalarPolicy):
    """Follow another policy, and besides strike at leaders and targets of strategic worth, unprovoked.

    Names
    -----
    P10; decapitation strategy (S2.9); leadership targeting (Jordan 2009).
    """

    rule: ClassVar[str] = "decapitation"
    order: ClassVar[float] = 10
    code: ClassVar[str] = "P10"
    source: ClassVar[str] = "S2.9; Jordan 2009, Security Studies 18(4)"
    never_escalates: ClassVar[bool] = True

    base: Policy = field(default_factory=TitForTat)
    strikes: LaneValues = parameter(
        0.01, Interval(0, 10), unit="acts/day", source=ASSUMPTION, text="strategic strikes: unprovoked, on the top rung"
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy."""
        return Reaction(self.inside.base.multiplier[rung], self.inside.base.rung[rung])

    def strategic(self, now: Any) -> float:
        """Return the acts of the base policy, and the strikes."""
        return self.inside.base.strategic + self.strikes
