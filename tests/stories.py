"""Play a policy through a short history of given acts, a step a day unless said otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.core.random_streams import Draw, Streams
from sim.policies import Policy, Response, View
from sim.policies.base import Encounter, LastStep, first_memory
from sim.policies.fingerprint import standard_view
from sim.policies.view import HARM

TOP = len(HARM) - 1


@dataclass
class Told:
    """What a policy answered in each step."""

    responses: list[Response]
    memories: list[dict[str, Any]]

    def multipliers(self, rung: int = 4) -> list[float]:
        """Return the multiplier for a rung of provocation in the first replicate, step by step."""
        return [float(np.broadcast_to(answer.multiplier, (TOP, 1))[rung - 1, 0]) for answer in self.responses]

    def rungs(self, rung: int = 4) -> list[int]:
        """Return the rung of the answer to a rung of provocation in the first replicate, step by step."""
        return [int(np.broadcast_to(answer.rung, (TOP, 1))[rung - 1, 0]) for answer in self.responses]


def told(
    policy: Policy, received: Iterable[int], sent: Iterable[int] = (), *, step_days: float = 1.0, **more: Any
) -> Told:
    """Return the answers of a policy; what a step sends and receives is seen in the next.

    Parameters
    ----------
    policy : Policy
        The policy.
    received, sent : iterable of int
        Rung of the act of each step, 0 for none; a missing own act is none.
    step_days : float
        Length of a step [days].
    **more : list
        Other fields of the view, a value for each step.
    """
    theirs = [0, *received]
    mine = [0, *sent]
    mine += [0] * (len(theirs) - len(mine))
    memory = first_memory(policy, TOP, 1)
    found = Told([], [])
    for step, acts in enumerate(zip(theirs, mine, strict=True)):
        view = seen(*acts, step=step, step_days=step_days, memory=memory)
        view = replace(view, **{name: np.array([values[step]]) for name, values in more.items()})
        answer = policy.respond(view, Draw(Streams(3, [0]), "A-B", step))
        memory = {**memory, **answer.memory}
        found.responses.append(answer)
        found.memories.append(memory)
    return found


def seen(received: int, sent: int, *, step: int, step_days: float, memory: dict[str, Any]) -> View:
    """Return the view of a step after one act each, or none."""
    rungs = np.arange(1, TOP + 1)[:, None]
    harm = np.array([HARM[received]]), np.array([HARM[sent]])
    last = Encounter(1.0 * (rungs == received), 1.0 * (rungs == sent), *harm)
    view = standard_view(1, memory=memory)
    return replace(view, day=step * step_days, step_days=step_days, last=LastStep(lambda: last))
