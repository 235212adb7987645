"""The ledger of reported incidents: read, checked as a whole, filtered and summed."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError, Problems, nearest
from sim.evidence.aggregates import deaths_by_side, totals
from sim.evidence.csv_cells import SPLITS, read_rows
from sim.evidence.incident import CERTAINTIES, KINDS, Incident
from sim.evidence.incident_rows import (
    COLUMNS,
    COUNTS,
    NUMBERS,
    TOP_RUNG,
    cell_text,
    check_ids,
    check_triggers,
    column_values,
    read_incident,
)


@dataclass(frozen=True)
class Ledger:
    """Reported incidents of one conflict, in the order of their file."""

    incidents: tuple[Incident, ...]
    parties: tuple[str, ...] = ()  # names that filters accept; a filtered ledger keeps those of the whole

    @classmethod
    def read(cls, path: str | Path, *, parties: Collection[str] | None = None, top_rung: int = TOP_RUNG) -> Ledger:
        """Read and check a CSV file with the columns of `COLUMNS`.

        Where `parties` are given, no others may be named, but for ``UNKNOWN`` and by rows of kind ``exogenous``.
        """
        rows = read_rows(path, COLUMNS)
        problems = rows[0].problems
        incidents = [(row, read_incident(row, parties, top_rung)) for row in rows]
        pairs = [(row, incident) for row, incident in incidents if incident is not None]
        check_ids(rows)
        check_triggers(pairs, {row.cells["id"] for row in rows})
        problems.raise_if_any()
        named = {
            name for _, incident in pairs for name in (incident.initiator, incident.target, incident.charged) if name
        }
        return cls(tuple(incident for _, incident in pairs), tuple(sorted(named | set(parties or ()))))

    def write(self, path: str | Path) -> None:
        """Write the ledger as a file that `read` accepts."""
        Path(path).write_bytes(self.encode())

    def encode(self) -> bytes:
        """Return the ledger as the content of a file that `read` accepts."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(cell_text, column_values(incident).values()) for incident in self.incidents)
        return text.getvalue().encode()

    @property
    def table(self) -> pd.DataFrame:
        """Return all columns as a table with a row per incident; unknown values are missing, never 0."""
        table = pd.DataFrame([column_values(incident) for incident in self.incidents], columns=list(COLUMNS))
        kinds = dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(NUMBERS, "Float64")
        table = table.astype(kinds)
        table["certainty"] = ["+".join(incident.certainty) for incident in self.incidents]
        return table.assign(date=pd.to_datetime(table["date"]), date_end=pd.to_datetime(table["date_end"]))

    def __len__(self) -> int:
        """Return the number of incidents."""
        return len(self.incidents)

    def __iter__(self) -> Iterator[Incident]:
        """Iterate over the incidents."""
        return iter(self.incidents)

    def __getitem__(self, id: str) -> Incident:
        """Return the incident of one id."""
        for incident in self.incidents:
            if incident.id == id:
                return incident
        hint = nearest(id, [incident.id for incident in self.incidents])
        raise InputError.single("ledger", "id", f'"{id}" is not there; {hint}')

    def filter(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        initiator: str | Iterable[str] | None = None,
        target: str | Iterable[str] | None = None,
        split: str | Iterable[str] | None = None,
        kind: str | Iterable[str] | None = None,
        rung: int | Iterable[int] | None = None,
        in_article: bool | None = None,
        certainty: str | Iterable[str] | None = None,
    ) -> Ledger:
        """Return the incidents that meet every condition given, in the same order.

        A span counts by its first day, a row without a rung lies in no rung, and one certainty of several is enough.
        """
        problems = Problems("filter")
        wanted = {
            "initiator": _names(initiator, "initiator", self.parties, problems),
            "target": _names(target, "target", self.parties, problems),
            "split": _names(split, "split", SPLITS, problems),
            "kind": _names(kind, "kind", KINDS, problems),
        }
        certainties = _names(certainty, "certainty", CERTAINTIES, problems)
        problems.raise_if_any()
        rungs = {rung} if isinstance(rung, int) else None if rung is None else set(rung)

        def fits(incident: Incident) -> bool:
            return (
                (since is None or incident.date >= since)
                and (until is None or incident.date <= until)
                and all(names is None or getattr(incident, field) in names for field, names in wanted.items())
                and (rungs is None or incident.rung in rungs)
                and (in_article is None or incident.in_article == in_article)
                and (certainties is None or not certainties.isdisjoint(incident.certainty))
            )

        return Ledger(tuple(incident for incident in self.incidents if fits(incident)), self.parties)

    def totals(self, by: str | Iterable[str] = "dyad") -> pd.DataFrame:
        """Return sums over the acts in groups; see `sim.evidence.aggregates.totals`."""
        return totals(self.incidents, by)

    def deaths_by_side(self, by: str | None = None) -> pd.DataFrame:
        """Return the dead of every side; see `sim.evidence.aggregates.deaths_by_side`."""
        return deaths_by_side(self.incidents, by)


def _names(
    names_given: str | Iterable[str] | None, key: str, valid: Collection[str], problems: Problems
) -> frozenset[str] | None:
    """Return the names asked for, noting those that do not exist."""
    if names_given is None:
        return None
    names = frozenset([names_given] if isinstance(names_given, str) else names_given)
    for name in sorted(names - set(valid)):
        problems.add(key, f'"{name}" is not known; {nearest(name, valid)}')
    return names
