"""Blocks computed by an executor that somebody gives: the same bytes, and sentences when it does not hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from forks import FORKS
from tiny import write_scenario

from sim.core.errors import SimError
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.parcel import BlockJob
from sim.sweeps.sweep import run_blocks

SIZE = 16


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario.load(write_scenario(tmp_path / "scenarios"))


def swept(scenario: Scenario, out: Path, executor: Executor | None = None) -> Path:
    return run_blocks(scenario, out, replicates=40, seed=3, block_size=SIZE, executor=executor)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Losing(Executor):
    """Computes at once, but loses what a function chooses."""

    def __init__(self, loses: Callable[[int], Exception | None]) -> None:
        self.loses, self.given = loses, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        error = self.loses(self.given)
        self.given += 1
        if error is None:
            future.set_result(fn(*args, **kwargs))
        else:
            future.set_exception(error)
        return future


@pytest.mark.slow
def test_threads_and_other_processes_write_the_same_bytes(scenario: Scenario, tmp_path: Path):
    alone = files(swept(scenario, tmp_path / "alone"))
    with ThreadPoolExecutor(2) as threads:
        assert files(swept(scenario, tmp_path / "threads", threads)) == alone
        assert threads.submit(int, "1").result() == 1, "it is not shut down"
    with ProcessPoolExecutor(2, mp_context=FORKS) as processes:
        assert files(swept(scenario, tmp_path / "processes", processes)) == alone


def test_a_lost_block_is_given_out_once_more(scenario: Scenario, tmp_path: Path):
    losing = Losing(lambda place: OSError("gone") if place in (1, 4) else None)
    out = swept(scenario, tmp_path / "out", losing)
    assert files(out) == files(swept(scenario, tmp_path / "alone"))
    assert losing.given == 8, "six blocks and two again"


def test_a_block_that_is_lost_twice_ends_the_sweep_with_a_sentence(scenario: Scenario, tmp_path: Path):
    with pytest.raises(SimError, match=r"was lost twice by its workers \(OSError: gone\); the blocks that were done"):
        swept(scenario, tmp_path / "out", Losing(lambda place: OSError("gone")))
    assert files(swept(scenario, tmp_path / "out")) == files(swept(scenario, tmp_path / "alone"))


def test_a_broken_executor_is_one_sentence(scenario: Scenario, tmp_path: Path):
    with pytest.raises(SimError, match="the executor broke"):
        swept(scenario, tmp_path / "out", Losing(lambda place: BrokenExecutor("dead") if place == 2 else None))


def test_an_executor_that_was_shut_down_is_one_sentence(scenario: Scenario, tmp_path: Path):
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with pytest.raises(SimError, match=r"the executor takes no more work .*; the blocks that were done are kept"):
        swept(scenario, tmp_path / "out", closed)


def test_a_worker_refuses_other_versions_and_code(scenario: Scenario, monkeypatch: pytest.MonkeyPatch):
    order, block = BlockJob.of(scenario, 3), Block(0, 0, 4)
    monkeypatch.setattr("sim.sweeps.parcel._checked", [])
    with pytest.raises(SimError, match=r"has numpy \S+ instead of 1\.0; its numbers could differ"):
        dataclasses.replace(order, versions=order.versions | {"numpy": "1.0"}).compute(block)
    with pytest.raises(SimError, match=r"the code of sim differs on a worker on \S+, so it is not used"):
        dataclasses.replace(order, stamp=order.stamp | {"code": "older"}).compute(block)
    assert order.compute(block)
