"""What the policies of a run remember, by dyad: that of plain rules lies in the records of the kernel."""

from __future__ import annotations

import numpy as np

from sim.engine.kernel.rules import DyadRules
from sim.engine.model import Conflict
from sim.policies.base import first_memory
from sim.policies.rule_base import read_memory
from sim.policies.rule_plan import RulePlan


def memories_of(conflict: Conflict, row: int) -> dict[str, np.ndarray]:
    """Return what the policy of a dyad remembers, as its view would hold it; the replicate is the last axis."""
    top, size = conflict.theatre.ladder.top, conflict.n_replicates
    if row in conflict.histories.rows_asked_outside:
        return dict(conflict._outside.memories[row])
    placed = DyadRules(conflict.theatre, conflict.policies)._placed
    if row not in placed:
        # Never asked, as nothing that reaches it could make it act.
        return dict(first_memory(conflict.policies[conflict.theatre.dyads[row].id], top, size))
    [(plan, start, _, _)] = placed[row]
    records = _records(conflict, plan, start)
    memory: dict[str, np.ndarray] = {}
    for node in plan.nodes:
        if node.policy.states():
            own = read_memory(records[node.path or "own"], node.policy, top + 1)
            memory |= {f"{node.path}{name}": values for name, values in own.items()}
    return memory


def _records(conflict: Conflict, plan: RulePlan, start: int) -> np.ndarray:
    """Return the records of the rule of a dyad by replicate, which begin at some byte of the numbers of all rules."""
    numbers = np.ascontiguousarray(conflict.histories.states["rules"])
    own = numbers.view(np.uint8).reshape(len(numbers), -1)[:, start : start + plan.dtype.itemsize]
    return np.ascontiguousarray(own).view(plan.dtype)[:, 0]
