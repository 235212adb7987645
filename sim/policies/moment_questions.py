"""What a plain rule may ask of a moment: plain functions, which are compiled with the rule that calls them.

A parameter that is handed to them is one number here, though its declared type allows an array; hence `Any`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

ROUNDING: Final = 1e-9
"""Share of a period by which a time may miss its end."""


def highest_rung(acts: Sequence[float], top: int) -> int:
    """Return the highest rung among acts by rung, such as ``now.received``; 0 where there are none."""
    for rung in range(top, 0, -1):
        if acts[rung] > 0:
            return rung
    return 0


def has_received(now: Any, rung: Any) -> bool:
    """Return whether an act on a rung or above was received in the step before."""
    return highest_rung(now.received, now.top) >= max(rung, 1)


def has_sent(now: Any, rung: Any) -> bool:
    """Return whether an own act on a rung or above was sent in the step before."""
    return highest_rung(now.sent, now.top) >= max(rung, 1)


def ends_period(now: Any, period_days: Any) -> bool:
    """Return whether a period of some days ended with the step before; the first begins at time 0."""
    before = max(now.day - now.step_days, 0.0)
    return math.floor(now.day / period_days + ROUNDING) > math.floor(before / period_days + ROUNDING)


def choose_rung(target: float, harm: Sequence[float], top: int) -> int:
    """Return the rung whose mean harm is nearest to a target, the lower in a tie; `harm` rises with the rung."""
    chosen = 0
    for rung in range(1, top + 1):
        if target > (harm[rung] + harm[rung - 1]) / 2.0:
            chosen += 1
    return chosen
