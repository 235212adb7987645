"""Keep a table that took long to compute beside the manifest, and find it there when the blocks are gone."""

from __future__ import annotations

from typing import Final

import pandas as pd

from sim.errors import InputError
from sim.folder import BLOCKS
from sim.results.store import Results

_KEYS: Final = ("method", "outcome", "horizon_days")


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
        raise InputError.single(
            results.path, name, "is not here, and no blocks to make it from; run the sweep again to make them"
        )
    return results.read_table(name)


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
