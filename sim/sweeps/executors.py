"""Blocks computed by workers that this process has not started: any ``concurrent.futures`` executor.

What crosses to a worker is a `BlockJob`: the scenario with all that was read for it, and the stamp that its blocks must
have. So a worker needs none of our files; one that runs other code or other versions refuses to work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from typing import Final

from sim.core.errors import SimError
from sim.core.foreign_code import describe
from sim.sweeps.blocks import Block
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
    """Yield blocks with their files in the order in which an executor does them; a block that it loses is tried again.

    One that is lost twice, and an executor that breaks, is a `SimError`.
    """
    waiting, again = deque(blocks), set[Block]()
    in_hand: dict[Future[bytes], Block] = {}
    try:
        while waiting or in_hand:
            while waiting and len(in_hand) < given.room():
                in_hand[_submit(given, job, waiting[0])] = waiting[0]
                waiting.popleft()
            done = wait(in_hand, timeout=_HEARTBEAT_SECONDS, return_when=FIRST_COMPLETED).done
            given.check()
            for future in done:
                block = in_hand.pop(future)
                content = _read_content(future, block, is_last=block in again)
                if content is None:
                    again.add(block)
                    waiting.appendleft(block)
                else:
                    yield block, content
    except BrokenExecutor as error:
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
    except (SimError, BrokenExecutor):
        raise
    except (Exception, CancelledError) as error:
        if is_last:
            raise SimError(f"{block} was lost twice by its workers ({describe(error)}); {RESUMABLE}") from error
        return None
