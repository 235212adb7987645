"""The policy that a grave act changes for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sim.core.parameters import Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View
from sim.policies.reciprocal import TitForTat
from sim.policies.view import CEASEFIRE


@dataclass(frozen=True)
class GrimTrigger(Policy):
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

    base: Policy = field(default_factory=TitForTat)
    grim_rung: LaneValues = parameter(
        6.0, Interval(1, 6), unit="rung", source="S2.15", text="rung from which an act pulls the trigger"
    )
    campaign_rise: LaneValues = parameter(
        2.0, Interval(0, 10), unit="1", source="S2.15", text="rise of the log rate of a campaign after the trigger"
    )

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the state before the first step: not grim."""
        return {**super().memory(top), "grim": 0.0}

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the base policy until the trigger, on the top rung after it."""
        before = self.base.respond(view.inside("base"), draw.within("base"))
        grim = (view.memory["grim"] > 0) | view.has_received(self.grim_rung)
        grim &= view.phase != CEASEFIRE
        return before.passed_on(
            "base",
            multiplier=np.where(grim, 1.0, before.multiplier),
            rung=np.where(grim, np.int8(view.top), before.rung),
            campaign=before.campaign + np.where(grim, self.campaign_rise, 0.0),
            memory={"grim": grim.astype(np.float64)},
        )
