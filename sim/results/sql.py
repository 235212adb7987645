"""Questions in SQL to results folders: DuckDB over their blocks and tables, reading only.

DuckDB gets no access to any file: the blocks come to it as Arrow data sets, which stream, and it may neither load
extensions nor spill to disk. One statement that selects is taken, nothing else.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from sim.core.errors import InputError, nearest
from sim.results.analysis.replicate_rows import sql_text
from sim.results.reading.result_table import SCENARIO
from sim.results.reading.store import Results
from sim.results.tables import load_declarations, read_frame

MEMORY: Final = "1GiB"  # what a query may hold at a time; more is refused, for nothing is written to disk

_LOCKS: Final = (
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_COLUMN: Final = re.compile(r'column(?: named)? "([^"]+)"')
_TABLE: Final = re.compile(r"Table with name (\S+) does not exist")
_DOTTED: Final = re.compile(r'Referenced table "([^"]+)" not found')
_MOST_HINTS: Final = 12


@contextlib.contextmanager
def open_query(folders: Sequence[Results], sql: str, threads: int | None = None) -> Iterator[duckdb.DuckDBPyRelation]:
    """Give the answer to a question in SQL as it is computed."""
    named = dict(zip(_names(folders), folders, strict=True))
    config: dict[str, Any] = {"memory_limit": MEMORY, "autoload_known_extensions": False}
    with duckdb.connect(config=config | ({} if threads is None else {"threads": threads})) as connection:
        columns: set[str] = set()
        try:
            for lock in _LOCKS:
                connection.execute(lock)
            _check_selects(connection.extract_statements(sql))
            answer = None
            # Only the views that it names are made, for some tables are counted from all rows.
            while answer is None:
                try:
                    answer = connection.sql(sql)
                except duckdb.CatalogException as error:
                    columns |= _make_view(connection, str(error), named)
            yield answer
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.OutOfMemoryException:
            words = f"the answer needs more than {MEMORY} of memory; ask for fewer rows, or group and count them"
            raise InputError.single("query", "", words) from None
        except duckdb.Error as error:
            raise InputError.single("query", "", _sentence(str(error), columns)) from error


def run_query(folders: Sequence[Results], sql: str) -> pa.Table:
    """Return the answer to a question in SQL."""
    with open_query(folders, sql) as answer:
        return answer.to_arrow_table()


def _names(folders: Sequence[Results]) -> list[str]:
    """Return what ``scenario`` says of each folder."""
    paths = [results.path.resolve() for results in folders]
    for results in folders:
        if paths.count(results.path.resolve()) > 1:
            raise InputError.single(results.path, "", "is named twice, and its rows would count twice")
    named = [results.name for results in folders]
    return [
        name if named.count(name) == 1 else results.path.as_posix()
        for name, results in zip(named, folders, strict=True)
    ]


def _check_selects(statements: Sequence[duckdb.Statement]) -> None:
    if len(statements) != 1:
        number = "nothing is asked" if not statements else f"{len(statements)} statements are given"
        raise InputError.single("query", "", f"{number}; give one statement that selects")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise InputError.single("query", "", "results are only read: the statement must select")


def _make_view(connection: duckdb.DuckDBPyConnection, missing: str, folders: Mapping[str, Results]) -> set[str]:
    """Make the view that a statement misses, over the folders that have the table, and return its columns."""
    match = _TABLE.search(missing)
    view = "" if match is None else match[1].lower()
    table = load_declarations().get(view)
    if table is None or connection.execute(f"FROM duckdb_views() WHERE view_name = '{view}'").fetchall():
        raise duckdb.CatalogException(missing)
    # Where no folder has it, the first one says why.
    having = {name: results for name, results in folders.items() if table.is_there(results)} or folders
    parts = []
    for number, (name, results) in enumerate((having if len(folders) > 1 else folders).items()):
        source, chosen, within = f"{view}_of_{number}", "*", ""
        if table.stream is not None:
            rows, chosen = table.stream(results)
            connection.register(source, rows)
            within = f" WHERE replicate < {int(results.manifest['replicates'])}"
        else:
            frame = read_frame(results, view).drop(columns=SCENARIO.name, errors="ignore")
            if not len(frame.columns):
                continue
            connection.register(source, pa.Table.from_pandas(frame, preserve_index=False))
        parts.append(f"SELECT {sql_text(name)} AS {SCENARIO.name}, {chosen} FROM {source}{within}")
    if not parts:
        raise InputError.single("query", "", f"{view}: there are none in this theatre")
    connection.execute(f"CREATE VIEW {view} AS {' UNION ALL BY NAME '.join(parts)}")
    return {row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()}


def _sentence(error: str, columns: set[str]) -> str:
    """Return an error of DuckDB as one sentence with the nearest name."""
    first, *more = error.split("\n")
    first = first.partition(": ")[2].rstrip("!") or first
    if match := _TABLE.search(first):
        return f'there is no view "{match[1]}"; {nearest(match[1], load_declarations())}'
    if match := _COLUMN.search(first):
        hint = nearest(match[1], columns)
        if not hint.startswith("did") and len(columns) > _MOST_HINTS:
            hint = "`sim results query --views` lists all"
        return f'there is no column "{match[1]}"; {hint}'
    if match := _DOTTED.search(first):
        return f'"{match[1]}" is no view; a column with a point or a hyphen in its name stands in double quotes'
    hints = [line for line in more if line.startswith("Did you mean")]
    return f"{first}; d{hints[0][1:]}" if hints else first
