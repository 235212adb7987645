"""What a plain rule is made of: the methods that its writer writes, what it remembers and draws, and its record."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.errors import PolicyError
from sim.core.parameters import parameters_of
from sim.policies.base import Policy
from sim.policies.moment import answer_type


class Reaction(NamedTuple):
    """The answer of a plain rule to one rung of provocation.

    Parameters
    ----------
    multiplier : float
        Factor of the calibrated number of reactions; 0 or more [1].
    rung : int
        Rung of the reactions; 0 for none.
    """

    multiplier: float
    rung: int


class ByRung(NamedTuple):
    """A memory that holds one value for each rung from 0, see `remembered`."""

    first: float


def remembered(**first: float | ByRung) -> Any:
    """Declare what a rule remembers of a history, with the values before the first step.

    Parameters
    ----------
    **first : float or ByRung
        A number, or ``ByRung(0.0)`` for one number a rung, by the name under which ``self.state`` holds it.

    Returns
    -------
    Mapping
        What the class variable ``state`` holds; a subclass adds to that of its base.
    """
    return MappingProxyType(first)


def drawn(*decisions: str) -> Any:
    """Declare the decisions that a rule leaves to chance.

    Parameters
    ----------
    *decisions : str
        Names under which ``self.draw`` holds one uniform strictly between 0 and 1, new in each step.

    Returns
    -------
    tuple of str
        What the class variable ``draw`` holds; a subclass adds to that of its base.
    """
    return decisions


@dataclass(frozen=True)
class RuleBase(Policy):
    """What a plain rule declares and writes, but not how it is asked; see `sim.policies.scalar.ScalarPolicy`."""

    state: ClassVar[Any] = remembered()
    """What is remembered, see `remembered`; read and changed in place as ``self.state.name``."""
    draw: ClassVar[Any] = drawn()
    """What is left to chance, see `drawn`; read as ``self.draw.name``."""

    inside: ClassVar[Any]
    """The answers of the policies inside in this step, by field: ``self.inside.base``."""

    def remember(self, now: Any) -> None:
        """Change what is remembered; asked once a step, before `react`."""
        return

    @abstractmethod
    def react(self, now: Any, rung: int) -> Reaction:
        """Answer one rung of provocation; asked for each from 1 to ``now.top`` in every step."""

    def campaign(self, now: Any) -> float:
        """Return what is added to the log rate of a campaign [1]; by default what the one policy inside adds."""
        return 0.0

    def strategic(self, now: Any) -> float:
        """Return unprovoked acts on the top rung [1/day]; by default those of the one policy inside."""
        return 0.0

    @classmethod
    def states(cls) -> Mapping[str, float | ByRung]:
        """Return what is remembered, that of the bases first."""
        declared = [vars(owner).get("state", {}) for owner in reversed(cls.__mro__)]
        if not all(isinstance(one, Mapping) for one in declared):
            raise PolicyError(
                f"state of {cls.__name__} must say what is remembered; write state = remembered(name=0.0)"
            )
        return {name: first for one in declared for name, first in one.items()}

    @classmethod
    def draws(cls) -> tuple[str, ...]:
        """Return the decisions left to chance, those of the bases first."""
        declared = [vars(owner).get("draw", ()) for owner in reversed(cls.__mro__)]
        return tuple(dict.fromkeys(name for one in declared for name in one))

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the memory before the first step, as ``state`` says."""
        own: dict[str, npt.ArrayLike] = {
            name: np.full(top + 1, first.first) if isinstance(first, ByRung) else first
            for name, first in self.states().items()
        }
        return {**super().memory(top), **own}


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
