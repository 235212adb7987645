"""A ledger that grows: new incidents are added to its file, those that it has stay, changed ones are taken if asked.

What a merge would do is known before anything is written, so a dry run and a real one say the same. A file
is replaced whole, and only if nobody else has written it since it was read.
"""

import errno
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import portalocker

from sim.core.errors import InputError, OutputError, Problem, Problems, nearest
from sim.evidence.csv_cells import NOT_GIVEN, Row
from sim.evidence.incident import UNKNOWN, Incident
from sim.evidence.incident_rows import (
    COLUMNS,
    TOP_RUNG,
    cell_text,
    column_values,
    death_faults,
    find_twins,
    read_incident,
    trigger_faults,
)
from sim.evidence.ledger import Ledger
from sim.evidence.text_tables import is_plain

_PATIENCE_SECONDS = 20
_PACKED_NAMES = (".gz", ".bz2", ".xz", ".zip", ".xlsx", ".xls")


def read_whole(path: Path) -> bytes:
    """Return the content of a file that is to be replaced, empty where there is none; refuse one that is packed."""
    if path.suffix.lower() in _PACKED_NAMES or (path.exists() and path.is_file() and not is_plain(path)):
        raise InputError.single(path, "", "is packed; a file that is added to must be plain CSV")
    return path.read_bytes() if path.exists() else b""


def replace_whole(path: Path, before: bytes, content: bytes) -> None:
    """Replace a file whole or not at all; a link stays a link, and what it was read as must still stand there."""
    target = path.resolve()
    name = hashlib.sha256(str(target).encode()).hexdigest()[:16]
    temporary = target.with_name(f".tmp-{os.getpid()}-{target.name}")
    try:
        # The lock lies elsewhere, so that nothing is left beside the file, and it is let go of if the process ends.
        with portalocker.Lock(Path(tempfile.gettempdir()) / f"sim-{name}.lock", "a", timeout=_PATIENCE_SECONDS):
            if read_whole(target) != before:
                raise OutputError(f"{path}: was changed by somebody else meanwhile; nothing is written, try again")
            temporary.write_bytes(content)
            temporary.replace(target)
    except portalocker.LockException:
        raise OutputError(f"{path}: is being written by somebody else; nothing is written, try again") from None
    except OSError as error:
        why = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or error
        raise OutputError(f"{path}: cannot be written ({why}); nothing was changed") from error
    finally:
        temporary.unlink(missing_ok=True)


RUNGS = ("rung_low", "rung", "rung_high")
"""Columns in which a ledger is right against a source: an analyst set them by what a map cannot know."""


@dataclass(frozen=True)
class Merge:
    """What becomes of incidents that are brought to a ledger."""

    path: Path
    before: bytes  # content of the file; empty where there is none
    whole: Ledger  # the ledger that it would be
    added: tuple[Incident, ...]
    same: tuple[Incident, ...]  # stand there already
    changed: tuple[tuple[Incident, str], ...]  # stand there otherwise, with what differs
    kept: tuple[tuple[Incident, str], ...]  # stand there with other rungs, which stay
    refused: tuple[tuple[Incident, str], ...]  # name a trigger that no row has or that happened later
    alike: tuple[tuple[Incident, Incident], ...]  # an incident, and an added one that is alike to it under another id

    def write(self) -> None:
        """Write the ledger whole or not at all; refuse if somebody else has written it since it was read."""
        replace_whole(self.path, self.before, self.whole.encode())


def merge_incidents(
    path: Path, brought: Iterable[Incident], parties: Collection[str] | None = None, *, update: bool = False
) -> Merge:
    """Return what becomes of incidents brought to the ledger of a file, which may be missing; nothing is written.

    `parties` binds only what is brought; earlier rows may name parties that the theatre does not model. What changed is
    taken with `update` only. A figure that the ledger has and the source does not give stays, and so do its rungs.
    """
    brought = list(brought)
    _check_parties(path, brought, parties)
    content = read_whole(path)
    is_begun = content.decode("utf-8-sig", "replace").strip() not in ("", ",".join(COLUMNS))
    known = {incident.id: incident for incident in Ledger.read(path)} if is_begun else {}
    refused = _find_refused(known, brought)
    unrefused = [incident for incident in brought if incident.id not in refused]
    filled = {one.id: _fill(known[one.id], one) for one in unrefused if one.id in known}
    others = {id: _difference(known[id], incident) for id, incident in filled.items()}
    graded = [(known[one.id], one) for one in unrefused if one.id in known and known[one.id].rung is not None]
    added = tuple(incident for incident in unrefused if incident.id not in known)
    taken = filled if update else {}
    whole = Ledger((*(taken.get(id, incident) for id, incident in known.items()), *added))
    new = {incident.id for incident in added}
    return Merge(
        path,
        content,
        whole,
        added,
        same=tuple(incident for id, incident in filled.items() if not others[id]),
        changed=tuple((incident, others[id]) for id, incident in filled.items() if others[id]),
        kept=tuple((old, words) for old, new in graded if (words := _difference(old, new, RUNGS))),
        refused=tuple((one, refused[one.id]) for one in brought if one.id in refused),
        alike=tuple(pair for pair in find_twins(whole) if pair[1].id in new and pair[0].id not in new),
    )


def _fill(known: Incident, brought: Incident) -> Incident:
    """Return an incident as its source has it now, with what only the ledger knows of it."""
    told = {field.name: getattr(brought, field.name) for field in fields(Incident)}
    kept = {name for name, value in told.items() if value is None or value is False or value in ("", NOT_GIVEN)}
    if known.rung is not None:
        kept |= set(RUNGS)
    if known.time is not None and brought.time is None and brought.date_end is None:
        kept |= {"time_precision"}
    filled = replace(brought, **{name: getattr(known, name) for name in kept})
    if death_faults(filled):
        parts = ("deaths", "military_deaths", "civilian_deaths")
        return replace(filled, **{name: getattr(brought, name) for name in parts})
    return filled


def _difference(old: Incident, new: Incident, columns: Sequence[str] = COLUMNS) -> str:
    """Return in words which cells of an incident changed."""
    before, after = ({name: cell_text(value) for name, value in column_values(one).items()} for one in (old, new))
    others = [name for name in columns if before[name] != after[name]]
    return "; ".join(f"{name} {before[name] or 'empty'} to {after[name] or 'empty'}" for name in others)


def _check_parties(path: Path, brought: Iterable[Incident], parties: Collection[str] | None) -> None:
    """Refuse parties that a theatre does not have, each once with the number of its rows."""
    named = Counter(name for one in brought for name in {one.initiator, one.target, one.charged} - {"", UNKNOWN})
    problems = Problems(path)
    for name, count in named.items():
        if parties is not None and name not in parties:
            rows = f"{count:,} new row{'s' * (count != 1)}"
            problems.add(rows, f'"{name}" is no party; {nearest(name, parties)}')
    problems.raise_if_any()


def _find_refused(known: Mapping[str, Incident], brought: Sequence[Incident]) -> dict[str, str]:
    """Return why rows cannot be taken, by id: a trigger that no row has, or that happened later."""
    refused: dict[str, str] = {}
    while True:
        rows = {**known, **{one.id: one for one in brought if one.id not in refused}}
        left = (one for one in brought if one.triggers and one.id not in refused)
        found = {one.id: "; ".join(faults) for one in left if (faults := trigger_faults(one, rows, rows.keys()))}
        if not found:
            return refused
        # Without these, other rows may have lost a trigger.
        refused |= found


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
