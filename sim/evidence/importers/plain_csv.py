"""Any CSV file with a row per incident, or per victim, by a map of columns.

``[columns]`` of the map says which of its columns holds which column of a ledger, ``[constants]`` gives one value for
all rows, ``[actors]`` turns names into parties. ``id``, ``date``, ``initiator`` and ``target`` are needed; ``source``
too, as a column or as a constant. A row is then checked as a row of a ledger is.

With ``group_by`` the rows that are alike in that column of the source are one incident, whose id it is if no other is
given: counts that ``[columns]`` names are summed over the rows, and where none of the dead is named, each row is one
dead. What else differs between the rows of a group is taken from the first of them and listed.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

from sim.core.errors import Problems, nearest
from sim.evidence.csv_cells import Row, RowReader
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.incident_rows import COLUMNS, COUNTS, TOP_RUNG, read_incident
from sim.evidence.written_values import is_unknown, read_number

NEEDED: tuple[str, ...] = ("id", "date", "initiator", "target", "source")
_DEFAULTS = {"kind": "act", "time_precision": "day", "leader_killed": "false", "in_article": "false"}


def read_plain(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import a CSV file by a map of columns."""
    _check(actors)
    name = actors.group_by or actors.columns.get("id", "id")
    rows = RowReader(path, actors.sources, name=str(name), others="skip", date_format=actors.date_format)
    imported = ImportReport(notes=rows.notes)
    groups: dict[object, list[Row]] = {}
    for row in imported.count(rows):
        groups.setdefault(row.cells[actors.group_by] if actors.group_by else row.number, []).append(row)
    for group in groups.values():
        _take(group, actors, imported)
    return imported


IMPORTER = Importer("csv", read_plain)


def _check(actors: ActorMap) -> None:
    problems = Problems(actors.path)
    named = {**actors.columns, **actors.constants, **({"id": ""} if actors.group_by else {})}
    for name in named:
        if name not in COLUMNS:
            problems.add("columns", f'"{name}" is no column of a ledger; {nearest(name, COLUMNS)}')
    for name in NEEDED:
        if name not in named:
            problems.add("columns", f'"{name}" is missing; give its column or a constant')
    if "split" in named:
        problems.add("columns", "split is not read: the last day of a row and held_out_from say it")
    problems.raise_if_any()


def _take(group: list[Row], actors: ActorMap, imported: ImportReport) -> None:
    row = group[0]
    cells = _cells(group, actors)
    id = f"{actors.prefix}-{cells['id']}"
    if imported.is_repeated(row, id):
        last = imported.findings[-1]
        _leave(group[1:], id, imported, last.kind, last.reason, last.detail)
        return
    if unknown := [cells[name] for name in ("initiator", "target") if actors.party(cells[name]) is None]:
        _leave(group, id, imported, "unmapped actor", "; ".join(actors.missing(name) for name in unknown))
        return
    cells |= {name: str(actors.party(cells[name])) for name in ("initiator", "target")}
    cells |= {"id": id, "split": "calibration"}
    if cells["charged"]:
        cells["charged"] = actors.party(cells["charged"]) or cells["charged"]
    ledger_row = Row(row.number, cells, Problems(row.problems.file), date_format=actors.date_format)
    if "time_precision" not in {*actors.columns, *actors.constants}:
        cells |= _precision(ledger_row)
    incident = read_incident(ledger_row, None, TOP_RUNG)
    columns, fault = withdraw_faults(ledger_row.problems, 0)
    if incident is None or fault:
        _leave(group, id, imported, _kind(columns), f"{columns or 'id'} cannot be taken", fault or "is empty")
        return
    _doubt(group, id, actors, imported)
    imported.take(row, replace(incident, split=actors.split(max(incident.last_day, *_days(group, actors)))))


