"""Progress of sweeps on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from sim.cli.console import tell

if TYPE_CHECKING:
    from sim.sweeps.sweep import Progress

LINE_SECONDS: Final = 5.0
"""Shortest time between two plain lines, but for that of the first block."""

SILENT_SECONDS: Final = 120.0
"""A sweep of which nothing is heard for so long says so, and again each time that the silence has doubled."""

Report = Callable[["Progress"], None]


@contextmanager
def report_progress(name: str, quiet: bool) -> Iterator[Report]:
    """Give what the sweep of a scenario of that name reports its progress to; where nothing comes, that is told."""
    heard = [time.monotonic()]
    is_over = threading.Event()
    threading.Thread(target=_tell_silence, args=(name, heard, is_over), daemon=True).start()

    def report(progress: Progress) -> None:
        heard[:] = [time.monotonic()]
        show(progress)

    try:
        with _show_progress(name, quiet) as show:
            yield report
    finally:
        is_over.set()


def tell_steps(name: str, quiet: bool) -> Callable[[str], None]:
    """Return what tells what is done after the blocks, each step as it begins."""
    return lambda step: None if quiet else tell(f"{name}: {step}")


def _tell_silence(name: str, heard: list[float], is_over: threading.Event) -> None:
    """Say, also where progress is not wanted, that no block came back; a worker may hang for good."""
    wait = SILENT_SECONDS
    while not is_over.wait(1.0):
        silent = time.monotonic() - heard[0]
        wait = SILENT_SECONDS if silent < SILENT_SECONDS else wait
        if silent >= wait:
            wait = 2 * silent
            since = format_duration(silent)
            tell(f"{name}: nothing has come back for {since}; if a policy is endless, `sim check` says so")


@contextmanager
def _show_progress(name: str, quiet: bool) -> Iterator[Report]:
    if quiet:
        yield lambda progress: None
    elif sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(name, total=None, words="")

            def show(progress: Progress) -> None:
                bar.update(task, total=progress.blocks, completed=progress.blocks_done, words=pace(progress))

            pace = _Pace()
            yield show
    else:
        yield _lines(name)


def _bar() -> Bar:
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("blocks, {task.fields[words]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _lines(name: str) -> Report:
    pace = _Pace()
    printed: list[float] = []

    def show(progress: Progress) -> None:
        now = time.monotonic()
        is_first = progress.blocks_done == progress.blocks_kept + 1
        if not printed or is_first or now - printed[-1] >= LINE_SECONDS or progress.blocks_done == progress.blocks:
            printed.append(now)
            tell(f"{name}: {progress.blocks_done}/{progress.blocks} blocks, {pace(progress)}")

    return show


class _Pace:
    """Says how fast a sweep goes, counted from its first report on."""

    def __init__(self) -> None:
        self._began: float | None = None

    def __call__(self, progress: Progress) -> str:
        """Return replicates per second and the time left."""
        if self._began is None:
            self._began = time.monotonic()
        done = progress.replicates_done - progress.replicates_kept
        elapsed = time.monotonic() - self._began
        if progress.replicates_done == progress.replicates:
            return f"{done / elapsed:.0f} replicates/s, done" if done and elapsed > 0 else "all there already"
        if not done or elapsed <= 0:
            there = str(progress.blocks_kept or f"{progress.replicates_kept:,} replicates")
            return f"{there} kept, starting" if progress.replicates_kept else "starting"
        left = (progress.replicates - progress.replicates_done) * elapsed / done
        return f"{done / elapsed:.0f} replicates/s, {format_duration(left)} left"


def format_duration(seconds: float) -> str:
    """Return a time as text, such as ``45 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
