"""``sim sweep --cluster``: a real Dask scheduler and two worker processes, and what may happen to them."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import distributed  # noqa: F401 - draws from `random` as it is loaded, which no test may do
import pytest
from command import Command
from forks import FORKS
from slow_policy import BLOCK, REPLICATES, begin, make_slow, write_slow_scenario
from tiny import write_scenario

from sim.report.sweep_report import write_report
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

ROOT = Path(__file__).parents[2]
COMMAND = """
import sys
import sim.cli, sim.sweeps.dask_cluster
sim.sweeps.dask_cluster._SILENT_SECONDS = 1.0  # instead of ten
sim.cli.main()
"""


class Machines:
    """A scheduler and two workers, all processes of their own; what a test has killed is started anew for the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scheduler: BaseProcess | None = None
        self.workers: list[BaseProcess] = []

    def make_ready(self) -> None:
        if self.scheduler is None or not self.scheduler.is_alive():
            self.end()
            self.file.unlink(missing_ok=True)
            own = ("--port", "0", "--scheduler-file", str(self.file))
            self.scheduler = self._start("dask_scheduler", *own)
            until(lambda: self.file.is_file() and self.file.read_text().rstrip().endswith("}"))
        self.workers = [worker for worker in self.workers if worker.is_alive()]
        while len(self.workers) < 2:
            self.workers.append(self._start("dask_worker", self.address, "--nthreads", "1", "--no-nanny"))

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text())["address"])

    def end(self) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            process.kill()
            process.join()

    def _start(self, module: str, *options: str) -> BaseProcess:
        process = FORKS.Process(target=play, args=(module, self.folder, options))
        process.start()
        return process


def play(module: str, folder: Path, options: tuple[str, ...]) -> None:
    """Be a scheduler or a worker."""
    os.environ["DASK_TEMPORARY_DIRECTORY"] = str(folder)
    log = os.open(folder / f"{module}-{os.getpid()}.log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    importlib.import_module(f"distributed.cli.{module}").main([*options, "--host", "127.0.0.1", "--no-dashboard"])


def until(happened: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    made = Machines(tmp_path_factory.mktemp("machines"))
    yield made
    made.end()


@pytest.fixture
def machines(both: Machines) -> Machines:
    both.make_ready()
    return both


@dataclass(frozen=True)
class Quiet:
    """A scenario of slow blocks, a sweep of it that has begun, and what comes of it in one process."""

    scenario: Path
    begun: Path
    files: dict[str, bytes]

    def options(self, out: Path) -> tuple[str, ...]:
        return (str(self.scenario), "--replicates", str(REPLICATES), "--out", str(out), "--quiet")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    folder = tmp_path_factory.mktemp("quiet")
    path = write_slow_scenario(folder / "scenarios")
    begun = begin(path, folder / "begun")
    scenario = Scenario.load(path)
    whole = shutil.copytree(begun, folder / "whole")
    write_report(Results.open(run_blocks(scenario, whole, replicates=REPLICATES, seed=scenario.seed)))
    make_slow(path)
    return Quiet(path, begun, files(whole))


@contextlib.contextmanager
def in_the_midst(quiet: Quiet, out: Path, machines: Machines) -> Iterator[subprocess.Popen[str]]:
    """Give a sweep on the cluster that has written a block and has others in hand."""
    make_slow(quiet.scenario)
    shutil.copytree(quiet.begun, out / "tiny")
    running = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "sweep", *quiet.options(out), "--cluster", machines.address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    until(lambda: len(list(out.glob("tiny/blocks/p*"))) > 2 or running.poll() is not None)
    assert running.poll() is None, running.communicate()
    yield running
    running.kill()
    running.communicate()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_cluster_that_loses_a_worker_writes_the_bytes_of_one_process(
    machines: Machines, quiet: Quiet, tmp_path: Path
):
    with in_the_midst(quiet, tmp_path, machines) as running:
        machines.workers[0].kill()
        make_slow(quiet.scenario, False)
        out, err = running.communicate(timeout=120)
    assert (running.returncode, err) == (0, "")
    assert "Q1 Left-Right war: odds in %" in out
    assert files(tmp_path / "tiny") == quiet.files


def test_a_scheduler_that_vanishes_is_one_sentence_and_the_sweep_goes_on_elsewhere(
    machines: Machines, quiet: Quiet, tmp_path: Path
):
    with in_the_midst(quiet, tmp_path, machines) as running:
        # The workers are stopped first, so that the sweep cannot end before the scheduler is gone.
        for worker in machines.workers:
            os.kill(int(worker.pid or 0), signal.SIGSTOP)
        assert machines.scheduler is not None
        machines.scheduler.kill()
        out, err = running.communicate(timeout=120)
    assert (running.returncode, out) == (2, "")
    assert err.startswith(f"sim: the scheduler at {machines.address} is gone; the blocks that were done are kept")
    assert err.count("\n") == 1
    make_slow(quiet.scenario, False)
    before = files(tmp_path / "tiny" / "blocks")
    scenario = Scenario.load(quiet.scenario)
    written = files(run_blocks(scenario, tmp_path / "tiny", replicates=REPLICATES, seed=scenario.seed))
    assert 2 < len(before) < len(files(tmp_path / "tiny" / "blocks")) == 2 * REPLICATES // BLOCK
    assert before.items() <= files(tmp_path / "tiny" / "blocks").items()
    assert written == {name: quiet.files[name] for name in written}


def test_a_scheduler_that_is_not_there_is_one_sentence(sim: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.sweeps.dask_cluster._CONNECT_SECONDS", 1.0)
    path = write_scenario(tmp_path / "scenarios")
    before = random.getstate()
    done = sim("sweep", path, "--cluster", "tcp://127.0.0.1:9", "--out", tmp_path / "out")
    random.setstate(before)  # the library draws how long it waits
    assert (done.status, done.out) == (2, "")
    assert done.err == "sim: --cluster: there is no Dask scheduler at tcp://127.0.0.1:9\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:port", "127.0.0.1:8786", "tcp://:1", "tcp://a:99999"])
def test_a_wrong_address_is_one_sentence(address: str, sim: Command, tmp_path: Path):
    path = write_scenario(tmp_path / "scenarios")
    done = sim("sweep", path, "--cluster", address, "--out", tmp_path / "out")
    assert done.status == 2
    assert done.err == f'sim: options: --cluster: must be like tcp://host:8786, not "{address}"\n'
    assert not (tmp_path / "out").exists()
