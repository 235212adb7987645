"""``sim run --at``: the address that a sweep names is the replicate that one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Command
from tiny import write_scenario


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


def test_an_address_is_point_replicate_and_seed(sim: Command, scenario: Path):
    told = sim("run", scenario, "--at", "1/29/5")
    assert told.status == 0
    assert "replicate 29, seed 5" in told.out
    assert told == sim("run", scenario, "--point", "1", "--replicate", "29", "--seed", "5")
    assert told == sim("run", scenario, "--at", "1/29", "--seed", "5")
    assert "seed 7" in sim("run", scenario, "--at", "0/2").out, "the seed of the scenario"


@pytest.mark.parametrize("address", ["3", "1/x", "1/2/3/4", "-1/2", "", "1/²"])
def test_a_wrong_address_is_one_sentence(address: str, sim: Command, scenario: Path):
    done = sim("run", scenario, f"--at={address}")
    assert done.status == 2
    assert "--at: must be POINT/REPLICATE or POINT/REPLICATE/SEED" in done.err


def test_an_address_that_does_not_exist_is_refused(sim: Command, scenario: Path):
    assert "--point: 2 does not exist" in sim("run", scenario, "--at", "2/0").err
    assert "--seed: 4 contradicts --at, which names seed 5" in sim("run", scenario, "--at", "0/1/5", "--seed", "4").err
