"""The laws of chance of an ensemble as tables, one after the other, and where those of each party begin."""

from typing import Final

import numpy as np
from scipy import special

from sim.core.arrays import Floats
from sim.core.distributions import NoiseFactors
from sim.core.parameters import LaneValues
from sim.engine.acts import Marks, stack_values
from sim.engine.branching import Reactions
from sim.engine.configuration import Parameters
from sim.engine.kernel.marks import NORMAL_CELLS
from sim.engine.theatre import Ladder, Theatre

_FARTHEST_NORMAL: Final = 8.3


class Laws:
    """The tables of the laws of chance of an ensemble, and where each party's and dyad's begin, by replicate."""

    def __init__(self, theatre: Theatre, parameters: Parameters, marks: Marks, reactions: Reactions, n: int) -> None:
        self._parts: list[Floats] = []
        edges = special.ndtri(np.linspace(0.0, 1.0, NORMAL_CELLS + 1))
        edges[0], edges[-1] = -_FARTHEST_NORMAL, _FARTHEST_NORMAL
        self.normal = self._add(edges)
        self.launches = self._add(marks.launch_edges)
        zeta = marks.zeta
        # The number of a law comes before its edges, which stand above it.
        rows = np.column_stack([zeta.numbers.astype(np.float64), zeta.edges])
        self.severity = self._add(rows) + zeta.law * rows.shape[1]
        noise = NoiseFactors(stack_values([parameters.parties[p.id].harm_noise for p in theatre.parties], n))
        self.noise = self._add(noise.factors) + noise.law * noise.factors.shape[1]
        gamma = reactions.gamma
        self.gamma = self._add(gamma.factors) + gamma.law * gamma.factors.shape[1]

    def _add(self, table: Floats) -> int:
        """Add a table and return where it begins."""
        self._parts.append(table.ravel())
        return sum(part.size for part in self._parts[:-1])

    def tables(self) -> Floats:
        """Return all tables in one, one after the other."""
        return np.concatenate(self._parts)


def depth_law(ladder: Ladder) -> tuple[Floats, Floats]:
    """Return the median and the spread of the log depth of an act on each rung [log km].

    The median is the geometric middle of the rung's interval, which spans four standard deviations.
    """
    low, high = np.log(np.maximum(ladder.depth_low, 0.2)), np.log(np.maximum(ladder.depth_high, 0.21))
    return (low + high) / 2.0, (high - low) / 4.0


def depth_shares(ladder: Ladder, depth: LaneValues) -> Floats:
    """Return the share of acts on each rung that are nearer than a depth [km], shape (n_rungs, n_replicates or 1)."""
    middle, spread = (part[:, None] for part in depth_law(ladder))
    with np.errstate(divide="ignore"):
        below = special.ndtr((np.log(np.atleast_1d(depth)) - middle) / spread)
    return np.asarray((below - special.ndtr(-2.0)) / (special.ndtr(2.0) - special.ndtr(-2.0)))
