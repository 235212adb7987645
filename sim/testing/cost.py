"""By which door a policy is asked, and what its answers cost beside those of tit-for-tat."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from sim.policies.base import Policy
from sim.policies.reciprocal import TitForTat
from sim.policies.rule_door import why_uncompiled
from sim.policies.rule_plan import plan_rules
from sim.testing.synthetic_views import TOP, answers_of

LANES: Final = 257
"""Replicates at which the cost is measured."""
_ROUNDS: Final = 3


def describe_door(policy: Policy) -> str:
    """Return by which door a policy is asked, and for a rule that runs uncompiled what that costs and why."""
    if why := why_uncompiled(policy):
        return (
            f"It runs uncompiled: here, at {LANES} replicates, its answers take {cost_factor(policy):,.0f} times as "
            f"long as those of tit_for_tat. The manifest of a results folder names it. {why}"
        )
    if plan_rules(policy, TOP + 1) is None:
        return "It is an array function: it is asked once a step for all replicates."
    return "It is a plain rule, compiled."


def cost_factor(policy: Policy) -> float:
    """Return how many times longer than tit-for-tat a policy takes to answer the kit's history on this machine.

    It is the ratio of processor times at `LANES` replicates, the best of three rounds.
    """
    return _seconds(policy) / _seconds(TitForTat())


def _seconds(policy: Policy) -> float:
    rounds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        answers_of(policy, np.arange(LANES))
        rounds.append(time.process_time() - start)
    return min(rounds)
