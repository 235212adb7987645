"""Policies that choose the size of the answer: proportional, disproportionate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View, choose_rung


@dataclass(frozen=True)
class Proportional(Policy):
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
        1.0, Interval(0, 100), unit="1", source=ASSUMPTION, text="harm aimed at, per harm received"
    )
    tolerance: LaneValues = parameter(
        0.3,
        Interval(0.001, 1000),
        unit="killed-equivalents",
        source="S2.9",
        text="unanswered harm below which reactions are fewer",
    )

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer in proportion to the harm."""
        received = np.minimum(view.unanswered_harm, view.opponent_harm[1:])
        return Response(
            multiplier=np.minimum(1.0, view.unanswered_harm / self.tolerance),
            rung=choose_rung(self.harm_ratio * received, view.own_harm),
        )


@dataclass(frozen=True)
class Disproportionate(Policy):
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

    climb: LaneValues = parameter(
        0.1, Interval(0, 1), unit="1", source=ASSUMPTION, text="chance of a reaction one rung higher"
    )

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer in kind or one rung higher."""
        higher = draw.uniform("climb") < self.climb
        return Response(multiplier=1.0, rung=np.minimum(view.provocation + higher, view.top))
