"""Policies of parties beyond the front: joining late, and strikes on leaders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View
from sim.policies.reciprocal import TitForTat


@dataclass(frozen=True)
class AllianceEntry(Policy):
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

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the base policy once the party has entered."""
        after = self.base.respond(view.inside("base"), draw.within("base"))
        return after.passed_on(
            "base",
            multiplier=np.where(view.entered, after.multiplier, 0.0),
            campaign=np.where(view.entered, after.campaign, 0.0),
            strategic=np.where(view.entered, after.strategic, 0.0),
        )


@dataclass(frozen=True)
class Decapitation(Policy):
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
        0.01, Interval(0, 10), unit="acts/day", source=ASSUMPTION, text="unprovoked acts on the top rung"
    )

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the base policy, and strike."""
        routine = self.base.respond(view.inside("base"), draw.within("base"))
        return routine.passed_on("base", strategic=routine.strategic + self.strikes)
