"""How pictures are drawn: one style, no label is read as mathematics, and one that fails costs a sentence alone."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Picture = TypeVar("Picture")

BLUE, ORANGE, GREEN, PURPLE, GREY, PALE = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#777777", "#dddddd"
SKY = "#56b4e9"
"""Colours that people who see few of them tell apart; none of them means that something is bad."""
STYLE: Final[dict[Any, Any]] = {
    "text.parse_math": False,  # a ``$`` in the name of a party, a question or a level is a ``$``
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
}
"""The style of every picture."""
_LETTERS_AN_INCH: Final = 13
_DPI: Final = 110
LISTENERS: Final[list[Callable[[str], None]]] = []
"""Who is told, in one sentence, what could not be drawn; a warning of Python where there is nobody."""


def write_title(figure: Figure, text: str) -> None:
    """Write the title of a picture, in as many lines as it needs to be read whole."""
    width = int(figure.get_figwidth() * _LETTERS_AN_INCH)
    figure.suptitle("\n".join(textwrap.wrap(text, width)), x=0.01, ha="left", fontsize=10)


def render_png(figure: Figure, **said: str) -> bytes:
    """Return a picture as PNG, the same bytes every time on one machine; it carries what is `said` by keyword."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None, **said})
    return buffer.getvalue()


def give_warning(sentence: str) -> None:
    """Tell everybody what went wrong."""
    for listener in LISTENERS or [partial(warnings.warn, stacklevel=2)]:
        listener(sentence)


def draw_pictures(where: str, drawings: Mapping[str, Callable[[], Picture]]) -> dict[str, Picture]:
    """Return the pictures that could be drawn, by name; the others, and what was unclear, are one warning."""
    pictures: dict[str, Picture] = {}
    faults: dict[str, list[str]] = {}
    for name, draw in drawings.items():
        with warnings.catch_warnings(record=True) as doubts:
            # Whatever a user makes of warnings, none of them costs a picture.
            warnings.simplefilter("always")
            try:
                pictures[name] = draw()
            except Exception as error:
                faults.setdefault(f"was not drawn ({_first_line(error)})", []).append(name)
        for doubt in {_first_line(doubt.message) for doubt in doubts}:
            faults.setdefault(doubt, []).append(name)
    if faults:
        words = "; ".join(f"{', '.join(dict.fromkeys(names))}: {fault}" for fault, names in sorted(faults.items()))
        give_warning(f"{where}: {words}. All numbers are written")
    return pictures


def _first_line(fault: Exception | Warning | str) -> str:
    words = str(fault).strip().splitlines()
    kind = "" if isinstance(fault, Warning) else f"{type(fault).__name__}: "
    return f"{kind}{words[0].rstrip('.') if words else 'no reason given'}"
