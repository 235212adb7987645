"""The conformance kit passes every shipped policy, with its defaults, at its bounds, and over others."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pytest

from sim.core.parameters import parameters_of
from sim.core.random_streams import Draw
from sim.policies import Policy, RedLine, Response, View
from sim.policies.composite import Mixed, Switching
from sim.policies.majority_and_calendar import SoftMajority
from sim.policies.memory_one import WinStayLoseShift
from sim.policies.overlay import AllianceEntry, GraduatedReduction, GrimTrigger, Threshold
from sim.policies.reciprocal import Disproportionate, GenerousTitForTat, TitForTat
from sim.policies.registry import SHIPPED, load_policy
from sim.testing import Verdict, answers_of, check_policy


def faults_of(policy: type[Policy] | Policy) -> list[str]:
    return [str(verdict) for verdict in check_policy(policy) if not verdict.passed]


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_shipped_policies_conform(rule):
    assert faults_of(SHIPPED[rule]) == []


def at_bound(rule: str, end: str) -> Policy:
    """Return a policy with every parameter at its low or high bound, where the bound is finite."""
    ends = {name: getattr(one.bounds, end) for name, one in parameters_of(SHIPPED[rule]).items()}
    return SHIPPED[rule](**{name: value for name, value in ends.items() if math.isfinite(value)})


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("rule", sorted(SHIPPED.keys() - {"mixed"}))
def test_shipped_policies_conform_at_their_bounds(rule, end):
    assert faults_of(at_bound(rule, end)) == []


@pytest.mark.parametrize("third", [0.0, 1.0])
def test_a_mixture_conforms_at_its_bounds(third):
    policy = Mixed(third=Disproportionate(), weight_first=1 - third, weight_second=0, weight_third=third, redraws=1000)
    assert faults_of(policy) == []


OVER_OTHERS = [
    Threshold(base=Disproportionate(), step_above=1.0),
    Threshold(base=GrimTrigger(base=WinStayLoseShift())),
    GrimTrigger(base=Threshold(base=SHIPPED["expected_cost"]())),
    AllianceEntry(base=SHIPPED["decapitation"]()),
    GraduatedReduction(base=Disproportionate(climb=0.9), most_cuts=6.0),
    Mixed(first=GrimTrigger(), second=Mixed(), third=SHIPPED["periodic"](), weight_second=0.25, weight_third=0.25),
    Switching(first=GenerousTitForTat(contrition=0.5), then=GrimTrigger(), trigger_rung=2.0),
    SoftMajority(base=SHIPPED["proportional"]()),
]


@pytest.mark.parametrize("policy", OVER_OTHERS, ids=lambda policy: type(policy).__name__)
def test_policies_over_others_conform(policy):
    assert faults_of(policy) == []


def test_every_policy_over_others_is_tried_over_others():
    over = {policy for policy in SHIPPED.values() if policy().policies_inside()}
    plain = {policy for policy in over if any(item.name == "base" for item in fields(policy))}
    assert {type(policy) for policy in OVER_OTHERS} <= over
    assert over - plain == {Mixed, Switching}


def subclasses(owner: type[Policy]) -> set[type[Policy]]:
    found = {policy for policy in owner.__subclasses__() if policy.__module__.startswith("sim.policies.")}
    return found | {below for policy in found for below in subclasses(policy)}


def test_shipped_names_are_complete():
    assert {policy for policy in subclasses(Policy) if not inspect.isabstract(policy)} == set(SHIPPED.values())
    assert len(SHIPPED) >= 25
    assert all(policy.source for policy in SHIPPED.values())


def test_codes_name_one_policy_each():
    codes = [policy.code for policy in SHIPPED.values() if policy.code]
    assert sorted(codes, key=lambda code: int(code[1:])) == [f"P{number}" for number in range(11)]


@dataclass(frozen=True)
class Second(Policy):
    """The second of two policies, without a memory of its own."""

    first: Policy = field(default_factory=TitForTat)
    second: Policy = field(default_factory=TitForTat)

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer as the second."""
        return self.second.respond(view.inside("second"), draw.within("second"))


def test_claims_count_the_policies_inside():
    assert not Threshold().claims().stochastic
    assert Threshold(base=Disproportionate()).claims().stochastic
    assert GraduatedReduction().claims().never_escalates
    assert not GraduatedReduction(base=Disproportionate()).claims().never_escalates
    assert AllianceEntry().claims().never_first
    assert not AllianceEntry(base=SHIPPED["decapitation"]()).claims().never_first
    assert Threshold().claims().memory_days == 0
    assert Threshold(base=GrimTrigger()).claims().memory_days == math.inf
    assert Threshold(base=WinStayLoseShift(period_days=3.0)).claims().memory_days == 6.0
    assert WinStayLoseShift(base=SHIPPED["two_tits_for_tat"]()).claims().memory_days == 3.0
    assert Second(second=WinStayLoseShift(period_days=3.0)).claims().memory_days == 6.0


@dataclass(frozen=True)
class LinesByReplicate(TitForTat):
    """A red line that differs by replicate."""

    def red_line(self) -> RedLine:
        """Return a line that is lower in one replicate than in the other."""
        return RedLine(rung=np.array([3.0, 4.0]), civilians=1.0, depth=50.0)


def test_a_red_line_may_differ_by_replicate():
    verdicts = {verdict.name: verdict.passed for verdict in check_policy(LinesByReplicate())}
    assert verdicts["valid red line"]


def test_answers_may_be_selected_and_compared():
    whole = answers_of(GrimTrigger(), np.arange(5))
    assert whole.select([1, 2]).equals(answers_of(GrimTrigger(), np.arange(1, 3)))
    assert not whole.equals(replace(whole, campaign=whole.campaign + 1.0))
    assert not whole.equals(replace(whole, memory={}))


@pytest.mark.parametrize("verdict", check_policy(SHIPPED["threshold"]), ids=lambda verdict: verdict.name)
def test_verdicts_serve_as_test_cases(verdict):
    assert verdict.passed, verdict.message


def test_a_verdict_reads_as_a_sentence():
    assert str(Verdict("pickles", True)) == "pickles: ok"
    assert str(Verdict("pickles", False, "rules.py:3: no")) == "pickles: rules.py:3: no"


def test_the_kit_judges_what_it_is_given():
    assert faults_of(TitForTat()) == []


VENGEFUL = '''
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.policies import Policy, Response


@dataclass(frozen=True)
class Vengeful(Policy):
    """React more often, the more harm is unanswered."""

    stochastic: ClassVar[bool] = True
    fury: LaneValues = parameter(0.5, Interval(0, 1), unit="1", source=ASSUMPTION, text="chance of one rung more")

    def respond(self, view, draw):
        """Answer in kind or one rung higher."""
        higher = draw.uniform("fury") < self.fury
        return Response(
            multiplier=1.0 + np.minimum(view.unanswered_harm, 2.0),
            rung=np.minimum(view.provocation + higher, view.top),
        )
'''


def test_a_users_file_passes_the_same_door(tmp_path):
    (tmp_path / "my_rules.py").write_text(VENGEFUL)
    verdicts = check_policy(load_policy("my_rules.py:Vengeful", tmp_path))
    assert [str(verdict) for verdict in verdicts if not verdict.passed] == []
