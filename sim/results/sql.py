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
import pyarrow.dataset as ds  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError, nearest
from sim.engine.daily_totals import COUNTED
from sim.results.reading.store import Results
from sim.results.sql_schema import SCENARIO, VIEWS
from sim.results.tables import TABLES
from sim.sweeps.blocks import DAILY
from sim.sweeps.results_folder import BLOCKS

MEMORY: Final = "1GiB"
"""What a query may hold at a time; more is refused, for nothing is written to disk."""

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
def asking(folders: Sequence[Results], sql: str, threads: int | None = None) -> Iterator[duckdb.DuckDBPyRelation]:
    """Give the answer to a question in SQL as it is computed.

    Parameters
    ----------
    folders : sequence of Results
        Results folders; a view holds the rows of all of them.
    sql : str
        One statement that selects from the views of `sim.results.sql_schema.VIEWS`.
    threads : int, optional
        Threads that compute; with one, rows come in the order of points and replicates where nothing else is asked.

    Yields
    ------
    duckdb.DuckDBPyRelation
        The answer; it must be fetched inside the ``with`` block.

    Raises
    ------
    InputError
        If a folder is named twice or has no such rows, or the statement is not one that selects or is wrong.
    """
    named = dict(zip(_names(folders), folders, strict=True))
    config: dict[str, Any] = {"memory_limit": MEMORY, "autoload_known_extensions": False}
    with duckdb.connect(config=config | ({} if threads is None else {"threads": threads})) as connection:
        columns: set[str] = set()
        try:
            for lock in _LOCKS:
                connection.execute(lock)
            _check_selects(connection.extract_statements(sql))
            yield _bound(connection, sql, named, columns)
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.OutOfMemoryException:
            words = f"the answer needs more than {MEMORY} of memory; ask for fewer rows, or group and count them"
            raise InputError.single("query", "", words) from None
        except duckdb.Error as error:
            raise InputError.single("query", "", _sentence(str(error), columns)) from error


def query(folders: Sequence[Results], sql: str) -> pa.Table:
    """Return the answer to a question in SQL.

    Parameters
    ----------
    folders, sql
        See `asking`.

    Returns
    -------
    pyarrow.Table
        The answer.

    Raises
    ------
    InputError
        See `asking`.
    """
    with asking(folders, sql) as answer:
        return answer.to_arrow_table()


def _bound(
    connection: duckdb.DuckDBPyConnection, sql: str, folders: Mapping[str, Results], columns: set[str]
) -> duckdb.DuckDBPyRelation:
    """Return a statement with its views; only those it names are made, for some tables are counted from all rows."""
    while True:
        try:
            return connection.sql(sql)
        except duckdb.CatalogException as error:
            columns |= _made(connection, str(error), folders)


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


def _made(connection: duckdb.DuckDBPyConnection, missing: str, folders: Mapping[str, Results]) -> set[str]:
    """Make the view that a statement misses, over all folders, and return its columns."""
    found = _TABLE.search(missing)
    view = "" if found is None else found[1].lower()
    if view not in VIEWS or connection.execute(f"FROM duckdb_views() WHERE view_name = '{view}'").fetchall():
        raise duckdb.CatalogException(missing)
    parts = []
    for place, (name, results) in enumerate(folders.items()):
        source, chosen, within = f"{view}_of_{place}", "*", ""
        if view in TABLES:
            table = TABLES[view](results).drop(columns=SCENARIO.name, errors="ignore")
            if not len(table.columns):
                continue
            connection.register(source, pa.Table.from_pandas(table, preserve_index=False))
        else:
            connection.register(source, _rows(results, is_daily=view == "daily"))
            chosen = _unnested(results) if view == "daily" else "*"
            within = f" WHERE replicate < {int(results.manifest['replicates'])}"
        parts.append(f"SELECT {_text(name)} AS {SCENARIO.name}, {chosen} FROM {source}{within}")
    if not parts:
        raise InputError.single("query", "", f"{view}: there are none in this theatre")
    connection.execute(f"CREATE VIEW {view} AS {' UNION ALL BY NAME '.join(parts)}")
    return {row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()}


def _rows(results: Results, *, is_daily: bool) -> Any:
    """Return the rows of the blocks that count, with the list columns or without them."""
    firsts = {block.point: block for block in reversed(results.blocks)}
    if not firsts:
        raise InputError.single(results.path, BLOCKS, "there are no blocks here; run the sweep again to make them")
    try:
        schemas = [pq.read_schema(results.path / BLOCKS / block.name) for block in firsts.values()]
        whole = pa.unify_schemas([schema.remove_metadata() for schema in schemas], promote_options="permissive")
        keys = {"point", "replicate", "failed"}
        wanted = [one for one in whole if one.name.startswith(DAILY) is is_daily or (is_daily and one.name in keys)]
        if is_daily and f"{DAILY}dyad" not in whole.names:
            raise InputError.single(results.path, "", "this run kept no daily totals (run.daily is false)")
        blocks = sorted(results.blocks, key=lambda block: (block.point, block.start))
        files = [str(results.path / BLOCKS / block.name) for block in blocks]
        return ds.dataset(files, schema=pa.schema(wanted), format="parquet")
    except (OSError, pa.ArrowException) as error:
        raise InputError.single(
            results.path, BLOCKS, f"cannot be read; run the sweep again to mend it ({error})"
        ) from error


def _unnested(results: Results) -> str:
    dyads = ", ".join(_text(dyad) for dyad in results.manifest["dyads"])
    rest = ", ".join(f'unnest("{DAILY}{name}") AS {name}' for name in ("rung", "day", *COUNTED))
    return f'point, replicate, failed, [{dyads}][unnest("{DAILY}dyad") + 1] AS dyad, {rest}'


def _text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def _sentence(error: str, columns: set[str]) -> str:
    """Return an error of DuckDB as one sentence with the nearest name."""
    first, *more = error.split("\n")
    first = first.partition(": ")[2].rstrip("!") or first
    if found := _TABLE.search(first):
        return f'there is no view "{found[1]}"; {nearest(found[1], VIEWS)}'
    if found := _COLUMN.search(first):
        hint = nearest(found[1], columns)
        if not hint.startswith("did") and len(columns) > _MOST_HINTS:
            hint = "`sim results query --views` lists all"
        return f'there is no column "{found[1]}"; {hint}'
    if found := _DOTTED.search(first):
        return f'"{found[1]}" is no view; a column with a point or a hyphen in its name stands in double quotes'
    hints = [line for line in more if line.startswith("Did you mean")]
    return f"{first}; d{hints[0][1:]}" if hints else first
