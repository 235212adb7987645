"""The error family: messages name the place, all problems come at once."""

from __future__ import annotations

import pickle

import pytest

from sim.core.errors import (
    InputError,
    OutputError,
    PolicyError,
    Problem,
    Problems,
    SimError,
    SupercriticalError,
    nearest,
)


@pytest.mark.parametrize("error", [InputError, OutputError, PolicyError, SupercriticalError])
def test_errors_of_the_user_end_with_status_two(error):
    assert issubclass(error, SimError)
    assert error.exit_status == 2


def test_a_problem_names_file_and_key():
    assert str(Problem("a.toml", "party.X", "unknown")) == "a.toml: party.X: unknown"
    assert str(Problem("a.toml", "", "missing")) == "a.toml: missing"


def test_problems_are_reported_together():
    problems = Problems("a.toml")
    problems.raise_if_any()
    problems.add("one", "first")
    with problems.collect():
        raise InputError.single("b.csv", "row 2", "second")
    with pytest.raises(InputError) as caught:
        problems.raise_if_any()
    assert str(caught.value) == "a.toml: one: first\nb.csv: row 2: second"
    assert len(caught.value.problems) == 2


def test_collecting_lets_other_errors_through():
    with pytest.raises(KeyError), Problems("a.toml").collect():
        raise KeyError("x")


def test_input_errors_cross_from_the_worker():
    error = pickle.loads(pickle.dumps(InputError([Problem("a.toml", "key", "is wrong"), Problem("b.toml", "", "too")])))
    assert error.problems == (Problem("a.toml", "key", "is wrong"), Problem("b.toml", "", "too"))


def test_the_nearest_name_is_offered():
    assert nearest("clim", ["climb", "share"]) == 'did you mean "climb"?'
    assert nearest("zzz", ["climb", "share"]) == "valid: climb, share"
    assert nearest("zzz", [f"n{place:02}" for place in range(25)]).endswith("n22, n23 and 1 more")
    assert nearest("zzz", []) == "nothing is valid here"
