"""Two policies: one that remembers, learns and draws, and one in plain floats."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.core.parameters import Interval, LaneValues, parameter
from sim.policies import Policy, Response
from sim.policies.scalar import Reaction, ScalarPolicy


@dataclass(frozen=True)
class Learning(Policy):
    """Learn, by rung, how often the opponent acts, and answer what is usual with less, by chance."""

    stochastic: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    pace: LaneValues = parameter(0.2, Interval(0, 1), unit="1", source="assumption", text="share learnt in a step")

    def memory(self, top):
        """Return the frequency of acts by rung before the first step."""
        return {**super().memory(top), "usual": np.full(top, 0.1)}

    def respond(self, view, draw):
        """Answer in kind, the less the more usual it is, or let the step pass."""
        usual = view.memory["usual"] + self.pace * (np.minimum(view.received, 1.0) - view.memory["usual"])
        answers = draw.uniform("answer") < 1.0 - usual / 2.0
        return Response(np.where(answers, 1.0, 0.0), view.provocation, memory={"usual": usual})


@dataclass(frozen=True)
class HalfInFloats(ScalarPolicy):
    """Answer half of what is due, in kind."""

    def react(self, now, rung):
        """Answer half."""
        return Reaction(0.5, rung)
