"""One self-contained page of a results folder: the answer, pictures, tables, and how to read them.

The sections come from the presentations that declare a heading or pictures. The page asks nobody for anything and is
whole without a script; where histories are stored, a script answers more from them.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote

from markupsafe import Markup

from sim.report.answer import Answer, choose_answer
from sim.report.chart import NARROW, WIDE, Picture
from sim.report.histories_pack import pack_histories
from sim.report.pictures import draw_pictures
from sim.report.presentation import Frames, Shown, find_presentations, make_section, make_sheets
from sim.report.sheet import Sheet
from sim.report.templates import load_templates
from sim.results.reading.store import Results
from sim.sweeps.results_folder import write_whole

PAGE: Final = "report.html"
SCRIPT: Final = Path(__file__).parent / "script" / "report.min.js"
"""What answers more on the page; built from the sources beside it."""
_LIGHT: Final = 880_000
_LIGHT_POINT: Final = 45_000
"""Bytes of a page, and of one of many points, beyond which histories are left out of it; the index comes on top."""
_FEWEST, _MOST = 60_000, 2_000_000  # bytes that histories take at least, where there are as many, and at most
Pack = Callable[[Results, Frames], dict[str, Any] | None]  # gives the packed histories of a folder
_TRUST: Final = Path(__file__).parents[2] / "docs" / "can-i-trust-these-numbers.md"  # absent from an installed package


@dataclass(frozen=True)
class Section:
    """A table of the page, folded away, or how to read one."""

    heading: str
    sheets: list[Sheet]
    notes: list[str]
    files: tuple[str, ...] = ()  # of the tables, beside the page


class DrawnPicture(NamedTuple):
    """A picture as it is drawn for a screen and for a phone."""

    picture: Picture
    wide: Markup
    narrow: Markup

    @classmethod
    def of(cls, picture: Picture) -> Self:
        """Draw a picture in both widths."""
        return cls(picture, Markup(picture.svg(WIDE)), Markup(picture.svg(NARROW)))


@dataclass(frozen=True)
class Side:
    """What a page tells of one folder; a page that compares has two."""

    results: Results
    answer: Answer
    pictures: dict[str, DrawnPicture]  # by id
    folder: str  # of the tables, as the page links to it
    first: list[Sheet]
    files: list[str]  # of all tables
    sections: list[Section]
    reading: list[Section]


def write_page(results: Results, frames: Frames) -> None:
    """Write the page of a results folder with its tables by name."""
    write_whole(results.path / PAGE, render_page([(results, frames)]).encode())


def render_page(
    told: Sequence[tuple[Results, Frames]],
    difference: str = "",
    place: Path | None = None,
    pack: Pack | None = None,
    address: str = "",
) -> str:
    """Return the page of a folder and its tables; of two, with how they differ in a sentence.

    It links to the tables from the folder in which the page will lie, without `place` the results folder itself. Its
    script reads what `pack` gives of the histories of one folder, and the rest from an address, where there is one;
    without them, as many histories as leave the page light.
    """
    sides = [_make_side(results, frames, place or results.path.absolute()) for results, frames in told]
    pictures = {name: drawn.picture for side in sides for name, drawn in side.pictures.items()}
    trust = os.path.relpath(_TRUST, place or told[0][0].path.absolute()) if _TRUST.is_file() else ""
    words = {"sides": sides, "pictures": pictures, "difference": difference, "address": address, "trust": quote(trust)}
    template = load_templates().get_template("report.html")
    page = template.render(**words, script="", histories="", script_digest="")
    results = told[0][0]
    if difference or not (results.blocks and SCRIPT.is_file()):
        return page
    script = SCRIPT.read_text(encoding="utf-8").replace("</script", "<\\/script")
    lightest = max(_LIGHT, _LIGHT_POINT * results.manifest["points"]) - len(page.encode()) - len(script.encode())
    pack = pack or partial(pack_histories, most_bytes=min(max(lightest, _FEWEST), _MOST))
    histories = json.dumps(pack(*told[0]), separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    digest = f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
    return template.render(**words, script=Markup(script), histories=Markup(histories), script_digest=digest)


def _make_side(results: Results, frames: Frames, place: Path) -> Side:
    odds = frames["odds"]
    shown = Shown(results, frames, choose_answer(results, odds))
    presentations = sorted(find_presentations(frames), key=lambda presentation: presentation.position)
    named = [name for presentation in presentations for name in presentation.pictures]
    made = draw_pictures(str(results.path / PAGE), {name: partial(_draw, shown, name) for name in named})
    sections, reading = [], []
    for presentation in (headed for headed in presentations if headed.heading):
        sheets, notes = make_section(shown, presentation)
        apart = presentation.notes_heading
        files = tuple(f"{name}.csv" for name in presentation.tables if name in frames)
        sections += [Section(presentation.heading, sheets, [] if apart else notes, files)] if sheets else []
        reading += [Section(apart, [], notes)] if apart else []
    return Side(
        results,
        shown.answer,
        {drawn.picture.name: drawn for drawn in made.values() if drawn is not None},
        "" if place == results.path.absolute() else f"{quote(os.path.relpath(results.path, place))}/",
        make_sheets(results, {"odds": odds[odds["point"] == shown.answer.point]}),
        [f"{name}.csv" for name in sorted(frames)],
        sections,
        reading,
    )


def _draw(shown: Shown, reference: str) -> DrawnPicture | None:
    """Return a picture of this room by the name of its function."""
    picture = shown.draw(reference)
    return None if picture is None else DrawnPicture.of(picture)
