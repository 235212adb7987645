"""The conformance kit names the fault of every wrong policy."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from sim.fields import Interval, LaneValues, parameter
from sim.policies import Policy, RedLine, Response, TitForTat
from sim.testing import check_policy

HERE = Path(__file__).name


# --- Wrong policies. Each breaks one rule in the way that people do.


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
class LeansToWar(Policy):
    never_first: ClassVar[bool] = True

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


WRONG = [
    (
        WrongShape,
        "valid answer at 1, 2, 3 and 257 replicates",
        "multiplier has shape (2,); it must broadcast to (6, 1)",
    ),
    (LeavesLadder, "valid answer at 1, 2, 3 and 257 replicates", "rung must be between 0 and 6"),
    (FractionalRung, "valid answer at 1, 2, 3 and 257 replicates", "rung must be integers, not float64"),
    (InfiniteMultiplier, "valid answer at 1, 2, 3 and 257 replicates", "finite numbers, 0 or more"),
    (NegativeMultiplier, "valid answer at 1, 2, 3 and 257 replicates", "finite numbers, 0 or more"),
    (ReturnsNumbers, "valid answer at 1, 2, 3 and 257 replicates", "must return a Response, not tuple"),
    (PythonIf, "valid answer at 1, 2, 3 and 257 replicates", "np.where"),
    (DrawsTwice, "valid answer at 1, 2, 3 and 257 replicates", '"coin" is drawn twice'),
    (WritesToView, "valid answer at 1, 2, 3 and 257 replicates", "read-only; a view is for reading"),
    (ForcesTheView, "view left unchanged", "changes view.posture"),
    (ReducesLanes, "replicates permuted|batch equals its parts", "alone are answered differently than among 257"),
    (OneCoinByPlace, "replicates permuted|batch equals its parts", "permuting the replicates does not permute"),
    (GlobalChance, "no global random state", "uses the global numpy.random; draw by draw.uniform"),
    (OwnGenerator, "same address, same answer", "take chance from `draw` alone"),
    (KeepsState, "same address, same answer", "keep no state"),
    (HiddenChance, "true claim: stochastic", "declare stochastic = True"),
    (ClaimsChance, "true claim: stochastic", "never change with chance"),
    (ClaimsRestraint, "true claim: never_escalates", "claims never_escalates = True"),
    (UndeclaredField, "declared parameters", "field 'weight' is not declared; write weight: LaneValues = parameter("),
    (AcceptsAnything, "bad values refused", "weight = -1.0 is not refused; call super().__post_init__()"),
    (ScalarsOnly, "parameters by replicate", "weight given by replicate is not answered as weight = 1 for all"),
    (NeedsAnArgument, "constructible", "missing 1 required positional argument: 'weight'"),
    (NoMethod, "constructible", "write the method `respond(self, view, draw)`"),
    (NoDataclass, "frozen dataclass", "write @dataclass(frozen=True) above the class"),
    (DividesByZero, "clean arithmetic", "np.where evaluates both sides"),
    (CrookedLine, "valid red line", "rung must be one finite number"),
    (LineOfNumbers, "valid red line", "must return a RedLine or None, not float"),
    (CouplesMemories, "replicates permuted|batch equals its parts", "permuting the replicates does not permute"),
    (WritesToMemory, "valid answer at 1, 2, 3 and 257 replicates", "read-only; a view is for reading"),
    (
        UndeclaredMemory,
        "valid answer at 1, 2, 3 and 257 replicates",
        'remembers "harm"; its method memory declares nothing',
    ),
    (
        ShapelessMemory,
        "valid answer at 1, 2, 3 and 257 replicates",
        'memory "harm" must be float64 (1,), not float64 (6, 1)',
    ),
    (EndlessMemory, "valid answer at 1, 2, 3 and 257 replicates", 'memory "harm" must be finite numbers'),
    (NegativeStrikes, "valid answer at 1, 2, 3 and 257 replicates", "strategic must be finite numbers, 0 or more"),
    (CampaignByRung, "valid answer at 1, 2, 3 and 257 replicates", "campaign has shape (6, 1)"),
    (RemembersWords, "valid memory", '"mood" must be numbers'),
    (RemembersInfinity, "valid memory", '"last" must be finite'),
    (RemembersAList, "valid memory", "must return a dict, not list"),
    (RemembersWithADot, "valid memory", "holds a dot, which stands for a policy inside"),
    (ForgetsTheBase, "valid memory", 'lacks "base.acts"; begin with super().memory(top)'),
    (ClaimsAShortMemory, "true claim: memory_days", "claims to look back 3 days"),
    (ClaimsANegativeMemory, "true claim: memory_days", "must be 0 or more"),
    (ClaimsPeace, "true claim: never_first", "where nothing was received"),
    (LeansToWar, "true claim: never_first", "where nothing was received"),
    (HidesTheChanceInside, "true claim: stochastic", "declare stochastic = True"),
]


@pytest.mark.parametrize(("policy", "names", "words"), WRONG, ids=lambda value: getattr(value, "__name__", ""))
def test_a_wrong_policy_is_caught_where_it_is_wrong(policy, names, words):
    with np.errstate(invalid="ignore", divide="ignore"):
        failed = {verdict.name: verdict.message for verdict in check_policy(policy) if not verdict.passed}
    named = {name: failed[name] for name in names.split("|") if name in failed}
    assert named, f"not caught; failed: {failed}"
    message = " ".join(named.values())
    assert words in message
    assert f"{HERE}:" in message, "the message names the file and line"


def test_the_line_of_an_exception_is_named():
    verdict = check_policy(PythonIf)[-1]
    line = int(verdict.message.split(f"{HERE}:")[1].split(":")[0])
    assert "if view.unanswered_harm" in Path(__file__).read_text().splitlines()[line - 1]
    assert "with 2 replicates" in verdict.message


def test_nothing_is_asked_of_a_policy_that_cannot_be_made():
    assert [verdict.name for verdict in check_policy(NoMethod)] == ["constructible"]


def test_a_class_that_is_no_policy_is_refused():
    verdict = check_policy(dict)[0]  # type: ignore[arg-type]
    assert not verdict.passed
    assert "subclass of sim.policies.Policy" in verdict.message


def test_a_local_class_does_not_pickle():
    @dataclass(frozen=True)
    class Local(Policy):
        def respond(self, view, draw):
            return Response(multiplier=1.0, rung=view.provocation)

    failed = [verdict for verdict in check_policy(Local) if not verdict.passed]
    assert [verdict.name for verdict in failed] == ["pickles"]
    assert "top level of a module" in failed[0].message


def test_the_kit_leaves_the_policys_luck_as_it_found_it():
    state = np.random.get_state()  # noqa: NPY002
    check_policy(GlobalChance)
    assert np.array_equal(state[1], np.random.get_state()[1])  # noqa: NPY002
