"""One parameter of a scenario at any value, and the answers of replicates there under their usual luck."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.errors import Problems, nearest
from sim.core.parameters import Parameter
from sim.sweeps.worker_job import Origin

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Flags = npt.NDArray[np.bool_]

_PIECE: Final = 1000
"""Replicates that are run at once; changes no answer."""


@dataclass(frozen=True)
class Answers:
    """What came of the replicates at one value."""

    replicates: Integers  # shape (n_finished,): Indices of those that finished
    holds: Flags  # shape (n_finished,): Whether it happened
    # Share of all replicates that drew their reactions anew, since those drawn first would have sustained
    # themselves
    redrawn: float


@dataclass(frozen=True)
class Varied:
    """A question to one point of a scenario, as a function of one parameter."""

    scenario: Scenario  # The scenario
    point: int  # Index of the point
    key: str  # Key path of the parameter
    question: str  # Id of a question with a first day
    horizon_days: int  # Horizon [days]
    seed: int  # Root of all draws; every value is tried under the same luck
    replicates: int  # Number of replicates
    executor: Executor | None = None  # What runs pieces of the replicates; this process without one. Changes no answer

    def declared(self) -> Parameter:
        """Return the declaration of the parameter."""
        problems = Problems("options")
        settings = {one.key: one for one in self.scenario.settings(self.scenario.points()[self.point])}
        asked = {one.id: one for one in self.scenario.questions if not one.is_state}
        if self.key not in settings:
            problems.add("--factor", f'"{self.key}" is not a parameter; {nearest(self.key, settings)}')
        if self.question not in asked:
            problems.add("--question", f'"{self.question}" has no first day; {nearest(self.question, asked)}')
        if not 1 <= self.horizon_days <= self.scenario.horizon_days:
            limit = self.scenario.horizon_days
            problems.add("--horizon", f"{self.horizon_days} is out of bounds; it must be between 1 and {limit} days")
        problems.raise_if_any()
        return settings[self.key].declared

    def answers(self, value: float) -> Answers:
        """Return whether it happened by the horizon, by replicate that finished."""
        asked = self.point, self.key, value, self.question, self.horizon_days, self.seed
        origin = Origin.of(self.scenario)
        starts = range(0, self.replicates, _PIECE)
        tasks = [_Task(origin, *asked, start, min(start + _PIECE, self.replicates)) for start in starts]
        if self.executor is None:
            parts = [_found(self.scenario, task) for task in tasks]
        else:
            parts = list(self.executor.map(_found_by_worker, tasks))
        days, failed, redrawn = (np.concatenate(part) for part in zip(*parts, strict=True))
        finished = ~failed
        return Answers(np.flatnonzero(finished), days[finished] <= self.horizon_days, float(redrawn.mean()))


@dataclass(frozen=True)
class _Task:
    """A piece of the replicates at a value, as it travels to a worker."""

    origin: Origin
    point: int
    key: str
    value: float
    question: str
    days: int
    seed: int
    start: int
    stop: int


def _found_by_worker(task: _Task) -> tuple[Floats, Flags, Flags]:
    return _found(task.origin.scenario(), task)


def _found(scenario: Scenario, task: _Task) -> tuple[Floats, Flags, Flags]:
    """Return the first day of each replicate of a piece, whether it failed, and whether it drew its reactions anew."""
    ensemble = scenario.ensemble(
        scenario.points()[task.point],
        np.arange(task.start, task.stop),
        task.seed,
        horizon_days=task.days,
        changed={task.key: task.value},
    )
    conflict = ensemble.conflict
    try:
        outcomes = conflict.run().judge().columns(conflict.timeline.questions, ())
        days = np.asarray(outcomes[f"{task.question}_day"], dtype=np.float64)
        return days, conflict.exchange.failed.copy(), ensemble.redrawn
    finally:
        conflict.release()
