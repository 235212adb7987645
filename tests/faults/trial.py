"""One fault at a time in a copy of the tree: its tests are run, and the file is put back."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .reach import BUDGET_S
from .sites import Fault

LONGEST_S = 4 * BUDGET_S
"""A fault whose tests take longer than this hangs them, which nobody overlooks."""

LIBRARIES = [
    "pytest",
    "hypothesis",
    "numpy",
    "scipy.stats",
    "scipy.signal",
    "pandas",
    "pyarrow.parquet",
    "duckdb",
    "mesa",
]
LIBRARIES += [
    "numba",
    "typer",
    "rich.table",
    "matplotlib.pyplot",
    "emcee",
    "arviz_stats",
    "SALib",
    "portalocker",
    "pytest_benchmark.plugin",
]
"""What a process of tests has loaded before it looks at the code: each fault is met by a fork of one that has."""

ORIGINAL = Path(__file__).parents[2]
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(LIBRARIES)
_NAME = re.compile(r"^(FAILED|ERROR) | - .*$")
_PASSED, _NO_SUCH_TEST = 0, 4


@dataclass(frozen=True)
class Verdict:
    """What came of a fault: `caught`, `hung` (caught by time), `passed`, or `unreached` where no test runs it."""

    fault: Fault
    word: str
    by: str = ""

    @property
    def caught(self) -> bool:
        """Return whether somebody would have noticed."""
        return self.word in ("caught", "hung")


class Copy:
    """A copy, at `root`, of the tracked files of the tree `original`, in which one fault stands at a time."""

    def __init__(self, original: Path, root: Path) -> None:
        self.root = root
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=original, capture_output=True, text=True, check=True).stdout
        for name in filter(None, listed.split("\0")):
            if (original / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(original / name, root / name)
        self._writes = 0

    def try_fault(self, fault: Fault, tests: list[str]) -> Verdict:
        """Put the fault in, run the tests until one fails, and put the file back."""
        if not tests:
            return Verdict(fault, "unreached")
        file = self.root / fault.path
        whole = file.read_bytes()
        try:
            fault.apply(self.root)
            self._age(file)
            ran, exitcode, failed = self._run_named(tests, "-x")
        finally:
            file.write_bytes(whole)
            self._age(file)
        if exitcode == _PASSED:
            return Verdict(fault, "passed")
        if not failed and (unchanged := self._run(ran, "-x")[0]) != _PASSED:
            raise RuntimeError(f"pytest ended with {exitcode} for {fault.name}, and without it with {unchanged}")
        return Verdict(fault, "hung" if exitcode is None else "caught", failed[0] if failed else "")

    def _age(self, file: Path) -> None:
        """Give each writing a time of its own: compiled files go by whole seconds and sizes."""
        self._writes += 1
        born = file.stat().st_mtime + 2 * self._writes
        os.utime(file, (born, born))
        if file.parent.name == "core":
            # Compiled code holds constants of other modules, and goes by the time of its own alone.
            for compiled in self.root.glob("sim/**/*.nb[ic]"):
                compiled.unlink()

    def fail_unchanged(self, tests: list[str]) -> list[str]:
        """Return those of the tests that fail without any fault, or of their files."""
        if not tests:
            return []
        _, exitcode, failed = self._run_named(tests, "", patience=len(tests))
        if exitcode != _PASSED and not failed:
            raise RuntimeError(f"pytest ended with {exitcode} without any fault")
        return failed

    def _run_named(
        self, tests: list[str], option: str, patience: float = 1.0
    ) -> tuple[list[str], int | None, list[str]]:
        """Return what was run and what came of it: the tests, or their files where one is not known by its name.

        Tests may be named by what the code holds, and a fault takes a name away or brings one.
        """
        exitcode, failed = self._run(tests, option, patience)
        if exitcode == _NO_SUCH_TEST:
            tests = sorted({test.partition("::")[0] for test in tests})
            exitcode, failed = self._run(tests, option, patience)
        return tests, exitcode, failed

    def _run(self, tests: list[str], option: str, patience: float = 1.0) -> tuple[int | None, list[str]]:
        """Return the exit status of pytest, none where it took too long, and the names of tests that failed."""
        said = self.root / "said.txt"
        process = _SERVER.Process(target=_run_pytest, args=(self.root, said, [*tests, *filter(None, [option])]))
        process.start()
        process.join(patience * LONGEST_S)
        if process.exitcode is None:
            os.killpg(process.pid or 0, signal.SIGKILL)
            process.join()
            return None, []
        lines = said.read_text(errors="replace").splitlines()
        return process.exitcode, [_NAME.sub("", line) for line in lines if line.startswith(("FAILED ", "ERROR "))]


def _run_pytest(root: Path, said: Path, tests: list[str]) -> None:
    """Run tests in the copy at `root` and end with the status of pytest; what it prints goes to a file."""
    os.setsid()
    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root)
    sys.path[:] = [str(root), *(path for path in sys.path if path not in ("", str(ORIGINAL)))]
    with said.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    import pytest

    # Libraries that were loaded before cannot have their assertions rewritten, of which pytest warns.
    early = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    sys.exit(pytest.main([*tests, *early, "-q", "-p", "no:cacheprovider", "--no-header"]))
