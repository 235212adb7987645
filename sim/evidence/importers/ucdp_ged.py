"""UCDP Georeferenced Event Dataset, CSV export (version 19.1 and newer).

GED names two sides and the dead of each, and not who acted. The party struck is taken from the place, else the province
(``adm_1``), else the country, by ``[struck]`` in the map; the other side is the initiator, and its own dead are booked
as such. Where no fighter of the side struck died but some of the other did, the direction is doubted and listed.
One-sided violence against "Civilians" is an act of side_a on the party that is struck there. ``date_prec`` 1 is a day;
2 and 3 are spans of days; 4 and 5, a month or more, are imported as spans and listed. Deaths of unknown people count in
the total and in neither part.

References
----------
.. [1] Sundberg, R., Melander, E. (2013). Introducing the UCDP Georeferenced Event Dataset. J. Peace Res. 50, 523-532.
"""

from datetime import date
from pathlib import Path

from sim.evidence.csv_cells import Figure, Row, RowReader
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.incident import Incident
from sim.evidence.incident_rows import RECORD

COLUMNS: tuple[str, ...] = (
    *("id", "type_of_violence", "side_a", "side_b", "where_coordinates", "latitude", "longitude"),
    *("country", "date_prec", "date_start", "date_end"),
    *("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low"),
)
"""Columns that are needed; the export has more."""
OPTIONAL: tuple[str, ...] = ("adm_1",)  # columns that are read where they are there
CIVILIANS = "Civilians"  # what stands for side_b in one-sided violence
_LONGEST_PRECISION = 5

Parts = dict[str, int | None]
Dead = tuple[Figure, Figure, Figure, int | None]


def read_ged(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import a GED export."""
    rows = RowReader(path, COLUMNS, others="skip", optional=OPTIONAL, date_format=actors.date_format)
    imported = ImportReport(notes=rows.notes)
    for row in imported.count(rows):
        _take(row, actors, imported)
    return imported


IMPORTER = Importer(
    "ged",
    read_ged,
    {"actors": ("side_a", "side_b"), "struck": ("country", "adm_1"), "rungs": ("type_of_violence",)},
    COLUMNS,
)


def _take(row: Row, actors: ActorMap, imported: ImportReport) -> None:
    id = f"{actors.prefix}-{row.code('id')}"
    if imported.is_repeated(row, id):
        return
    places = tuple(row.cells[name] for name in ("where_coordinates", "adm_1", "country"))
    struck = actors.party_struck(*places)
    sides = [actors.party(row.cells[name]) for name in ("side_a", "side_b")]
    is_on_people = row.cells["side_b"] == CIVILIANS
    if is_on_people:
        struck = sides[1] = sides[1] or struck
    if why := _unplaced(row, sides, struck, places, actors):
        imported.leave(row, id, *why)
        return
    before = len(row.problems.found)
    start, end = row.day("date_start", required=True), row.day("date_end", required=True)
    precision = row.code("date_prec")
    deaths = row.figure("low", "best", "high")
    parts = {name: row.count(name) for name in ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")}
    latitude, longitude = row.number_in("latitude", -90, 90), row.number_in("longitude", -180, 180)
    columns, fault = withdraw_faults(row.problems, before)
    if fault or start is None or end is None:
        kind = "deaths" if "must not fall" in fault else "unreadable"
        imported.leave(row, id, kind, f"{columns} cannot be read" if kind == "unreadable" else "deaths fall", fault)
    elif end < start:
        imported.leave(row, id, "unreadable", "ends before it starts", f"{end} before {start}")
    elif not (precision.isascii() and precision.isdigit()) or not 1 <= int(precision) <= _LONGEST_PRECISION:
        imported.leave(row, id, "date precision", f'date_prec is "{precision}"; known are 1 to {_LONGEST_PRECISION}')
    else:
        turned = (1, 0) if struck == sides[0] and not is_on_people else (0, 1)
        parties = str(sides[turned[0]]), str(sides[turned[1]])
        letters = "ab"[turned[0]], "ab"[turned[1]]
        dead = _doubt(row, id, (start, end), deaths, parts, letters, parties, imported)
        imported.take(row, _incident(row, id, (start, end), parties, dead, (latitude, longitude), actors))


def _unplaced(
    row: Row, sides: list[str | None], struck: str | None, places: tuple[str, ...], actors: ActorMap
) -> tuple[str, str, str] | None:
    """Return kind, reason and detail where the map does not say who acted on whom."""
    if sides[0] is None or (sides[1] is None and row.cells["side_b"] != CIVILIANS):
        return "unmapped actor", actors.missing(row.cells["side_a" if sides[0] is None else "side_b"]), ""
    if struck is None or struck not in sides:
        return "unmapped actor", f'[struck] has no side of this row for "{places[2]}"', places[1]
    return ("one party", f"both sides are {sides[0]} by the map", "") if sides[0] == sides[1] else None


def _doubt(
    row: Row,
    id: str,
    span: tuple[date, date],
    deaths: Figure,
    parts: Parts,
    letters: tuple[str, str],
    parties: tuple[str, str],
    imported: ImportReport,
) -> Dead:
    """Note what is doubtful about a row that is imported, and return its dead."""
    if int(row.code("date_prec")) >= 4:
        imported.doubt(row, id, "date precision", "known to a month or more only", f"{span[0]} to {span[1]}")
    initiator, target = letters
    if parts[f"deaths_{initiator}"] and not parts[f"deaths_{target}"] and row.cells["side_b"] != CIVILIANS:
        words = f"all fighters dead are of {parties[0]}, which is taken for the initiator; see [struck] in the map"
        place = row.cells["adm_1"] or row.cells["country"]
        imported.doubt(row, id, "direction", words, f"{parts[f'deaths_{initiator}']} at {place}")
    if deaths.best != sum(part or 0 for part in parts.values()):
        words = "the parts do not make best, so none of them is used, and all dead are booked on the side struck"
        imported.doubt(row, id, "deaths", words, f"{list(parts.values())}, best {deaths.best}")
        return deaths, Figure(), Figure(), None
    return _dead(deaths, parts, target, initiator)


def _dead(deaths: Figure, parts: Parts, target: str, initiator: str) -> Dead:
    """Return the dead on the target's side, fighters and civilians among them, and the initiator's own."""
    own = parts[f"deaths_{initiator}"]
    whole = Figure(*(None if n is None else max(n - (own or 0), 0) for n in (deaths.low, deaths.best, deaths.high)))
    if parts["deaths_unknown"]:
        return whole, Figure(), Figure(), own
    # The parts make the best figure; where fewer may have died, so may have fewer of each.
    is_exact = deaths.low in (None, deaths.best)
    military, civilian = parts[f"deaths_{target}"], parts["deaths_civilians"]
    return whole, _part(military, is_exact), _part(civilian, is_exact), own


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
    is_span = end > start or row.code("date_prec") != "1"
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
        struck=f"{RECORD}{row.code('id')}",
        deaths=deaths,
        military_deaths=military,
        civilian_deaths=civilian,
        initiator_killed=own,
        rung=actors.rungs.get(row.code("type_of_violence")),
        certainty=(actors.certainty,),
        source="UCDP GED",
        note="Initiator inferred from who is struck there.",
    )


def _part(number: int | None, is_exact: bool) -> Figure:
    return Figure(number, number, number) if is_exact else Figure(best=number)
