"""The answer of a policy, checked before anything follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.errors import PolicyError
from sim.core.foreign_code import blame, call
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View


@dataclass(frozen=True)
class CheckedResponse:
    """A valid response, its multiplier and rung in full shape."""

    multiplier: Floats  # (n_provocations, n_replicates)
    rung: Integers  # (n_provocations, n_replicates)
    campaign: Floats  # () or (n_replicates,)
    strategic: Floats  # () or (n_replicates,)
    memory: Mapping[str, Floats]


def ask_policy(policy: Policy, view: View, draw: Draw, name: str) -> CheckedResponse:
    """Return what a policy answers, checked; whatever it raises is a `PolicyError` that begins with its name."""
    about = f"day {view.day:g}, {view.n_replicates} replicates"
    with blame(name, type(policy).__module__, always=True):
        with call(name, about):
            response = policy.respond(view, draw)
        return validate_response(response, view, name)


def validate_response(response: object, view: View, name: str) -> CheckedResponse:
    """Return an answer in full shape; a `PolicyError` in the `name` of who gave it says what is wrong with it."""
    if not isinstance(response, Response):
        raise PolicyError(f"{name} must return a Response, not {type(response).__name__}")
    shape = (view.provocation.shape[0], view.n_replicates)
    multiplier, rung = np.asarray(response.multiplier), np.asarray(response.rung)
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
    return CheckedResponse(
        multiplier if multiplier.shape == shape else np.broadcast_to(multiplier, shape),
        rung if rung.shape == shape else np.broadcast_to(rung, shape),
        _validate_rate(response.campaign, -np.inf, view, f"{name}: campaign"),
        _validate_rate(response.strategic, 0.0, view, f"{name}: strategic"),
        _validate_memory(response.memory, view, name),
    )


def _broadcasts(values: npt.NDArray[Any], shape: tuple[int, int]) -> bool:
    try:
        return np.broadcast_shapes(values.shape, shape) == shape
    except ValueError:
        return False


def _validate_rate(values: object, least: float, view: View, name: str) -> Floats:
    if isinstance(values, float) and least <= values < np.inf:
        return np.asarray(values)
    rates: npt.NDArray[Any] = np.asarray(values)
    if rates.shape not in ((), (view.n_replicates,)):
        raise PolicyError(f"{name} has shape {rates.shape}; it must be a number or ({view.n_replicates},)")
    if rates.dtype.kind not in "fiu" or not np.all(np.isfinite(rates)) or np.any(rates < least):
        bound = "finite numbers" if least == -np.inf else f"finite numbers, {least:g} or more"
        raise PolicyError(f"{name} must be {bound}")
    return rates.astype(np.float64, copy=False)


def _validate_memory(memory: Mapping[str, Floats], view: View, name: str) -> Mapping[str, Floats]:
    for key, values in memory.items():
        if key not in view.memory:
            declared = ", ".join(view.memory) or "nothing"
            raise PolicyError(f'{name} remembers "{key}"; its method memory declares {declared}')
        shape = view.memory[key].shape
        if not isinstance(values, np.ndarray) or values.shape != shape or values.dtype != np.float64:
            given = f"{values.dtype} {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
            raise PolicyError(f'{name}: memory "{key}" must be float64 {shape}, not {given}')
        if not np.all(np.isfinite(values)):
            raise PolicyError(f'{name}: memory "{key}" must be finite numbers')
    return memory
