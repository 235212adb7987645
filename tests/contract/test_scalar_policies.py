"""The scalar door: a rule in plain floats gives the bits of its array form, lane by lane."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import tiny
import worlds

from sim.core.parameters import Interval, LaneValues, parameter
from sim.engine.configuration import Timeline
from sim.engine.model import Conflict
from sim.policies import Policy, Response
from sim.policies.rule_door import why_uncompiled
from sim.policies.scalar import Reaction, ScalarPolicy, drawn, remembered
from sim.scenario.scenario import Scenario
from sim.sweeps.results_folder import build_manifest
from sim.testing import answers_of, check_policy
from sim.testing.trial import cost_factor


@dataclass(frozen=True)
class Brooding(Policy):
    """Count the harm of the past, fading, and leave half of the answers to a coin while it is small."""

    stochastic: ClassVar[bool] = True

    patience: LaneValues = parameter(5.0, Interval(0, 100), unit="1", source="assumption", text="harm that is borne")
    fading: LaneValues = parameter(0.9, Interval(0, 1), unit="1", source="assumption", text="share kept each step")

    def memory(self, top):
        return {"brooding": 0.0, "steps": 0.0}

    def respond(self, view, draw):
        harm = view.memory["brooding"] * self.fading + view.harm_received
        is_fed_up = harm > self.patience
        coin = draw.uniform("coin") < 0.5
        received = view.received[3] > 0
        return Response(
            multiplier=np.where(is_fed_up, 1.0 + (view.reactions_due > 1.0), np.where(coin, 1.0, 0.0)),
            rung=np.minimum(view.provocation + (is_fed_up & received), view.top),
            campaign=np.where(view.phase == 1, 0.0, np.where(is_fed_up, 0.5, 0.0)),
            strategic=np.where(view.entered & is_fed_up, view.own_harm[1] * 0.001, 0.0),
            memory={"brooding": harm, "steps": view.memory["steps"] + 1.0},
        )


def faded(harm, share):
    return harm * share


@dataclass(frozen=True)
class BroodingInFloats(ScalarPolicy):
    """The same rule for one history, with helpers of all kinds."""

    stochastic: ClassVar[bool] = True
    even: ClassVar[float] = 0.5

    patience: LaneValues = parameter(5.0, Interval(0, 100), unit="1", source="assumption", text="harm that is borne")
    fading: LaneValues = parameter(0.9, Interval(0, 1), unit="1", source="assumption", text="share kept each step")

    state = remembered(brooding=0.0, steps=0.0)
    draw = drawn("coin")

    @property
    def is_fed_up(self):
        return self.state.brooding > self.patience

    def remember(self, now):
        self.state.brooding = faded(self.state.brooding, self.fading) + now.harm_received
        self.state.steps += 1

    def react(self, now, rung):
        if self.is_fed_up:
            higher = rung + 1 if now.received[4] > 0 else rung
            return Reaction(2 if now.reactions_due[rung] > 1 else 1.0, min(higher, now.top))
        if self.draw.coin < self.even:
            return Reaction(1.0, rung)
        return Reaction(multiplier=0, rung=rung)

    def campaign(self, now):
        return 0.5 if self.is_fed_up and now.phase != 1 else 0.0

    def strategic(self, now):
        return now.own_harm[1] * 0.001 if now.entered and self.is_fed_up else 0.0


@pytest.mark.slow
def test_both_forms_keep_the_contract():
    for policy in (Brooding, BroodingInFloats):
        assert [str(verdict) for verdict in check_policy(policy) if not verdict.passed] == []


@pytest.mark.parametrize("values", [{}, {"patience": np.linspace(0, 20, 100), "fading": np.linspace(0, 1, 100)}])
def test_a_scalar_rule_has_the_bits_of_its_array_form(values):
    one, other = (answers_of(kind(**values), np.arange(100)) for kind in (Brooding, BroodingInFloats))
    assert one.equals(other)
    assert one.strategic.any()
    assert one.campaign.any()
    assert set(np.unique(one.multiplier)) == {0.0, 1.0, 2.0}


def played(kind: type[Policy]) -> np.ndarray:
    """Return the daily acts of two parties with the rule, in the engine."""
    parameters = worlds.docking_parameters(posture_baseline=3.8, discharge=0.5)
    timeline = Timeline(horizon_days=6, step_days=0.5, horizons=())
    world = Conflict(
        worlds.two_parties(worlds.full_ladder()), parameters, {"L": kind(), "I": kind()}, timeline, replicates=8, seed=3
    )
    return worlds.daily(world.run())


def test_the_engine_plays_it_like_its_array_form():
    assert np.array_equal(played(Brooding), played(BroodingInFloats))


@dataclass(frozen=True)
class BroodingInWords(BroodingInFloats):
    """The same rule, in a form that numba does not compile."""

    def react(self, now, rung):
        word = "{:d}".format(rung)  # noqa: UP032 - numba knows no format
        return super().react(now, int(word))


def test_a_rule_that_numba_cannot_compile_runs_to_the_same_answers_and_says_which_line_is_in_the_way():
    one, other = (answers_of(kind(), np.arange(30)) for kind in (BroodingInFloats, BroodingInWords))
    assert one.equals(other)
    assert why_uncompiled(BroodingInFloats()) is None
    why = why_uncompiled(BroodingInWords())
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    (line,) = [number for number, text in enumerate(source, 1) if text.startswith('        word = "{')]
    assert f"{Path(__file__).name}, line {line}: word = " in why
    assert why == why_uncompiled(Over(base=BroodingInWords()))
    assert "\n" not in why


def test_its_cost_is_shown():
    assert cost_factor(BroodingInWords()) > 3 * cost_factor(BroodingInFloats()) > 0


@dataclass(frozen=True)
class Over(Policy):
    base: Policy = field(default_factory=BroodingInFloats)

    def respond(self, view, draw):
        return self.base.respond(view.inside("base"), draw.within("base")).passed_on("base")


def test_an_array_policy_over_a_plain_rule_answers_as_the_rule():
    one, other = (answers_of(policy, np.arange(30)) for policy in (BroodingInFloats(), Over()))
    assert np.array_equal(one.multiplier.sum(axis=(0, 1)) > 0, other.multiplier.sum(axis=(0, 1)) > 0)
    assert np.array_equal(one.memory["brooding"], other.memory["base.brooding"])


SCALAR = """
from dataclasses import dataclass

