"""The shipped policies as plain rules: each has a plan for the engine, and compiled and uncompiled the same bits."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from sim.core.compilation import Fields
from sim.core.errors import PolicyError
from sim.core.parameters import parameters_of
from sim.core.random_streams import Draw, Streams
from sim.policies import Policy, Reaction, Response, ScalarPolicy, drawn, ends_period, remembered
from sim.policies.base import first_memory
from sim.policies.composite import Mixed, Switching
from sim.policies.memory_one import MemoryOne
from sim.policies.moment import answer_type, moments_of
from sim.policies.overlay import Decapitation, GraduatedReduction, GrimTrigger, Threshold
from sim.policies.reciprocal import Disproportionate, TitForTat
from sim.policies.registry import SHIPPED, load_policy
from sim.policies.rule_door import why_uncompiled
from sim.policies.rule_plan import RulePlan, plan_rules
from sim.policies.scalar_response import _ask_by_address, uncompiled
from sim.testing import answers_of, check_policy, view_of

ROOT = Path(__file__).parents[2]
LANES = np.arange(25)
LASTING = {"none", "tit_for_tat", "always_escalate", "threshold", "decapitation"}
"""Shipped rules whose answers never change."""
SPANS = {
    "trigger_day": (2.0, 12.0),
    "redraws": (0.1, 2.0),
    "precision": (0.1, 2.0),
    "prior_periods": (0.1, 3.0),
}


def uneven(rule: str) -> Policy:
    """Return a policy each of whose parameters is another number in every replicate."""
    rng = np.random.default_rng(sorted(SHIPPED).index(rule))
    given = {
        name: rng.uniform(*SPANS.get(name, (one.bounds.low, min(one.bounds.high, one.bounds.low + 6))), 25)
        for name, one in parameters_of(SHIPPED[rule]).items()
    }
    if rule == "mixed":
        names = ("weight_first", "weight_second", "weight_third")
        given |= dict(zip(names, rng.dirichlet([2.0, 2.0, 2.0], 25).T, strict=True))
    return SHIPPED[rule](**given)


def digest_of(policy: Policy) -> str:
    """Return a digest of all answers and memories of the kit's history."""
    parts = answers_of(policy, LANES).parts()
    return hashlib.sha256(b"".join(name.encode() + parts[name].tobytes() for name in sorted(parts))).hexdigest()


def digests() -> dict[str, list[str]]:
    return {rule: [digest_of(SHIPPED[rule]()), digest_of(uneven(rule))] for rule in SHIPPED}


