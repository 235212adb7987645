"""Forecasts that others published, from ``forecasts.csv`` beside a theatre; they are compared, and enter no fit."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.evidence.csv_cells import Row, read_rows

FORECASTS: Final = "forecasts.csv"
"""Name of the file, beside the theatre."""
_COLUMNS: Final = (
    *("id", "date", "source", "statement", "definition", "question", "horizon_days", "chance", "resolution"),
    *("source_url", "accessed", "note"),
)


@dataclass(frozen=True)
class PublishedForecast:
    """A statement about what would come; what the source does not give is None."""

    id: str
    date: datetime.date | None
    source: str
    statement: str
    question: str  # id of ours, ``killed > NUMBER in PLACE + PLACE``, or empty where nothing here is the like
    horizon_days: int | None  # length of its window [days]
    chance: float | None  # [1]
    resolution: bool | None  # whether it came
    note: str


def read_published(path: Path) -> list[PublishedForecast]:
    """Return the rows of a file, at least one; an `InputError` tells every fault of it."""
    rows = read_rows(path, _COLUMNS)
    forecasts = list(map(_read, rows))
    rows[0].problems.raise_if_any()
    return forecasts


def _read(row: Row) -> PublishedForecast:
    came = row.choice("resolution", ("yes", "no"), required=False)
    return PublishedForecast(
        id=row.text("id", required=True),
        date=row.day("date"),
        source=row.text("source", required=True),
        statement=row.text("statement", required=True),
        question=row.text("question"),
        horizon_days=row.count("horizon_days"),
        chance=row.number_in("chance", 0, 1),
        resolution=came == "yes" if came else None,
        note=row.text("note"),
    )
