"""Tables kept to the last digit beside the blocks, so that what was counted once is shown without reading every row.

The tables beside the manifest are for people and for git and are rounded. A kept one is the exact table, and knows what
it was made of: the manifest, the blocks, the structural sweep beside the folder, and the code that counted. When any of
them changes, or a block is newer, it is not read any more, and the next ``sim sweep`` makes it anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

import sim
from sim.errors import OutputError
from sim.folder import BLOCKS, MANIFEST, write_whole
from sim.results.store import Results
from sim.results.structure import STRUCTURAL

KEPT: Final = "kept"
"""Folder of the kept tables inside a results folder."""
_MADE_OF: Final = b"made_of"
_TOGETHER: Final = b"together"
"""Under what a kept table knows all that were kept with it."""


def keep(results: Results, tables: Mapping[str, pd.DataFrame]) -> None:
    """Keep tables that were made of the blocks that lie here.

    Parameters
    ----------
    results : Results
        A results folder with blocks.
    tables : mapping of str to DataFrame
        Tables by the name of their file.

    Raises
    ------
    OutputError
        If the disk is full or a file cannot be written.
    """
    made_of = {_MADE_OF: _made_of(results).encode(), _TOGETHER: json.dumps([*tables]).encode()}
    try:
        (results.path / KEPT).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{results.path / KEPT}: cannot be made ({error.strerror})") from error
    for name, table in tables.items():
        exact = pa.Table.from_pandas(table, preserve_index=False)
        buffer = pa.BufferOutputStream()
        pq.write_table(exact.replace_schema_metadata({**(exact.schema.metadata or {}), **made_of}), buffer)
        write_whole(_file(results, name), buffer.getvalue().to_pybytes())


def kept(results: Results, name: str) -> pd.DataFrame | None:
    """Return a kept table, or None if there is none that belongs to what lies here now.

    Parameters
    ----------
    results : Results
        A results folder.
    name : str
        Name of the table's file beside the manifest.
    """
    table = _read(results, name)
    if table is None:
        return None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def kept_together(results: Results, name: str) -> tuple[str, ...]:
    """Return the names of all tables that were kept with one of them; nothing if that one is not kept any more.

    Parameters
    ----------
    results : Results
        A results folder.
    name : str
        Name of a table's file beside the manifest.
    """
    table = _read(results, name)
    return () if table is None else tuple(json.loads(table.schema.metadata[_TOGETHER]))


def _read(results: Results, name: str) -> pa.Table | None:
    file = _file(results, name)
    if not results.blocks or not file.is_file():
        return None
    written = file.stat().st_mtime_ns
    if any(state.st_mtime_ns > written for state in _blocks(results).values()):
        return None
    try:
        table = pq.read_table(file, partitioning=None)
    except (OSError, pa.ArrowException):
        return None
    is_current = (table.schema.metadata or {}).get(_MADE_OF) == _made_of(results).encode()
    return table if is_current else None


def _file(results: Results, name: str) -> Path:
    return results.path / KEPT / Path(name).with_suffix(".parquet").name


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
    with os.scandir(results.path / BLOCKS) as found:
        return {one.name: one.stat() for one in found if one.name in counted}


@cache
def _code() -> str:
    """Return a digest of the code that counts."""
    total = hashlib.sha256(sim.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()
