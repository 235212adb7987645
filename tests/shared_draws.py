"""Invented outcomes of replicates that share draws as the engine's do, with parts of the variance that are known."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from sim.scenario.shared_draws import LABELS, source_replicates


def shared_normals(n: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return an informed parameter, one from literature, one of judgement and the luck of n replicates, all normal."""
    own = rng.standard_normal((len(LABELS) + 1, n))
    return *(own[row][source_replicates(np.arange(n), label)] for row, label in enumerate(LABELS)), own[-1]


def shared_events(n: int, rng: np.random.Generator, share: float, weight: float) -> np.ndarray:
    """Return whether something with a given chance happened; parameters make up ``weight`` of the variance below it."""
    informed, _, judged, luck = shared_normals(n, rng)
    below = np.sqrt(weight / 2) * (informed + judged) + np.sqrt(1 - weight) * luck
    return below < norm.ppf(share)
