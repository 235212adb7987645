"""How ``sim incidents`` prints: cells and tables, all on stdout."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sim.cli import console
from sim.cli.console import say
from sim.core.visible_text import escape_hidden

if TYPE_CHECKING:
    from pandas import DataFrame

    from sim.evidence import Figure, Incident
    from sim.evidence.importers.import_report import ImportReport

_WITHOUT = ("without_figure", "without_civilians")
FEW = 8  # findings that are listed one by one, and reasons that stand on one screen


def print_table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1, whole: int = 1
) -> None:
    """Print a table of which so many columns are words; a cell of None is a question mark, because it is not known."""
    from sim.report.sheet import Sheet

    cells = tuple(tuple(escape_hidden(_plain(cell), also="\n\t") for cell in row) for row in rows)
    console.print_sheets([Sheet(title, tuple(headings), cells, left, whole)])


def records(table: DataFrame) -> list[dict[str, Any]]:
    """Return a table as a list of rows by column, with None for what is missing."""
    return [
        {name: value.date() if isinstance(value, dt.datetime) else value for name, value in row.items()}
        for row in console.records(table)
    ]


def format_figure(value: Figure) -> str:
    """Return a figure as text, for instance ``3``, ``≥ 10``, ``≈ 1200``, ``1 (0–1)`` or ``?``."""
    low, best, high = value.low, value.best, value.high
    if best is None:
        return "?" if not low else f"≥ {low}"
    if low == high == best:
        return str(best)
    if high is None:
        return f"≈ {best}" if low is None else f"≥ {low}" if low == best else f"{best} (≥ {low})"
    return f"{best} ({low or 0}–{high})"


def format_count(number: int | None) -> str:
    """Return a count as text."""
    return "?" if number is None else str(number)


def format_time(incident: Incident) -> str:
    """Return the time of an incident, for instance ``2023-11-05 19:12``; a tilde marks a time that is not exact."""
    if incident.date_end is not None:
        same = incident.date_end.replace(day=1) == incident.date.replace(day=1)
        return f"{incident.date} to {incident.date_end:{'%d' if same else '%m-%d'}}"
    if incident.time is None:
        return str(incident.date)
    exact = "" if incident.time_precision == "minute" else "~"
    return f"{incident.date} {exact}{incident.time:%H:%M}"


def format_sides(incident: Incident) -> str:
    """Return initiator and target, for instance ``ISR→HZB``, or the kind where no party acted."""
    if incident.initiator and incident.target:
        return f"{incident.initiator}→{incident.target}"
    kind = incident.kind.replace("_", " ")
    return f"{incident.initiator or incident.target} {kind}".strip()


def print_sides(by: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print the dead of all sides (rows of `Ledger.deaths_by_side`), one column a side that has any."""
    sides = sorted({row["side"] for row in rows if row["killed"]})
    known = {row["side"] for row in rows if row["killed"] is not None}
    unknown = sorted({row["side"] for row in rows} - known)
    groups: dict[str, dict[str, str]] = {row[by]: {} for row in rows}
    for row in rows:
        groups[row[by]][row["side"]] = _dead(row)
    lines = [(group, *(dead.get(side, "–") for side in sides)) for group, dead in groups.items()]
    lines.append(("all", *(_whole(rows, side) for side in sides)))
    print_table("Dead of every side; of these civilians", (by, *sides), lines)
    if unknown:
        say(f"No figure is known of the dead of {', '.join(unknown)}.")


def _whole(rows: Sequence[dict[str, Any]], side: str) -> str:
    """Return the dead of one side over all groups."""
    of_side = [row for row in rows if row["side"] == side]
    known = {name: [row[name] for row in of_side if row[name] is not None] for name in of_side[0]}
    return _dead({name: sum(known[name]) if known[name] else None for name in ("killed", "killed_civilian", *_WITHOUT)})


def _dead(row: dict[str, Any]) -> str:
    """Return the dead and the civilians among them: a lower bound where an act says nothing, else unknown."""
    killed, civilians = at_least(row["killed"], row[_WITHOUT[0]]), at_least(row["killed_civilian"], row[_WITHOUT[1]])
    return killed if not row["killed"] or civilians == "0" else f"{killed}; {civilians}"


def at_least(known: int | None, unknown: int) -> str:
    """Return a sum as text, as a lower bound where some of its parts are not known."""
    return "?" if known is None else f"≥ {known}" if unknown else str(known)


def print_tallies(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print rows of `Tallies.compare`."""
    from sim.evidence import Figure

    headings = ("id", "from", "to", "measure", "where", "counted by", "tally", "itemised", "only in tally")
    print_table(
        title,
        headings,
        [
            (
                row["id"] + ("*" if row["in_article"] else ""),
                row["period_start"],
                row["period_end"],
                row["measure"].replace("_", " "),
                row["location"],
                row["counted_by"],
                format_figure(Figure(row["low"], row["best"], row["high"])),
                "–" if row["itemised"] is None else row["itemised"],
                "–" if row["only_in_tally"] is None else row["only_in_tally"],
            )
            for row in rows
        ],
        left=6,
        whole=3,
    )


def itemisation_lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Say how much of the tallies that the article reports is itemised, a line per tally."""
    return [
        f"Killed in {row['location']} to {row['period_end']}: {row['best']} counted by {row['counted_by']},"
        f" {format_count(row['itemised'])} in dated rows, {format_count(row['only_in_tally'])} only in the tally."
        for row in rows
        if row["in_article"]
    ]


def print_findings(imported: ImportReport) -> None:
    """Print what there is to look at: each row where they are few, else the reasons, most frequent first."""
    if len(imported.findings) <= FEW:
        rows: list[Sequence[object]] = [
            (one.row, one.id, one.kind, "yes" if one.imported else "no", one.text) for one in imported.findings
        ]
        if rows:
            print_table("To look at", ("row", "id", "what", "imported", "why"), rows, left=5, whole=4)
        return
    kinds = Counter((one.kind, one.imported) for one in imported.findings)
    words = (f"{count:,} {kind}{'' if taken else ' (left out)'}" for (kind, taken), count in kinds.most_common())
    say(f"To look at: {', '.join(words)}.")
    reasons = imported.reasons()
    shown = [
        (f"{count:,}", kind, "yes" if taken else "no", reason, f"row {first.row}, {first.id}")
        for kind, reason, taken, count, first in reasons[:FEW]
    ]
    print_table("Reasons", ("rows", "what", "imported", "why", "first"), shown, left=5, whole=3)
    if others := reasons[FEW:]:
        say(f"And {sum(count for *_, count, _ in others):,} for {len(others):,} further reasons; --findings lists all.")


def _plain(cell: object) -> str:
    return "?" if cell is None else f"{cell:%Y-%m-%d}" if isinstance(cell, dt.date) else str(cell)
