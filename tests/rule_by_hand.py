"""A plain rule asked by hand: what its methods see of one history."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.compilation import Fields
from sim.policies.base import View, first_memory
from sim.policies.moment import moments_of, room_for
from sim.policies.rule_base import RuleBase, fill_memory, fill_parameters
from sim.policies.rule_door import door_to, rule_over


def rule_of_history(policy: RuleBase, view: View, lane: int = 0) -> tuple[Any, Any]:
    """Return `self` and `now` of one replicate; draws are zeros and the policies inside have not answered."""
    records = np.zeros(view.n_replicates, door_to(policy, room_for(view.top + 1)).own)
    fill_parameters(records, policy)
    fill_memory(records, policy, view.memory or first_memory(policy, view.top, view.n_replicates))
    return rule_over(type(policy), Fields(records[lane])), Fields(moments_of(view)[lane], "now")
