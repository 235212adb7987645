"""The ladder: levels without a gap, and the rung on which an act is reported."""

from __future__ import annotations

import numpy as np
import pytest
from ladder_by_hand import classify
from worlds import full_ladder

from sim.core.errors import InputError
from sim.engine.theatre import Ladder, Rung


@pytest.mark.parametrize("levels", [[0], [0, 2], [1, 2], [1, 0], []])
def test_levels_run_without_a_gap(levels):
    with pytest.raises(InputError, match=r"ladder: level: levels must run 0, 1, 2, \.\.\. without a gap, not \["):
        Ladder([Rung(level, "x") for level in levels])


def test_marks_of_the_rungs_are_arrays():
    ladder = full_ladder()
    assert ladder.top == 6
    assert ladder.name(4) == "town"
    assert ladder.harm.tolist() == [0.0, 0.1, 0.3, 0.8, 1.5, 3.0, 8.0]
    assert ladder.lethality[6] == 0.75


@pytest.mark.parametrize(
    ("launched", "killed", "civilians", "leader", "reported"),
    [
        (1, 0, 0, 0, 1),
        (2, 2, 0, 0, 2),
        (2, 3, 0, 0, 3),
        (1, 4, 0, 0, 3),
        (1, 1, 1, 0, 4),
        (1, 4, 3, 0, 4),
        (1, 4, 4, 0, 5),
        (4, 5, 0, 0, 5),
        (1, 5, 5, 0, 5),
        (2, 11, 8, 0, 5),
        (2, 11, 9, 0, 6),
        (2, 12, 0, 0, 6),
        (2, 12, 12, 0, 6),
        (5, 1, 0, 1, 6),
        (6, 0, 0, 0, 6),
        (4, 1, 0, 0, 4),
        (0, 0, 0, 0, 0),
    ],
)
def test_an_act_is_reported_on_the_highest_rung_that_it_meets(launched, killed, civilians, leader, reported):
    """Exact at the boundaries of the criteria, by killed, civilians and leaders."""
    marks = (np.array([value]) for value in (launched, killed, civilians, leader))
    assert classify(full_ladder(), *marks).tolist() == [reported]


def test_a_rung_without_criteria_lifts_nothing():
    ladder = Ladder([Rung(0, "lull"), Rung(1, "fire"), Rung(2, "more")])
    many = np.array([300])
    assert classify(ladder, np.array([1]), many, many, np.array([1])).tolist() == [1]
