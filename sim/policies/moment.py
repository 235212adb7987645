"""What a scalar rule is shown of one history and one opponent, and where its answer goes: records of plain numbers.

Axes over rungs are as long as `room_for` says, so that one compiled form serves all ladders of up to that size.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.policies.view import REPLICATES, View, view_parts

FEWEST_RUNGS: Final = 8
"""Least length of an axis over rungs, from 0."""
PART: Final = "asked_part"
"""Field of a moment that says which part of a rule is asked."""
BOTH, REMEMBER, ANSWER = range(3)
"""Parts of a rule: all of it, what it remembers, what it answers."""
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
