"""The contract of a policy: a frozen dataclass with declared parameters and one method.

A policy says how a party answers. Once a step, for each opponent, it is shown what the party could know (`View`) and
answers (`Response`) with a multiplier of the calibrated reactions and with the rung of the reactions, for every rung
of provocation. It is an array function: the last axis is the replicate, and no replicate may touch another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt

from sim.errors import InputError
from sim.fields import LaneValues, problems_with
from sim.primitives import Floats, Integers
from sim.streams import Draw

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


@dataclass(frozen=True)
class Response:
    """The answer of a policy; its first two parts broadcast to shape (n_provocations, n_replicates).

    Parameters
    ----------
    multiplier : float or ndarray of float
        Factor of the calibrated number of reactions; 0 or more [1].
    rung : int or ndarray of int
        Rung of the reactions; 0 for none.
    campaign : float or ndarray of float, shape (n_replicates,), optional
        Addition to the log rate at which the party begins a campaign [1].
    strategic : float or ndarray of float, shape (n_replicates,), optional
        Unprovoked acts on the top rung; 0 or more [1/day].
    memory : mapping of str to ndarray of float, optional
        What the policy will remember in the next step; what it leaves out stays as it was.
    """

    multiplier: LaneValues
    rung: int | npt.NDArray[np.int64]
    campaign: LaneValues = 0.0
    strategic: LaneValues = 0.0
    memory: Mapping[str, Floats] = field(default_factory=lambda: NOTHING)

    def passed_on(
        self,
        name: str,
        *,
        multiplier: LaneValues | None = None,
        rung: int | npt.NDArray[np.int64] | None = None,
        campaign: LaneValues | None = None,
        memory: Mapping[str, Floats] = NOTHING,
    ) -> Response:
        """Return the answer of an outer policy that keeps all of this inner answer which it does not change.

        Parameters
        ----------
        name : str
            Field that holds the inner policy.
        multiplier, rung, campaign : optional
            What the outer policy changes.
        memory : mapping of str to ndarray of float, optional
            What the outer policy itself will remember.
        """
        return Response(
            multiplier=self.multiplier if multiplier is None else multiplier,
            rung=self.rung if rung is None else rung,
            campaign=self.campaign if campaign is None else campaign,
            strategic=self.strategic,
            memory={**prefixed(self.memory, name), **memory},
        )


@dataclass(frozen=True)
class RedLine:
    """Acts that a party treats as at least as grave as a rung, whatever rung they were on (S2.9, P5).

    Parameters
    ----------
    rung : float or ndarray of float, shape (n_replicates,)
        Rung to which a crossing act is lifted.
    civilians : float or ndarray of float, shape (n_replicates,)
        Civilians killed by one act that cross the line [persons].
    depth : float or ndarray of float, shape (n_replicates,)
        Depth of one act that crosses the line [km].
    leader : bool
        Whether a leader killed crosses the line.
    delay_days : float or ndarray of float, shape (n_replicates,), or None
        Mean delay of the reactions to a crossing act, where it is another than usual [days].
    """

    rung: LaneValues
    civilians: LaneValues
    depth: LaneValues
    leader: bool = False
    delay_days: LaneValues | None = None


@dataclass(frozen=True)
class Policy(ABC):
    """Base of all policies.

    Subclasses are frozen dataclasses whose fields are declared with `sim.fields.parameter`, or are policies themselves
    (a policy over another). The class variables are claims that the conformance kit verifies.
    """

    code: ClassVar[str] = ""
    """Number of the policy in the science brief, if it has one."""
    source: ClassVar[str] = "assumption"
    """Reference of the rule."""
    stochastic: ClassVar[bool] = False
    """Whether the answer depends on chance."""
    never_escalates: ClassVar[bool] = False
    """Whether a reaction is never on a higher rung than its provocation."""

    def __post_init__(self) -> None:
        """Refuse parameters out of their bounds.

        Raises
        ------
        InputError
            If a parameter is not a number or out of bounds.
        """
        faults = problems_with(type(self), vars(self))
        for name, message in faults.items():
            raise InputError.single(type(self).__name__, name, message)

    @abstractmethod
    def respond(self, view: View, draw: Draw) -> Response:
        """Answer one opponent in one step.

        Parameters
        ----------
        view : View
            What the party could know.
        draw : Draw
            Addressed uniforms: ``draw.uniform("climb")`` has shape (n_replicates,).
        """

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return what the policy remembers before the first step: arrays without the axis of the replicates.

        A policy over others adds its own to ``super().memory(top)``, which holds theirs, each under the name of the
        field: the memory ``grim`` of the policy in the field ``base`` is ``base.grim``.

        Parameters
        ----------
        top : int
            Highest rung of an act.
        """
        found: dict[str, npt.ArrayLike] = {}
        for name, policy in self.policies_inside():
            found |= prefixed(policy.memory(top), name)
        return found

    def policies_inside(self) -> list[tuple[str, Policy]]:
        """Return the policies that this one stands over, by field."""
        pairs = [(item.name, getattr(self, item.name)) for item in fields(self)]
        return [(name, value) for name, value in pairs if isinstance(value, Policy)]

    def red_line(self) -> RedLine | None:
        """Return the party's red line, or None; that of the first policy inside that has one, unless overridden."""
        lines = (policy.red_line() for _, policy in self.policies_inside())
        return next((line for line in lines if line is not None), None)


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


def choose_rung(targets: Floats, harm: Floats) -> Integers:
    """Return the rung whose mean harm is nearest to a target.

    Parameters
    ----------
    targets : ndarray of float, shape (n_provocations, n_replicates)
        Harm aimed at [killed-equivalents].
    harm : ndarray of float, shape (n_rungs, n_replicates)
        Mean harm of an act at each rung, rising with the rung [killed-equivalents].

    Returns
    -------
    ndarray of int, shape (n_provocations, n_replicates)
        Rungs between 0 and the top; a tie goes to the lower rung.
    """
    midpoints = (harm[1:] + harm[:-1]) / 2.0
    rung = np.zeros(targets.shape, dtype=np.int64)
    for midpoint in midpoints:
        rung += targets > midpoint
    return cast(Integers, rung)
