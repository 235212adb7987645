"""How verbs print: data on stdout, words about the work on stderr."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from rich.console import Console

from sim.core.compile_notice import LISTENERS
from sim.core.visible_text import escape_hidden
from sim.report import pictures

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

    from sim.report.screen import Screen
    from sim.report.sheet import Columns, Sheet
    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario
    from sim.scenario.what_if import WhatIf

PIPE_WIDTH: Final = 100  # width of tables where no terminal says otherwise


_DATA: Final[list[tuple[TextIO, bool]]] = []
"""Where data go while a verb is at work, and within it another one; and whether that is stdout of the process."""


def reserve_stdout() -> None:
    """Keep stdout for data until the process ends: what policies print, here and in workers, goes to stderr."""
    stream, is_process = sys.stdout, False
    with contextlib.suppress(OSError, ValueError):
        # The descriptor too, as a library in C and a process that is started write past `sys.stdout`.
        if sys.stdout.fileno() == 1:
            own, is_terminal = os.dup(1), sys.stdout.isatty()
            sys.stdout.flush()
            os.dup2(2, 1)
            stream = os.fdopen(own, "w", 1 if is_terminal else -1, sys.stdout.encoding, "replace")
            is_process = True
    _DATA.append((stream, is_process))
    sys.stdout = sys.stderr


def reserved_depth() -> int:
    """Return how many verbs are at work within each other."""
    return len(_DATA)


def release_stdout(depth: int) -> None:
    """Let go of what was reserved above a depth; whoever called a verb within a process has their own again."""
    while len(_DATA) > depth:
        stream, is_process = _DATA.pop()
        if not is_process:
            sys.stdout = stream


def stdout() -> TextIO:
    """Return the stdout for data."""
    return _DATA[-1][0] if _DATA else sys.stdout


def announce_compilation() -> None:
    """Say on stderr, once and where it takes place at all, that the engine is compiled."""
    LISTENERS[:] = [
        lambda: tell("sim: compiling the engine for theatres of this size, once on this machine: 20 s or so")
    ]


def announce_faults() -> None:
    """Say on stderr what could not be drawn."""
    pictures.LISTENERS[:] = [lambda sentence: tell(f"sim: warning: {sentence}")]


def hush(is_quiet: bool) -> bool:
    """Leave that unsaid where ``--quiet`` is given; the callback of that option."""
    if is_quiet:
        LISTENERS.clear()
    return is_quiet


def console() -> Console:
    """Return a console on the stdout of this moment."""
    stdout_console = Console(highlight=False, file=stdout())
    return stdout_console if stdout_console.is_terminal else Console(highlight=False, width=PIPE_WIDTH, file=stdout())


def say(text: str, indent: str = "", hang: str = "") -> None:
    """Print plain text on stdout, wrapped at the width of the console."""
    # Imported here: it loads what tables need, which `sim --help` does not.
    from sim.report.sheet import wrap

    lines = wrap(escape_hidden(text), console().width, indent, hang)
    stdout().write("\n".join(lines) + "\n")


def tell(text: str) -> None:
    """Print a line about the work on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def load_scenario(path: Path, quiet: bool = False, what_if: WhatIf | None = None) -> Scenario:
    """Return a scenario, or what differs from it; its notes and which rows of its ledger are replayed go to stderr.

    Where nothing is odd about the latter, it is told only if not quiet.
    """
    from sim.scenario.scenario import Scenario

    scenario = Scenario.load(path, what_if)
    tell_notes(scenario)
    if scenario.replay is not None and (scenario.replay.is_doubtful or not quiet):
        tell(f"sim: the ledger of {scenario.name}: {scenario.replay.summary}")
    return scenario


def tell_notes(scenario: Scenario) -> None:
    """Say on stderr what is odd about a scenario."""
    for note in scenario.notes:
        tell(f"sim: note: {note}")


