"""Any CSV file with a row per incident, or per victim, by a map of columns.

``[columns]`` of the map says which of its columns holds which column of a ledger, ``[constants]`` gives one value for
all rows, ``[actors]`` turns names into parties. ``id``, ``date``, ``initiator`` and ``target`` are needed; ``source``
too, as a column or as a constant. A row is then checked as a row of a ledger is.

With ``group_by`` the rows that are alike in that column of the source are one incident, whose id it is if no other is
given: counts that ``[columns]`` names are summed over the rows, and where none of the dead is named, each row is one
dead. What else differs between the rows of a group is taken from the first of them and listed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sim.core.errors import Problems, nearest
from sim.evidence.csv_cells import Row, RowReader
from sim.evidence.days import is_unknown, read_number
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.incident_rows import COLUMNS, COUNTS, TOP_RUNG, read_incident

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
    problems.raise_if_any()


def _take(group: list[Row], actors: ActorMap, imported: ImportReport) -> None:
    row = group[0]
    cells = dict.fromkeys(COLUMNS, "") | _DEFAULTS | {"certainty": actors.certainty} | dict(actors.constants)
    if actors.group_by:
        cells |= {"id": row.cells[actors.group_by]}
    cells |= {ours: actors.cell(row, ours) for ours in actors.columns}
    id = f"{actors.prefix}-{cells['id']}"
    if imported.is_repeated(row, id):
        return
    if unknown := [cells[name] for name in ("initiator", "target") if actors.party(cells[name]) is None]:
        _leave(group, id, imported, "unmapped actor", "; ".join(actors.missing(name) for name in unknown))
        return
    cells |= {name: str(actors.party(cells[name])) for name in ("initiator", "target")}
    cells |= {"id": id, "split": "calibration"}
    if cells["charged"]:
        cells["charged"] = actors.party(cells["charged"]) or cells["charged"]
    if actors.group_by:
        cells |= _sums(group, actors)
    ledger_row = Row(row.number, cells, Problems(row.problems.file), date_format=actors.date_format)
    incident = read_incident(ledger_row, None, TOP_RUNG)
    columns, fault = withdraw_faults(ledger_row.problems, 0)
    if incident is None or fault:
        _leave(group, id, imported, _kind(columns), f"{columns or 'id'} cannot be taken", fault or "is empty")
        return
    _doubt(group, id, actors, imported)
    imported.take(row, replace(incident, split=actors.split(incident.last_day)))


def _leave(group: list[Row], id: str, imported: ImportReport, kind: str, reason: str, detail: str = "") -> None:
    for row in group:
        imported.leave(row, id, kind, reason, detail)


def _counted(actors: ActorMap) -> list[str]:
    """Return the columns of ours that are summed over a group."""
    return [ours for ours in actors.columns if ours in COUNTS and not ours.startswith("rung")]


def _sums(group: list[Row], actors: ActorMap) -> dict[str, str]:
    """Return the cells of ours that are sums over a group; an upper bound is known only if it is known of all rows."""
    sums = {}
    for ours in _counted(actors):
        cells = [cell for row in group if not is_unknown(cell := actors.cell(row, ours))]
        if cells and (len(cells) == len(group) or not ours.endswith("high")):
            sums[ours] = _sum(cells)
        else:
            sums[ours] = ""
    if not any(ours.startswith("killed") for ours in [*actors.columns, *actors.constants]):
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
    """Note what differs between the rows of a group, beside the figures that are summed."""
    for ours in actors.columns:
        if ours in ("id", "note", *_counted(actors)):
            continue
        first = actors.cell(group[0], ours)
        for row in group[1:]:
            if (cell := actors.cell(row, ours)) != first:
                words = f"{ours} differs from the first row of its group, which counts"
                imported.doubt(row, id, "group", words, f'"{cell}", not "{first}"')


def _kind(columns: str) -> str:
    """Return the kind of a finding by the first column that is at fault."""
    column = columns.partition(",")[0]
    if column.startswith("killed"):
        return "deaths"
    return "date precision" if column in ("time_precision", "time", "date_end") else "unreadable"
