"""The policy that a grave act changes for good."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sim.core.parameters import Interval, LaneValues, Rungs, parameter
from sim.policies.base import Policy
from sim.policies.moment import has_received
from sim.policies.reciprocal import TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy, remembered
from sim.policies.view import CEASEFIRE


@dataclass(frozen=True)
class GrimTrigger(ScalarPolicy):
    """Follow another policy until a grave act; from then on answer everything on the top rung, and lean to a campaign.

    The act is seen in the step after it, as all acts are. Only a ceasefire on the common front ends the grim state;
    after it the trigger is set anew.

    Names
    -----
    P6; grim trigger (Friedman 1971); grudger; spite; Friedman (Axelrod 1980).
    """

    rule: ClassVar[str] = "grim_trigger"
    order: ClassVar[float] = 6
    code: ClassVar[str] = "P6"
    source: ClassVar[str] = "S2.9; Friedman 1971, Review of Economic Studies 38(1)"
    never_first: ClassVar[bool] = True

    state: ClassVar[Any] = remembered(grim=0.0)

    base: Policy = field(default_factory=TitForTat)
    grim_rung: LaneValues = parameter(
        6.0, Rungs(1, 20), unit="rung", source="S2.15", text="rung of the trigger: from which an act pulls it"
    )
    campaign_rise: LaneValues = parameter(
        2.0, Interval(0, 10), unit="1", source="S2.15", text="campaign after the trigger: rise of its log rate"
    )

    def remember(self, now: Any) -> None:
        """Pull the trigger at a grave act, and set it anew in a ceasefire."""
        if now.phase == CEASEFIRE:
            self.state.grim = 0.0
        elif has_received(now, self.grim_rung):
            self.state.grim = 1.0

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy until the trigger, on the top rung after it."""
        if self.state.grim > 0:
            return Reaction(1.0, now.top)
        return Reaction(self.inside.base.multiplier[rung], self.inside.base.rung[rung])

    def campaign(self, now: Any) -> float:
        """Return what the base policy adds, and the rise after the trigger."""
        return self.inside.base.campaign + (self.campaign_rise if self.state.grim > 0 else 0.0)
