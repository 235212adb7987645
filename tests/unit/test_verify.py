"""Verify: nothing wrong is found where nothing is, and every fault is named with its file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny import BASE, FACTOR, write_scenario

from sim.core.errors import InputError
from sim.results.reading.store import Results
from sim.results.reading.table_cache import KEPT
from sim.results.tables import collect_tables, write_tables
from sim.results.verify import FolderCheck, find_scenario, verify_results
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import serialise
from sim.sweeps.sweep import run_blocks

SIZE = 16
FIRST = Block(0, 0, SIZE).name


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("verify")))


@pytest.fixture(scope="module")
def made(scenario: Scenario) -> Path:
    out = run_blocks(scenario, scenario.path.parent / "results" / "tiny", replicates=40, seed=3, block_size=SIZE)
    results = Results.open(out)
    write_tables(results, collect_tables(results))
    return out


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny"))


def checks(place: Path, scenario: Scenario | None, sample: int = 2) -> dict[str, FolderCheck]:
    return {check.name: check for check in verify_results(Results.open(place), scenario, sample)}


def faults(place: Path, scenario: Scenario | None = None) -> list[str]:
    return [fault for check in checks(place, scenario).values() for fault in check.faults]


def rewritten(place: Path, name: str, change) -> None:
    """Write a block anew after a change of its table or stamp."""
    path = place / "blocks" / name
    table = pq.read_table(path, partitioning=None)
    stamp = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    kinds = [pa.list_(one.type.value_type) if pa.types.is_list(one.type) else one.type for one in table.schema]
    table = table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))
    path.write_bytes(serialise(*change(table, stamp)))


def test_a_whole_folder_has_no_fault_and_replicates_come_again(place: Path, scenario: Scenario):
    found = checks(place, scenario)
    assert list(found) == ["points", "scenario", "blocks", "tables", "run again"]
    assert {check.verdict for check in found.values()} == {"right"}
    assert found["blocks"].looked_at.startswith("6: ")
    assert "odds.csv" in found["tables"].looked_at
    assert found["run again"].looked_at.count("replicates") == 2


def test_the_same_replicates_are_sampled_every_time(place: Path, scenario: Scenario):
    first, second = (checks(place, scenario)["run again"].looked_at for _ in range(2))
    assert first == second


def test_what_cannot_be_checked_is_said(place: Path):
    found = checks(place, None)
    assert found["run again"].verdict == "not checked"
    assert "--scenario" in found["run again"].looked_at
    shutil.rmtree(place / "blocks")
    found = checks(place, None)
    assert {name: check.verdict for name, check in found.items()} == {"points": "right", "blocks": "not checked"}


def test_a_missing_block_is_named(place: Path):
    (place / "blocks" / FIRST).unlink()
    assert faults(place) == [f"{place / 'blocks' / FIRST}: is missing (point 0, replicates 0 to 15)"]
    assert checks(place, None)["tables"].verdict == "not checked"


@pytest.mark.parametrize("share", np.linspace(0, 1, 40, endpoint=False))
def test_any_damaged_byte_is_found_and_its_file_named(place: Path, share: float):
    path = place / "blocks" / FIRST
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 1
    path.write_bytes(content)
    found = next(check for check in verify_results(Results.open(place), None, 0) if check.name in ("files", "blocks"))
    assert len(found.faults) == 1
    assert str(path) in found.faults[0]


def test_a_file_that_is_no_block_is_named(place: Path):
    (place / "blocks" / FIRST).write_bytes(b"")
    assert "cannot be read" in faults(place)[0]


@pytest.mark.parametrize("key", ["digest", "seed", "rules"])
def test_a_block_of_another_run_is_named(place: Path, key: str):
    rewritten(place, FIRST, lambda table, stamp: (table, stamp | {key: "9"}))
    assert faults(place)[0].startswith(f"{place / 'blocks' / FIRST}: its stamp belongs to another run: {key} is 9")


def test_blocks_of_two_codes_are_named(place: Path):
    rewritten(place, FIRST, lambda table, stamp: (table, stamp | {"code": "older"}))
    assert "was made by other code" in faults(place)[0]


def test_a_changed_value_is_found_by_its_table_and_by_running_again(place: Path, scenario: Scenario):
    def change(table: pa.Table, stamp: dict[str, str]) -> tuple[pa.Table, dict[str, str]]:
        place_of = table.column_names.index("Q1_day")
        return table.set_column(place_of, "Q1_day", pa.array([1.0] * len(table))), stamp

    for path in (place / "blocks").iterdir():
        rewritten(place, path.name, change)
    found = checks(place, scenario)
    assert any("odds.csv: is not what the blocks give, from line" in fault for fault in found["tables"].faults)
    assert all("come out otherwise when they are run again: Q1_day" in fault for fault in found["run again"].faults)
    assert len(found["run again"].faults) == 2


def test_a_changed_table_is_named_with_its_line(place: Path):
    lines = (place / "killed.csv").read_text().splitlines()
    lines[2] = lines[2].replace("40", "41", 1)
    (place / "killed.csv").write_text("\n".join(lines) + "\n")
    assert faults(place) == [f"{place / 'killed.csv'}: is not what the blocks give, from line 3 on"]


@pytest.mark.parametrize("name", ["odds.csv", "killed.csv"])
def test_a_byte_that_is_no_text_is_named_with_its_line(place: Path, name: str):
    content = bytearray((place / name).read_bytes())
    content[content.index(b"\n") + 3] = 0xFF
    (place / name).write_bytes(content)
    assert faults(place) == [f"{place / name}: is not what the blocks give, from line 2 on"]


def test_a_changed_kept_table_is_named(place: Path):
    path = place / KEPT / "odds.parquet"
    table = pq.read_table(path)
    column = table.column_names.index("estimate")
    pq.write_table(table.set_column(column, "estimate", pa.array([0.5] * len(table))), path)
    assert "kept" in faults(place)[0]


def test_tables_that_are_not_written_are_no_fault(place: Path):
    (place / "odds.csv").unlink()
    found = checks(place, None)["tables"]
    assert found.verdict == "right"
    assert "not written yet: odds.csv" in found.looked_at


def test_points_that_do_not_agree_are_named(place: Path):
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps(manifest | {"points": 3}))
    assert "lists 2 points, the manifest has 3" in faults(place)[0]
    (place / "points.csv").write_text("nothing\n")
    assert "points.csv: cannot be read" in faults(place)[0]


@pytest.mark.parametrize("key", ["block_size", "horizon_days"])
def test_a_manifest_that_lacks_an_entry_is_a_fault(place: Path, key: str):
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({name: manifest[name] for name in manifest if name != key}))
    assert faults(place)[0].startswith(f"{place}: is damaged, or lacks what a sweep writes")


@pytest.mark.parametrize("value", ["x", None, -1, 2.5, {}, ["a"], [{}]])
@pytest.mark.parametrize("key", ["seed", "points", "horizons", "questions", "block_size"])
def test_a_manifest_with_another_kind_of_entry_is_refused_by_its_key(place: Path, key: str, value: object):
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps(manifest | {key: value}))
    with pytest.raises(InputError, match=rf"manifest\.json: {key}: must be"):
        Results.open(place)


def test_another_scenario_is_named_and_not_run(place: Path, tmp_path: Path):
    other = Scenario.load(
        write_scenario(tmp_path / "other", BASE.replace("step_days = 1.0", "step_days = 0.5") + FACTOR)
    )
    found = checks(place, other)
    assert "digest is not that of" in found["scenario"].faults[0]
    assert found["run again"].verdict == "not checked"


def test_a_scenario_is_found_by_name_and_digest(place: Path, scenario: Scenario, tmp_path: Path):
    results = Results.open(place)
    write_scenario(tmp_path / "scenarios" / "a", BASE)
    (tmp_path / "scenarios" / "b").mkdir()
    (tmp_path / "scenarios" / "b" / "tiny.toml").write_text("broken")
    assert find_scenario(results, None, tmp_path / "scenarios") is None
    assert find_scenario(results, None, tmp_path / "nowhere") is None
    right = write_scenario(tmp_path / "scenarios" / "c")
    found = find_scenario(results, None, tmp_path / "scenarios")
    assert found is not None
    assert found.path == right
    assert find_scenario(results, scenario.path, tmp_path).path == scenario.path
