"""The ledger of reported incidents: read, checked as a whole, filtered, summed in groups."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError, Problems, nearest
from sim.evidence.csv_cells import SPLITS, check_ids, read_rows
from sim.evidence.incident import CERTAINTIES, KINDS, Incident
from sim.evidence.incident_rows import (
    COLUMNS,
    COUNTS,
    NUMBERS,
    TOP_RUNG,
    cell_text,
    check_triggers,
    column_values,
    read_incident,
)

GROUPS: dict[str, Callable[[Incident], str]] = {
    "dyad": lambda incident: incident.dyad,
    "initiator": lambda incident: incident.initiator,
    "target": lambda incident: incident.target,
    "day": lambda incident: str(incident.date),
    "week": lambda incident: str(incident.date - timedelta(days=incident.date.weekday())),
    "month": lambda incident: str(incident.date)[:7],
    "rung": lambda incident: "none" if incident.rung is None else str(incident.rung),
    "split": lambda incident: incident.split,
    "certainty": lambda incident: "+".join(incident.certainty),
}
"""What acts can be grouped by; a week is named by its Monday, a span counts by its first day."""


def _sum_known(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _grouping(name: str) -> Callable[[Incident], str]:
    if name not in GROUPS:
        raise InputError.single("totals", "by", f'"{name}" is not known; {nearest(name, GROUPS)}')
    return GROUPS[name]


def _sums(acts: Sequence[Incident]) -> dict[str, int | None]:
    highs = [act.deaths.high for act in acts]
    known = [high for high in highs if high is not None]
    return {
        "acts": len(acts),
        "rung_highest": max((act.rung for act in acts if act.rung is not None), default=None),
        "launches_claimed": _sum_known(act.launches_claimed for act in acts),
        "launches_counted": _sum_known(act.launches_counted for act in acts),
        "killed_low": _sum_known(act.deaths.low for act in acts),
        "killed_best": _sum_known(act.deaths.known for act in acts),
        "killed_high": sum(known) if len(known) == len(highs) else None,
        "killed_military": _sum_known(act.killed_military for act in acts),
        "killed_civilian": _sum_known(act.killed_civilian for act in acts),
        "initiator_killed": _sum_known(act.initiator_killed for act in acts),
        "without_figure": sum(act.deaths.best is None for act in acts),
        "without_civilians": sum(act.killed_civilian is None and act.deaths.known != 0 for act in acts),
    }


@dataclass(frozen=True)
class Ledger:
    """Reported incidents of one conflict, in the order of their file."""

    incidents: tuple[Incident, ...]
    parties: tuple[str, ...] = ()  # names that filters accept; a filtered ledger keeps those of the whole

    @classmethod
    def read(cls, path: str | Path, *, parties: Collection[str] | None = None, top_rung: int = TOP_RUNG) -> Ledger:
        """Read and check a CSV file of `COLUMNS`; `parties` and ``UNKNOWN`` bind rows that are not ``exogenous``."""
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
        by_id = {incident.id: incident for incident in self.incidents}
        if id not in by_id:
            raise InputError.single("ledger", "id", f'"{id}" is not there; {nearest(id, by_id)}')
        return by_id[id]

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
        """Return the incidents that meet every condition; a span counts by its first day, one certainty is enough."""
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
        """Return acts, highest rung, launches, deaths on the target's side and own dead of initiators by group."""
        names = [by] if isinstance(by, str) else list(by)
        keys = [_grouping(name) for name in names]
        groups: dict[tuple[str, ...], list[Incident]] = {}
        for act in self._acts:
            groups.setdefault(tuple(key(act) for key in keys), []).append(act)
        rows = [dict(zip(names, group, strict=True)) | _sums(groups[group]) for group in sorted(groups)]
        empty = _sums([])
        table = pd.DataFrame(rows, columns=[*names, *empty])
        return table.astype(dict.fromkeys(empty, "Int64")).set_index(names)

    def deaths_by_side(self, by: str | None = None) -> pd.DataFrame:
        """Return the dead of every side by group: those struck, and initiators' own dead, who count as fighters."""
        key = _grouping(by) if by else lambda _: ""
        dead: dict[tuple[str, str], list[tuple[int | None, int | None]]] = {}
        for act in self._acts:
            own = act.initiator_killed
            struck = act.deaths.known, act.killed_civilian
            dead.setdefault((key(act), act.target), []).append(struck)
            dead.setdefault((key(act), act.initiator), []).append((own, None if own is None else 0))
        rows = []
        for group, figures in sorted(dead.items()):
            unknown = sum(killed is None for killed, _ in figures)
            parts = sum(civilian is None and killed != 0 for killed, civilian in figures)
            rows.append((*group, *map(_sum_known, zip(*figures, strict=True)), unknown, parts))
        counts = ["killed", "killed_civilian", "without_figure", "without_civilians"]
        table = pd.DataFrame(rows, columns=[by or "all", "side", *counts]).astype(dict.fromkeys(counts, "Int64"))
        return table.set_index([by, "side"]) if by else table.drop(columns="all").set_index("side")

    @property
    def _acts(self) -> list[Incident]:
        return [incident for incident in self.incidents if incident.kind == "act"]


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
