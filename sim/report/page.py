"""One self-contained page of a results folder: the odds, the killed of both sides, and what they rest on."""

from __future__ import annotations

from html import escape
from typing import Final

import pandas as pd

from sim.folder import write_whole
from sim.results.store import Results
from sim.results.tables import Sheet, killed_sheet, notes, odds_sheets

PAGE: Final = "report.html"
_STYLE: Final = """
body { font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.4 }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem }
caption { text-align: left; font-weight: 600; padding: 0.3rem 0 }
th, td { padding: 0.15rem 0.8rem 0.15rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd }
th.words, td.words { text-align: left; white-space: normal }
"""


def write_page(results: Results, table: pd.DataFrame, dead: pd.DataFrame) -> None:
    """Write the page of a results folder.

    Parameters
    ----------
    results : Results
        The results folder.
    table, dead : DataFrame
        What `sim.results.odds.odds` and `sim.results.odds.killed` return.

    Raises
    ------
    OutputError
        If the disk is full or the file cannot be written.
    """
    manifest = results.manifest
    sheets = odds_sheets(results, table) + ([] if dead.empty else [killed_sheet(results, dead)])
    body = [f"<h1>{escape(manifest['title'])}</h1>", f"<p>{escape(manifest['description'])}</p>"]
    body += [_table(sheet) for sheet in sheets]
    body += [
        "<h2>What this rests on</h2>",
        "<ul>",
        *(f"<li>{escape(note)}</li>" for note in notes(results, table)),
        "</ul>",
    ]
    head = f'<meta charset="utf-8"><title>{escape(manifest["title"])}</title><style>{_STYLE}</style>'
    page = "\n".join(["<!doctype html>", f'<html lang="en"><head>{head}</head><body>', *body, "</body></html>", ""])
    write_whole(results.path / PAGE, page.encode())


def _table(sheet: Sheet) -> str:
    rows = [_row("th", sheet.headings, sheet.left), *(_row("td", row, sheet.left) for row in sheet.rows)]
    return "\n".join([f"<table><caption>{escape(sheet.title)}</caption>", *rows, "</table>"])


def _row(tag: str, cells: tuple[str, ...], left: int) -> str:
    """Return a row; the first columns hold words, the others figures."""
    marked = (f'<{tag} class="words">' if place < left else f"<{tag}>" for place in range(len(cells)))
    return f"<tr>{''.join(f'{mark}{escape(cell)}</{tag}>' for mark, cell in zip(marked, cells, strict=True))}</tr>"
