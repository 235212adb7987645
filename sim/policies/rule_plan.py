"""A tree of plain rules laid out in one record, for an engine that asks them by address.

The record of one history and opponent holds that of every rule of the tree and the outermost answer. Nodes come in the
order in which they are asked: each after the policies inside it, whose answers stand in its own record.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim.core.compilation import IS_COMPILED
from sim.policies.base import Policy
from sim.policies.moment import answer_type, room_for
from sim.policies.rule_base import fill_memory, fill_parameters
from sim.policies.rule_door import PythonDoor, door_to
from sim.policies.scalar import ScalarPolicy

_OUTERMOST: Final = "own"
_ANSWER: Final = "answer"


@dataclass(frozen=True)
class Node:
    """One rule of a tree; places are counted in bytes from the beginning of the record of the tree."""

    policy: ScalarPolicy
    path: str  # fields that lead to it, such as "base."; empty for the outermost
    own: np.dtype[Any]  # record that is `self` in its methods
    offset: int  # place of its own record
    answer: int  # place of its answer
    door: int | PythonDoor  # address of the compiled function; the Python function where nothing is compiled
    draws: tuple[tuple[int, str], ...]  # place of each uniform, and the name of its decision
    is_lasting: bool  # whether the answers never change
    reads: frozenset[str]  # parts of the moment that it may read
    reads_to_answer: frozenset[str]  # those that it may read beside what it remembers of them
    is_silent: bool  # whether it adds nothing to the rates of campaigns and strategic acts


@dataclass(frozen=True)
class RulePlan:
    """The record of a tree of rules for one history and opponent, and its nodes, inner ones first."""

    dtype: np.dtype[Any]
    nodes: tuple[Node, ...]
    answer: int  # place of the outermost answer
    n_rungs: int  # rungs of the ladder, from 0

    def first(self, n_replicates: int) -> npt.NDArray[Any]:
        """Return records before the first step, shape (n_replicates,)."""
        records = np.zeros(n_replicates, self.dtype)
        for node in self.nodes:
            own = records[node.path or _OUTERMOST]
            fill_parameters(own, node.policy)
            fill_memory(own, node.policy, node.policy.memory(self.n_rungs - 1))
        return records


def plan_rules(policy: Policy, n_rungs: int) -> RulePlan | None:
    """Return the plan of a policy on a ladder; None where it, or one inside it, is no plain rule that compiles."""
    room = room_for(n_rungs)
    tree = list(_walk(policy, ""))
    rules = [(path, one) for path, one in tree if isinstance(one, ScalarPolicy) and _is_plain(one, room)]
    if len(rules) < len(tree):
        return None
    fields = [(path or _OUTERMOST, door_to(one, room).own) for path, one in rules]
    dtype = np.dtype([*fields, (_ANSWER, answer_type(room))], align=True)
    nodes: dict[str, Node] = {}
    for path, one in rules:
        lasting = all(nodes[f"{path}{name}."].is_lasting for name, _ in one.policies_inside())
        nodes[path] = _node(one, path, dtype, room, lasting)
    return RulePlan(dtype, tuple(nodes.values()), _place(dtype, _ANSWER), n_rungs)


def _walk(policy: Policy, path: str) -> Iterator[tuple[str, Policy]]:
    """Return the policies of a tree by path, each after those inside it."""
    for name, inner in policy.policies_inside():
        yield from _walk(inner, f"{path}{name}.")
    yield path, policy


def _is_plain(policy: ScalarPolicy, room: int) -> bool:
    """Return whether the engine may ask a rule itself: it answers by nothing else, and is compiled where rules are."""
    is_asked = type(policy).respond is ScalarPolicy.respond
    return is_asked and (not IS_COMPILED or door_to(policy, room).address is not None)


def _node(policy: ScalarPolicy, path: str, dtype: np.dtype[Any], room: int, is_over_lasting: bool) -> Node:
    door = door_to(policy, room)
    own = path or _OUTERMOST
    around, _, name = path.removesuffix(".").rpartition(".")
    outer = f"{around}." if around else _OUTERMOST
    return Node(
        policy,
        path,
        door.own,
        offset=_place(dtype, own),
        answer=_place(dtype, outer, "inside", name) if path else _place(dtype, _ANSWER),
        door=door.python if door.address is None else door.address,
        draws=tuple((_place(dtype, own, "draw", one), f"policy {path}{one}") for one in policy.draws()),
        is_lasting=door.is_lasting and is_over_lasting,
        reads=door.reads,
        reads_to_answer=door.reads_to_answer,
        is_silent=door.is_silent,
    )


def _place(dtype: np.dtype[Any], *names: str) -> int:
    """Return the place of a field within a field, in bytes from the beginning."""
    place = 0
    for name in names:
        fields: Any = dtype.fields
        dtype, offset = fields[name][:2]
        place += offset
    return place
