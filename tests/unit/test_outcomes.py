"""Definitions and questions by hand-made totals, exact at their boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import four_parties

from sim.campaign import CAMPAIGN, CEASEFIRE, GROUND, FrontParameters, FrontState
from sim.outcomes import QUESTION_KINDS, Outcomes, Question
from sim.streams import Streams
from sim.trace import DailyTotals

THEATRE = four_parties()
ROW = THEATRE.dyad_index
DAYS = 60


def totals_with(name: str = "acts", n: int = 1, **by_dyad: dict[int, int]) -> DailyTotals:
    """Return totals whose dyads (written STA_HOS) have counts on some days, in every replicate."""
    totals = DailyTotals(THEATRE, DAYS, n)
    for dyad, counts in by_dyad.items():
        for day, count in counts.items():
            getattr(totals, name)[ROW[dyad.replace("_", "-")], day] = count
    return totals


def outcomes_with(questions=(), horizons=(), n=1, **definitions) -> Outcomes:
    return Outcomes(THEATRE, FrontParameters(**definitions), questions, horizons, n)


def front_in(phase=0, n=1) -> FrontState:
    front = FrontState(FrontParameters(), Streams(0, np.arange(n)), "front", 0.25)
    front.phase[:] = phase
    return front


def meets(totals: DailyTotals, day: int, **definitions) -> bool:
    return bool(outcomes_with(**definitions).meets_definition(totals, day)[0])


@pytest.mark.parametrize("name", ["acts", "launches"])
@pytest.mark.parametrize(
    ("days", "count", "day", "expected"),
    [
        ((0, 3, 6), 100, 6, True),
        ((0, 3, 6), 99, 6, False),
        ((0, 3, 7), 100, 7, False),
        ((1, 3, 7), 100, 7, True),
        ((0, 6), 100, 6, False),
        ((0, 1, 2), 100, 2, True),
        ((0, 1, 2), 100, 6, True),
        ((0, 1, 2), 100, 7, False),
    ],
)
def test_three_busy_days_in_a_week_are_a_campaign(name, days, count, day, expected):
    totals = totals_with(name, HOS_STA=dict.fromkeys(days, count))
    assert meets(totals, day) is expected


def test_dyads_of_one_side_add_up_and_sides_do_not():
    days = (0, 1, 2)
    assert meets(totals_with(HOS_STA=dict.fromkeys(days, 60), FAC_STA=dict.fromkeys(days, 40)), 2)
    assert not meets(totals_with(HOS_STA=dict.fromkeys(days, 60), STA_HOS=dict.fromkeys(days, 60)), 2)


def test_busy_days_of_two_sides_are_not_mixed():
    assert not meets(totals_with(HOS_STA={0: 100, 1: 100}, STA_HOS={2: 100}), 2)


def test_acts_and_launches_both_make_a_busy_day():
    totals = totals_with(HOS_STA={0: 100, 1: 100})
    totals.launches[ROW["HOS-STA"], 2] = 100
    assert meets(totals, 2)


@pytest.mark.parametrize(
    ("days", "count", "day", "expected"),
    [((0, 6), 50, 6, True), ((0, 6), 49, 6, False), ((0, 7), 50, 7, False), ((3,), 500, 3, False)],
)
def test_two_deadly_days_in_a_week_are_a_campaign(days, count, day, expected):
    assert meets(totals_with("killed", HOS_STA=dict.fromkeys(days, count)), day) is expected


def test_the_killed_of_both_sides_add_up():
    killed = totals_with("killed", HOS_STA={0: 25, 1: 25}, STA_HOS={0: 25, 1: 25})
    assert meets(killed, 1)


@pytest.mark.parametrize(
    ("counts", "day", "expected"),
    [({0: 500, 29: 500}, 29, True), ({0: 500, 30: 500}, 30, False), ({0: 499, 29: 500}, 29, False)],
)
def test_a_thousand_killed_in_a_month_are_a_war(counts, day, expected):
    totals = totals_with("killed", STA_HOS=counts)
    assert meets(totals, day, campaign_killed=1e6) is expected


def test_a_definition_is_an_input_and_may_differ_by_replicate():
    totals = totals_with(n=2, HOS_STA=dict.fromkeys(range(3), 50))
    outcomes = outcomes_with(n=2, campaign_acts=np.array([50.0, 51.0]))
    assert outcomes.meets_definition(totals, 2).tolist() == [True, False]
    assert meets(totals_with(HOS_STA={0: 50}), 0, campaign_acts=50.0, campaign_days=1.0)


# --- Questions


def test_every_kind_of_question_is_known():
    assert Question("q", "?", "ceasefire").is_state
    assert not any(Question("q", "?", kind).is_state for kind in QUESTION_KINDS if kind != "ceasefire")


def first_day_of(question: Question, totals: DailyTotals) -> float:
    outcomes = outcomes_with((question,))
    for day in range(DAYS):
        outcomes.follow_day(day, totals, front_in())
    return outcomes.first_day["q"][0]


@pytest.mark.parametrize(
    ("already", "threshold", "expected"), [(0, 30, 12.0), (0, 31, np.inf), (5, 31, 12.0), (20, 30, 5.0), (30, 30, 1.0)]
)
def test_killed_since_the_start(already, threshold, expected):
    """Ten killed on day index 4 and twenty on 11: the answer is the end of the day on which the sum is reached."""
    question = Question("q", "?", "killed_since_start", "north", threshold, already=already)
    totals = totals_with("killed", STA_HOS={4: 4, 11: 20}, STA_FAC={4: 6}, HOS_STA={0: 1000})
    assert first_day_of(question, totals) == expected


@pytest.mark.parametrize(
    ("window", "threshold", "expected"),
    [(10, 30, np.inf), (11, 30, 15.0), (10, 20, 15.0), (10, 10, 5.0), (1, 20, 15.0)],
)
def test_killed_within_a_window(window, threshold, expected):
    question = Question("q", "?", "killed_within", "north", threshold, window_days=window)
    totals = totals_with("killed", STA_HOS={4: 10, 14: 20})
    assert first_day_of(question, totals) == expected


def test_killed_are_counted_where_they_are_hit():
    question = Question("q", "?", "killed_since_start", "south", 5)
    assert first_day_of(question, totals_with("killed", STA_HOS={0: 99}, HOS_STA={3: 2}, GRP_STA={3: 3})) == 4.0


def test_war_begins_at_the_end_of_its_step():
    outcomes = outcomes_with((Question("q", "?", "war"),), horizons=(1, 2), n=3)
    front, totals = front_in(n=3), DailyTotals(THEATRE, 2, 3)
    no_truce = np.zeros(3, dtype=bool)
    for step in range(8):
        front.phase[0] = CAMPAIGN if step >= 3 else 0
        front.phase[1] = GROUND if step >= 4 else 0
        outcomes.follow_step((step + 1) * 0.25, 0.25, front, no_truce)
        if step % 4 == 3:
            outcomes.follow_day(step // 4, totals, front)
    assert outcomes.war_day.tolist() == [1.0, 1.25, np.inf]
    assert outcomes.first_day["q"].tolist() == [1.0, 1.25, np.inf]
    assert outcomes.state_at[1].tolist() == [2, 0, 0], "a war that begins on the horizon counts, one after it does not"
    assert outcomes.state_at[2].tolist() == [2, 2, 0]


def test_a_war_that_ended_was_a_war():
    outcomes = outcomes_with(horizons=(2,))
    front = front_in(CAMPAIGN)
    outcomes.follow_step(0.25, 0.25, front, np.zeros(1, dtype=bool))
    front.phase[:] = CEASEFIRE
    for day in range(2):
        outcomes.follow_day(day, totals_with(), front)
    assert outcomes.state_at[2].tolist() == [2]


def test_a_ground_operation_is_a_phase():
    outcomes = outcomes_with((Question("q", "?", "ground_operation"),))
    for step, phase in enumerate((CAMPAIGN, GROUND, GROUND, CEASEFIRE)):
        outcomes.follow_step((step + 1) * 0.25, 0.25, front_in(phase), np.zeros(1, dtype=bool))
    assert outcomes.first_day["q"].tolist() == [0.5]


def test_a_truce_must_last_without_a_break():
    outcomes = outcomes_with((Question("q", "?", "driver_truce", threshold=1.0),), n=2)
    truces = np.array([[1, 1, 1, 0, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1, 1, 1]], dtype=bool)
    for step in range(9):
        outcomes.follow_step((step + 1) * 0.25, 0.25, front_in(n=2), truces[:, step])
    assert outcomes.first_day["q"].tolist() == [2.0, np.inf]


def test_a_ceasefire_is_a_state_at_the_horizon():
    outcomes = outcomes_with((Question("q", "?", "ceasefire"),), horizons=(1, 3))
    for day, phase in enumerate((CAMPAIGN, CEASEFIRE, CEASEFIRE)):
        outcomes.follow_day(day, totals_with(), front_in(phase))
    assert {key: value.tolist() for key, value in outcomes.holds_at.items()} == {("q", 1): [False], ("q", 3): [True]}


@pytest.mark.parametrize(
    ("counts", "horizon", "state"),
    [
        ({45: 14}, 59, 1),
        ({45: 13}, 59, 0),
        ({44: 14, 45: 13}, 59, 0),
        ({44: 14}, 58, 1),
        (dict.fromkeys(range(45, 59), 1), 59, 1),
        ({}, 7, 0),
        ({0: 7}, 7, 1),
        ({0: 6}, 7, 0),
    ],
)
def test_de_escalation_is_less_than_an_act_a_day(counts, horizon, state):
    """Fourteen days before the horizon, or all days of a shorter run."""
    outcomes = outcomes_with(horizons=(horizon,))
    for day in range(horizon):
        outcomes.follow_day(day, totals_with(HOS_STA=counts), front_in())
    assert outcomes.state_at[horizon].tolist() == [state]


def test_outcomes_are_columns():
    questions = (Question("Q1", "?", "war"), Question("Q8", "?", "ceasefire"))
    outcomes = outcomes_with(questions, horizons=(2,), n=4)
    for day in range(2):
        outcomes.follow_day(day, totals_with(n=4), front_in(n=4))
    columns = outcomes.columns()
    assert list(columns) == ["war_day", "Q1_day", "Q8_at_2", "state_at_2"]
    assert all(values.shape == (4,) for values in columns.values())


def test_a_war_is_decided_by_a_party_or_reached_by_the_counts():
    questions = tuple(Question(kind, "?", kind) for kind in ("war", "war_decided", "war_counted"))
    outcomes, front = outcomes_with(questions, n=3), front_in(n=3)
    front.begin_campaign(np.array([True, False, False]), 1)
    front.begin_campaign(np.array([False, True, False]), -1)
    outcomes.follow_day(4, totals_with(n=3), front)
    assert outcomes.first_day["war"].tolist() == [5.0, 5.0, np.inf]
    assert outcomes.first_day["war_decided"].tolist() == [5.0, np.inf, np.inf]
    assert outcomes.first_day["war_counted"].tolist() == [np.inf, 5.0, np.inf]
