"""Definitions and questions judged from hand-made daily totals, exact at their boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import far_theatre, hand_made

from sim.engine.outcomes import QUESTION_KINDS, STATES, Definitions, Judge, Question

THEATRE = far_theatre()
DAYS = 60
NEVER = np.inf


def judged(*rows, questions=(), horizons=(), n=1, days=DAYS, milestones=None, **definitions):
    """Return the judge of hand-made totals; nothing was decided unless the milestones say so."""
    noted = {"campaign_day": NEVER, "ground_day": NEVER, "ceasefire_day": NEVER} | (milestones or {})
    found = {name: np.broadcast_to(np.asarray(value, dtype=float), (n,)) for name, value in noted.items()}
    return Judge(THEATRE, Definitions(**definitions), hand_made(THEATRE, days, n, *rows), found)


def on(dyad, days, **counts):
    """Return the same counts on some days, numbered from 1."""
    return [{"dyad": dyad, "day": day, **counts} for day in days]


def first_day(question: Question, *rows, **others) -> float:
    return judged(*rows, **others).columns((question,), ())[f"{question.id}_day"][0]


# --- What counts as a campaign or a war


@pytest.mark.parametrize("name", ["acts", "launches"])
@pytest.mark.parametrize(
    ("days", "count", "expected"),
    [
        ((1, 4, 7), 100, 7.0),
        ((1, 4, 7), 99, NEVER),
        ((1, 4, 8), 100, NEVER),
        ((2, 4, 8), 100, 8.0),
        ((1, 7), 100, NEVER),
        ((1, 2, 3), 100, 3.0),
        ((58, 59, 60), 100, 60.0),
    ],
)
def test_three_busy_days_in_a_week_are_a_campaign(name, days, count, expected):
    assert judged(*on("HOS-STA", days, **{name: count})).war_day[0] == expected


def test_dyads_and_rungs_of_one_side_add_up_and_sides_do_not():
    days = (1, 2, 3)
    together = [*on("HOS-STA", days, acts=60), *on("FAC-STA", days, acts=20, rung=1), *on("FAC-STA", days, acts=20)]
    assert judged(*together).war_day[0] == 3.0
    apart = [*on("HOS-STA", days, acts=60), *on("STA-HOS", days, acts=60)]
    assert judged(*apart).war_day[0] == NEVER


def test_busy_days_of_two_sides_are_not_mixed():
    assert judged(*on("HOS-STA", (1, 2), acts=100), *on("STA-HOS", (3,), acts=100)).war_day[0] == NEVER


def test_acts_and_launches_both_make_a_busy_day():
    assert judged(*on("HOS-STA", (1, 2), acts=100), *on("HOS-STA", (3,), launches=100)).war_day[0] == 3.0


def test_claims_make_no_busy_day():
    assert judged(*on("HOS-STA", (1, 2, 3), acts=1, claimed=500)).war_day[0] == NEVER


def test_fire_beside_the_front_makes_no_campaign():
    rows = on("FAR-STA", range(1, 30), acts=900, launches=900, killed=900)
    assert judged(*rows).war_day[0] == NEVER


@pytest.mark.parametrize(
    ("days", "count", "expected"),
    [((1, 7), 50, 7.0), ((1, 7), 49, NEVER), ((1, 8), 50, NEVER), ((4,), 500, NEVER)],
)
def test_two_deadly_days_in_a_week_are_a_campaign(days, count, expected):
    assert judged(*on("HOS-STA", days, acts=1, killed=count)).war_day[0] == expected


def test_the_killed_of_both_sides_add_up():
    assert judged(*on("HOS-STA", (1, 2), killed=25), *on("STA-HOS", (1, 2), killed=25)).war_day[0] == 2.0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [({1: 500, 30: 500}, 30.0), ({1: 500, 31: 500}, NEVER), ({1: 499, 30: 500}, NEVER), ({9: 1000}, 9.0)],
)
def test_a_thousand_killed_in_a_month_are_a_war(counts, expected):
    rows = [{"dyad": "STA-HOS", "day": day, "killed": killed} for day, killed in counts.items()]
    assert judged(*rows, campaign_killed=1e6).war_day[0] == expected


def test_a_definition_is_an_input_and_may_differ_by_replicate():
    rows = on("HOS-STA", (1, 2, 3), acts=50)
    assert judged(*rows, n=2, campaign_acts=np.array([50.0, 51.0])).war_day.tolist() == [3.0, NEVER]
    assert judged(*on("HOS-STA", (1,), acts=50), campaign_acts=50.0, campaign_days=1.0).war_day[0] == 1.0
    late = on("HOS-STA", (4,), acts=50)
    assert judged(*late, campaign_acts=50.0, campaign_days=1.0).war_day[0] == 4.0
    assert judged(*rows, campaign_acts=1e6, campaign_launches=1e6).war_day[0] == NEVER
    assert judged(*on("HOS-STA", (5, 6), killed=30), campaign_killed=30.0).war_day[0] == 6.0
    assert judged(*on("HOS-STA", (5,), killed=30), war_killed=30.0).war_day[0] == 5.0
    assert judged(*on("HOS-STA", (5,), killed=50), campaign_killed_days=1.0).war_day[0] == 5.0


def test_a_war_is_decided_by_a_party_or_reached_by_the_counts():
    """Decided first, counted first, both on one day, neither."""
    questions = tuple(Question(kind, "?", kind) for kind in ("war", "war_decided", "war_counted"))
    rows = [row | {"lane": lane} for lane in (0, 1, 2) for row in on("HOS-STA", (4, 5, 6), acts=100)]
    columns = judged(*rows, n=4, milestones={"campaign_day": [2.25, 9.0, 6.0, NEVER]}).columns(questions, ())
    assert columns["war_day"].tolist() == [2.25, 6.0, 6.0, NEVER]
    assert columns["war_decided_day"].tolist() == [2.25, NEVER, 6.0, NEVER]
    assert columns["war_counted_day"].tolist() == [NEVER, 6.0, NEVER, NEVER]


# --- Questions


def test_every_kind_of_question_is_known():
    assert Question("q", "?", "ceasefire").is_state
    assert not any(Question("q", "?", kind).is_state for kind in QUESTION_KINDS if kind != "ceasefire")


@pytest.mark.parametrize(
    ("already", "threshold", "expected"), [(0, 30, 12.0), (0, 31, NEVER), (5, 31, 12.0), (20, 30, 5.0), (30, 30, 1.0)]
)
def test_killed_since_the_start(already, threshold, expected):
    """Ten killed on day 5 and twenty on day 12: the answer is the day on which the sum is reached."""
    question = Question("q", "?", "killed_since_start", "north", threshold, already=already)
    rows = [
        *on("STA-HOS", (5,), killed=4),
        *on("STA-FAC", (5,), killed=6),
        *on("STA-HOS", (12,), killed=20, rung=5),
        *on("HOS-STA", (1,), killed=1000),
    ]
    assert first_day(question, *rows) == expected


@pytest.mark.parametrize(
    ("window", "threshold", "expected"),
    [(10, 30, NEVER), (11, 30, 15.0), (10, 20, 15.0), (10, 10, 5.0), (1, 20, 15.0)],
)
def test_killed_within_a_window(window, threshold, expected):
    question = Question("q", "?", "killed_within", "north", threshold, window_days=window)
    assert first_day(question, *on("STA-HOS", (5,), killed=10), *on("STA-HOS", (15,), killed=20)) == expected


def test_killed_are_counted_where_they_are_hit():
    question = Question("q", "?", "killed_since_start", "south", 5)
    rows = [*on("STA-HOS", (1,), killed=99), *on("HOS-STA", (4,), killed=2), *on("FAR-STA", (4,), killed=3)]
    assert first_day(question, *rows) == 4.0


@pytest.mark.parametrize(("rung", "expected"), [(1, 2.0), (3, 7.0), (4, 7.0), (5, NEVER)])
def test_an_attack_is_the_first_act_of_a_dyad_on_a_rung(rung, expected):
    rows = [
        *on("FAR-STA", (2,), acts=1, rung=2),
        *on("FAR-STA", (7, 9), acts=1, rung=4),
        *on("STA-FAR", (1,), acts=5, rung=6),
    ]
    assert first_day(Question("q", "?", "attack", sender="FAR", target="STA", rung=rung), *rows) == expected


def test_an_answer_counts_from_the_day_of_the_attack():
    questions = (
        Question("first", "?", "attack", sender="FAR", target="STA"),
        Question("answer", "?", "attack", sender="STA", target="FAR", after="first"),
        Question("war", "?", "war"),
        Question("after_war", "?", "attack", sender="STA", target="FAR", after="war"),
    )
    rows = [
        *on("STA-FAR", (3, 8, 20), acts=1),
        {"dyad": "FAR-STA", "day": 8, "acts": 1, "lane": 0},
        {"dyad": "FAR-STA", "day": 9, "acts": 1, "lane": 1},
        {"dyad": "FAR-STA", "day": 21, "acts": 1, "lane": 2},
    ]
    columns = judged(*rows, n=4, milestones={"campaign_day": [7.25, 8.5, NEVER, NEVER]}).columns(questions, ())
    assert columns["first_day"].tolist() == [8.0, 9.0, 21.0, NEVER]
    assert columns["answer_day"].tolist() == [8.0, 20.0, NEVER, NEVER]
    assert columns["after_war_day"].tolist() == [8.0, 20.0, NEVER, NEVER]


@pytest.mark.parametrize(
    ("question", "milestone"),
    [
        (Question("q", "?", "ground_operation"), "ground_day"),
        (Question("q", "?", "driver_truce", threshold=1.0), "truce_day_q"),
        (Question("q", "?", "joined", sender="FAR"), "joined_FAR_day"),
    ],
)
def test_what_totals_cannot_tell_is_read_from_the_milestones(question, milestone):
    columns = judged(n=3, milestones={milestone: [0.5, 40.0, NEVER]}).columns((question,), ())
    assert columns["q_day"].tolist() == [0.5, 40.0, NEVER]


def test_a_ceasefire_is_a_state_at_the_horizon():
    judge = judged(n=2, milestones={"ceasefire_at_1": [0, 0], "ceasefire_at_3": [1, 0]})
    columns = judge.columns((Question("q", "?", "ceasefire"),), (1, 3))
    assert columns["q_at_1"].tolist() == [False, False]
    assert columns["q_at_3"].tolist() == [True, False]
    assert "q_day" not in columns


# --- Active fronts and wider wars


@pytest.mark.parametrize(
    ("counts", "rung", "active"),
    [
        ({3: 5}, 4, range(3, 17)),
        ({3: 4}, 4, range(0)),
        ({3: 4, 16: 1}, 4, (16,)),
        ({3: 4, 17: 1}, 4, range(0)),
        ({3: 5}, 3, range(0)),
        ({3: 1}, 6, range(3, 17)),
        ({3: 4}, 5, range(0)),
    ],
)
def test_a_front_is_active_by_five_grave_acts_or_one_on_the_top_rung_in_fourteen_days(counts, rung, active):
    rows = [{"dyad": "FAR-STA", "day": day, "acts": number, "rung": rung} for day, number in counts.items()]
    found = judged(*rows).active_fronts(("FAR", "OTH"), 4.0)
    assert (np.flatnonzero(found[0, :, 0]) + 1).tolist() == list(active)
    assert not found[1].any()


def test_acts_of_a_party_add_up_over_its_targets():
    rows = [*on("FAR-STA", (3,), acts=3, rung=5), *on("FAR-OTH", (4,), acts=2, rung=4)]
    found = judged(*rows).active_fronts(("FAR",), 4.0)
    assert np.flatnonzero(found[0, :, 0])[0] + 1 == 4


FAR = on("FAR-STA", (10,), acts=5, rung=5)
OTHER = on("OTH-STA", (20,), acts=5, rung=5)


@pytest.mark.parametrize(
    ("rows", "war", "ceasefire", "expected"),
    [
        ([*FAR, *OTHER], 5.0, NEVER, 20.0),
        ([*FAR, *OTHER], 33.25, NEVER, 34.0),
        # A front is active for 14 days after its acts, and such a day binds for 30: days 10 to 23, bound to day 52.
        ([*FAR, *OTHER], 52.0, NEVER, 52.0),
        ([*FAR, *OTHER], 53.0, NEVER, NEVER),
        ([*FAR, *OTHER], NEVER, NEVER, NEVER),
        (FAR, 5.0, NEVER, NEVER),
        ([*FAR, *on("OTH-STA", (20,), acts=4, rung=5)], 5.0, NEVER, NEVER),
        ([*FAR, *on("OTH-STA", (20,), acts=9, rung=4)], 5.0, NEVER, NEVER),
        ([*FAR, *on("OTH-STA", (20,), acts=1, rung=6)], 5.0, NEVER, 20.0),
        # A war that ended binds for 30 days more.
        ([*FAR, *on("OTH-STA", (39,), acts=5, rung=5)], 5.0, 9.5, 39.0),
        ([*FAR, *on("OTH-STA", (40,), acts=5, rung=5)], 5.0, 9.5, NEVER),
    ],
)
def test_a_regional_war_is_two_further_fronts_beside_a_war(rows, war, ceasefire, expected):
    judge = judged(*rows, milestones={"campaign_day": war, "ceasefire_day": ceasefire})
    assert judge.regional_day[0] == expected


def test_a_war_by_the_counts_binds_fronts_too():
    rows = [*FAR, *OTHER, *on("HOS-STA", (1, 2, 3), acts=100)]
    assert judged(*rows).regional_day[0] == 20.0


@pytest.mark.parametrize(
    ("there", "back", "war", "expected"),
    [
        (10, 12, 5.0, 12.0),
        (12, 10, 5.0, 12.0),
        (10, 23, 5.0, 23.0),
        (10, 24, 5.0, NEVER),
        (10, 12, 15.5, 16.0),
        (10, 12, 23.0, 23.0),
        (10, 12, 24.0, NEVER),
    ],
)
def test_a_direct_exchange_beside_a_decided_campaign_is_a_regional_war(there, back, war, expected):
    """Both ways within 14 days: an act on day 10 is lately until day 23."""
    rows = [*on("FAR-STA", (there,), acts=1, rung=1), *on("STA-FAR", (back,), acts=1, rung=1)]
    assert judged(*rows, milestones={"campaign_day": war}).regional_day[0] == expected


def test_an_exchange_beside_a_war_that_nobody_decided_is_none():
    rows = [*on("HOS-STA", (1, 2, 3), acts=100), *on("FAR-STA", (9,), acts=1), *on("STA-FAR", (9,), acts=1)]
    judge = judged(*rows)
    assert judge.war_day[0] == 3.0
    assert judge.regional_day[0] == NEVER


REGIONAL = [*on("FAR-STA", (10,), acts=1, rung=6), *on("STA-FAR", (10,), acts=1, rung=1)]


@pytest.mark.parametrize(
    ("rung", "days", "expected"),
    [
        (6, (20, 25), 25.0),
        (5, (20, 25), NEVER),
        (6, (20, 34), NEVER),
        # An exchange before the regional war counts while it lies within 30 days.
        (6, (4, 5), 10.0),
    ],
)
def test_an_exchange_near_the_top_makes_a_regional_war_general(rung, days, expected):
    rows = [
        *REGIONAL,
        *on("FAR-OTH", (days[0],), acts=1, rung=rung),
        *on("OTH-FAR", (days[1],), acts=1, rung=rung),
    ]
    judge = judged(*rows, milestones={"campaign_day": 2.0}, regional_parties=3.0)
    assert judge.regional_day[0] == 10.0
    assert judge.general_day[0] == expected


def test_without_a_regional_war_none_is_general():
    rows = [*on("FAR-OTH", (20,), acts=1, rung=6), *on("OTH-FAR", (21,), acts=1, rung=6)]
    assert judged(*rows, milestones={"campaign_day": 2.0}, regional_parties=3.0).general_day[0] == NEVER
    assert judged(*rows, milestones={"campaign_day": 2.0}).general_day[0] == 21.0, "both fronts are active"


@pytest.mark.parametrize(
    ("definition", "before", "after"),
    [
        ({"front_acts": 6.0}, 20.0, NEVER),
        ({"front_days": 1.0}, 20.0, 20.0),
        ({"front_top_rung": 5.0, "front_acts": 100.0}, 20.0, 20.0),
        ({"regional_parties": 3.0}, 20.0, NEVER),
        ({"regional_parties": 1.0}, 20.0, 10.0),
        ({"regional_rung": 6.0}, 20.0, NEVER),
        ({"regional_days": 1.0, "front_days": 10.0}, 20.0, NEVER),
        ({"regional_days": 1.0, "front_days": 11.0}, 20.0, 20.0),
    ],
)
def test_definitions_of_a_regional_war_are_inputs(definition, before, after):
    noted = {"campaign_day": 5.0}
    assert judged(*FAR, *OTHER, milestones=noted).regional_day[0] == before
    assert judged(*FAR, *OTHER, milestones=noted, **definition).regional_day[0] == after


@pytest.mark.parametrize(("days", "expected"), [(13.0, 23.0), (14.0, 23.0), (13.99, 23.0), (12.0, NEVER)])
def test_the_days_of_an_exchange_are_an_input(days, expected):
    rows = [*on("FAR-STA", (11,), acts=1), *on("STA-FAR", (23,), acts=1)]
    assert judged(*rows, milestones={"campaign_day": 2.0}, exchange_days=days).regional_day[0] == expected


def test_the_rung_of_a_general_war_is_an_input():
    rows = [*REGIONAL, *on("FAR-OTH", (20,), acts=1, rung=5), *on("OTH-FAR", (25,), acts=1, rung=5)]
    assert judged(*rows, milestones={"campaign_day": 2.0}, general_rung=5.0).general_day[0] == 25.0


# --- States


def test_a_state_is_the_highest_that_was_reached():
    rows = [
        {"dyad": "STA-HOS", "day": 40, "acts": 14},
        *(row | {"lane": lane} for lane in (2, 3) for row in REGIONAL),
        *(row | {"lane": 3} for row in on("FAR-OTH", (20,), acts=1, rung=6)),
        *(row | {"lane": 3} for row in on("OTH-FAR", (25,), acts=1, rung=6)),
    ]
    judge = judged(*rows, n=5, milestones={"campaign_day": [NEVER, 30.25, 2.0, 2.0, 40.0]})
    columns = judge.columns((), (5, 30, 31, 40))
    assert columns["state_at_5"].tolist() == [0, 0, 2, 2, 0]
    assert columns["state_at_30"].tolist() == [0, 0, 3, 4, 0], "a war that begins after the horizon does not count"
    assert columns["state_at_31"].tolist() == [0, 2, 3, 4, 0]
    assert columns["state_at_40"].tolist() == [1, 2, 3, 4, 2], "one that begins on it does"
    assert len(STATES) == 5


@pytest.mark.parametrize(
    ("counts", "horizon", "state"),
    [
        ({46: 14}, 59, 1),
        ({46: 13}, 59, 0),
        ({45: 14, 46: 13}, 59, 0),
        ({45: 14}, 58, 1),
        (dict.fromkeys(range(46, 60), 1), 59, 1),
        ({}, 7, 0),
        ({1: 7}, 7, 1),
        ({1: 6}, 7, 0),
    ],
)
def test_de_escalation_is_less_than_an_act_a_day(counts, horizon, state):
    """Fourteen days before the horizon, or all days of a shorter run."""
    rows = [{"dyad": "HOS-STA", "day": day, "acts": number} for day, number in counts.items()]
    assert judged(*rows).columns((), (horizon,))[f"state_at_{horizon}"].tolist() == [state]


def test_what_is_calm_is_an_input():
    rows = on("HOS-STA", (58,), acts=3)
    assert judged(*rows).columns((), (60,))["state_at_60"].tolist() == [0]
    assert judged(*rows, calm_days=3.0).columns((), (60,))["state_at_60"].tolist() == [1]
    assert judged(*rows, calm_acts=0.2).columns((), (60,))["state_at_60"].tolist() == [1]
    assert judged(*rows, calm_days=2.0).columns((), (60,))["state_at_60"].tolist() == [0]


def test_fire_beside_the_front_disturbs_no_calm():
    assert judged(*on("FAR-STA", (50,), acts=500)).columns((), (60,))["state_at_60"].tolist() == [0]


def test_outcomes_are_columns():
    questions = (Question("Q1", "?", "war"), Question("Q8", "?", "ceasefire"))
    columns = judged(n=4, milestones={"ceasefire_at_2": 0}).columns(questions, (2,))
    assert list(columns) == ["war_day", "regional_day", "general_day", "Q1_day", "Q8_at_2", "state_at_2"]
    assert all(values.shape == (4,) for values in columns.values())
