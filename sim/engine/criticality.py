"""Whether reactions would sustain themselves: the spectral radius of reaction matrices, and how far it may rise."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.core.arrays import Floats


def spectral_radius(matrices: Floats) -> Floats:
    """Return the largest absolute eigenvalue of each non-negative matrix: the branching ratio, below 1 if it dies out.

    Matrices have shape (n_replicates, n, n), ratios (n_replicates,) [1].
    """
    # Parties that never answer each other split the matrix into small blocks, whose eigenvalues are its own.
    links = csr_array((matrices != 0).any(axis=0))
    _, block = connected_components(links, directed=True, connection="strong")
    radius: Floats = np.zeros(len(matrices))
    for one in range(int(block.max(initial=-1)) + 1):
        rows = np.flatnonzero(block == one)
        largest = np.abs(np.linalg.eigvals(matrices[:, rows[:, None], rows])).max(axis=-1)
        radius = np.maximum(radius, largest)
    return radius


def productivity_ceiling(follow_ups: Floats, reactions: Floats, limit: float) -> Floats:
    """Return the factor of all reactions at which the spectral radius reaches a limit, shape (n_replicates,) [1].

    For a matrix F of follow-ups and a matrix X of reactions (see `Theatre.branching_matrices`) the radius of F + c X
    equals s exactly where c is the inverse of the radius of (s I - F)^-1 X. The limit s lies above the radius of F; the
    factor is infinite where there are no mutual reactions.
    """
    resolvent = np.linalg.inv(limit * np.eye(follow_ups.shape[-1]) - follow_ups)
    radius = spectral_radius(np.einsum("nij,njk->nik", resolvent, reactions))
    ceiling: Floats = np.divide(1.0, radius, out=np.full(radius.shape, np.inf), where=radius > 0)
    return ceiling
