"""How ``sim incidents`` prints: cells, tables and JSON, all on stdout."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.evidence import Figure, Incident

PIPE_WIDTH = 100
"""Width of tables where no terminal says otherwise."""


def say(text: str) -> None:
    """Print plain text.

    Parameters
    ----------
    text : str
        One or several lines.
    """
    _console().print(text, markup=False, highlight=False)


def print_json(value: object) -> None:
    """Print a value as JSON.

    Parameters
    ----------
    value : object
        Dates become text, unknown numbers null.
    """
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=1) + "\n")


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table.

    Parameters
    ----------
    title : str
        Line above the table, may be empty.
    headings : sequence of str
        Names of the columns; a trailing ``>`` sets a column of numbers to the right.
    rows : iterable of sequence
        Cells; ``None`` is printed as a question mark, because it is not known.
    """
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, show_header=any(headings))
    for heading in headings:
        right = heading.endswith(">")
        wraps = heading in ("place", "") or not right
        table.add_column(heading.rstrip(">"), justify="right" if right else "left", no_wrap=not wraps, overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    _console().print(table, highlight=False, markup=False)


def records(table: DataFrame) -> list[dict[str, Any]]:
    """Return a table as a list of rows, with ``None`` for what is missing.

    Parameters
    ----------
    table : DataFrame
        Any table.

    Returns
    -------
    list of dict
        Values by column.
    """
    clean = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]


def figure(value: Figure) -> str:
    """Return a figure as text.

    Parameters
    ----------
    value : Figure
        Figure with its bounds.

    Returns
    -------
    str
        For instance ``3``, ``≥ 10``, ``≈ 1200``, ``1 (0–1)`` or ``?``.
    """
    low, best, high = value.low, value.best, value.high
    if best is None:
        return "?" if not low else f"≥ {low}"
    if low == high == best:
        return str(best)
    if high is None:
        return f"≈ {best}" if low is None else f"≥ {low}" if low == best else f"{best} (≥ {low})"
    return f"{best} ({low or 0}–{high})"


def when(incident: Incident) -> str:
    """Return the time of an incident as text.

    Parameters
    ----------
    incident : Incident
        The incident.

    Returns
    -------
    str
        For instance ``2023-11-05 19:12``; a tilde marks a time that is not exact.
    """
    if incident.date_end is not None:
        return f"{incident.date} to {incident.date_end:%m-%d}"
    if incident.time is None:
        return str(incident.date)
    exact = "" if incident.time_precision == "minute" else "~"
    return f"{incident.date} {exact}{incident.time:%H:%M}"


def who(incident: Incident) -> str:
    """Return initiator and target as text.

    Parameters
    ----------
    incident : Incident
        The incident.

    Returns
    -------
    str
        For instance ``ISR → HZB``, or the kind where no party acted.
    """
    if incident.initiator and incident.target:
        return f"{incident.initiator} → {incident.target}"
    kind = incident.kind.replace("_", " ")
    return f"{incident.initiator or incident.target} {kind}".strip()


def deaths(incident: Incident) -> str:
    """Return the deaths on the target's side as text, with the civilians among them.

    Parameters
    ----------
    incident : Incident
        The incident.

    Returns
    -------
    str
        For instance ``2 (1)``.
    """
    whole, civilian = figure(incident.deaths), incident.civilian_deaths
    return f"{whole}; {figure(civilian)}" if civilian.best or civilian.high or civilian.low else whole


def _plain(cell: object) -> str:
    """Return a cell as text."""
    if cell is None:
        return "?"
    return f"{cell:%Y-%m-%d}" if isinstance(cell, dt.date) else str(cell)


def _console() -> Console:
    """Return a console on the stdout of this moment."""
    console = Console()
    return console if console.is_terminal else Console(width=max(PIPE_WIDTH, console.width))
