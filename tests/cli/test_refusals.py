"""Wishes that cannot be met: one sentence before any work is done, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Command, Done
from tiny import write_scenario


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


def refused(done: Done, *words: str) -> None:
    """One sentence with all words, nothing on the output, exit status 2."""
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1, done.err
    missing = [word for word in words if word not in done.err]
    assert not missing, f"{missing} not in: {done.err}"


def test_more_replicates_than_there_are_numbers_for_are_refused_before_they_are_planned(sim: Command, scenario: Path):
    done = sim("sweep", scenario, "--replicates", "99999999999999", "--plan")
    refused(done, "--replicates: 99999999999999 is out of bounds; it must be at most 1,000,000,000")


@pytest.mark.parametrize("digits", [23, 400, 5000])
def test_a_number_of_any_length_in_a_scenario_is_refused(digits: int, sim: Command, scenario: Path):
    scenario.write_text(scenario.read_text().replace("seed = 7", f"seed = {'9' * digits}"))
    refused(sim("scenario", "check", scenario), str(scenario), "out of bounds" if digits < 5000 else "not valid TOML")
