"""What makes a block is a list: all that computing one imports is on it, and a change beside it keeps its blocks."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Done, run
from forks import in_process
from tiny import write_scenario

import sim
from sim.sweeps.provenance import MAKES_A_BLOCK, digest_code

PACKAGE = Path(sim.__file__).parent
OUTSIDE = ("tournament/ranking.py", "sweeps/workers.py", "results/tables.py", "report/chart.py", "testing/checks.py")
INSIDE = ("engine/acts.py", "core/intervals.py", "scenario/priors.py", "policies/overlay.py", "sweeps/compute_block.py")


def file_of(module: str) -> Path | None:
    """Return the file of a module or package of ours, or None where there is none of that name."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def imported(file: Path) -> Iterator[str]:
    """Return every module that a file imports anywhere: in functions and for types too, and the packages above it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: i + 1]) for i in range(len(parts)) if parts[0] == "sim")


def closure(module: str) -> set[Path]:
    """Return the files that a module takes, directly or by others."""
    found: set[Path] = set()
    waiting = {module}
    while waiting:
        file = file_of(waiting.pop())
        if file is not None and file not in found:
            found.add(file)
            waiting.update(imported(file))
    return found


def is_listed(file: Path) -> bool:
    own = file.relative_to(PACKAGE)
    return own.as_posix() in MAKES_A_BLOCK or own.parts[0] in MAKES_A_BLOCK


def test_all_that_computing_a_block_takes_is_on_the_list():
    taken = closure("sim.sweeps.compute_block")
    assert {"model.py", "prior_draws.py", "scenario.py", "registry.py", "ledger.py"} <= {file.name for file in taken}
    # Packages only hand on names, and provenance names the list itself.
    beside = {PACKAGE / "__init__.py", PACKAGE / "sweeps/__init__.py", PACKAGE / "sweeps/provenance.py"}
    assert {file.relative_to(PACKAGE).as_posix() for file in taken - beside if not is_listed(file)} == set()


def test_the_list_names_what_is_there():
    assert all((PACKAGE / entry).exists() for entry in MAKES_A_BLOCK)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package that may be edited."""
    copy = tmp_path_factory.mktemp("copy") / "sim"
    if not (PACKAGE / "scenarios").is_dir():  # beside the package in a clone, in it where it was installed
        shutil.copytree(PACKAGE.parent / "scenarios" / "reference", copy.parent / "scenarios" / "reference")
    return Path(shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__")))


def comment(package: Path, name: str) -> None:
    file = package / name
    file.write_text(file.read_text(encoding="utf-8") + "# A comment.\n", encoding="utf-8")


@pytest.mark.parametrize("name", [*OUTSIDE, *INSIDE])
def test_the_digest_of_the_code_hangs_on_the_list_alone(name: str, package: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sim, "__file__", str(package / "__init__.py"))
    before = digest_code.__wrapped__()
    comment(package, name)
    assert (digest_code.__wrapped__() == before) is (name in OUTSIDE)


def test_blocks_are_kept_as_long_as_what_makes_them_is_the_same(package: Path, tmp_path: Path):
    command = (
        "sweep",
        str(write_scenario(tmp_path)),
        "--replicates",
        "4",
        "--jobs",
        "1",
        "--out",
        str(tmp_path / "out"),
    )

    def sweep() -> str:
        done: Done = in_process(run, *command, folder=tmp_path, package=package.parent)
        assert done.status == 0, done.err
        return done.err

    assert "all there already" not in sweep()
    for name in OUTSIDE:
        comment(package, name)
    assert "all there already" in sweep()
    comment(package, INSIDE[0])
    assert "all there already" not in sweep()
