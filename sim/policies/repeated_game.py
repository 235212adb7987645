"""Strategies of repeated games, played in periods: the base that the classics share.

The iterated prisoner's dilemma has moves; a border conflict has acts at any time, on rungs. The mapping: time is cut
into periods (a day, by default). A side *offended* in a period if an act of it on the offence rung or above was
received. At the end of each period the strategy chooses its move for the next: *answer* stands for defection, and all
reactions that fall due in the period are answered as the policy ``base`` says (in kind, by default); *restrain* stands
for cooperation, and they are let pass. A strategy never strikes without something to react to, so where its classic
would defect against a cooperator, it merely answers what is still due.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from sim.core.parameters import ANY_RUNG, ASSUMPTION, LaneValues, duration, level
from sim.policies.moment import ends_period, has_received, has_sent
from sim.policies.overlay import Overlay
from sim.policies.scalar import Reaction, remembered


@dataclass(frozen=True)
class PeriodPolicy(Overlay):
    """Base of strategies that choose a move for each period, see the text of this module.

    A subclass writes `move`, and where it needs them further ``state``, ``draw``, ``opening`` and ``depth``.
    """

    state: ClassVar[Any] = remembered(theirs=0.0, mine=0.0, answers=0.0)
    """Above 0 where the opponent, and the party itself, offended in the period, and where its move is to answer."""
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True
    opening: ClassVar[bool] = False
    """Whether the first move is to answer."""
    depth: ClassVar[float] = math.inf
    """How many past periods the move depends on."""

    period_days: LaneValues = duration(1.0, (0.25, 365), ASSUMPTION, "length of a period")
    offence_rung: LaneValues = level(4.0, ANY_RUNG, ASSUMPTION, "rung of offence: of an act that makes a period one")

    @abstractmethod
    def move(self, now: Any) -> bool:
        """Return whether to answer in the next period; asked at the end of a period, whose ``self.state`` is shown."""

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the memory before the first step: no offence yet, the opening move, the strategy's own state."""
        return {**super().memory(top), "answers": float(self.opening)}

    def memory_days(self) -> float:
        """Return the length of the periods that a move depends on, with the period that it is made for."""
        own = (self.depth + 1) * float(np.max(self.period_days))
        return max(own, *(policy.memory_days() for _, policy in self.policies_inside()))

    def remember(self, now: Any) -> None:
        """Note the offences of the period, and at its end make the move for the next."""
        if has_received(now, self.offence_rung):
            self.state.theirs = 1.0
        if has_sent(now, self.offence_rung):
            self.state.mine = 1.0
        if ends_period(now, self.period_days):
            self.state.answers = 1.0 if self.move(now) else 0.0
            self.state.theirs = self.state.mine = 0.0

    def react(self, now: Any, rung: int) -> Reaction:
        """Answer by the base policy, or let pass, as the move of the period says."""
        return Reaction(self.state.answers * self.inside.base.multiplier[rung], self.inside.base.rung[rung])
