"""The plain rule: a policy written for one history, in numbers and ifs, which numba compiles.

A `ScalarPolicy` is what most people would write first, and the fast form as well. Its methods see one history and one
opponent: `self` holds the parameters as floats, what was remembered, what was drawn and what the policies inside
answered; `now` is what the party could know (`sim.policies.View` names its parts). A rule that numba cannot compile
runs uncompiled, to the same answers; `sim check` says which line is in the way.
"""

from dataclasses import dataclass

from sim.core.random_streams import Draw
from sim.policies.base import Response, View
from sim.policies.rule_base import ByRung, Reaction, RuleBase, drawn, remembered

__all__ = ["ByRung", "Reaction", "ScalarPolicy", "drawn", "remembered"]


@dataclass(frozen=True)
class ScalarPolicy(RuleBase):
    """Base of policies that are written for one history: plain rules.

    A subclass is a frozen dataclass with declared parameters and writes `react`; where it needs them also `remember`,
    `campaign` and `strategic`, and the class variables ``state`` and ``draw``. In these methods a parameter is one
    float, and ``self.inside.base`` is what the policy in the field ``base`` answers in this step: ``multiplier[rung]``,
    ``rung[rung]``, ``campaign`` and ``strategic``. Methods and plain functions that a rule calls are compiled with it.
    """

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer all replicates by the rule, compiled if numba can."""
        # Imported here, so that who only lists policies need not wait for numba.
        from sim.policies.scalar_response import respond

        return respond(self, view, draw)
