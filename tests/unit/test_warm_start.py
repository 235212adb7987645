"""The record before the start: what is itemised by step, and the routine that no record itemises."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import far_theatre, four_parties, four_party_world

from sim.engine.acts import GivenAct, build_record, group_by_step

THEATRE = four_parties()
ROW = THEATRE.dyad_index
STATIONARY = np.array([[3.0, 0.2]] * len(THEATRE.dyads))


@pytest.mark.parametrize(
    ("day", "step_days", "step"), [(0.0, 0.25, 0), (1.9, 1.0, 1), (-0.1, 0.25, -1), (-1.0, 0.25, -4), (-1.01, 0.25, -5)]
)
def test_an_act_falls_into_the_step_that_holds_its_day(day, step_days, step):
    act = GivenAct(day, "STA", "HOS", 1)
    assert group_by_step([act], step_days) == {step: (act,)}


def test_acts_of_one_step_stand_in_their_order():
    acts = [GivenAct(1.0, "STA", "HOS", rung) for rung in (3, 1, 2)]
    assert group_by_step(acts, 0.5)[2] == tuple(acts)


def test_routine_is_the_stationary_rate_less_what_is_itemised():
    """Ten acts in ten days are one a day."""
    acts = tuple(GivenAct(-10.0 + day, "STA", "HOS", 2) for day in range(10))
    record = build_record(THEATRE, acts, STATIONARY, 0.5)
    assert record.unitemised[ROW["STA-HOS"]] == pytest.approx([2.0, 0.0]), "never below nothing"
    assert record.unitemised[ROW["HOS-STA"]] == pytest.approx([3.0, 0.2])
    assert record.received[ROW["HOS-STA"]] == pytest.approx([2.0, 0.0]), "what the host received, it would answer"
    assert record.received[ROW["STA-HOS"]] == pytest.approx([3.0, 0.2])


def test_a_record_is_replayed_step_by_step_up_to_the_start():
    acts = (GivenAct(-2.0, "STA", "HOS", 2), GivenAct(-0.6, "HOS", "STA", 3))
    steps = list(build_record(THEATRE, acts, STATIONARY, 0.5))
    assert [step for step, _ in steps] == [-4, -3, -2, -1]
    assert [given for _, given in steps] == [(acts[0],), (), (acts[1],), ()]


def test_without_a_record_nothing_is_replayed():
    record = build_record(THEATRE, (), STATIONARY, 0.25)
    assert list(record) == []
    assert not record.unitemised.any()


def test_nobody_receives_the_routine_of_a_dyad_that_has_no_answer():
    theatre = far_theatre()
    stationary = np.ones((len(theatre.dyads), 1))
    record = build_record(theatre, (GivenAct(-1.0, "STA", "HOS", 1),), stationary, 1.0)
    unanswered = theatre.answers < 0
    assert unanswered.any()
    assert not record.received[unanswered].any()


def test_the_replayed_record_applies_red_lines():
    """Three civilians cross the host's line: the pool of its reactions fills at the rung of the line."""
    world = four_party_world(20, history=(GivenAct(-0.1, "STA", "HOS", 2, killed=3, civilians=3),))
    below = four_party_world(20, history=(GivenAct(-0.1, "STA", "HOS", 2, killed=3, civilians=2),))
    row = ROW["HOS-STA"]
    lifted = (world.histories.states["due"] - below.histories.states["due"])[:, 1:7, row].T
    assert np.all(lifted[4] > 0), "rung 5, that of the line"
    assert np.all(lifted[1] < 0), "instead of rung 2"
    assert np.all(lifted[[0, 2, 3, 5]] == 0)
