"""One fault at a time in a copy of the tree: its tests are run, and the file is put back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .reach import BUDGET_S
from .sites import Fault

LONGEST_S = 4 * BUDGET_S
"""A fault whose tests take longer than this hangs them, which nobody overlooks."""

_FAILED = 1
_PASSED = 0


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
            return self._run(fault, tests)
        finally:
            file.write_bytes(whole)
            self._age(file)

    def _age(self, file: Path) -> None:
        """Give each writing a time of its own: compiled files go by whole seconds and sizes."""
        self._writes += 1
        born = file.stat().st_mtime + 2 * self._writes
        os.utime(file, (born, born))

    def _run(self, fault: Fault, tests: list[str]) -> Verdict:
        listed = self.root / "tests-of-the-fault.txt"
        listed.write_text("\n".join(tests))
        command = [sys.executable, "-m", "pytest", f"@{listed}", "-x", "-q", "-p", "no:cacheprovider", "--no-header"]
        environment = {**os.environ, "PYTHONPATH": str(self.root)}
        options = {"cwd": self.root, "env": environment, "text": True, "start_new_session": True}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        try:
            out, _ = process.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            return Verdict(fault, "hung")
        if process.returncode == _PASSED:
            return Verdict(fault, "passed")
        said = [line for line in out.splitlines() if line.startswith(("FAILED", "ERROR"))]
        if process.returncode != _FAILED and not said:
            raise RuntimeError(f"pytest ended with {process.returncode} for {fault.name}:\n{out[-2000:]}")
        return Verdict(fault, "caught", said[0][:160] if said else "")
