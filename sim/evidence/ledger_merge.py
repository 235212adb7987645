"""A ledger that grows: new incidents are added to its file, those that it has stay, changed ones are taken if asked.

What a merge would do is known before anything is written, so a dry run and a real one say the same.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.core.errors import InputError, OutputError, Problem, Problems, nearest
from sim.evidence.csv_cells import Row
from sim.evidence.incident import UNKNOWN, Incident
from sim.evidence.incident_rows import (
    COLUMNS,
    TOP_RUNG,
    cell_text,
    check_triggers,
    column_values,
    find_twins,
    read_incident,
)
from sim.evidence.ledger import Ledger
from sim.evidence.text_tables import is_plain


@dataclass(frozen=True)
class Merge:
    """What becomes of incidents that are brought to a ledger."""

    path: Path
    before: bytes  # content of the file; empty where there is none
    whole: Ledger  # the ledger that it would be
    added: tuple[Incident, ...]
    same: tuple[Incident, ...]  # stand there already, cell by cell
    changed: tuple[tuple[Incident, str], ...]  # stand there otherwise, with what differs
    alike: tuple[tuple[Incident, Incident], ...]  # an incident, and an added one that is alike to it under another id

    def write(self) -> None:
        """Write the ledger whole or not at all; refuse if somebody else has written it since it was read."""
        temporary = self.path.with_name(f".tmp-{os.getpid()}-{self.path.name}")
        try:
            self.whole.write(temporary)
            if _content(self.path) != self.before:
                raise OutputError(f"{self.path}: was changed by somebody else meanwhile; nothing is written, try again")
            temporary.replace(self.path)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({error.strerror or error})") from error
        finally:
            temporary.unlink(missing_ok=True)


def merge_incidents(
    path: Path, brought: Iterable[Incident], parties: Collection[str] | None = None, *, update: bool = False
) -> Merge:
    """Return what becomes of incidents brought to the ledger of a file, which may be missing; nothing is written.

    `parties` binds only what is brought; earlier rows may name parties that the theatre does not model. Rows that
    changed are taken with `update` only.
    """
    brought = list(brought)
    _check_parties(path, brought, parties)
    content = _content(path)
    if content and not is_plain(path):
        raise InputError.single(path, "", "is packed; a ledger that is added to must be plain CSV")
    known = {incident.id: incident for incident in Ledger.read(path)} if content else {}
    added = tuple(incident for incident in brought if incident.id not in known)
    same = tuple(incident for incident in brought if known.get(incident.id) == incident)
    changed = tuple(
        (incident, _difference(known[incident.id], incident))
        for incident in brought
        if incident.id in known and known[incident.id] != incident
    )
    taken = {incident.id: incident for incident, _ in changed} if update else {}
    whole = Ledger((*(taken.get(id, incident) for id, incident in known.items()), *added))
    _check_triggers(path, whole)
    new = {incident.id for incident in added}
    alike = tuple(pair for pair in find_twins(whole) if pair[1].id in new and pair[0].id not in new)
    return Merge(path, content, whole, added, same, changed, alike)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _difference(old: Incident, new: Incident) -> str:
    """Return in words which cells of an incident changed."""
    before, after = ({name: cell_text(value) for name, value in column_values(one).items()} for one in (old, new))
    return "; ".join(
        f"{name} {before[name] or 'empty'} to {after[name] or 'empty'}"
        for name in COLUMNS
        if before[name] != after[name]
    )


def _check_parties(path: Path, brought: Iterable[Incident], parties: Collection[str] | None) -> None:
    problems = Problems(path)
    for incident in brought:
        for name in (incident.initiator, incident.target, incident.charged):
            if parties is not None and name and name != UNKNOWN and name not in parties:
                problems.add(f"new row (id {incident.id})", f'"{name}" is no party; {nearest(name, parties)}')
    problems.raise_if_any()


def _check_triggers(path: Path, incidents: Iterable[Incident]) -> None:
    """Refuse triggers that no row has or that happened later, as reading the ledger would."""
    problems = Problems(path)
    rows = enumerate(incidents, start=2)
    pairs = [(Row(number, {"id": incident.id}, problems), incident) for number, incident in rows]
    check_triggers(pairs, {incident.id for _, incident in pairs})
    problems.raise_if_any()


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


def describe_incident(incident: Incident) -> str:
    """Return an incident as one line of text: the cells that are not empty."""
    cells = {name: cell_text(value) for name, value in column_values(incident).items()}
    return "; ".join(f"{name} {text}" for name, text in cells.items() if text and text != "false")
