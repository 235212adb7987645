"""Strategies of repeated games, played in periods: the base that the classics share.

The iterated prisoner's dilemma has moves; a border conflict has acts at any time, on rungs. The mapping: time is cut
into periods (a day, by default). A side *offended* in a period if an act of it on the offence rung or above was
received. At the end of each period the strategy chooses its move for the next: *answer* stands for defection, and all
reactions that fall due in the period are answered as the policy ``base`` says (in kind, by default); *restrain* stands
for cooperation, and they are let pass. A strategy never strikes without something to react to, so where its classic
would defect against a cooperator, it merely answers what is still due.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Flags, Floats
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View
from sim.policies.reciprocal import TitForTat


@dataclass(frozen=True)
class Period:
    """What a strategy knows at the end of a period.

    Parameters
    ----------
    theirs, mine : ndarray of bool, shape (n_replicates,)
        Whether the opponent, and whether the party itself, offended in the period.
    answered : ndarray of bool, shape (n_replicates,)
        Whether the party's move in the period was to answer, whatever came of it.
    state : mapping of str to ndarray of float, shape (n_replicates,)
        What the strategy remembered.
    """

    theirs: Flags
    mine: Flags
    answered: Flags
    state: Mapping[str, Floats]


@dataclass(frozen=True)
class PeriodPolicy(Policy):
    """Base of strategies that choose a move for each period, see the text of this module.

    A subclass writes `move`, and where it needs them `state`, ``opening`` and ``depth``.
    """

    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True
    opening: ClassVar[bool] = False
    """Whether the first move is to answer."""
    depth: ClassVar[float] = math.inf
    """How many past periods the move depends on."""

    base: Policy = field(default_factory=TitForTat)
    period_days: LaneValues = parameter(
        1.0, Interval(0.25, 365), unit="days", source=ASSUMPTION, text="length of a period"
    )
    offence_rung: LaneValues = parameter(
        4.0, Interval(1, 6), unit="rung", source=ASSUMPTION, text="rung from which an act makes a period one of offence"
    )

    @abstractmethod
    def move(self, period: Period, draw: Draw) -> tuple[Flags, Mapping[str, Floats]]:
        """Return whether to answer in the next period, shape (n_replicates,), and what to remember until its end."""

    def state(self) -> dict[str, float]:
        """Return what the strategy remembers before the first period."""
        return {}

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the memory before the first step: no offence yet, the opening move, the strategy's own state."""
        own = {"theirs": 0.0, "mine": 0.0, "answers": float(self.opening), **self.state()}
        return {**super().memory(top), **own}

    def memory_days(self) -> float:
        """Return the length of the periods that a move depends on, with the period that it is made for."""
        own = (self.depth + 1) * float(np.max(self.period_days))
        return max(own, *(policy.memory_days() for _, policy in self.policies_inside()))

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the base policy, or let pass, as the move of the period says."""
        inner = self.base.respond(view.inside("base"), draw.within("base"))
        is_over = view.ends_period(self.period_days)
        memory = self._noted(view)
        # A move is asked for where some replicate needs one; at most other times nobody does.
        memory |= self._moved(view, memory, is_over, draw) if is_over.any() else {}
        answers = memory.get("answers", view.memory["answers"])
        return inner.passed_on("base", multiplier=answers * inner.multiplier, memory=memory)

    def _noted(self, view: View) -> dict[str, Floats]:
        """Return the offences of the period so far."""
        theirs = (view.memory["theirs"] > 0) | view.has_received(self.offence_rung)
        mine = (view.memory["mine"] > 0) | view.has_sent(self.offence_rung)
        return {"theirs": theirs.astype(np.float64), "mine": mine.astype(np.float64)}

    def _moved(self, view: View, noted: Mapping[str, Floats], is_over: Flags, draw: Draw) -> dict[str, Floats]:
        """Return the memory where a period ended: the next move, and no offence yet."""
        answered = view.memory["answers"] > 0
        move, state = self.move(Period(noted["theirs"] > 0, noted["mine"] > 0, answered, view.memory), draw)
        memory = {name: np.where(is_over, after, view.memory[name]) for name, after in state.items()}
        memory |= {name: np.where(is_over, 0.0, values) for name, values in noted.items()}
        return memory | {"answers": np.where(is_over, move, answered).astype(np.float64)}
