"""How pictures are drawn: no label is read as mathematics, and one that fails costs a sentence and nothing else."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

Picture = TypeVar("Picture")

PLAIN: Final[dict[Any, Any]] = {"text.parse_math": False}
"""Stands in the style of every picture: a ``$`` in the name of a party, a question or a level is a ``$``."""
LISTENERS: Final[list[Callable[[str], None]]] = []
"""Who is told, in one sentence, what could not be drawn; a warning of Python where there is nobody."""


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
        words = "; ".join(f"{_names(names)}: {fault}" for fault, names in sorted(faults.items()))
        give_warning(f"{where}: {words}. All numbers are written")
    return pictures


def _names(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _first_line(fault: Exception | Warning | str) -> str:
    words = str(fault).strip().splitlines()
    kind = "" if isinstance(fault, Warning) else f"{type(fault).__name__}: "
    return f"{kind}{words[0].rstrip('.') if words else 'no reason given'}"
