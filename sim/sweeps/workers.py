"""Blocks in, bytes out: in this process, by worker processes, or by an executor that somebody gives.

A worker writes nothing. It reads the scenario from its file, and computes one block at a time; the parent writes what
it gets. So a worker that is killed, or a parent that is, leaves nothing half-done.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from sim.core.errors import SimError
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute_block
from sim.sweeps.executors import GivenExecutor, compute_by_executor
from sim.sweeps.worker_job import BlockJob

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

_THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)

Files = Generator[tuple[Block, bytes], None, None]
"""Blocks with their files, in the order in which they are done."""


class Workers:
    """Who computes the blocks of a sweep: this process for one job, else processes that are started afresh (``spawn``).

    They are started when they are needed first and stay until the sweep ends, over all rounds of it. Used in ``with``;
    when something is raised inside, they are ended at once.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        jobs: int = 1,
        days: int | None = None,
        executor: GivenExecutor | None = None,
    ) -> None:
        self._scenario, self._jobs, self._executor = scenario, jobs, executor
        self._job = BlockJob.of(scenario, seed, days)
        self._open = contextlib.ExitStack()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def compute(self, blocks: Sequence[Block]) -> Files:
        """Compute blocks.

        A worker that dies is replaced once: the blocks that were in hand are tried again, one at a time, in fresh
        workers. A second death on one block is a `SimError`.
        """
        if self._executor is not None:
            yield from compute_by_executor(self._executor, self._job, blocks)
        elif self._jobs == 1 or (len(blocks) == 1 and self._pool is None):
            job = self._job
            for block in blocks:
                yield block, compute_block(self._scenario, block, job.seed, job.days, job.stamp)
        else:
            yield from self._by_processes(deque(blocks))

    def _by_processes(self, waiting: deque[Block]) -> Files:
        while waiting:
            if self._pool is None:
                self._pool = self._open.enter_context(start_processes(self._jobs, self._job))
            # One block beyond the workers keeps them busy, and little is lost when one dies.
            suspects = yield from _until_broken(self._pool, waiting, in_hand_at_most=self._jobs + 1)
            if suspects:
                self._open.close()
                self._pool = None
                with start_processes(1, self._job) as single:
                    lost = yield from _until_broken(single, deque(suspects), in_hand_at_most=1)
                if lost:
                    raise SimError(
                        f"worker processes died twice, the second time on {lost[0]}, perhaps for want of memory; "
                        "the blocks that were done are kept, and the same command goes on from there"
                    )


# A worker is a process of its own and works for one sweep: `_start` puts here what the blocks have in common.
_jobs: list[BlockJob] = []


def _start(job: BlockJob | None) -> None:
    # Ctrl-C reaches the whole process group; the parent alone answers it, and stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _jobs[:] = [] if job is None else [job]


def _end_with_parent() -> None:
    """End this process when its parent is gone; a worker waiting for work would otherwise wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _compute(block: Block) -> bytes:
    return _jobs[0].compute(block)


def _until_broken(
    pool: ProcessPoolExecutor, waiting: deque[Block], in_hand_at_most: int
) -> Generator[tuple[Block, bytes], None, list[Block]]:
    """Compute until nothing waits or a worker dies; return the blocks in hand when it died."""
    in_hand: dict[Future[bytes], Block] = {}
    try:
        while waiting or in_hand:
            while waiting and len(in_hand) < in_hand_at_most:
                # Taken off only when it is in hand: a broken pool refuses it.
                in_hand[pool.submit(_compute, waiting[0])] = waiting[0]
                waiting.popleft()
            for future in wait(in_hand, return_when=FIRST_COMPLETED).done:
                content = future.result()
                yield in_hand.pop(future), content
    except BrokenProcessPool:
        # A worker may have died between two rounds, with nothing in hand but what is refused now.
        return sorted(in_hand.values()) or [waiting.popleft()]
    return []


@contextlib.contextmanager
def start_processes(jobs: int, job: BlockJob | None = None) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh workers, for the blocks of a job if one is given; when something is raised they end."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    with _single_threaded():
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(job,))
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
