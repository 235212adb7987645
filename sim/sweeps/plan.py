"""What a sweep would do, and how long and how large it would be: estimated from a block that is cut short."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.sweeps.blocks import choose_block_size, split_blocks
from sim.sweeps.compute_block import build_table, serialise
from sim.sweeps.dry_run import compile_ahead
from sim.sweeps.provenance import build_stamp
from sim.sweeps.sweep import check_numbers

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

_WORKER_START_SECONDS: Final = 3.0
_PILOT_SHARE: Final = 10
_BYTES_OF_A_COUNT: Final = 2.0


@dataclass(frozen=True)
class Plan:
    """What a sweep would do; nothing is run but a small pilot, and nothing is written."""

    points: int
    replicates: int  # of each point
    blocks: int
    jobs: int  # worker processes
    horizon_days: int
    seconds: float  # estimated
    disk_bytes: int  # estimated, of the blocks

    @property
    def runs(self) -> int:
        """Number of replicates over all points."""
        return self.points * self.replicates


def plan_sweep(scenario: Scenario, replicates: int, jobs: int, block_size: int | None = None) -> Plan:
    """Estimate a sweep from a small pilot."""
    check_numbers(replicates, 0, jobs)
    compile_ahead(scenario)
    size = block_size or choose_block_size(scenario)
    blocks = split_blocks(len(scenario.points()), replicates, size)
    per_block, per_replicate = run_pilot(scenario, min(size, replicates))
    rounds = math.ceil(len(blocks) / jobs)
    shortest = blocks[-1].count / blocks[0].count
    seconds = per_block * (rounds - 1 + shortest) + (_WORKER_START_SECONDS if jobs > 1 and len(blocks) > 1 else 0.0)
    return Plan(
        points=len(scenario.points()),
        replicates=replicates,
        blocks=len(blocks),
        jobs=jobs,
        horizon_days=scenario.horizon_days,
        seconds=seconds,
        disk_bytes=round(per_replicate * replicates * len(scenario.points())),
    )


def run_pilot(scenario: Scenario, block_size: int) -> tuple[float, float]:
    """Estimate the time of a block of the last point [s] and the size of a row [bytes] from its first days."""
    days = max(1, scenario.horizon_days // _PILOT_SHARE)
    point = scenario.points()[-1]
    began = time.perf_counter()
    ensemble = scenario.ensemble(point, block_size, scenario.seed, horizon_days=days)
    ready = time.perf_counter()
    try:
        ensemble.conflict.run()
        ended = time.perf_counter()
    finally:
        ensemble.conflict.release()
    stamp = build_stamp(scenario, 0)
    rows = serialise(build_table(point, np.arange(block_size), ensemble.inputs, {}), stamp)
    kept = 0
    if scenario.keeps_daily:
        lists = build_table(point, np.arange(block_size), {}, {}, ensemble.conflict.totals.columns())
        kept = len(serialise(lists, stamp)) * scenario.horizon_days // days
    theatre, n_horizons = scenario.theatre, len(scenario.horizons)
    # The pilot ends before the first horizon, so what is noted by then is added by its number.
    sums = (len(theatre.dyads) + 2 * len(theatre.locations)) * n_horizons
    counts = sums + len(scenario.questions) + 2 * len(theatre.joiners) + 2 * n_horizons
    seconds = (ready - began) + (ended - ready) * scenario.horizon_days / days
    return seconds, (len(rows) + kept) / block_size + counts * _BYTES_OF_A_COUNT
