"""Which replicates share drawn parameters, by what these rest on; an arithmetic of indices, without the engine.

In every eight replicates the first five share draws, see `sim.scenario.prior_draws`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.core.arrays import Integers

PERIOD: Final = 8
"""Replicates after which the sharing of draws begins again."""

INFORMED: Final = "informed"
LEAST_CONTRACTION: Final = 0.10  # contraction from which on a fit informs a parameter (S2.18)
LITERATURE: Final = "from literature"
JUDGEMENT: Final = "judgement"
LABELS: Final = (INFORMED, LITERATURE, JUDGEMENT)  # what a parameter may rest on, in this order everywhere
PLACES: Final = {INFORMED: 4, LITERATURE: 2, JUDGEMENT: 3}  # place in a period that shares these alone with the first

ROW_LAW: Final = "posterior"  # draws whole rows; what is left at its prior goes with what is informed there


def source_replicates(replicates: Integers, label: str) -> Integers:
    """Return the replicate whose draws of the parameters of a label each replicate takes, same shape."""
    place = replicates % PERIOD
    shared = (place == 1) | (place == PLACES[label])
    return np.where(shared, replicates - place, replicates)
