"""Odds of rare outcomes of a scenario, by splitting its ensembles over worker processes."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.core.arrays import Floats, Integers
from sim.core.errors import Problems
from sim.core.random_streams import NEVER, Branches, word_of
from sim.engine.outcomes import Question
from sim.scenario.scenario import Scenario
from sim.sweeps.parcel import Parcel
from sim.sweeps.rare_events.level_function import levels_of
from sim.sweeps.rare_events.splitting import Effort, Split, combine, split

FEWEST_EVENTS: Final = 30  # events below which the odds of plain replicates are too rough, and splitting takes over
_EIGHT: Final = 8
_PIECE: Final = 4000  # histories that are run at once; changes no level


@dataclass(frozen=True)
class RareOdds:
    """Odds of one outcome at one horizon by splitting."""

    question: str
    horizon_days: int
    split: Split


class EnsembleProcess:
    """A point of a scenario as histories that can be branched by days; they are others than those of a plain run."""

    def __init__(self, scenario: Scenario, point: int, question: Question, days: int, seed: int) -> None:
        self._scenario, self._point, self._question, self._days = scenario, scenario.points()[point], question, days
        self.seed = word_of("splitting", seed, question.id, days)
        self.failed = 0

    def levels(self, roots: Integers, branches: Branches) -> Floats:
        """Return the level at the end of each day, shape (n_days, n_histories); branches are counted in days."""
        pieces = np.split(np.arange(len(roots)), range(_PIECE, len(roots), _PIECE))
        return np.concatenate([self._piece(roots[lanes], branches.select(lanes)) for lanes in pieces], axis=1)

    def _piece(self, roots: Integers, branches: Branches) -> Floats:
        """Return the levels of as many histories as memory holds at ease."""
        per_day = round(1 / self._scenario.step_days)
        steps = np.where(branches.steps == NEVER, NEVER, np.minimum(branches.steps, self._days) * per_day)
        ensemble = self._scenario.ensemble(
            self._point, roots, self.seed, horizon_days=self._days, branches=Branches(steps, branches.serials)
        )
        try:
            levels = levels_of(ensemble.conflict, self._question)
            self.failed += int(ensemble.conflict.failed.sum())
            return levels
        finally:
            ensemble.conflict.release()


@dataclass(frozen=True)
class _Task:
    """Some repetitions, as they travel to a worker."""

    parcel: Parcel
    point: int
    question: str
    days: int
    seed: int
    effort: Effort
    repetitions: tuple[int, ...]


def rare_odds(
    scenario: Scenario,
    point: int,
    outcomes: Sequence[tuple[str, int]],
    *,
    seed: int,
    effort: Effort,
    jobs: int = 1,
    executor: Executor | None = None,
) -> list[RareOdds]:
    """Return the odds of outcomes, each a question and a horizon [days], by splitting.

    ``jobs`` is the number of parts that the repetitions are shared over, and changes no number. Raises `InputError` if
    a question has no first day, a horizon is out of bounds, or the effort is; `SimError` if the rounds do not end.
    """
    validate_request(scenario, outcomes, effort)
    parts = [tuple(int(i) for i in part) for part in np.array_split(np.arange(effort.repetitions), jobs) if part.size]
    parcel = Parcel.of(scenario)
    tasks = [_Task(parcel, point, question, days, seed, effort, part) for question, days in outcomes for part in parts]
    splits = list(
        executor.map(_split_by_worker, tasks) if executor else (_split_task(scenario, task) for task in tasks)
    )
    step = len(parts)
    return [
        RareOdds(question, days, combine(splits[i * step : (i + 1) * step]))
        for i, (question, days) in enumerate(outcomes)
    ]


def validate_request(scenario: Scenario, outcomes: Sequence[tuple[str, int]], effort: Effort) -> None:
    """Refuse what splitting cannot do, everything at once, by an `InputError`."""
    problems = Problems("options")
    questions = {question.id: question for question in scenario.questions}
    known = ", ".join(question.id for question in scenario.questions if not question.is_state)
    for question, days in outcomes:
        if question not in questions or questions[question].is_state:
            problems.add("--rare", f'"{question}" has no first day that splitting could lead to; ask {known}')
        if not 1 <= days <= scenario.horizon_days:
            problems.add("--horizon", f"{days} is out of bounds; it must be between 1 and {scenario.horizon_days} days")
    if effort.histories < _EIGHT or effort.histories % _EIGHT:
        problems.add("--histories", f"{effort.histories} is refused; it must be a multiple of {_EIGHT}")
    if effort.repetitions < 2:
        problems.add("--repetitions", f"{effort.repetitions} is out of bounds; it must be at least 2")
    problems.raise_if_any()


def _split_by_worker(task: _Task) -> Split:
    return _split_task(task.parcel.open(), task)


def _split_task(scenario: Scenario, task: _Task) -> Split:
    question = next(question for question in scenario.questions if question.id == task.question)
    process = EnsembleProcess(scenario, task.point, question, task.days, task.seed)
    return split(process, np.array(task.repetitions), task.effort)
