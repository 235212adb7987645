"""Daily series, CSV: a day and figures in each row, in any order, into the daily table of a theatre.

``[columns]`` of the map says which of its columns holds the date and each series. A day that stands twice with the same
figures is listed and counted once; with different figures it is listed and left missing. Days between that are missing
stay missing: an unknown figure is not a zero.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError
from sim.evidence.csv_cells import Row, read_rows
from sim.evidence.daily_series import DailySeries
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults

Figures = dict[str, float | None]


def read_daily(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import the days from the first to the last, with the findings about their rows."""
    names = [name for name in actors.columns if name != "date"]
    if "date" not in actors.columns or not names:
        raise InputError.single(actors.path, "columns", "needs date and at least one series")
    rows = read_rows(path, list(actors.columns.values()), name=actors.columns["date"], others=True)
    imported, days = ImportReport(len(rows)), dict[date, Figures]()
    for row in rows:
        _take(row, actors, names, days, imported)
    if not days:
        raise InputError.single(path, "", "has no day that could be read")
    first, last = min(days), max(days)
    span = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    table = pd.DataFrame(
        {
            "split": [actors.split(day) for day in span],
            **{name: [_number(days.get(day, {}).get(name)) for day in span] for name in names},
        },
        index=pd.DatetimeIndex(span, name="date"),
    )
    imported.series = DailySeries(table)
    return imported


IMPORTER = Importer("daily", read_daily)


def _take(row: Row, actors: ActorMap, names: list[str], days: dict[date, Figures], imported: ImportReport) -> None:
    before = len(row.problems.found)
    day = row.day(actors.columns["date"], required=True)
    figures: Figures = {name: row.number_in(actors.columns[name], 0) for name in names}
    fault = withdraw_faults(row.problems, before)
    label = row.cells[actors.columns["date"]]
    if fault or day is None:
        imported.leave(row, label, "unreadable", fault)
    elif day not in days:
        days[day] = figures
    elif days[day] == figures:
        imported.leave(row, label, "duplicate", "the day stands twice with the same figures; counted once")
    else:
        imported.leave(row, label, "duplicate", "the day stands twice with different figures; left missing")
        days[day] = {}


def _number(value: float | None) -> float:
    return math.nan if value is None else value
