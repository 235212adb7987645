"""Graduated and reciprocated initiatives in tension reduction: cut first, and watch whether the other follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View
from sim.policies.reciprocal import TitForTat


@dataclass(frozen=True)
class GraduatedReduction(Policy):
    """Cut the answers on one's own initiative, and go on for as long as the harm received falls as well.

    Time is cut into rounds. The first round follows the base policy and measures the harm received. Then the party
    announces a cut: fewer reactions, one rung lower. At the end of each round with cuts, the harm received in it is
    compared with that of the round before the first cut; if it is lower by the share demanded, the party goes on, with
    one more cut up to the most allowed; if not, it returns to the base policy for a round, which becomes the new
    measure. A reaction is never cut below rung 1.

    Names
    -----
    P7; graduated reduction in tension, GRIT (Osgood 1962).
    """

    rule: ClassVar[str] = "graduated_reduction"
    order: ClassVar[float] = 7
    code: ClassVar[str] = "P7"
    source: ClassVar[str] = "S2.9; Osgood 1962"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    base: Policy = field(default_factory=TitForTat)
    round_days: LaneValues = parameter(7.0, Interval(0.25, 365), unit="days", source="S2.15", text="length of a round")
    kept_share: LaneValues = parameter(
        0.7, Interval(0, 1), unit="1", source="S2.15", text="factor of the reactions for each cut"
    )
    demanded_fall: LaneValues = parameter(
        0.25, Interval(0, 1), unit="1", source="S2.15", text="fall of the harm received that is demanded for going on"
    )
    most_cuts: LaneValues = parameter(
        1.0, Interval(1, 6), unit="cuts", source=ASSUMPTION, text="most cuts at a time, whole ones; 1 in the plan"
    )

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the cuts in force, the harm of the round so far, and that of the round that is the measure."""
        return {**super().memory(top), "cuts": 0.0, "harm": 0.0, "measure": 0.0}

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the base policy, less the cuts in force."""
        inner = self.base.respond(view.inside("base"), draw.within("base"))
        memory = self._after(view)
        cuts = memory["cuts"]
        lowered = np.asarray(inner.rung) - cuts.astype(np.int8)
        return inner.passed_on(
            "base",
            multiplier=np.power(self.kept_share, cuts) * inner.multiplier,
            rung=np.maximum(lowered, np.minimum(inner.rung, 1)),
            memory=memory,
        )

    def _after(self, view: View) -> dict[str, Floats]:
        """Return the memory after the step before."""
        cuts, measure = view.memory["cuts"], view.memory["measure"]
        harm = view.memory["harm"] + view.harm_received
        is_over = view.ends_period(self.round_days)
        was_measured = cuts == 0
        goes_on = was_measured | (harm <= (1.0 - np.asarray(self.demanded_fall)) * measure)
        more = np.minimum(cuts + 1.0, np.floor(np.asarray(self.most_cuts)))
        return {
            "cuts": np.where(is_over, np.where(goes_on, more, 0.0), cuts),
            "harm": np.where(is_over, 0.0, harm),
            "measure": np.where(is_over & was_measured, harm, measure),
        }