from sim.policies.scalar import Reaction, ScalarPolicy


@dataclass(frozen=True)
class Half(ScalarPolicy):
    def react(self, now, rung):
        return Reaction(0.5, rung)


@dataclass(frozen=True)
class HalfInWords(ScalarPolicy):
    def react(self, now, rung):
        return Reaction(0.5, int("{:d}".format(rung)))
"""


def test_the_manifest_names_rules_that_run_uncompiled(tmp_path: Path):
    (tmp_path / "mine.py").write_text(SCALAR)
    plain = tiny.write_scenario(tmp_path)
    over = tiny.BASE.replace('rule = "disproportionate"', 'rule = "threshold"\nbase = { rule = "mine.py:Half" }')
    inside = tiny.write_scenario(tmp_path, over, "inside")
    slow = tiny.write_scenario(tmp_path, over.replace(":Half", ":HalfInWords"), "slow")
    for scenario in (plain, inside):
        assert "uncompiled" not in build_manifest(Scenario.load(scenario), 4, 1)
    assert build_manifest(Scenario.load(slow), 4, 1)["uncompiled"] == ["mine.py:HalfInWords"]


@dataclass(frozen=True)
class ReturnsATuple(ScalarPolicy):
    def react(self, now, rung):
        return 1.0, rung


@dataclass(frozen=True)
class HalfARung(ScalarPolicy):
    def react(self, now, rung):
        return Reaction(1.0, rung + 0.5)


@dataclass(frozen=True)
class OffTheLadder(ScalarPolicy):
    def react(self, now, rung):
        return Reaction(1.0, rung + 1)


@dataclass(frozen=True)
class Undeclared(ScalarPolicy):
    def react(self, now, rung):
        return Reaction(1.0, rung)

    def remember(self, now):
        self.state.mood = 1.0


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ReturnsATuple, "must return Reaction(multiplier, rung), not tuple"),
        (HalfARung, "rung must be a whole number, not 1.5"),
        (OffTheLadder, "rung must be between 0 and 6"),
        (Undeclared, "state has no 'mood'; it has nothing"),
    ],
)
def test_wrong_scalar_rules_are_caught_with_their_line(kind, words):
    (failed,) = [verdict for verdict in check_policy(kind) if not verdict.passed]
    assert words in failed.message
    line = int(failed.message.split(f"{Path(__file__).name}:")[1].split(":")[0])
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    (first,) = [i for i, text in enumerate(source) if text.startswith(f"class {kind.__name__}(")]
    assert first < line <= first + 9


def test_a_draw_is_one_number_within_a_step():
    assert answers_of(BroodingInFloats(), np.arange(3)).equals(answers_of(BroodingInFloats(), np.arange(3)))
