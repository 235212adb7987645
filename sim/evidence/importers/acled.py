"""ACLED data export, CSV.

``actor1`` is taken for the initiator and ``actor2`` for the target, as the export has them. ``time_precision`` 1 is a
day; 2 and 3 (a week, a month) are imported as spans from the stated day and listed. ``fatalities`` counts the dead of
all sides together; it is booked on the target's side and listed where the event is a clash. Where civilians were the
target (``civilian_targeting``, or an actor "Civilians (...)"), they are civilians, and listed where the target is an
armed one beside them; elsewhere it is not known how many are. Civilians belong to the party that ``[actors]`` gives,
else to the one that ``[struck]`` gives for the place, the province or the country. Protests, riots and strategic
developments are no acts of the model and are listed. ACLED's terms forbid passing its rows on: keep the
ledger that holds them to yourself.
"""

from datetime import date, timedelta
from pathlib import Path

from sim.evidence.csv_cells import Figure, Row, RowReader
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.incident import Incident
from sim.evidence.incident_rows import RECORD

COLUMNS: tuple[str, ...] = (
    *("event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "actor2"),
    *("location", "latitude", "longitude", "source", "fatalities"),
)
"""Columns that are needed; the export has more."""
OPTIONAL: tuple[str, ...] = ("civilian_targeting", "admin1", "country")  # columns that are read where they are there
CIVILIANS = "Civilians"  # how the name of an actor begins that is the people of a country
ACTS: tuple[str, ...] = ("Battles", "Explosions/Remote violence", "Violence against civilians")
"""Event types that are acts."""
_SPANS = {"1": 0, "2": 6, "3": 30}


def read_acled(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import an ACLED export."""
    form = actors.date_format
    rows = RowReader(path, COLUMNS, name="event_id_cnty", others="skip", optional=OPTIONAL, date_format=form)
    imported = ImportReport(notes=rows.notes)
    for row in imported.count(rows):
        _take(row, actors, imported)
    return imported


IMPORTER = Importer(
    "acled",
    read_acled,
    {"actors": ("actor1", "actor2"), "struck": ("country", "admin1"), "rungs": ("sub_event_type",)},
    COLUMNS,
)


def _take(row: Row, actors: ActorMap, imported: ImportReport) -> None:
    id = f"{actors.prefix}-{row.code('event_id_cnty')}"
    if imported.is_repeated(row, id):
        return
    before = len(row.problems.found)
    day, precision = row.day("event_date", required=True), row.code("time_precision")
    dead = row.count("fatalities")
    latitude, longitude = row.number_in("latitude", -90, 90), row.number_in("longitude", -180, 180)
    columns, fault = withdraw_faults(row.problems, before)
    sides = [_party(row, name, actors) for name in ("actor1", "actor2")]
    if fault or day is None:
        imported.leave(
            row, id, "deaths" if columns == "fatalities" else "unreadable", f"{columns} cannot be read", fault
        )
    elif precision not in _SPANS:
        imported.leave(row, id, "date precision", f'time_precision is "{precision}"; known are 1, 2 and 3')
    elif row.cells["event_type"] not in ACTS:
        imported.leave(row, id, "no act", f"{row.cells['event_type']}: {row.cells['sub_event_type']}")
    elif None in sides:
        name = row.cells["actor1" if sides[0] is None else "actor2"]
        hint = "; [struck] can say whose they are, by place, admin1 or country" * name.startswith(CIVILIANS)
        imported.leave(row, id, "unmapped actor", actors.missing(name) + hint)
    elif row.cells["actor1"].startswith(CIVILIANS):
        imported.leave(row, id, "direction", "civilians are no party that acts", row.cells["actor1"])
    elif sides[0] == sides[1]:
        imported.leave(row, id, "one party", f"both sides are {sides[0]} by the map")
    else:
        _doubt(row, id, day, dead, imported)
        imported.take(row, _incident(row, id, day, sides, dead, (latitude, longitude), actors))


def _party(row: Row, column: str, actors: ActorMap) -> str | None:
    """Return the party of an actor; civilians without an entry of their own belong to whoever is struck there."""
    name = row.cells[column]
    party = actors.party(name)
    if party is None and name.startswith(CIVILIANS):
        return actors.party_struck(*(row.cells[place] for place in ("location", "admin1", "country")))
    return party


def _doubt(row: Row, id: str, day: date, dead: int | None, imported: ImportReport) -> None:
    """Note what is doubtful about a row that is imported."""
    precision = row.code("time_precision")
    if precision != "1":
        length = f"time_precision {precision} is a span of {_SPANS[precision] + 1} days"
        imported.doubt(row, id, "date precision", length, f"from {day}")
    if dead and row.cells["event_type"] == "Battles":
        imported.doubt(row, id, "deaths", "the dead of both sides are booked on the target's side", f"{dead} dead")
    if dead and _is_on_civilians(row) and not row.cells["actor2"].startswith(CIVILIANS):
        is_clash = row.cells["event_type"] == "Battles"
        words = "it is not known how many of the dead are" if is_clash else "all dead are booked as"
        imported.doubt(row, id, "deaths", f"{words} civilians: an armed target is named beside them", f"{dead} dead")


def _is_on_civilians(row: Row) -> bool:
    """Return whether civilians were a target."""
    is_stated = row.cells["event_type"] == "Violence against civilians" or bool(row.known("civilian_targeting"))
    return is_stated or row.cells["actor2"].startswith(CIVILIANS)


def _incident(
    row: Row,
    id: str,
    day: date,
    sides: list[str | None],
    dead: int | None,
    position: tuple[float | None, float | None],
    actors: ActorMap,
) -> Incident:
    # All dead are civilians where they were the target; else and in a clash it is not known how many are.
    is_clash = row.cells["event_type"] == "Battles" and not row.cells["actor2"].startswith(CIVILIANS)
    civilians = Figure(dead, dead, dead) if _is_on_civilians(row) and not is_clash else Figure()
    length = _SPANS[row.code("time_precision")]
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
        struck=f"{RECORD}{row.cells['event_id_cnty']}",
        weapon=row.cells["sub_event_type"],
        deaths=Figure(dead, dead, dead),
        civilian_deaths=civilians,
        rung=actors.rungs.get(row.cells["sub_event_type"]),
        certainty=(actors.certainty,),
        source="; ".join(["ACLED", *filter(None, [row.cells["source"]])]),
    )