def _cells(group: list[Row], actors: ActorMap) -> dict[str, str]:
    """Return the cells of a ledger for a group of rows: those of the first, and sums of what is counted."""
    row = group[0]
    cells = dict.fromkeys(COLUMNS, "") | _DEFAULTS | {"certainty": actors.certainty} | dict(actors.constants)
    if actors.group_by:
        cells |= {"id": row.code(actors.group_by)}
    cells |= {ours: actors.cell(row, ours) for ours in actors.columns}
    cells["id"] = cells["id"].removesuffix(".0")
    return cells | (_sums(group, actors) if actors.group_by else {})


def _precision(row: Row) -> dict[str, str]:
    """Return how exactly the time is known where the source does not say: a span has a last day behind the first."""
    first, last, found = row.known("date"), row.known("date_end"), len(row.problems.found)
    is_span = bool(last) and row.day("date") != row.day("date_end")
    del row.problems.found[found:]
    return {"date": first, "date_end": last if is_span else "", "time_precision": "span" if is_span else "day"}


def _days(group: list[Row], actors: ActorMap) -> list[date]:
    """Return the days of a group that can be read, of which the last says whether its incident is held out."""
    rows = (Row(0, {"date": actors.cell(row, "date")}, Problems(""), date_format=actors.date_format) for row in group)
    known = [row.day("date") for row in rows] if "date" in actors.columns else []
    return [date.min, *(day for day in known if day is not None)]


def _leave(group: list[Row], id: str, imported: ImportReport, kind: str, reason: str, detail: str = "") -> None:
    for row in group:
        imported.leave(row, id, kind, reason, detail)


def _counted(actors: ActorMap) -> list[str]:
    """Return the columns of ours that are summed over a group."""
    given = [*actors.columns, *actors.constants]
    return [ours for ours in given if ours in COUNTS and not ours.startswith("rung")]


def _sums(group: list[Row], actors: ActorMap) -> dict[str, str]:
    """Return sums over a group: a least figure where a row does not know its part; one dead a row if none is named."""
    sums = {}
    for ours in _counted(actors):
        cells = [actors.cell(row, ours) if ours in actors.columns else actors.constants[ours] for row in group]
        known = [cell for cell in cells if not is_unknown(cell)]
        is_whole = len(known) == len(cells)
        sums[ours] = _sum(known) if known and (is_whole or ours.endswith("_low")) else ""
        least = ours.replace("_best", "_low")
        if known and not is_whole and least != ours:
            sums.setdefault(least, _sum(known))
    if not any(ours.startswith("killed") for ours in _counted(actors)):
        sums |= dict.fromkeys(("killed_low", "killed_best", "killed_high"), str(len(group)))
    return sums


def _sum(cells: list[str]) -> str:
    """Return the sum of cells, or the first that is no number, which is then refused."""
    total = 0.0
    for cell in cells:
        try:
            total += read_number(cell)
        except ValueError:
            return cell
    return repr(total)


def _doubt(group: list[Row], id: str, actors: ActorMap, imported: ImportReport) -> None:
    """Note what the rows of a group do not agree in, and figures that not all of them know."""
    for ours in actors.columns:
        cells = [actors.cell(row, ours) for row in group]
        if ours in _counted(actors):
            unknown = sum(map(is_unknown, cells))
            if 0 < unknown < len(cells):
                words = f"{ours} is not known of all rows of its group, so their sum is a least figure or left out"
                imported.doubt(group[0], id, "group", words, f"{unknown} of {len(cells)}")
        elif ours not in ("id", "note"):
            words = f"{ours} differs from the first row of its group, which counts"
            for row, cell in zip(group, cells, strict=True):
                if cell != cells[0]:
                    imported.doubt(row, id, "group", words, f'"{cell}", not "{cells[0]}"')


def _kind(columns: str) -> str:
    """Return the kind of a finding by the first column that is at fault."""
    column = columns.partition(",")[0]
    if column.startswith("killed"):
        return "deaths"
    return "date precision" if column in ("time_precision", "time", "date_end") else "unreadable"
