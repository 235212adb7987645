"""What is timed: the engine, the scalar Mesa model, the event-by-event simulation.

Work is counted in replicate-years, times are those of one process. The clock of the ratios is processor time, which
other programs on the machine disturb less than the wall clock. Every timing takes in all that a user waits for: drawing
the parameters, replaying the record, stepping, and the table of outcomes. The scalar histories get their parameters for
nothing.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mesa
import numpy as np
from reduced import lebanon_part
from statistical.event_by_event import simulate
from worlds import BACKGROUND, DELAY_DAYS, REACTION_MATRIX, docking_world

from benchmarks.scalar_draws import histories
from benchmarks.scalar_run import outcomes
from sim.engine.model import Conflict
from sim.scenario.scenario import Scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "lebanon-2023" / "baseline.toml"
SEED = 20231107
YEAR_DAYS = 365.0
SPAN_DAYS = 365


@dataclass(frozen=True)
class Timing:
    """How long some work took.

    Parameters
    ----------
    case, subject : str
        What is compared, and what was timed.
    replicates, days : int
        Size of the work.
    work : float
        Its amount, in `unit`.
    cpu, wall : float
        Processor time and time on the clock [s].
    unit : str
        Unit of the work.
    """

    case: str
    subject: str
    replicates: int
    days: int
    work: float
    cpu: float
    wall: float
    unit: str = "replicate-years"
    acts_per_day: float = math.nan
    """Mean acts of a replicate: a scalar sample is small and wars are busy, so two samples may differ in it."""

    @property
    def rate(self) -> float:
        """Work per second of processor time."""
        return self.work / self.cpu


class Watch:
    """Processor time and wall time of a block."""

    cpu = wall = 0.0


@contextmanager
def watched() -> Iterator[Watch]:
    """Time a block on both clocks."""
    watch, cpu, wall = Watch(), time.process_time(), time.perf_counter()
    yield watch
    watch.cpu, watch.wall = time.process_time() - cpu, time.perf_counter() - wall


def replicate_years(case: str, subject: str, replicates: int, days: int, watch: Watch, acts: float) -> Timing:
    """Return the timing of some replicates over some days, with all their acts."""
    span = replicates * days
    return Timing(case, subject, replicates, days, span / YEAR_DAYS, watch.cpu, watch.wall, acts_per_day=acts / span)


@cache
def baseline() -> Scenario:
    """Return the baseline scenario, warmed: the engine is compiled and caches are filled."""
    scenario = Scenario.load(BASELINE)
    told(scenario, 2, 2)
    return scenario


@cache
def front() -> Scenario:
    """Return the part of the baseline that the scalar model knows, warmed."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario.load(lebanon_part(Path(folder)))
    told(scenario, 2, 2)
    return scenario


def number_of_acts(conflict: Conflict) -> float:
    """Return the acts of all replicates and dyads."""
    return float(conflict.totals.columns()["acts"].sum(dtype=np.int64))


def told(scenario: Scenario, replicates: int, days: int) -> float:
    """Run an ensemble from its parameters to its table; return the number of acts."""
    conflict = scenario.ensemble(scenario.points()[0], replicates, SEED, horizon_days=days).conflict
    assert len(conflict.run().columns()["war_day"]) == replicates
    conflict.release()
    return number_of_acts(conflict)


def engine(replicates: int, days: int = SPAN_DAYS) -> Timing:
    """Time the engine on the baseline, the whole theatre."""
    scenario = baseline()
    with watched() as watch:
        acts = told(scenario, replicates, days)
    return replicate_years("whole theatre", "engine", replicates, days, watch, acts)


def engine_on_front(replicates: int, days: int = SPAN_DAYS) -> Timing:
    """Time the engine on the part of the baseline that the scalar model knows."""
    scenario = front()
    with watched() as watch:
        acts = told(scenario, replicates, days)
    return replicate_years("front alone", "engine", replicates, days, watch, acts)


def scalar(replicates: int, days: int = SPAN_DAYS) -> Timing:
    """Time the scalar Mesa model on its part of the baseline, one model after the other by `mesa.batch_run`."""
    given = histories(front(), replicates, SEED, SEED + 1, days)
    outcomes(given[:1])
    with watched() as watch:
        rows = outcomes(given)
    acts = sum(count for row in rows for name, count in row.items() if name.startswith("acts_"))
    forget_models()
    return replicate_years("front alone", f"scalar Mesa {mesa.__version__}", replicates, days, watch, acts)


def forget_models() -> None:
    """Let go of the scalar models, which Mesa 3.3 keeps for the life of the process."""
    getattr(mesa.Agent, "_ids", {}).clear()


def stepping(replicates: int, days: int) -> Timing:
    """Time the steps alone: no drawing of parameters, no record."""
    scenario = baseline()
    conflict = scenario.ensemble(scenario.points()[0], replicates, SEED, horizon_days=days).conflict
    with watched() as watch:
        conflict.run()
    conflict.release()
    acts = number_of_acts(conflict)
    return replicate_years("scaling", "engine, steps alone", replicates, days, watch, acts)


def docking_engine(replicates: int, days: int = SPAN_DAYS) -> Timing:
    """Time the engine on the docking case (S2.17)."""
    docking_world(0.25, 2, 2, SEED).run().release()
    with watched() as watch:
        world = docking_world(0.25, replicates, days, SEED).run()
    world.release()
    return replicate_years("docking", "engine", replicates, days, watch, number_of_acts(world))


def docking_events(replicates: int, days: int = SPAN_DAYS) -> Timing:
    """Time the compiled event-by-event simulation of the docking case."""
    edges = np.array([0.0, float(days)])
    process = BACKGROUND, REACTION_MATRIX, DELAY_DAYS, edges
    simulate(np.random.default_rng(SEED), *process, 1)
    with watched() as watch:
        counts = simulate(np.random.default_rng(SEED), *process, replicates)
    return replicate_years("docking", "event by event, compiled", replicates, days, watch, float(counts.sum()))
