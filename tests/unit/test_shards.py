"""Shards: every block in exactly one, together the bytes of the whole; what does not belong together is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portalocker import LockFlags
from tiny import BASE, FACTOR, write_scenario

import sim.sweeps.locks
from sim.core.errors import InputError, OutputError
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block, Shard, split_blocks
from sim.sweeps.compute_block import compute_block
from sim.sweeps.locks import hold_alone, hold_shared
from sim.sweeps.provenance import build_stamp
from sim.sweeps.shard_merge import merge_shards
from sim.sweeps.sweep import run_blocks

SIZE = 16


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("scenarios")))


@pytest.fixture(scope="module")
def made(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the whole sweep and its three shards."""
    folder = tmp_path_factory.mktemp("made")
    swept(scenario, folder / "whole")
    for place in (1, 2, 3):
        swept(scenario, folder / f"s{place}", Shard(place, 3))
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def swept(scenario: Scenario, out: Path, shard: Shard | None = None, seed: int = 3) -> Path:
    return run_blocks(scenario, out, replicates=40, seed=seed, block_size=SIZE, shard=shard)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path) -> set[str]:
    return {path.name for path in (folder / "blocks").iterdir()}


@given(st.integers(1, 9), st.integers(1, 200), st.integers(1, 12))
def test_every_block_is_in_one_shard(points: int, replicates: int, count: int):
    blocks = split_blocks(points, replicates, 10)
    shards = [Shard(place, count).share(blocks) for place in range(1, count + 1)]
    assert sorted(block for shard in shards for block in shard) == blocks
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/2", "1/2/3", ""])
def test_a_wrong_shard_is_refused(text: str):
    with pytest.raises(InputError, match=r"--shard: must be like 3/8"):
        Shard.parse(text)
    assert str(Shard.parse(" 3/8 ")) == "3/8"


def test_merged_shards_are_the_whole(made: Path, tmp_path: Path):
    assert {len(names(made / f"s{place}")) for place in (1, 2, 3)} == {2}
    merged = merge_shards([made / "s1", made / "s3"], tmp_path / "out")
    assert merged.blocks == 6
    assert {block.name for block in merged.lacking} == names(made / "s2")
    assert merge_shards([made / "s2", made / "s1"], tmp_path / "out").lacking == []
    assert files(tmp_path / "out") == files(made / "whole")


def test_shards_may_share_a_folder(scenario: Scenario, made: Path, tmp_path: Path):
    for place in (3, 1, 2):
        swept(scenario, tmp_path / "out", Shard(place, 3))
    assert files(tmp_path / "out") == files(made / "whole")


def test_a_shard_writes_beside_others_but_not_beside_itself_or_a_whole_sweep(scenario: Scenario, tmp_path: Path):
    out = swept(scenario, tmp_path / "out", Shard(1, 3))
    with hold_shared(out, "2-of-3", lambda: None):
        swept(scenario, out, Shard(3, 3))
        with pytest.raises(OutputError, match="the same shard is being computed here"):
            swept(scenario, out, Shard(2, 3))
        with pytest.raises(OutputError, match="another sweep is writing here"):
            swept(scenario, out)
    assert not list(out.glob(".shard-*"))


