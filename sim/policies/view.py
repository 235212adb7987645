"""What a policy is shown: everything that a party could know about one opponent at the start of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers

Value = TypeVar("Value")

NOTHING: Final[Mapping[str, Floats]] = MappingProxyType({})
"""The memory of a policy that remembers nothing."""


@dataclass(frozen=True)
class Encounter:
    """What passed between a party and one opponent in one step, as the party saw it.

    Parameters
    ----------
    received : ndarray of float, shape (n_provocations, n_replicates)
        Perceived acts charged to the opponent, by the rung on which they provoke [1].
    sent : ndarray of float, shape (n_provocations, n_replicates)
        Own acts on the opponent, by reported rung [1].
    harm_received, harm_inflicted : ndarray of float, shape (n_replicates,)
        Perceived harm of both [killed-equivalents].
    """

    received: Floats
    sent: Floats
    harm_received: Floats
    harm_inflicted: Floats


class LastStep:
    """The step before, worked out when a policy asks for it and not otherwise.

    Parameters
    ----------
    look : callable
        Returns the `Encounter`; called at most once.
    """

    def __init__(self, look: Callable[[], Encounter]) -> None:
        self._look = look

    @cached_property
    def encounter(self) -> Encounter:
        """What passed in the step before."""
        return self._look()


@dataclass(frozen=True)
class View:
    """What a party could know about one opponent at the start of a step; every array is read-only.

    Parameters
    ----------
    provocation : ndarray of int, shape (n_provocations, 1)
        The rungs of acts that the party may have to answer: 1, 2, ... up to the top.
    reactions_due : ndarray of float, shape (n_provocations, n_replicates)
        Expected reactions that fall due in this step under a multiplier of 1 [1].
    unanswered_harm : ndarray of float, shape (n_replicates,)
        Harm received and not yet answered [killed-equivalents].
    own_harm : ndarray of float, shape (n_rungs, n_replicates)
        Mean harm that an act of this party does at each rung, as it weighs it [killed-equivalents].
    opponent_harm : ndarray of float, shape (n_rungs, n_replicates)
        The same for an act of the opponent [killed-equivalents].
    observed : ndarray of float, shape (n_replicates,)
        Running mean of the opponent's perceived rungs, plus one half [rung].
    posture : ndarray of float, shape (n_replicates,)
        Mean rung of the party's own routine, plus one half [rung].
    resolve : ndarray of float, shape (n_replicates,)
        Resolve, between 0 and 1 [1].
    weariness : ndarray of float, shape (n_replicates,)
        Own killed per thousand of capacity, fading [1].
    mediation : ndarray of float, shape (n_replicates,)
        Mediation in force, between 0 and 1 [1].
    phase : ndarray of int, shape (n_replicates,)
        Phase of the front that both stand on: 0 border conflict, 1 campaign, 2 ground operation, 3 ceasefire; 0 where
        they share no front.
    entered : ndarray of bool, shape (n_replicates,)
        Whether the party has joined the war; true for a party that is in it from the start.
    day, step_days : float
        Time at the start of the step, and its length [days].
    last : LastStep
        What passed in the step before.
    memory : mapping of str to ndarray of float, shape (..., n_replicates)
        What the policy remembered in the step before; see `Policy.memory`.
    """

    provocation: Integers
    reactions_due: Floats
    unanswered_harm: Floats
    own_harm: Floats
    opponent_harm: Floats
    observed: Floats
    posture: Floats
    resolve: Floats
    weariness: Floats
    mediation: Floats
    phase: Integers
    entered: npt.NDArray[np.bool_]
    day: float
    step_days: float
    last: LastStep
    memory: Mapping[str, Floats]

    @property
    def received(self) -> Floats:
        """Perceived acts of the opponent in the step before, shape (n_provocations, n_replicates) [1]."""
        return self.last.encounter.received

    @property
    def sent(self) -> Floats:
        """Own acts on the opponent in the step before, shape (n_provocations, n_replicates) [1]."""
        return self.last.encounter.sent

    @property
    def harm_received(self) -> Floats:
        """Perceived harm received in the step before, shape (n_replicates,) [killed-equivalents]."""
        return self.last.encounter.harm_received

    @property
    def harm_inflicted(self) -> Floats:
        """Harm inflicted in the step before, shape (n_replicates,) [killed-equivalents]."""
        return self.last.encounter.harm_inflicted

    def inside(self, name: str) -> View:
        """Return the view of a policy inside this one: the same, with the memory of that policy alone.

        Parameters
        ----------
        name : str
            Field that holds the inner policy.
        """
        return replace(self, memory=unprefixed(self.memory, name))

    @property
    def n_replicates(self) -> int:
        """Number of replicates."""
        return int(self.unanswered_harm.shape[-1])

    @property
    def top(self) -> int:
        """Highest rung of an act."""
        return int(self.provocation[-1, 0])


def prefixed(memory: Mapping[str, Value], name: str) -> dict[str, Value]:
    """Return the memory of an inner policy under the names that it has in the outer one.

    Parameters
    ----------
    memory : mapping of str to array
        Memory of the inner policy.
    name : str
        Field that holds the inner policy.
    """
    return {f"{name}.{key}": value for key, value in memory.items()}


def unprefixed(memory: Mapping[str, Floats], name: str) -> dict[str, Floats]:
    """Return the memory of an inner policy under its own names.

    Parameters
    ----------
    memory : mapping of str to array
        Memory of the outer policy.
    name : str
        Field that holds the inner policy.
    """
    start = f"{name}."
    return {key.removeprefix(start): value for key, value in memory.items() if key.startswith(start)}
