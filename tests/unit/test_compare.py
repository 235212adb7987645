"""Comparisons: paired replicates share their luck, and what is not paired is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import write_scenario

from sim.errors import InputError
from sim.results.compare import compare
from sim.results.differences import Difference, paired_difference
from sim.results.odds_tables import difference_notes, difference_sheet
from sim.results.store import Results
from sim.scenario import Scenario
from sim.sweep import run


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("compare")))


@pytest.fixture(scope="module")
def results(scenario: Scenario) -> Results:
    return Results.open(run(scenario, scenario.path.parent / "out", replicates=400, seed=3))


def difference_of(first: np.ndarray, second: np.ndarray) -> Difference:
    """Return the difference over replicates that share no draws."""
    return paired_difference(first, second, 8 * np.arange(len(first)) + 4)


def test_paired_difference_by_hand():
    found = difference_of(np.array([1, 1, 0, 0], bool), np.array([1, 1, 1, 0], bool))
    assert found.difference == 0.25
    assert found.paired == pytest.approx(0.25)
    assert found.independent == pytest.approx(np.sqrt((1 / 3 + 1 / 4) / 4))
    assert found.row()["factor"] == pytest.approx(found.independent / 0.25)
    assert found.row()["gain"] == pytest.approx((found.independent / 0.25) ** 2)


def test_replicates_that_share_draws_make_the_error_of_a_difference_larger():
    first, second = np.zeros(80, bool), np.repeat([True, False] * 10, 4)
    apart = difference_of(first, second)
    together = paired_difference(first, second, np.arange(80) + 4 * (np.arange(80) // 4))
    assert together.difference == apart.difference == 0.5
    assert together.paired == pytest.approx(2 * apart.paired, rel=0.05)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60))
def test_the_error_of_a_swapped_difference_is_the_same(pairs: list[tuple[bool, bool]]):
    first, second = np.array(pairs, dtype=bool).T
    there, back = difference_of(first, second), difference_of(second, first)
    assert there.difference == pytest.approx(-back.difference)
    assert (there.paired, there.independent) == pytest.approx((back.paired, back.independent))
    assert (difference_of(first, first).difference, difference_of(first, first).paired) == (0.0, 0.0)


def test_shared_luck_pays(results: Results):
    table = compare((results, 0), (results, 1), ["Q5"], [8])
    row = table.iloc[0]
    assert row["n"] == 400
    assert row["difference"] == pytest.approx(row["second"] - row["first"])
    assert 0 < row["se_paired"] < row["se_independent"]
    assert row["gain"] == pytest.approx(row["factor"] ** 2)
    assert row["factor"] > 1
    sheet = difference_sheet(table, "a", "b")
    assert sheet.rows[0][0] == "Q5"
    assert "400 replicates" in difference_notes(table)[0]


def test_a_point_does_not_differ_from_itself(results: Results):
    table = compare((results, 1), (results, 1))
    assert (table["difference"] == 0).all()
    assert table["gain"].isna().all()
    assert "fewer than about 0.75 % of replicates do" in difference_notes(table)[1]
    assert set(table["question"]) == {"Q1", "Q5", "Q8", "O0", "O1", "O2", "O3", "O4"}


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
