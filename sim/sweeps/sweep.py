"""Sweeps: every point of a scenario, block by block, over worker processes, into a results folder.

The same command goes on where it was stopped. The number of workers, stopping and resuming, and asking for more
replicates later change no byte of a block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.errors import Problems, SimError
from sim.core.parameters import REPLICATES, SEEDS, Interval
from sim.sweeps.blocks import BLOCK_SIZE, Block, blocks_of, blocks_up_to
from sim.sweeps.dry_run import rehearse
from sim.sweeps.executors import RESUMABLE, Elsewhere
from sim.sweeps.results_folder import (
    Folder,
    Manifest,
    block_size_in,
    check_writable,
    claimed,
    manifest_of,
    write_manifest,
)
from sim.sweeps.shards import Shard
from sim.sweeps.stopping_rounds import Clock, Rule, TimeOverError, stopping_words
from sim.sweeps.workers import Workers

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class Progress:
    """How far a sweep is."""

    blocks: int  # All blocks and replicates of the sweep
    replicates: int  # All blocks and replicates of the sweep
    blocks_done: int  # Those that lie in the folder
    replicates_done: int  # Those that lie in the folder
    blocks_kept: int  # Those of them that lay there before
    replicates_kept: int  # Those of them that lay there before

    def after(self, block: Block) -> Progress:
        """Return the progress when one more block is done."""
        return replace(self, blocks_done=self.blocks_done + 1, replicates_done=self.replicates_done + block.count)


Report = Callable[[Progress], None]


def check_numbers(replicates: int = 1, seed: int = 0, jobs: int = 1) -> None:
    """Refuse numbers that no sweep can have."""
    problems = Problems("options")
    given = ("replicates", replicates, REPLICATES), ("seed", seed, SEEDS), ("jobs", jobs, Interval(1))
    for name, value, bounds in given:
        if not bounds.contains(value):
            end = f"least {bounds.low:g}" if value < bounds.low else f"most {bounds.high:,}"
            problems.add(f"--{name}", f"{value} is out of bounds; it must be at {end}")
    problems.raise_if_any()


def run(
    scenario: Scenario,
    out: Path,
    *,
    replicates: int,
    seed: int,
    jobs: int = 1,
    on_progress: Report | None = None,
    block_size: int | None = None,
    executor: Executor | Elsewhere | None = None,
    shard: Shard | None = None,
    rule: Rule | None = None,
    time_limit: float | None = None,
) -> Path:
    """Run a sweep into a results folder; the same call goes on where it was stopped.

    A script that calls this with several jobs needs the usual ``if __name__ == "__main__":`` guard, because workers
    are started afresh.
    """
    check_numbers(replicates, seed, jobs)
    check_writable(out)
    rehearse(scenario, seed)
    size = block_size or (rule.block_size if rule is not None else block_size_in(out) or BLOCK_SIZE)
    targets = [replicates if rule is None else rule.first()] * len(scenario.points())
    manifest = manifest_of(scenario, targets[0], seed, size)
    elsewhere = Elsewhere(executor) if isinstance(executor, Executor) else executor
    with claimed(out, scenario, manifest | stopping_words(rule, targets, False), shard) as folder:
        filling = _Filling(folder, on_progress or (lambda progress: None), Clock(time_limit), shard)
        try:
            # What is raised here, the end of the time too, ends the workers at once.
            with Workers(scenario, seed, jobs, elsewhere=elsewhere) as workers:
                _fill_in_rounds(filling, workers, rule, targets, manifest)
        except TimeOverError:
            _end_early(filling, rule, targets, manifest)
    return out


class _Filling:
    """Fills a folder with blocks, up to as many replicates of each point as a round asks for."""

    def __init__(self, folder: Folder, report: Report, clock: Clock, shard: Shard | None) -> None:
        self.folder, self._report, self.clock, self._shard = folder, report, clock, shard
        self._there: set[Block] = set()
        self.counted: list[int] = []
        """Replicates of each point in the whole rounds that are done."""

    def fill(self, workers: Workers, targets: Sequence[int]) -> None:
        """Compute what the folder lacks; blocks of earlier rounds are not looked at again."""
        wanted = blocks_up_to(targets, self.folder.block_size)
        if self._shard is not None:
            wanted = self._shard.share(wanted)
        missing = [block for block in wanted if block not in self._there and not self.folder.holds(block)]
        self.folder.drop(missing)
        progress = _begun(wanted, missing)
        self._report(progress)
        for block, content in workers.computed(missing):
            self.folder.put(block, content)
            progress = progress.after(block)
            self._report(progress)
            if progress.blocks_done < progress.blocks:
                self.clock.check()
        self._there.update(wanted)
        self.counted = list(targets)


def _fill_in_rounds(
    filling: _Filling, workers: Workers, rule: Rule | None, targets: list[int], manifest: Manifest
) -> None:
    """Fill the folder until the rule has enough; without one, once."""
    filling.fill(workers, targets)
    while rule is not None and (more := rule.grown(filling.folder.path, filling.counted)) != filling.counted:
        filling.clock.check()
        write_manifest(filling.folder.path, manifest | stopping_words(rule, more, False))
        filling.fill(workers, more)


def _end_early(filling: _Filling, rule: Rule | None, targets: list[int], manifest: Manifest) -> None:
    """Let the last whole round count; of the first round, what is there."""
    folder = filling.folder
    there = [block for block in blocks_up_to(targets, folder.block_size) if folder.holds(block)]
    if len({block.point for block in there}) < len(targets):
        raise SimError(f"the time limit passed before every point had a block; {RESUMABLE}")
    if rule is not None:
        counted = filling.counted or [sum(b.count for b in there if b.point == i) for i in range(len(targets))]
        write_manifest(folder.path, manifest | stopping_words(rule, counted, True))


def run_point(
    scenario: Scenario,
    point: int,
    *,
    replicates: int,
    seed: int,
    jobs: int = 1,
    days: int | None = None,
    on_progress: Report | None = None,
) -> list[bytes]:
    """Run one point of a scenario and keep its blocks in memory."""
    check_numbers(replicates, seed, jobs)
    report = on_progress or (lambda progress: None)
    blocks = [replace(block, point=point) for block in blocks_of(1, replicates)]
    progress = _begun(blocks, blocks)
    report(progress)
    done: dict[Block, bytes] = {}
    with Workers(scenario, seed, jobs, days) as workers:
        for block, content in workers.computed(blocks):
            done[block] = content
            progress = progress.after(block)
            report(progress)
    return [done[block] for block in blocks]


def _begun(wanted: list[Block], missing: list[Block]) -> Progress:
    blocks, replicates = len(wanted), sum(block.count for block in wanted)
    kept = blocks - len(missing)
    replicates_kept = replicates - sum(block.count for block in missing)
    return Progress(blocks, replicates, kept, replicates_kept, kept, replicates_kept)
