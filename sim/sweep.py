"""Sweeps: every point of a scenario, block by block, over worker processes, into a results folder.

The same command goes on where it was stopped. The number of workers, stopping and resuming, and asking for more
replicates later change no byte of a block.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sim.blocks import BLOCK_SIZE, Block, blocks_of
from sim.errors import Problems
from sim.folder import check_writable, claimed, manifest_of
from sim.workers import computed, pilot

if TYPE_CHECKING:
    from sim.scenario import Scenario

_REHEARSAL_STEPS: Final = 4
_WORKER_START_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Plan:
    """What a sweep would do; nothing is run but a small pilot, and nothing is written.

    Parameters
    ----------
    points : int
        Number of points.
    replicates : int
        Replicates of each point.
    blocks : int
        Number of blocks.
    jobs : int
        Number of worker processes.
    horizon_days : int
        Length of a run [days].
    seconds : float
        Estimated time [s].
    disk_bytes : int
        Estimated size of the blocks [bytes].
    """

    points: int
    replicates: int
    blocks: int
    jobs: int
    horizon_days: int
    seconds: float
    disk_bytes: int

    @property
    def runs(self) -> int:
        """Number of replicates over all points."""
        return self.points * self.replicates


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Parameters
    ----------
    blocks, replicates : int
        All blocks and replicates of the sweep.
    blocks_done, replicates_done : int
        Those that lie in the folder.
    blocks_kept, replicates_kept : int
        Those of them that lay there before.
    """

    blocks: int
    replicates: int
    blocks_done: int
    replicates_done: int
    blocks_kept: int
    replicates_kept: int

    def after(self, block: Block) -> Progress:
        """Return the progress when one more block is done."""
        return replace(self, blocks_done=self.blocks_done + 1, replicates_done=self.replicates_done + block.count)


def check_numbers(replicates: int = 1, seed: int = 0, jobs: int = 1) -> None:
    """Refuse numbers that no sweep can have.

    Parameters
    ----------
    replicates : int
        Replicates of each point; at least 1.
    seed : int
        Root of all draws; at least 0.
    jobs : int
        Number of worker processes; at least 1.

    Raises
    ------
    InputError
        With every number that is refused.
    """
    problems = Problems("options")
    for name, value, least in (("replicates", replicates, 1), ("seed", seed, 0), ("jobs", jobs, 1)):
        if value < least:
            problems.add(f"--{name}", f"{value} is out of bounds; it must be at least {least}")
    problems.raise_if_any()


def rehearse(scenario: Scenario, seed: int) -> None:
    """Run every point for a few steps with two replicates, so that what cannot run fails before anything is written.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    seed : int
        Root of all draws.

    Raises
    ------
    PolicyError
        If a policy fails or answers wrongly.
    SupercriticalError
        If reactions would sustain themselves.
    """
    for point in scenario.outer_points():
        conflict = scenario.ensemble(point, 2, seed, is_cold=True).conflict
        try:
            whole = conflict.timeline.horizon_days * conflict.timeline.steps_per_day
            for _ in range(min(_REHEARSAL_STEPS, whole)):
                conflict.step()
        finally:
            conflict.release()


def plan(scenario: Scenario, replicates: int, jobs: int, block_size: int = BLOCK_SIZE) -> Plan:
    """Estimate a sweep from a small pilot.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    replicates : int
        Replicates of each point.
    jobs : int
        Number of worker processes.
    block_size : int
        Replicates of a full block.

    Raises
    ------
    InputError
        If a number is refused.
    """
    check_numbers(replicates, 0, jobs)
    blocks = blocks_of(len(scenario.points()), replicates, block_size)
    per_block, per_replicate = pilot(scenario, min(block_size, replicates))
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


def run(
    scenario: Scenario,
    out: Path,
    *,
    replicates: int,
    seed: int,
    jobs: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    block_size: int = BLOCK_SIZE,
) -> Path:
    """Run a sweep into a results folder; the same call goes on where it was stopped.

    A script that calls this with several jobs needs the usual ``if __name__ == "__main__":`` guard, because workers
    are started afresh.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    out : Path
        The results folder; made if it is missing.
    replicates : int
        Replicates of each point. More than before keeps the full blocks that exist.
    seed : int
        Root of all draws.
    jobs : int
        Number of worker processes; changes no result.
    on_progress : callable, optional
        Called with a `Progress` before the first block and after each.
    block_size : int
        Replicates of a full block; must be that of the folder.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If a number is refused.
    OutputError
        If the folder cannot be written, is in use, or belongs to another run.
    PolicyError
        If a policy fails or answers wrongly.
    SimError
        If a worker process dies twice on one block.
    """
    check_numbers(replicates, seed, jobs)
    check_writable(out)
    rehearse(scenario, seed)
    report = on_progress or (lambda progress: None)
    wanted = blocks_of(len(scenario.points()), replicates, block_size)
    with claimed(out, scenario, manifest_of(scenario, replicates, seed, block_size)) as folder:
        missing = [block for block in wanted if not folder.holds(block)]
        folder.drop(missing)
        progress = _begun(wanted, missing)
        report(progress)
        # Closed at once when something is raised here, so that no worker outlives the sweep.
        with contextlib.closing(computed(scenario, missing, seed, jobs)) as results:
            for block, content in results:
                folder.put(block, content)
                progress = progress.after(block)
                report(progress)
    return out


def run_point(
    scenario: Scenario,
    point: int,
    *,
    replicates: int,
    seed: int,
    jobs: int = 1,
    days: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[bytes]:
    """Run one point of a scenario and keep its blocks in memory.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    point : int
        Index of the point.
    replicates, seed, jobs : int
        As in `run`.
    days : int, optional
        Shorter length of the run [days].
    on_progress : callable, optional
        As in `run`.

    Returns
    -------
    list of bytes
        Parquet files in the order of the replicates.

    Raises
    ------
    InputError
        If a number is refused.
    PolicyError
        If a policy fails or answers wrongly.
    """
    check_numbers(replicates, seed, jobs)
    report = on_progress or (lambda progress: None)
    blocks = [replace(block, point=point) for block in blocks_of(1, replicates)]
    progress = _begun(blocks, blocks)
    report(progress)
    done: dict[Block, bytes] = {}
    with contextlib.closing(computed(scenario, blocks, seed, jobs, days)) as results:
        for block, content in results:
            done[block] = content
            progress = progress.after(block)
            report(progress)
    return [done[block] for block in blocks]


def _begun(wanted: list[Block], missing: list[Block]) -> Progress:
    blocks, replicates = len(wanted), sum(block.count for block in wanted)
    kept = blocks - len(missing)
    replicates_kept = replicates - sum(block.count for block in missing)
    return Progress(blocks, replicates, kept, replicates_kept, kept, replicates_kept)
