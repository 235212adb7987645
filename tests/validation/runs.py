"""Ensembles of the shipped scenarios and of those beside this file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.engine.model import Conflict
from sim.scenario.scenario import Scenario

OWN = Path(__file__).parent / "scenarios"
BASELINE = Path(__file__).parents[2] / "scenarios" / "lebanon-2023" / "baseline.toml"


def ensemble(path: Path, replicates: int, *, level: str | None = None, days: int | None = None) -> Conflict:
    """Return an ensemble before its first step.

    Parameters
    ----------
    path : Path
        The scenario.
    replicates : int
        Number of replicates.
    level : str, optional
        Label of a level of the only factor; the first point without it.
    days : int, optional
        Length of the run [days].
    """
    scenario = Scenario.load(path)
    points = scenario.points()
    labels = [dict(one.labels).get(scenario.factors[0].key) if scenario.factors else None for one in points]
    point = points[0] if level is None else points[labels.index(level)]
    return scenario.ensemble(point, replicates, scenario.seed, horizon_days=days).conflict


def steps(run: Conflict) -> Iterator[np.recarray]:
    """Play a run and yield the acts of each step, of which the daily totals keep no time, cause or single victims."""
    for _ in range(run.timeline.horizon_days * run.timeline.steps_per_day):
        run.step()
        yield run.latest.view(np.recarray)


def command_of(file: str, argument: str | None = None) -> str:
    """Return the command that makes some rows: a module of this folder and perhaps an argument."""
    words = f"PYTHONPATH=.:tests python -m validation.{Path(file).stem}"
    return words if argument is None else f"{words} {shlex.quote(argument)}"
