"""What a scalar rule is shown of one history and one opponent, and where its answer goes: records of plain numbers.

Axes over rungs are as long as `room_for` says, so that one compiled form serves all ladders of up to that size. What a
rule may ask of a moment are plain functions, compiled with the rule that calls them; a parameter that is handed to them
is one number here, though its declared type allows an array, hence `Any`.
"""

import math
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.policies.view import REPLICATES, View, view_parts

FEWEST_RUNGS: Final = 8  # least length of an axis over rungs, from 0
PART: Final = "asked_part"  # field of a moment that says which part of a rule is asked
BOTH, REMEMBER, ANSWER = range(3)  # parts of a rule: all of it, what it remembers, what it answers
_LAST_STEP: Final = ("harm_received", "harm_inflicted")
_LAST_STEP_BY_RUNG: Final = ("received", "sent")


def room_for(n_rungs: int) -> int:
    """Return the length of an axis that holds some rungs: a power of two."""
    return max(FEWEST_RUNGS, 1 << (n_rungs - 1).bit_length())


@cache
def moment_type(room: int) -> np.dtype[Any]:
    """Return the record of a moment: the parts of `sim.policies.View` under their names, one value or one a rung."""
    fields: list[tuple[Any, ...]] = [(name, "f8") for name in _LAST_STEP] + [("top", "i8"), (PART, "i8")]
    fields += [(name, "f8", (room,)) for name in _LAST_STEP_BY_RUNG]
    for name, part in view_parts().items():
        if part.axes in ((), (REPLICATES,)):
            is_real = np.asarray(part.example).dtype.kind == "f"
            fields.append((name, "f8" if is_real else "i8"))
        elif REPLICATES in part.axes:
            fields.append((name, "f8", (room,)))
    return np.dtype(fields, align=True)


@cache
def answer_type(room: int) -> np.dtype[Any]:
    """Return the record of an answer: a multiplier and a rung for each provocation, campaign and strategic rates."""
    by_rung = [("multiplier", "f8", (room,)), ("rung", "i8", (room,))]
    return np.dtype([*by_rung, ("campaign", "f8"), ("strategic", "f8")], align=True)


def moments_of(view: View, names: Collection[str] | None = None) -> npt.NDArray[Any]:
    """Return the moments of all replicates; with `names`, some parts alone, shape (n_replicates,)."""
    moments = np.zeros(view.n_replicates, moment_type(room_for(view.top + 1)))
    for name in moments.dtype.names or ():
        if name != PART and (names is None or name in names):
            values = np.asarray(getattr(view, name))
            if moments[name].ndim == 1:
                moments[name] = values
            else:
                # A part by rung of provocation begins with rung 1, and the record with rung 0.
                lowest = view.top + 1 - len(values)
                moments[name][:, lowest : view.top + 1] = values.T
    return moments


ROUNDING: Final = 1e-9  # share of a period by which a time may miss its end


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
