"""Tables hang on no name and no order: what is called otherwise, or stands elsewhere, has the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from uneven_sweep import Uneven, rename, uneven

from sim.results.analysis.drivers import compute_drivers
from sim.results.analysis.entries import compute_curve, compute_entries, compute_incidence
from sim.results.analysis.fan import count_days
from sim.results.analysis.levers import compute_levers
from sim.results.analysis.odds import compute_killed, count_odds
from sim.results.analysis.odds_by_definition import compute_definitions
from sim.results.analysis.pairs import compute_pairs
from sim.results.analysis.regional_sensitivity import compute_regional
from sim.results.reading.store import Results

Tables = dict[str, pd.DataFrame]
CHANGES = {"looser": {"campaign_acts": 40.0}, "wider": {"regional_parties": 1.0}}
PAIRS = {"policy.L": ("P0", "P4"), "policy.R": ("P1", "P0", "P7")}
PARTIES = {
    "L": "East",
    "F": "Q",
    "R": "B2",
    "G": "West",
    "North": "Up",
    "Hills": "Over",
    "South": "Down",
    "Coast": "Sea",
}
QUESTIONS = {"Q4": "Q2", "Q9": "Q11", "Q2": "Q7", "Q7": "Q9"}


def tables_of(results: Results, against: str = "as it is") -> Tables:
    """Return every table of a sweep of levers, as its rows say."""
    odds, variance = count_odds(results)
    fan, ladder = count_days(results)
    return {
        "odds": odds,
        "variance": variance,
        "killed": compute_killed(results),
        "drivers": compute_drivers(results),
        "regional": compute_regional(results, horizons=[17]),
        "entries": compute_entries(results),
        "incidence": compute_incidence(results),
        "curve": compute_curve(results),
        "fan": fan,
        "ladder": ladder,
        "definitions": compute_definitions(results, CHANGES, points=[0, 1, 2, 3]),
        "levers": compute_levers(results, against),
    }


def pairs_of(results: Results) -> Tables:
    """Return the tables of a sweep of pairs."""
    return dict(zip(("pairs", "spread", "regret"), compute_pairs(results), strict=True))


@pytest.fixture(scope="module")
def levers(uneven_levers: tuple[Uneven, Results]) -> tuple[Uneven, Tables]:
    return uneven_levers[0], tables_of(uneven_levers[1])


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Uneven, Tables]:
    sweep = uneven(PAIRS)
    return sweep, pairs_of(sweep.write(tmp_path_factory.mktemp("pairs") / "pairs"))


def assert_alike(found: Tables, expected: Tables, *, but: Sequence[str] = (), is_exact: bool = True) -> None:
    """Fail where tables differ in a number, but for some columns, once their rows stand in one order."""
    for name, table in expected.items():
        both = []
        for one in (found[name], table):
            left = one.drop(columns=list(but), errors="ignore")
            words = [column for column in left if left[column].map(lambda cell: isinstance(cell, str)).any()]
            keys = [column for column in ("point", "horizon_days", "day", "part") if column in left]
            both.append(left.sort_values(list(dict.fromkeys([*words, *keys])), ignore_index=True))
        pd.testing.assert_frame_equal(*both, check_exact=is_exact, rtol=1e-12, atol=1e-12, check_dtype=False, obj=name)


@pytest.mark.parametrize("block_size", [13, 77])
def test_blocks_that_are_divided_otherwise_move_no_number(
    levers: tuple[Uneven, Tables], block_size: int, tmp_path: Path
):
    sweep, tables = levers
    found = tables_of(sweep.write(tmp_path / "uneven", block_size))
    for name, table in tables.items():
        pd.testing.assert_frame_equal(found[name], table, check_exact=True, obj=name)


def test_parties_and_places_of_other_names_have_the_same_numbers(
    levers: tuple[Uneven, Tables], pairs: tuple[Uneven, Tables], tmp_path: Path
):
    for (sweep, tables), compute in ((levers, tables_of), (pairs, pairs_of)):
        found = compute(sweep.renamed(PARTIES).write(tmp_path / compute.__name__))
        assert_alike(found, {name: rename(table, PARTIES) for name, table in tables.items()})
        assert {"entries", "killed"} <= tables.keys() or "policy.East" in found["pairs"]


def test_questions_of_other_names_in_another_order_have_the_same_numbers(
    levers: tuple[Uneven, Tables], pairs: tuple[Uneven, Tables], tmp_path: Path
):
    for (sweep, tables), compute in ((levers, tables_of), (pairs, pairs_of)):
        other = sweep.renamed(QUESTIONS)
        other = replace(other, questions=tuple(other.questions[i] for i in (2, 0, 3, 1)))
        found = compute(other.write(tmp_path / compute.__name__))
        assert_alike(found, {name: rename(table, QUESTIONS) for name, table in tables.items()})


def test_points_in_another_order_have_the_same_numbers(
    levers: tuple[Uneven, Tables], pairs: tuple[Uneven, Tables], tmp_path: Path
):
    order = [2, 0, 3, 1]
    found = tables_of(levers[0].reordered(order).write(tmp_path / "levers"))
    expected = {
        name: table.assign(point=table["point"].map(order.index, na_action="ignore")) if "point" in table else table
        for name, table in levers[1].items()
    }
    ranks = ["rank", "rank_low", "rank_high", "chance_rank_1", "chance_rank_2", "chance_rank_3"]
    # Sums over points end otherwise, what chance would make of a share is told of the last point, and regional
    # sensitivity reads its draws at the first.
    assert_alike(found, {"drivers": expected.pop("drivers")}, but=["rank", "share_by_chance"], is_exact=False)
    del expected["regional"]
    assert_alike(found, expected, but=ranks)
    order = [5, 3, 4, 2, 0, 1]
    found = pairs_of(pairs[0].reordered(order).write(tmp_path / "pairs"))
    expected = pairs[1] | {"pairs": pairs[1]["pairs"].assign(point=pairs[1]["pairs"]["point"].map(order.index))}
    assert_alike(found, expected, is_exact=False)


def test_replicates_whose_luck_is_exchanged_have_the_same_numbers(
    levers: tuple[Uneven, Tables], pairs: tuple[Uneven, Tables], tmp_path: Path
):
    """Whole periods of eight change places, and within each those that share no draw."""
    places = [8 * period + place for period in (4, 8, 0, 7, 2, 6, 1, 5, 3) for place in (0, 1, 2, 3, 4, 7, 5, 6)]
    places += range(72, 77)
    drawn = ["rank", "rank_low", "rank_high", "chance_rank_1", "chance_rank_2", "chance_rank_3"]
    for (sweep, tables), compute in ((levers, tables_of), (pairs, pairs_of)):
        found = compute(sweep.permuted(places).write(tmp_path / compute.__name__))
        assert_alike(found, tables, but=drawn, is_exact=False)
