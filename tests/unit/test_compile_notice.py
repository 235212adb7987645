"""The engine's compilation is told once, that of rules is not, and where nothing can be written it lives in memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numba
import pytest

from sim.core import compilation
from sim.core.compile_notice import LISTENERS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Return what was told, to the only listener."""
    found: list[str] = []
    before = list(LISTENERS)
    LISTENERS[:] = [lambda: found.append("compiling")]
    yield found
    LISTENERS[:] = before


def compile_in(module: str) -> None:
    def plus_one(number):
        return number + 1

    plus_one.__module__ = module
    assert numba.njit(plus_one)(1) == 2


def test_the_compilation_of_the_engine_is_told_once(told: list[str]):
    compile_in("sim.policies.rule_door")
    assert told == []
    compile_in("sim.engine.kernel.runs")
    compile_in("sim.engine.kernel.runs")
    assert told == ["compiling"]


@pytest.mark.parametrize("place", ["/proc/nowhere", "~"])
def test_where_nothing_can_be_written_what_is_compiled_lives_in_memory(place: str, tmp_path: Path):
    code = f"""
import platformdirs, numpy
platformdirs.user_cache_path = lambda name: __import__("pathlib").Path({place!r}) / ".cache" / name
from sim.core import compilation
from sim.engine.daily_totals import _count_rows
assert not compilation.can_keep()
assert compilation.count_kept("runs.run_lanes") == 0
sizes = numpy.zeros(2, dtype=numpy.int64)
_count_rows(numpy.zeros(3, dtype=numpy.int32), numpy.ones(3, dtype=numpy.int16), 2, sizes)
assert sizes.tolist() == [0, 3]
assert _count_rows.signatures and _count_rows.stats.cache_path is None
"""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=120)
    assert list(tmp_path.iterdir()) == []


def test_a_given_folder_is_taken_from_where_the_process_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "here")
    folder = compilation.cache_folder.__wrapped__()
    assert folder.parent == tmp_path / "here"
