"""Blocks computed by workers that this process has not started: any ``concurrent.futures`` executor.

What crosses to a worker is an `Order`: where the scenario's file lies, and the stamp that its blocks must have. So the
folder of the scenario has to lie at the same path for every worker, as on a shared file system; a worker that reads
another scenario there, or runs other code or other versions, refuses to work.
"""

from __future__ import annotations

import platform
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sim.blocks import Block, Stamp, stamp_of, versions
from sim.computation import compute
from sim.errors import InputError, SimError

if TYPE_CHECKING:
    from sim.scenario import Scenario

_HEARTBEAT_SECONDS: Final = 1.0
_IN_HAND: Final = 64
_NAMES: Final = {"digest": "the scenario", "rules": "a policy", "code": "the code of sim"}
RESUMABLE: Final = "the blocks that were done are kept, and the same command goes on from there"


@dataclass(frozen=True)
class Order:
    """What a worker needs to know to compute blocks.

    Parameters
    ----------
    kind : type of Scenario
        Class that reads the scenario.
    path : Path
        File of the scenario, absolute.
    stamp : dict of str to str
        Stamp that the blocks must have.
    versions : dict of str to str
        Versions of the packages that the numbers hang on.
    seed : int
        Root of all draws.
    days : int or None
        Shorter length of the runs [days].
    """

    kind: type[Scenario]
    path: Path
    stamp: Stamp
    versions: dict[str, str]
    seed: int
    days: int | None

    @classmethod
    def of(cls, scenario: Scenario, seed: int, days: int | None = None) -> Order:
        """Return the order that belongs to a scenario."""
        return cls(type(scenario), scenario.path.absolute(), stamp_of(scenario, seed), versions(), seed, days)

    def computed(self, block: Block) -> bytes:
        """Return the file of a block; this is what a worker runs.

        Parameters
        ----------
        block : Block
            The block.

        Raises
        ------
        InputError
            If the scenario cannot be read, or is another one here.
        SimError
            If this worker runs other versions, or the block fails.
        """
        return compute(self._scenario(), block, self.seed, self.days, self.stamp)

    def _scenario(self) -> Scenario:
        """Return the scenario, read once by each worker and checked against the stamp."""
        for known, scenario in _known:
            if known == self:
                return scenario
        self._check_versions()
        if not self.path.is_file():
            raise InputError.single(
                self.path, "", f"not found on {platform.node()}; every worker needs the scenario's folder at this path"
            )
        scenario = self.kind.load(self.path)
        stamp = stamp_of(scenario, self.seed)
        other = [_NAMES.get(key, key) for key in self.stamp if stamp.get(key) != self.stamp[key]]
        if other:
            words = f"{' and '.join(other)} changed while the sweep was running, or differs on {platform.node()}"
            raise InputError.single(self.path.name, "", words)
        _known[:] = [(self, scenario)]
        return scenario

    def _check_versions(self) -> None:
        here = versions()
        other = [f"{name} {here.get(name)} instead of {wanted}" for name, wanted in self.versions.items()]
        wrong = [
            words for words, name in zip(other, self.versions, strict=True) if here.get(name) != self.versions[name]
        ]
        if wrong:
            raise SimError(
                f"a worker on {platform.node()} has {', '.join(wrong)}; its numbers could differ, so it is not used"
            )


# A worker may live longer than a sweep; it keeps the scenario that it read last.
_known: list[tuple[Order, Scenario]] = []


class Elsewhere:
    """An executor that somebody gives; it is used and not shut down.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        The executor.
    """

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
    """Compute blocks by an executor; a block that is lost there is given out once more.

    Parameters
    ----------
    elsewhere : Elsewhere
        The executor.
    order : Order
        What the blocks have in common.
    blocks : sequence of Block
        What to compute.

    Yields
    ------
    block : Block
        A block, in the order in which they are done.
    content : bytes
        Its file.

    Raises
    ------
    SimError
        If the executor breaks, or a block is lost twice; and whatever input error or policy error a worker meets.
    """
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
