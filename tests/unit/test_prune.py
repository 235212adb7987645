"""Prune: what no table counts goes, and nothing else; never while a sweep is writing."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tiny import write_scenario

from sim.core.errors import InputError, OutputError
from sim.results.analysis.odds import compute_odds
from sim.results.prune import REPLACED, UNFINISHED, list_removals, prune_results
from sim.results.reading.store import Results
from sim.results.tables import collect_tables, write_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import serialise
from sim.sweeps.sweep import run_blocks

SIZE = 16


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prune")
    out = run_blocks(Scenario.load(write_scenario(folder)), folder / "tiny", replicates=40, seed=3, block_size=SIZE)
    results = Results.open(out)
    write_tables(results, collect_tables(results))
    return out


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny"))


def files(place: Path) -> set[str]:
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}


def stamped(place: Path, name: str, **words: str) -> None:
    path = place / "blocks" / name
    table = pq.read_table(path, partitioning=None)
    stamp = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    path.write_bytes(serialise(table, stamp | words))


def test_a_clean_folder_loses_nothing(place: Path):
    before = files(place)
    assert list_removals(Results.open(place)) == []
    assert prune_results(Results.open(place)) == []
    assert files(place) == before


def test_what_no_table_counts_goes_and_the_odds_stay(place: Path):
    whole = files(place)
    before = compute_odds(Results.open(place))
    blocks = place / "blocks"
    shutil.copy(blocks / Block(0, 0, SIZE).name, blocks / Block(0, 0, 8).name)
    (blocks / ".tmp-half").write_bytes(b"half")
    (place / ".tmp-manifest.json").write_bytes(b"half")
    for start, words in ((48, {"seed": "9"}), (64, {"digest": "9"}), (80, {"code": "older"})):
        shutil.copy(blocks / Block(0, 1, SIZE).name, blocks / Block(start, 1, SIZE).name)
        stamped(place, Block(start, 1, SIZE).name, **words)
    (blocks / Block(96, 1, SIZE).name).write_bytes(b"broken")
    found = list_removals(Results.open(place))
    assert {one.path.relative_to(place).as_posix() for one in found} == files(place) - whole
    reasons = [one.why for one in found]
    assert reasons.count(REPLACED) == 1
    assert reasons.count(UNFINISHED) == 2
    assert sum("another run" in why for why in reasons) == 2
    assert all(one.size == one.path.stat().st_size for one in found)
    assert prune_results(Results.open(place)) == found
    assert files(place) == whole
    assert compute_odds(Results.open(place)).equals(before)


@pytest.mark.parametrize("is_foreign", [False, True])
def test_a_longer_block_that_no_table_counts_replaces_no_other(is_foreign: bool, place: Path):
    whole = files(place)
    longer = place / "blocks" / Block(0, 0, 99).name
    shutil.copy(place / "blocks" / Block(0, 0, SIZE).name, longer)
    if is_foreign:
        stamped(place, longer.name, seed="9")
    else:
        longer.write_bytes(b"broken")
    assert [one.path for one in prune_results(Results.open(place))] == [longer]
    assert files(place) == whole


def test_blocks_beyond_the_replicates_asked_for_stay_for_the_sweep_that_grows(place: Path):
    text = (place / "manifest.json").read_text()
    (place / "manifest.json").write_text(text.replace('"replicates": 40', '"replicates": 10'))
    assert list_removals(Results.open(place)) == []


def test_a_folder_of_older_code_alone_stays(place: Path):
    for path in (place / "blocks").iterdir():
        stamped(place, path.name, code="older")
    assert list_removals(Results.open(place)) == []


def test_all_blocks_go_when_they_are_asked_for_and_the_tables_stay(place: Path):
    before = compute_odds(Results.open(place))
    gone = prune_results(Results.open(place), blocks=True)
    assert sum(one.path.parent.name == "blocks" for one in gone) == 6
    assert files(place) == {name for name in files(place) if name.endswith((".csv", ".json"))}
    assert compute_odds(Results.open(place))["events"].tolist() == before["events"].tolist()
    assert list_removals(Results.open(place), blocks=True) == []


def test_blocks_do_not_go_before_their_tables_are_written(place: Path):
    (place / "blocks" / Block(32, 1, 8).name).unlink()
    with pytest.raises(InputError, match="the tables are older than the blocks"):
        list_removals(Results.open(place), blocks=True)
    assert (place / "blocks" / Block(0, 0, SIZE).name).is_file()


@pytest.mark.parametrize("name", ["odds.csv", "killed.csv", "drivers.csv", "incidence.csv", "variance.csv"])
def test_blocks_do_not_go_while_a_table_is_missing_or_changed(place: Path, name: str):
    before = files(place)
    text = (place / name).read_text()
    for changed in (None, "", text[:-2], text.replace("\n", " \n", 1)):
        (place / name).unlink()
        if changed is not None:
            (place / name).write_text(changed)
        with pytest.raises(InputError, match=f"{name}: is {'missing' if changed is None else 'not the table'}"):
            prune_results(Results.open(place), blocks=True)
        (place / name).write_text(text)
    assert files(place) == before
    assert prune_results(Results.open(place), blocks=True)
    assert list((place / "blocks").iterdir()) == []


def test_every_missing_table_is_named(place: Path):
    tables = {path.name for path in place.glob("*.csv")} - {"points.csv"}
    for name in tables:
        (place / name).unlink()
    with pytest.raises(InputError) as caught:
        list_removals(Results.open(place), blocks=True)
    assert {problem.key for problem in caught.value.problems} == tables


def test_blocks_do_not_go_while_a_kept_table_is_gone(place: Path):
    (place / "kept" / "killed.parquet").unlink()
    with pytest.raises(InputError, match="the tables are older than the blocks"):
        list_removals(Results.open(place), blocks=True)


def test_nothing_goes_while_a_sweep_is_writing(place: Path):
    (place / "blocks" / ".tmp-half").write_bytes(b"half")
    handle = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(OutputError, match="is writing here"):
            prune_results(Results.open(place))
    finally:
        os.close(handle)
    assert (place / "blocks" / ".tmp-half").is_file()
    assert len(prune_results(Results.open(place))) == 1
