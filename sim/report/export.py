"""Tables of a results folder in the formats that other programs and documents take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from sim.core.errors import InputError, OutputError, nearest
from sim.report.formats import WRITERS
from sim.report.presentation import make_arrow, make_sheets
from sim.results.reading.store import Results
from sim.results.sql import open_query
from sim.results.tables import read_frame, read_frames, table_named

DOCUMENTS: Final = ("latex", "markdown")
FORMATS: Final = (*WRITERS, *DOCUMENTS)


def check_format(table: str, form: str) -> None:
    """Refuse a table or a format that there is not, and a document of rows without end."""
    declared = table_named(table)
    if form not in FORMATS:
        raise InputError.single("--format", "", f'"{form}" is no format; {nearest(form, FORMATS)}')
    if declared.stream is not None and form in DOCUMENTS:
        words = f"{table} has too many rows for a document; choose {', '.join(WRITERS)}"
        raise InputError.single("--format", "", words)


def export_table(results: Results, table: str, form: str, file: IO[bytes]) -> None:
    """Write a table of a folder; as a document in the form in which people read it, else with every column."""
    check_format(table, form)
    if table_named(table).stream is not None:
        # Written as they are read.
        with open_query([results], f"FROM {table}", threads=1) as rows:
            reader = rows.to_arrow_reader()
            WRITERS[form](reader.schema, reader, file)
    elif form in DOCUMENTS:
        sheets = make_sheets(results, read_frames(results, table))
        if not sheets:
            raise InputError.single(results.path, table, "there are none in this theatre")
        texts = [sheet.latex() if form == "latex" else sheet.markdown() for sheet in sheets]
        file.write("\n".join(texts).encode())
    else:
        whole = make_arrow(results, table, read_frame(results, table))
        WRITERS[form](whole.schema, whole.to_batches(), file)


@contextlib.contextmanager
def open_whole_file(path: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """Give a file to write to that takes its name only when all is written; `force` replaces one that is there."""
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
