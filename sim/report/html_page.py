"""One self-contained page of a results folder: the answer, pictures, tables, and how to read them.

The sections come from the presentations that declare a heading or pictures. The page asks nobody for anything and is
whole without a script; where histories are stored, a script answers more from them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sim.report.answer import Answer, make_answer
from sim.report.chart import NARROW, WIDE, Picture
from sim.report.histories_pack import pack_histories
from sim.report.pictures import draw_pictures
from sim.report.presentation import Frames, Shown, find_presentations, make_page_notes, make_page_sheets, make_sheets
from sim.report.sheet import Sheet
from sim.results.reading.result_table import Presentation
from sim.results.reading.store import Results
from sim.sweeps.results_folder import write_whole

PAGE: Final = "report.html"
SCRIPT: Final = Path(__file__).parent / "script" / "report.min.js"
"""What answers more on the page; built from the sources beside it."""


@dataclass(frozen=True)
class Section:
    """A table of the page, folded away, or how to read one."""

    heading: str
    sheets: list[Sheet]
    notes: list[str]
    files: tuple[str, ...] = ()  # of the tables, beside the page


@dataclass(frozen=True)
class Side:
    """What a page tells of one folder; a page that compares has two."""

    results: Results
    answer: Answer
    pictures: dict[str, Picture]  # by id
    drawn: dict[str, tuple[Markup, Markup]]  # wide and narrow, by id
    folder: str  # of the tables, as the page links to it
    first: list[Sheet]
    sections: list[Section]
    reading: list[Section]


def write_page(results: Results, frames: Frames) -> None:
    """Write the page of a results folder with its tables by name."""
    write_whole(results.path / PAGE, render_page([(results, frames)]).encode())


def render_page(
    told: Sequence[tuple[Results, Frames]],
    difference: str = "",
    place: Path | None = None,
    pack: Callable[[Results, Frames], dict[str, Any] | None] = pack_histories,
    address: str = "",
) -> str:
    """Return the page of a folder and its tables; of two, with how they differ in a sentence.

    It links to the tables from the folder in which the page will lie, without `place` the results folder itself. Its
    script reads what `pack` gives of the histories of one folder, and the rest from an address, where there is one.
    """
    sides = [_make_side(results, frames, place or results.path.absolute()) for results, frames in told]
    script, histories = ("", "") if difference else _read_script(*told[0], pack)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    words = {"sides": sides, "difference": difference, "script_digest": f"sha256-{digest}" if script else ""}
    code = {"script": Markup(script), "histories": Markup(histories), "address": address}
    return load_templates().get_template("report.html").render(**words, **code)


@cache
def load_templates() -> Environment:
    """Return the templates of pages, which escape every text."""
    loader = PackageLoader("sim.report", "page_template")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)


def _read_script(
    results: Results, frames: Frames, pack: Callable[[Results, Frames], dict[str, Any] | None]
) -> tuple[str, str]:
    """Return the script and the packed histories of a folder as they stand in a page; empty without either."""
    if not (results.blocks and SCRIPT.is_file()):
        return "", ""
    packed = json.dumps(pack(results, frames), separators=(",", ":"), allow_nan=False)
    code = SCRIPT.read_text(encoding="utf-8").replace("</script", "<\\/script")
    return code, packed.replace("<", "\\u003c")


def _make_side(results: Results, frames: Frames, place: Path) -> Side:
    main, last = results.manifest["questions"][0]["id"], results.manifest["horizons"][-1]
    odds = frames["odds"]
    chosen = odds[(odds["question"] == main) & (odds["horizon_days"] == last)].iloc[0]
    shown = Shown(results, frames, make_answer(results, {str(name): value for name, value in chosen.items()}))
    presentations = sorted(find_presentations(frames), key=lambda presentation: presentation.position)
    named = [name for presentation in presentations for name in presentation.pictures]
    made = draw_pictures(str(results.path / PAGE), {name: partial(shown.draw, name) for name in named})
    pictures = {picture.name: picture for picture in made.values() if picture is not None}
    drawings = {name: partial(_draw, picture) for name, picture in pictures.items()}
    drawn = draw_pictures(str(results.path / PAGE), drawings)
    headed = [presentation for presentation in presentations if presentation.heading]
    sections = [_make_section(results, frames, presentation) for presentation in headed]
    first = make_sheets(results, {"odds": odds[odds["point"] == chosen["point"]]})
    return Side(
        results,
        shown.answer,
        {name: picture for name, picture in pictures.items() if name in drawn},
        drawn,
        "" if place == results.path.absolute() else f"{quote(os.path.relpath(results.path, place))}/",
        first if results.manifest["points"] == 1 else [],
        [section for section, _ in sections if section.sheets or section.notes],
        [reading for _, reading in sections if reading.notes],
    )


def _draw(picture: Picture) -> tuple[Markup, Markup]:
    """Return a picture for a screen and for a phone."""
    return Markup(picture.svg(WIDE)), Markup(picture.svg(NARROW))


def _make_section(results: Results, frames: Frames, presentation: Presentation) -> tuple[Section, Section]:
    """Return a table as a section, and its notes as one of their own where they have a heading."""
    chosen = _select_last(frames, presentation)
    sheets = make_page_sheets(results, chosen, presentation)
    notes = make_page_notes(results, chosen, presentation)
    apart = presentation.notes_heading
    files = tuple(f"{name}.csv" for name in presentation.tables if name in frames)
    return Section(presentation.heading, sheets, [] if apart else notes, files), Section(
        apart, [], notes if apart else []
    )


def _select_last(frames: Frames, presentation: Presentation) -> Frames:
    """Return the tables of a section, of the last horizon alone where it shows no other."""
    if not presentation.page_last:
        return frames
    own = {name: frames[name] for name in presentation.tables}
    return {name: table[table["horizon_days"] == table["horizon_days"].max()] for name, table in own.items()}
