"""Invented outcomes of replicates that share draws as the engine's do, with parts of the variance that are known."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from sim.scenario.shared_draws import source_replicates


def shared_normals(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a calibrated parameter, an assumed one and the luck of each of n replicates, all standard normal."""
    replicates = np.arange(n)
    own = rng.standard_normal((3, n))
    calibrated = own[0][source_replicates(replicates, assumed=False)]
    assumed = own[1][source_replicates(replicates, assumed=True)]
    return calibrated, assumed, own[2]


def shared_events(n: int, rng: np.random.Generator, share: float, weight: float) -> np.ndarray:
    """Return whether something with a given chance happened; parameters make up ``weight`` of the variance below it."""
    calibrated, assumed, luck = shared_normals(n, rng)
    below = np.sqrt(weight / 2) * (calibrated + assumed) + np.sqrt(1 - weight) * luck
    return below < norm.ppf(share)
