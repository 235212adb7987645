"""Odds of rare outcomes of a scenario, by splitting its ensembles over worker processes."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
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
    """Return the odds of outcomes, each a question and a horizon [days], by splitting; ``jobs`` changes no number."""
    validate_request(scenario, outcomes, effort)
    parts = [tuple(int(i) for i in part) for part in np.array_split(np.arange(effort.repetitions), jobs) if part.size]
    pieces = [(question, days, part) for question, days in outcomes for part in parts]
    how = point, seed, effort
    if executor is None:
        splits = [_split_piece(scenario, *how, piece) for piece in pieces]
    else:
        splits = list(executor.map(partial(_split_by_worker, Parcel.of(scenario), how), pieces))
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


_Piece = tuple[str, int, tuple[int, ...]]  # question, horizon [days] and some repetitions


def _split_by_worker(parcel: Parcel, how: tuple[int, int, Effort], piece: _Piece) -> Split:
    return _split_piece(parcel.open(), *how, piece)


def _split_piece(scenario: Scenario, point: int, seed: int, effort: Effort, piece: _Piece) -> Split:
    question, days, repetitions = piece
    asked = next(one for one in scenario.questions if one.id == question)
    return split(EnsembleProcess(scenario, point, asked, days, seed), np.array(repetitions), effort)
