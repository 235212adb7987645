"""Each shipped policy's answers, by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from sim.core.errors import InputError
from sim.core.parameters import Interval, LaneValues, parameter
from sim.core.random_streams import Draw, Streams
from sim.policies import Policy, Response, View
from sim.policies.fingerprint import standard_view
from sim.policies.moment import choose_rung
from sim.policies.overlay import Threshold
from sim.policies.reciprocal import Disproportionate, GenerousTitForTat, NoRetaliation, Proportional, TitForTat

TOP = 6
HARM = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0])


def view_with(unanswered=(0.0, 0.15, 3.0, 100.0), own=HARM, opponent=HARM) -> View:
    n = len(unanswered)
    columns = {"own_harm": own, "opponent_harm": opponent}
    harms = {name: np.broadcast_to(np.asarray(harm, float)[:, None], (TOP + 1, n)) for name, harm in columns.items()}
    return replace(standard_view(n), unanswered_harm=np.array(unanswered), **harms)


def answer_of(policy, view=None, step=0):
    view = view_with() if view is None else view
    n = view.n_replicates
    answer = policy.respond(view, Draw(Streams(5, np.arange(n)), "A-B", step))
    shape = (TOP, n)
    return np.broadcast_to(answer.multiplier, shape), np.broadcast_to(answer.rung, shape)


def test_a_view_knows_its_size():
    assert view_with().n_replicates == 4
    assert view_with().top == 6


def test_none_never_reacts():
    multiplier, rung = answer_of(NoRetaliation())
    assert not multiplier.any()
    assert not rung.any()


def test_tit_for_tat_answers_in_kind():
    multiplier, rung = answer_of(TitForTat())
    assert np.all(multiplier == 1.0)
    assert np.all(rung == np.arange(1, 7)[:, None])


@pytest.mark.parametrize("forgiveness", [0.0, 1 / 3, 1.0])
def test_generous_tit_for_tat_lets_a_share_pass(forgiveness):
    multiplier, rung = answer_of(GenerousTitForTat(forgiveness=forgiveness))
    assert np.all(multiplier == 1.0 - forgiveness)
    assert np.all(rung == np.arange(1, 7)[:, None])


def test_proportional_answers_on_the_rung_of_the_harm():
    """Unanswered harm 0, 0.15, 3, 100; equal harm tables: never above the provocation, never above what is owed."""
    multiplier, rung = answer_of(Proportional(harm_ratio=1.0, tolerance=0.3))
    assert multiplier[0].tolist() == [0.0, 0.5, 1.0, 1.0]
    assert np.all(rung[:, 0] == 0), "nothing is owed"
    assert np.all(rung[:, 1] == 0), "0.15 is nearer to 0 than to the harm of rung 1"
    assert rung[:, 2].tolist() == [1, 2, 2, 2, 2, 2], "3 lies half-way between rungs 2 and 3; a tie goes down"
    assert rung[:, 3].tolist() == [1, 2, 3, 4, 5, 6]


def test_proportional_ratio_scales_the_answer():
    _, doubled = answer_of(Proportional(harm_ratio=2.0))
    assert doubled[:, 3].tolist() == [2, 3, 4, 5, 6, 6]
    _, halved = answer_of(Proportional(harm_ratio=0.5))
    assert halved[:, 3].tolist() == [0, 1, 2, 3, 4, 5], "0.5 is a tie between rungs 0 and 1, and goes down"
    _, weaker = answer_of(Proportional(), view_with(opponent=HARM / 2))
    assert weaker[:, 3].tolist() == [0, 1, 2, 3, 4, 5]


def test_the_nearest_rung_is_chosen():
    harm = [0.0, 1.0, 3.0]
    assert [choose_rung(target, harm, 2) for target in (0.0, 0.5, 0.51, 2.0, 2.01, 99.0)] == [0, 0, 1, 1, 2, 2]


def test_disproportionate_climbs_with_its_chance():
    view = view_with(unanswered=np.zeros(4000))
    _, never = answer_of(Disproportionate(climb=0.0), view)
    _, always = answer_of(Disproportionate(climb=1.0), view)
    multiplier, rung = answer_of(Disproportionate(climb=0.25), view)
    assert np.all(never == view.provocation)
    assert np.all(always == np.minimum(view.provocation + 1, TOP)), "the top rung stays the top"
    climbs = rung[:-1] - view.provocation[:-1]
    assert np.all(climbs == climbs[0]), "decided once for all provocations of a step"
    assert abs(climbs[0].mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 4000)
    assert np.all(multiplier == 1.0)


def test_threshold_is_restrained_below_and_resolute_above():
    multiplier, rung = answer_of(Threshold(line_rung=4.0, weight_below=0.5))
    assert multiplier[:, 0].tolist() == [0.5, 0.5, 0.5, 1.0, 1.0, 1.0]
    assert rung[:, 0].tolist() == [1, 2, 3, 4, 5, 6]


def test_threshold_steps_up_above_the_line_only():
    _, rung = answer_of(Threshold(line_rung=4.0, step_above=1.0))
    assert rung[:, 0].tolist() == [1, 2, 3, 5, 6, 6]
    _, rung = answer_of(Threshold(line_rung=4.0, step_above=2.0))
    assert rung[:, 0].tolist() == [1, 2, 3, 6, 6, 6]


def test_threshold_follows_its_base_below_the_line():
    policy = Threshold(base=Proportional(tolerance=0.3), line_rung=5.0, weight_below=0.5)
    multiplier, rung = answer_of(policy)
    assert multiplier[:, 1].tolist() == [0.25, 0.25, 0.25, 0.25, 1.0, 1.0]
    assert rung[:, 1].tolist() == [0, 0, 0, 0, 5, 6]
    quiet, _ = answer_of(Threshold(base=NoRetaliation(), line_rung=5.0))
    assert quiet[:, 0].tolist() == [0, 0, 0, 0, 1, 1]


def test_only_the_threshold_has_a_red_line():
    line = Threshold(line_rung=4.0, line_civilians=3.0, line_depth=20.0).red_line()
    assert (line.rung, line.civilians, line.depth) == (4.0, 3.0, 20.0)
    assert (line.leader, line.delay_days) == (False, None), "as usual, unless the scenario says more"
    line = Threshold(line_leader=1.0, fast_delay_days=0.1).red_line()
    assert (line.leader, line.delay_days) == (True, 0.1)
    line = Threshold(line_leader=np.array([0.0, 1.0]), fast_delay_days=np.array([0.0, 0.2])).red_line()
    assert line.leader.tolist() == [False, True]
    assert line.delay_days.tolist() == [0.0, 0.2], "0 is as usual"
    others = (NoRetaliation(), TitForTat(), GenerousTitForTat(), Proportional(), Disproportionate())
    assert all(policy.red_line() is None for policy in others)


def test_parameters_may_differ_by_replicate():
    forgiveness = np.array([0.0, 0.25, 0.5, 1.0])
    multiplier, _ = answer_of(GenerousTitForTat(forgiveness=forgiveness))
    assert multiplier[3].tolist() == [1.0, 0.75, 0.5, 0.0]
    multiplier, rung = answer_of(Threshold(line_rung=np.array([2.0, 4.0, 6.0, 6.0]), weight_below=0.0))
    assert multiplier.sum(axis=0).tolist() == [5.0, 3.0, 1.0, 1.0]
    assert np.all(rung == np.arange(1, 7)[:, None])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: GenerousTitForTat(forgiveness=1.5),
            "GenerousTitForTat: forgiveness: 1.5 is out of bounds; forgiveness must be between 0 and 1 [1]",
        ),
        (lambda: Disproportionate(climb=np.array([0.1, -0.1])), "climb: one of the values is out of bounds"),
        (lambda: Proportional(tolerance="little"), "tolerance: 'little' is not a number"),
        (lambda: replace(Threshold(), line_rung=21.0), "line_rung must be between 1 and 20 [rung]"),
    ],
)
def test_values_out_of_bounds_are_refused(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)


def test_all_faults_of_a_policy_are_told_at_once():
    with pytest.raises(InputError) as caught:
        Threshold(line_rung=21.0, line_depth=-1.0, weight_below="much")
    assert [problem.key for problem in caught.value.problems] == ["line_rung", "line_depth", "weight_below"]


def test_a_policy_must_answer():
    @dataclass(frozen=True)
    class Silent(Policy):
        weight: LaneValues = parameter(1.0, Interval(0, 1), unit="1", source="assumption", text="a weight")

    with pytest.raises(TypeError, match="respond"):
        Silent()


def test_a_response_may_be_two_numbers():
    answer = Response(multiplier=1.0, rung=2)
    assert (answer.multiplier, answer.rung) == (1.0, 2)