def print_json(value: object) -> None:
    """Print a value as JSON."""
    from sim.report.sheet import simplify_value

    stdout().write(json.dumps(simplify_value(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def print_sheets(sheets: Iterable[Sheet], markdown: bool = False) -> None:
    """Print tables."""
    for sheet in sheets:
        if markdown:
            stdout().write(f"{sheet.markdown()}\n")
        else:
            printer = console()
            lines = sheet.lines(printer.width)
            with printer.capture() as captured:
                printer.print(sheet.title, style="bold", markup=False)
                if lines is None:
                    # What is wider than the terminal is broken by the terminal; cropped, it would be lost.
                    printer.print(sheet.rich(printer.width), crop=False)
                elif lines:
                    printer.print(lines[0], style="bold" if any(sheet.headings) else "", markup=False, emoji=False)
            # Rich fills every line up to the width of the table.
            whole = [*(line.rstrip() for line in captured.get().splitlines()), *(lines or [])[1:]]
            stdout().write("".join(f"{line}\n" for line in whole) + "\n")


def print_rows(title: str, rows: Iterable[Any], columns: Columns, left: int = 1, whole: int = 0) -> None:
    """Print a table with a row for each of some rows; of its columns so many are words, as in a `Sheet`."""
    from sim.report.sheet import Sheet

    print_sheets([Sheet.of(title, rows, columns, left, whole)])


def print_screen(screen: Screen, is_alone: bool = True) -> None:
    """Print what a verb ends on; one of several without its tables."""
    printer = console()
    shown = screen if is_alone else replace(screen, sheets=(), rests=screen.rests[:1])
    head, *lines = shown.lines(printer.width)
    with printer.capture() as captured:
        printer.print(head, style="bold", markup=False, emoji=False, soft_wrap=True)
    stdout().write(captured.get() + "".join(f"{line}\n" for line in lines) + ("" if is_alone else "\n"))


def print_odds(results: Results, odds: DataFrame, killed: DataFrame, markdown: bool = False) -> None:
    """Print the answer, all odds, what they rest on, what moves the first of them most, and the killed of all sides."""
    from sim.report.answer import choose_answer
    from sim.report.odds_sheets import killed_sheets, odds_notes, whole_sheets
    from sim.report.table_sheets import drivers_notes, drivers_sheets
    from sim.results.analysis.drivers import find_main_drivers

    answer = choose_answer(results, odds)
    for words in (answer.whole, answer.rests):
        stdout().write(f"{words}\n\n") if markdown else say(words)
    stdout().write("" if markdown else "\n")
    moved = find_main_drivers(results, odds)
    sheets = whole_sheets(results, odds) + ([] if moved is None else drivers_sheets(results, moved))
    print_sheets(sheets + killed_sheets(results, killed), markdown)
    print_notes(odds_notes(results, odds) + ([] if moved is None else drivers_notes(results, moved)), markdown)


def print_notes(notes: Iterable[str], markdown: bool = False) -> None:
    """Print what tables rest on, a point each."""
    for note in notes:
        if markdown:
            stdout().write(f"- {note}\n")
        else:
            say(note, "• ", "  ")


def odds_record(results: Results, odds: DataFrame, killed: DataFrame) -> dict[str, Any]:
    """Return the answer, odds, what moves them, the killed of all sides, and what they rest on, as JSON knows them."""
    from sim.report.answer import choose_answer
    from sim.report.odds_sheets import odds_notes
    from sim.results.analysis.drivers import find_main_drivers

    moved = find_main_drivers(results, odds)
    manifest = {key: value for key, value in results.manifest.items() if key not in ("resolved", "sources")}
    words = {"folder": str(results.path), "manifest": manifest, "notes": odds_notes(results, odds)}
    return words | {
        "answer": choose_answer(results, odds).record(),
        "odds": records(odds),
        "drivers": [] if moved is None else records(moved),
        "killed": records(killed),
    }


def records(table: DataFrame) -> list[dict[str, Any]]:
    """Return a table as a list of rows, with None for what is missing."""
    clean = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]
