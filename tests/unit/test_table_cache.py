"""Tables kept exact: the same as counted ones, and never older than what they were made of."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tiny import FACTOR, THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.core.errors import OutputError
from sim.results.analysis.drivers import DRIVERS
from sim.results.analysis.odds import KILLED, ODDS, compute_killed, compute_odds
from sim.results.reading.store import Results
from sim.results.reading.table_cache import KEPT, read_cached
from sim.results.tables import collect_tables, write_tables
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
