"""Blocks in, bytes out: by threads of this process, by worker processes, or by an executor that somebody gives.

A worker reads and writes nothing: it computes one block at a time, and the parent writes what it gets. So a worker that
is killed, or a parent that is, leaves nothing half-done. What crosses to the workers of a given executor is a
`BlockJob`, so they need none of our files; one that runs other code or other versions refuses to work.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent import futures
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import Final

from sim.core.errors import SimError
from sim.core.foreign_code import describe
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute_block
from sim.sweeps.dry_run import compile_ahead, is_asked_outside
from sim.sweeps.parcel import BlockJob

_HEARTBEAT_SECONDS: Final = 1.0
_IN_HAND: Final = 64
RESUMABLE: Final = "the blocks that were done are kept, and the same command goes on from there"


class GivenExecutor:
    """An executor that somebody gives; it is used and not shut down."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def room(self) -> int:
        """Return how many blocks may be in hand at once."""
        return _IN_HAND

    def check(self) -> None:
        """Raise a `SimError` if nothing can come back any more; called about once a second."""


def compute_by_executor(
    given: GivenExecutor, job: BlockJob, blocks: Sequence[Block]
) -> Generator[tuple[Block, bytes], None, None]:
    """Yield blocks with their files as an executor does them; one that it loses is tried again, once."""
    waiting, again = deque(blocks), set[Block]()
    in_hand: dict[Future[bytes], Block] = {}
    try:
        while waiting or in_hand:
            while waiting and len(in_hand) < given.room():
                in_hand[_submit(given, job, waiting[0])] = waiting[0]
                waiting.popleft()
            done = futures.wait(in_hand, timeout=_HEARTBEAT_SECONDS, return_when=futures.FIRST_COMPLETED).done
            given.check()
            for future in done:
                block = in_hand.pop(future)
                content = _read_content(future, block, is_last=block in again)
                if content is None:
                    again.add(block)
                    waiting.appendleft(block)
                else:
                    yield block, content
    except futures.BrokenExecutor as error:
        raise SimError(f"the executor broke ({error}); {RESUMABLE}") from error
    finally:
        for future in in_hand:
            future.cancel()


def _submit(given: GivenExecutor, job: BlockJob, block: Block) -> Future[bytes]:
    try:
        return given.executor.submit(job.compute, block)
    except Exception as error:
        # A library may have errors of its own for a connection that was closed meanwhile.
        raise SimError(f"the executor takes no more work ({describe(error)}); {RESUMABLE}") from error


def _read_content(future: Future[bytes], block: Block, is_last: bool) -> bytes | None:
    """Return the file of a block, or None where it is to be given out again."""
    try:
        return future.result()
    except (SimError, futures.BrokenExecutor):
        raise
    except (Exception, futures.CancelledError) as error:
        if is_last:
            raise SimError(f"{block} was lost twice by its workers ({describe(error)}); {RESUMABLE}") from error
        return None


_end_process: Final = os._exit  # the real one: while a policy answers, that of `os` does not end the process
_LIBRARIES: Final = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")
_THREADS: Final = ("VECLIB_MAXIMUM_THREADS", *(f"{library}_NUM_THREADS" for library in _LIBRARIES))

_MOST_THREADS: Final = 4
"""Threads that compute blocks side by side. The kernel lets go of the interpreter's lock; the fifth or so of a block
that is outside of it holds the lock, so more threads than these would futures.wait for each other."""

Files = Generator[tuple[Block, bytes], None, None]  # blocks with their files, in the order in which they are done


