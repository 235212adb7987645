"""Progress of sweeps on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from sim.cli.console import tell

if TYPE_CHECKING:
    from sim.sweeps.sweep import Progress

LINE_SECONDS: Final = 5.0  # shortest time between two plain lines, but for that of the first block

SILENT_SECONDS: Final = 30.0
"""A sweep of which nothing is heard for so long says so, and again each time that the silence has doubled."""

Show = Callable[[str, "Progress | None"], None]
"""Shows some words, and how many blocks are done where they are of these."""


class Report:
    """Is told how far a sweep is, or in words what else is done, and hands it on to whoever shows it."""

    def __init__(self, show: Show) -> None:
        self._show, self.heard = show, time.monotonic()
        self._began: float | None = None  # when the first blocks were told of

    def __call__(self, progress: Progress) -> None:
        """Tell how many blocks are done, replicates per second, and the time left."""
        self._began = time.monotonic() if self._began is None else self._began
        done, elapsed = progress.replicates_done - progress.replicates_kept, time.monotonic() - self._began
        pace = f"{done / elapsed:.0f} replicates/s" if done and elapsed > 0 else ""
        if progress.replicates_done == progress.replicates:
            words = f"{pace}, done" if pace else "all there already"
        elif pace:
            left = (progress.replicates - progress.replicates_done) * elapsed / done
            words = f"{pace}, {format_duration(left)} left"
        else:
            there = str(progress.blocks_kept or f"{progress.replicates_kept:,} replicates")
            words = f"{there} kept, starting" if progress.replicates_kept else "starting"
        self._tell(f"{progress.blocks_done}/{progress.blocks} blocks, {words}", progress)

    @property
    def is_begun(self) -> bool:
        """Whether blocks were handed out."""
        return self._began is not None

    def step(self, words: str) -> None:
        """Tell what begins now."""
        self._tell(words, None)

    def _tell(self, words: str, progress: Progress | None) -> None:
        self.heard = time.monotonic()
        self._show(words, progress)


@contextmanager
def report_progress(name: str, quiet: bool, work: str = "") -> Iterator[Report]:
    """Give what the sweep of a scenario of that name reports its progress to; where nothing comes, that is told.

    How much is to be done is told at once.
    """
    is_over = threading.Event()
    with _find_show(name, quiet) as show:
        report = Report(show)
        threading.Thread(target=_tell_silence, args=(name, report, is_over), daemon=True).start()
        if work:
            report.step(f"starting: {work}")
        try:
            yield report
        finally:
            is_over.set()


def _tell_silence(name: str, report: Report, is_over: threading.Event) -> None:
    """Say, also where progress is not wanted, that no block came back; a worker may hang for good."""
    wait = SILENT_SECONDS
    while not is_over.wait(1.0):
        silent = time.monotonic() - report.heard
        wait = SILENT_SECONDS if silent < SILENT_SECONDS else wait
        if silent >= wait:
            wait = 2 * silent
            why = "" if report.is_begun else "the engine may still be compiled; "
            since = format_duration(silent)
            tell(f"{name}: nothing has come back for {since}; {why}if a policy is endless, `sim check` says so")


@contextmanager
def _find_show(name: str, quiet: bool) -> Iterator[Show]:
    if quiet:
        yield lambda words, progress: None
    elif sys.stderr.isatty():
        words_beside = TextColumn("{task.fields[words]}", markup=False)
        columns = TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), words_beside
        with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task(name, total=None, words="")

            def show(words: str, progress: Progress | None) -> None:
                bar.update(task, words=words)
                if progress is not None:
                    bar.update(task, total=progress.blocks, completed=progress.blocks_done)

            yield show
    else:
        yield _lines(name)


def _lines(name: str) -> Show:
    printed, kinds = [-LINE_SECONDS], [""]

    def show(words: str, progress: Progress | None) -> None:
        now, kind = time.monotonic(), "" if progress is not None else words.partition(":")[0]
        is_due = kind != kinds[-1] or now - printed[-1] >= LINE_SECONDS
        if progress is not None:
            is_due |= progress.blocks_done in (progress.blocks_kept + 1, progress.blocks)
        if is_due:
            printed.append(now)
            kinds.append(kind)
            tell(f"{name}: {words}")

    return show


def format_duration(seconds: float) -> str:
    """Return a time as text, such as ``45 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
