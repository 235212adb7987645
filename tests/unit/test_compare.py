"""Comparisons: paired replicates share their luck, and what is not paired is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import write_scenario

from sim.errors import InputError
from sim.results.compare import compare, paired_difference
from sim.results.store import Results
from sim.results.tables import difference_notes, difference_sheet
from sim.scenario import Scenario
from sim.sweep import run


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("compare")))


@pytest.fixture(scope="module")
def results(scenario: Scenario) -> Results:
    return Results.open(run(scenario, scenario.path.parent / "out", replicates=400, seed=3))


def test_paired_difference_by_hand():
    first, second = np.array([1, 1, 0, 0], bool), np.array([1, 1, 1, 0], bool)
    difference, paired, independent = paired_difference(first, second)
    assert difference == 0.25
    assert paired == pytest.approx(0.25)
    assert independent == pytest.approx(np.sqrt((1 / 3 + 1 / 4) / 4))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60))
def test_the_error_of_a_swapped_difference_is_the_same(pairs: list[tuple[bool, bool]]):
    first, second = np.array(pairs, dtype=bool).T
    there, back = paired_difference(first, second), paired_difference(second, first)
    assert there[0] == pytest.approx(-back[0])
    assert there[1:] == pytest.approx(back[1:])
    assert paired_difference(first, first)[:2] == (0.0, 0.0)


def test_shared_luck_pays(results: Results):
    table = compare((results, 0), (results, 1), ["Q5"], [8])
    row = table.iloc[0]
    assert row["n"] == 400
    assert row["difference"] == pytest.approx(row["second"] - row["first"])
    assert 0 < row["se_paired"] < row["se_independent"]
    assert row["gain"] > 1
    sheet = difference_sheet(table, "a", "b")
    assert sheet.rows[0][0] == "Q5"
    assert "400 replicates" in difference_notes(table)[0]


def test_a_point_does_not_differ_from_itself(results: Results):
    table = compare((results, 1), (results, 1))
    assert (table["difference"] == 0).all()
    assert table["gain"].isna().all()
    assert "fewer than about 0.75 % of replicates do" in difference_notes(table)[1]
    assert set(table["question"]) == {"Q1", "Q5", "Q8", "O0", "O1", "O2"}


def test_only_shared_replicates_are_compared(results: Results, scenario: Scenario, tmp_path: Path):
    fewer = Results.open(run(scenario, tmp_path / "fewer", replicates=30, seed=3))
    assert set(compare((fewer, 0), (results, 1), ["Q1"])["n"]) == {30}
    single = Results.open(run(scenario, tmp_path / "single", replicates=1, seed=3))
    with pytest.raises(InputError, match="fewer than two"):
        compare((single, 0), (results, 0))


def test_what_is_not_paired_is_refused(results: Results, scenario: Scenario, tmp_path: Path):
    other = Results.open(run(scenario, tmp_path / "other", replicates=4, seed=4))
    with pytest.raises(InputError, match="the two have the seeds 3 and 4"):
        compare((results, 0), (other, 0))
    with pytest.raises(InputError, match="not asked in both"):
        compare((results, 0), (results, 1), ["Q7"])
    with pytest.raises(InputError, match="nothing that both know"):
        compare((results, 0), (results, 1), ["O1"], [3])
