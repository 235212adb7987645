"""The worlds that tests share are asymmetric: whoever takes one party, dyad, side or rung for another finds out."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from worlds import FAR_QUESTIONS, QUESTIONS, far_parameters, far_theatre, full_ladder

from sim.core.parameters import parameters_of

THEATRE = far_theatre()
PARAMETERS = far_parameters(np.arange(3))
OWNERS = {
    "parties": [PARAMETERS.parties[party.id] for party in THEATRE.parties],
    "dyads": [PARAMETERS.dyads[dyad.id] for dyad in THEATRE.dyads],
    "entries": list(PARAMETERS.entries.values()),
    "alliances": list(PARAMETERS.alliances.values()),
    "rungs": list(full_ladder().rungs),
}


def shared(owners: list[Any], name: str) -> list[Any]:
    """Return the values of a parameter that two owners share, zeros apart."""
    values = [np.broadcast_to(getattr(owner, name), (3,)) for owner in owners]
    return [left for left, right in combinations(values, 2) if np.any((left == right) & (left != 0))]


@pytest.mark.parametrize("kind", OWNERS)
def test_no_two_share_the_value_of_any_parameter(kind):
    owners = OWNERS[kind]
    assert {name: found for name in parameters_of(type(owners[0])) if (found := shared(owners, name))} == {}


def test_both_sides_have_several_members_and_differ_in_everything_that_is_counted():
    profiles = {party.id: party for party in THEATRE.parties}
    sides = THEATRE.front.sides
    assert [len(side) for side in sides] == [2, 2]
    for side in sides:
        assert {profiles[party].counts_launches for party in side} == {True, False}
    assert (THEATRE.side == 0).sum() != (THEATRE.side == 1).sum() > 0
    hidden = [dyad for dyad in THEATRE.dyads if dyad.spill_to]
    assert {THEATRE.front.side_of(dyad.sender) for dyad in hidden} == {0, 1}, "fire is hidden behind others both ways"
    assert (THEATRE.answers < 0).any(), "somebody cannot answer"


def test_no_two_questions_ask_the_same():
    asked = [(one.kind, one.location, one.sender, one.target) for one in (*QUESTIONS, *FAR_QUESTIONS)]
    assert len(set(asked)) == len(asked)
    thresholds = [one.threshold for one in QUESTIONS if one.location]
    assert len(set(thresholds)) == len(thresholds) > 3
