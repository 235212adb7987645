"""A view: read-only, sliced by what its parts declare, and the same example for all who need one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import pytest
import worlds
from rule_by_hand import rule_of_history

from sim.core.compilation import Fields
from sim.core.random_streams import Draw, Streams
from sim.engine.configuration import Timeline
from sim.engine.model import Conflict
from sim.policies.moment import ends_period, has_received, has_sent, highest_rung, moments_of
from sim.policies.reciprocal import TitForTat
from sim.policies.scalar import ByRung, Reaction, ScalarPolicy, drawn, remembered
from sim.policies.view import HARM, REPLICATES, Encounter, LastStep, View, example_view, view_parts
from sim.testing import view_of

LANES = np.array([4, 0, 2])


@pytest.fixture(scope="module")
def engine_view() -> View:
    parameters = worlds.docking_parameters(posture_baseline=3.8, discharge=0.5)
    rules = {"L": TitForTat(), "I": TitForTat()}
    theatre = worlds.two_parties(worlds.full_ladder())
    run = Conflict(theatre, parameters, rules, Timeline(2, horizons=()), replicates=5, seed=1).run()
    return run.build_view(0)


@pytest.fixture(params=["example", "kit", "engine"])
def view(request, engine_view) -> View:
    made = {"example": lambda: example_view(5), "kit": lambda: view_of(np.arange(5), 3), "engine": lambda: engine_view}
    return made[request.param]()


def test_every_part_is_declared():
    assert {item.name for item in fields(View)} - view_parts().keys() == {"last", "memory"}


def test_every_part_has_the_axes_it_declares(view):
    for name, part in view_parts().items():
        assert np.shape(getattr(view, name)) == part.shape(5), name


def test_some_replicates_see_what_they_see_among_all(view):
    some = view.select(LANES)
    assert some.n_replicates == 3
    for name, part in view_parts().items():
        whole = getattr(view, name)
        expected = whole[..., LANES] if REPLICATES in part.axes else whole
        assert np.array_equal(getattr(some, name), expected), name
    for name, values in vars(some.last.encounter).items():
        assert np.array_equal(values, getattr(view, name)[..., LANES]), name


def test_nothing_shown_can_be_written_to(view):
    for shown in (view, view.select(LANES), view.inside("base")):
        arrays = [value for value in vars(shown).values() if isinstance(value, np.ndarray)]
        assert len(arrays) == 12
        assert not any(array.flags.writeable for array in (*arrays, *vars(shown.last.encounter).values()))


def test_what_is_remembered_is_sliced_and_locked():
    own = np.arange(10.0).reshape(2, 5)
    view = example_view(5, memory={"base.own": own, "seen": own[0]})
    assert np.array_equal(view.select(LANES).memory["base.own"], own[:, LANES])
    assert view.inside("base").memory.keys() == {"own"}
    assert not any(values.flags.writeable for values in view.memory.values())
    assert own.flags.writeable, "who made it may still write"


def test_an_example_may_differ_in_parts():
    view = example_view(2, day=3.0, last=None, mediation=np.array([0.0, 1.0]))
    assert (view.day, view.last, view.mediation.tolist()) == (3.0, None, [0.0, 1.0])
    assert view.own_harm[:, 1].tolist() == list(HARM)
    with pytest.raises(TypeError, match="mediator"):
        example_view(2, mediator=1.0)


def test_a_view_says_what_passed():
    acts = np.zeros((6, 2))
    acts[[1, 3], 0] = 1.0
    nothing = Encounter.none(6, 2)
    passed = Encounter(acts, nothing.sent, nothing.harm_received, nothing.harm_inflicted)
    view = example_view(2, last=LastStep(lambda: passed))
    assert view.has_received(4).tolist() == [True, False]
    assert view.has_received(5).tolist() == [False, False]
    assert view.has_sent(np.array([1.0, 1.0])).tolist() == [False, False]
    assert view.highest_rung(view.received).tolist() == [4.0, 0.0]


@pytest.mark.parametrize(
    ("day", "ended"), [(0.0, False), (0.25, False), (1.75, False), (2.0, True), (2.25, False), (4.0, True)]
)
def test_a_period_ends_with_the_step_before(day, ended):
    view = example_view(2, day=day, step_days=0.25)
    assert view.ends_period(2.0) == ended
    assert view.ends_period(np.array([2.0, 100.0])).tolist() == [ended, False]
    assert view.ends_period(0.25) == (day > 0)


def test_rounding_moves_no_end_of_a_period():
    """Half days of which 11 are 5 periods, and whose quotient with a period is not always a whole number."""
    for step in range(1, 140):
        view = example_view(2, day=step / 2, step_days=0.5)
        assert view.ends_period(1.1) == (5 * step // 11 > 5 * (step - 1) // 11)


@dataclass(frozen=True)
class Echo(ScalarPolicy):
    """Answer with what was drawn, and remember the harm seen."""

    state: ClassVar[Any] = remembered(seen=0.0, by_rung=ByRung(0.0))
    draw: ClassVar[Any] = drawn("coin")

    def react(self, now: Any, rung: int) -> Reaction:
        return Reaction(self.draw.coin, rung)


def test_a_moment_shows_one_replicate_of_a_view_rung_by_rung():
    harm = np.arange(10, 31).reshape(7, 3) / 8
    due, acts = np.arange(90, 108).reshape(6, 3) / 8, np.arange(50, 68).reshape(6, 3) / 8
    passed = Encounter(acts, acts + 100, np.array([1.5, 2.5, 3.5]), np.array([4.5, 5.5, 6.5]))
    parts = {"own_harm": harm, "opponent_harm": harm + 200, "reactions_due": due, "phase": np.array([1, 2, 3])}
    parts |= {"unanswered_harm": np.array([7.0, 8.0, 9.0]), "entered": np.array([True, False, True])}
    memory = {"seen": np.array([0.25, 0.5, 0.75]), "by_rung": harm + 300}
    view = example_view(3, **parts, last=LastStep(lambda: passed), day=4.0, step_days=0.5, memory=memory)
    answer = Echo().respond(view, Draw(Streams(5, [1, 2, 3]), "A-B", 6))
    for lane in range(3):
        rule, now = rule_of_history(Echo(), view, lane)
        assert now.own_harm[:7].tolist() == harm[:, lane].tolist()
        assert now.opponent_harm[:7].tolist() == (harm[:, lane] + 200).tolist()
        assert now.reactions_due[:7].tolist() == [0.0, *due[:, lane]]
        assert now.received[:7].tolist() == [0.0, *acts[:, lane]]
        assert now.sent[:7].tolist() == [0.0, *(acts[:, lane] + 100)]
        assert (now.harm_received, now.harm_inflicted) == (1.5 + lane, 4.5 + lane)
        assert (now.unanswered_harm, now.phase, now.entered) == (7.0 + lane, 1 + lane, lane != 1)
        assert (now.day, now.step_days, now.top, rule.state.seen) == (4.0, 0.5, 6, 0.25 * (lane + 1))
        assert rule.state.by_rung[:7].tolist() == (harm[:, lane] + 300).tolist()
        assert set(answer.multiplier[:, lane]) == {Streams(5, [1 + lane]).uniform("A-B", "policy coin", 6)[0]}
        with pytest.raises(AttributeError, match="now has no 'mood'; it has harm_received, "):
            _ = now.mood
    assert np.array_equal(answer.memory["by_rung"], harm + 300)


def test_a_moment_is_asked_as_a_view_is():
    for replicate in range(40):
        view = view_of([replicate], 5)
        now = Fields(moments_of(view)[0])
        for rung in (0.5, 1.0, 2.0, 3.5, 6.0, 7.0):
            assert has_received(now, rung) == view.has_received(rung)[0]
            assert has_sent(now, rung) == view.has_sent(rung)[0]
        assert highest_rung(now.sent, now.top) == view.highest_rung(view.sent)[0]
    for step in range(1, 140):
        view = example_view(1, day=step / 4, step_days=0.25)
        for days in (0.25, 0.7, 1.1, 2.0):
            assert ends_period(Fields(moments_of(view)[0]), days) == view.ends_period(days)
