"""A block that fails is named by the address of its draws, so that the very replicate can be replayed and told."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sim.blocks import Block
from sim.errors import InputError, SimError
from sim.primitives import Integers

_HALVING_SECONDS: Final = 60.0

Runs = Callable[[Integers], object]


def first_failing(error: Exception, replicates: Integers, runs: Runs) -> int | None:
    """Return the first replicate that fails alone as all of them did together, found by halving.

    All halves together are as much work as the whole once more; after a minute the search is given up.

    Parameters
    ----------
    error : Exception
        What running all of them raised.
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates, rising.
    runs : callable
        Runs the replicates whose indices it is given.

    Returns
    -------
    int or None
        Its index; None where no single replicate fails alone, or the search takes too long.
    """
    until = time.monotonic() + _HALVING_SECONDS

    def fails(some: Integers) -> bool:
        try:
            runs(some)
        except type(error):
            return True
        return False

    low, high = 0, len(replicates)
    while high - low > 1:
        if time.monotonic() > until:
            return None
        middle = (low + high) // 2
        low, high = (low, middle) if fails(replicates[low:middle]) else (middle, high)
    return int(replicates[low]) if fails(replicates[low:high]) else None


def named(error: Exception, path: Path, block: Block, seed: int, runs: Runs) -> SimError:
    """Return an error of a block with the address at which it can be replayed.

    Parameters
    ----------
    error : Exception
        What running the block raised.
    path : Path
        File of the scenario.
    block : Block
        The block.
    seed : int
        Root of all draws.
    runs : callable
        Runs the replicates whose indices it is given.

    Returns
    -------
    SimError
        Of the same kind where it is one of ours.
    """
    if isinstance(error, InputError):
        return error
    kind = type(error) if isinstance(error, SimError) else SimError
    words = str(error) if isinstance(error, SimError) else f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError):
        return kind(f"there is not enough memory for {block}, seed {seed}; give fewer --jobs")
    found = first_failing(error, block.replicates, runs)
    if found is None:
        return kind(f"{words} (in {block}, seed {seed}, run together; no replicate was found that fails alone)")
    command = f"sim run {shlex.quote(str(path))} --at {block.point}/{found}/{seed}"
    return kind(f"{words} (point {block.point}, replicate {found}, seed {seed}; `{command}` replays it)")
