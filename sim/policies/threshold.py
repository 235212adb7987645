"""The policy with a red line: restrained below it, resolute above it."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, Rungs, parameter
from sim.policies.base import Policy, RedLine
from sim.policies.reciprocal import TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy


@dataclass(frozen=True)
class Threshold(ScalarPolicy):
    """Follow another policy with reduced weight below a red line; above it answer fully and at least at the line.

    An act crosses the line by its rung, by the civilians it killed, by its depth or by a leader killed; a crossing act
    counts as at least on the rung of the line, and may be answered faster than usual.

    Names
    -----
    P5; threshold; red line (S2.9); rules of the game (Sobelman 2017).
    """

    rule: ClassVar[str] = "threshold"
    order: ClassVar[float] = 5
    code: ClassVar[str] = "P5"
    source: ClassVar[str] = "S2.9; Sobelman 2017"
    never_first: ClassVar[bool] = True

    base: Policy = field(default_factory=TitForTat)
    line_rung: LaneValues = parameter(
        5.0, Rungs(1, 20), unit="rung", source=ASSUMPTION, text="rung of the line: from which an act crosses it"
    )
    line_civilians: LaneValues = parameter(
        5.0, Interval(1, 1e6), unit="persons", source=ASSUMPTION, text="civilians of the line: killed by a crossing act"
    )
    line_depth: LaneValues = parameter(
        25.0, Interval(0, 5000), unit="km", source=ASSUMPTION, text="depth of the line: of an act that crosses it"
    )
    line_leader: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source="S2.9", text="line at leaders: 1 if one killed crosses it, 0 if not"
    )
    fast_delay_days: LaneValues = parameter(
        0.0, Interval(0, 365), unit="days", source="S2.9", text="delay past the line: mean of reactions; 0 if as usual"
    )
    weight_below: LaneValues = parameter(
        0.67, Interval(0, 1), unit="1", source=ASSUMPTION, text="weight below the line: multiplier of the base policy"
    )
    step_above: LaneValues = parameter(
        0.0, Interval(0, 2), unit="rung", source=ASSUMPTION, text="step above the line: rungs added to a reaction"
    )

    def red_line(self) -> RedLine:
        """Return the line."""
        counts = np.asarray(self.line_leader) >= 0.5
        is_usual = not np.any(self.fast_delay_days)
        return RedLine(
            rung=self.line_rung,
            civilians=self.line_civilians,
            depth=self.line_depth,
            leader=counts if counts.ndim else bool(counts),
            delay_days=None if is_usual else self.fast_delay_days,
        )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy below the line, fully above it."""
        if rung >= self.line_rung:
            return Reaction(1.0, min(rung + int(self.step_above), now.top))
        below = self.inside.base
        return Reaction(self.weight_below * below.multiplier[rung], below.rung[rung])
