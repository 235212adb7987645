"""Guards and small worlds that all tests share; the engine is loaded only where a world is asked for."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import subprocess
import sys
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# The same examples in every run: a failure is met by everybody, and nobody looks for a lucky seed.
settings.register_profile("deterministic", derandomize=True, deadline=None, max_examples=40, database=None)
settings.load_profile("deterministic")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is nightly as slow, so that `-m "not slow"` leaves it out, too."""
    for item in items:
        if item.get_closest_marker("nightly"):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def _environment_is_left_alone() -> Generator[None]:
    """Fail a test that leaves the environment changed."""
    before = _environment()
    yield
    after = _environment()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    os.environ.update(before)
    for name in after.keys() - before.keys():
        del os.environ[name]
    assert not changed, f"the test changed os.environ: {changed}"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the engine once where several processes are to run tests, so that each finds it done."""
    if session.config.getoption("numprocesses", None) and not session.config.getoption("collectonly"):
        code = """
from sim import Scenario
from sim.sweeps.dry_run import compile_ahead
for name in ("symmetric/tit-for-tat", "lebanon-2023/baseline"):
    compile_ahead(Scenario.load(name))
"""
        subprocess.run([sys.executable, "-c", code], cwd=session.config.rootpath, check=True, capture_output=True)


_file: list[object] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Set aside, before a file begins, what lives for good; a block ends in a search for garbage through all objects.

    The modules of a test process are some hundred thousand objects, and a block of a small sweep is quicker than that.
    """
    if _file != [item.path]:
        _file[:] = [item.path]
        gc.collect()
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Fail a test that changes the global state of `random` or of `numpy.random`.

    This stands around the call and is no fixture, because pytest-randomly seeds both anew before fixtures end.
    """
    before = _luck()
    result = yield
    after = _luck()
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"{pyfuncitem.name} changed the global state of {' and '.join(changed)}"
    return result


def _luck() -> dict[str, object]:
    name, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - watched, never drawn from
    return {"random": random.getstate(), "numpy.random": (name, keys.tobytes(), *rest)}


@pytest.fixture
def quick_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worker processes be forked off one that has loaded the package, not started afresh, as users' are."""
    from forks import FORKS

    started = multiprocessing.get_context
    monkeypatch.setattr("multiprocessing.get_context", lambda kind=None: FORKS if kind == "spawn" else started(kind))


@pytest.fixture(scope="session")
def docking_world() -> Callable[..., Any]:
    """Return the builder of the two-party world of S2.17."""
    import worlds

    return worlds.docking_world


@pytest.fixture(scope="session")
def four_party_world() -> Callable[..., Any]:
    """Return the builder of the four-party world with every mechanism on."""
    import worlds

    return worlds.four_party_world


@pytest.fixture(scope="session")
def uneven_levers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Return the sweep of four points in which nothing is alike, as lists, and its folder; nobody writes to it."""
    import uneven_sweep

    sweep = uneven_sweep.uneven()
    return sweep, sweep.write(tmp_path_factory.mktemp("uneven") / "uneven")
