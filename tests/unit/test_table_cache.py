"""Tables kept exact: the same as counted ones, and never older than what they were made of."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tiny import FACTOR, THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.core.errors import InputError, OutputError
from sim.results.analysis.drivers import DRIVERS
from sim.results.analysis.odds import KILLED, ODDS, compute_killed, compute_odds
from sim.results.reading.store import Results
from sim.results.reading.table_cache import KEPT, combine_values, read_cached, select_committed, write_committed
from sim.results.tables import collect_tables, find_table, write_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.sweep import run_blocks

SIZE = 16


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    scenario = Scenario.load(write_scenario(folder, WIDER_BASE + FACTOR, theatre=THEATRE + WIDER))
    out = run_blocks(scenario, folder / "results" / "tiny", replicates=40, seed=3, block_size=SIZE)
    results = Results.open(out)
    write_tables(results, collect_tables(results))
    return out


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny"))


def counted(place: Path) -> Results:
    """Return the same folder without what was kept."""
    bare = Path(shutil.copytree(place, place.with_name("bare")))
    shutil.rmtree(bare / KEPT)
    return Results.open(bare)


@pytest.mark.parametrize(
    ("questions", "days"), [(None, None), (["Q5", "Q1", "O2"], [8, 2]), (["Q1"], [3, 5]), (["Q8"], [5])]
)
def test_kept_odds_are_the_counted_ones(place: Path, questions: list[str], days: list[int]):
    results = Results.open(place)
    assert read_cached(results, ODDS) is not None
    # Sums over a single column are added up in another order than over many, which moves the last bit.
    pd.testing.assert_frame_equal(
        compute_odds(results, questions, days),
        compute_odds(counted(place), questions, days),
        rtol=1e-12,
        check_dtype=False,
    )


def test_kept_killed_are_the_counted_ones(place: Path):
    results, bare = Results.open(place), counted(place)
    for days in (None, [5]):
        pd.testing.assert_frame_equal(
            compute_killed(results, days), compute_killed(bare, days), check_exact=True, check_dtype=False
        )


def test_what_was_kept_is_read_and_the_rows_are_not(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Results, "read", lambda *_: pytest.fail("the rows are read"))
    results = Results.open(place)
    assert len(compute_odds(results)) > 0
    assert len(compute_killed(results)) > 0


def _newer_block(place: Path) -> None:
    later = (place / KEPT / "odds.parquet").stat().st_mtime + 5
    os.utime(place / "blocks" / Block(0, 0, SIZE).name, (later, later))


def _fewer_blocks(place: Path) -> None:
    (place / "blocks" / Block(32, 1, 8).name).unlink()


def _fewer_replicates(place: Path) -> None:
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps(manifest | {"replicates": 39}))


def _structural_sweep(place: Path) -> None:
    shutil.copytree(place, place.parent / "policy-pairs")


def _broken(place: Path) -> None:
    (place / KEPT / "odds.parquet").write_bytes(b"PAR1")


@pytest.mark.parametrize(
    "change", [_newer_block, _fewer_blocks, _fewer_replicates, _structural_sweep, _broken], ids=lambda f: f.__name__
)
def test_a_kept_table_is_not_read_once_what_it_was_made_of_changed(place: Path, change):
    assert read_cached(Results.open(place), ODDS) is not None
    change(place)
    results = Results.open(place)
    assert read_cached(results, ODDS) is None
    assert compute_odds(results)["n"].max() <= 40


def test_a_new_short_block_that_does_not_count_changes_nothing(place: Path):
    before = read_cached(Results.open(place), ODDS)
    shutil.copy(place / "blocks" / Block(0, 0, SIZE).name, place / "blocks" / Block(0, 0, 8).name)
    assert before is not None
    assert read_cached(Results.open(place), ODDS).equals(before)


def test_kept_tables_hold_no_clock(place: Path):
    before = {path.name: path.read_bytes() for path in (place / KEPT).iterdir()}
    for path in (place / "blocks").iterdir():
        os.utime(path, (1, 1))
    results = Results.open(place)
    write_tables(results, collect_tables(results))
    assert {path.name: path.read_bytes() for path in (place / KEPT).iterdir()} == before


def test_every_table_is_kept_and_none_of_another_name(place: Path):
    results = Results.open(place)
    tables = {path.stem for path in place.glob("*.csv")} - {"points"}
    assert {path.stem for path in (place / KEPT).iterdir()} == tables >= {ODDS, KILLED, DRIVERS}
    assert read_cached(results, "nothing") is None


def test_a_folder_that_cannot_be_written_is_named(place: Path):
    results = Results.open(place)
    found = collect_tables(results)
    shutil.rmtree(place / KEPT)
    (place / KEPT).write_text("in the way")
    with pytest.raises(OutputError, match="kept: cannot be made"):
        write_tables(results, found)


def rows_of(*rows: tuple[str, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["outcome", "horizon_days", "p"])


def test_a_table_that_is_asked_for_keeps_the_current_rows_of_other_outcomes(place: Path):
    results = Results.open(place)
    write_committed(results, "regional", rows_of(("Q2", 8, 0.2), ("Q1", 8, 0.1), ("Q1", 5, 0.3), ("Q1", 5, 0.4)))
    write_committed(results, "regional", rows_of(("Q3", 2, 0.7), ("Q1", 5, 0.5)))
    expected = rows_of(("Q1", 5, 0.5), ("Q1", 8, 0.1), ("Q2", 8, 0.2), ("Q3", 2, 0.7))
    pd.testing.assert_frame_equal(results.read_table("regional"), expected)
    other = rows_of(("Q4", 2, 0.7)).assign(more=1.0)
    write_committed(results, "regional", other)
    pd.testing.assert_frame_equal(results.read_table("regional"), other, obj="a table of other columns")
    later = (place / "regional.csv").stat().st_mtime + 5
    os.utime(place / "blocks" / Block(0, 0, SIZE).name, (later, later))
    write_committed(results, "regional", other.assign(outcome="Q5"))
    assert results.read_table("regional")["outcome"].tolist() == ["Q5"], "what was kept is older than a block"
    shutil.rmtree(place / "blocks")
    write_committed(Results.open(place), "regional", other)
    assert results.read_table("regional")["outcome"].tolist() == ["Q5"], "there is nothing to make a table from"


def test_what_must_be_there_is_asked_of_every_combination():
    found = combine_values(outcome=["Q1", "Q2"], horizon_days=None, point=[3], method=["a", "b"])
    assert found == [{"outcome": q, "point": 3, "method": m} for q in ("Q1", "Q2") for m in ("a", "b")]
    assert combine_values(outcome=None) == [{}]
    assert combine_values(outcome=[], point=[1]) == []


def test_rows_that_may_be_there_are_chosen_and_those_that_must_be_are_missed_by_name(place: Path):
    results = Results.open(place)
    table = rows_of(("Q1", 5, 0.5), ("Q1", 8, 0.1), ("Q2", 8, 0.2), ("Q3", 2, 0.7))
    results.write_table("regional", table)
    chosen = select_committed(results, "regional", {"outcome": ["Q1", "Q3"], "horizon_days": [8, 2]})
    pd.testing.assert_frame_equal(chosen, table.iloc[[1, 3]].reset_index(drop=True))
    must = combine_values(outcome=["Q2"], horizon_days=[8])
    assert select_committed(results, "regional", {"outcome": ["Q2"]}, must)["p"].tolist() == [0.2]
    with pytest.raises(InputError) as caught:
        select_committed(results, "regional", {}, [*must, {"outcome": "Q3", "horizon_days": 5}])
    assert 'regional.csv: outcome "Q3", horizon_days 5 was not kept in this folder, and there' in str(caught.value)
    with pytest.raises(
        InputError, match=r'outcome "Q9", horizon_days 8 was not kept .* \(kept of outcome: Q1, Q2, Q3\)'
    ):
        select_committed(results, "regional", {}, [{"outcome": "Q9", "horizon_days": 8}])
    results.write_table("regional", pd.concat([table] + [table.assign(outcome=f"R{i}") for i in range(10)]))
    with pytest.raises(InputError, match=r'outcome "Q9" was not kept in this folder, and'):
        select_committed(results, "regional", {}, [{"outcome": "Q9"}])


def test_an_unknown_table_is_refused_with_the_nearest_and_all_others_where_they_shall_be_listed():
    with pytest.raises(InputError, match=r'"ods"; did you mean "odds"\?$'):
        find_table("ods")
    with pytest.raises(InputError, match=r'"ods"; did you mean "odds"\? Tables: runs, .*, levers'):
        find_table("ods", is_listed=True)
