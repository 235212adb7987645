"""The map of an import, a TOML file: whose name stands for which party, and what the source does not say.

prefix = "GED"                       # ids of the rows become GED-123
held_out_from = 2023-11-07           # rows from this day on are held out
certainty = "S"

[actors]                             # name in the source = party of the theatre
"Government of Israel" = "ISR"

[struck]                             # where the source does not say who acted: who is struck in which country
Lebanon = "HZB"

[rungs]                              # kind of event in the source = rung of the ladder
"Air/drone strike" = 3

[columns]                            # only for plain CSV and daily series: our column = theirs
date = "day"

[constants]                          # only for plain CSV: our column = one value for all rows
source = "my own notes"
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.errors import Problems, nearest
from sim.core.parameters import Interval
from sim.core.toml_table import TomlTable, read_toml
from sim.evidence.incident import CERTAINTIES


@dataclass(frozen=True)
class ActorMap:
    """What a map file says."""

    path: Path
    prefix: str  # begins the ids of imported rows
    held_out_from: datetime.date  # first day of rows that are held out
    certainty: str = "S"
    actors: Mapping[str, str] = field(default_factory=dict)  # party by name in the source
    struck: Mapping[str, str] = field(default_factory=dict)  # party that is struck, by country
    rungs: Mapping[str, int] = field(default_factory=dict)  # rung by kind of event
    columns: Mapping[str, str] = field(default_factory=dict)  # column of the source, by column of ours
    constants: Mapping[str, str] = field(default_factory=dict)  # one value for all rows, by column of ours

    @classmethod
    def read(cls, path: str | Path) -> ActorMap:
        """Read a map from a TOML file."""
        where = Path(path)
        problems = Problems(where)
        root = TomlTable(read_toml(where), "", problems)
        column_map = cls(
            where,
            root.text("prefix"),
            root.date("held_out_from"),
            root.one_of("certainty", list(CERTAINTIES), "S"),
            _texts(root, "actors"),
            _texts(root, "struck"),
            _rungs(root),
            _texts(root, "columns"),
            _texts(root, "constants"),
        )
        root.finish()
        problems.raise_if_any()
        return column_map

    def split(self, day: datetime.date) -> str:
        """Return the split of a row by its last day."""
        return "held_out" if day >= self.held_out_from else "calibration"

    def party(self, name: str) -> str | None:
        """Return the party that a name stands for, or None."""
        return self.actors.get(name.strip())

    def missing(self, name: str) -> str:
        """Return a sentence about a name that the map does not have."""
        return f'"{name}" is not in [actors] of {self.path.name}; {nearest(name, self.actors)}'


def _texts(root: TomlTable, name: str) -> dict[str, str]:
    table = root.table(name)
    return {key: table.text(key) for key in table.values}


def _rungs(root: TomlTable) -> dict[str, int]:
    table = root.table("rungs")
    return {key: table.integer(key, Interval(0, 8)) for key in table.values}
