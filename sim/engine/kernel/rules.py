"""The rules of the dyads as the kernel asks them: their nodes, their draws, and their own numbers in a history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.compilation import address_of
from sim.engine.theatre import Theatre
from sim.policies.base import Policy
from sim.policies.moment import answer_type, moment_type, room_for
from sim.policies.rule_plan import Node, RulePlan, plan_rules

_NUMBER: Final = 8
"""Bytes of a number."""
_HARM: Final = {"own_harm", "opponent_harm"}
_BY_RUNG_BEFORE: Final = {"received", "sent"}
_LAST_STEP: Final = {*_BY_RUNG_BEFORE, "harm_received", "harm_inflicted"}
_DUE: Final = "reactions_due"


class DyadRules:
    """The plans of the rules of all dyads, one after the other; ``policies`` are by dyad id."""

    def __init__(self, theatre: Theatre, policies: Mapping[str, Policy]) -> None:
        self.nodes: list[tuple[Node, int]] = []
        """Every policy of every rule, and where the record of its rule begins [bytes]."""
        self.draws: list[tuple[str, str]] = []
        """Owner and decision of every draw."""
        self._draw_places: list[int] = []
        self._room = room_for(theatre.ladder.top + 1)
        self._has_say = has_say(theatre, policies)
        self._plans: dict[int, tuple[RulePlan, int, int]] = {}
        plans: dict[int, RulePlan | None] = {}
        outside, size = [], 0
        for row, dyad in enumerate(theatre.dyads):
            if not self._has_say[row]:
                continue
            policy = policies[dyad.id]
            if id(policy) not in plans:
                plans[id(policy)] = plan_rules(policy, theatre.ladder.top + 1)
            plan = plans[id(policy)]
            if plan is None:
                outside.append(row)
                continue
            self._plans[row] = plan, size, len(self.nodes)
            self._add(plan, size, dyad.id)
            size += plan.dtype.itemsize
        self.asked_outside = tuple(outside)
        """Dyads whose policies the kernel cannot ask."""
        self.n_numbers = size // _NUMBER

    def _add(self, plan: RulePlan, start: int, dyad: str) -> None:
        for node in plan.nodes:
            self.nodes.append((node, start))
            for place, decision in node.draws:
                self.draws.append((dyad, decision))
                self._draw_places.append((start + place) // _NUMBER)

    def enter(self, setting: Any) -> None:
        """Write the nodes into the setting."""
        setting["has_say"][: len(self._has_say)] = self._has_say
        setting["has_encounters"] = bool(self.asked_outside) or any(
            node.reads & _BY_RUNG_BEFORE for node, _ in self.nodes
        )
        for row, (plan, _, first) in self._plans.items():
            setting["first_node"][row], setting["last_node"][row] = first, first + len(plan.nodes)
            setting["is_lasting"][row] = plan.nodes[-1].is_lasting
            reads = frozenset().union(*(node.reads for node in plan.nodes))
            setting["reads_harm"][row] = bool(reads & _HARM)
            setting["reads_last_step"][row] = bool(reads & _BY_RUNG_BEFORE)
            setting["reads_due"][row] = _DUE in reads
            setting["remembers"][row] = any(node.remembers for node in plan.nodes)
            # Once the acts of a step are drawn, what happened in the step before is no more to be had.
            reads_to_answer = frozenset().union(*(node.reads_to_answer for node in plan.nodes))
            is_bound = bool(reads_to_answer & {*_LAST_STEP, _DUE})
            setting["may_be_late"][row] = all(node.is_silent for node in plan.nodes) and not is_bound
        setting["draw_place"][: len(self.draws)] = self._draw_places
        n_draws = 0
        for number, (node, start) in enumerate(self.nodes):
            records = node.own, moment_type(self._room), answer_type(self._room)
            setting["door"][number] = address_of(node.door, records)
            setting["own_place"][number] = start + node.offset
            # The outermost answers where the kernel takes the answer down.
            setting["answer_place"][number] = start + node.answer if node.path else -1
            setting["first_draw"][number] = n_draws
            n_draws += len(node.draws)
            setting["last_draw"][number] = n_draws

    def fill(self, states: npt.NDArray[Any]) -> None:
        """Write parameters and first memories of all rules into the histories, and where in memory these are."""
        for plan, start, _ in self._plans.values():
            first = plan.first(len(states)).view(np.float64).reshape(len(states), -1)
            states["rules"][:, start // _NUMBER : start // _NUMBER + first.shape[1]] = first
        at = states.ctypes.data + np.arange(len(states)) * states.dtype.itemsize
        fields: Any = states.dtype.fields
        for name in ("rules", "shown", "answer"):
            states[f"{name}_at"] = at + fields[name][1]


def has_say(theatre: Theatre, policies: Mapping[str, Policy]) -> list[bool]:
    """Return by dyad whether its policy can have anything to say.

    One that never acts first has nothing to say in a dyad in which nothing can reach it.
    """
    charged = np.concatenate([theatre.answers, theatre.spilled_answers])
    return [row in charged or not policies[dyad.id].claims().never_first for row, dyad in enumerate(theatre.dyads)]
