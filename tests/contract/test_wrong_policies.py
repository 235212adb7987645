"""The conformance kit names the fault of every wrong policy, with the file and the line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import wrong_policies as wrong

from sim.policies import Policy, Response
from sim.testing import check_policy

HERE = Path(wrong.__file__).name


WRONG = [
    (
        wrong.WrongShape,
        "valid answer at 1, 2, 3 and 257 replicates",
        "multiplier has shape (2,); it must broadcast to (6, 1)",
    ),
    (wrong.LeavesLadder, "valid answer at 1, 2, 3 and 257 replicates", "rung must be between 0 and 6"),
    (wrong.FractionalRung, "valid answer at 1, 2, 3 and 257 replicates", "rung must be integers, not float64"),
    (wrong.InfiniteMultiplier, "valid answer at 1, 2, 3 and 257 replicates", "finite numbers, 0 or more"),
    (wrong.NegativeMultiplier, "valid answer at 1, 2, 3 and 257 replicates", "finite numbers, 0 or more"),
    (wrong.ReturnsNumbers, "valid answer at 1, 2, 3 and 257 replicates", "must return a Response, not tuple"),
    (wrong.PythonIf, "valid answer at 1, 2, 3 and 257 replicates", "np.where"),
    (wrong.DrawsTwice, "valid answer at 1, 2, 3 and 257 replicates", '"coin" is drawn twice'),
    (wrong.WritesToView, "valid answer at 1, 2, 3 and 257 replicates", "read-only; a view is for reading"),
    (wrong.ForcesTheView, "view left unchanged", "changes view.posture"),
    (wrong.ForcesTheLastView, "view left unchanged", "changes view.posture"),
    (wrong.ReducesLanes, "replicates permuted|batch equals its parts", "alone are answered differently than among 257"),
    (wrong.OneCoinByPlace, "replicates permuted|batch equals its parts", "permuting the replicates does not permute"),
    (wrong.GlobalChance, "no global state", "uses the global numpy.random; draw by draw.uniform"),
    (wrong.OwnGenerator, "same address, same answer", "take chance from `draw` alone"),
    (wrong.KeepsState, "same address, same answer", "keep no state"),
    (wrong.HiddenChance, "true claim: stochastic", "declare stochastic = True"),
    (wrong.ClaimsChance, "true claim: stochastic", "never change with chance"),
    (wrong.ClaimsRestraint, "true claim: never_escalates", "claims never_escalates = True"),
    (wrong.SeldomEscalates, "true claim: never_escalates", "claims never_escalates = True"),
    (
        wrong.UndeclaredField,
        "declared parameters",
        "field 'weight' is not declared; write weight: LaneValues = parameter(",
    ),
    (wrong.AcceptsAnything, "bad values refused", "weight = -1.0 is not refused; call super().__post_init__()"),
    (wrong.ScalarsOnly, "parameters by replicate", "weight given by replicate is not answered as weight = 1 for all"),
    (wrong.NeedsAnArgument, "constructible", "missing 1 required positional argument: 'weight'"),
    (wrong.NoMethod, "constructible", "write the method `respond(self, view, draw)`"),
    (wrong.NoDataclass, "frozen dataclass", "write @dataclass(frozen=True) above the class"),
    (wrong.DividesByZero, "clean arithmetic", "np.where evaluates both sides"),
    (wrong.CrookedLine, "valid red line", "rung must be one finite number"),
    (wrong.LineOfNumbers, "valid red line", "must return a RedLine or None, not float"),
    (wrong.CouplesMemories, "replicates permuted|batch equals its parts", "permuting the replicates does not permute"),
    (wrong.WritesToMemory, "valid answer at 1, 2, 3 and 257 replicates", "read-only; a view is for reading"),
    (
        wrong.UndeclaredMemory,
        "valid answer at 1, 2, 3 and 257 replicates",
        'remembers "harm"; its method memory declares nothing',
    ),
    (
        wrong.ShapelessMemory,
        "valid answer at 1, 2, 3 and 257 replicates",
        'memory "harm" must be float64 (1,), not float64 (6, 1)',
    ),
    (wrong.EndlessMemory, "valid answer at 1, 2, 3 and 257 replicates", 'memory "harm" must be finite numbers'),
    (
        wrong.NegativeStrikes,
        "valid answer at 1, 2, 3 and 257 replicates",
        "strategic must be finite numbers, 0 or more",
    ),
    (wrong.CampaignByRung, "valid answer at 1, 2, 3 and 257 replicates", "campaign has shape (6, 1)"),
    (wrong.RemembersWords, "valid memory", '"mood" must be numbers'),
    (wrong.RemembersInfinity, "valid memory", '"last" must be finite'),
    (wrong.RemembersAList, "valid memory", "must return a dict, not list"),
    (wrong.RemembersWithADot, "valid memory", "holds a dot, which stands for a policy inside"),
    (wrong.ForgetsTheBase, "valid memory", 'lacks "base.acts"; begin with super().memory(top)'),
    (wrong.ClaimsAShortMemory, "true claim: memory_days", "claims to look back 3 days"),
    (wrong.ClaimsANegativeMemory, "true claim: memory_days", "must be 0 or more"),
    (wrong.ClaimsPeace, "true claim: never_first", "where nothing was received"),
    (wrong.LeansToWar, "true claim: never_first", "where nothing was received"),
    (wrong.HidesTheChanceInside, "true claim: stochastic", "declare stochastic = True"),
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


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (wrong.ForcesTheView, "flags.writeable = True"),
        (wrong.OwnGenerator, "default_rng()"),
        (wrong.HiddenChance, 'draw.uniform("hidden")'),
        (wrong.ClaimsRestraint, "never_escalates: ClassVar"),
        (wrong.ClaimsChance, "stochastic: ClassVar"),
        (wrong.ClaimsAShortMemory, "def memory_days"),
        (wrong.CouplesMemories, "np.cumsum(harm)"),
        (wrong.ReturnsNumbers, "return 1.0, view.provocation"),
        (wrong.ShapelessMemory, "view.received"),
        (wrong.AcceptsAnything, "def __post_init__"),
        (wrong.CrookedLine, "def red_line"),
        (wrong.ClaimsPeace, "never_first: ClassVar[bool] = True"),
        (wrong.LeansToWar, "class LeansToWar(Policy, never_first=True):"),
        (wrong.RemembersWords, "def memory"),
        (wrong.MixesByMatrix, "@"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_fault_that_raises_nothing_has_its_line(policy, code):
    with np.errstate(invalid="ignore", divide="ignore"):
        failed = [verdict.message for verdict in check_policy(policy) if not verdict.passed]
    lines = [int(message.split(f"{HERE}:")[1].split(":")[0]) for message in failed]
    assert code in Path(wrong.__file__).read_text(encoding="utf-8").splitlines()[lines[0] - 1]


def test_the_line_of_an_exception_is_named():
    verdict = check_policy(wrong.PythonIf)[-1]
    line = int(verdict.message.split(f"{HERE}:")[1].split(":")[0])
    assert "if view.unanswered_harm" in Path(wrong.__file__).read_text(encoding="utf-8").splitlines()[line - 1]
    assert "with 2 replicates" in verdict.message


def test_nothing_is_asked_of_a_policy_that_cannot_be_made():
    assert [verdict.name for verdict in check_policy(wrong.NoMethod)] == ["constructible"]


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
    check_policy(wrong.GlobalChance)
    assert np.array_equal(state[1], np.random.get_state()[1])  # noqa: NPY002
