"""Sweeps that a rule stops: reproducible, resumable, and plain about which points stopped short."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tiny import write_scenario

from sim.core.errors import SimError
from sim.report.odds_sheets import stopping_notes, stopping_sheets
from sim.results.analysis.confidence_sequences import average_periods, bound_mean
from sim.results.analysis.odds import compute_odds
from sim.results.analysis.stopping_rule import MOST, REACHED, TIME, Precision, compute_stopping, measure_precision
from sim.results.reading.store import Results
from sim.results.tables import collect_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

SIZE = 32


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("scenarios")))


def rule(**other: Any) -> Precision:
    known = {"kind": "se", "target": 0.04, "questions": ("Q1",), "horizons": (5, 8), "most": 400, "block_size": SIZE}
    return Precision(**(known | other))


def swept(scenario: Scenario, out: Path, asked: Precision, **ways: Any) -> Results:
    return Results.open(run_blocks(scenario, out, replicates=asked.most, seed=3, rule=asked, **ways))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class KilledError(Exception):
    """Stands for a kill."""


@pytest.mark.usefixtures("quick_workers")
def test_points_stop_by_their_own_results_whoever_computes_and_however_often_it_is_stopped(
    scenario: Scenario, tmp_path: Path
):
    whole = swept(scenario, tmp_path / "whole", rule())
    sizes = whole.replicates_of_points
    assert all(size % SIZE == 0 and SIZE < size < 400 for size in sizes)
    assert whole.manifest["replicates"] == max(sizes)
    assert whole.replicates_done == whole.replicates_wanted == sum(sizes)
    assert swept(scenario, tmp_path / "two", rule(), jobs=2).replicates_of_points == sizes
    assert files(tmp_path / "two") == files(tmp_path / "whole")

    def stop(progress: Any) -> None:
        if progress.blocks_done > progress.blocks_kept:
            raise KilledError

    for _ in range(5):
        with pytest.raises(KilledError):
            swept(scenario, tmp_path / "often", rule(), on_progress=stop)
    swept(scenario, tmp_path / "often", rule())
    assert files(tmp_path / "often") == files(tmp_path / "whole")


def test_the_table_says_what_is_known_and_why_points_stopped(scenario: Scenario, tmp_path: Path):
    results = swept(scenario, tmp_path / "out", rule())
    table = collect_tables(results)["stopping"]
    assert set(zip(table["question"], table["horizon_days"], strict=True)) == {("Q1", 5), ("Q1", 8)}
    assert set(table["stopped"]) == {REACHED}
    assert table["reached"].all()
    assert (table["precision"] <= 0.04).all()
    assert table.groupby("point")["n"].first().tolist() == results.replicates_of_points
    shown = compute_odds(results, ["Q1"], [5, 8])
    pd.testing.assert_series_equal(table["estimate"], shown["estimate"])
    assert (table["low"] < shown["low"]).all()
    assert (table["high"] > shown["high"]).all()
    assert "Wald" in " ".join(stopping_notes(results))


def test_points_that_need_too_much_stop_at_the_most(scenario: Scenario, tmp_path: Path):
    results = swept(scenario, tmp_path / "out", rule(kind="halfwidth", target=0.01, most=80))
    assert results.replicates_of_points == [80, 80]
    table = compute_stopping(results)
    assert set(table["stopped"]) == {MOST}
    assert not table["reached"].any()
    assert MOST in stopping_sheets(results, table)[0].markdown()


def test_a_sweep_that_grows_keeps_what_is_there(scenario: Scenario, tmp_path: Path):
    out = tmp_path / "out"
    results = swept(scenario, out, rule(most=64, target=0.001))
    kept = {path: path.stat().st_mtime_ns for path in (out / "blocks").iterdir()}
    finer = swept(scenario, out, rule(most=128, target=0.001))
    assert finer.replicates_of_points == [128, 128]
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    plain = Results.open(run_blocks(scenario, out, replicates=160, seed=3))
    assert plain.manifest["block_size"] == SIZE
    assert plain.replicates_wanted == plain.replicates_done == 320
    assert "stopping" not in plain.manifest
    assert results.replicates_done == 128


def test_a_time_limit_lets_the_last_whole_round_count_and_is_marked(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    done: list[Any] = []
    times = iter([0.0, *[1.0] * 3, *[99.0] * 50])
    monkeypatch.setattr("sim.sweeps.sweep.time.monotonic", lambda: next(times))
    results = swept(scenario, tmp_path / "out", rule(target=0.001), time_limit=10, on_progress=done.append)
    assert results.replicates_of_points == [64, 64]
    assert results.manifest["stopping"]["time_limit_met"] is True
    assert set(compute_stopping(results)["stopped"]) == {TIME}
    assert "depends on the machine" in " ".join(stopping_notes(results))


def test_time_that_ends_before_every_point_has_a_block_is_one_sentence_and_goes_on(scenario: Scenario, tmp_path: Path):
    with pytest.raises(SimError, match="the time limit passed before every point had a block"):
        swept(scenario, tmp_path / "out", rule(), time_limit=1e-9)
    results = swept(scenario, tmp_path / "out", rule(), time_limit=1e-9)
    assert results.replicates_of_points == [SIZE, SIZE]
    assert compute_stopping(results)["point"].unique().tolist() == [0, 1]
    assert not collect_tables(results)["odds"].empty


def test_time_that_ends_later_counts_what_was_done(scenario: Scenario, tmp_path: Path):
    settings = {"replicates": 80, "seed": 3, "block_size": SIZE, "time_limit": 1e-9}
    with pytest.raises(SimError, match="every point"):
        run_blocks(scenario, tmp_path / "plain", **settings)
    plain = Results.open(run_blocks(scenario, tmp_path / "plain", **settings))
    assert (plain.replicates_done, plain.replicates_wanted) == (2 * SIZE, 160)


def test_no_event_is_not_a_precision_of_nothing():
    replicates = np.arange(1000)
    never = np.zeros((1000, 1), dtype=bool)
    assert measure_precision("se", never, replicates)[0] == pytest.approx(np.sqrt(2 / 1004 * (1002 / 1004) / 1000))
    assert measure_precision("halfwidth", never, replicates)[0] > 0.01
    assert measure_precision("se", np.empty((0, 2)), np.arange(0)).tolist() == [np.inf, np.inf]


def test_means_are_those_of_whole_periods():
    holds = np.arange(20)[:, None] % 2 == 0
    assert average_periods(holds, np.arange(20)).ravel().tolist() == [0.5, 0.5]
    finished = np.array([0, 1, 2, 9, 10, 15])
    assert average_periods(np.array([[1], [1], [0], [1], [0], [0]]), finished).ravel() == pytest.approx([2 / 3, 1 / 3])
    assert average_periods(np.empty((0, 3)), np.arange(0)).shape == (0, 3)


def test_bounds_start_wide_and_narrow_with_the_variance():
    low, high = bound_mean(np.empty((0, 2)))
    assert (low.tolist(), high.tolist()) == ([0, 0], [1, 1])
    steady = np.full((2000, 1), 0.3)
    coin = np.tile([[0.0], [1.0]], (1000, 1)) * 0.6
    widths = [np.subtract(*bound_mean(values)[::-1])[0] for values in (steady, coin)]
    assert widths[0] < widths[1] / 5


def test_manifest_says_the_rule(scenario: Scenario, tmp_path: Path):
    results = swept(scenario, tmp_path / "out", rule(most=SIZE))
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["stopping"] == {
        "rule": "se",
        "target": 0.04,
        "questions": ["Q1"],
        "horizons": [5, 8],
        "max_replicates": SIZE,
    }
    assert results.replicates_of_points == [SIZE, SIZE]
