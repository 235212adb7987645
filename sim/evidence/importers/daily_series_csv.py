"""Daily series, CSV: a day and figures in each row, in any order, into the daily table of a theatre.

``[columns]`` of the map says which of its columns holds the date and each series. A day that stands twice with the same
figures is listed and counted once; with different figures both rows are listed and it is left missing. Days between
that are missing stay missing, and a long gap is listed: an unknown figure is not a zero.
"""

import math
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError
from sim.evidence.csv_cells import Row, RowReader
from sim.evidence.daily_series import DailySeries
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.replay import LONGEST_GAP_DAYS

Figures = dict[str, float | None]
Days = dict[date, tuple[Row, Figures]]
"""The first row of each day, and its figures; none where another row contradicts them."""


def read_daily(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import the days from the first to the last, with the findings about their rows."""
    names = [name for name in actors.columns if name != "date"]
    if "date" not in actors.columns or not names:
        raise InputError.single(actors.path, "columns", "needs date and at least one series")
    name = str(actors.columns["date"])
    rows = RowReader(path, actors.sources, name=name, others="skip", date_format=actors.date_format)
    imported, days = ImportReport(notes=rows.notes), Days()
    for row in imported.count(rows):
        _take(row, actors, names, days, imported)
    days = {day: (row, figures) for day, (row, figures) in days.items() if figures}
    _doubt_gaps(days, imported)
    if not days:
        return imported
    first, last = min(days), max(days)
    span = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    table = pd.DataFrame(
        {
            "split": [actors.split(day) for day in span],
            **{name: [_number(days[day][1][name] if day in days else None) for day in span] for name in names},
        },
        index=pd.DatetimeIndex(span, name="date"),
    )
    imported.series = DailySeries(table)
    return imported


IMPORTER = Importer("daily", read_daily)


def _take(row: Row, actors: ActorMap, names: list[str], days: Days, imported: ImportReport) -> None:
    before = len(row.problems.found)
    label = row.cells["date"] = actors.cell(row, "date")
    day = row.day("date", required=True)
    figures: Figures = {name: row.number_in(str(actors.columns[name]), 0) for name in names}
    columns, fault = withdraw_faults(row.problems, before)
    if fault or day is None:
        imported.leave(row, label, "unreadable", f"{columns} cannot be read", fault)
    elif day not in days:
        days[day] = row, figures
    elif days[day][1] == figures:
        imported.leave(row, label, "duplicate", "the day stands twice with the same figures; counted once")
    else:
        first, kept = days[day]
        for one in (first, row) if kept else (row,):
            imported.leave(one, label, "duplicate", "the day stands twice with different figures; left missing")
        days[day] = first, {}


def _doubt_gaps(days: Days, imported: ImportReport) -> None:
    """Note days that stand long behind the one before: one of the two may be a slip of the pen."""
    for before, day in pairwise(sorted(days)):
        if (day - before).days > LONGEST_GAP_DAYS:
            words = f"the day before stands more than {LONGEST_GAP_DAYS} days earlier; those between are not known"
            imported.doubt(days[day][0], str(day), "gap", words, str(before))


def _number(value: float | None) -> float:
    return math.nan if value is None else value
