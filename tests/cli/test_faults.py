"""Sweeps that are killed again and again, or run out of disk: nothing is lost, with the bytes of a quiet run."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
from tiny import write_scenario

from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

ROOT = Path(__file__).parents[2]
SIZE: Final = 8
REPLICATES: Final = 14 * SIZE
"""Two points: 28 blocks."""
MOMENTS: Final = tuple((done, wait) for done in (0, 1, 0, 2) for wait in (0.0, 0.01, 0.04, 0.09, 0.15))
"""When a sweep is killed: after some blocks of its own, and some seconds more [s]."""

SCRIPT: Final = """
import os, sys, time
from pathlib import Path
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks
import sim.sweeps.blocks, sim.sweeps.workers  # what takes time to load is there before a child begins

if __name__ == "__main__":
    scenario = Scenario.load(sys.argv[1])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run_blocks(scenario, Path(sys.argv[2]), replicates=%d, seed=3, block_size=%d)
            os._exit(0)
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def undisturbed(scenario: Path, folder: Path, replicates: int = REPLICATES) -> dict[str, bytes]:
    return files(run_blocks(Scenario.load(scenario), folder, replicates=replicates, seed=3, block_size=SIZE))


def blocks(out: Path) -> int:
    return len(list(out.glob("blocks/p*")))


@pytest.mark.slow
def test_twenty_kills_lose_nothing_that_was_done(scenario: Path, tmp_path: Path):
    """Every sweep is a process of its own, forked off one that has loaded the package, and killed with SIGKILL."""
    out = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT % (REPLICATES, SIZE), str(scenario), str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        killed = 0
        for done, wait in MOMENTS:
            there = blocks(out)
            parent.stdin.write("go\n")
            parent.stdin.flush()
            child = int(parent.stdout.readline())
            while not (out.is_dir() and blocks(out) >= min(there + done, 2 * REPLICATES // SIZE)):
                time.sleep(0.001)
            time.sleep(wait)
            os.kill(child, signal.SIGKILL)
            killed += os.WIFSIGNALED(int(parent.stdout.readline()))
            assert blocks(out) >= there, "a block that was done is gone"
        parent.stdin.close()
    assert killed >= 10, "most sweeps were killed before they were done"
    assert undisturbed(scenario, out) == undisturbed(scenario, tmp_path / "quiet")


def sweep(
    scenario: Path, out: Path, *options: str, largest_file: int | None = None
) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        if largest_file is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, "-m", "sim", "sweep", str(scenario), "--out", str(out), "--jobs", "1", "--quiet", *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=limited,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def mounted(folder: Path, size: str) -> bool:
    """Return whether a small disk could be mounted at a folder, which needs the rights of the administrator."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_a_full_disk_is_one_sentence_and_with_more_room_the_sweep_goes_on(scenario: Path, tmp_path: Path):
    disk = tmp_path / "disk"
    if not mounted(disk, "500k"):
        pytest.skip("no small disk can be mounted here")
    try:
        full = sweep(scenario, disk, "--replicates", "20000")
        assert full.returncode == 2
        assert full.stdout == ""
        assert "the disk is full; what was done is kept, and the same command goes on from there" in full.stderr
        assert full.stderr.count("\n") == 1
        assert not list(disk.rglob(".tmp-*"))
        assert blocks(disk / "tiny") > 0
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        kept = {path: path.stat().st_mtime_ns for path in disk.glob("tiny/blocks/p*")}
        assert sweep(scenario, disk, "--replicates", "20000").returncode == 0
        assert kept == {path: path.stat().st_mtime_ns for path in kept}
        assert sweep(scenario, tmp_path / "quiet", "--replicates", "20000").returncode == 0
        assert files(disk) == files(tmp_path / "quiet")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_that_may_not_grow_is_one_sentence_and_leaves_nothing_half_written(scenario: Path, tmp_path: Path):
    """A stand-in for a full disk where none can be mounted: no file may be longer than this."""
    undisturbed(scenario, tmp_path / "first", SIZE)
    manifest = (tmp_path / "first" / "manifest.json").stat().st_size
    done = sweep(scenario, tmp_path / "out", "--replicates", "4000", largest_file=2 * manifest)
    assert done.returncode == 2
    assert "cannot be written (File too large)" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in (tmp_path / "out" / "tiny").rglob("*") if path.name.startswith((".tmp", "p0"))] == []
    assert sweep(scenario, tmp_path / "out", "--replicates", "4000").returncode == 0
