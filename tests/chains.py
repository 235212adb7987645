"""A birth-death chain with a known chance to reach a height by a horizon, as a process for splitting."""

from __future__ import annotations

import numpy as np

from sim.core.random_streams import GAMMA, Branches, Streams, mix, word_of


def enter_branches(streams: Streams, step: int) -> None:
    """Let replicates that branch at a step draw from their own luck from now on, as the kernel does."""
    lanes, columns = np.nonzero(streams.branches.steps == step)
    serials = streams.branches.serials[lanes, columns].astype(np.uint64) * np.uint64(GAMMA)
    root = np.uint64(word_of("branch", streams.seed))
    streams.lane_words[lanes] = mix(mix(streams.lane_words[lanes] + root) + serials)


class BirthDeath:
    """A walk on 0, 1, 2, ... that starts at 0; it goes up with some chance, else down, and stays at 0.

    Parameters
    ----------
    seed : int
        Root of all draws.
    up : float
        Chance of a step up.
    height : int
        Height to reach.
    intervals : int
        Steps until the horizon.
    """

    def __init__(self, seed: int, up: float, height: int, intervals: int) -> None:
        self.seed, self.up, self.height, self.intervals = seed, up, height, intervals

    failed = 0

    def exact(self) -> float:
        """Return the chance to reach the height, by the powers of the matrix of transition."""
        matrix = np.zeros((self.height + 1, self.height + 1))
        for state in range(self.height):
            matrix[state, state + 1] = self.up
            matrix[state, max(state - 1, 0)] += 1 - self.up
        matrix[self.height, self.height] = 1.0
        return float(np.linalg.matrix_power(matrix, self.intervals)[0, self.height])

    def levels(self, roots: np.ndarray, branches: Branches) -> np.ndarray:
        """Return the height as a share of that to reach, shape (n_intervals, n_histories)."""
        streams = Streams(self.seed, roots, branches)
        place = np.zeros(len(roots), dtype=np.int64)
        levels = np.empty((self.intervals, len(roots)))
        for interval in range(self.intervals):
            enter_branches(streams, interval)
            up = streams.uniform("chain", "move", interval) < self.up
            place = np.where(place == self.height, place, np.maximum(place + np.where(up, 1, -1), 0))
            levels[interval] = place / self.height
        return levels
