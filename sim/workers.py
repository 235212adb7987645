"""Blocks in, bytes out: in this process, or by worker processes.

A worker writes nothing. It is started afresh (``spawn``), reads the scenario from its file, and computes one block at a
time; the parent writes what it gets. So a worker that is killed, or a parent that is, leaves nothing half-done.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.blocks import Block, Stamp, serialised, stamp_of, table_of
from sim.errors import InputError, SimError

if TYPE_CHECKING:
    from sim.scenario import Scenario

_THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)

_PILOT_SHARE: Final = 40
_BYTES_OF_A_COUNT: Final = 2.0

Results = Generator[tuple[Block, bytes], None, None]


def computed(scenario: Scenario, blocks: list[Block], seed: int, jobs: int, days: int | None = None) -> Results:
    """Compute blocks, in this process for one job, else by worker processes.

    A worker that dies is replaced once: the blocks that were in hand are tried again, one at a time, in fresh workers.
    Close the generator to stop the workers at once.

    Parameters
    ----------
    scenario : Scenario
        The scenario; workers read it again from its file.
    blocks : list of Block
        What to compute.
    seed : int
        Root of all draws.
    jobs : int
        Number of processes.
    days : int, optional
        Shorter length of the runs [days].

    Yields
    ------
    block : Block
        A block, in the order in which they are done.
    content : bytes
        Its file.

    Raises
    ------
    SimError
        If a worker dies twice on one block; and whatever input error or policy error a worker meets.
    """
    if jobs == 1 or len(blocks) == 1:
        for block in blocks:
            yield block, compute(scenario, block, seed, days)
        return
    start = _Start(type(scenario), scenario.path, stamp_of(scenario, seed), seed, days)
    waiting = deque(blocks)
    while waiting:
        # One block beyond the workers keeps them busy, and little is lost when one dies.
        suspects = yield from _until_broken(start, waiting, jobs, in_hand_at_most=jobs + 1)
        found = yield from _until_broken(start, deque(suspects), 1, in_hand_at_most=1)
        if found:
            raise SimError(
                f"worker processes died twice, the second time on {found[0]}, perhaps for want of memory; "
                "the blocks that were done are kept, and the same command goes on from there"
            )


def compute(scenario: Scenario, block: Block, seed: int, days: int | None = None) -> bytes:
    """Run a block and return its file.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    block : Block
        The block.
    seed : int
        Root of all draws.
    days : int, optional
        Shorter length of the run [days].

    Returns
    -------
    bytes
        A Parquet file: a row per replicate, inputs beside outputs.

    Raises
    ------
    PolicyError
        If a policy fails or answers wrongly.
    """
    point = scenario.points()[block.point]
    ensemble = scenario.ensemble(point, block.replicates, seed, horizon_days=days)
    try:
        outputs = ensemble.conflict.run().columns()
    finally:
        ensemble.conflict.release()
    daily = ensemble.conflict.totals.columns() if scenario.keeps_daily else None
    table = table_of(point, block.replicates, ensemble.inputs, outputs, daily)
    del ensemble, outputs, daily
    # Model and agents refer to each other; without this their arrays outlive several blocks.
    gc.collect()
    return serialised(table, stamp_of(scenario, seed))


def pilot(scenario: Scenario, block_size: int) -> tuple[float, float]:
    """Estimate the work of a block from its first days.

    Parameters
    ----------
    scenario : Scenario
        The scenario; its last point is tried.
    block_size : int
        Replicates of a block.

    Returns
    -------
    seconds : float
        Time that a block takes [s].
    row_bytes : float
        Size of a row in its file [bytes].
    """
    days = max(1, scenario.horizon_days // _PILOT_SHARE)
    point = scenario.points()[-1]
    began = time.perf_counter()
    ensemble = scenario.ensemble(point, block_size, scenario.seed)
    ready = time.perf_counter()
    try:
        for _ in range(round(days / scenario.step_days)):
            ensemble.conflict.step()
        ended = time.perf_counter()
    finally:
        ensemble.conflict.release()
    rows = serialised(table_of(point, np.arange(block_size), ensemble.inputs, {}), stamp_of(scenario, 0))
    kept = 0
    if scenario.keeps_daily:
        lists = table_of(point, np.arange(block_size), {}, {}, ensemble.conflict.totals.columns())
        kept = len(serialised(lists, stamp_of(scenario, 0))) * scenario.horizon_days // days
    theatre, n_horizons = scenario.theatre, len(scenario.horizons)
    # The pilot ends before the first horizon, so what is noted by then is added by its number.
    sums = (len(theatre.dyads) + 2 * len(theatre.locations)) * n_horizons
    counts = sums + len(scenario.questions) + 2 * len(theatre.joiners) + 2 * n_horizons
    seconds = (ready - began) + (ended - ready) * scenario.horizon_days / days
    return seconds, (len(rows) + kept) / block_size + counts * _BYTES_OF_A_COUNT


class _Start:
    """What a worker needs to know to begin.

    Parameters
    ----------
    kind : type of Scenario
        Class that reads the scenario.
    path : Path
        File of the scenario.
    stamp : dict of str to str
        Stamp that the blocks must have.
    seed : int
        Root of all draws.
    days : int or None
        Shorter length of the runs [days].
    """

    def __init__(self, kind: type[Scenario], path: Path, stamp: Stamp, seed: int, days: int | None) -> None:
        self.kind, self.path, self.stamp, self.seed, self.days = kind, path.absolute(), stamp, seed, days
        self._scenario: Scenario | None = None

    def scenario(self) -> Scenario:
        """Return the scenario, read once."""
        if self._scenario is None:
            scenario = self.kind.load(self.path)
            if stamp_of(scenario, self.seed) != self.stamp:
                raise InputError.single(
                    self.path.name, "", "the scenario, a policy or the code changed while the sweep was running"
                )
            self._scenario = scenario
        return self._scenario


# A worker is a process of its own and works for one sweep: `_begin` puts here what the blocks have in common.
_started: list[_Start] = []


def _begin(start: _Start) -> None:
    # Ctrl-C reaches the whole process group; the parent alone answers it, and stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _started[:] = [start]


def _end_with_parent() -> None:
    """End this process when its parent is gone; a worker waiting for work would otherwise wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _compute(block: Block) -> bytes:
    start = _started[0]
    return compute(start.scenario(), block, start.seed, start.days)


def _until_broken(
    start: _Start, waiting: deque[Block], jobs: int, in_hand_at_most: int
) -> Generator[tuple[Block, bytes], None, list[Block]]:
    """Compute until nothing waits or a worker dies; return the blocks in hand when it died."""
    in_hand: dict[Future[bytes], Block] = {}
    if not waiting:
        return []
    try:
        with _pool(start, jobs) as pool:
            while waiting or in_hand:
                while waiting and len(in_hand) < in_hand_at_most:
                    # Taken off only when it is in hand: a broken pool refuses it.
                    in_hand[pool.submit(_compute, waiting[0])] = waiting[0]
                    waiting.popleft()
                for future in wait(in_hand, return_when=FIRST_COMPLETED).done:
                    content = future.result()
                    yield in_hand.pop(future), content
    except BrokenProcessPool:
        return sorted(in_hand.values())
    return []


@contextlib.contextmanager
def _pool(start: _Start, jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh workers, and end them at once if something is raised."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    with _single_threaded():
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(start,))
        try:
            yield pool
        except BaseException:
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _single_threaded() -> Iterator[None]:
    """Let processes that are started meanwhile compute with one thread each: the jobs are the parallelism."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
