"""What the answers of a policy cost beside those of tit-for-tat."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from sim.policies.base import Policy
from sim.policies.reciprocal import TitForTat
from sim.testing.synthetic_views import answers_of

LANES: Final = 257
"""Replicates at which the cost is measured."""
_ROUNDS: Final = 3


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
