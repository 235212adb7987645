"""The rules of the dyads as the kernel asks them: their nodes, their draws, and their own numbers in a history."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.compilation import address_of
from sim.engine.theatre import Theatre
from sim.policies.base import Policy
from sim.policies.moment import answer_type, moment_type, room_for
from sim.policies.rule_plan import Node, RulePlan, plan_rules

_NUMBER: Final = 8  # bytes of a number
_HARM: Final = {"own_harm", "opponent_harm"}
_BY_RUNG_BEFORE: Final = {"received", "sent"}
_LAST_STEP: Final = {*_BY_RUNG_BEFORE, "harm_received", "harm_inflicted"}
_DUE: Final = "reactions_due"


class PlacedPlan(NamedTuple):
    """The plan of a rule, and where it stands."""

    plan: RulePlan
    start: int  # of its record in the rules of a history [bytes]
    first_node: int
    lanes: Any  # places of the histories whose rule it is


class DyadRules:
    """The plans of the rules of all dyads, one after the other; ``policies`` are by dyad id."""

    def __init__(self, theatre: Theatre, policies: Mapping[str, Policy]) -> None:
        self.nodes: list[tuple[Node, int]] = []  # all policies, and where the record of their rule begins [bytes]
        self.draws: list[tuple[str, str]] = []  # owner and decision of every draw
        self._draw_places: list[int] = []
        self._n_rungs = theatre.ladder.top + 1
        self._has_say = has_say(theatre, policies)
        self._placed: dict[int, list[PlacedPlan]] = {}
        known: dict[int, RulePlan | None] = {}
        outside, size = [], 0
        for row, dyad in enumerate(theatre.dyads):
            if not self._has_say[row]:
                continue
            rules: list[tuple[Policy, Any]] = [*policies[dyad.id].by_replicate()]
            rules = rules or [(policies[dyad.id], slice(None))]
            for policy, _ in rules:
                if id(policy) not in known:
                    known[id(policy)] = plan_rules(policy, self._n_rungs)
            plans = [plan for policy, _ in rules if (plan := known[id(policy)]) is not None]
            if len(plans) < len(rules):
                outside.append(row)
                continue
            lanes = [lanes for _, lanes in rules]
            self._placed[row] = [
                self._place(plan, size, dyad.id, where) for plan, where in zip(plans, lanes, strict=True)
            ]
            size += max(plan.dtype.itemsize for plan in plans)
        self.asked_outside = tuple(outside)  # dyads whose policies the kernel cannot ask
        self.n_numbers = size // _NUMBER

    def _place(self, plan: RulePlan, start: int, dyad: str, lanes: Any) -> PlacedPlan:
        placed = PlacedPlan(plan, start, len(self.nodes), lanes)
        for node in plan.nodes:
            self.nodes.append((node, start))
            for place, decision in node.draws:
                self.draws.append((dyad, decision))
                self._draw_places.append((start + place) // _NUMBER)
        return placed

    def enter(self, setting: Any) -> None:
        """Write the nodes into the setting, and what is so of the rules of a dyad in all histories."""
        setting["has_say"][: len(self._has_say)] = self._has_say
        for row, placed in self._placed.items():
            nodes = [node for one in placed for node in one.plan.nodes]
            reads = frozenset().union(*(node.reads for node in nodes))
            setting["is_lasting"][row] = all(one.plan.nodes[-1].is_lasting for one in placed)
            setting["reads_harm"][row] = bool(reads & _HARM)
            setting["reads_last_step"][row] = bool(reads & _BY_RUNG_BEFORE)
            setting["reads_due"][row] = _DUE in reads
            setting["remembers"][row] = any(node.policy.states() for node in nodes)
            # Once the acts of a step are drawn, what happened in the step before is no more to be had.
            is_bound = any(node.reads_to_answer & {*_LAST_STEP, _DUE} for node in nodes)
            setting["may_be_late"][row] = all(node.is_silent for node in nodes) and not is_bound
        setting["draw_place"][: len(self.draws)] = self._draw_places
        room = room_for(self._n_rungs)
        n_draws = 0
        for number, (node, start) in enumerate(self.nodes):
            setting["door"][number] = address_of(node.door, (node.own, moment_type(room), answer_type(room)))
            setting["own_place"][number] = start + node.offset
            # The outermost answers where the kernel takes the answer down.
            setting["answer_place"][number] = start + node.answer if node.path else -1
            setting["first_draw"][number] = n_draws
            n_draws += len(node.draws)
            setting["last_draw"][number] = n_draws

    def fill(self, states: npt.NDArray[Any]) -> None:
        """Write the rules of the dyads into the histories: which they are, their numbers, and where these are."""
        for row, placed in self._placed.items():
            for plan, start, first_node, lanes in placed:
                first = plan.first(len(states)).view(np.float64).reshape(len(states), -1)
                numbers = slice(start // _NUMBER, start // _NUMBER + first.shape[1])
                states["rules"][lanes, numbers] = first[lanes]
                states["first_node"][lanes, row] = first_node
                states["last_node"][lanes, row] = first_node + len(plan.nodes)
        at = states.ctypes.data + np.arange(len(states)) * states.dtype.itemsize
        fields: Any = states.dtype.fields
        for name in ("rules", "shown", "answer"):
            states[f"{name}_at"] = at + fields[name][1]


def has_say(theatre: Theatre, policies: Mapping[str, Policy]) -> list[bool]:
    """Return by dyad whether its policy can have any say: not one that never acts first, where nothing reaches it."""
    charged = np.concatenate([theatre.answers, theatre.spilled_answers])
    return [row in charged or not policies[dyad.id].claims().never_first for row, dyad in enumerate(theatre.dyads)]
