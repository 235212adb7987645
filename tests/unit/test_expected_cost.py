"""The policy of expected cost: its worths and what it learns, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rule_by_hand import rule_of_history
from stories import told

from sim.policies.expected_cost import ExpectedCost
from sim.policies.fingerprint import standard_view
from sim.policies.view import HARM

TOP = len(HARM) - 1


def worth(policy, **state):
    view = replace(standard_view(1), **{name: np.array([value]) for name, value in state.items()})
    return worth_of_rungs(policy, view)


def worth_of_rungs(policy, view):
    """Return the worth of an act on each rung in the first replicate of a view."""
    rule, now = rule_of_history(policy, view)
    return np.array([rule.worth(now, rung) for rung in range(view.top + 1)])


def test_the_worth_is_the_formula_of_the_brief():
    policy = ExpectedCost(gain=2.0, harm_ratio=0.5, cost=0.25, mediation_price=0.5, weariness_price=3.0)
    harm = np.array(HARM)
    expected = 2.0 * np.minimum(harm, 0.5 * 4.0) - 0.25 * harm - 0.5 * 0.4 * harm - 3.0 * 0.2 * (np.arange(7) >= 5)
    assert worth(policy, mediation=0.4, weariness=0.2) == pytest.approx(expected, rel=1e-12)


def test_without_harm_to_answer_silence_is_worth_most():
    assert np.argmax(worth(ExpectedCost(), unanswered_harm=0.0)) == 0


def test_it_learns_what_its_acts_bring_back():
    """An act on rung 3 on day 0 brings back rung 5 on day 1; silence on day 1 brings back rung 2 on day 2."""
    policy = ExpectedCost(prior_periods=1.0, cost=1.0, gain=0.0, mediation_price=0.0)
    memory = told(policy, [0, 5, 2], [3, 0, 0]).memories[-1]
    assert memory["answers_seen"][:, 0].tolist() == [1, 0, 0, 1, 0, 0, 0]
    assert memory["harm_back"][:, 0].tolist() == [HARM[2], 0, 0, HARM[5], 0, 0, 0]
    view = standard_view(1, memory=memory)
    back = -worth_of_rungs(policy, view)
    assert back[3] == pytest.approx((HARM[3] + HARM[5]) / 2)
    assert back[0] == pytest.approx((HARM[0] + HARM[2]) / 2)
    assert back[4] == HARM[4], "the belief in an answer in kind stands where nothing was seen"


def test_a_strong_belief_outweighs_what_was_seen():
    weak, strong = (ExpectedCost(prior_periods=periods, cost=1.0, gain=0.0) for periods in (1.0, 1e4))
    memory = told(weak, [0, 6], [1, 0]).memories[-1]
    view = standard_view(1, memory=memory)
    assert -worth_of_rungs(weak, view)[1] > 7.0
    assert -worth_of_rungs(strong, view)[1] == pytest.approx(HARM[1], rel=0.02)


def test_within_a_period_the_highest_rungs_count():
    policy = ExpectedCost(period_days=2.0)
    memory = told(policy, [0, 0, 4, 6, 0], [2, 1, 0, 0, 0]).memories[-1]
    assert memory["answers_seen"][:, 0].tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert memory["harm_back"][2, 0] == HARM[6]


def test_rung_0_is_no_reaction():
    story = told(ExpectedCost(precision=1e6, cost=100.0), [4])
    assert story.rungs() == [0, 0]
    assert story.multipliers() == [0.0, 0.0]
