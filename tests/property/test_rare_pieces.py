"""Splitting runs its histories in pieces that memory holds: the size of a piece moves no level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import write_scenario

import sim.rare_events.estimate
from sim.core.random_streams import NEVER, Branches
from sim.rare_events.estimate import EnsembleProcess
from sim.scenario.scenario import Scenario


@pytest.mark.parametrize("size", [1, 2, 3, 257])
def test_the_size_of_a_piece_moves_no_level(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scenario = Scenario.load(write_scenario(tmp_path))
    question = next(one for one in scenario.questions if one.id == "Q1")
    process = EnsembleProcess(scenario, 0, question, 3, seed=1)
    roots = np.array([4, 4, 0, 9, 4, 2])
    steps = np.array([[1], [2], [NEVER], [NEVER], [NEVER], [1]])
    branches = Branches(steps, np.arange(6)[:, None])
    whole = process.levels(roots, branches)
    monkeypatch.setattr(sim.rare_events.estimate, "BLOCK_SIZE", size)
    assert np.array_equal(process.levels(roots, branches), whole)
    assert whole.shape == (3, 6)
    assert not np.array_equal(whole[:, 0], whole[:, 4]), "a branch has its own luck"
    assert np.array_equal(whole[0, [0, 1]], whole[0, [4, 4]]), "and shares the past"
