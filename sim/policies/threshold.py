"""The policy with a red line: restrained below it, resolute above it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from sim.fields import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies.base import Policy, RedLine, Response, View
from sim.policies.reciprocal import TitForTat
from sim.streams import Draw


@dataclass(frozen=True)
class Threshold(Policy):
    """Follow another policy with reduced weight below a red line; above it answer fully and at least at the line.

    An act crosses the line by its rung, by the civilians it killed or by its depth; a crossing act counts as at least
    on the rung of the line.

    Names
    -----
    P5, threshold or red line (S2.9); rules of the game (Sobelman 2017).
    """

    code: ClassVar[str] = "P5"
    source: ClassVar[str] = "S2.9; Sobelman 2017"
    stochastic: ClassVar[bool] = True

    base: Policy = field(default_factory=TitForTat)
    line_rung: LaneValues = parameter(
        5.0, Interval(1, 6), unit="rung", source=ASSUMPTION, text="rung from which an act crosses the line"
    )
    line_civilians: LaneValues = parameter(
        5.0, Interval(1, 1e6), unit="persons", source=ASSUMPTION, text="civilians killed by an act that cross the line"
    )
    line_depth: LaneValues = parameter(
        25.0, Interval(0, 5000), unit="km", source=ASSUMPTION, text="depth of an act that crosses the line"
    )
    weight_below: LaneValues = parameter(
        0.67, Interval(0, 1), unit="1", source=ASSUMPTION, text="multiplier of the base policy below the line"
    )
    step_above: LaneValues = parameter(
        0.0, Interval(0, 2), unit="rung", source=ASSUMPTION, text="rungs added to a reaction above the line"
    )

    def red_line(self) -> RedLine:
        """Return the line."""
        return RedLine(rung=self.line_rung, civilians=self.line_civilians, depth=self.line_depth)

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the base policy below the line, fully above it."""
        below = self.base.respond(view.inside("base"), draw.within("base"))
        above = view.provocation >= self.line_rung
        risen = np.minimum(view.provocation + np.asarray(self.step_above, dtype=np.int64), view.top)
        return below.passed_on(
            "base",
            multiplier=np.where(above, 1.0, self.weight_below * below.multiplier),
            rung=np.where(above, risen, below.rung),
        )
