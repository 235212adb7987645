"""Splitting of a scenario: neither the size of a piece nor the number of parts moves a number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import BASE, FACTOR, write_scenario

import sim.sweeps.rare_events.estimate
from sim.core.errors import InputError
from sim.core.random_streams import NEVER, Branches, word_of
from sim.scenario.scenario import Scenario
from sim.sweeps.rare_events.estimate import EnsembleProcess, rare_odds, validate_request
from sim.sweeps.rare_events.level_function import levels_of
from sim.sweeps.rare_events.splitting import Effort, split


@pytest.mark.parametrize("size", [1, 2, 3, 257])
def test_the_size_of_a_piece_moves_no_level(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scenario = Scenario.load(write_scenario(tmp_path))
    question = next(one for one in scenario.questions if one.id == "Q1")
    process = EnsembleProcess(scenario, 0, question, 3, seed=1)
    roots = np.array([4, 4, 0, 9, 4, 2])
    steps = np.array([[1], [2], [NEVER], [NEVER], [NEVER], [1]])
    branches = Branches(steps, np.arange(6)[:, None])
    whole = process.levels(roots, branches)
    monkeypatch.setattr(sim.sweeps.rare_events.estimate, "_PIECE", size)
    assert np.array_equal(process.levels(roots, branches), whole)
    assert whole.shape == (3, 6)
    assert not np.array_equal(whole[:, 0], whole[:, 4]), "a branch has its own luck"
    assert np.array_equal(whole[0, [0, 1]], whole[0, [4, 4]]), "and shares the past"


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario.load(write_scenario(tmp_path, (BASE + FACTOR).replace("step_days = 1.0", "step_days = 0.5")))


def test_levels_are_those_of_the_ensemble_whose_branches_stand_at_the_steps_of_their_days(scenario: Scenario):
    question = next(one for one in scenario.questions if one.id == "Q5")
    process = EnsembleProcess(scenario, 1, question, 4, seed=3)
    assert process.seed == word_of("splitting", 3, "Q5", 4)
    roots, serials = np.array([7, 2, 2, 9]), np.array([[11, 12], [0, 0], [13, 0], [14, 0]])
    days = np.array([[1, 3], [NEVER, NEVER], [4, NEVER], [9, NEVER]])
    # Two steps a day; what branches after the end branches at the end.
    steps = np.array([[2, 6], [NEVER, NEVER], [8, NEVER], [8, NEVER]])
    at = scenario.points()[1]
    branches = Branches(steps, serials)
    one = scenario.ensemble(at, roots, process.seed, horizon_days=4, branches=branches).conflict
    assert np.array_equal(process.levels(roots, Branches(days, serials)), levels_of(one, question))
    assert process.failed == one.failed.sum() == 0
    assert one.timeline.horizon_days == 4


def test_odds_are_those_of_each_outcome_alone_in_however_many_parts(scenario: Scenario):
    outcomes, effort = [("Q5", 3), ("Q1", 4)], Effort(8, 5)
    whole, parted = (rare_odds(scenario, 1, outcomes, seed=3, effort=effort, jobs=jobs) for jobs in (1, 3))
    for (name, days), one, other in zip(outcomes, whole, parted, strict=True):
        question = next(candidate for candidate in scenario.questions if candidate.id == name)
        alone = split(EnsembleProcess(scenario, 1, question, days, 3), np.arange(5), effort)
        assert (one.question, one.horizon_days) == (name, days) == (other.question, other.horizon_days)
        assert one.split.estimates.tolist() == other.split.estimates.tolist() == alone.estimates.tolist()
        assert one.split.histories.tolist() == other.split.histories.tolist() == alone.histories.tolist()
    assert whole[0].split.estimates.tolist() != whole[1].split.estimates.tolist()


def test_what_splitting_cannot_do_is_refused_all_at_once(scenario: Scenario):
    with pytest.raises(InputError) as caught:
        rare_odds(scenario, 0, [("Q8", 0), ("Q9", 9)], seed=1, effort=Effort(12, 1))
    assert [problem.key for problem in caught.value.problems] == [
        *("--rare", "--horizon", "--rare", "--horizon", "--histories", "--repetitions")
    ]
    for days, effort in ((8, Effort(8, 2)), (1, Effort(16, 2))):
        validate_request(scenario, [("Q1", days)], effort)
    for histories in (0, 7, 4):
        with pytest.raises(InputError, match=f"{histories} is refused; it must be a multiple of 8"):
            validate_request(scenario, [("Q1", 8)], Effort(histories, 2))
