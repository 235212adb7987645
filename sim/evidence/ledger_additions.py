"""A living ledger: incidents are added to a file only if the file with them still passes every check."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from sim.core.errors import InputError, OutputError, Problem, Problems, nearest
from sim.evidence.csv_cells import Row
from sim.evidence.incident import UNKNOWN, Incident
from sim.evidence.incident_rows import COLUMNS, TOP_RUNG, cell_text, read_incident, record
from sim.evidence.ledger import Ledger


def append(path: Path, added: Iterable[Incident], parties: Collection[str] | None = None) -> Ledger:
    """Add incidents at the end of a ledger file, which is made if it is missing, or leave it as it is.

    `parties` binds only what is added; earlier rows may name parties that the theatre does not model.
    """
    _check_parties(path, added := list(added), parties)
    before = Ledger.read(path).incidents if path.exists() else ()
    temporary = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        Ledger((*before, *added)).write(temporary)
        whole = _read(temporary, path)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return whole


def parse_incident(cells: Mapping[str, str], path: Path, parties: Collection[str] | None = None) -> Incident:
    """Return the incident of cells by column (others are empty), checked alone as a row of the ledger at `path` is."""
    problems = Problems(path)
    for name in cells:
        if name not in COLUMNS:
            problems.add(name, f"is no column of a ledger; {nearest(name, COLUMNS)}")
    incident = read_incident(Row(0, dict.fromkeys(COLUMNS, "") | dict(cells), problems), parties, TOP_RUNG)
    if problems.found or incident is None:
        raise InputError(
            [
                Problem(problem.file, problem.key.replace("row 0", "new row"), problem.message)
                for problem in problems.found
            ]
        )
    return incident


def describe(incident: Incident) -> str:
    """Return an incident as one line of text: the cells that are not empty."""
    cells = {name: cell_text(value) for name, value in record(incident).items()}
    return "; ".join(f"{name} {text}" for name, text in cells.items() if text and text != "false")


def _check_parties(path: Path, added: Iterable[Incident], parties: Collection[str] | None) -> None:
    problems = Problems(path)
    for incident in added:
        for name in (incident.initiator, incident.target, incident.charged):
            if parties is not None and name and name != UNKNOWN and name not in parties:
                problems.add(f"new row (id {incident.id})", f'"{name}" is no party; {nearest(name, parties)}')
    problems.raise_if_any()


def _read(temporary: Path, path: Path) -> Ledger:
    """Read the file that would be; its faults are told of the file that it is meant for."""
    try:
        return Ledger.read(temporary)
    except InputError as error:
        raise InputError([Problem(str(path), problem.key, problem.message) for problem in error.problems]) from None
