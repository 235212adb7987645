"""How often each of some independent units stands in each resample of a bootstrap, drawn at addresses."""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.core.arrays import Floats

RESAMPLES: Final = 1000


def draw_resamples(seed: int, n_units: int) -> Floats:
    """Return how often each independent unit stands in each resample, shape (n_resamples, n_units).

    Units are periods of replicates, or base points of a design; `seed` is the root of all draws of the sweep.
    """
    # Imported here, because showing tables takes this module too and needs no engine.
    from sim.core.random_streams import Streams

    streams = Streams(seed, np.arange(RESAMPLES))
    weights = np.zeros((RESAMPLES, n_units))
    rows = np.arange(RESAMPLES)
    for draw in range(n_units):
        drawn = (streams.uniform("results", "bootstrap", draw) * n_units).astype(np.int64)
        np.add.at(weights, (rows, drawn), 1.0)
    return weights
