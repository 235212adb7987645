"""How near a history is to an outcome: what holds for every kind of question."""

import numpy as np

from sim.engine.outcomes import Question
from sim.rare_events.level_function import _Guess


def test_a_kind_without_a_guess_of_its_own_has_a_constant_one():
    guess = _Guess.__new__(_Guess)
    assert np.array_equal(guess.odds(Question("q", "?", "a kind that nobody foretells")), np.ones(1))
