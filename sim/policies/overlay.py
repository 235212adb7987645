"""Policies that lie over another one and change its answers: a red line, a trigger, cuts, entry, strikes.

Each follows the policy in its field ``base``, tit-for-tat by default, but for what it is about.
"""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from sim.core.parameters import ANY_RUNG, ASSUMPTION, LaneValues, duration, fraction, level, number, parameter
from sim.policies.base import Policy, RedLine
from sim.policies.moment import ends_period, has_received
from sim.policies.reciprocal import TitForTat
from sim.policies.scalar import Reaction, ScalarPolicy, remembered
from sim.policies.view import CEASEFIRE


@dataclass(frozen=True)
class Overlay(ScalarPolicy):
    """Base of plain rules over the policy in the field ``base``."""

    base: Policy = field(default_factory=TitForTat)


@dataclass(frozen=True)
class Threshold(Overlay, code="P5", source="S2.9; Sobelman 2017", never_first=True):
    """Follow another policy with reduced weight below a red line; above it answer fully and at least at the line.

    An act crosses the line by its rung, by the civilians it killed, by its depth or by a leader killed; a crossing act
    counts as at least on the rung of the line, and may be answered faster than usual.

    Names
    -----
    P5; threshold; red line (S2.9); rules of the game (Sobelman 2017).
    """

    line_rung: LaneValues = level(5.0, ANY_RUNG, ASSUMPTION, "rung of the line: from which an act crosses it")
    line_civilians: LaneValues = parameter(
        5.0, (1, 1e6), "persons", ASSUMPTION, "civilians of the line: killed by a crossing act"
    )
    line_depth: LaneValues = parameter(
        25.0, (0, 5000), "km", ASSUMPTION, "depth of the line: of an act that crosses it"
    )
    line_leader: LaneValues = fraction(0.0, "S2.9", "line at leaders: 1 if one killed crosses it, 0 if not")
    fast_delay_days: LaneValues = duration(
        0.0, (0, 365), "S2.9", "delay past the line: mean of reactions; 0 if as usual"
    )
    weight_below: LaneValues = fraction(0.67, ASSUMPTION, "weight below the line: multiplier of the base policy")
    step_above: LaneValues = level(0.0, (0, 2), ASSUMPTION, "step above the line: rungs added to a reaction")

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


@dataclass(frozen=True)
class GrimTrigger(Overlay, code="P6", source="S2.9; Friedman 1971, Review of Economic Studies 38(1)", never_first=True):
    """Follow another policy until a grave act; from then on answer everything on the top rung, and lean to a campaign.

    The act is seen in the step after it, as all acts are. Only a ceasefire on the common front ends the grim state;
    after it the trigger is set anew.

    Names
    -----
    P6; grim trigger (Friedman 1971); grudger; spite; Friedman (Axelrod 1980).
    """

    state: ClassVar[Any] = remembered(grim=0.0)

    grim_rung: LaneValues = level(6.0, ANY_RUNG, "S2.15", "rung of the trigger: from which an act pulls it")
    campaign_rise: LaneValues = number(2.0, (0, 10), "S2.15", "campaign after the trigger: rise of its log rate")

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


@dataclass(frozen=True)
class GraduatedReduction(Overlay, code="P7", source="S2.9; Osgood 1962", never_escalates=True, never_first=True):
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

    # The cuts in force, the harm of the round so far, and that of the round that is the measure.
    state: ClassVar[Any] = remembered(cuts=0.0, harm=0.0, measure=0.0)

    round_days: LaneValues = duration(7.0, (0.25, 365), "S2.15", "length of a round")
    kept_share: LaneValues = fraction(0.7, "S2.15", "reactions kept: factor for each cut")
    demanded_fall: LaneValues = fraction(0.25, "S2.15", "demanded fall: of the harm received, for going on")
    most_cuts: LaneValues = parameter(
        1.0, (1, 6), "cuts", ASSUMPTION, "most cuts: at a time, whole ones; 1 in the plan"
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


@dataclass(frozen=True)
class AllianceEntry(Overlay, code="P9", source="S2.9; S2.10", never_escalates=True, never_first=True):
    """Stay out, without a reaction to anything, until the party joins the war; from then on follow another policy.

    When a party joins is the hazard of S2.10, which belongs to the party and not to its policy.

    Names
    -----
    P9; alliance entry; threshold contagion (S2.9); war joining (Siverson & Starr 1990).
    """

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
class Decapitation(Overlay, code="P10", source="S2.9; Jordan 2009, Security Studies 18(4)", never_escalates=True):
    """Follow another policy, and besides strike at leaders and targets of strategic worth, unprovoked.

    Names
    -----
    P10; decapitation strategy (S2.9); leadership targeting (Jordan 2009).
    """

    strikes: LaneValues = parameter(
        0.01, (0, 10), "acts/day", ASSUMPTION, "strategic strikes: unprovoked, on the top rung"
    )

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy."""
        return Reaction(self.inside.base.multiplier[rung], self.inside.base.rung[rung])

    def strategic(self, now: Any) -> float:
        """Return the acts of the base policy, and the strikes."""
        return self.inside.base.strategic + self.strikes
