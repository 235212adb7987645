"""``sim sweep --cluster``: a real Dask scheduler and two worker processes, and what may happen to them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from command import Command
from tiny import write_scenario

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LONG = ("--replicates", "12000")


@dataclass
class Machines:
    """A scheduler and its workers, all processes of their own."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options, "--no-dashboard"]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_TEMPORARY_DIRECTORY": str(self.folder)}
        log = (self.folder / f"{module}-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=environment)
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1")

    @property
    def address(self) -> str:
        file = self.folder / "scheduler.json"
        until(lambda: file.is_file() and file.read_text().rstrip().endswith("}"))
        return str(json.loads(file.read_text())["address"])


def until(happened: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    made = Machines(tmp_path)
    made.start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "scheduler.json")
    yield made
    for process in reversed(made.processes):
        process.kill()
        process.wait()


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios")


def sweep(scenario: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sim", "sweep", str(scenario), *LONG, "--out", str(out), "--quiet", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def blocks(out: Path) -> int:
    return len(list(out.glob("tiny/blocks/p*")))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_cluster_that_loses_a_worker_writes_the_bytes_of_one_process(
    machines: Machines, scenario: Path, tmp_path: Path
):
    lost, _ = machines.worker(), machines.worker()
    running = sweep(scenario, tmp_path / "cluster", "--cluster", machines.address)
    until(lambda: blocks(tmp_path / "cluster") > 0 or running.poll() is not None)
    lost.kill()
    out, err = running.communicate(timeout=120)
    assert (running.returncode, err) == (0, "")
    alone = sweep(scenario, tmp_path / "alone", "--jobs", "1")
    assert alone.communicate(timeout=120)[0] == out
    assert files(tmp_path / "cluster") == files(tmp_path / "alone")


def test_a_scheduler_that_vanishes_is_one_sentence_and_the_sweep_goes_on_elsewhere(
    machines: Machines, scenario: Path, tmp_path: Path
):
    worker = machines.worker()
    running = sweep(scenario, tmp_path / "out", "--cluster", machines.address)
    until(lambda: blocks(tmp_path / "out") > 0 or running.poll() is not None)
    # The worker is stopped first, so that the sweep cannot end before the scheduler is gone.
    worker.send_signal(signal.SIGSTOP)
    machines.processes[0].kill()
    out, err = running.communicate(timeout=120)
    assert running.returncode == 2
    assert out == ""
    assert err.startswith(f"sim: the scheduler at {machines.address} is gone; the blocks that were done are kept")
    assert err.count("\n") == 1
    for name in ("out", "alone"):
        again = sweep(scenario, tmp_path / name, "--jobs", "1")
        again.communicate(timeout=120)
        assert again.returncode == 0
    assert files(tmp_path / "out") == files(tmp_path / "alone")


def test_a_scheduler_that_is_not_there_is_one_sentence(scenario: Path, tmp_path: Path):
    running = sweep(scenario, tmp_path / "out", "--cluster", "tcp://127.0.0.1:9")
    out, err = running.communicate(timeout=60)
    assert running.returncode == 2
    assert out == ""
    assert err == "sim: --cluster: there is no Dask scheduler at tcp://127.0.0.1:9\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:port", "127.0.0.1:8786", "tcp://:1", "tcp://a:99999"])
def test_a_wrong_address_is_one_sentence(address: str, sim: Command, scenario: Path, tmp_path: Path):
    done = sim("sweep", scenario, "--cluster", address, "--out", tmp_path / "out")
    assert done.status == 2
    assert done.err == f'sim: options: --cluster: must be like tcp://host:8786, not "{address}"\n'
    assert not (tmp_path / "out").exists()
