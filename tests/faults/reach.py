"""Which tests reach which line of the package, measured once with coverage and kept until code or tests change."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

from .sites import Fault

SUITES = ("tests/unit", "tests/contract", "tests/property", "tests/golden", "tests/statistical", "tests/cli")
CONTEXTS = "tests.faults.contexts"
"""The plugin that tells coverage which test runs."""

BUDGET_S = 90.0
"""Seconds of tests, by their own times, that a fault is given."""

MOST_TESTS = 600
"""Tests that a fault is given at most."""

_COVERAGE = """[run]
source = {root}/sim
data_file = {data}
parallel = true
patch =
    subprocess
    _exit
disable_warnings = no-data-collected, module-not-imported
"""

NO_TEST = ""
"""Stands among the tests of a line that also runs outside of them, when its module is imported."""

_DURATION = re.compile(r"^\s*([0-9.]+)s (?:call|setup)\s+(tests/.*)$", re.MULTILINE)
_STRONG = ("tests/golden", "tests/property", "tests/contract")


@dataclass(frozen=True)
class Reach:
    """Lines of each module with the tests that ran them, and what each test takes in seconds."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def tests_of(self, fault: Fault) -> list[str]:
        """Return the tests that matter for a fault, the nearest and quickest first, within the budget."""
        lines = self.lines.get(fault.path, {})
        groups = [set(lines.get(fault.line, []))]
        if NO_TEST in groups[0] or not groups[0]:
            # What an import has done is used by tests that do not run it: all that use the module judge it, and those
            # that see everything.
            groups += [{test for tests in lines.values() for test in tests}]
            groups += [{test for test in self.seconds if test.startswith(_STRONG)}]
        named = f"/test_{Path(fault.path).stem}"
        groups = [tests for group in groups if (tests := group - {NO_TEST})]
        chosen = [test for group in groups for test in self._choose(group, named, 1 / len(groups))]
        return list(dict.fromkeys(chosen))

    def _choose(self, tests: set[str], named: str, share: float) -> list[str]:
        """Return the nearest and quickest of some tests within a share of the budget, and one at least."""

        def nearness(test: str) -> tuple[int, float, str]:
            near = 0 if named in test else 1 if test.startswith(_STRONG) else 2
            return near, self.seconds.get(test, 0.0), test

        chosen, spent = [], 0.0
        for test in sorted(tests, key=nearness)[: int(share * MOST_TESTS)]:
            spent += self.seconds.get(test, 0.0)
            if spent > share * BUDGET_S and chosen:
                break
            chosen.append(test)
        return chosen


def measure_reach(root: Path, keep: Path) -> Reach:
    """Return the reach of the tests of `root`, measured anew (into the folder `keep`) where code or tests changed."""
    file = keep / f"reach-{_digest(root)}.json"
    if not file.exists():
        keep.mkdir(parents=True, exist_ok=True)
        _run_suites(root, keep)
        durations = (keep / "durations.txt").read_text()
        seconds: dict[str, float] = defaultdict(float)
        for took, test in _DURATION.findall(durations):
            seconds[test.strip()] += float(took)
        written = {"lines": _lines(root, keep / "coverage"), "seconds": seconds}
        file.with_suffix(".new").write_text(json.dumps(written))
        file.with_suffix(".new").replace(file)
    read = json.loads(file.read_text())
    lines = {path: {int(line): tests for line, tests in of.items()} for path, of in read["lines"].items()}
    return Reach(lines, read["seconds"])


def _run_suites(root: Path, keep: Path) -> None:
    settings = keep / "settings.ini"
    settings.write_text(_COVERAGE.format(root=root, data=keep / "coverage"))
    options = ["-q", "-n", "2", "--dist", "loadfile", "--durations=0", "-vv", "-p", "no:cacheprovider"]
    coverage = [sys.executable, "-m", "coverage"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with (keep / "durations.txt").open("w") as out:
        run = [*coverage, "run", f"--rcfile={settings}", "-m", "pytest", "-p", CONTEXTS, *SUITES, *options]
        subprocess.run(run, cwd=root, env=environment, stdout=out, stderr=subprocess.STDOUT, check=False)
        join = [*coverage, "combine", "-q", f"--rcfile={settings}"]
        subprocess.run(join, cwd=root, stdout=out, stderr=subprocess.STDOUT, check=True)


def _lines(root: Path, file: Path) -> dict[str, dict[int, list[str]]]:
    data = CoverageData(basename=str(file))
    data.read()
    by_path = {}
    for measured in data.measured_files():
        by_line = {}
        for line, contexts in data.contexts_by_lineno(measured).items():
            by_line[line] = sorted(set(contexts))
        by_path[str(Path(measured).relative_to(root))] = by_line
    return by_path


def _digest(root: Path) -> str:
    total = hashlib.sha256()
    for file in sorted([*root.glob("sim/**/*.py"), *root.glob("tests/**/*.py")]):
        name = str(file.relative_to(root))
        if not name.startswith("tests/faults/") or file.stem in ("reach", "contexts"):
            total.update(f"{name}\n".encode() + file.read_bytes())
    return total.hexdigest()[:16]
