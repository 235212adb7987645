"""Sweeps that are killed at moments that differ in kind, or run out of disk, lose nothing and end in the same bytes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from command import Command
from forks import FORKS
from slow_policy import begin
from tiny import write_scenario

from sim.report.sweep_report import write_report
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Shard
from sim.sweeps.shard_merge import merge_shards
from sim.sweeps.sweep import run_blocks

ROOT = Path(__file__).parents[2]
SIZE: Final = 8


class Moment(NamedTuple):
    """When a process is killed: while it writes a file of some name, for the first time or a later one."""

    words: str
    file: str
    part: str  # how far it is then: nothing, half, whole (but not in its place), there
    time: int = 1


MOMENTS: Final = (
    Moment("before there is a manifest", "manifest.json", "half"),
    Moment("before the first block", "p*", "nothing"),
    Moment("while a block is written", "p*", "half", 3),
    Moment("when a block is written and not in its place", "p*", "whole"),
    Moment("between two blocks", "p*", "there", 2),
    Moment("while the manifest is written again", "manifest.json", "half"),
    Moment("while a table is written", "odds.csv", "half"),
    Moment("while the exact form of a table is kept", "odds.parquet", "whole"),
    Moment("while the page is written", "report.html", "half"),
)
"""In the order in which a sweep comes by."""


def killed_at(moment: Moment, work: Callable[..., object], *arguments: Any) -> None:
    """Do some work in a process that is killed at a moment, with SIGKILL, before anything can be tidied up."""
    process = FORKS.Process(target=_die_at, args=(moment, work, *arguments))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, f"{moment.words}: it was not killed"


def _die_at(moment: Moment, work: Callable[..., object], *arguments: Any) -> None:
    write, replace, met = Path.write_bytes, Path.replace, [0]

    def is_now(path: Path, part: str) -> bool:
        return fnmatch(path.name, f".tmp-{moment.file}") and (met[0], part) == (moment.time, moment.part)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def write_until(path: Path, content: bytes) -> int:
        met[0] += fnmatch(path.name, f".tmp-{moment.file}")
        if is_now(path, "nothing"):
            die()
        if is_now(path, "half"):
            write(path, content[: len(content) // 2])
            die()
        written = write(path, content)
        if is_now(path, "whole"):
            die()
        return written

    def replace_until(path: Path, target: Path) -> Path:
        replaced = replace(path, target)
        if is_now(path, "there"):
            die()
        return replaced

    Path.write_bytes, Path.replace = write_until, replace_until  # type: ignore[method-assign,assignment]
    work(*arguments)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def swept(scenario: Path, out: Path, replicates: int = 4 * SIZE, shard: Shard | None = None) -> Path:
    return run_blocks(Scenario.load(scenario), out, replicates=replicates, seed=3, block_size=SIZE, shard=shard)


def swept_with_tables(scenario: Path, out: Path) -> Path:
    write_report(Results.open(swept(scenario, out)))
    return out


def is_part_of(out: Path, quiet: dict[str, bytes]) -> bool:
    """Return whether every file that has its name is whole; what is half-written has another name."""
    found = {name: content for name, content in files(out).items() if not Path(name).name.startswith(".tmp-")}
    return found.items() <= quiet.items()


def test_kills_that_differ_in_kind_lose_nothing_that_was_done(scenario: Path, tmp_path: Path):
    """One folder goes on and on; each time nothing is gone, nothing is half, and in the end nothing is left over."""
    quiet, out = files(swept_with_tables(scenario, tmp_path / "quiet")), tmp_path / "out"
    before: set[str] = set()
    for moment in MOMENTS:
        killed_at(moment, swept_with_tables, scenario, out)
        there = files(out).keys() & quiet.keys()
        assert before <= there, f"{moment.words}: {before - there} is gone"
        assert is_part_of(out, quiet), moment.words
        before = there
    assert before == quiet.keys() - {"report.html"}
    assert files(swept_with_tables(scenario, out)) == quiet


def test_a_kill_while_a_short_block_is_made_longer_leaves_the_bytes_of_a_quiet_run(scenario: Path, tmp_path: Path):
    quiet, out = files(swept(scenario, tmp_path / "quiet")), swept(scenario, tmp_path / "out", SIZE + 3)
    short = files(out / "blocks")
    for part in ("half", "there"):
        killed_at(Moment("a short block", "p0000-r0000000008-*", part), swept, scenario, out)
        assert is_part_of(out / "blocks", short | {Path(name).name: content for name, content in quiet.items()})
        assert part == "there" or short.keys() <= files(out / "blocks").keys(), "what is not longer yet is kept"
    assert files(swept(scenario, out)) == quiet


def test_a_kill_while_shards_are_merged_loses_nothing(scenario: Path, tmp_path: Path):
    shards = [swept(scenario, tmp_path / place, shard=Shard.parse(f"{place}/2")) for place in "12"]
    before = [files(shard) for shard in shards]
    quiet, into = files(swept(scenario, tmp_path / "quiet")), tmp_path / "into"
    for moment in (Moment("first", "p*", "half", 2), Moment("again", "p*", "whole", 3)):
        killed_at(moment, merge_shards, shards, into)
        assert is_part_of(into, quiet)
    assert merge_shards(shards, into).lacking == []
    assert files(into) == quiet
    assert [files(shard) for shard in shards] == before


@pytest.mark.nightly
def test_twenty_kills_at_any_time_lose_nothing(scenario: Path, tmp_path: Path):
    """A sweep is killed after some blocks of its own, and some seconds more."""
    out, many = tmp_path / "out", 14 * SIZE
    killed = 0
    for done, wait in ((done, wait) for done in (0, 1, 0, 2) for wait in (0.0, 0.01, 0.04, 0.09, 0.15)):
        there = len(blocks(out))
        process = FORKS.Process(target=swept, args=(scenario, out, many))
        process.start()
        while not (out.is_dir() and len(blocks(out)) >= min(there + done, 2 * 14)):
            time.sleep(0.001)
        time.sleep(wait)
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        assert len(blocks(out)) >= there, "a block that was done is gone"
    assert killed >= 10, "most sweeps were killed before they were done"
    assert files(swept(scenario, out, many)) == files(swept(scenario, tmp_path / "quiet", many))


def blocks(out: Path) -> dict[str, int]:
    """Return when each block of a folder was written."""
    return {path.name: path.stat().st_mtime_ns for path in out.glob("blocks/p*")}


def mounted(folder: Path, size: str) -> bool:
    """Return whether a small disk could be mounted at a folder, which needs the rights of the administrator."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


