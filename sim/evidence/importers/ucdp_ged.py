"""UCDP Georeferenced Event Dataset, CSV export (version 19.1 and newer).

GED names two sides and the dead of each, and not who acted. The party struck is taken from the country (``[struck]`` in
the map); the other side is the initiator, and its own dead are booked as such. ``date_prec`` 1 is a day; 2 and 3 are
spans of days; 4 and 5, a month or more, are imported as spans and listed. Deaths of unknown people count in the total
and in neither part.

References
----------
.. [1] Sundberg, R., Melander, E. (2013). Introducing the UCDP Georeferenced Event Dataset. J. Peace Res. 50, 523-532.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sim.evidence.csv_cells import Figure, Row, read_rows
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.incident import Incident

COLUMNS: tuple[str, ...] = (
    *("id", "type_of_violence", "side_a", "side_b", "where_prec", "where_coordinates", "latitude", "longitude"),
    *("country", "event_clarity", "date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low"),
)
"""Columns that are read; the export has more."""
_LONGEST_PRECISION = 5

Parts = dict[str, int | None]
Dead = tuple[Figure, Figure, Figure, int | None]


def read_ged(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import a GED export."""
    rows = read_rows(path, COLUMNS, others=True)
    imported = ImportReport(len(rows))
    for row in rows:
        _take(row, actors, imported)
    return imported


IMPORTER = Importer("ged", read_ged)


def _take(row: Row, actors: ActorMap, imported: ImportReport) -> None:
    before = len(row.problems.found)
    id = f"{actors.prefix}-{row.cells['id']}"
    start, end, precision = _day(row, "date_start"), _day(row, "date_end"), row.cells["date_prec"]
    deaths = row.figure("low", "best", "high")
    parts = {name: row.count(name) for name in ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")}
    latitude, longitude = row.number_in("latitude", -90, 90), row.number_in("longitude", -180, 180)
    fault = withdraw_faults(row.problems, before)
    if imported.is_repeated(row, id):
        return
    sides = [actors.party(row.cells[name]) for name in ("side_a", "side_b")]
    struck = actors.struck.get(row.cells["country"])
    if fault or start is None or end is None or end < start:
        imported.leave(
            row, id, "deaths" if "must not fall" in fault else "unreadable", fault or "ends before it starts"
        )
    elif not precision.isdigit() or not 1 <= int(precision) <= _LONGEST_PRECISION:
        imported.leave(row, id, "date precision", f'date_prec is "{precision}"; known are 1 to {_LONGEST_PRECISION}')
    elif None in sides:
        name = row.cells["side_a" if sides[0] is None else "side_b"]
        imported.leave(row, id, "unmapped actor", actors.missing(name))
    elif struck not in sides:
        imported.leave(row, id, "unmapped actor", f'[struck] has no side of this row for "{row.cells["country"]}"')
    else:
        if int(precision) >= 4:
            imported.doubt(row, id, "date precision", f"known to {start} to {end} only")
        is_consistent = deaths.best == sum(part or 0 for part in parts.values())
        if not is_consistent:
            words = f"the parts {list(parts.values())} do not make best, which is {deaths.best}"
            imported.doubt(row, id, "deaths", words)
        target, initiator = (0, 1) if struck == sides[0] else (1, 0)
        dead = (
            _dead(deaths, parts, "ab"[target], "ab"[initiator]) if is_consistent else (deaths, Figure(), Figure(), None)
        )
        parties = str(sides[initiator]), str(sides[target])
        imported.take(row, _incident(row, id, (start, end), parties, dead, (latitude, longitude), actors))


def _dead(deaths: Figure, parts: Parts, target: str, initiator: str) -> Dead:
    """Return the dead on the target's side, fighters and civilians among them, and the initiator's own."""
    own = parts[f"deaths_{initiator}"]
    whole = _less(deaths, own or 0)
    if parts["deaths_unknown"]:
        return whole, Figure(), Figure(), own
    return whole, _exact(parts[f"deaths_{target}"]), _exact(parts["deaths_civilians"]), own


def _incident(
    row: Row,
    id: str,
    span: tuple[date, date],
    parties: tuple[str, str],
    dead: Dead,
    position: tuple[float | None, float | None],
    actors: ActorMap,
) -> Incident:
    start, end = span
    is_span = end > start or row.cells["date_prec"] != "1"
    deaths, military, civilian, own = dead
    return Incident(
        id=id,
        split=actors.split(end),
        date=start,
        date_end=end if is_span else None,
        time_precision="span" if is_span else "day",
        initiator=parties[0],
        target=parties[1],
        place=row.cells["where_coordinates"],
        latitude=position[0],
        longitude=position[1],
        struck=f"record {row.cells['id']}",
        deaths=deaths,
        military_deaths=military,
        civilian_deaths=civilian,
        initiator_killed=own,
        rung=actors.rungs.get(row.cells["type_of_violence"]),
        certainty=(actors.certainty,),
        source="UCDP GED",
        note="Initiator inferred from the country.",
    )


def _day(row: Row, column: str) -> date | None:
    """Return a day; the export may give a time of day after it."""
    row.cells[column] = row.cells[column][:10]
    return row.day(column, required=True)


def _less(figure: Figure, own: int) -> Figure:
    """Return the dead of the side struck: all without the initiator's own."""
    return Figure(*(None if n is None else max(n - own, 0) for n in (figure.low, figure.best, figure.high)))


def _exact(number: int | None) -> Figure:
    return Figure(number, number, number)
