"""Any CSV file with a row per incident, by a map of columns.

``[columns]`` of the map says which of its columns holds which column of a ledger, ``[constants]`` gives one value for
all rows, ``[actors]`` turns names into parties. ``id``, ``date``, ``initiator`` and ``target`` are needed; ``source``
too, as a column or as a constant. A row is then checked as a row of a ledger is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.core.errors import Problems, nearest
from sim.evidence.csv_cells import Row, read_rows
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.importers.import_report import Importer, ImportReport, withdraw_faults
from sim.evidence.incident_rows import COLUMNS, TOP_RUNG, read_incident

NEEDED: tuple[str, ...] = ("id", "date", "initiator", "target", "source")
_DEFAULTS = {"kind": "act", "time_precision": "day", "leader_killed": "false", "in_article": "false"}


def read_plain(path: str | Path, actors: ActorMap) -> ImportReport:
    """Import a CSV file by a map of columns."""
    _check(actors)
    rows = read_rows(path, list(actors.columns.values()), name=actors.columns.get("id", "id"), others=True)
    imported = ImportReport(len(rows))
    for row in rows:
        _take(row, actors, imported)
    return imported


IMPORTER = Importer("csv", read_plain)


def _check(actors: ActorMap) -> None:
    problems = Problems(actors.path)
    named = {**actors.columns, **actors.constants}
    for name in named:
        if name not in COLUMNS:
            problems.add("columns", f'"{name}" is no column of a ledger; {nearest(name, COLUMNS)}')
    for name in NEEDED:
        if name not in named:
            problems.add("columns", f'"{name}" is missing; give its column or a constant')
    problems.raise_if_any()


def _take(row: Row, actors: ActorMap, imported: ImportReport) -> None:
    cells = dict.fromkeys(COLUMNS, "") | _DEFAULTS | {"certainty": actors.certainty} | dict(actors.constants)
    cells |= {ours: row.cells[theirs] for ours, theirs in actors.columns.items()}
    id = f"{actors.prefix}-{cells['id']}"
    if imported.is_repeated(row, id):
        return
    if unknown := [cells[name] for name in ("initiator", "target") if actors.party(cells[name]) is None]:
        imported.leave(row, id, "unmapped actor", "; ".join(actors.missing(name) for name in unknown))
        return
    cells |= {name: str(actors.party(cells[name])) for name in ("initiator", "target")}
    cells |= {"id": id, "split": _split(cells, actors)}
    if cells["charged"]:
        cells["charged"] = actors.party(cells["charged"]) or cells["charged"]
    ledger_row = Row(row.number, cells, Problems(row.problems.file))
    incident = read_incident(ledger_row, None, TOP_RUNG)
    fault = withdraw_faults(ledger_row.problems, 0)
    if incident is None or fault:
        imported.leave(row, id, _kind(fault), fault or "has no id or no date")
    else:
        imported.take(row, incident)


def _kind(fault: str) -> str:
    """Return the kind of a finding by the first column that is at fault."""
    column = fault.partition(" ")[0]
    if column.startswith("killed"):
        return "deaths"
    return "date precision" if column in ("time_precision", "time", "date_end") else "unreadable"


def _split(cells: Mapping[str, str], actors: ActorMap) -> str:
    """Return the split by the last day; text of the form 2023-11-07 sorts as the day does."""
    last = max(cells["date"], cells["date_end"])
    return "held_out" if last >= actors.held_out_from.isoformat() else "calibration"
