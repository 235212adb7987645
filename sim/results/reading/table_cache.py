"""Tables kept to the last digit beside the blocks, so that what was counted once is shown without reading every row.

The tables beside the manifest are for people and for git and are rounded. A kept one is the exact table, and knows what
it was made of: the manifest, the blocks, the structural sweep beside the folder, and the code that counted. When any of
them changes, or a block is newer, it is not read any more, and the next ``sim sweep`` makes it anew.
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

import sim
from sim.core.errors import InputError, OutputError
from sim.results.reading.store import AGAIN, STRUCTURAL, Results
from sim.sweeps.results_folder import BLOCKS, MANIFEST, write_whole

_KEYS: Final = ("method", "outcome", "horizon_days")
_MOST_NAMED: Final = 12

Row = Mapping[str, Any]  # what a row must hold, by column


def combine_values(**values: Sequence[Any] | None) -> list[Row]:
    """Return every combination of values by column; None stands for a column that was not named, so any will do."""
    named = {column: choices for column, choices in values.items() if choices is not None}
    return [dict(zip(named, chosen, strict=True)) for chosen in product(*named.values())]


def select_committed(
    results: Results, name: str, may: Mapping[str, Collection[Any]], must: Collection[Row] = ()
) -> pd.DataFrame:
    """Return the rows asked for of a table of a folder whose blocks were not kept.

    Of rows whose values are among those that they `may` have; each of the rows that `must` be there, because they were
    asked for by name, is refused if it is not. A table holds what was asked for when it was made: a row that is missing
    says nothing of the outcome, so it is never told as if nothing had been found.
    """
    table = results.read_table(name)
    chosen = np.ones(len(table), dtype=np.bool_)
    for column, values in may.items():
        chosen &= table[column].isin(list(values)).to_numpy()
    rows = table[chosen].reset_index(drop=True)
    for row in must:
        if not np.logical_and.reduce([rows[column].eq(value) for column, value in row.items()]).any():
            raise InputError.single(results.path, f"{name}.csv", _not_kept(table, row))
    return rows


def _not_kept(table: pd.DataFrame, row: Row) -> str:
    """Return what is missing, and what is there of the columns whose value is missing altogether."""
    quoted = {column: f'"{value}"' if isinstance(value, str) else str(value) for column, value in row.items()}
    words = ", ".join(f"{column} {value}" for column, value in quoted.items())
    missing = [column for column, value in row.items() if not table[column].eq(value).any()]
    there = {column: table[column].dropna().unique() for column in missing}
    known = "; ".join(
        f"kept of {column}: {', '.join(map(str, values))}"
        for column, values in there.items()
        if 0 < len(values) <= _MOST_NAMED
    )
    hint = f" ({known})" if known else ""
    return f"{words} was not kept in this folder{hint}, and there are no blocks to make it from; {AGAIN}"


def write_committed(results: Results, name: str, table: pd.DataFrame) -> None:
    """Write a table beside the manifest, if there are blocks; rows of other outcomes that are current stay."""
    if not results.blocks:
        return
    if _is_current(results, results.path / f"{name}.csv"):
        old = results.read_table(name)
        keys = [key for key in _KEYS if key in table]
        if list(old.columns) == list(table.columns):
            new = set(table[keys].itertuples(index=False, name=None))
            stays = [row not in new for row in old[keys].itertuples(index=False, name=None)]
            table = pd.concat([part for part in (old[stays], table) if len(part)]) if any(stays) else table
            table = table.sort_values(keys, kind="stable")
    results.write_table(name, table)


def _is_current(results: Results, file: Path) -> bool:
    """Return whether a table is there and was written after every block that lies here."""
    if not file.is_file():
        return False
    written = file.stat().st_mtime_ns
    return all(state.st_mtime_ns <= written for state in _blocks(results).values())


KEPT: Final = "kept"  # folder of the kept tables inside a results folder
_MADE_OF: Final = b"made_of"
_TOGETHER: Final = b"together"  # under what a kept table knows all that were kept with it


def write_cached(results: Results, tables: Mapping[str, pd.DataFrame]) -> None:
    """Keep tables by name that were made of the blocks that lie here, exact and with all that they hang on."""
    made_of = {_MADE_OF: _made_of(results).encode(), _TOGETHER: json.dumps([*tables]).encode()}
    try:
        (results.path / KEPT).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{results.path / KEPT}: cannot be made ({error.strerror})") from error
    for name, table in tables.items():
        exact = pa.Table.from_pandas(table, preserve_index=False)
        buffer = pa.BufferOutputStream()
        pq.write_table(exact.replace_schema_metadata({**(exact.schema.metadata or {}), **made_of}), buffer)
        write_whole(results.path / KEPT / f"{name}.parquet", buffer.getvalue().to_pybytes())


def read_cached(results: Results, name: str) -> pd.DataFrame | None:
    """Return a kept table, or None if there is none that belongs to what lies here now."""
    table = _read(results, name)
    return None if table is None else table.to_pandas()


def names_cached_with(results: Results, name: str) -> tuple[str, ...]:
    """Return the names of all tables that were kept with one of them; nothing if that one is not kept any more."""
    table = _read(results, name)
    return () if table is None else tuple(json.loads(table.schema.metadata[_TOGETHER]))


def _read(results: Results, name: str) -> pa.Table | None:
    file = results.path / KEPT / f"{name}.parquet"
    if not results.blocks or not _is_current(results, file):
        return None
    try:
        table = pq.read_table(file.absolute(), partitioning=None)
    except (OSError, pa.ArrowException):
        return None
    is_current = (table.schema.metadata or {}).get(_MADE_OF) == _made_of(results).encode()
    return table if is_current else None


def _made_of(results: Results) -> str:
    """Return a digest of all that a table hangs on, the clock not among it; blocks go in by name and size alone."""
    total = hashlib.sha256(_code().encode())
    total.update(json.dumps(results.manifest, sort_keys=True).encode())
    beside = results.path.parent / STRUCTURAL
    for path in (beside / MANIFEST, beside / "odds.csv"):
        total.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"none")
    total.update(repr(sorted((name, state.st_size) for name, state in _blocks(results).items())).encode())
    return total.hexdigest()


def _blocks(results: Results) -> dict[str, os.stat_result]:
    """Return the state of the file of every block that counts."""
    counted = {block.name for block in results.blocks}
    with os.scandir(results.path / BLOCKS) as entries:
        return {entry.name: entry.stat() for entry in entries if entry.name in counted}


@cache
def _code() -> str:
    """Return a digest of the code that counts."""
    total = hashlib.sha256(sim.__version__.encode())
    for path in sorted(path for kind in ("*.py", "*.csv") for path in Path(__file__).parents[1].rglob(kind)):
        total.update(path.read_bytes())
    return total.hexdigest()
