"""Graduated and reciprocated initiatives in tension reduction: cut first, and watch whether the other follows."""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies.base import Policy
from sim.policies.moment import ends_period
from sim.policies.reciprocal import TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy, remembered


@dataclass(frozen=True)
class GraduatedReduction(ScalarPolicy):
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

    # The cuts in force, the harm of the round so far, and that of the round that is the measure.
    state: ClassVar[Any] = remembered(cuts=0.0, harm=0.0, measure=0.0)

    base: Policy = field(default_factory=TitForTat)
    round_days: LaneValues = parameter(7.0, Interval(0.25, 365), unit="days", source="S2.15", text="length of a round")
    kept_share: LaneValues = parameter(
        0.7, Interval(0, 1), unit="1", source="S2.15", text="reactions kept: factor for each cut"
    )
    demanded_fall: LaneValues = parameter(
        0.25, Interval(0, 1), unit="1", source="S2.15", text="demanded fall: of the harm received, for going on"
    )
    most_cuts: LaneValues = parameter(
        1.0, Interval(1, 6), unit="cuts", source=ASSUMPTION, text="most cuts: at a time, whole ones; 1 in the plan"
    )

    def remember(self, now: Any) -> None:
        """Add the harm received, and at the end of a round decide on the cuts of the next."""
        state = self.state
        state.harm += now.harm_received
        if not ends_period(now, self.round_days):
            return
        was_measured = state.cuts == 0
        if was_measured or state.harm <= (1.0 - self.demanded_fall) * state.measure:
            state.cuts = min(state.cuts + 1.0, math.floor(self.most_cuts))
        else:
            state.cuts = 0.0
        if was_measured:
            state.measure = state.harm
        state.harm = 0.0

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy, less the cuts in force."""
        cuts, uncut = self.state.cuts, self.inside.base.rung[rung]
        multiplier = self.kept_share**cuts * self.inside.base.multiplier[rung]
        return Reaction(multiplier, max(uncut - int(cuts), min(uncut, 1)))
