"""Wrong policies: each breaks one rule in the way that people do."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from sim.core.parameters import Interval, LaneValues, parameter
from sim.policies import Policy, RedLine, Response
from sim.policies.reciprocal import TitForTat
from sim.testing.synthetic_views import STEPS


@dataclass(frozen=True)
class WrongShape(Policy):
    def respond(self, view, draw):
        return Response(multiplier=np.ones(view.n_replicates + 1), rung=1)


@dataclass(frozen=True)
class LeavesLadder(Policy):
    def respond(self, view, draw):
        return Response(multiplier=1.0, rung=view.provocation + 1)


@dataclass(frozen=True)
class FractionalRung(Policy):
    def respond(self, view, draw):
        return Response(multiplier=1.0, rung=view.provocation * 0.5)


@dataclass(frozen=True)
class InfiniteMultiplier(Policy):
    def respond(self, view, draw):
        with np.errstate(divide="ignore"):
            return Response(multiplier=1.0 / view.unanswered_harm, rung=view.provocation)


@dataclass(frozen=True)
class NotANumber(Policy):
    def respond(self, view, draw):
        with np.errstate(invalid="ignore"):
            share = view.unanswered_harm / view.unanswered_harm
        return Response(multiplier=share, rung=view.provocation)


@dataclass(frozen=True)
class MixesByMatrix(Policy):
    def respond(self, view, draw):
        mixed = np.ones((view.n_replicates, view.n_replicates)) @ view.unanswered_harm
        return Response(multiplier=mixed, rung=view.provocation)


@dataclass(frozen=True)
class NegativeMultiplier(Policy):
    def respond(self, view, draw):
        return Response(multiplier=0.5 - view.posture, rung=view.provocation)


@dataclass(frozen=True)
class PythonIf(Policy):
    def respond(self, view, draw):
        if view.unanswered_harm > 1.0:
            return Response(multiplier=1.0, rung=view.provocation)
        return Response(multiplier=0.0, rung=0)


@dataclass(frozen=True)
class ReducesLanes(Policy):
    def respond(self, view, draw):
        return Response(multiplier=view.unanswered_harm / (1.0 + view.unanswered_harm.max()), rung=view.provocation)


@dataclass(frozen=True)
class OneCoinByPlace(Policy):
    stochastic: ClassVar[bool] = True

    def respond(self, view, draw):
        return Response(multiplier=1.0 * (draw.uniform("coin")[0] < 0.5), rung=view.provocation)


@dataclass(frozen=True)
class WritesToView(Policy):
    def respond(self, view, draw):
        view.unanswered_harm[:] = 0.0
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class ForcesTheView(Policy):
    def respond(self, view, draw):
        view.posture.flags.writeable = True
        np.multiply(view.posture, 0.5, out=view.posture)
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class ForcesTheLastView(Policy):
    def respond(self, view, draw):
        if view.day == STEPS - 1:
            view.posture.flags.writeable = True
            view.posture[:] = 0.5
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class GlobalChance(Policy):
    stochastic: ClassVar[bool] = True

    def respond(self, view, draw):
        return Response(multiplier=np.random.random(view.n_replicates), rung=view.provocation)  # noqa: NPY002


@dataclass(frozen=True)
class OwnGenerator(Policy):
    stochastic: ClassVar[bool] = True

    def respond(self, view, draw):
        return Response(multiplier=np.random.default_rng().random(view.n_replicates), rung=view.provocation)


@dataclass(frozen=True)
class KeepsState(Policy):
    calls: ClassVar[itertools.count[int]] = itertools.count()

    def respond(self, view, draw):
        return Response(multiplier=float(next(self.calls)), rung=view.provocation)


@dataclass(frozen=True)
class HiddenChance(Policy):
    def respond(self, view, draw):
        return Response(multiplier=draw.uniform("hidden"), rung=view.provocation)


@dataclass(frozen=True)
class ClaimsChance(Policy):
    stochastic: ClassVar[bool] = True

    def respond(self, view, draw):
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class SeldomEscalates(Policy):
    stochastic: ClassVar[bool] = True
    never_escalates: ClassVar[bool] = True

    def respond(self, view, draw):
        rung = view.provocation + (draw.uniform("temper") < 0.005)
        return Response(multiplier=1.0, rung=np.minimum(rung, len(view.provocation)))


@dataclass(frozen=True)
class ClaimsRestraint(Policy):
    never_escalates: ClassVar[bool] = True

    def respond(self, view, draw):
        return Response(multiplier=1.0, rung=view.top)


@dataclass(frozen=True)
class DrawsTwice(Policy):
    stochastic: ClassVar[bool] = True

    def respond(self, view, draw):
        return Response(multiplier=draw.uniform("coin") + draw.uniform("coin"), rung=view.provocation)


@dataclass(frozen=True)
class UndeclaredField(Policy):
    weight: float = 1.0

    def respond(self, view, draw):
        return Response(multiplier=self.weight, rung=view.provocation)


@dataclass(frozen=True)
class AcceptsAnything(Policy):
    weight: LaneValues = parameter(1.0, Interval(0, 1), unit="1", source="assumption", text="a share")

    def __post_init__(self):
        pass

    def respond(self, view, draw):
        return Response(multiplier=self.weight, rung=view.provocation)


@dataclass(frozen=True)
class ScalarsOnly(Policy):
    weight: LaneValues = parameter(1.0, Interval(0, 1), unit="1", source="assumption", text="a share")

    def respond(self, view, draw):
        return Response(multiplier=float(np.mean(self.weight)), rung=view.provocation)


@dataclass(frozen=True)
class NeedsAnArgument(Policy):
    weight: LaneValues

    def respond(self, view, draw):
        return Response(multiplier=self.weight, rung=view.provocation)


@dataclass(frozen=True)
class NoMethod(Policy):
    pass


class NoDataclass(Policy):
    def respond(self, view, draw):
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class DividesByZero(Policy):
    def respond(self, view, draw):
        harm = view.unanswered_harm
        return Response(multiplier=np.where(harm > 0, np.minimum(harm / harm, 1.0), 0.0), rung=view.provocation)


@dataclass(frozen=True)
class ReturnsNumbers(Policy):
    def respond(self, view, draw):
        return 1.0, view.provocation


@dataclass(frozen=True)
class CrookedLine(Policy):
    def red_line(self):
        return RedLine(rung=float("nan"), civilians=1.0, depth=1.0)

    def respond(self, view, draw):
        return Response(multiplier=1.0, rung=view.provocation)


@dataclass(frozen=True)
class LineOfNumbers(CrookedLine):
    def red_line(self):
        return 5.0


@dataclass(frozen=True)
class CouplesMemories(Policy):
    def memory(self, top):
        return {"harm": 0.0}

    def respond(self, view, draw):
        harm = view.memory["harm"] + view.harm_received
        return Response(1.0, view.provocation, memory={"harm": np.cumsum(harm)})


@dataclass(frozen=True)
class WritesToMemory(Policy):
    def memory(self, top):
        return {"harm": 0.0}

    def respond(self, view, draw):
        view.memory["harm"] += view.harm_received
        return Response(1.0, view.provocation)


@dataclass(frozen=True)
class UndeclaredMemory(Policy):
    def respond(self, view, draw):
        return Response(1.0, view.provocation, memory={"harm": view.harm_received})


@dataclass(frozen=True)
class ShapelessMemory(Policy):
    def memory(self, top):
        return {"harm": 0.0}

    def respond(self, view, draw):
        return Response(1.0, view.provocation, memory={"harm": view.received})


@dataclass(frozen=True)
class EndlessMemory(Policy):
    def memory(self, top):
        return {"harm": 0.0}

    def respond(self, view, draw):
        with np.errstate(divide="ignore"):
            return Response(1.0, view.provocation, memory={"harm": 1.0 / view.harm_received})


@dataclass(frozen=True)
class RemembersWords(Policy):
    def memory(self, top):
        return {"mood": "good"}

    def respond(self, view, draw):
        return Response(1.0, view.provocation)


@dataclass(frozen=True)
class RemembersInfinity(RemembersWords):
    def memory(self, top):
        return {"last": np.inf}


@dataclass(frozen=True)
class RemembersAList(RemembersWords):
    def memory(self, top):
        return ["mood"]


@dataclass(frozen=True)
class RemembersWithADot(RemembersWords):
    def memory(self, top):
        return {"base.mood": 0.0}


@dataclass(frozen=True)
class Counting(Policy):
    def memory(self, top):
        return {"acts": 0.0}

    def respond(self, view, draw):
        acts = view.memory["acts"] + view.received.sum(axis=0)
        return Response(1.0 / (1.0 + acts), view.provocation, memory={"acts": acts})


@dataclass(frozen=True)
class ClaimsAShortMemory(Counting):
    def memory_days(self):
        return 3.0


@dataclass(frozen=True)
class ClaimsANegativeMemory(Counting):
    def memory_days(self):
        return -1.0


@dataclass(frozen=True)
class ForgetsTheBase(Policy):
    base: Policy = field(default_factory=Counting)

    def memory(self, top):
        return {"own": 0.0}

    def respond(self, view, draw):
        return Response(1.0, view.provocation)


@dataclass(frozen=True)
class ClaimsPeace(Policy):
    never_first: ClassVar[bool] = True

    def respond(self, view, draw):
        return Response(1.0, view.provocation, strategic=view.posture)


@dataclass(frozen=True)
class LeansToWar(Policy, never_first=True):
    def respond(self, view, draw):
        return Response(1.0, view.provocation, campaign=view.posture)


@dataclass(frozen=True)
class NegativeStrikes(Policy):
    def respond(self, view, draw):
        return Response(1.0, view.provocation, strategic=0.5 - view.posture)


@dataclass(frozen=True)
class CampaignByRung(Policy):
    def respond(self, view, draw):
        return Response(1.0, view.provocation, campaign=view.received)


@dataclass(frozen=True)
class HidesTheChanceInside(Policy):
    base: Policy = field(default_factory=TitForTat)

    def respond(self, view, draw):
        return Response(draw.within("base").uniform("coin"), view.provocation)
