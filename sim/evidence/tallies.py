"""Published tallies over a span of days, and how much of each stands itemised in the rows of a ledger.

A tally is somebody's count, with a counter and a span of its own. Tallies of different counters disagree, overlap and
are never added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.evidence.csv_cells import SPLITS, Figure, Row, check_ids, read_rows
from sim.evidence.incident import Incident
from sim.evidence.ledger import Ledger

MEASURES: tuple[str, ...] = (
    *("killed", "killed_combatants", "killed_civilians"),
    *("acts", "acts_claimed", "launches", "displaced"),
)
"""What a tally can count."""

COLUMNS: tuple[str, ...] = (
    *("id", "split", "period_start", "period_end", "measure", "location", "initiators", "targets"),
    *("low", "best", "high", "counted_by", "source", "in_article", "note"),
)
"""Columns of a file of tallies, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A count over a span of days, as somebody published it."""

    id: str
    split: str  # one of `SPLITS`
    period_start: date  # first day counted
    period_end: date  # last day counted
    measure: str  # one of `MEASURES`
    location: str  # where the counted acts struck
    initiators: tuple[str, ...]  # parties whose acts in a ledger are the items of this tally
    targets: tuple[str, ...]  # empty, as initiators, if no row can be an item
    figure: Figure
    counted_by: str
    source: str
    in_article: bool = False  # whether the article that opens the scenario reports it
    note: str = ""

    def itemised(self, ledger: Ledger) -> int | None:
        """Return how much stands in rows within the span, with a side's own dead in its acts; None if none can."""
        if not self.initiators or not self.targets:
            return None
        acts = [act for act in ledger if act.kind == "act" and self.covers(act)]
        struck = [act for act in acts if act.initiator in self.initiators and act.target in self.targets]
        own = [act for act in acts if act.initiator in self.targets and act.target in self.initiators]
        return _sum_measure(self.measure, struck, [act.initiator_killed for act in own])

    def covers(self, incident: Incident) -> bool:
        """Return whether an incident lies wholly within the span."""
        return incident.date >= self.period_start and incident.last_day <= self.period_end


def _sum_known(numbers: list[int | None]) -> int | None:
    """Return the sum of what is known; 0 where no row is an item, None where rows are but say nothing."""
    known = [number for number in numbers if number is not None]
    return None if numbers and not known else sum(known)


def _sum_measure(measure: str, struck: list[Incident], own: list[int | None]) -> int | None:
    """Return the sum of one measure over the acts that struck, with the struck side's own dead as attackers."""
    match measure:
        case "killed":
            return _sum_known([*(act.deaths.known for act in struck), *own])
        case "killed_combatants":
            return _sum_known([*(act.killed_military for act in struck), *own])
        case "killed_civilians":
            return _sum_known([act.killed_civilian for act in struck])
        case "acts":
            return len(struck)
        case "launches":
            counted = (act.launches_claimed if act.launches_counted is None else act.launches_counted for act in struck)
            return _sum_known(list(counted))
        case _:
            return None


@dataclass(frozen=True)
class Tallies:
    """Published tallies of one conflict, in the order of their file."""

    tallies: tuple[Tally, ...]

    @classmethod
    def read(cls, path: str | Path) -> Tallies:
        """Read and check a CSV file with the columns of `COLUMNS`."""
        rows = read_rows(path, COLUMNS)
        tallies = [tally for row in rows if (tally := _tally(row)) is not None]
        check_ids(rows)
        rows[0].problems.raise_if_any()
        return cls(tuple(tallies))

    def __len__(self) -> int:
        """Return the number of tallies."""
        return len(self.tallies)

    def __iter__(self) -> Iterator[Tally]:
        """Iterate over the tallies."""
        return iter(self.tallies)

    def __getitem__(self, id: str) -> Tally:
        """Return the tally of one id."""
        by_id = {tally.id: tally for tally in self.tallies}
        if id not in by_id:
            raise InputError.single("tallies", "id", f'"{id}" is not there; {nearest(id, by_id)}')
        return by_id[id]

    def filter(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        split: str | None = None,
        measure: str | None = None,
        in_article: bool | None = None,
    ) -> Tallies:
        """Return the tallies that meet every condition given and end from `since` to `until`, in the same order."""
        return Tallies(
            tuple(
                tally
                for tally in self.tallies
                if (since is None or tally.period_end >= since)
                and (until is None or tally.period_end <= until)
                and (split is None or tally.split == split)
                and (measure is None or tally.measure == measure)
                and (in_article is None or tally.in_article == in_article)
            )
        )

    def compare(self, ledger: Ledger) -> pd.DataFrame:
        """Return every tally beside what a ledger itemises of it, and what stands ``only_in_tally``, indexed by id."""
        rows = [_comparison_row(tally, tally.itemised(ledger)) for tally in self.tallies]
        columns = [*COLUMNS, "itemised", "only_in_tally"]
        counts = dict.fromkeys(("low", "best", "high", "itemised", "only_in_tally"), "Int64")
        return pd.DataFrame(rows, columns=columns).astype(counts).set_index("id")

    @property
    def table(self) -> pd.DataFrame:
        """Return all columns as a table, indexed by id."""
        return self.compare(Ledger(())).drop(columns=["itemised", "only_in_tally"])


def _comparison_row(tally: Tally, itemised: int | None) -> dict[str, object]:
    """Return a tally as values by column, with the part that is itemised."""
    values: dict[str, object] = {name: getattr(tally, name) for name in COLUMNS if hasattr(tally, name)}
    figure = tally.figure
    values |= {"initiators": ";".join(tally.initiators), "targets": ";".join(tally.targets)}
    values |= {"low": figure.low, "best": figure.best, "high": figure.high, "itemised": itemised}
    whole = figure.low if figure.best is None else figure.best
    return values | {"only_in_tally": None if itemised is None or whole is None else whole - itemised}


def _tally(row: Row) -> Tally | None:
    """Return the tally of a row, noting every fault of the row."""
    start, end = row.day("period_start", required=True), row.day("period_end", required=True)
    tally = Tally(
        id=row.text("id", required=True),
        split=row.choice("split", SPLITS),
        period_start=start or date.min,
        period_end=end or date.max,
        measure=row.choice("measure", MEASURES),
        location=row.text("location"),
        initiators=_parties(row, "initiators"),
        targets=_parties(row, "targets"),
        figure=row.figure("low", "best", "high"),
        counted_by=row.text("counted_by", required=True),
        source=row.text("source", required=True),
        in_article=row.flag("in_article"),
        note=row.text("note"),
    )
    if not any(row.cells[column] for column in ("low", "best", "high")):
        row.fault("best", "is empty, and so are low and high; a tally needs a figure")
    if tally.period_end < tally.period_start:
        row.fault("period_end", f"is {end}, before period_start, which is {start}")
    return tally if tally.id and start is not None and end is not None else None


def _parties(row: Row, column: str) -> tuple[str, ...]:
    """Return party names separated by semicolons."""
    return tuple(name.strip() for name in row.cells[column].split(";") if name.strip())
