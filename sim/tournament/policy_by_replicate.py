"""Many policies in one ensemble: each answers in its own replicates.

An ensemble is fast where it is large, and a tournament is many small ensembles. So pairs of policies share one: the
replicates are the same histories over and over, once for each pair, and each policy is asked about its own. As the
luck of a replicate hangs on its index alone, all pairs share their luck, and each gets the bits of a run of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.random_streams import Draw
from sim.policies.base import Claims, Policy, RedLine, Response, View
from sim.policies.response_check import ask_policy
from sim.policies.view import add_prefix


class PartialDraw(Draw):
    """The draws of some replicates, by position: the same numbers as in the draws of all."""

    def __init__(self, whole: Draw, lanes: Integers) -> None:
        # What one policy has drawn already says nothing of the others that share the ensemble.
        vars(self).update(vars(whole), _asked=set())
        self._lanes = lanes

    def within(self, name: str) -> PartialDraw:
        """Return the draws of a policy inside another, apart from those of the outer one."""
        return PartialDraw(super().within(name), self._lanes)

    def uniform(self, decision: str) -> Floats:
        """Return one uniform for each of these replicates; a decision is drawn once in a step."""
        return np.asarray(super().uniform(decision)[self._lanes])


@dataclass(frozen=True)
class PolicyByReplicate(Policy):
    """Ask each of several policies about its own replicates."""

    policies: tuple[Policy, ...]  # each with one value for each of its parameters
    lanes: tuple[Integers, ...]  # positions of the replicates of each; together they are all, and no two share one

    @classmethod
    def of(cls, policies: tuple[Policy, ...], chosen: Integers) -> PolicyByReplicate:
        """Return the policy of an ensemble, given the index of the one that answers, shape (n_replicates,)."""
        used = np.unique(chosen)
        lanes = tuple(np.flatnonzero(chosen == index) for index in used)
        return cls(tuple(policies[index] for index in used), lanes)

    @property
    def size(self) -> int:
        """Number of replicates."""
        return sum(len(lanes) for lanes in self.lanes)

    def claims(self) -> Claims:
        """Return what all policies claim together."""
        inside = [policy.claims() for policy in self.policies]
        return Claims(
            stochastic=any(claim.stochastic for claim in inside),
            never_escalates=all(claim.never_escalates for claim in inside),
            never_first=all(claim.never_first for claim in inside),
            memory_days=max(claim.memory_days for claim in inside),
        )

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return the memories of all policies, each under its index."""
        parts = [add_prefix(policy.memory(top), str(index)) for index, policy in enumerate(self.policies)]
        return {name: memory for part in parts for name, memory in part.items()}

    def by_replicate(self) -> list[tuple[Policy, Integers]]:
        """Return every policy and its replicates, so that the engine can ask each itself."""
        return list(zip(self.policies, self.lanes, strict=True))

    def red_line(self) -> RedLine | None:
        """Return the red lines by replicate; out of reach where a policy has none."""
        lines = [(line, lanes) for policy, lanes in self.by_replicate() if (line := policy.red_line()) is not None]
        if not lines:
            return None

        def by_replicate(read: Callable[[RedLine], Any], none: float) -> Floats:
            values = np.full(self.size, none)
            for line, lanes in lines:
                values[lanes] = read(line)
            return values

        return RedLine(
            rung=by_replicate(lambda line: line.rung, 0.0),
            civilians=by_replicate(lambda line: line.civilians, math.inf),
            depth=by_replicate(lambda line: line.depth, math.inf),
            leader=by_replicate(lambda line: line.leader, 0.0) > 0,
            delay_days=by_replicate(lambda line: 0.0 if line.delay_days is None else line.delay_days, 0.0),
        )

    def respond(self, view: View, draw: Draw) -> Response:
        """Let each policy answer in its own replicates."""
        size = view.n_replicates
        multiplier, campaign, strategic = np.zeros((view.top, size)), np.zeros(size), np.zeros(size)
        rung = np.zeros((view.top, size), dtype=np.int64)
        memory: dict[str, Floats] = {}
        for index, (policy, lanes) in enumerate(zip(self.policies, self.lanes, strict=True)):
            own = view.inside(str(index)) if view.memory else view
            name = f"policy {type(policy).__name__}"
            answer = ask_policy(policy, own.select(lanes), PartialDraw(draw, lanes), name)
            multiplier[:, lanes], rung[:, lanes] = answer.multiplier, answer.rung
            campaign[lanes], strategic[lanes] = answer.campaign, answer.strategic
            for name, values in add_prefix(answer.memory, str(index)).items():
                memory[name] = view.memory[name].copy()
                memory[name][..., lanes] = values
        return Response(multiplier, rung, campaign, strategic, memory)
