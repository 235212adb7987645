"""What a policy is shown: everything that a party could know about one opponent at the start of a step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Flags, Floats, Integers
from sim.core.parameters import LaneValues

Value = TypeVar("Value")
AnyArray = TypeVar("AnyArray", bound=npt.NDArray[Any])

NOTHING: Final[Mapping[str, Floats]] = MappingProxyType({})  # the memory of a policy that remembers nothing
CEASEFIRE: Final = 3  # phase of a front at rest, see `View`
HARM: Final = (0.0, 0.1, 0.4, 1.0, 2.5, 4.5, 15.0)  # mean harm of an act by rung in the standard situation, near S2.5
UNANSWERED: Final = 4.0  # harm received and not yet answered in the standard situation [killed-equivalents]
RUNGS, PROVOCATIONS, REPLICATES = (
    "n_rungs",
    "n_provocations",
    "n_replicates",
)  # axes: rungs from 0, those from 1, replicates
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Encounter:
    """What passed between a party and one opponent in one step, as the party saw it; every array is read-only.

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

    def __post_init__(self) -> None:
        """Lock the arrays."""
        _lock_arrays(self)

    @classmethod
    def none(cls, top: int, n_replicates: int) -> "Encounter":
        """Return a step in which nothing passed, on a ladder up to rung `top`."""
        nothing = np.zeros((top, n_replicates))
        return cls(nothing, nothing, nothing[0], nothing[0])

    def select(self, lanes: Any) -> "Encounter":
        """Return what passed in some replicates, by position."""
        return Encounter(**{name: values[..., lanes] for name, values in vars(self).items()})


class LastStep:
    """The step before, worked out when a policy asks for it, once, and not otherwise."""

    def __init__(self, look: Callable[[], Encounter]) -> None:
        self._look = look

    @cached_property
    def encounter(self) -> Encounter:
        """What passed in the step before."""
        return self._look()


@dataclass(frozen=True)
class ViewPart:
    """What is declared of a part of a view beside its type, so that nobody but the engine need name it again."""

    axes: tuple[str, ...]  # of the array; empty for one number
    example: Any  # value in the standard situation of the fingerprints; by rung, where it is a tuple
    span: tuple[float, float] | None = None  # ends between which the kit draws it, unless it has a law of its own

    def shape(self, n_replicates: int) -> tuple[int, ...]:
        """Return the shape of the array on the ladder of the standard situation."""
        sizes = {RUNGS: len(HARM), PROVOCATIONS: len(HARM) - 1, REPLICATES: n_replicates}
        return tuple(sizes.get(axis, 1) for axis in self.axes)