class Workers(contextlib.ExitStack):
    """Who computes the blocks of a sweep.

    That is this process for one job; its threads for a few, where the kernel asks every policy; else processes that are
    started afresh (``spawn``), as policies in Python hold the lock of the interpreter. They are started when they are
    needed first and stay until the sweep ends, over all rounds of it. Used in ``with``; when something is raised
    inside, processes are ended at once, and threads as soon as the kernel comes back with some days.
    """

    def __init__(self, scenario: Scenario, seed: int, jobs: int = 1, executor: GivenExecutor | None = None) -> None:
        super().__init__()
        self._scenario, self._jobs, self._executor = scenario, jobs, executor
        self._job = BlockJob.of(scenario, seed)
        if executor is not None:
            self._job.parcel.check_self_contained()
        self._pool: ProcessPoolExecutor | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._is_over = threading.Event()

    def compute(self, blocks: Sequence[Block]) -> Files:
        """Compute blocks; those in hand when a worker dies are tried again, one at a time, once."""
        if self._executor is not None:
            yield from compute_by_executor(self._executor, self._job, blocks)
        elif self._jobs == 1 or (len(blocks) == 1 and self._pool is None):
            for block in blocks:
                yield block, self._compute_here(block)
        elif self._threads is not None or (
            self._pool is None and self._jobs <= _MOST_THREADS and not is_asked_outside(self._scenario)
        ):
            self._threads = self._threads or self.enter_context(_start_threads(self._jobs, self._is_over))
            yield from _until_broken(self._threads, self._compute_here, deque(blocks), in_hand_at_most=self._jobs + 1)
        else:
            yield from self._by_processes(deque(blocks))

    def _compute_here(self, block: Block) -> bytes:
        job = self._job
        return compute_block(self._scenario, block, job.seed, job.stamp, self._end_if_over)

    def _end_if_over(self) -> None:
        if self._is_over.is_set():
            raise SystemExit

    def _by_processes(self, waiting: deque[Block]) -> Files:
        while waiting:
            if self._pool is None:
                self._pool = self.enter_context(start_processes(self._jobs, self._scenario, self._job))
            # One block beyond the workers keeps them busy, and little is lost when one dies.
            suspects = yield from _until_broken(self._pool, _compute, waiting, in_hand_at_most=self._jobs + 1)
            if suspects:
                self.close()
                self._pool = None
                with start_processes(1, self._scenario, self._job) as single:
                    lost = yield from _until_broken(single, _compute, deque(suspects), in_hand_at_most=1)
                if lost:
                    words = f"the second time on {lost[0]}, perhaps for want of memory; {RESUMABLE}"
                    raise SimError(f"worker processes died twice, {words}")


# A worker is a process of its own and works for one sweep: `_start` puts here what the blocks have in common.
_jobs: list[BlockJob] = []


def _start(job: BlockJob | None) -> None:
    # Ctrl-C reaches the whole process group; the parent alone answers it, and stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _jobs[:] = [] if job is None else [job]


def _end_with_parent() -> None:
    """End this process when its parent is gone; a worker waiting for work would otherwise futures.wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        _end_process(1)


def _compute(block: Block) -> bytes:
    return _jobs[0].compute(block)


def _until_broken(
    pool: Executor, compute: Callable[[Block], bytes], waiting: deque[Block], in_hand_at_most: int
) -> Generator[tuple[Block, bytes], None, list[Block]]:
    """Compute until nothing waits or a worker dies; return the blocks in hand when it died."""
    in_hand: dict[Future[bytes], Block] = {}
    try:
        while waiting or in_hand:
            while waiting and len(in_hand) < in_hand_at_most:
                # Taken off only when it is in hand: a broken pool refuses it.
                in_hand[pool.submit(compute, waiting[0])] = waiting[0]
                waiting.popleft()
            for future in futures.wait(in_hand, return_when=futures.FIRST_COMPLETED).done:
                content = future.result()
                yield in_hand.pop(future), content
    except BrokenProcessPool:
        # A worker may have died between two rounds, with nothing in hand but what is refused now.
        return sorted(in_hand.values()) or [waiting.popleft()]
    return []


@contextlib.contextmanager
def _start_threads(jobs: int, is_over: threading.Event) -> Iterator[ThreadPoolExecutor]:
    """Give a pool of threads, and tell them in the end that it is over."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield pool
    finally:
        is_over.set()
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def start_processes(jobs: int, scenario: Scenario, job: BlockJob | None = None) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh workers, who find compiled what is compiled here; when something is raised they end."""
    compile_ahead(scenario)
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
    before = {name: os.environ[name] for name in _THREADS if name in os.environ}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name in _THREADS:
            del os.environ[name]
        os.environ.update(before)
