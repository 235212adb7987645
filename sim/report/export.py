"""Tables of a results folder, and reports of one or of two, in the formats that other programs and people take."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from sim.core.errors import InputError, OutputError, nearest
from sim.report.answer import state_answer
from sim.report.html_page import render_page
from sim.report.presentation import WRITERS, make_arrow, make_notes, make_sheets
from sim.report.templates import load_templates
from sim.results.reading.store import Results
from sim.results.sql import open_query
from sim.results.tables import collect_tables, find_table, load_declarations, read_frame, read_frames

DOCUMENTS: Final = ("latex", "markdown")
FORMATS: Final = (*WRITERS, *DOCUMENTS)


def check_format(table: str, form: str) -> None:
    """Refuse a table or a format that there is not, and a document of rows without end."""
    declared = find_table(table)
    if form not in FORMATS:
        raise InputError.single("--format", "", f'"{form}" is no format; {nearest(form, FORMATS)}')
    if declared.stream is not None and form in DOCUMENTS:
        words = f"{table} has too many rows for a document; choose {', '.join(WRITERS)}"
        raise InputError.single("--format", "", words)


def export_table(results: Results, table: str, form: str, file: IO[bytes]) -> None:
    """Write a table of a folder; as a document in the form in which people read it, else with every column."""
    check_format(table, form)
    if find_table(table).stream is not None:
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


REPORTS: Final = ("html", "md", "pdf")  # formats of a report
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_SECONDS: Final = 120


def render_report(folders: Sequence[Results], form: str, file: Path, difference: str = "") -> bytes:
    """Return what a report is in a format, as it will lie in a file; of two folders with how they differ in words."""
    if form == "md":
        return "\n".join([difference, *map(_write_markdown, folders)]).lstrip().encode()
    told = [(results, collect_tables(results, is_anew=False)) for results in folders]
    page = render_page(told, difference, file.absolute().parent)
    return page.encode() if form == "html" else _print_page(page)


def _write_markdown(results: Results) -> str:
    frames = collect_tables(results, is_anew=False)
    answer = state_answer(results)
    head = [f"# {answer.title}", answer.sentence, f"The interval is {answer.interval}.", answer.rests]
    notes = [f"- {note}" for note in make_notes(results, frames)]
    return "\n\n".join([*head, *(sheet.markdown() for sheet in make_sheets(results, frames)), "\n".join(notes), ""])


def _print_page(page: str) -> bytes:
    """Return a page as the first browser that is there prints it."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        words = f"a browser prints it, and none of {', '.join(_BROWSERS)} is here; take html and print that"
        raise InputError.single("--format", "pdf", words)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_text(page, encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--disable-background-networking", "--no-pdf-header-footer"]
        # As root a browser starts without its sandbox or not at all; it opens nothing but our own page.
        options += ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        command = [browser, *options, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", source.as_uri()]
        try:
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise OutputError(f"{browser}: did not print the page ({error})") from error


def describe_tables() -> str:
    """Return the page ``docs/tables.md`` of every declared table, with its columns."""
    return load_templates().get_template("tables.md").render(tables=load_declarations().values())
