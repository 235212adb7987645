"""A Dask cluster whose workers see none of our files: another folder, home and place for temporary files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import distributed  # noqa: F401 - draws from `random` as it is loaded, which no test may do
import pytest

from sim.core.compilation import cache_folder
from sim.scenario.scenario import Scenario
from sim.sweeps.dask_cluster import connect
from sim.sweeps.sweep import run_blocks

ROOT = Path(__file__).parents[2]
POLICY = """
from dataclasses import dataclass
from sim.policies import Reaction, ScalarPolicy

def lifted(rung):
    return rung

@dataclass(frozen=True)
class Mine(ScalarPolicy):
    def react(self, now, rung):
        return Reaction(1.0, lifted(rung))
"""
MINE = """
base = "baseline.toml"
posterior = "../fit"
title = "Theatre, ledger, fit and a policy of one's own"

[run]
horizon_days = 8
horizons = [8]

[policy.HZB]
rule = "mine.py:Mine"
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Start a scheduler and two workers as somebody else would, elsewhere."""
    file = tmp_path / "scheduler.json"
    started = []

    def start(module: str, name: str, *options: str) -> None:
        home = tmp_path / name
        (home / "temporary").mkdir(parents=True)
        own = {"HOME": str(home), "TMPDIR": str(home / "temporary"), "PYTHONPATH": str(ROOT)}
        own["NUMBA_CACHE_DIR"] = str(cache_folder().parent)  # compiling anew would take half a minute
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options, "--host", "127.0.0.1", "--no-dashboard"]
        with (home / "log").open("w") as log:
            started.append(subprocess.Popen(command, cwd=home, env=os.environ | own, stdout=log, stderr=log))

    start("dask_scheduler", "scheduler", "--port", "0", "--scheduler-file", str(file))
    deadline = time.monotonic() + 90
    while not (file.is_file() and file.read_text().rstrip().endswith("}")):
        assert time.monotonic() < deadline, "no scheduler"
        time.sleep(0.02)
    address = str(json.loads(file.read_text())["address"])
    for number in range(2):
        start("dask_worker", f"worker-{number}", address, "--nthreads", "1", "--no-nanny")
    yield address
    for process in started:
        process.kill()
        process.wait()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_workers_that_see_none_of_our_files_write_the_same_bytes(address: str, tmp_path: Path):
    ours = tmp_path / "ours"
    shutil.copytree(ROOT / "scenarios" / "lebanon-2023", ours / "scenario")
    shutil.copytree(ROOT / "results" / "fit-lebanon-2023", ours / "fit")
    (ours / "scenario" / "mine.toml").write_text(MINE)
    (ours / "scenario" / "mine.py").write_text(POLICY)
    scenario = Scenario.load(ours / "scenario" / "mine.toml")
    alone = run_blocks(scenario, tmp_path / "alone", replicates=24, seed=3, block_size=4)
    shutil.rmtree(ours)
    with connect(address) as cluster:
        spread = run_blocks(scenario, tmp_path / "spread", replicates=24, seed=3, block_size=4, executor=cluster)
    assert files(spread) == files(alone)
    manifest = json.loads((spread / "manifest.json").read_text())
    assert list(manifest["rules"]) == ["mine.py:Mine"]
    assert any("posterior" in law["law"] for law in manifest["resolved"]["parameters"].values())
    assert manifest["resolved"]["ledger_sha256"]
