"""Which replicates share drawn parameters; an arithmetic of indices, so that tables are read without the engine.

In every eight replicates the first four share draws, see `sim.scenario.prior_draws`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.core.arrays import Integers

PERIOD: Final = 8
"""Replicates after which the sharing of draws begins again."""


def source_replicates(replicates: Integers, *, assumed: bool) -> Integers:
    """Return the replicate whose draws of assumed, or of calibrated, parameters each replicate takes, same shape."""
    place = replicates % PERIOD
    shared = (place == 1) | (place == (3 if assumed else 2))
    return np.where(shared, replicates - place, replicates)
