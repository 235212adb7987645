"""Keep a table that took long to compute beside the manifest, and find it there when the blocks are gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.folder import BLOCKS
from sim.results.store import Results

_KEYS: Final = ("method", "outcome", "horizon_days")
_MOST_NAMED: Final = 12
_AGAIN: Final = "run the sweep again to make them: sim sweep SCENARIO.toml"

Row = Mapping[str, Any]
"""What a row must hold, by column."""


def found_beside(results: Results, name: str) -> pd.DataFrame:
    """Return a table of a folder whose blocks were not kept.

    Parameters
    ----------
    results : Results
        A results folder.
    name : str
        Name of the file.

    Raises
    ------
    InputError
        If it was never computed, or cannot be read.
    """
    if not (results.path / name).is_file():
        raise InputError.single(results.path, name, f"is not here, and no blocks to make it from; {_AGAIN}")
    return results.read_table(name)


def every(**values: Sequence[Any] | None) -> list[Row]:
    """Return every combination of values that were named.

    Parameters
    ----------
    **values : sequence or None
        By column; None where nothing was named, so that whatever is there will do.
    """
    named = {column: one for column, one in values.items() if one is not None}
    return [dict(zip(named, chosen, strict=True)) for chosen in product(*named.values())]


def rows_beside(
    results: Results, name: str, may: Mapping[str, Collection[Any]], must: Collection[Row] = ()
) -> pd.DataFrame:
    """Return the rows asked for of a table of a folder whose blocks were not kept.

    A table holds what was asked for when it was made. A row that is missing says nothing of the outcome, so it is never
    told as if nothing had been found.

    Parameters
    ----------
    results : Results
        A results folder.
    name : str
        Name of the file.
    may : mapping of str to collection
        Values by column that a row may have; others are left out.
    must : collection of mapping
        Values by column that at least one row must have, for each that was asked for by name.

    Raises
    ------
    InputError
        If the table is not there or cannot be read, or holds nothing of what was asked for by name.
    """
    table = found_beside(results, name)
    chosen = np.ones(len(table), dtype=np.bool_)
    for column, values in may.items():
        chosen &= table[column].isin(list(values)).to_numpy()
    kept = table[chosen].reset_index(drop=True)
    for row in must:
        if not np.logical_and.reduce([kept[column].eq(value) for column, value in row.items()]).any():
            raise InputError.single(results.path, name, _not_kept(table, row))
    return kept


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
    told = f" ({known})" if known else ""
    return f"{words} was not kept in this folder{told}, and there are no blocks to make it from; {_AGAIN}"


def keep_beside(results: Results, name: str, table: pd.DataFrame) -> None:
    """Write a table beside the manifest; rows of other outcomes that are still current stay.

    Parameters
    ----------
    results : Results
        A results folder; without blocks nothing is written, because its tables are what was read.
    name : str
        Name of the file.
    table : DataFrame
        What was computed.

    Raises
    ------
    OutputError
        If the disk is full or the file cannot be written.
    """
    if not results.blocks:
        return
    if _is_current(results, name):
        old = results.read_table(name)
        keys = [key for key in _KEYS if key in table]
        if list(old.columns) == list(table.columns):
            new = set(table[keys].itertuples(index=False, name=None))
            kept = [row not in new for row in old[keys].itertuples(index=False, name=None)]
            table = pd.concat([part for part in (old[kept], table) if len(part)]) if any(kept) else table
            table = table.sort_values(keys, kind="stable")
    results.write_table(name, table)


def _is_current(results: Results, name: str) -> bool:
    """Return whether a table was written after every block that lies here."""
    file = results.path / name
    if not file.is_file():
        return False
    written = file.stat().st_mtime_ns
    return all((results.path / BLOCKS / block.name).stat().st_mtime_ns <= written for block in results.blocks)
