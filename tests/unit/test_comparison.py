"""Comparisons: paired replicates share their luck, and what is not paired is refused."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_sweep import invented
from slow_forms import error_of_mean, mean
from tiny import write_scenario
from uneven_histories import Row
from uneven_sweep import Uneven, assert_table, holds

from sim.core.errors import InputError
from sim.report.odds_sheets import difference_notes, difference_sheet
from sim.report.sheet import UNKNOWN
from sim.report.table_sheets import levers_notes, levers_sheets, pairs_notes
from sim.results.analysis.comparison import Difference, compare_points, pair_difference
from sim.results.analysis.levers import compute_levers
from sim.results.reading.store import Results
from sim.scenario.design import Design, Factor
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("compare")))


@pytest.fixture(scope="module")
def results(scenario: Scenario) -> Results:
    return Results.open(run_blocks(scenario, scenario.path.parent / "out", replicates=400, seed=3))


def difference_of(first: np.ndarray, second: np.ndarray) -> Difference:
    """Return the difference over replicates that share no draws."""
    return pair_difference(first, second, 8 * np.arange(len(first)) + 4)


def test_paired_difference_by_hand():
    found = difference_of(np.array([1, 1, 0, 0], bool), np.array([1, 1, 1, 0], bool))
    assert found.difference == 0.25
    assert found.paired == pytest.approx(0.25)
    assert found.independent == pytest.approx(np.sqrt((1 / 3 + 1 / 4) / 4))
    assert found.row(is_paired=True)["factor"] == pytest.approx(found.independent / 0.25)
    assert found.row(is_paired=True)["gain"] == pytest.approx((found.independent / 0.25) ** 2)


def test_replicates_that_share_draws_make_the_error_of_a_difference_larger():
    first, second = np.zeros(80, bool), np.repeat([True, False] * 10, 4)
    apart = difference_of(first, second)
    together = pair_difference(first, second, np.arange(80) + 4 * (np.arange(80) // 4))
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
    table = compare_points((results, 0), (results, 1), ["Q5"], [8])
    assert 0 < table["se_paired"].item() < table["se_independent"].item()
    sheet = difference_sheet(table, "a", "b")
    assert sheet.rows[0][0] == "Q5"
    assert "400 replicates" in difference_notes(table)[0]


def test_a_point_does_not_differ_from_itself(results: Results):
    table = compare_points((results, 1), (results, 1))
    assert (table["difference"] == 0).all()
    assert table["gain"].isna().all()
    assert "fewer than about 0.75 % of replicates do" in difference_notes(table)[1]
    assert set(table["question"]) == {"Q1", "Q5", "Q8", "O0", "O1", "O2", "O3", "O4"}


def compared(before: list[Row], after: list[Row], questions: list[str], days: list[int]) -> list[Row]:
    """Return the rows of a comparison by loops over the replicates that finished on both sides."""
    theirs = {row["replicate"]: row for row in after}
    pairs = [(row, theirs[row["replicate"]]) for row in before if row["replicate"] in theirs]
    replicates = [row["replicate"] for row, _ in pairs]
    expected = []
    for question, day in itertools.product(questions, days):
        first, second = ([float(holds(pair[side], question, day)) for pair in pairs] for side in (0, 1))
        apart = [b - a for a, b in zip(first, second, strict=True)]
        paired = error_of_mean(apart, replicates)
        independent = math.hypot(error_of_mean(first, replicates), error_of_mean(second, replicates))
        factor = independent / paired if paired else None
        row = {"question": question, "horizon_days": day, "n": len(pairs), "first": mean(first)}
        row |= {"second": mean(second), "difference": mean(apart), "se_paired": paired, "se_independent": independent}
        expected.append(row | {"factor": factor, "gain": factor and factor**2})
    return expected


def test_points_that_failed_in_other_replicates_are_compared_by_what_both_finished(
    uneven_levers: tuple[Uneven, Results], tmp_path: Path
):
    sweep, results = uneven_levers
    wanted, days = ["Q7", "O1", "Q9"], [17, 4]
    for first, second in ((0, 1), (2, 0), (1, 3)):
        expected = compared(sweep.finished(first), sweep.finished(second), wanted, days)
        assert_table(compare_points((results, first), (results, second), wanted, days), expected)
    fewer = replace(sweep, rows=tuple(rows[:61] for rows in sweep.rows), questions=sweep.questions[::-1])
    other = fewer.reordered([3, 2, 1, 0]).write(tmp_path / "other")
    everything = ["Q4", "Q9", "Q2", "Q7", "O0", "O1", "O2", "O3", "O4"]
    expected = compared(sweep.finished(1), sweep.finished(3)[:59], everything, [4, 9, 17])
    assert expected[0]["n"] == 57
    assert_table(compare_points((results, 1), (other, 0)), expected)
    back = compared(sweep.finished(3)[:59], sweep.finished(1), ["Q4"], [13])
    assert_table(compare_points((other, 0), (results, 1), ["Q4"], [13]), back)


def test_two_replicates_are_the_fewest_that_are_compared(results: Results):
    single, two = (Results(results.path, results.manifest | {"replicates": n}) for n in (1, 2))
    assert set(compare_points((two, 0), (results, 1), ["Q1"])["n"]) == {2}
    with pytest.raises(InputError, match="fewer than two"):
        compare_points((single, 0), (results, 0))


def own_luck(folder: Path, seed: int = 1, luck: str = "independent") -> Results:
    lever = Factor("lever", (0, 1), ("as it is", "more"))

    def chance(drawn, levels):
        return np.full(400, 0.5 if levels["lever"] == "more" else 0.3)

    return invented(folder, chance, factors=(lever,), design=Design(luck=luck), replicates=400, seed=seed)


def test_points_with_luck_of_their_own_are_not_told_as_paired(tmp_path: Path):
    results = own_luck(tmp_path / "own")
    table = compare_points((results, 0), (results, 1), ["Q1"])
    assert table[["se_paired", "factor", "gain"]].isna().all(axis=None)
    assert table["se_independent"].item() == pytest.approx(np.sqrt(0.46 / 400), rel=0.2)
    assert difference_sheet(table, "a", "b").rows[0][5:] == (UNKNOWN, f"{100 * table['se_independent'][0]:.2f}", *"––")
    note = " ".join(difference_notes(table))
    assert "each point has luck of its own, so nothing is paired" in note
    assert "share their luck" not in note


def test_luck_is_shared_by_the_seed_of_the_point_and_not_by_the_design(tmp_path: Path):
    own, again = own_luck(tmp_path / "own"), own_luck(tmp_path / "again")
    paired = own_luck(tmp_path / "paired", luck="paired")
    assert compare_points((own, 1), (own, 1), ["Q1"])["se_paired"].item() == 0, "a point and itself"
    assert compare_points((own, 1), (again, 1), ["Q1"])["se_paired"].item() == 0, "the same point of two folders"
    assert compare_points((own, 0), (again, 1), ["Q1"])["se_paired"].isna().all()
    assert compare_points((own, 1), (paired, 1), ["Q1"])["se_paired"].isna().all()
    assert compare_points((paired, 0), (paired, 1), ["Q1"])["se_paired"].notna().all()


def test_levers_with_luck_of_their_own_have_the_error_of_independent_points(tmp_path: Path):
    results = own_luck(tmp_path / "own")
    table = compute_levers(results)
    row = table[table["outcome"] == "Q1"].iloc[0]
    assert table[["se_paired", "factor", "gain"]].isna().all(axis=None)
    assert row["high"] - row["difference"] == pytest.approx(1.96 * row["se_independent"], rel=1e-3)
    sheets = levers_sheets(results, table)
    assert [sheet.rows[0][5] for sheet in sheets] == [UNKNOWN, UNKNOWN]
    assert "Each point has luck of its own" in levers_notes(results)[0]
    assert "share their luck" not in levers_notes(results)[0]
    paired = own_luck(tmp_path / "paired", luck="paired")
    assert compute_levers(paired)["se_paired"].notna().all()
    assert levers_notes(paired)[0].startswith("All points share their luck")
    assert "each pair has luck of its own" in pairs_notes(results)[0]
    assert "under the same luck" in pairs_notes(paired)[0]


def test_what_is_not_paired_is_refused(results: Results, scenario: Scenario, tmp_path: Path):
    other = Results.open(run_blocks(scenario, tmp_path / "other", replicates=4, seed=4))
    with pytest.raises(InputError, match="the two have the seeds 3 and 4"):
        compare_points((results, 0), (other, 0))
    with pytest.raises(InputError, match="not asked in both"):
        compare_points((results, 0), (results, 1), ["Q7"])
    with pytest.raises(InputError, match="nothing that both know"):
        compare_points((results, 0), (results, 1), ["O1"], [3])


@pytest.mark.parametrize("horizon", [0, -3, 10_000])
def test_a_day_that_no_run_reached_is_refused_and_not_counted_as_never(results: Results, horizon: int):
    with pytest.raises(InputError, match=f"{horizon} is out of bounds"):
        compare_points((results, 0), (results, 1), horizons=[horizon])


def test_the_horizons_of_two_runs_are_those_that_both_reach(results: Results):
    shorter = Results(results.path, results.manifest | {"horizon_days": 5})
    assert compare_points((results, 0), (shorter, 1))["horizon_days"].max() <= 5
    assert compare_points((str(results.path), 0), (results, 1)).equals(compare_points((results, 0), (results, 1)))