def python(source: str, **environment: str) -> str:
    """Return what a source prints in a process of its own."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "contract")])
    around = {**os.environ, "PYTHONPATH": paths, **environment}
    command = [sys.executable, "-c", source]
    return subprocess.run(command, env=around, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_compiled_and_uncompiled_rules_answer_alike_to_the_bit():
    source = "import json, test_plain_rules as rules; print(json.dumps(rules.digests()))"
    assert json.loads(python(source, SIM_KERNEL="python")) == digests()


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_every_shipped_policy_is_a_plain_rule_with_a_plan(rule):
    policy = SHIPPED[rule]()
    assert isinstance(policy, ScalarPolicy)
    assert why_uncompiled(policy) is None
    plan = plan_rules(policy, 7)
    assert plan.dtype.itemsize % 8 == 0
    assert all(isinstance(node.door, int) for node in plan.nodes)
    assert plan.nodes[-1].is_lasting == (rule in LASTING)
    assert plan.nodes[-1].path == ""
    assert "top" in plan.nodes[-1].reads
    assert plan_rules(policy, 9).dtype.itemsize > plan.dtype.itemsize


@pytest.mark.parametrize("rule", sorted(LASTING & {rule for rule, kind in SHIPPED.items() if kind().policies_inside()}))
def test_a_rule_over_one_that_changes_changes_too(rule):
    for base in (Disproportionate(), GrimTrigger(), SHIPPED["proportional"]()):
        assert not plan_rules(SHIPPED[rule](base=base), 7).nodes[-1].is_lasting


TREE = Mixed(
    first=GrimTrigger(base=Threshold(base=Disproportionate(climb=0.4)), grim_rung=4.0),
    second=MemoryOne(base=Decapitation()),
    third=Switching(then=GraduatedReduction(base=SHIPPED["expected_cost"](), round_days=2.0), trigger_day=5.0),
    weight_first=0.4,
    weight_second=0.3,
    weight_third=0.3,
    redraws=np.linspace(0.0, 2.0, 25),
)


def test_the_nodes_of_a_tree_come_after_those_inside_them():
    nodes = plan_rules(TREE, 7).nodes
    paths = [node.path for node in nodes]
    assert paths == [
        *("first.base.base.", "first.base.", "first.", "second.base.base.", "second.base.", "second."),
        *("third.first.", "third.then.base.", "third.then.", "third.", ""),
    ]
    names = {node.path: [name for _, name in node.draws] for node in nodes if node.draws}
    assert names == {
        "first.base.base.": ["policy first.base.base.climb"],
        "second.": ["policy second.move"],
        "third.then.base.": ["policy third.then.base.rung"],
        "": ["policy which", "policy anew"],
    }


def ask(plan: RulePlan, records: np.ndarray, moments: np.ndarray, streams: Streams, step: int) -> np.ndarray:
    """Ask the nodes of a plan by address, as an engine would, and return the outermost answers."""
    n_replicates, size = len(records), plan.dtype.itemsize
    for node in plan.nodes:
        for place, name in node.draws:
            column = np.ndarray(n_replicates, "f8", records, place, (size,))
            column[:] = streams.uniform("kit", name, step)
        begin = records.ctypes.data
        places = np.array([begin + node.offset, moments.ctypes.data, begin + node.answer])
        assert _ask_by_address(node.door, places, np.array([size, moments.itemsize, size]), len(records)) == len(
            records
        )
    return np.ndarray(len(records), answer_type(8), records, plan.answer, (size,))


def test_a_plan_answers_as_the_policy_does():
    plan, streams = plan_rules(TREE, 7), Streams(0, LANES)
    records, memory = plan.first(25), first_memory(TREE, 6, 25)
    for step in range(16):
        view = view_of(LANES, step, memory=memory)
        answer = TREE.respond(view, Draw(streams, "kit", step))
        memory = {**memory, **answer.memory}
        asked = ask(plan, records, moments_of(view), streams, step)
        assert np.array_equal(asked["multiplier"][:, 1:7].T, answer.multiplier)
        assert np.array_equal(asked["rung"][:, 1:7].T, answer.rung)
        assert np.array_equal(asked["campaign"], answer.campaign)
        assert np.array_equal(asked["strategic"], answer.strategic)
    assert np.array_equal(records["first."]["state"]["grim"], memory["first.grim"])
    back = records["third.then.base."]["state"]["harm_back"]
    assert np.array_equal(back[:, :7].T, memory["third.then.base.harm_back"])


@dataclass(frozen=True)
class InArrays(Policy):
    def respond(self, view, draw):
        return Response(1.0, view.provocation)


@dataclass(frozen=True)
class AnswersItself(TitForTat):
    def respond(self, view, draw):
        return Response(0.5, view.provocation)


@dataclass(frozen=True)
class InWords(ScalarPolicy):
    def react(self, now: Any, rung: int) -> Reaction:
        return Reaction(1.0, int("{:d}".format(rung)))  # noqa: UP032 - numba knows no format


@pytest.mark.parametrize("base", [InArrays(), AnswersItself(), InWords()], ids=lambda base: type(base).__name__)
def test_a_tree_that_the_engine_cannot_ask_by_address_has_no_plan(base):
    assert plan_rules(base, 7) is None
    assert plan_rules(Threshold(base=base), 7) is None
    over = answers_of(Threshold(base=base, weight_below=1.0, line_rung=6.0), LANES)
    alone = answers_of(base, LANES)
    assert np.array_equal(over.multiplier[:, :5], alone.multiplier[:, :5])
    assert np.array_equal(over.rung, alone.rung)


def test_without_compiling_the_doors_of_a_plan_are_functions():
    source = (
        "import numpy as np, test_plain_rules as rules\n"
        "from sim.core.compilation import record_of\n"
        "plan = rules.plan_rules(rules.Disproportionate(climb=1.0), 7)\n"
        "own, now = plan.first(1), rules.moments_of(rules.view_of([3]))\n"
        "plan.nodes[0].door(record_of(own['own'], 0), record_of(now, 0), record_of(own['answer'], 0))\n"
        "print(own['answer']['rung'][0, :7].tolist())"
    )
    assert python(source, SIM_KERNEL="python").strip() == "[0, 2, 3, 4, 5, 6, 6]"


def test_a_door_is_compiled_once_for_all_processes(tmp_path: Path):
    source = (
        "from pathlib import Path\n"
        "from sim.policies.registry import SHIPPED\n"
        "from sim.policies.rule_plan import plan_rules\n"
        "plan_rules(SHIPPED['grim_trigger'](), 7)\n"
        f"print(sorted((p.name, p.stat().st_mtime_ns) for p in Path({str(tmp_path)!r}).rglob('*.nb?')))"
    )
    first, second = (python(source, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))
    assert first == second
    assert first.count("_door_GrimTrigger") == 2


RULE = """
from dataclasses import dataclass
from sim.policies import Reaction, ScalarPolicy

