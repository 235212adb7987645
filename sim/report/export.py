"""Tables of a results folder in the formats that other programs and documents take."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

import pyarrow as pa  # type: ignore[import-untyped]

from sim.core.errors import InputError, OutputError, nearest
from sim.report.formats import WRITERS, sheet_of
from sim.report.odds_sheets import killed_sheet, odds_sheets
from sim.report.sheet import Sheet
from sim.report.table_sheets import definitions_sheets, drivers_sheets, entries_sheets, levers_sheets, pairs_sheets
from sim.results.analysis.drivers import drivers
from sim.results.analysis.entries import entries
from sim.results.analysis.levers import levers
from sim.results.analysis.odds import killed, odds
from sim.results.analysis.odds_by_definition import definitions
from sim.results.analysis.pairs import pairs
from sim.results.reading.store import Results
from sim.results.sql import asking
from sim.results.tables import TABLES

STREAMED: Final = ("runs", "daily")
"""Tables with a row for each replicate or more; they are written as they are read."""
DOCUMENTS: Final = ("latex", "markdown")
FORMATS: Final = (*WRITERS, *DOCUMENTS)

_SHOWN: Final[dict[str, Callable[[Results], list[Sheet]]]] = {
    "odds": lambda results: odds_sheets(results, odds(results)),
    "killed": lambda results: [killed_sheet(results, killed(results))],
    "drivers": lambda results: drivers_sheets(drivers(results)),
    "entries": lambda results: entries_sheets(results, entries(results)),
    "definitions": lambda results: definitions_sheets(results, definitions(results)),
    "levers": lambda results: levers_sheets(results, levers(results)),
    **dict.fromkeys(("pairs", "spread", "regret"), lambda results: pairs_sheets(results, pairs(results))),
}


def check_asked(table: str, form: str) -> None:
    """Refuse a table or a format that there is not.

    Parameters
    ----------
    table : str
        Name of a table.
    form : str
        One of `FORMATS`.

    Raises
    ------
    InputError
        If there is no such table or format, or a document is asked for of rows without end.
    """
    known = (*STREAMED, *TABLES)
    if table not in known:
        raise InputError.single("--table", "", f'there is no table "{table}"; {nearest(table, known)}')
    if form not in FORMATS:
        raise InputError.single("--format", "", f'"{form}" is no format; {nearest(form, FORMATS)}')
    if table in STREAMED and form in DOCUMENTS:
        words = f"{table} has too many rows for a document; choose {', '.join(WRITERS)}"
        raise InputError.single("--format", "", words)


def export(results: Results, table: str, form: str, file: IO[bytes]) -> None:
    """Write a table; as a document in the form in which people read it, else with every column.

    Parameters
    ----------
    results : Results
        A results folder.
    table : str
        Name of the table: one of `STREAMED` or of `sim.results.tables.TABLES`.
    form : str
        One of `FORMATS`.
    file : binary file
        Where to write.

    Raises
    ------
    InputError
        If the folder has no such table.
    """
    check_asked(table, form)
    if table in STREAMED:
        with asking([results], f"FROM {table}", threads=1) as rows:
            reader = rows.to_arrow_reader()
            WRITERS[form](reader.schema, reader, file)
        return
    if form in DOCUMENTS:
        sheets = _sheets(results, table)
        texts = [sheet.latex() if form == "latex" else sheet.markdown() for sheet in sheets]
        file.write("\n".join(texts).encode())
        return
    whole = _arrow(results, table)
    WRITERS[form](whole.schema, whole.to_batches(), file)


def _arrow(results: Results, table: str) -> pa.Table:
    found = TABLES[table](results)
    if not len(found.columns):
        raise InputError.single(results.path, table, "there are none in this theatre")
    return pa.Table.from_pandas(found, preserve_index=False).replace_schema_metadata(None)


def _sheets(results: Results, table: str) -> list[Sheet]:
    """Return a table as it is shown, where it is shown at all."""
    if table not in _SHOWN:
        return [sheet_of(f"{results.manifest['title']}: {table}", _arrow(results, table))]
    found = _SHOWN[table](results)
    if not found:
        raise InputError.single(results.path, table, "there are none in this theatre")
    return found


@contextlib.contextmanager
def whole_file(path: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """Give a file to write to that takes its name only when all is written.

    Parameters
    ----------
    path : Path
        The file.
    force : bool
        Whether one that is there is replaced.

    Yields
    ------
    binary file
        What to write to.

    Raises
    ------
    InputError
        If the file is there and `force` is not given, or it is a folder.
    OutputError
        If the disk is full or the file cannot be written.
    """
    if path.is_dir():
        raise InputError.single(path, "", "is a folder; name a file")
    if path.exists() and not force:
        raise InputError.single(path, "", "is there already; --force replaces it")
    temporary = path.with_name(f".tmp-{path.name}")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}); nothing is left of it") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
