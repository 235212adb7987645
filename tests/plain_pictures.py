"""Pictures that are not drawn, for tests of anything else: to draw takes longer than all that a command computes."""

from __future__ import annotations

import pytest

from sim.report import tournament_sheets


def draw_plainly(patch: pytest.MonkeyPatch) -> None:
    """Put a word in the place of the pictures of a tournament; those of a page are drawn in no time."""
    for name in ("measure_map", "fixation_map", "population_plot"):
        patch.setattr(tournament_sheets, name, lambda *_: b"\x89PNG undrawn")
