"""Blocks computed by workers that this process has not started: any ``concurrent.futures`` executor.

What crosses to a worker is an `Order`: where the scenario's file lies, and the stamp that its blocks must have. So the
folder of the scenario has to lie at the same path for every worker, as on a shared file system; a worker that reads
another scenario there, or runs other code or other versions, refuses to work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from typing import TYPE_CHECKING, Final

from sim.core.errors import SimError
from sim.sweeps.blocks import Block
from sim.sweeps.worker_job import Order

if TYPE_CHECKING:
    pass

_HEARTBEAT_SECONDS: Final = 1.0
_IN_HAND: Final = 64
RESUMABLE: Final = "the blocks that were done are kept, and the same command goes on from there"


class Elsewhere:
    """An executor that somebody gives; it is used and not shut down."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def room(self) -> int:
        """Return how many blocks may be in hand at once."""
        return _IN_HAND

    def check(self) -> None:
        """Raise a `SimError` if nothing can come back any more; called about once a second."""


def computed_elsewhere(
    elsewhere: Elsewhere, order: Order, blocks: Sequence[Block]
) -> Generator[tuple[Block, bytes], None, None]:
    """Compute blocks by an executor; a block that is lost there is given out once more."""
    waiting, again = deque(blocks), set[Block]()
    in_hand: dict[Future[bytes], Block] = {}
    try:
        while waiting or in_hand:
            while waiting and len(in_hand) < elsewhere.room():
                in_hand[_given_out(elsewhere, order, waiting[0])] = waiting[0]
                waiting.popleft()
            done = wait(in_hand, timeout=_HEARTBEAT_SECONDS, return_when=FIRST_COMPLETED).done
            elsewhere.check()
            for future in done:
                block = in_hand.pop(future)
                content = _content(future, block, is_last=block in again)
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


def _given_out(elsewhere: Elsewhere, order: Order, block: Block) -> Future[bytes]:
    try:
        return elsewhere.executor.submit(order.computed, block)
    except Exception as error:
        # A library may have errors of its own for a connection that was closed meanwhile.
        words = f"{type(error).__name__}: {error}".rstrip(": ")
        raise SimError(f"the executor takes no more work ({words}); {RESUMABLE}") from error


def _content(future: Future[bytes], block: Block, is_last: bool) -> bytes | None:
    """Return the file of a block, or None where it is to be given out again."""
    try:
        return future.result()
    except (SimError, BrokenExecutor):
        raise
    except (Exception, CancelledError) as error:
        if is_last:
            words = f"{type(error).__name__}: {error}".rstrip(": ")
            raise SimError(f"{block} was lost twice by its workers ({words}); {RESUMABLE}") from error
        return None
