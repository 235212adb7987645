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
from sim.evidence.csv_cells import Row, RowReader
from sim.evidence.daily_series import DailySeries
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults

Figures = dict[str, float | None]


def read_daily(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import the days from the first to the last, with the findings about their rows."""
    names = [name for name in actors.columns if name != "date"]
    if "date" not in actors.columns or not names:
        raise InputError.single(actors.path, "columns", "needs date and at least one series")
    name = str(actors.columns["date"])
    rows = RowReader(path, actors.sources, name=name, others="skip", date_format=actors.date_format)
    imported, days = ImportReport(notes=rows.notes), dict[date, Figures]()
    for row in imported.count(rows):
        _take(row, actors, names, days, imported)
    if not days:
        return imported
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
    label = row.cells["date"] = actors.cell(row, "date")
    day = row.day("date", required=True)
    figures: Figures = {name: row.number_in(str(actors.columns[name]), 0) for name in names}
    columns, fault = withdraw_faults(row.problems, before)
    if fault or day is None:
        imported.leave(row, label, "unreadable", f"{columns} cannot be read", fault)
    elif day not in days:
        days[day] = figures
    elif days[day] == figures:
        imported.leave(row, label, "duplicate", "the day stands twice with the same figures; counted once")
    else:
        imported.leave(row, label, "duplicate", "the day stands twice with different figures; left missing")
        days[day] = {}


def _number(value: float | None) -> float:
    return math.nan if value is None else value
