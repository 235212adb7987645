"""How verbs print: data on stdout, words about the work on stderr."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.results.store import Results
    from sim.results.tables import Sheet

PIPE_WIDTH: Final = 100
"""Width of tables where no terminal says otherwise."""


def console() -> Console:
    """Return a console on the stdout of this moment."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def say(text: str, indent: str = "", hang: str = "") -> None:
    """Print plain text on stdout, wrapped at the width of the console.

    Parameters
    ----------
    text : str
        The text, one line.
    indent, hang : str
        What stands before the first line, and before the others.
    """
    width = console().width
    lines = textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=hang, break_on_hyphens=False)
    sys.stdout.write("\n".join(lines or [""]) + "\n")


def tell(text: str) -> None:
    """Print a line about the work on stderr.

    Parameters
    ----------
    text : str
        The line.
    """
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_json(value: object) -> None:
    """Print a value as JSON.

    Parameters
    ----------
    value : object
        What is not JSON becomes text.
    """
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=1) + "\n")


def print_sheets(sheets: Iterable[Sheet], markdown: bool = False) -> None:
    """Print tables.

    Parameters
    ----------
    sheets : iterable of Sheet
        The tables.
    markdown : bool
        As Markdown.
    """
    for sheet in sheets:
        if markdown:
            sys.stdout.write(f"{sheet.markdown()}\n")
        else:
            printer = console()
            with printer.capture() as captured:
                printer.print(sheet.title, style="bold", markup=False)
                printer.print(sheet.rich())
            # Rich fills every line up to the width of the table.
            sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()) + "\n")


def print_odds(results: Results, table: DataFrame, dead: DataFrame, markdown: bool = False) -> None:
    """Print odds, the killed of both sides, and what they rest on.

    Parameters
    ----------
    results : Results
        The results folder.
    table, dead : DataFrame
        What `sim.results.odds.odds` and `sim.results.odds.killed` return.
    markdown : bool
        As Markdown.
    """
    from sim.results.tables import killed_sheet, notes, odds_sheets

    sheets = odds_sheets(results, table) + ([] if dead.empty else [killed_sheet(results, dead)])
    print_sheets(sheets, markdown)
    for note in notes(results, table):
        if markdown:
            sys.stdout.write(f"- {note}\n")
        else:
            say(note, "• ", "  ")


def odds_record(results: Results, table: DataFrame, dead: DataFrame) -> dict[str, Any]:
    """Return odds, the killed of both sides, and what they rest on, as JSON knows them.

    Parameters
    ----------
    results : Results
        The results folder.
    table, dead : DataFrame
        What `sim.results.odds.odds` and `sim.results.odds.killed` return.
    """
    from sim.results.tables import notes

    kept = {key: value for key, value in results.manifest.items() if key not in ("resolved", "sources")}
    words = {"folder": str(results.path), "manifest": kept, "notes": notes(results, table)}
    return words | {"odds": records(table), "killed": records(dead)}


def records(table: DataFrame) -> list[dict[str, Any]]:
    """Return a table as a list of rows, with None for what is missing.

    Parameters
    ----------
    table : DataFrame
        Any table.
    """
    clean = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]
