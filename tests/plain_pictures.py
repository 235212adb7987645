"""Pictures that are not drawn, for tests of anything else: to draw takes longer than all that a command computes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from sim.report import html_page, tournament_folder


def draw_plainly(patch: pytest.MonkeyPatch) -> None:
    """Put the figures of each picture on the page of a sweep, and a word into the files of a tournament.

    Pages still differ where their figures do.
    """
    called = html_page.call_named

    def call(reference: str, results: Any, frames: Iterable[Any]) -> Any:
        if not reference.startswith("plots."):
            return called(reference, results, frames)
        return f"<svg>{reference} {[None if frame is None else frame.to_csv() for frame in frames]}</svg>"

    patch.setattr(html_page, "call_named", call)
    for name in ("measure_map", "fixation_map", "population_plot"):
        patch.setattr(tournament_folder, name, lambda *_: b"\x89PNG undrawn")
