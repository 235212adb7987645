"""One self-contained page of a results folder: every table of it, pictures, and what the odds rest on."""

from __future__ import annotations

from html import escape
from typing import Final

from sim.report.odds_sheets import killed_sheet, notes, whole_sheets
from sim.report.plots import definitions_plot, fan_notes, fan_plot, incidence_plot, levers_plot, pairs_plot, split_plot
from sim.report.sheet import Sheet
from sim.report.table_sheets import (
    definitions_notes,
    definitions_sheets,
    drivers_notes,
    drivers_sheets,
    entries_notes,
    entries_sheets,
    levers_notes,
    levers_sheets,
    pairs_notes,
    pairs_sheets,
)
from sim.results.analysis.drivers import DRIVERS
from sim.results.analysis.entries import ENTRIES, INCIDENCE
from sim.results.analysis.fan import FAN
from sim.results.analysis.levers import LEVERS
from sim.results.analysis.odds_by_definition import DEFINITIONS
from sim.results.reading.store import Results
from sim.results.tables import Collection
from sim.sweeps.results_folder import write_whole

PAGE: Final = "report.html"
_STYLE: Final = """
body { font-family: system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.4 }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem }
caption { text-align: left; font-weight: 600; padding: 0.3rem 0 }
th, td { padding: 0.15rem 0.8rem 0.15rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid #ddd }
th.words, td.words { text-align: left; white-space: normal }
svg { max-width: 100%; height: auto }
"""


def write_page(results: Results, collection: Collection) -> None:
    """Write the page of a results folder.

    Parameters
    ----------
    results : Results
        The results folder.
    collection : Collection
        Its tables.

    Raises
    ------
    OutputError
        If the disk is full or the file cannot be written.
    """
    title = escape(results.manifest["title"])
    body = [f"<h1>{title}</h1>", f"<p>{escape(results.manifest['description'])}</p>"]
    body += [part for section in _sections(results, collection) for part in section]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    page = "\n".join(["<!doctype html>", f'<html lang="en"><head>{head}</head><body>', *body, "</body></html>", ""])
    write_whole(results.path / PAGE, page.encode())


def _sections(results: Results, collection: Collection) -> list[list[str]]:
    tables = collection.tables
    found = [_section("Odds", whole_sheets(results, collection.odds), [split_plot(collection.odds)])]
    found[0] += _listed("What this rests on", notes(results, collection.odds))
    if LEVERS in tables:
        sheets = levers_sheets(results, tables[LEVERS])
        found.append(
            _section("What lowers the odds most", sheets, [levers_plot(tables[LEVERS])], levers_notes(results))
        )
    if collection.pairs is not None:
        sheets = pairs_sheets(results, collection.pairs)
        found.append(_section("Pairs of policies", sheets, [pairs_plot(collection.pairs[0])], pairs_notes(results)))
    drivers = tables[DRIVERS]
    last = drivers[drivers["horizon_days"] == drivers["horizon_days"].max()]
    found.append(_section("Drivers", drivers_sheets(last), [], drivers_notes(results, last)))
    joined = entries_sheets(results, tables[ENTRIES]) if ENTRIES in tables else []
    picture = incidence_plot(results, tables[INCIDENCE])
    found.append(_section("Who joined, and by when", joined, [picture], entries_notes() if joined else []))
    if FAN in tables:
        pictures = [fan_plot(results, tables[FAN])]
        found.append(_section("Day by day", [], pictures, fan_notes(results, tables[FAN])))
    if DEFINITIONS in tables:
        sheets = definitions_sheets(results, tables[DEFINITIONS])
        picture = definitions_plot(tables[DEFINITIONS])
        found.append(_section("Odds against definitions", sheets, [picture], definitions_notes()))
    if not collection.killed.empty:
        found.append(_section("Killed", [killed_sheet(results, collection.killed)], []))
    return found


def _section(title: str, sheets: list[Sheet], pictures: list[str], words: list[str] | None = None) -> list[str]:
    figures = [f"<figure>{picture}</figure>" for picture in pictures]
    paragraphs = [f"<p>{escape(text)}</p>" for text in words or []]
    return [f"<h2>{escape(title)}</h2>", *figures, *(_table(sheet) for sheet in sheets), *paragraphs]


def _listed(title: str, words: list[str]) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", "<ul>", *(f"<li>{escape(text)}</li>" for text in words), "</ul>"]


def _table(sheet: Sheet) -> str:
    rows = [_row("th", sheet.headings, sheet.left), *(_row("td", row, sheet.left) for row in sheet.rows)]
    return "\n".join([f"<table><caption>{escape(sheet.title)}</caption>", *rows, "</table>"])


def _row(tag: str, cells: tuple[str, ...], left: int) -> str:
    """Return a row; the first columns hold words, the others figures."""
    marked = (f'<{tag} class="words">' if place < left else f"<{tag}>" for place in range(len(cells)))
    return f"<tr>{''.join(f'{mark}{escape(cell)}</{tag}>' for mark, cell in zip(marked, cells, strict=True))}</tr>"
