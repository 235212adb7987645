"""The record of a plain rule for one history and one opponent: parameters, memory, draws, answers of those inside."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.parameters import parameters_of
from sim.policies.moment import answer_type
from sim.policies.rule_base import ByRung, RuleBase


@cache
def own_type(owner: type[RuleBase], inside: tuple[str, ...], room: int) -> np.dtype[Any]:
    """Return the record that is `self` in the methods of a rule, given the fields that hold policies.

    Beside the parameters it has the parts ``state``, ``draw`` and ``inside``, where there is something in them.
    """
    state = [
        (name, "f8", (room,)) if isinstance(first, ByRung) else (name, "f8") for name, first in owner.states().items()
    ]
    parts: dict[str, list[Any]] = {
        "state": state,
        "draw": [(name, "f8") for name in owner.draws()],
        "inside": [(name, answer_type(room)) for name in inside],
    }
    fields: list[tuple[Any, ...]] = [(name, "f8") for name in parameters_of(owner)]
    fields += [(name, np.dtype(part, align=True)) for name, part in parts.items() if part]
    return np.dtype(fields, align=True)


def names_inside(policy: RuleBase) -> tuple[str, ...]:
    """Return the fields that hold policies."""
    return tuple(name for name, _ in policy.policies_inside())


def fill_parameters(records: npt.NDArray[Any], policy: RuleBase) -> None:
    """Write the parameters into records by replicate."""
    for name in parameters_of(type(policy)):
        records[name] = getattr(policy, name)


def fill_memory(records: npt.NDArray[Any], policy: RuleBase, memory: Mapping[str, npt.ArrayLike]) -> None:
    """Write what is remembered into records by replicate; each has no axis of replicates, or it is the last."""
    for name in policy.states():
        values = np.asarray(memory[name])
        state = records["state"][name]
        if state.ndim == 1:
            state[:] = values
        else:
            state[:, : len(values)] = values.T


def read_memory(records: npt.NDArray[Any], policy: RuleBase, n_rungs: int) -> dict[str, npt.NDArray[np.float64]]:
    """Return what records remember, with the replicates last."""
    memory = {name: records["state"][name] for name in policy.states()}
    return {
        name: np.ascontiguousarray(values.T[:n_rungs] if values.ndim > 1 else values) for name, values in memory.items()
    }
