"""The contract of a policy: a frozen dataclass with declared parameters and one method.

A policy says how a party answers. Once a step, for each opponent, it is shown what the party could know (`View`) and
answers (`Response`) with a multiplier of the calibrated reactions and with the rung of the reactions, for every rung
of provocation. It is an array function: the last axis is the replicate, and no replicate may touch another.
"""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.errors import InputError, Problem
from sim.core.parameters import LaneValues, problems_with
from sim.core.random_streams import Draw
from sim.policies.view import NOTHING, Encounter, LastStep, View, add_prefix

Rungs = int | npt.NDArray[np.integer[Any]]  # one rung for all, or an array of them in any type of integer


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
    rung: Rungs
    campaign: LaneValues = 0.0
    strategic: LaneValues = 0.0
    memory: Mapping[str, Floats] = field(default_factory=lambda: NOTHING)

    def passed_on(self, name: str, *, memory: Mapping[str, Floats] = NOTHING, **changed: Any) -> "Response":
        """Return the answer of an outer policy that keeps all of this inner answer which it does not change.

        Parameters
        ----------
        name : str
            Field that holds the inner policy.
        memory : mapping of str to ndarray of float, optional
            What the outer policy itself will remember.
        **changed
            What the outer policy changes of multiplier, rung, campaign and strategic.
        """
        return replace(self, memory={**add_prefix(self.memory, name), **memory}, **changed)


__all__ = ["Claims", "Encounter", "LastStep", "Policy", "RedLine", "Response", "View", "first_memory"]


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
    leader : bool or ndarray of bool, shape (n_replicates,)
        Whether a leader killed crosses the line.
    delay_days : float or ndarray of float, shape (n_replicates,), or None
        Mean delay of the reactions to a crossing act; None or 0 where it is as usual [days].
    """

    rung: LaneValues
    civilians: LaneValues
    depth: LaneValues
    leader: bool | npt.NDArray[np.bool_] = False
    delay_days: LaneValues | None = None


@dataclass(frozen=True)
class Claims:
    """What a policy claims of its answers, together with the policies inside it; the conformance kit verifies it.

    Parameters
    ----------
    stochastic : bool
        Whether the answers may depend on chance.
    never_escalates : bool
        Whether a reaction is never on a higher rung than its provocation.
    never_first : bool
        Whether it never begins: where nothing was received and nothing is due, it adds no strategic act and nothing to
        the rate of a campaign. Reactions need no claim: they need something to react to.
    memory_days : float
        How far back the answers look beyond what the view shows; 0 for a policy without memory [days].
    """

    stochastic: bool
    never_escalates: bool
    never_first: bool
    memory_days: float


@dataclass(frozen=True)
class Policy(ABC):
    """Base of all policies.

    Subclasses are frozen dataclasses whose fields are declared with `sim.core.parameters.parameter`, or are policies
    themselves (a policy over others). The class variables are claims about the rule itself, and may stand in the head
    of a class: ``class Mine(Policy, never_first=True)``; `claims` adds those of the policies inside. The docstring may
    hold a section ``Names``: names in the literature, separated by semicolons.
    """

    rule: ClassVar[str] = ""
    """Name by which scenarios call a shipped policy: that of its class, if its head says code or order and no other."""
    order: ClassVar[float] = math.inf
    """Place of a shipped policy in every list; those without one come after the others, by name."""
    code: ClassVar[str] = ""
    """Number of the policy in docs/science.md (S2.9), if it has one; it is the policy's place as well."""
    source: ClassVar[str] = "assumption"
    """Reference of the rule."""
    stochastic: ClassVar[bool] = False
    """See `Claims`."""
    never_escalates: ClassVar[bool] = False
    """See `Claims`."""
    never_first: ClassVar[bool] = False
    """See `Claims`."""

    def __init_subclass__(cls, **said: str | float) -> None:
        """Take what the head of a class says of the rule."""
        super().__init_subclass__()
        for name, value in said.items():
            if not hasattr(cls, name):
                raise TypeError(f"{cls.__name__}: the head of a policy cannot say {name}")
            setattr(cls, name, value)
        if "code" in said:
            cls.order = float(cls.code.removeprefix("P"))
        if said.keys() & {"code", "order"} and "rule" not in said:
            cls.rule = in_snake_case(cls.__name__)

    def __post_init__(self) -> None:
        """Refuse parameters that are no numbers, out of bounds or do not fit together, all at once (`InputError`)."""
        if faults := self.faults():
            name = type(self).__name__
            raise InputError(Problem(name, key, message) for key, message in faults.items())

    def faults(self) -> dict[str, str]:
        """Return what is wrong with the parameters, by name."""
        return problems_with(type(self), vars(self))

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
        memory: dict[str, npt.ArrayLike] = {}
        for name, policy in self.policies_inside():
            memory |= add_prefix(policy.memory(top), name)
        return memory

    def memory_days(self) -> float:
        """Return how far back the answers look, see `Claims`; for ever where a memory says nothing else."""
        if any("." not in key for key in self.memory(top=1)):
            return math.inf
        return max((policy.memory_days() for _, policy in self.policies_inside()), default=0.0)

    def claims(self) -> Claims:
        """Return what this policy claims with the policies inside it."""
        inside = [policy.claims() for _, policy in self.policies_inside()]
        return Claims(
            stochastic=self.stochastic or any(claim.stochastic for claim in inside),
            never_escalates=self.never_escalates and all(claim.never_escalates for claim in inside),
            never_first=self.never_first and all(claim.never_first for claim in inside),
            memory_days=self.memory_days(),
        )

    def policies_inside(self) -> list[tuple[str, "Policy"]]:
        """Return the policies that this one stands over, by field."""
        pairs = [(item.name, getattr(self, item.name)) for item in fields(self)]
        return [(name, value) for name, value in pairs if isinstance(value, Policy)]

    def by_replicate(self) -> list[tuple["Policy", npt.NDArray[np.int64]]]:
        """Return the policies that answer in some of the replicates each, and where; none for one that answers all."""
        return []

    def red_line(self) -> RedLine | None:
        """Return the party's red line, or None; that of the first policy inside that has one, unless overridden."""
        lines = (policy.red_line() for _, policy in self.policies_inside())
        return next((line for line in lines if line is not None), None)


def in_snake_case(name: str) -> str:
    """Return the name of a class as a rule or a file has it: ``TitForTat`` is ``tit_for_tat``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def first_memory(policy: Policy, top: int, n_replicates: int) -> dict[str, Floats]:
    """Return the memory of a policy before the first step, on a ladder up to rung `top`, for some replicates."""
    first = {name: np.asarray(value, dtype=np.float64)[..., None] for name, value in policy.memory(top).items()}
    return {name: np.repeat(value, n_replicates, axis=-1) for name, value in first.items()}
