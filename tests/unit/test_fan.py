"""Fans: quantiles day by day, the same in pieces as over all rows, in memory that does not grow."""

from __future__ import annotations

import itertools
import math
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_forms import quantile
from tiny import BASE, write_scenario
from uneven_sweep import Uneven, assert_table

from sim.results.analysis.fan import (
    FAN,
    LADDER,
    QUANTILES,
    center_classes,
    classify_counts,
    count_days,
)
from sim.results.reading.daily_measures import list_measures, read_blocks
from sim.results.reading.design_columns import choose_fan_days
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


DAYS = (1, 4, 9, 15, 17, 20)
MEASURED = [
    *(("acts", part) for part in ("all", "side_a", "side_b")),
    ("rung", "all"),
    *((kind, part) for kind in ("killed", "civilians") for part in ("all", "North", "South")),
]


def chosen(sweep: Uneven, acts: list[tuple[int, ...]], part: str) -> list[tuple[int, ...]]:
    """Return the acts of a part: of a side on the other, on the front, or on a place."""
    left, right = sweep.parties[0], sweep.parties[2]
    pairs = {"side_a": [(left["id"], right["id"])], "side_b": [(right["id"], left["id"])]}
    pairs["front"] = pairs["side_a"] + pairs["side_b"]
    located = {party["id"]: party["location"] for party in sweep.parties}

    def belongs(act: tuple[int, ...]) -> bool:
        sender, target = sweep.dyads[act[0]].split("-")
        return part == "all" or (sender, target) in pairs.get(part, ()) or located[target] == part

    return [act for act in acts if belongs(act)]


def measured(acts: list[tuple[int, ...]], measure: str, day: int) -> int:
    today, so_far = [act for act in acts if act[2] == day], [act for act in acts if act[2] <= day]
    if measure == "rung":
        return max((act[1] for act in today), default=0)
    column = {"acts": 3, "killed": 6, "civilians": 7}[measure]
    return sum(act[column] for act in (today if measure == "acts" else so_far))


def test_a_fan_is_that_of_loops_over_the_acts(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    expected = []
    assert [measure for measure in list_measures(results) if measure[1] != "front"] == MEASURED
    for point in range(4):
        for measure, part in MEASURED:
            acts = [chosen(sweep, row["acts"], part) for row in sweep.finished(point)]
            for day in DAYS:
                values = [measured(some, measure, day) for some in acts]
                row = {"point": point, "measure": measure, "part": part, "day": day}
                names = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
                expected.append(row | {name: in_the_middle(quantile(values, share)) for name, share in names.items()})
    assert max(row["q95"] for row in expected) > 512, "some classes hold more than one count"
    fan = results.table(FAN)
    assert_table(fan, expected)
    wide = fan.set_index(["measure", "part", "point", "day"])["q95"].sort_index()
    for one, other in itertools.pairwise(MEASURED):
        assert not wide.loc[one].equals(wide.loc[other]), "no two measures are alike"


def test_a_ladder_is_that_of_loops_over_the_acts_and_its_shares_add_up(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    expected = []
    for point in range(4):
        for part in ("all", "front"):
            acts = [chosen(sweep, row["acts"], part) for row in sweep.finished(point)]
            for day in DAYS:
                on_day = [measured(some, "rung", day) for some in acts]
                to_date = [max(measured(some, "rung", one) for one in range(1, day + 1)) for some in acts]
                for rung in range(max(level["level"] for level in sweep.theatre()["rung"]) + 1):
                    row = {"point": point, "part": part, "day": day, "rung": rung}
                    row["share"], row["share_to_date"] = (some.count(rung) / len(acts) for some in (on_day, to_date))
                    expected.append(row)
    ladder = results.table(LADDER)
    assert_table(ladder, expected)
    sums = ladder.groupby(["point", "part", "day"])[["share", "share_to_date"]].sum()
    assert sums.to_numpy() == pytest.approx(1)
    to_date = ladder.assign(above=ladder[::-1].groupby(["point", "part", "day"])["share_to_date"].cumsum())
    for _, rows in to_date.groupby(["point", "part", "rung"]):
        assert rows["above"].diff().min() > -1e-9, "what was reached stays reached"


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
    found = count_days(results)[0].query("point == 0 and measure == 'killed' and part == 'all' and day == 8")[
        list(QUANTILES)
    ]
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
        table, _ = count_days(results)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append(len(table))
    assert sizes[0] == sizes[1] == (len(list_measures(results)) - 1) * 8
    assert peaks[1] < 1.1 * peaks[0], peaks


def test_a_folder_without_blocks_shows_its_tables(made: Path, tmp_path: Path):
    place = Path(shutil.copytree(made, tmp_path / "tiny"))
    results = Results.open(place)
    tables = count_days(results)
    for name, table in zip((FAN, LADDER), tables, strict=True):
        results.write_table(name, table)
    shutil.rmtree(place / "blocks")
    bare = Results.open(place)
    assert bare.table(FAN).equals(tables[0])
    pd.testing.assert_frame_equal(bare.table(LADDER), tables[1], atol=1e-6)


def test_points_without_a_finished_replicate_are_left_out(made: Path, monkeypatch: pytest.MonkeyPatch):
    import sim.results.reading.daily_measures as module

    def failing(results: Results, point: int, columns: list[str]):
        for piece in read_blocks(results, point, columns):
            place = piece.column_names.index("failed")
            yield piece.set_column(place, "failed", [[point == 0] * len(piece)])

    monkeypatch.setattr(module, "read_blocks", failing)
    assert [set(table["point"]) for table in count_days(Results.open(made))] == [{1}, {1}]
