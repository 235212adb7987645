"""A map begun from a file: the names that stand in it, most frequent first, as a TOML file to be filled in."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from sim.evidence.csv_cells import Row, RowReader
from sim.evidence.importers.import_report import Importer
from sim.evidence.text_tables import open_table

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
        party = _guess(name, parties) if table == "actors" else ""
        given = f'{_quoted(name)} = "{party}"' if party else f"# {_quoted(name)} = "
        lines.append(f"{given}  # {count:,} times" + (", guessed from the name" if party else ""))
    if len(counted) > _MOST_NAMES:
        lines.append(f"# and {len(counted) - _MOST_NAMES:,} rarer names")
    return lines


def _guess(name: str, parties: Mapping[str, str]) -> str:
    """Return the one party whose name stands in a name; empty where there is none, or more than one."""
    held = [id for id, own in parties.items() if own.lower() in name.lower()]
    return held[0] if len(held) == 1 else ""


def _quoted(name: str) -> str:
    """Return a name as a quoted key of TOML, whose escapes are those of JSON."""
    return json.dumps(name, ensure_ascii=False)
