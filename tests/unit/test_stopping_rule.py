"""Sweeps that a rule stops: reproducible, resumable, and plain about which points stopped short."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from slow_forms import effective_size, error_of_mean, mean
from tiny import write_scenario
from uneven_sweep import Uneven, assert_table, holds

from sim.core.errors import SimError
from sim.report.odds_sheets import stopping_notes, stopping_sheets
from sim.results.analysis.stopping_rule import (
    MOST,
    REACHED,
    TIME,
    Precision,
    average_periods,
    bound_mean,
    compute_stopping,
    measure_precision,
)
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


@pytest.fixture(scope="module")
def whole(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return swept(scenario, tmp_path_factory.mktemp("whole") / "whole", rule())


class KilledError(Exception):
    """Stands for a kill."""


@pytest.mark.usefixtures("quick_workers")
def test_points_stop_by_their_own_results_whoever_computes_and_however_often_it_is_stopped(
    scenario: Scenario, whole: Results, tmp_path: Path
):
    sizes = whole.replicates_of_points
    assert all(size % SIZE == 0 and SIZE < size < 400 for size in sizes)
    assert whole.manifest["replicates"] == max(sizes)
    assert whole.replicates_done == whole.replicates_wanted == sum(sizes)
    assert swept(scenario, tmp_path / "two", rule(), jobs=2).replicates_of_points == sizes
    assert files(tmp_path / "two") == files(whole.path)

    def stop(progress: Any) -> None:
        if progress.blocks_done > progress.blocks_kept:
            raise KilledError

    for _ in range(5):
        with pytest.raises(KilledError):
            swept(scenario, tmp_path / "often", rule(), on_progress=stop)
    swept(scenario, tmp_path / "often", rule())
    assert files(tmp_path / "often") == files(whole.path)


def test_a_sweep_with_a_rule_has_the_table_of_what_is_known(whole: Results):
    table = collect_tables(whole)["stopping"]
    assert set(zip(table["question"], table["horizon_days"], strict=True)) == {("Q1", 5), ("Q1", 8)}
    assert set(table["stopped"]) == {REACHED}
    assert (table["precision"] <= 0.04).all()
    assert table.groupby("point")["n"].first().tolist() == whole.replicates_of_points
    assert "Wald" in " ".join(stopping_notes(whole))


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


def sequence_of(values: list[float]) -> tuple[float, float]:
    """Return the bounds on a mean that hold at all times, by a loop over the values (theorem 2 of the reference)."""
    error, mean_before, variance_before = math.log(2 / 0.05), 0.5, 0.25
    bets = weighted = costs = total = 0.0
    squares = 0.25
    for time, value in enumerate(values, 1):
        bet = min(math.sqrt(2 * error / (variance_before * time * math.log(time + 1))), 0.75)
        weighted += bet * value
        bets += bet
        costs += (value - mean_before) ** 2 * (-math.log(1 - bet) - bet)
        total += value
        mean_before = (0.5 + total) / (time + 1)
        squares += (value - mean_before) ** 2
        variance_before = squares / (time + 1)
    half = (error + costs) / bets
    return max(weighted / bets - half, 0.0), min(weighted / bets + half, 1.0)


def known_of(kind: str, held: list[bool], replicates: list[int]) -> tuple[float, float, float]:
    """Return how well a share is known, and the bounds on it, by loops over periods and clusters."""
    periods: dict[int, list[bool]] = {}
    for holds_here, replicate in zip(held, replicates, strict=True):
        periods.setdefault(replicate // 8, []).append(holds_here)
    if replicates[-1] % 8 != 7:
        del periods[replicates[-1] // 8]
    low, high = sequence_of([mean(inside) for inside in periods.values()])
    if kind == "halfwidth":
        return (high - low) / 2, low, high
    size = effective_size(held, replicates)
    share = (mean(held) * size + 2) / (size + 4)
    return max(error_of_mean(held, replicates), math.sqrt(share * (1 - share) / size)), low, high


def stopped_by(results: Results, sizes: list[int], **rule: Any) -> Results:
    """Return a folder as one that a rule stopped."""
    words = {"questions": ["Q7", "O2"], "horizons": [17, 9], "max_replicates": 77} | rule
    return Results(results.path, results.manifest | {"replicates_of_points": sizes, "stopping": words})


@pytest.mark.parametrize(("kind", "target"), [("se", 0.062), ("halfwidth", 0.455)])
def test_what_was_known_when_points_stopped_is_that_of_loops(
    kind: str, target: float, uneven_levers: tuple[Uneven, Results]
):
    sweep, whole = uneven_levers
    sizes, expected = [77, 77, 72, 77], []
    results = stopped_by(whole, sizes, rule=kind, target=target)

    def known_at(point: int, size: int) -> tuple[dict[tuple[str, int], list[bool]], dict[tuple[str, int], Any]]:
        rows = [row for row in sweep.finished(point) if row["replicate"] < size]
        held = {(q, day): [holds(row, q, day) for row in rows] for q in ("Q7", "O2") for day in (17, 9)}
        return held, {cell: known_of(kind, one, [row["replicate"] for row in rows]) for cell, one in held.items()}

    for point, size in enumerate(sizes):
        held, known = known_at(point, size)
        is_known = all(precision <= target for precision, *_ in known.values())
        why = REACHED if is_known else (TIME if point == 2 else MOST)
        for (question, day), (precision, low, high) in known.items():
            row = {"scenario": "uneven", "point": point, "label": f"lever = {sweep.levels[point][0]}"}
            row |= {"question": question, "horizon_days": day, "n": len(held[question, day])}
            row |= {"estimate": mean(held[question, day]), "low": low, "high": high, "rule": kind}
            row |= {"precision": precision, "target": target, "reached": precision <= target, "stopped": why}
            expected.append(row)
    table = compute_stopping(results)
    assert table["reached"].tolist() == [row.pop("reached") for row in expected]
    assert_table(table.drop(columns="reached"), expected)
    assert set(table["stopped"]) == {REACHED, MOST, TIME}
    # A point whose precision is just the target has enough, and others grow by a block of 24, or to the most.
    alike = compute_stopping(stopped_by(whole, [77] * 4, rule=kind, target=0.5)).groupby("point")["precision"].max()
    worst = alike.tolist()
    assert worst == pytest.approx([max(one for one, *_ in known_at(point, 77)[1].values()) for point in range(4)])
    asked = {"questions": ("Q7", "O2"), "horizons": (17, 9), "block_size": 24}
    for at in worst:
        grown = Precision(kind, at, most=200, **asked).grown(whole.path, [77, 77, 77, 77])
        assert grown == [77 if one <= at else 101 for one in worst]
    just = compute_stopping(stopped_by(whole, [77] * 4, rule=kind, target=worst[3])).query("point == 3")
    assert just["reached"].all()
    assert set(just["stopped"]) == {REACHED}
    assert Precision(kind, 1e-9, most=77, **asked).grown(whole.path, [77, 48, 72, 77]) == [77, 72, 77, 77]


@pytest.mark.parametrize(
    ("n", "most", "more"),
    [(10, 999, 20), (20, 999, 30), (30, 999, 40), (40, 999, 60), (59, 999, 79), (60, 999, 90), (100, 999, 150),
     (95, 100, 100), (100, 149, 149)],
)  # fmt: skip
def test_each_round_adds_half_of_what_is_done_in_whole_blocks_up_to_the_most(n: int, most: int, more: int):
    asked = rule(most=most, block_size=10)
    assert asked._next(n) == more
    assert asked.first() == 10
    assert rule(most=7, block_size=10).first() == 7


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


def test_bounds_on_means_are_those_of_a_loop_over_the_values():
    rng = np.random.default_rng(9)
    values = np.column_stack([rng.random(150) ** 2, rng.random(150) < 0.9])
    for n in (1, 16, 40, 150):
        low, high = bound_mean(values[:n])
        expected = [sequence_of(values[:n, column].tolist()) for column in (0, 1)]
        assert list(zip(low, high, strict=True)) == [pytest.approx(ends) for ends in expected]
    assert (high - low < 0.4).all(), "bets are no longer the largest"


def test_bounds_without_a_value_are_everything():
    low, high = bound_mean(np.empty((0, 2)))
    assert (low.tolist(), high.tolist()) == ([0, 0], [1, 1])


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
