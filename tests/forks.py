"""Processes forked off one that has loaded the package: each is one of its own, and there in milliseconds."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

FORKS: Final = get_context("forkserver")
# What a path does not reach is loaded by each child for itself, as always.
FORKS.set_forkserver_preload(
    [
        *("sim.scenario.ensemble", "sim.engine.model", "sim.sweeps.workers", "sim.cli"),
        *("sim.results.tables", "sim.sweeps.rare_events.splitting"),
    ]
)


def in_process(
    function: Callable[..., Any],
    *arguments: Any,
    folder: Path,
    sites: tuple[Path, ...] = (),
    package: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Return what a function returns in a process of its own, that begins in a folder.

    Parameters
    ----------
    function : callable
        Found by its name in a module; what it imports of the package, it imports when it is called.
    *arguments : object
        Its arguments.
    folder : Path
        Where the process begins.
    sites : tuple of Path
        Where the process looks for modules and installed packages first.
    package : Path, optional
        Where the process finds the folder ``sim``, instead of the one that is tested.
    environment : mapping, optional
        Variables that it sees beside those of this process.
    """
    here, there = FORKS.Pipe(duplex=False)
    beside = {**os.environ, **(environment or {})}
    process = FORKS.Process(target=_answer, args=(there, folder, sites, package, beside, function, arguments))
    process.start()
    there.close()
    try:
        done, answer = here.recv()
    except EOFError:
        process.join()
        raise AssertionError(f"the process ended with {process.exitcode}") from None
    process.join()
    assert done, answer
    return answer


def _answer(
    there: Connection,
    folder: Path,
    sites: tuple[Path, ...],
    package: Path | None,
    environment: Mapping[str, str],
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    os.chdir(folder)
    os.environ.update(environment)
    if package is not None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "sim"]:
            del sys.modules[name]
    sys.path[:0] = [str(site) for site in (*sites, *([package] if package else []))]
    try:
        there.send((True, function(*arguments)))
    except BaseException:
        there.send((False, traceback.format_exc()))


def run_source(source: str) -> None:
    """Run a source as a main module."""
    exec(compile(source, "<source>", "exec"), {"__name__": "__main__"})
