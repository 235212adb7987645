"""ACLED data export, CSV.

``actor1`` is taken for the initiator and ``actor2`` for the target, as the export has them. ``time_precision`` 1 is a
day; 2 and 3 (a week, a month) are imported as spans from the stated day and listed. ``fatalities`` counts the dead of
all sides together; it is booked on the target's side and listed where the event is a clash. Protests, riots and
strategic developments are no acts of the model and are listed. ACLED's terms forbid passing its rows on: keep the
ledger that holds them to yourself.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from sim.evidence.csv_cells import Figure, Row, read_rows
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.incident import Incident

COLUMNS: tuple[str, ...] = (
    *("event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "actor2"),
    *("location", "latitude", "longitude", "source", "fatalities"),
)
"""Columns that are read; the export has more."""
ACTS: tuple[str, ...] = ("Battles", "Explosions/Remote violence", "Violence against civilians")
"""Event types that are acts."""
_SPANS = {"1": 0, "2": 6, "3": 30}
_FORMATS = ("%Y-%m-%d", "%d %B %Y", "%d %b %Y")


def read_acled(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import an ACLED export."""
    rows = read_rows(path, COLUMNS, name="event_id_cnty", others=True)
    imported = ImportReport(len(rows))
    for row in rows:
        _take(row, actors, imported)
    return imported


IMPORTER = Importer("acled", read_acled)


def _take(row: Row, actors: ActorMap, imported: ImportReport) -> None:
    before = len(row.problems.found)
    id = f"{actors.prefix}-{row.cells['event_id_cnty']}"
    day, precision = _day(row.cells["event_date"]), row.cells["time_precision"]
    dead = row.count("fatalities")
    latitude, longitude = row.number_in("latitude", -90, 90), row.number_in("longitude", -180, 180)
    fault = withdraw_faults(row.problems, before)
    if imported.is_repeated(row, id):
        return
    sides = [actors.party(row.cells[name]) for name in ("actor1", "actor2")]
    if fault:
        imported.leave(row, id, "deaths" if fault.startswith("fatalities") else "unreadable", fault)
    elif day is None:
        imported.leave(row, id, "unreadable", f'event_date "{row.cells["event_date"]}" is not a date')
    elif precision not in _SPANS:
        imported.leave(row, id, "date precision", f'time_precision is "{precision}"; known are 1, 2 and 3')
    elif row.cells["event_type"] not in ACTS:
        imported.leave(row, id, "no act", f"{row.cells['event_type']}: {row.cells['sub_event_type']}")
    elif None in sides:
        imported.leave(row, id, "unmapped actor", actors.missing(row.cells["actor1" if sides[0] is None else "actor2"]))
    else:
        if precision != "1":
            imported.doubt(
                row, id, "date precision", f"time_precision {precision}: {_SPANS[precision] + 1} days from {day}"
            )
        if dead and row.cells["event_type"] == "Battles":
            imported.doubt(row, id, "deaths", f"{dead} dead of both sides are booked on the target's side")
        imported.take(row, _incident(row, id, day, sides, dead, (latitude, longitude), actors))


def _incident(
    row: Row,
    id: str,
    day: date,
    sides: list[str | None],
    dead: int | None,
    position: tuple[float | None, float | None],
    actors: ActorMap,
) -> Incident:
    length = _SPANS[row.cells["time_precision"]]
    last = day + timedelta(days=length)
    return Incident(
        id=id,
        split=actors.split(last),
        date=day,
        date_end=last if length else None,
        time_precision="span" if length else "day",
        initiator=str(sides[0]),
        target=str(sides[1]),
        place=row.cells["location"],
        latitude=position[0],
        longitude=position[1],
        struck=f"record {row.cells['event_id_cnty']}",
        weapon=row.cells["sub_event_type"],
        deaths=Figure(dead, dead, dead),
        rung=actors.rungs.get(row.cells["sub_event_type"]),
        certainty=(actors.certainty,),
        source=f"ACLED; {row.cells['source']}",
    )


def _day(text: str) -> date | None:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
