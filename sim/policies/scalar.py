"""The scalar door: a rule for one history, in plain floats and ifs, runs lane by lane behind the contract of arrays.

A policy is an array function over replicates. Who thinks in single histories writes a `ScalarPolicy` instead: its
methods see one replicate as plain Python numbers, and this adapter asks them for one replicate after the other. That is
correct, and slow: `sim check` says by what factor, and the manifest of a results folder names such rules.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.errors import PolicyError
from sim.core.parameters import parameters_of
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View
from sim.policies.replicate_subset import SharedDraws
from sim.policies.view import PROVOCATIONS, REPLICATES, view_parts


class Reaction(NamedTuple):
    """The answer of a scalar rule to one rung of provocation.

    Parameters
    ----------
    multiplier : float
        Factor of the calibrated number of reactions; 0 or more [1].
    rung : int
        Rung of the reactions; 0 for none.
    """

    multiplier: float
    rung: int


class Moment:
    """What a party could know about one opponent at the start of a step of one history; plain Python numbers.

    Every part of a `sim.policies.View` that holds one value a replicate is here under its name, such as
    ``now.unanswered_harm``, ``now.phase`` or ``now.entered``; one that holds a value a rung is asked for the rung, such
    as ``now.own_harm(4)``.

    Attributes
    ----------
    harm_received, harm_inflicted : float
        Harm in the step before, by either side [killed-equivalents].
    day, step_days : float
        Time at the start of the step, and its length [days].
    top : int
        Highest rung of an act.
    memory : dict of str to float
        What the rule remembered in the step before.
    """

    def __init__(self, view: View, draws: SharedDraws, lane: int) -> None:
        self._view = view
        self._draws = draws
        self._lane = lane
        self.harm_received = float(view.harm_received[lane])
        self.harm_inflicted = float(view.harm_inflicted[lane])
        self.top = view.top
        self.memory = {name: float(values[lane]) for name, values in view.memory.items()}

    def __getattr__(self, name: str) -> Any:
        """Return a part of the view for this replicate: a number, or a function of the rung."""
        part = view_parts().get(name)
        if part is None:
            raise AttributeError(f"a moment has no {name!r}; what it has is in sim.policies.View")
        values = getattr(self._view, name)
        if not part.axes:
            return values
        if part.axes[0] == REPLICATES:
            return values[self._lane].item()
        lowest = int(part.axes[0] == PROVOCATIONS)
        return lambda rung: float(values[rung - lowest, self._lane])

    def received(self, rung: int) -> float:
        """Return the perceived acts of the opponent on a rung in the step before [1]."""
        return float(self._view.received[rung - 1, self._lane])

    def sent(self, rung: int) -> float:
        """Return the own acts on the opponent on a rung in the step before [1]."""
        return float(self._view.sent[rung - 1, self._lane])

    def due(self, rung: int) -> float:
        """Return the reactions to a rung that fall due in this step under a multiplier of 1 [1]."""
        return float(self._view.reactions_due[rung - 1, self._lane])

    def uniform(self, decision: str) -> float:
        """Return the uniform of a decision; within a step it is the same number each time it is asked for."""
        return float(self._draws.uniform(decision)[self._lane])


@dataclass(frozen=True)
class ScalarPolicy(Policy):
    """Base of policies that are written for one history and run lane by lane.

    A subclass is a frozen dataclass with declared parameters and writes `react`; where it needs them `state` and
    `remember`, `campaign` and `strategic`. Inside these methods a parameter is one float. It stands over no other
    policy.
    """

    @abstractmethod
    def react(self, now: Moment, rung: int) -> Reaction:
        """Answer one rung of provocation, from 1 upwards, in one history; asked for each rung in every step."""

    def state(self) -> dict[str, float]:
        """Return what the rule remembers before the first step."""
        return {}

    def remember(self, now: Moment) -> Mapping[str, float]:
        """Return what the rule will remember in the next step; asked once a step, what it leaves out stays."""
        return {}

    def campaign(self, now: Moment) -> float:
        """Return what is added to the log rate at which the party begins a campaign [1]."""
        return 0.0

    def strategic(self, now: Moment) -> float:
        """Return unprovoked acts on the top rung; 0 or more [1/day]."""
        return 0.0

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the memory before the first step: that of `state`."""
        return {**super().memory(top), **self.state()}

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer one replicate after the other."""
        size, draws = view.n_replicates, SharedDraws(draw)
        multiplier = np.zeros((view.top, size))
        rung = np.zeros((view.top, size), dtype=np.int64)
        campaign, strategic = np.zeros(size), np.zeros(size)
        memory = {name: values.copy() for name, values in view.memory.items()}
        for lane in range(size):
            rule, now = self._at(lane), Moment(view, draws, lane)
            for row in range(view.top):
                multiplier[row, lane], rung[row, lane] = _validate(rule.react(now, row + 1), type(self).__name__)
            campaign[lane], strategic[lane] = rule.campaign(now), rule.strategic(now)
            for name, value in rule.remember(now).items():
                self._array_of(memory, name)[lane] = value
        return Response(multiplier, rung, campaign, strategic, memory)

    def _array_of(self, memory: Mapping[str, Floats], name: str) -> Floats:
        if name not in memory:
            declared = ", ".join(memory) or "nothing"
            raise PolicyError(f'{type(self).__name__} remembers "{name}"; its method state declares {declared}')
        return memory[name]

    def _at(self, lane: int) -> ScalarPolicy:
        """Return the rule with the parameters of one replicate."""
        given = {name: getattr(self, name) for name in parameters_of(type(self))}
        varied = {name: float(values[lane]) for name, values in given.items() if np.ndim(values)}
        if not varied:
            return self
        rule = copy.copy(self)
        for name, value in varied.items():
            # The arrays were checked as they came in, and checking each number anew would take most of the time.
            object.__setattr__(rule, name, value)
        return rule


def _validate(reaction: object, name: str) -> Reaction:
    """Refuse what an array would hide: a rung that is no whole number would be cut off without a word."""
    if not isinstance(reaction, Reaction):
        raise PolicyError(f"react of {name} must return Reaction(multiplier, rung), not {type(reaction).__name__}")
    if isinstance(reaction.rung, bool) or not isinstance(reaction.rung, int | np.integer):
        raise PolicyError(f"react of {name}: rung must be a whole number, not {reaction.rung!r}")
    return reaction
