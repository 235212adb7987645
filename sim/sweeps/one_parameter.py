"""One parameter of a scenario at any value, and what comes of its replicates there under their usual luck."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.core.arrays import Flags, Floats, Integers
from sim.core.errors import Problems, nearest
from sim.core.parameters import Parameter
from sim.sweeps.parcel import Parcel

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


_PIECE: Final = 1000
"""Replicates that are run at once; changes no answer."""


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
