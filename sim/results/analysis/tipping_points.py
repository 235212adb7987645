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
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy import optimize

from sim.core.arrays import Flags, Floats, Integers
from sim.core.errors import Problems, SimError, SupercriticalError, nearest
from sim.core.intervals import interval
from sim.core.parameters import Parameter
from sim.sweeps.cluster_errors import estimate_size
from sim.sweeps.parcel import Parcel

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


_PIECE: Final = 1000  # replicates that are run at once; changes no answer


@dataclass(frozen=True)
class ScanOutcomes:
    """What came of the replicates at one value."""

    replicates: Integers  # indices of those that finished, shape (n_finished,)
    holds: Flags  # whether it happened by the horizon, shape (n_finished,)
    redrawn: float  # share of all that drew their reactions anew, as the first would have sustained themselves


@dataclass(frozen=True)
class ParameterScan:
    """A question to one point of a scenario, as a function of one parameter."""

    scenario: Scenario
    point: int  # index of the point
    key: str  # key path of the parameter
    question: str  # id of a question with a first day
    horizon_days: int
    seed: int  # every value is tried under the same luck
    replicates: int
    executor: Executor | None = None  # runs pieces of the replicates, in place of this process; changes no outcome

    def parameter(self) -> Parameter:
        """Return the declaration of the parameter; refuse where it, the question or the horizon does not exist."""
        problems = Problems("options")
        settings = {setting.key: setting for setting in self.scenario.settings(self.scenario.points()[self.point])}
        questions = {question.id for question in self.scenario.questions if not question.is_state}
        if self.key not in settings:
            problems.add("--factor", f'"{self.key}" is not a parameter; {nearest(self.key, settings)}')
        if self.question not in questions:
            problems.add("--question", f'"{self.question}" has no first day; {nearest(self.question, questions)}')
        if not 1 <= self.horizon_days <= self.scenario.horizon_days:
            limit = self.scenario.horizon_days
            problems.add("--horizon", f"{self.horizon_days} is out of bounds; it must be between 1 and {limit} days")
        problems.raise_if_any()
        return settings[self.key].declared

    def simulate(self, value: float) -> ScanOutcomes:
        """Return what came of the replicates at a value within the bounds of the parameter."""
        what = self.point, self.key, value, self.question, self.horizon_days, self.seed
        starts = range(0, self.replicates, _PIECE)
        pieces = [np.arange(start, min(start + _PIECE, self.replicates)) for start in starts]
        if self.executor is None:
            parts = [_simulate_piece(self.scenario, *what, piece) for piece in pieces]
        else:
            parts = list(self.executor.map(partial(_simulate_by_worker, Parcel.of(self.scenario), *what), pieces))
        days, failed, redrawn = (np.concatenate(part) for part in zip(*parts, strict=True))
        finished = ~failed
        return ScanOutcomes(np.flatnonzero(finished), days[finished] <= self.horizon_days, float(redrawn.mean()))


def _simulate_by_worker(parcel: Parcel, *what: Any) -> tuple[Floats, Flags, Flags]:
    return _simulate_piece(parcel.open(), *what)


def _simulate_piece(
    scenario: Scenario, point: int, key: str, value: float, question: str, days: int, seed: int, replicates: Integers
) -> tuple[Floats, Flags, Flags]:
    """Return the first day of each replicate, whether it failed, and whether it drew its reactions anew."""
    where = scenario.points()[point]
    ensemble = scenario.ensemble(where, replicates, seed, horizon_days=days, changed={key: value})
    conflict = ensemble.conflict
    try:
        outcomes = conflict.run().judge().columns(conflict.timeline.questions, ())
        first = np.asarray(outcomes[f"{question}_day"], dtype=np.float64)
        return first, conflict.failed.copy(), ensemble.redrawn
    finally:
        conflict.release()


_REDRAWN: Final = 0.01  # difference of the shares that drew anew from which it is told (judgement)
GRID: Final = 5  # values at which the odds are read before a root is looked for


