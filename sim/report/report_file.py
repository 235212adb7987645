"""The report of one folder, or of two side by side, as a page, as Markdown, or as a PDF that a browser prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sim.core.errors import InputError, OutputError
from sim.report.answer import state_answer
from sim.report.html_page import render_page
from sim.report.presentation import make_notes, make_sheets
from sim.results.reading.store import Results
from sim.results.tables import collect_tables

FORMATS: Final = ("html", "md", "pdf")
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
