"""The map of an import, a TOML file: whose name stands for which party, and what the source does not say.

prefix = "GED"                       # ids of the rows become GED-123
held_out_from = 2023-11-07           # rows from this day on are held out
certainty = "S"
date_format = "%d/%m/%Y"             # only where days are written in none of the usual forms, or could be read in two
group_by = "event"                   # only for plain CSV: rows alike in this column of the source are one incident

[actors]                             # name in the source = party of the theatre
"Government of Israel" = "ISR"

[struck]                             # where the source does not say who acted, or says "Civilians": who is struck at
Lebanon = "HZB"                      # which place, province or country; the first of these that is named counts

[rungs]                              # kind of event in the source = rung of the ladder
"Air/drone strike" = 3

[columns]                            # only for plain CSV and daily series: our column = theirs
date = "day"                         # or three columns: ["year", "month", "day"]

[constants]                          # only for plain CSV: our column = one value for all rows
source = "my own notes"
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sim.core.errors import Problems, nearest
from sim.core.parameters import Interval
from sim.core.toml_table import TomlTable, read_toml
from sim.evidence.csv_cells import Row
from sim.evidence.incident import CERTAINTIES
from sim.evidence.written_values import join_day

Columns = str | tuple[str, ...]  # a column of the source, or for a day the three of its year, month and day
DAYS = ("date", "date_end")  # columns of ours that are days


@dataclass(frozen=True)
class ActorMap:
    """What a map file says."""

    path: Path
    prefix: str  # begins the ids of imported rows
    held_out_from: datetime.date  # first day of rows that are held out
    certainty: str = "S"
    actors: Mapping[str, str] = field(default_factory=dict)  # party by name in the source
    struck: Mapping[str, str] = field(default_factory=dict)  # party that is struck, by place, province or country
    rungs: Mapping[str, int] = field(default_factory=dict)  # rung by kind of event
    columns: Mapping[str, Columns] = field(default_factory=dict)  # column of the source, by column of ours
    constants: Mapping[str, str] = field(default_factory=dict)  # one value for all rows, by column of ours
    date_format: str = ""  # of `datetime.strptime`; empty for all usual forms
    group_by: str = ""  # column of the source whose equal cells make rows one incident

    @classmethod
    def read(cls, path: str | Path) -> ActorMap:
        """Read a map from a TOML file."""
        where = Path(path)
        problems = Problems(where)
        root = TomlTable(read_toml(where), "", problems)
        rungs, columns = root.table("rungs"), root.table("columns")
        column_map = cls(
            where,
            root.text("prefix").strip(),
            root.date("held_out_from"),
            root.one_of("certainty", list(CERTAINTIES), "S"),
            _texts(root, "actors"),
            _texts(root, "struck"),
            {key.strip(): rungs.integer(key, Interval(0, 8)) for key in rungs.values},
            {key: _column(columns, key) for key in columns.values},
            _texts(root, "constants"),
            root.text("date_format", ""),
            root.text("group_by", ""),
        )
        if column_map.date_format and not _says_a_day(column_map.date_format):
            root.add("date_format", "must say year, month and day, as %d/%m/%Y does")
        if column_map.date_format and not all(isinstance(column_map.columns.get(day, ""), str) for day in DAYS):
            root.add("date_format", "has no use where year, month and day stand in three columns")
        root.finish()
        problems.raise_if_any()
        return column_map

    def split(self, day: datetime.date) -> str:
        """Return the split of a row by its last day."""
        return "held_out" if day >= self.held_out_from else "calibration"

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Columns of the source that the map names."""
        listed = ((given,) if isinstance(given, str) else given for given in self.columns.values())
        cells = [column for given in listed for column in given]
        return tuple(dict.fromkeys([*cells, *([self.group_by] if self.group_by else [])]))

    def cell(self, row: Row, column: str) -> str:
        """Return the cell of a row for a column of ours; a day in three cells is joined."""
        given = self.columns[column]
        return row.cells[given] if isinstance(given, str) else join_day([row.cells[part] for part in given])

    def party(self, name: str) -> str | None:
        """Return the party that a name stands for, or None."""
        return self.actors.get(name.strip())

    def party_struck(self, *places: str) -> str | None:
        """Return the party that is struck at the first of some places, from the narrowest on, that the map names."""
        return next((self.struck[place] for place in places if place in self.struck), None)

    def missing(self, name: str) -> str:
        """Return a sentence about a name that the map does not have."""
        if name not in self._sentences:
            # Not the list of all: beside many rows it would hide what they say.
            hint = nearest(name, self.actors)
            hint = f"; {hint}" if hint.startswith("did") else ""
            self._sentences[name] = f'"{name}" is not in [actors] of {self.path.name}{hint}'
        return self._sentences[name]

    @cached_property
    def _sentences(self) -> dict[str, str]:
        """Sentences about names; to look for the nearest one is slow, and a source has the same names in many rows."""
        return {}


def _says_a_day(form: str) -> bool:
    """Return whether a day that is written in a form can be read back."""
    days = datetime.date(2023, 10, 5), datetime.date(1999, 12, 31)
    try:
        return all(datetime.datetime.strptime(day.strftime(form), form).date() == day for day in days)
    except ValueError:
        return False


def _column(table: TomlTable, key: str) -> Columns:
    """Return a column of the source; a day may stand in three, its year, month and day."""
    if not isinstance(table.values[key], list):
        return table.text(key)
    parts = table.names(key)
    if key not in DAYS or len(parts) != 3:
        table.add(key, "is a list; only a day may stand in three columns: its year, month and day")
    return tuple(parts)


def _texts(root: TomlTable, name: str) -> dict[str, str]:
    table = root.table(name)
    texts = {key.strip(): table.text(key).strip() for key in table.values}
    for key in (key for key in table.values if not texts[key.strip()]):
        table.add(key, "is empty; leave a name out that stands for nobody")
    return texts