LONG: Final = ("--replicates", "80", "--jobs", "1", "--quiet")
"""Twenty small blocks, more than a small disk holds."""


@pytest.mark.usefixtures("plain_pictures")
def test_a_full_disk_is_one_sentence_and_with_more_room_the_sweep_goes_on(sim: Command, scenario: Path, tmp_path: Path):
    disk = tmp_path / "disk"
    if not mounted(disk, "160k"):
        pytest.skip("no small disk can be mounted here")
    try:
        begin(scenario, disk)
        full = sim("sweep", scenario, *LONG, "--out", disk)
        assert (full.status, full.out) == (2, "")
        assert "the disk is full; what was done is kept, and the same command goes on from there" in full.err
        assert full.err.count("\n") == 1
        assert not list(disk.rglob(".tmp-*"))
        kept = blocks(disk / "tiny")
        assert 2 < len(kept) < 20
        subprocess.run(["mount", "-o", "remount,size=2m", str(disk)], check=True)
        assert sim("sweep", scenario, *LONG, "--out", disk).status == 0
        assert kept.items() <= blocks(disk / "tiny").items(), "what was done is not made again"
        begin(scenario, tmp_path / "quiet")
        assert sim("sweep", scenario, *LONG, "--out", tmp_path / "quiet").status == 0
        assert files(disk) == files(tmp_path / "quiet")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.usefixtures("plain_pictures")
def test_a_file_that_may_not_grow_is_one_sentence_and_leaves_nothing_half_written(
    sim: Command, scenario: Path, tmp_path: Path
):
    """A stand-in for a full disk where none can be mounted: no file of a process may be longer than its manifest."""
    manifest = begin(scenario, tmp_path / "first") / "manifest.json"
    longest = 2 * manifest.stat().st_size

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))

    command = ("sweep", scenario, "--replicates", "600", "--jobs", "1", "--quiet", "--out", tmp_path / "out")
    done = subprocess.run(
        [sys.executable, "-m", "sim", *map(str, command)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=limited,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert "cannot be written (File too large)" in done.stderr
    assert done.stderr.count("\n") == 1
    assert {path.name for path in (tmp_path / "out" / "tiny").rglob("*")} == {"manifest.json", "points.csv", "blocks"}
    assert sim(*command).status == 0
