"""Tipping points: the value of a parameter at which odds cross a level.

Odds at different values are compared under the same luck, so that they move smoothly with the value and a root finder
can follow them (sample average approximation [1]_). The interval holds every value at which the level lies in the 95 %
interval of the odds: a test inverted.

References
----------
.. [1] Kleywegt, A. J., Shapiro, A., Homem-de-Mello, T. (2002). The sample average approximation method for stochastic
       discrete optimization. SIAM Journal on Optimization 12(2), 479-502.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import optimize

from sim.core.errors import SimError, SupercriticalError
from sim.core.intervals import interval
from sim.results.analysis.cluster_errors import effective_size
from sim.sweeps.one_parameter import ParameterScan

_REDRAWN: Final = 0.01
"""Difference of the shares that drew anew from which it is told (judgement)."""
GRID: Final = 5
"""Values at which the odds are read before a root is looked for."""


@dataclass(frozen=True)
class Reading:
    """Odds at one value.

    Parameters
    ----------
    value : float
        Value of the parameter.
    n, events : int
        Replicates, and those in which it happened.
    low, high : float
        Ends of the 95 % interval of the odds.
    redrawn : float, optional
        Share of the replicates that drew their reactions anew, since those drawn first would have sustained themselves.
    """

    value: float
    n: int
    events: int
    low: float
    high: float
    redrawn: float = 0.0

    @property
    def estimate(self) -> float:
        """The odds."""
        return self.events / self.n

    def allows(self, odds: float) -> bool:
        """Return whether the interval holds a level."""
        return self.low <= odds <= self.high


@dataclass(frozen=True)
class Crossing:
    """A value at which the odds cross the level.

    Parameters
    ----------
    value : float
        The value.
    low, high : float
        Ends of its 95 % interval.
    reaches_low, reaches_high : bool
        Whether the interval is cut by a bound of the search, and so has no end on that side.
    rises : bool
        Whether the odds rise with the value there.
    """

    value: float
    low: float
    high: float
    reaches_low: bool
    reaches_high: bool
    rises: bool


@dataclass(frozen=True)
class Tipping:
    """What a search for tipping points found.

    Parameters
    ----------
    crossings : tuple of Crossing
        In rising order of their values; none where the odds stay on one side of the level.
    readings : tuple of Reading
        Every value that was tried, rising.
    """

    crossings: tuple[Crossing, ...]
    readings: tuple[Reading, ...]


def reading_of(varied: ParameterScan) -> Callable[[float], Reading]:
    """Return the function that reads odds at a value, each value once.

    Parameters
    ----------
    varied : ParameterScan
        The question.

    Raises
    ------
    SimError
        When it is read: if no replicate finished at a value, or reactions would sustain themselves there.
    """

    def read(value: float) -> Reading:
        at = f"{varied.key} = {value:.4g}"
        try:
            found = varied.simulate(value)
        except SupercriticalError as error:
            raise SupercriticalError(f"at {at}: {error}; choose other --low and --high") from error
        if not len(found.replicates):
            raise SimError(f"at {at} no replicate finished; choose other --low and --high")
        size = float(effective_size(found.holds[:, None], found.replicates)[0])
        low, high = interval(float(found.holds.mean()) * size, size)
        return Reading(value, len(found.replicates), int(found.holds.sum()), low, high, found.redrawn)

    return read


def tipping_points(
    read: Callable[[float], Reading], low: float, high: float, odds: float, *, tolerance: float = 0.01
) -> Tipping:
    """Find the values between two bounds at which odds cross a level.

    Parameters
    ----------
    read : callable
        Gives the odds at a value.
    low, high : float
        Bounds of the search.
    odds : float
        The level, between 0 and 1.
    tolerance : float, optional
        Exactness of each value, as a share of the distance of the bounds.

    Returns
    -------
    Tipping
        Crossings that `GRID` even values bracket; between two of them the odds may cross the level and back unseen.
    """
    search = _Search(read, low, high, odds, tolerance)
    grid = [search.at(float(value)) for value in np.linspace(low, high, GRID)]
    crossings = tuple(
        search.crossing(left, right)
        for left, right in itertools.pairwise(grid)
        if (left.estimate < odds) != (right.estimate < odds)
    )
    return Tipping(crossings, tuple(sorted(search.known.values(), key=lambda one: one.value)))


class _Search:
    """Odds read once at each value, and roots between them."""

    def __init__(
        self, read: Callable[[float], Reading], low: float, high: float, odds: float, tolerance: float
    ) -> None:
        self._read, self._low, self._high, self._odds = read, low, high, odds
        self._exactness = tolerance * (high - low)
        self.known: dict[float, Reading] = {}

    def at(self, value: float) -> Reading:
        """Return the odds at a value."""
        if value not in self.known:
            self.known[value] = self._read(value)
        return self.known[value]

    def crossing(self, left: Reading, right: Reading) -> Crossing:
        """Return the crossing between two readings on either side of the level."""
        rises = left.estimate < right.estimate
        value = self._root(lambda one: one.estimate, left.value, right.value)
        (low, reaches_low), (high, reaches_high) = (self._end(value, outward) for outward in (-1, 1))
        return Crossing(value, low, high, reaches_low, reaches_high, rises)

    def _end(self, value: float, outward: int) -> tuple[float, bool]:
        """Return where the interval of a crossing ends on one side, and whether a bound of the search cuts it."""
        here = self.at(value)
        beyond = [one for one in self.known.values() if (one.value - value) * outward > 0]
        outside = [one for one in beyond if not one.allows(self._odds)]
        if not outside:
            return (self._low if outward < 0 else self._high), True
        far = min(outside, key=lambda one: abs(one.value - value))
        if not here.allows(self._odds):
            # The odds jump over the level: what is known is that they do so before the nearest value across it.
            across = (here.estimate < self._odds) != (far.estimate < self._odds)
            return (far.value if across else value), False
        is_upper = far.high < self._odds
        return self._root(lambda one: one.high if is_upper else one.low, *sorted((value, far.value))), False

    def _root(self, of: Callable[[Reading], float], a: float, b: float) -> float:
        return float(optimize.brentq(lambda value: of(self.at(value)) - self._odds, a, b, xtol=self._exactness))


def readings_table(found: Tipping) -> pd.DataFrame:
    """Return every value that was tried with its odds: columns value, n, events, estimate, low, high, redrawn.

    Parameters
    ----------
    found : Tipping
        What `tipping_points` returns.
    """
    rows = [(one.value, one.n, one.events, one.estimate, one.low, one.high, one.redrawn) for one in found.readings]
    return pd.DataFrame(rows, columns=["value", "n", "events", "estimate", "low", "high", "redrawn"])
