"""The answer of a policy, checked before anything follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.errors import PolicyError
from sim.policies.base import Response, View


@dataclass(frozen=True)
class Answer:
    """A checked answer in full shape.

    Parameters
    ----------
    multiplier : ndarray of float, shape (n_provocations, n_replicates)
        Factor of the calibrated reactions [1].
    rung : ndarray of int, shape (n_provocations, n_replicates)
        Rung of the reactions.
    campaign, strategic : ndarray of float, shape () or (n_replicates,)
        Addition to the log rate of a campaign [1]; unprovoked acts on the top rung [1/day].
    memory : mapping of str to ndarray of float, shape (..., n_replicates)
        What the policy will remember.
    """

    multiplier: Floats
    rung: Integers
    campaign: Floats
    strategic: Floats
    memory: Mapping[str, Floats]


def checked(answer: object, view: View, name: str) -> Answer:
    """Return a policy's answer in full shape, or refuse it.

    Parameters
    ----------
    answer : object
        What the policy returned.
    view : View
        What it was shown.
    name : str
        Who answered whom, for the message.

    Raises
    ------
    PolicyError
        If the answer has a wrong shape or type, is not finite, leaves the ladder or remembers what was not declared.
    """
    if not isinstance(answer, Response):
        raise PolicyError(f"{name} must return a Response, not {type(answer).__name__}")
    shape = (view.provocation.shape[0], view.n_replicates)
    multiplier, rung = np.asarray(answer.multiplier), np.asarray(answer.rung)
    for part, values in (("multiplier", multiplier), ("rung", rung)):
        if values.shape not in (shape, (shape[0], 1), ()) and not _broadcasts(values, shape):
            raise PolicyError(f"{name}: {part} has shape {values.shape}; it must broadcast to {shape}")
    # The extremes catch what is not a number too: every comparison with it is false.
    if multiplier.dtype.kind not in "fiu" or not (multiplier.min() >= 0 and multiplier.max() < np.inf):
        raise PolicyError(f"{name}: multiplier must be finite numbers, 0 or more")
    if rung.dtype.kind not in "iu":
        raise PolicyError(f"{name}: rung must be integers, not {rung.dtype}")
    if rung.min() < 0 or rung.max() > view.top:
        raise PolicyError(f"{name}: rung must be between 0 and {view.top}")
    return Answer(
        multiplier if multiplier.shape == shape else np.broadcast_to(multiplier, shape),
        rung if rung.shape == shape else np.broadcast_to(rung, shape),
        _per_replicate(answer.campaign, -np.inf, view, f"{name}: campaign"),
        _per_replicate(answer.strategic, 0.0, view, f"{name}: strategic"),
        _remembered(answer.memory, view, name),
    )


def _broadcasts(values: npt.NDArray[Any], shape: tuple[int, int]) -> bool:
    try:
        return np.broadcast_shapes(values.shape, shape) == shape
    except ValueError:
        return False


def _per_replicate(values: object, least: float, view: View, name: str) -> Floats:
    if isinstance(values, float) and least <= values < np.inf:
        return np.asarray(values)
    found: npt.NDArray[Any] = np.asarray(values)
    if found.shape not in ((), (view.n_replicates,)):
        raise PolicyError(f"{name} has shape {found.shape}; it must be a number or ({view.n_replicates},)")
    if found.dtype.kind not in "fiu" or not np.all(np.isfinite(found)) or np.any(found < least):
        bound = "finite numbers" if least == -np.inf else f"finite numbers, {least:g} or more"
        raise PolicyError(f"{name} must be {bound}")
    return found.astype(np.float64, copy=False)


def _remembered(memory: Mapping[str, Floats], view: View, name: str) -> Mapping[str, Floats]:
    for key, values in memory.items():
        if key not in view.memory:
            declared = ", ".join(view.memory) or "nothing"
            raise PolicyError(f'{name} remembers "{key}"; its method memory declares {declared}')
        shape = view.memory[key].shape
        if not isinstance(values, np.ndarray) or values.shape != shape or values.dtype != np.float64:
            found = f"{values.dtype} {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
            raise PolicyError(f'{name}: memory "{key}" must be float64 {shape}, not {found}')
        if not np.all(np.isfinite(values)):
            raise PolicyError(f'{name}: memory "{key}" must be finite numbers')
    return memory
