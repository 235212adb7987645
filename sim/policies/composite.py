"""Policies made of others: a mixture by chance, and one policy until a trigger, then another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Draw
from sim.policies.base import Policy, Response, View
from sim.policies.proportionality import Disproportionate
from sim.policies.reciprocal import GenerousTitForTat, NoRetaliation, TitForTat
from sim.policies.view import add_prefix

_UNDRAWN = -1.0
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Mixed(Policy):
    """Follow one of three policies, drawn by weight for each history and opponent.

    Drawn once, the mixture says that the type of the opponent is unknown; drawn anew at a rate, that the party wavers.
    The three weights sum to 1; a mixture of two gives the third a weight of 0. All three watch from the beginning, so a
    policy that is drawn late remembers what it saw.

    Names
    -----
    mixed strategy; mixture of types (Harsanyi 1967).
    """

    rule: ClassVar[str] = "mixed"
    order: ClassVar[float] = 13
    source: ClassVar[str] = "Harsanyi 1967, Management Science 14(3)"
    stochastic: ClassVar[bool] = True
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    first: Policy = field(default_factory=TitForTat)
    second: Policy = field(default_factory=GenerousTitForTat)
    third: Policy = field(default_factory=NoRetaliation)
    weight_first: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source=ASSUMPTION, text="chance of the first policy"
    )
    weight_second: LaneValues = parameter(
        0.5, Interval(0, 1), unit="1", source=ASSUMPTION, text="chance of the second policy"
    )
    weight_third: LaneValues = parameter(
        0.0, Interval(0, 1), unit="1", source=ASSUMPTION, text="chance of the third policy"
    )
    redraws: LaneValues = parameter(
        0.0, Interval(0, 1000), unit="1/day", source=ASSUMPTION, text="rate of drawing anew; 0 if drawn once"
    )

    def faults(self) -> dict[str, str]:
        """Return what is wrong with the parameters, a sum of the weights other than 1 included."""
        faults = super().faults()
        if not faults.keys() & {"weight_first", "weight_second", "weight_third"}:
            total = np.asarray(self.weight_first) + self.weight_second + self.weight_third
            if np.any(np.abs(total - 1.0) > _ROUNDING):
                shown = f"{float(total):g}" if total.ndim == 0 else "another number in some replicates"
                faults["weight_first"] = (
                    f"weight_first, weight_second and weight_third must sum to 1; they sum to {shown}"
                )
        return faults

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return which policy is followed: none drawn yet."""
        return {**super().memory(top), "drawn": _UNDRAWN}

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the policy drawn."""
        which = self._drawn(view, draw)
        inside = [policy.respond(view.inside(name), draw.within(name)) for name, policy in self.policies_inside()]
        answer = inside[0].where(which == 0, inside[1].where(which == 1, inside[2]))
        names = [name for name, _ in self.policies_inside()]
        return replace(answer, memory=_all_memory(dict(zip(names, inside, strict=True)), {"drawn": which}))

    def _drawn(self, view: View, draw: Draw) -> Floats:
        uniforms = draw.uniform("which")
        bounds = np.asarray(self.weight_first), np.asarray(self.weight_first) + self.weight_second
        fresh = (uniforms >= bounds[0]).astype(np.float64) + (uniforms >= bounds[1])
        before = view.memory["drawn"]
        # Rounding may leave the sum of two weights below 1 where the third is 0.
        fresh = np.where((fresh == 2) & (np.asarray(self.weight_third) == 0), 1.0, fresh)
        anew = (before == _UNDRAWN) | (draw.uniform("anew") < -np.expm1(-np.asarray(self.redraws) * view.step_days))
        return np.where(anew, fresh, before)


@dataclass(frozen=True)
class Switching(Policy):
    """Follow one policy until a trigger, then another for good.

    The trigger is an act on a rung, seen in the step after it, or a day, whichever comes first. Both policies watch
    from the beginning.

    Names
    -----
    switching strategy; triggered change of type (S2.7).
    """

    rule: ClassVar[str] = "switching"
    order: ClassVar[float] = 14
    source: ClassVar[str] = "S2.7"
    never_escalates: ClassVar[bool] = True
    never_first: ClassVar[bool] = True

    first: Policy = field(default_factory=TitForTat)
    then: Policy = field(default_factory=Disproportionate)
    trigger_rung: LaneValues = parameter(
        5.0, Interval(1, 7), unit="rung", source=ASSUMPTION, text="rung from which an act switches; 7 if none does"
    )
    trigger_day: LaneValues = parameter(
        36500.0,
        Interval(0, 36500),
        unit="days",
        source=ASSUMPTION,
        text="day on which the policy switches at the latest",
    )

    def memory(self, top: int) -> dict[str, npt.ArrayLike]:
        """Return whether the policy has switched: not yet."""
        return {**super().memory(top), "switched": 0.0}

    def respond(self, view: View, draw: Draw) -> Response:
        """Answer by the first policy until the trigger, by the other after it."""
        first = self.first.respond(view.inside("first"), draw.within("first"))
        then = self.then.respond(view.inside("then"), draw.within("then"))
        switched = (view.memory["switched"] > 0) | view.has_received(self.trigger_rung)
        switched |= view.day >= np.asarray(self.trigger_day)
        memory = _all_memory({"first": first, "then": then}, {"switched": switched.astype(np.float64)})
        return replace(then.where(switched, first), memory=memory)


def _all_memory(inside: dict[str, Response], own: dict[str, Floats]) -> dict[str, Floats]:
    """Return what the inner policies, by field, and the outer one remember."""
    memory = dict(own)
    for name, response in inside.items():
        memory |= add_prefix(response.memory, name)
    return memory
