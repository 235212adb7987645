"""What a sweep would take: the pilot's time by hand, and in all as many blocks as there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import BASE, FACTOR, write_scenario

from sim.scenario.scenario import Scenario
from sim.sweeps import plan
from sim.sweeps.plan import Plan, plan_sweep, run_pilot


def scenario(folder: Path, **changes: str) -> Scenario:
    text = BASE + FACTOR
    for name, value in changes.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{name} ="))
        text = text.replace(line, f"{name} = {value}", 1)
    return Scenario.load(write_scenario(folder, text))


@pytest.mark.parametrize(
    ("replicates", "jobs", "blocks", "seconds"),
    # Blocks of 16, of which one takes 7 s, and 3 s for workers to start; the last one may be shorter.
    [
        (40, 1, 6, 7 * 5.5),
        (40, 2, 6, 7 * 2.5 + 3),
        (40, 4, 6, 7 * 1.5 + 3),
        (48, 4, 6, 7 * 2 + 3),
        (4, 1, 2, 7 * 2.0),
        (4, 2, 2, 7 * 1.0 + 3),
    ],
)
def test_a_sweep_takes_as_many_rounds_of_blocks_as_its_workers_need(
    replicates: int, jobs: int, blocks: int, seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    monkeypatch.setattr(plan, "run_pilot", lambda scenario, size: asked.append(size) or 7.0)
    found = plan_sweep(scenario(tmp_path), replicates, jobs, 16)
    assert found == Plan(2, replicates, blocks, jobs, 8, seconds)
    assert found.runs == 2 * replicates
    assert asked == [min(replicates, 16)]


def test_one_block_needs_no_worker_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plan, "run_pilot", lambda scenario, size: 7.0)
    single = Scenario.load(write_scenario(tmp_path, BASE))
    assert plan_sweep(single, 4, 2, 16).seconds == 7.0


@pytest.mark.parametrize(("days", "told"), [(8, 1), (19, 1), (100, 10), (121, 12)])
def test_the_time_of_a_block_is_that_of_its_first_days_as_often_as_there_are_such(
    days: int, told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    clock = iter([10.0, 11.5, 13.5])
    monkeypatch.setattr(plan.time, "perf_counter", lambda: next(clock))
    runs = []
    given = scenario(tmp_path, horizon_days=str(days), horizons=f"[{days}]", step_days="0.5")
    monkeypatch.setattr(
        "sim.engine.model.Conflict.run", lambda self: runs.append((self.n_replicates, self.timeline.horizon_days))
    )
    monkeypatch.setattr(type(given), "keeps_daily", False)
    assert run_pilot(given, 12) == pytest.approx(1.5 + 2.0 * days / told)
    assert runs == [(12, told)]
