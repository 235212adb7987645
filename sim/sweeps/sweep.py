"""Sweeps: every point of a scenario, block by block, over workers, into a results folder.

The same command goes on where it was stopped. The number of workers, stopping and resuming, and asking for more
replicates later change no byte of a block.

Where a rule decides on the replicates, a sweep runs in whole rounds: all blocks of one are done before anybody looks.
So how many replicates a point gets is a function of the results in the order of blocks, and neither of timing nor of
the number of workers. A limit of time alone breaks this, and a folder that met it says so.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from sim.core.errors import Problems, SimError
from sim.core.parameters import REPLICATES, SEEDS, Interval, number_problem
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block, Shard, choose_block_size, split_blocks, split_blocks_to
from sim.sweeps.dry_run import rehearse
from sim.sweeps.provenance import build_stamp
from sim.sweeps.results_folder import (
    TABLE,
    Folder,
    Manifest,
    build_manifest,
    check_place,
    check_writable,
    claim_folder,
    format_points,
    read_block_size,
    read_tabled,
    write_manifest,
)
from sim.sweeps.workers import RESUMABLE, GivenExecutor, Workers


@dataclass(frozen=True)
class Progress:
    """How far a sweep is."""

    blocks: int
    replicates: int
    blocks_done: int  # lie in the folder
    replicates_done: int
    blocks_kept: int  # of these, lay there before
    replicates_kept: int

    def after(self, block: Block) -> Progress:
        """Return the progress when one more block is done."""
        return replace(self, blocks_done=self.blocks_done + 1, replicates_done=self.replicates_done + block.count)


Report = Callable[[Progress], None]


class Rule(Protocol):
    """Says after every round how many replicates each point needs."""

    @property
    def block_size(self) -> int:
        """Replicates of a full block."""

    def first(self) -> int:
        """Return the replicates of each point in the first round."""

    def grown(self, folder: Path, done: Sequence[int]) -> list[int]:
        """Return the replicates that each point needs next, after so many; the same number where it has enough."""

    def words(self) -> dict[str, Any]:
        """Return what the manifest says of the rule."""


class TimeOverError(Exception):
    """The time limit has passed; caught by the sweep itself."""


def check_numbers(replicates: object = 1, seed: object = 0, jobs: object = 1) -> None:
    """Refuse numbers that no sweep can have, all at once."""
    problems = Problems("options")
    given = ("replicates", replicates, REPLICATES), ("seed", seed, SEEDS), ("jobs", jobs, Interval(1))
    for name, value, bounds in given:
        if problem := number_problem(value, bounds, is_whole=True):
            problems.add(f"--{name}", problem)
    problems.raise_if_any()


def run_blocks(
    scenario: Scenario,
    out: Path,
    *,
    replicates: int,
    seed: int,
    jobs: int = 1,
    on_progress: Report | None = None,
    block_size: int | None = None,  # that of the folder without it, or that of the scenario
    executor: Executor | GivenExecutor | None = None,  # computes instead of own processes, and is not shut down
    shard: Shard | None = None,  # compute this share alone, into a folder that other shards may share
    rule: Rule | None = None,  # decides on the replicates instead
    time_limit: float | None = None,  # [s]; where a rule decides, the last whole round counts
    replace: bool = False,  # tables of more replicates, or whose blocks are not there
    finish: Callable[[Path], object] | None = None,  # given the folder at the end, before others may write there
) -> Path:
    """Run the blocks of a sweep into a results folder, and return it; the same call goes on where it was stopped.

    No replicate that lies there is computed again or taken away, whether more or fewer are asked for. A script that
    calls this with several jobs needs the usual ``if __name__ == "__main__":`` guard, because workers start afresh.
    """
    check_numbers(replicates, seed, jobs)
    replicates, seed, jobs = int(replicates), int(seed), int(jobs)
    targets, manifest = check_sweep(scenario, out, replicates, seed, block_size, rule, replace)
    given = GivenExecutor(executor) if isinstance(executor, Executor) else executor
    with claim_folder(out, manifest, format_points(scenario), shard, may_lose=replace):
        folder = Folder(out, manifest["block_size"], build_stamp(scenario, seed))
        filling = _Filling(folder, on_progress or (lambda progress: None), time_limit, shard, replace)
        try:
            # What is raised here, the end of the time too, ends the workers at once.
            with Workers(scenario, seed, jobs, executor=given) as workers:
                filling.fill(workers, targets)
                while rule is not None and (more := rule.grown(out, filling.counted)) != filling.counted:
                    filling.check_time()
                    write_manifest(out, manifest | _describe_rounds(rule, more, False))
                    filling.fill(workers, more)
        except TimeOverError:
            _end_early(filling, rule, targets, manifest)
        if finish is not None:
            finish(out)
    return out


def check_sweep(
    scenario: Scenario,
    out: Path,
    replicates: int,
    seed: int,
    block_size: int | None = None,
    rule: Rule | None = None,
    replace: bool = False,
    is_rehearsed: bool = True,
) -> tuple[list[int], Manifest]:
    """Refuse what cannot be run, or not into a folder, before any work; return the first targets and the manifest."""
    check_writable(out)
    targets, manifest = describe_sweep(scenario, out, replicates, seed, block_size, rule)
    check_place(out, manifest, replace)
    folder = Folder(out, manifest["block_size"], build_stamp(scenario, seed))
    # Of these alone something longer may lie there.
    short = [block for block in split_blocks_to(targets, folder.block_size) if block.count < folder.block_size]
    folder.check_strangers(folder.survey(short)[1], replace)
    if is_rehearsed:
        rehearse(scenario, seed)
    return targets, manifest


class _Filling:
    """Fills a folder with blocks, up to as many replicates of each point as a round asks for."""

    def __init__(
        self, folder: Folder, report: Report, seconds: float | None, shard: Shard | None, may_lose: bool
    ) -> None:
        self.folder, self._report, self._shard, self.may_lose = folder, report, shard, may_lose
        self._until = math.inf if seconds is None else time.monotonic() + seconds
        self._done: set[Block] = set()
        self.counted: list[int] = []  # replicates of each point in the whole rounds that are done

    def fill(self, workers: Workers, targets: Sequence[int]) -> None:
        """Compute what the folder lacks; blocks of earlier rounds are not looked at again."""
        wanted = split_blocks_to(targets, self.folder.block_size)
        if self._shard is not None:
            wanted = self._shard.share(wanted)
        missing = self.folder.prepare((block for block in wanted if block not in self._done), self.may_lose)
        progress = _start_progress(wanted, missing)
        self._report(progress)
        for block, content in workers.compute(missing):
            self.folder.put(block, content)
            progress = progress.after(block)
            self._report(progress)
            if progress.blocks_done < progress.blocks:
                self.check_time()
        self._done.update(wanted)
        self.counted = list(targets)

    def check_time(self) -> None:
        """Raise a `TimeOverError` when the sweep has taken as long as it may."""
        if time.monotonic() >= self._until:
            raise TimeOverError


def _end_early(filling: _Filling, rule: Rule | None, targets: list[int], manifest: Manifest) -> None:
    """Let the last whole round count; of the first round, what is there."""
    folder = filling.folder
    whole = [block for block in split_blocks_to(targets, folder.block_size) if not folder.survey([block])[0]]
    if len({block.point for block in whole}) < len(targets):
        raise SimError(f"the time limit passed before every point had a block; {RESUMABLE}")
    if rule is not None:
        counted = filling.counted or [sum(b.count for b in whole if b.point == i) for i in range(len(targets))]
        tabled = read_tabled(folder.path / TABLE)
        if max(counted) < tabled and not filling.may_lose:
            words = f"before this sweep had the {tabled:,} replicates of the tables there, which are kept; {RESUMABLE}"
            raise SimError(f"the time limit passed {words}")
        write_manifest(folder.path, manifest | _describe_rounds(rule, counted, True))


def describe_sweep(
    scenario: Scenario, out: Path, replicates: int, seed: int, block_size: int | None, rule: Rule | None
) -> tuple[list[int], Manifest]:
    """Return the replicates that each point gets first, and the manifest that says so."""
    size = block_size or (rule.block_size if rule is not None else read_block_size(out) or choose_block_size(scenario))
    targets = [replicates if rule is None else rule.first()] * len(scenario.points())
    return targets, build_manifest(scenario, targets[0], seed, size) | _describe_rounds(rule, targets, False)


def _describe_rounds(rule: Rule | None, targets: Sequence[int], is_over: bool) -> dict[str, Any]:
    """Return what the manifest says of the rounds; nothing where every point gets what was asked for."""
    if rule is None:
        return {}
    words = rule.words() | ({"time_limit_met": True} if is_over else {})
    return {"replicates": max(targets), "replicates_of_points": list(targets), "stopping": words}


def run_point(
    scenario: Scenario, point: int, *, replicates: int, seed: int, jobs: int = 1, on_progress: Report | None = None
) -> list[bytes]:
    """Run one point of a scenario and return its blocks as Parquet files, in the order of the replicates."""
    check_numbers(replicates, seed, jobs)
    report = on_progress or (lambda progress: None)
    blocks = [replace(block, point=point) for block in split_blocks(1, replicates, choose_block_size(scenario))]
    progress = _start_progress(blocks, blocks)
    report(progress)
    done: dict[Block, bytes] = {}
    with Workers(scenario, seed, jobs) as workers:
        for block, content in workers.compute(blocks):
            done[block] = content
            progress = progress.after(block)
            report(progress)
    return [done[block] for block in blocks]


def _start_progress(wanted: list[Block], missing: list[Block]) -> Progress:
    blocks, replicates = len(wanted), sum(block.count for block in wanted)
    kept = blocks - len(missing)
    replicates_kept = replicates - sum(block.count for block in missing)
    return Progress(blocks, replicates, kept, replicates_kept, kept, replicates_kept)