@dataclass(frozen=True)
class Reading:
    """Odds at one value."""

    value: float  # value of the parameter
    n: int  # replicates, and those in which it happened
    events: int
    low: float  # ends of the 95 % interval of the odds
    high: float
    # share of the replicates that drew their reactions anew, since those drawn first would have sustained themselves
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
    """A value at which the odds cross the level."""

    value: float
    low: float  # ends of its 95 % interval
    high: float
    reaches_low: bool  # whether the interval is cut by a bound of the search, and so has no end on that side
    reaches_high: bool
    rises: bool  # whether the odds rise with the value there


@dataclass(frozen=True)
class Tipping:
    """What a search for tipping points found."""

    # in rising order of their values; none where the odds stay on one side of the level
    crossings: tuple[Crossing, ...]
    readings: tuple[Reading, ...]  # every value that was tried, rising


def make_reader(varied: ParameterScan) -> Callable[[float], Reading]:
    """Return the function that reads odds at a value; it fails where none finishes or reactions never end."""

    def read(value: float) -> Reading:
        at = f"{varied.key} = {value:.4g}"
        try:
            answers = varied.simulate(value)
        except SupercriticalError as error:
            raise SupercriticalError(f"at {at}: {error}; choose other --low and --high") from error
        if not len(answers.replicates):
            raise SimError(f"at {at} no replicate finished; choose other --low and --high")
        size = float(estimate_size(answers.holds[:, None], answers.replicates)[0])
        low, high = interval(float(answers.holds.mean()) * size, size)
        return Reading(value, len(answers.replicates), int(answers.holds.sum()), low, high, answers.redrawn)

    return read


def find_tipping_points(
    read: Callable[[float], Reading], low: float, high: float, odds: float, *, tolerance: float = 0.01
) -> Tipping:
    """Find the values between two bounds at which odds cross a level.

    These are crossings that `GRID` even values bracket; between two of them the odds may cross the level and back
    unseen. `tolerance` is the exactness of each value, as a share of the distance of the bounds.
    """
    search = _Search(read, low, high, odds, tolerance)
    grid = [search.at(float(value)) for value in np.linspace(low, high, GRID)]
    crossings = tuple(
        search.crossing(left, right)
        for left, right in itertools.pairwise(grid)
        if (left.estimate < odds) != (right.estimate < odds)
    )
    return Tipping(crossings, tuple(sorted(search.known.values(), key=lambda reading: reading.value)))


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
        value = self._root(lambda reading: reading.estimate, left.value, right.value)
        (low, reaches_low), (high, reaches_high) = (self._end(value, outward) for outward in (-1, 1))
        return Crossing(value, low, high, reaches_low, reaches_high, rises)

    def _end(self, value: float, outward: int) -> tuple[float, bool]:
        """Return where the interval of a crossing ends on one side, and whether a bound of the search cuts it."""
        here = self.at(value)
        beyond = [reading for reading in self.known.values() if (reading.value - value) * outward > 0]
        outside = [reading for reading in beyond if not reading.allows(self._odds)]
        if not outside:
            return (self._low if outward < 0 else self._high), True
        far = min(outside, key=lambda reading: abs(reading.value - value))
        if not here.allows(self._odds):
            # The odds jump over the level: what is known is that they do so before the nearest value across it.
            across = (here.estimate < self._odds) != (far.estimate < self._odds)
            return (far.value if across else value), False
        is_upper = far.high < self._odds
        return self._root(lambda reading: reading.high if is_upper else reading.low, *sorted((value, far.value))), False

    def _root(self, of: Callable[[Reading], float], a: float, b: float) -> float:
        return float(optimize.brentq(lambda value: of(self.at(value)) - self._odds, a, b, xtol=self._exactness))


def tabulate_readings(tipping: Tipping) -> pd.DataFrame:
    """Return every value that was tried with its odds: columns value, n, events, estimate, low, high, redrawn."""
    names = ["value", "n", "events", "estimate", "low", "high", "redrawn"]
    return pd.DataFrame([[getattr(reading, name) for name in names] for reading in tipping.readings], columns=names)
