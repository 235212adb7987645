"""What a sweep would take: the pilot's time and size by hand, and in all as many blocks as there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import BASE, FACTOR, write_scenario

from sim.scenario.scenario import Scenario
from sim.sweeps import plan
from sim.sweeps.compute_block import build_table, serialise
from sim.sweeps.plan import Plan, plan_sweep, run_pilot
from sim.sweeps.provenance import build_stamp


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
    monkeypatch.setattr(plan, "run_pilot", lambda scenario, size: asked.append(size) or (7.0, 3.25))
    found = plan_sweep(scenario(tmp_path), replicates, jobs, 16)
    assert found == Plan(2, replicates, blocks, jobs, 8, seconds, round(3.25 * 2 * replicates))
    assert found.runs == 2 * replicates
    assert asked == [min(replicates, 16)]


def test_one_block_needs_no_worker_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plan, "run_pilot", lambda scenario, size: (7.0, 3.25))
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
    assert run_pilot(given, 12)[0] == pytest.approx(1.5 + 2.0 * days / told)
    assert runs == [(12, told)]


def test_a_row_has_the_bytes_of_what_was_drawn_and_of_what_will_be_noted(tmp_path: Path):
    def size(name: str, **changes: str) -> float:
        return run_pilot(scenario(tmp_path / name, **changes), 64)[1]

    few = {"step_days": "1.0\ndaily = false"}
    # At each horizon: two dyads, killed and civilians at two places, a ceasefire and a state, each in two bytes.
    assert size("three", **few) - size("one", horizons="[8]", **few) == pytest.approx(2 * 8 * 2, abs=0.1)
    longer = {"horizon_days": "100", "horizons": "[40, 100]"}
    whole = scenario(tmp_path / "whole", **longer)
    ensemble = whole.ensemble(whole.points()[-1], 64, whole.seed, horizon_days=10)
    ensemble.conflict.run()
    daily = ensemble.conflict.totals.columns()
    lists = len(serialise(build_table(whole.points()[-1], np.arange(64), {}, {}, daily), build_stamp(whole, 0)))
    found = run_pilot(whole, 64)[1] - size("bare", **longer, **few)
    assert found == pytest.approx(lists * 100 / 10 / 64, abs=0.1), "ten days of a hundred"
