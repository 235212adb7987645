"""What an import found: incidents, and everything about the rows that a person should look at; and a map to begin."""

import datetime
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sim.core.errors import Problems
from sim.evidence.csv_cells import Row, RowReader
from sim.evidence.daily_series import DailySeries
from sim.evidence.importers.column_map import ActorMap
from sim.evidence.incident import Incident
from sim.evidence.incident_rows import content_of, death_faults
from sim.evidence.ledger_merge import Merge
from sim.evidence.text_tables import open_table
from sim.evidence.written_values import is_unknown


@dataclass(frozen=True)
class Finding:
    """Something about one row of a source."""

    row: int  # number of the line as a spreadsheet shows it
    id: str  # id in the source
    kind: str  # such as "unmapped actor", "date precision", "direction", "duplicate", "deaths" or "unreadable"
    reason: str  # the same words for all rows of which it is true
    imported: bool  # whether the row became an incident all the same
    detail: str = ""  # what is true of this row alone

    @property
    def text(self) -> str:
        """Return reason and detail as one text."""
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


@dataclass
class ImportReport:
    """The outcome of an import."""

    rows: int = 0  # rows of the source below its header
    incidents: list[Incident] = field(default_factory=list)  # in the order of the source
    findings: list[Finding] = field(default_factory=list)  # at least one for each row left out
    series: DailySeries | None = None  # where the source holds figures by day and no incidents
    notes: tuple[str, ...] = ()  # how the file was read, where it is not plain CSV from its first line on
    _content: dict[tuple[object, ...], str] = field(default_factory=dict)
    row_of: dict[str, int] = field(default_factory=dict)  # row of the source, by id of the incident

    @property
    def left_out(self) -> int:
        """Number of rows that became nothing."""
        return len({finding.row for finding in self.findings if not finding.imported})

    def count(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of a source and count them."""
        for row in rows:
            self.rows += 1
            yield row

    def leave(self, row: Row, id: str, kind: str, reason: str, detail: str = "") -> None:
        """Note that a row is left out, and why."""
        self.findings.append(Finding(row.number, id, kind, reason, False, detail))

    def doubt(self, row: Row, id: str, kind: str, reason: str, detail: str = "") -> None:
        """Note what is doubtful about a row that is imported."""
        self.findings.append(Finding(row.number, id, kind, reason, True, detail))

    def is_repeated(self, row: Row, id: str) -> bool:
        """Return whether a row has no id, or one of a row that was taken; it is then noted as left out."""
        if is_unknown(row.cells.get(row.name, id)):
            self.leave(row, id, "unreadable", "has no id")
        elif id in self.row_of:
            self.leave(row, id, "duplicate", "the id stands in an earlier row already", f"row {self.row_of[id]}")
        else:
            return False
        return True

    def take(self, row: Row, incident: Incident) -> None:
        """Add an incident, or leave one whose dead contradict each other; note an earlier one that is alike to it."""
        if faults := death_faults(incident):
            self.leave(row, incident.id, "deaths", "the dead contradict each other", "; ".join(map(" ".join, faults)))
            return
        content = (incident.deaths, content_of(incident))
        first = self._content.setdefault(content, incident.id)
        if first != incident.id:
            same = "day, parties, place and deaths are those of another row; look at both"
            self.doubt(row, incident.id, "duplicate", same, first)
        self.row_of[incident.id] = row.number
        self.incidents.append(incident)

    def note_merge(self, merge: Merge, update: bool) -> None:
        """Note what a merge with a ledger says of the rows."""
        is_taken = "differs from the row of the ledger" + (", and is taken" if update else ", which stays")
        alike = "day, time, parties, place and weapon are those of a row of the ledger; look at both"
        notes = [
            *(("changed", one, is_taken, True, words) for one, words in merge.changed),
            *(("rung", one, "the rung of the ledger stays", True, words) for one, words in merge.kept),
            *(("trigger", one, "stated_trigger cannot be", False, words) for one, words in merge.refused),
            *(("duplicate", one, alike, True, other.id) for other, one in merge.alike),
        ]
        for kind, incident, reason, is_imported, detail in notes:
            row = self.row_of.get(incident.id, 0)
            self.findings.append(Finding(row, incident.id, kind, reason, is_imported, detail))

    def note_days(self, changed: Iterable[tuple[date, str]], update: bool) -> None:
        """Note days that stand otherwise in a daily table."""
        reason = "differs from the day of the table" + (", and is taken" if update else ", which stays")
        for day, words in changed:
            self.findings.append(Finding(0, str(day), "changed", reason, True, words))

    def reasons(self) -> list[tuple[str, str, bool, int, Finding]]:
        """Return kind, reason, whether rows are imported, how many there are, and the first; most frequent first."""
        counted = Counter((one.kind, one.reason, one.imported) for one in self.findings)
        first = {(one.kind, one.reason, one.imported): one for one in reversed(self.findings)}
        return [(*key, count, first[key]) for key, count in counted.most_common()]


@dataclass(frozen=True)
class Importer:
    """A format that can be imported."""

    format: str  # its name on the command line
    read: Callable[[str | Path, ActorMap], ImportReport]
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)  # columns of the source, by the table of the map
    needed: Sequence[str] = ()  # columns that the source must have, where the format says


def withdraw_faults(problems: Problems, start: int) -> tuple[str, str]:
    """Return the faults noted since a position, as columns and as words, and take them back: they become a finding."""
    faults = [(problem.key.rpartition(", ")[2], problem.message) for problem in problems.found[start:]]
    del problems.found[start:]
    columns = list(dict.fromkeys(column for column, _ in faults))
    words = (message if len(columns) == 1 else f"{column} {message}" for column, message in faults)
    return ", ".join(columns), "; ".join(words)


_SAYS = {
    "actors": "name in the source = party of the theatre; a name without a party is listed and not imported",
    "struck": "who is struck there, where the source does not say who acted; a province counts before its country",
    "rungs": "kind of event = rung of the ladder, 0 to 8; an act without a rung is kept but not replayed",
}
_MOST_NAMES = 60


def draft(importer: Importer, file: str | Path, parties: Mapping[str, str], start: datetime.date | None = None) -> str:
    """Return the text of a map for a file; `parties` are names by id, and names that hold one of them are given it."""
    head = [
        f"# Begun from {Path(file).name}; what stands behind # is for you to fill in.",
        f'prefix = "{importer.format.upper()}"',
        f"{'# ' * (start is None)}held_out_from = {start or ''}  # rows from this day on are held out; needed",
        'certainty = "S"',
    ]
    if not importer.needed:
        header = open_table(Path(file), ()).header
        return (
            "\n".join([*head, "", "[actors]", "", "[columns]  # column of ours = column of the source"])
            + "".join(f"\n#  = {_quoted(name)}" for name in header if name)
            + "\n\n[constants]\n"
        )
    wanted = [column for columns in importer.names.values() for column in columns]
    rows = list(RowReader(file, importer.needed, name=importer.needed[0], others="skip", optional=wanted))
    for table, columns in importer.names.items():
        head += ["", f"[{table}]  # {_SAYS[table]}", *_lines(rows, table, tuple(columns), parties)]
    return "\n".join(head) + "\n"


def _lines(rows: list[Row], table: str, columns: tuple[str, ...], parties: Mapping[str, str]) -> list[str]:
    """Return the names of some columns, most frequent first, with their party where one is plain."""
    counted = Counter(row.code(column) for row in rows for column in columns if row.cells[column])
    lines = []
    for name, count in counted.most_common(_MOST_NAMES):
        # One party alone may be guessed, whose name stands in this one.
        held = [id for id, own in parties.items() if table == "actors" and own.lower() in name.lower()]
        is_plain = len(held) == 1
        given = f'{_quoted(name)} = "{held[0]}"' if is_plain else f"# {_quoted(name)} = "
        lines.append(f"{given}  # {count:,} times" + ", guessed from the name" * is_plain)
    if len(counted) > _MOST_NAMES:
        lines.append(f"# and {len(counted) - _MOST_NAMES:,} rarer names")
    return lines


def _quoted(name: str) -> str:
    """Return a name as a quoted key of TOML, whose escapes are those of JSON."""
    return json.dumps(name, ensure_ascii=False)