def test_a_shard_waits_for_a_whole_sweep_only_so_long(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.sweeps.locks._PATIENCE_SECONDS", 0.2)
    out = swept(scenario, tmp_path / "out", Shard(1, 3))
    with hold_alone(out), pytest.raises(OutputError, match="another sweep is writing here"):
        swept(scenario, out, Shard(2, 3))


def test_a_shard_begins_once_a_whole_sweep_has_ended_and_only_the_first_prepares(tmp_path: Path):
    prepared: list[str] = []

    def hold(name: str) -> None:
        with hold_shared(tmp_path, name, lambda: prepared.append(name)):
            prepared.append(f"{name} at work")

    with hold_alone(tmp_path):
        waiting = Thread(target=hold, args=("1-of-3",))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert prepared == []
    waiting.join(10)
    assert prepared == ["1-of-3", "1-of-3 at work"]
    with hold_shared(tmp_path, "2-of-3", lambda: prepared.append("2-of-3")):
        hold("3-of-3")
    assert prepared[2:] == ["2-of-3", "3-of-3 at work"]


def test_the_name_of_a_shard_that_was_taken_away_meanwhile_is_held_by_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Between opening and locking, whoever held the name before ends, and takes its file away."""
    opened, locks = [], sim.sweeps.locks
    lock = locks._try_lock

    def lock_late(handle: int, kind: LockFlags) -> bool:
        opened.append(handle)
        if len(opened) == 1:
            (tmp_path / ".shard-1-of-3").unlink()
        return lock(handle, kind)

    monkeypatch.setattr(locks, "_try_lock", lock_late)
    with hold_shared(tmp_path, "1-of-3", lambda: None):
        assert (tmp_path / ".shard-1-of-3").exists()
        with (
            pytest.raises(OutputError, match="the same shard is being computed here"),
            hold_shared(tmp_path, "1-of-3", lambda: None),
        ):
            pass
        assert (tmp_path / ".shard-1-of-3").exists()
    assert not list(tmp_path.glob(".shard-*"))


def test_another_sweep_is_refused_with_what_differs(scenario: Scenario, copy: Path, tmp_path: Path):
    other = swept(scenario, tmp_path / "other", Shard(2, 3), seed=4)
    with pytest.raises(InputError, match=r"belongs to another sweep than \S+s1: seed was 3, is 4"):
        merge_shards([copy / "s1", other], tmp_path / "out")
    changed = Scenario.load(write_scenario(tmp_path / "changed", (BASE + FACTOR).replace("0.9", "0.8")))
    with pytest.raises(InputError, match=r"factors\.policy\.L\.climb\.1 was 0\.9, is 0\.8"):
        merge_shards([copy / "s1", swept(changed, tmp_path / "third", Shard(2, 3))], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_overlap_with_other_bytes_is_refused(scenario: Scenario, copy: Path, tmp_path: Path):
    block = Block(0, 0, SIZE)
    stamp = build_stamp(scenario, 3)
    shutil.copy(copy / "s1" / "blocks" / block.name, copy / "s2" / "blocks" / block.name)
    assert len(merge_shards([copy / "s1", copy / "s2"], tmp_path / "same").lacking) == 2
    (copy / "s2" / "blocks" / block.name).write_bytes(compute_block(scenario.shorten(2), block, 3, stamp=stamp))
    with pytest.raises(InputError, match=rf"s2/blocks/{block.name}: differs from \S+s1"):
        merge_shards([copy / "s1", copy / "s2"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_broken_blocks_and_those_of_other_code_are_refused(scenario: Scenario, copy: Path, tmp_path: Path):
    path = copy / "s3" / "blocks" / min(names(copy / "s3"))
    block = Block.parse(path.name)
    assert block is not None
    path.write_bytes(compute_block(scenario, block, 3, stamp=build_stamp(scenario, 3) | {"code": "older"}))
    with pytest.raises(InputError, match="is broken, or other code or policies made it"):
        merge_shards([copy / "s1", copy / "s3"], tmp_path / "out")
    path.write_bytes(b"half")
    with pytest.raises(InputError, match="is broken, or other code"):
        merge_shards([copy / "s1", copy / "s3"], tmp_path / "out")
    with pytest.raises(InputError, match="cannot be read; compute its shard again"):
        merge_shards([copy / "s3"], tmp_path / "out")


def test_what_is_no_shard_is_refused(copy: Path, tmp_path: Path):
    with pytest.raises(InputError, match="not a results folder that can be merged"):
        merge_shards([tmp_path / "nothing"], tmp_path / "out")
    manifest = json.loads((copy / "s1" / "manifest.json").read_text())
    (copy / "s1" / "manifest.json").write_text(json.dumps(manifest | {"replicates_of_points": [16, 32]}))
    with pytest.raises(InputError, match="a fixed number of replicates alone can be merged"):
        merge_shards([copy / "s1"], tmp_path / "out")
