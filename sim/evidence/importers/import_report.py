"""What an import found: incidents, and everything about the rows that a person should look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.errors import Problems
from sim.evidence.csv_cells import Row
from sim.evidence.incident import Incident

if TYPE_CHECKING:
    from sim.evidence.daily_series import DailySeries
    from sim.evidence.importers.column_map import ActorMap


@dataclass(frozen=True)
class Finding:
    """Something about one row of a source."""

    row: int  # number of the line as a spreadsheet shows it
    id: str  # id in the source
    kind: str  # "unmapped actor", "date precision", "duplicate", "deaths", "no act" or "unreadable"
    text: str
    imported: bool  # whether the row became an incident all the same


@dataclass
class ImportReport:
    """The outcome of an import."""

    rows: int  # rows of the source below its header
    incidents: list[Incident] = field(default_factory=list)  # in the order of the source
    findings: list[Finding] = field(default_factory=list)  # at least one for each row left out
    series: DailySeries | None = None  # where the source holds figures by day and no incidents
    _seen: dict[str, int] = field(default_factory=dict)
    _content: dict[tuple[object, ...], str] = field(default_factory=dict)

    def leave(self, row: Row, id: str, kind: str, text: str) -> None:
        """Note that a row is left out, and why."""
        self.findings.append(Finding(row.number, id, kind, text, False))

    def doubt(self, row: Row, id: str, kind: str, text: str) -> None:
        """Note what is doubtful about a row that is imported."""
        self.findings.append(Finding(row.number, id, kind, text, True))

    def is_repeated(self, row: Row, id: str) -> bool:
        """Return whether an id came before; the row is then noted as left out."""
        first = self._seen.setdefault(id, row.number)
        if first != row.number:
            self.leave(row, id, "duplicate", f"the id stands in row {first} already")
        return first != row.number

    def take(self, row: Row, incident: Incident) -> None:
        """Add an incident, noting an earlier one that is the same in day, parties, place and deaths."""
        one = incident
        content = (one.date, one.date_end, one.initiator, one.target, one.place, one.weapon, one.deaths)
        first = self._content.setdefault(content, one.id)
        if first != one.id:
            self.doubt(row, one.id, "duplicate", f"day, parties, place and deaths are those of {first}; look at both")
        self.incidents.append(incident)


@dataclass(frozen=True)
class Importer:
    """A format that can be imported."""

    format: str  # its name on the command line
    read: Callable[[str | Path, ActorMap], ImportReport]


def withdraw_faults(problems: Problems, start: int) -> str:
    """Return the faults noted since a position, as one text, and take them back: they become a finding."""
    text = "; ".join(f"{problem.key.rpartition(', ')[2]} {problem.message}" for problem in problems.found[start:])
    del problems.found[start:]
    return text
