"""The record before the start, replayed so that harm, posture and pending reactions are warm on the first day (S2.3).

A record itemises the acts that stand out, not the routine. What it leaves out enters the parties' memory of each other
and the pools of reactions at the stationary rate and on the baseline posture, so that the record's choice of incidents
does not pass for a rise of the posture, and the first days are not too quiet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sim.core.arrays import Floats
from sim.engine.acts import GivenAct
from sim.engine.theatre import Theatre


def group_by_step(given: Iterable[GivenAct], step_days: float) -> dict[int, tuple[GivenAct, ...]]:
    """Return given acts by the step in which they fall."""
    steps: dict[int, tuple[GivenAct, ...]] = defaultdict(tuple)
    for act in given:
        steps[int(np.floor(act.day / step_days))] += (act,)
    return steps


@dataclass(frozen=True)
class Record:
    """What is replayed: the itemised acts by step, and the routine that no record itemises."""

    steps: dict[int, tuple[GivenAct, ...]]  # itemised acts; all steps are below 0
    unitemised: Floats  # (n_dyads, n_replicates) routine acts beside them [1/day]
    received: Floats  # the same by the dyad that would answer them [1/day]

    def __iter__(self) -> Iterator[tuple[int, tuple[GivenAct, ...]]]:
        first = min(self.steps, default=0)
        return ((step, self.steps.get(step, ())) for step in range(first, 0))


def build_record(theatre: Theatre, history: tuple[GivenAct, ...], stationary: Floats, step_days: float) -> Record:
    """Return the record of a theatre; ``stationary`` is the mean of an undisturbed exchange by dyad [1/day]."""
    steps = group_by_step(history, step_days)
    if not steps:
        return Record({}, np.zeros_like(stationary), np.zeros_like(stationary))
    rows = [theatre.dyad_index[f"{act.sender}-{act.target}"] for act in history]
    itemised = np.bincount(rows, minlength=len(theatre.dyads)) / (-min(steps) * step_days)
    unitemised = np.maximum(stationary - itemised[:, None], 0.0)
    received = np.where(theatre.answers[:, None] >= 0, unitemised[theatre.answers], 0.0)
    return Record(steps, unitemised, received)
