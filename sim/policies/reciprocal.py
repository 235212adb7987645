"""Policies that answer act by act: none, tit-for-tat, generous tit-for-tat, a coin for each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View


@dataclass(frozen=True)
class NoRetaliation(Policy):
    """Never react: only the party's own routine remains.

    Names
    -----
    P0; background; always restrain; unconditional cooperation (ALLC).
    """

    rule: ClassVar[str] = "none"
    order: ClassVar[float] = 0
    code: ClassVar[str] = "P0"
    source: ClassVar[str] = "S2.9"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer with no reaction."""
        return Response(multiplier=0.0, rung=0)


@dataclass(frozen=True)
class TitForTat(Policy):
    """React to every provocation on its own rung.

    What the party has to answer is held by the engine until it falls due, so the policy itself needs no memory.

    Names
    -----
    P1; tit-for-tat (Axelrod 1984); reciprocity (Goldstein & Freeman 1990).
    """

    rule: ClassVar[str] = "tit_for_tat"
    order: ClassVar[float] = 1
    code: ClassVar[str] = "P1"
    source: ClassVar[str] = "S2.9; Axelrod 1984"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer in kind."""
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class GenerousTitForTat(Policy):
    """React on the rung of the provocation, but let a share of provocations pass.

    With contrition, a share of those provocations is let pass too that the party brought upon itself: its own last acts
    on the opponent reached a higher rung than the provocation.

    Names
    -----
    P2; generous tit-for-tat (Nowak & Sigmund 1992); with contrition, contrite tit-for-tat on the ladder.
    """

    rule: ClassVar[str] = "generous_tit_for_tat"
    order: ClassVar[float] = 2
    code: ClassVar[str] = "P2"
    source: ClassVar[str] = "S2.9; Nowak & Sigmund 1992"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    forgiveness: LaneValues = parameter(
        1 / 3, Interval(0, 1), unit="1", source="S2.17", text="share of provocations that are let pass"
    )
    contrition: LaneValues = parameter(
        0.0,
        Interval(0, 1),
        unit="1",
        source="S2.9",
        text="share of provocations let pass that answer own acts on a higher rung",
    )

    @property
    def _repents(self) -> bool:
        return bool(np.any(np.asarray(self.contrition) > 0))

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the highest rung of the own last acts: none so far; nothing where contrition is off."""
        return {"own_rung": 0.0} if self._repents else {}

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer in kind, less the share forgiven."""
        multiplier = 1.0 - np.asarray(self.forgiveness)
        if not self._repents:
            return Response(multiplier=multiplier, rung=view.provocation)
        latest = view.highest_rung(view.sent)
        own_rung = np.where(latest > 0, latest, view.memory["own_rung"])
        caused = own_rung > view.provocation
        return Response(
            multiplier=multiplier * (1.0 - self.contrition * caused),
            rung=view.provocation,
            memory={"own_rung": own_rung},
        )


@dataclass(frozen=True)
class RandomRetaliation(Policy):
    """Toss a coin in every step: answer all that falls due in kind, or let all of it pass.

    It answers at random what is due. Unlike the random of Axelrod's tournament (1980), which defects in half of all
    rounds whatever the other side does, it never begins: in the dilemma it leaves alone whoever leaves it alone. The
    memory-one policy with four chances of one half comes nearest to Axelrod's.

    Names
    -----
    random answer; coin flip.
    """

    rule: ClassVar[str] = "random"
    order: ClassVar[float] = 12
    source: ClassVar[str] = "after random of Axelrod 1980, Journal of Conflict Resolution 24(1)"
    stochastic: ClassVar[bool] = True
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    chance: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source="Axelrod 1980", text="chance to answer what falls due in a step"
    )

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer in kind or not at all."""
        return Response(multiplier=np.where(draw.uniform("coin") < self.chance, 1.0, 0.0), rung=view.provocation)


@dataclass(frozen=True)
class AlwaysEscalate(Policy):
    """React to every provocation on a higher rung.

    The nearest that a policy of reactions comes to unconditional defection: it answers all, and always with more.

    Names
    -----
    always escalate; unconditional defection (ALLD).
    """

    rule: ClassVar[str] = "always_escalate"
    order: ClassVar[float] = 11
    source: ClassVar[str] = ASSUMPTION
    never_first: ClassVar[bool] = True

    climb_rungs: LaneValues = parameter(
        1.0, Interval(0, 6), unit="rung", source=ASSUMPTION, text="rungs added to every reaction, rounded down"
    )

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer above the provocation, at most on the top rung."""
        climb = np.asarray(self.climb_rungs, dtype=np.int64)
        return Response(multiplier=1.0, rung=np.minimum(view.provocation + climb, view.top))