SHARE = {share}

def half(value):
    return value * SHARE

@dataclass(frozen=True)
class Part(ScalarPolicy):
    most = {most}

    def react(self, now, rung):
        return Reaction(half(1.0), min(rung, self.most))
"""


def test_a_rule_that_is_edited_is_compiled_anew(tmp_path: Path):
    """Numba looks at the code of a function alone; what changes here are the values that it finds elsewhere."""
    found = []
    for share, most in ((0.5, 6), (0.25, 6), (0.25, 2)):
        (tmp_path / "part.py").write_text(RULE.format(share=share, most=most))
        answer = answers_of(load_policy("part.py:Part", tmp_path)(), np.arange(2), n_steps=1)
        found.append((answer.multiplier.max(), answer.rung.max()))
    assert found == [(0.5, 6), (0.25, 6), (0.25, 2)]


@dataclass(frozen=True)
class FarBeyond(ScalarPolicy):
    """Look beyond the ladder, from a day on."""

    state: ClassVar[Any] = remembered(days=0.0)

    def remember(self, now: Any) -> None:
        self.state.days += 1.0

    def react(self, now: Any, rung: int) -> Reaction:
        return Reaction(now.received[rung + 90] if self.state.days > 3 else 1.0, rung)


def test_a_place_off_the_ladder_is_an_error_and_not_what_lies_there():
    memory = first_memory(FarBeyond(), 6, 3)
    fresh = FarBeyond().respond(view_of(np.arange(3), memory=memory), Draw(Streams(0, np.arange(3)), "kit", 0))
    assert fresh.memory["days"].tolist() == [1.0] * 3
    late = view_of(np.arange(3), memory={"days": np.array([0.0, 9.0, 0.0])})
    with pytest.raises(IndexError):
        FarBeyond().respond(late, Draw(Streams(0, np.arange(3)), "kit", 0))


@dataclass(frozen=True)
class SetsItself(ScalarPolicy):
    def react(self, now: Any, rung: int) -> Reaction:
        self.mood = 1.0
        return Reaction(1.0, rung)


@dataclass(frozen=True)
class SaysNothing(ScalarPolicy):
    pass


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (SetsItself, "FrozenInstanceError: cannot assign to field 'mood'"),
        (SaysNothing, "write the method `react(self, now, rung)`"),
    ],
)
def test_the_kit_says_what_is_wrong_with_a_plain_rule(kind, words):
    (failed,) = [verdict for verdict in check_policy(kind) if not verdict.passed]
    assert words in failed.message


@dataclass(frozen=True)
class OldForm(ScalarPolicy):
    def state(self):
        return {"harm": 0.0}

    def react(self, now: Any, rung: int) -> Reaction:
        return Reaction(1.0, rung)


def test_a_state_that_is_a_method_is_refused_in_one_sentence():
    with pytest.raises(PolicyError, match=r"state of OldForm must say what is remembered; write state = remembered"):
        OldForm().memory(6)


@dataclass(frozen=True)
class Wavering(MemoryOne):
    """A strategy of a user's own over a shipped one: a further memory and a further draw beside those of its base."""

    state: ClassVar[Any] = remembered(turns=0.0)
    draw: ClassVar[Any] = drawn("turn")

    def move(self, now: Any) -> bool:
        self.state.turns += 1.0
        return super().move(now) if self.draw.turn < 0.5 else not super().move(now)


def test_what_is_remembered_and_drawn_adds_to_that_of_the_base():
    assert list(Wavering().memory(6)) == ["theirs", "mine", "answers", "turns"]
    assert Wavering.draws() == ("move", "turn")
    compiled = answers_of(Wavering(), LANES)
    with uncompiled():
        assert answers_of(Wavering(), LANES).equals(compiled)
    turns = compiled.memory["turns"][-1]
    assert set(turns) == {sum(ends_period(Fields(moments_of(view_of([0], step))[0]), 1.0) for step in range(16))}
