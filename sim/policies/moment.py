"""What a scalar rule is shown of one history and one opponent, and where its answer goes: records of plain numbers.

Axes over rungs are as long as `room_for` says, so that one compiled form serves all ladders of up to that size.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

FEWEST_RUNGS: Final = 8
"""Least length of an axis over rungs, from 0."""
_NUMBERS: Final = (
    "unanswered_harm", "observed", "posture", "resolve", "weariness", "mediation",
    "day", "step_days", "harm_received", "harm_inflicted",
)  # fmt: skip
_WHOLE: Final = ("phase", "entered", "top")
_BY_RUNG: Final = ("own_harm", "opponent_harm", "received", "sent", "reactions_due")


def room_for(n_rungs: int) -> int:
    """Return the length of an axis that holds some rungs: a power of two."""
    return max(FEWEST_RUNGS, 1 << (n_rungs - 1).bit_length())


@cache
def moment_type(room: int) -> np.dtype[Any]:
    """Return the record of a moment: the parts of `sim.policies.View` under their names, one value or one a rung."""
    fields: list[tuple[Any, ...]] = [(name, "f8") for name in _NUMBERS] + [(name, "i8") for name in _WHOLE]
    return np.dtype(fields + [(name, "f8", (room,)) for name in _BY_RUNG], align=True)


@cache
def answer_type(room: int) -> np.dtype[Any]:
    """Return the record of an answer: a multiplier and a rung for each provocation, campaign and strategic rates."""
    by_rung = [("multiplier", "f8", (room,)), ("rung", "i8", (room,))]
    return np.dtype([*by_rung, ("campaign", "f8"), ("strategic", "f8")], align=True)
