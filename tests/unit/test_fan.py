"""Fans: quantiles day by day, the same in pieces as over all rows, in memory that does not grow."""

from __future__ import annotations

import math
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_forms import quantile
from tiny import BASE, write_scenario
from uneven_sweep import Uneven, assert_table

from sim.results.analysis.fan import (
    FAN,
    MEASURES,
    QUANTILES,
    center_classes,
    choose_fan_days,
    classify_counts,
    compute_fan,
    read_blocks,
)
from sim.results.reading.question_outcomes import read_finished
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

SHARES = list(QUANTILES.values())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fan")
    scenario = Scenario.load(write_scenario(folder))
    return run_blocks(scenario, folder / "results" / "tiny", replicates=40, seed=3, block_size=16)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50))
def test_classes_keep_small_counts_and_large_ones_within_a_five_hundredth(values: list[int]):
    counts = np.array(values)
    found = center_classes(classify_counts(counts))
    assert np.array_equal(found[counts < 512], counts[counts < 512])
    assert np.all(np.abs(found - counts) <= counts / 512)


@given(st.integers(0, 2**32 - 2))
def test_classes_rise_with_the_count(value: int):
    low, high = classify_counts(np.array([value, value + 1]))
    assert high - low in (0, 1)


def in_the_middle(count: int) -> int:
    """Return the middle of the class of a count: itself below 512, else of 256 classes for each doubling."""
    width = 1 if count < 512 else 2 ** (int(math.log2(count)) - 8)
    return count // width * width + width // 2


def test_a_fan_is_that_of_loops_over_the_acts(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    expected = []
    for point in range(4):
        rows = sweep.finished(point)
        for measure in ("acts", "rung", "killed"):
            for day in (1, 4, 9, 15, 17, 20):
                values = []
                for row in rows:
                    today = [act for act in row["acts"] if act[2] == day]
                    so_far = [act for act in row["acts"] if act[2] <= day]
                    rung = max((act[1] for act in today), default=0)
                    sums = {"acts": sum(act[3] for act in today), "killed": sum(act[6] for act in so_far)}
                    values.append((sums | {"rung": rung})[measure])
                row = {"point": point, "measure": measure, "day": day}
                names = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
                expected.append(row | {name: in_the_middle(quantile(values, share)) for name, share in names.items()})
    assert max(row["q95"] for row in expected) > 512, "some classes hold more than one count"
    assert_table(compute_fan(results), expected)


def test_replicates_beyond_those_asked_for_and_short_blocks_do_not_count(made: Path, tmp_path: Path):
    place = Path(shutil.copytree(made, tmp_path / "tiny"))
    text = (place / "manifest.json").read_text().replace('"replicates": 40', '"replicates": 20')
    (place / "manifest.json").write_text(text)
    short = next((place / "blocks").glob("p0000-r0000000000-*"))
    shutil.copy(short, short.with_name("p0000-r0000000000-0000000008.parquet"))
    results = Results.open(place)
    assert [len(piece) for piece in read_blocks(results, 0, ["Q1_day"])] == [16, 4]
    rows, _ = read_finished(results, 0, ["killed_Leftland_at_8", "killed_Rightland_at_8"])
    expected = np.quantile(rows.filter(like="killed").sum(axis=1), SHARES, method="inverted_cdf")
    found = compute_fan(results).query("point == 0 and measure == 'killed' and day == 8")[list(QUANTILES)]
    assert found.to_numpy()[0].tolist() == expected.tolist()


def test_days_are_each_to_the_thirtieth_then_each_week_and_fewer_in_a_sweep(made: Path):
    results = Results.open(made)
    results.manifest.update(horizon_days=60, horizons=[20, 60], points=1)
    assert choose_fan_days(results).tolist() == [*range(1, 31), 37, 44, 51, 58, 60]
    results.manifest.update(points=2)
    assert choose_fan_days(results).tolist() == [1, 15, 20, 30, 45, 60]


def test_the_table_has_the_same_size_and_the_memory_a_bound_whatever_the_replicates(tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path, BASE))
    sizes, peaks = [], []
    for replicates in (16, 160):
        out = run_blocks(scenario, tmp_path / str(replicates), replicates=replicates, seed=3, block_size=16)
        results = Results.open(out)
        tracemalloc.start()
        table = compute_fan(results)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(len(table))
    assert sizes[0] == sizes[1] == len(MEASURES) * 8
    assert peaks[1] < 1.1 * peaks[0], peaks


def test_a_folder_without_blocks_shows_its_table(made: Path, tmp_path: Path):
    place = Path(shutil.copytree(made, tmp_path / "tiny"))
    results = Results.open(place)
    table = compute_fan(results)
    results.write_table(FAN, table)
    shutil.rmtree(place / "blocks")
    assert compute_fan(Results.open(place)).equals(table)


def test_points_without_a_finished_replicate_are_left_out(made: Path, monkeypatch: pytest.MonkeyPatch):
    import sim.results.analysis.fan as module

    def failing(results: Results, point: int, columns: list[str]):
        for piece in read_blocks(results, point, columns):
            place = piece.column_names.index("failed")
            yield piece.set_column(place, "failed", [[point == 0] * len(piece)])

    monkeypatch.setattr(module, "read_blocks", failing)
    assert set(compute_fan(Results.open(made))["point"]) == {1}
