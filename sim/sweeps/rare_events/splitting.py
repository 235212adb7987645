"""Odds of rare outcomes by splitting: histories that come near are cloned, those that stay away are given up.

Adaptive multilevel splitting [1]_, [2]_. Some histories are run to the horizon. Again and again those whose highest
level is lowest are given up, and each is replaced by a clone of one of the others: it shares the other's past up to the
moment at which that passed the level, and has its own luck from then on. Each round multiplies the odds by the share of
histories that were kept; the estimate is unbiased for any number of histories, any share and any level function that
looks at nothing later than its moment, ties included [2]_. Levels may be fixed beforehand instead.

A clone is an address and not a copied state: root, and the steps at which it branched. Running it anew from the start
gives the same past, so nothing that a history remembers can be forgotten in cloning, and each can be told again alone.

References
----------
.. [1] Cerou, F., Guyader, A. (2007). Adaptive multilevel splitting for rare event analysis. Stochastic Analysis and
       Applications 25(2), 417-443.
.. [2] Brehier, C.-E., Gazeau, M., Goudenege, L., Lelievre, T., Rousset, M. (2016). Unbiasedness of some generalized
       adaptive multilevel splitting algorithms. Annals of Applied Probability 26(6), 3559-3601.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from scipy import stats

from sim.core.arrays import Flags, Floats, Integers
from sim.core.errors import SimError
from sim.core.intervals import CONFIDENCE
from sim.core.random_streams import NEVER, Branches, Streams
from sim.sweeps.rare_events.level_function import REACHED

MOST_ROUNDS: Final = 500  # rounds after which splitting is given up: its level function does not lead to the outcome


class Process(Protocol):
    """Something that can run histories from roots and branches, and counts those that did not finish."""

    seed: int
    failed: int

    def levels(self, roots: Integers, branches: Branches) -> Floats:
        """Return the level at the end of each interval, shape (n_intervals, n_histories); `REACHED` is the outcome.

        ``roots`` are the replicates that histories begin as. Branches are in intervals: one at i shares intervals 0 to
        i - 1.
        """
        ...


@dataclass(frozen=True)
class Effort:
    """How much splitting is done."""

    histories: int = 200  # of a repetition; a multiple of 8, because replicates share priors in eights
    repetitions: int = 20  # independent; at least 2
    share: float = 0.5  # of histories given up in a round, between 0 and 1
    levels: tuple[float, ...] = ()  # fixed, rising; adaptive without


@dataclass(frozen=True)
class Split:
    """What splitting gave in some independent repetitions; every array has shape (n_repetitions,)."""

    estimates: Floats  # odds
    rounds: Integers  # of cloning
    histories: Integers  # clones included
    roots: int  # histories that each repetition began with
    failed: int = 0  # histories of all that did not finish; they count as far as they came

    @property
    def estimate(self) -> float:
        """Odds: the mean over the repetitions."""
        return float(self.estimates.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean over the repetitions."""
        return float(self.estimates.std(ddof=1) / np.sqrt(len(self.estimates)))

    @property
    def carrying(self) -> float:
        """How many repetitions carry the mean: all where they agree, 1 where one alone met the outcome (Kish 1965)."""
        squares = float((self.estimates**2).sum())
        return float(self.estimates.sum()) ** 2 / squares if squares else float(len(self.estimates))

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval by Student's t over the repetitions, on the scale of the logarithm.

        On that scale the interval stays above 0 and follows the skew of products. Where no repetition met the outcome
        the upper end is that of as many plain histories without one as there were roots: clones stand where the level
        function sent them, and say nothing of other ways to the outcome.
        """
        mean, n = self.estimate, len(self.estimates)
        if mean == 0.0:
            return 0.0, float(1.0 - (1.0 - CONFIDENCE) ** (1.0 / (n * self.roots)))
        half = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) * self.standard_error / mean
        return mean * float(np.exp(-half)), min(1.0, mean * float(np.exp(half)))


def split(process: Process, repetitions: Integers, effort: Effort) -> Split:
    """Run some repetitions of splitting side by side; none knows of the others, each hangs on its index alone."""
    run = _Repetitions(process, repetitions, effort)
    for number in range(MOST_ROUNDS):
        lost = run.give_up(number)
        if not run.goes_on.any():
            return Split(run.estimates(), run.rounds, run.histories, effort.histories, process.failed)
        if lost.any():
            run.replace(lost, number)
    raise SimError(f"splitting did not end after {MOST_ROUNDS} rounds: the level function does not lead to the outcome")


class _Repetitions:
    """Histories of all repetitions, one row of `top` for each."""

    def __init__(self, process: Process, repetitions: Integers, effort: Effort) -> None:
        self._process, self._effort = process, effort
        size = effort.histories
        self._roots = (np.asarray(repetitions)[:, None] * size + np.arange(size)).ravel()
        self._lanes = self._roots.copy()
        self._branches = Branches.none(len(self._roots))
        self._highest = np.maximum.accumulate(process.levels(self._roots, self._branches), axis=0)
        self._weight = np.ones(len(repetitions))
        self._luck = Streams(process.seed, self._lanes)
        self.rounds: Integers = np.zeros(len(repetitions), dtype=np.int64)
        self.histories: Integers = np.full(len(repetitions), size)
        self._level = np.zeros(len(repetitions))
        self.goes_on: Flags = np.ones(len(repetitions), dtype=bool)
        """Repetitions with a level still to pass."""

    @property
    def _top(self) -> Floats:
        """Highest level of each history, shape (n_repetitions, n_histories)."""
        top: Floats = self._highest[-1].reshape(len(self._weight), -1)
        return top

    def give_up(self, number: int) -> Flags:
        """Return which histories are given up in a round, shape (n_repetitions, n_histories), and count them."""
        top, levels = self._top, self._effort.levels
        if levels:
            self._level = np.full(len(top), levels[number] if number < len(levels) else REACHED)
        else:
            rank = max(1, round(self._effort.share * self._effort.histories)) - 1
            self._level = np.sort(top, axis=1)[:, rank]
        # Where no history passed the level there is nobody to clone: the odds are what came true, which is nothing.
        self.goes_on = (self._level < REACHED) & (top.max(axis=1) > self._level)
        lost: Flags = (top <= self._level[:, None]) & self.goes_on[:, None]
        self._weight *= 1.0 - lost.mean(axis=1)
        self.rounds += lost.any(axis=1)
        self.histories += lost.sum(axis=1)
        return lost

    def replace(self, lost: Flags, number: int) -> None:
        """Clone histories that passed the level in the place of those given up."""
        gone = np.flatnonzero(lost.ravel())
        parents = self._parents(lost, number).ravel()[gone]
        level = self._level[gone // self._effort.histories]
        passed = (self._highest[:, parents] > level).argmax(axis=0)
        self._roots[gone] = self._roots[parents]
        # A branch of this round has a number that no other has: the round and the place of the history.
        serials = self._lanes[gone] * MOST_ROUNDS + number
        self._branches = _add_branches(self._branches, gone, parents, passed + 1, serials)
        levels = self._process.levels(self._roots[gone], self._branches.select(gone))
        self._highest[:, gone] = np.maximum.accumulate(levels, axis=0)

    def _parents(self, lost: Flags, number: int) -> Integers:
        """Return for each history one that was kept in its repetition, drawn evenly, shape of `lost`."""
        survivors_first = np.argsort(lost, axis=1, kind="stable")
        n_survivors = (~lost).sum(axis=1)[:, None]
        uniform = self._luck.uniform("splitting", "parent", number).reshape(lost.shape)
        chosen = np.take_along_axis(survivors_first, (uniform * n_survivors).astype(np.int64) % lost.shape[1], axis=1)
        parents: Integers = chosen + np.arange(len(lost))[:, None] * lost.shape[1]
        return parents

    def estimates(self) -> Floats:
        """Return the odds of each repetition."""
        return np.asarray(self._weight * (self._top >= REACHED).mean(axis=1))


def _add_branches(before: Branches, gone: Integers, parents: Integers, at: Integers, serials: Integers) -> Branches:
    """Return the branches after some histories became clones of others, with a branch of their own."""
    steps = np.column_stack([before.steps, np.full(len(before.steps), NEVER)])
    numbers = np.column_stack([before.serials, np.zeros(len(before.steps), dtype=np.int64)])
    of_parents = before.steps[parents]
    # What the parent did later is not the clone's past.
    is_past = of_parents < at[:, None]
    steps[gone, :-1] = np.where(is_past, of_parents, NEVER)
    numbers[gone, :-1] = np.where(is_past, before.serials[parents], 0)
    steps[gone, -1], numbers[gone, -1] = at, serials
    return Branches(steps, numbers)


def combine(parts: Sequence[Split]) -> Split:
    """Return several sets of repetitions, in their order, as one."""
    return Split(
        np.concatenate([part.estimates for part in parts]),
        np.concatenate([part.rounds for part in parts]),
        np.concatenate([part.histories for part in parts]),
        parts[0].roots,
        sum(part.failed for part in parts),
    )
