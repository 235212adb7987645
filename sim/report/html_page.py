"""One self-contained page of a results folder: a section for each presentation that declares a heading.

Beside its sheets a section has its picture and its notes, such as what the odds rest on.
"""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Final

from sim.report.pictures import draw_pictures
from sim.report.presentation import Frames, call_named, find_presentations, make_page_notes, make_page_sheets
from sim.report.sheet import Sheet
from sim.results.reading.result_table import Presentation
from sim.results.reading.store import Results
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


def write_page(results: Results, frames: Frames) -> None:
    """Write the page of a results folder with its tables by name."""
    title = escape(results.manifest["title"])
    body = [f"<h1>{title}</h1>", f"<p>{escape(results.manifest['description'])}</p>"]
    sections = [presentation for presentation in find_presentations(frames) if presentation.heading]
    drawings = {shown.plot: partial(_draw, results, frames, shown) for shown in sections if shown.plot}
    pictures = draw_pictures(str(results.path / PAGE), drawings)
    for presentation in sorted(sections, key=lambda presentation: presentation.position):
        body += _section(results, _select_last(frames, presentation), presentation, pictures)
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    page = "\n".join(["<!doctype html>", f'<html lang="en"><head>{head}</head><body>', *body, "</body></html>", ""])
    write_whole(results.path / PAGE, page.encode())


def _select_last(frames: Frames, presentation: Presentation) -> Frames:
    """Return the tables of a section, of the last horizon alone where it shows no other."""
    if not presentation.page_last:
        return frames
    own = {name: frames[name] for name in presentation.tables}
    return {name: table[table["horizon_days"] == table["horizon_days"].max()] for name, table in own.items()}


def _draw(results: Results, frames: Frames, presentation: Presentation) -> str:
    chosen = _select_last(frames, presentation)
    return str(call_named(presentation.plot, results, [chosen.get(name) for name in presentation.tables]))


def _section(results: Results, frames: Frames, presentation: Presentation, pictures: dict[str, str]) -> list[str]:
    """Return a section; nothing where there is nothing to show."""
    plots = list(filter(None, [pictures.get(presentation.plot)]))
    sheets = make_page_sheets(results, frames, presentation)
    notes = [escape(note) for note in make_page_notes(results, frames, presentation)]
    if not (plots or sheets or notes):
        return []
    figures = [f"<figure>{plot}</figure>" for plot in plots]
    section = [f"<h2>{escape(presentation.heading)}</h2>", *figures, *map(_table, sheets)]
    if not presentation.notes_heading:
        return [*section, *(f"<p>{note}</p>" for note in notes)]
    listed = [f"<li>{note}</li>" for note in notes]
    return [*section, f"<h2>{escape(presentation.notes_heading)}</h2>", "<ul>", *listed, "</ul>"]


def _table(sheet: Sheet) -> str:
    rows = [_row("th", sheet.headings, sheet.left), *(_row("td", row, sheet.left) for row in sheet.rows)]
    return "\n".join([f"<table><caption>{escape(sheet.title)}</caption>", *rows, "</table>"])


def _row(tag: str, cells: tuple[str, ...], left: int) -> str:
    """Return a row; the first columns hold words, the others figures."""
    marked = (f'<{tag} class="words">' if column < left else f"<{tag}>" for column in range(len(cells)))
    return f"<tr>{''.join(f'{mark}{escape(cell)}</{tag}>' for mark, cell in zip(marked, cells, strict=True))}</tr>"
