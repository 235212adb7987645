"""Every table of a results folder: found where it is declared, computed from the rows, written beside the manifest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from sim.core.declarations import find_declarations
from sim.core.errors import InputError, nearest
from sim.results.reading.result_table import ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import read_cached, write_cached


@cache
def load_declarations() -> Mapping[str, ResultTable]:
    """Return every table by name, in order of position, then of module: whatever `sim.results.analysis` declares."""
    tables = sorted(find_declarations("sim.results.analysis", ResultTable), key=lambda table: table.position)
    return {table.name: table for table in tables}


def find_table(name: str, *, is_listed: bool = False) -> ResultTable:
    """Return a table, or refuse a name that there is not with the nearest one, and with all if they shall be listed."""
    tables = load_declarations()
    if name not in tables:
        hint, listed = nearest(name, tables), f"Tables: {', '.join(tables)}"
        if is_listed:
            hint = f"{hint} {listed}" if hint.startswith("did") else listed
        raise InputError.single("--table", "", f'there is no table "{name}"; {hint}')
    return tables[name]


def read_frame(results: Results, name: str) -> pd.DataFrame:
    """Return a whole table: as it was kept of these blocks, else computed from them, else as it was committed."""
    return _frames(results, [find_table(name)])[name]


def read_frames(
    results: Results, name: str, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> dict[str, pd.DataFrame]:
    """Return a table with those that it is shown with; of some questions and horizons [days] where it is by these."""
    declared = load_declarations()
    table = find_table(name)
    table.refuse_unknown(questions, horizons)
    others = () if table.presentation is None else table.presentation.tables
    shown = [table, *(declared[other] for other in others if other != name and declared[other].is_there(results))]
    frames = _frames(results, shown, questions, horizons)
    if not len(frames[name].columns):
        raise InputError.single(results.path, name, "there are none in this theatre")
    return {part.name: part.select(frames[part.name], questions, horizons) for part in shown}


def collect_tables(
    results: Results, *, is_anew: bool = True, told: Callable[[str], None] = lambda name: None
) -> dict[str, pd.DataFrame]:
    """Return by name every table that a sweep writes and that a folder has, counted anew or as it was kept.

    The name of each is told before it is counted.
    """
    tables = [table for table in load_declarations().values() if table.is_written and table.is_there(results)]
    frames = _frames(results, tables, is_anew=is_anew, told=told)
    return {name: frame for name, frame in frames.items() if len(frame.columns)}


def _frames(
    results: Results,
    tables: Iterable[ResultTable],
    questions: Sequence[str] | None = None,
    horizons: Sequence[int] | None = None,
    *,
    is_anew: bool = False,
    told: Callable[[str], None] = lambda name: None,
) -> dict[str, pd.DataFrame]:
    """Return tables by name, of some questions and horizons [days] where these can be computed alone.

    Those that one function gives are computed once.
    """
    made: dict[Callable[..., Any], Any] = {}
    frames: dict[str, pd.DataFrame] = {}
    for table in tables:
        chosen = table.choose(questions, horizons)
        frame = read_cached(results, table.name) if table.is_written and not (is_anew or chosen) else None
        if not (results.blocks or chosen) and table.is_committed:
            frame = results.read_table(table.name) if table.committed is None else table.committed(results)
        if frame is None:
            if table.compute not in made:
                told(table.name)
                made[table.compute] = table.compute(results, **chosen)
            frame = made[table.compute] if table.part is None else made[table.compute][table.part]
        frames[table.name] = frame
    return frames


def write_tables(results: Results, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables beside the manifest, and keep them exact, so that they are shown without counting again."""
    for name, table in tables.items():
        results.write_table(name, table)
    write_cached(results, tables)
