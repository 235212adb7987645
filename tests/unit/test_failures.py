"""A failing block is named by the address of its first failing replicate, and that replicate can be replayed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import BASE, write_scenario

from sim.core.errors import InputError, PolicyError, SimError
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import add_address, find_first_failing
from sim.sweeps.workers import Workers

BLOCK = Block(16, 3, 16)
PATH = Path("my scenarios") / "a.toml"

FAILS_AT_ONE_DRAW = """
import numpy as np
from dataclasses import dataclass
from sim.policies import Policy, Response

@dataclass(frozen=True)
class Rare(Policy):
    def respond(self, view, draw):
        if np.any(draw.uniform("rare") < 0.02):
            raise ArithmeticError("rare")
        return Response(1.0, view.provocation)
"""


def failing(*wrong: int, kind: type[Exception] = PolicyError):
    """Return something that runs replicates and fails at some of them."""

    def runs(replicates: np.ndarray) -> None:
        if set(wrong) & set(replicates.tolist()):
            raise kind("wrong")

    return runs


@given(st.sets(st.integers(100, 611), min_size=1, max_size=5))
def test_halving_finds_the_first_that_fails(wrong: set[int]):
    counted: list[int] = []
    inner = failing(*wrong)

    def runs(replicates: np.ndarray) -> None:
        counted.append(len(replicates))
        inner(replicates)

    assert find_first_failing(PolicyError(""), np.arange(100, 612), runs) == min(wrong)
    assert sum(counted) <= 512, "all halves together are no more work than the whole"


def test_the_message_holds_the_command_that_replays_it():
    error = add_address(PolicyError("it broke"), PATH, BLOCK, 7, failing(20, 25))
    assert isinstance(error, PolicyError)
    assert str(error) == (
        "it broke (point 3, replicate 20, seed 7; `sim run 'my scenarios/a.toml' --at 3/20/7` replays it)"
    )


def test_what_fails_only_together_is_named_by_its_block():
    def together(replicates: np.ndarray) -> None:
        if len(replicates) > 4:
            raise PolicyError("too many")

    error = add_address(PolicyError("too many"), PATH, BLOCK, 7, together)
    assert "in point 3, replicates 16 to 31, seed 7" in str(error)
    assert "--at" not in str(error)


def test_another_error_becomes_a_sentence_and_an_input_error_stays():
    error = add_address(ZeroDivisionError("by zero"), PATH, BLOCK, 7, failing(31, kind=ZeroDivisionError))
    assert type(error) is SimError
    assert str(error).startswith("ZeroDivisionError: by zero (point 3, replicate 31")
    wrong = InputError.single("a.toml", "key", "is wrong")
    assert add_address(wrong, PATH, BLOCK, 7, failing()) is wrong
    assert "not enough memory" in str(add_address(MemoryError(), PATH, BLOCK, 7, failing()))


@pytest.fixture
def rare(tmp_path: Path) -> Scenario:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "rare.py").write_text(FAILS_AT_ONE_DRAW)
    return Scenario.load(write_scenario(tmp_path / "scenarios", BASE.replace('"tit_for_tat"', '"rare.py:Rare"')))


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_workers_name_the_replicate_that_fails_when_it_is_alone(jobs: int, rare: Scenario):
    with pytest.raises(PolicyError, match="rare") as caught, Workers(rare, 3, jobs) as workers:
        list(workers.compute([Block(0, 0, 64), Block(64, 0, 64)]))
    found = re.search(r"--at 0/(\d+)/3`", str(caught.value))
    assert found is not None, caught.value
    alone = rare.ensemble(rare.points()[0], np.array([int(found[1])]), 3)
    with pytest.raises(PolicyError, match="rare"):
        alone.conflict.run()
    alone.conflict.release()