@dataclass(frozen=True)
class View:
    """What a party could know about one opponent at the start of a step; every array is read-only.

    A part is declared here once, and filled by the engine (`sim.engine.outside_policies`); everybody else begins with
    `example_view`.

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

    provocation: Annotated[Integers, ViewPart((PROVOCATIONS, "1"), tuple(range(1, len(HARM))))]
    reactions_due: Annotated[Floats, ViewPart((PROVOCATIONS, REPLICATES), 1.0)]
    unanswered_harm: Annotated[Floats, ViewPart((REPLICATES,), UNANSWERED)]
    own_harm: Annotated[Floats, ViewPart((RUNGS, REPLICATES), HARM)]
    opponent_harm: Annotated[Floats, ViewPart((RUNGS, REPLICATES), HARM)]
    observed: Annotated[Floats, ViewPart((REPLICATES,), 3.0, span=(0.5, 6.5))]
    posture: Annotated[Floats, ViewPart((REPLICATES,), 3.0, span=(0.0, 6.5))]
    resolve: Annotated[Floats, ViewPart((REPLICATES,), 0.5, span=(0.0, 1.0))]
    weariness: Annotated[Floats, ViewPart((REPLICATES,), 0.0, span=(0.0, 2.0))]
    mediation: Annotated[Floats, ViewPart((REPLICATES,), 0.0)]
    phase: Annotated[Integers, ViewPart((REPLICATES,), 0)]
    entered: Annotated[Flags, ViewPart((REPLICATES,), True)]
    day: Annotated[float, ViewPart((), 0.0)]
    step_days: Annotated[float, ViewPart((), 1.0)]
    last: LastStep
    memory: Mapping[str, Floats]

    def __post_init__(self) -> None:
        """Lock the arrays."""
        _lock_arrays(self)
        own = {name: read_only(values) for name, values in self.memory.items()}
        vars(self)["memory"] = MappingProxyType(own) if own else NOTHING

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

    @property
    def n_replicates(self) -> int:
        """Number of replicates."""
        return int(self.unanswered_harm.shape[-1])

    @property
    def top(self) -> int:
        """Highest rung of an act."""
        return int(self.provocation[-1, 0])

    def has_received(self, rung: LaneValues) -> Flags:
        """Return whether an act on a rung or above was received in the step before, shape (n_replicates,)."""
        return np.asarray(((self.received > 0) & (self.provocation >= rung)).any(axis=0))

    def has_sent(self, rung: LaneValues) -> Flags:
        """Return whether an own act on a rung or above was sent in the step before, shape (n_replicates,)."""
        return np.asarray(((self.sent > 0) & (self.provocation >= rung)).any(axis=0))

    def highest_rung(self, acts: Floats) -> Floats:
        """Return the highest rung among acts by rung, such as `received`; 0 where there are none, (n_replicates,)."""
        return np.asarray(((acts > 0) * self.provocation).max(axis=0), dtype=np.float64)

    def ends_period(self, period_days: LaneValues) -> Flags:
        """Return whether a period of some days ended with the step before, shape () or (n_replicates,).

        Parameters
        ----------
        period_days : float or ndarray of float, shape (n_replicates,)
            Length of a period; the first begins at time 0 [days].
        """
        now = np.floor(self.day / np.asarray(period_days) + _ROUNDING)
        before = np.floor(max(self.day - self.step_days, 0.0) / np.asarray(period_days) + _ROUNDING)
        return np.asarray(now > before)

    def inside(self, name: str) -> "View":
        """Return the view of the policy in the field `name`: the same, with the memory of that policy alone."""
        return replace(self, memory=strip_prefix(self.memory, name))

    def select(self, lanes: Any) -> "View":
        """Return what the party could know in some replicates, by position (a slice or an array of integers)."""
        own = {name: getattr(self, name)[..., lanes] for name, part in view_parts().items() if REPLICATES in part.axes}
        last = LastStep(lambda: self.last.encounter.select(lanes))
        return replace(self, **own, last=last, memory={name: item[..., lanes] for name, item in self.memory.items()})


@cache
def view_parts() -> Mapping[str, ViewPart]:
    """Return the declared parts of a view by name, all but the step before and the memory."""
    hints = get_type_hints(View, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if get_origin(hint) is Annotated}


def example_view(n_replicates: int, **changes: Any) -> View:
    """Return the standard situation for replicates all alike, but for some parts that are given.

    Some harm is unanswered, both sides stand on the middle of the ladder, nobody mediates, nothing passed before.
    """
    last = LastStep(lambda: Encounter.none(len(HARM) - 1, n_replicates))
    parts: dict[str, Any] = {"last": last, "memory": NOTHING}
    for name, part in view_parts().items():
        value = np.asarray(part.example)
        is_array = len(part.axes) > 0
        parts[name] = np.full(part.shape(n_replicates), value[..., None]) if is_array else part.example
    return View(**parts | changes)


def read_only(array: AnyArray) -> AnyArray:
    """Return a view of an array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def add_prefix(memory: Mapping[str, Value], name: str) -> dict[str, Value]:
    """Return the memory of the inner policy in field `name` under the names that it has in the outer one."""
    return {f"{name}.{key}": value for key, value in memory.items()}


def strip_prefix(memory: Mapping[str, Value], name: str) -> dict[str, Value]:
    """Return the memory of the inner policy in field `name` under its own names, out of that of the outer one."""
    start = f"{name}."
    return {key.removeprefix(start): value for key, value in memory.items() if key.startswith(start)}


def _lock_arrays(record: View | Encounter) -> None:
    values = vars(record)
    values.update({name: read_only(value) for name, value in values.items() if isinstance(value, np.ndarray)})
