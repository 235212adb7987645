"""Blocks: the unit of work of a sweep, and the file that keeps one.

A block is some replicates of one point. Its boundaries hang on nothing but the number of replicates, its content on
nothing but scenario, point, replicates and seed; so any number of workers, and a resumed sweep, write the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.arrays import Integers
from sim.core.errors import InputError
from sim.sweeps.provenance import Stamp

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


_SIZES: Final = (4000, 2000, 1000, 500, 250, 100, 50, 25, 10)  # replicates that a full block may have
_WORK: Final = 8_100_000
"""Steps of dyads in a block: about a second of work. So a first result is soon there, a sweep that is stopped loses
little, and what a block costs beside its steps, some twentieth of a second, stays small."""

FACTOR: Final = "factor."  # prefix of the columns that hold the label of a factor's level
INPUT: Final = "input."  # prefix of the columns that hold what a replicate drew from the priors
DAILY: Final = "daily."
"""Prefix of the columns that hold the daily totals of a replicate: lists, an entry for each dyad, rung and day with
acts, ordered by dyad, rung and day; ``daily.dyad`` is the place of the dyad in the manifest."""

_NAME: Final = re.compile(r"p(\d{4,})-r(\d{10})-(\d{10})\.parquet")


@dataclass(frozen=True, order=True)
class Block:
    """Some consecutive replicates of one point.

    Blocks are ordered by their first replicate and then by point: a sweep that is stopped has done about the same
    number of replicates at every point.
    """

    start: int  # first replicate
    point: int  # index of the point
    count: int  # replicates

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"p{self.point:04d}-r{self.start:010d}-{self.count:010d}.parquet"

    @property
    def replicates(self) -> Integers:
        """Indices of the replicates, shape (count,)."""
        return np.arange(self.start, self.start + self.count, dtype=np.int64)

    @classmethod
    def parse(cls, name: str) -> Block | None:
        """Return the block that a file name stands for, or None if it is not the name of a block."""
        parts = _NAME.fullmatch(name)
        return None if parts is None else cls(int(parts[2]), int(parts[1]), int(parts[3]))

    def __str__(self) -> str:
        return f"point {self.point}, replicates {self.start} to {self.start + self.count - 1}"


def choose_block_size(scenario: Scenario) -> int:
    """Return how many replicates a full block of a scenario has, in a folder that holds none yet."""
    steps = scenario.horizon_days / scenario.step_days
    most = _WORK / (steps * len(scenario.theatre.dyads))
    return next((size for size in _SIZES if size <= most), _SIZES[-1])


def find_size(longest: int) -> int:
    """Return the size that full blocks may have where the longest that is known has so many replicates."""
    return next((size for size in reversed(_SIZES) if size >= longest), longest)


def split_blocks(n_points: int, replicates: int, block_size: int) -> list[Block]:
    """Return the blocks of a sweep in the order of work: interleaved over the points."""
    return split_blocks_to([replicates] * n_points, block_size)


def split_blocks_to(targets: Sequence[int], block_size: int) -> list[Block]:
    """Return the blocks of a sweep whose points get different numbers of replicates, in the order of `split_blocks`."""
    return [
        Block(start, point, min(block_size, target - start))
        for start in range(0, max(targets, default=0), block_size)
        for point, target in enumerate(targets)
        if start < target
    ]


def is_whole(path: Path, block: Block, stamp: Stamp) -> bool:
    """Return whether a file holds a whole block with this stamp; every page is read and its sum checked."""
    try:
        # Of a path that begins like "run:1" Arrow would make an address.
        table = pq.read_table(path.absolute(), page_checksum_verification=True, partitioning=None)
    except (OSError, pa.ArrowException):
        return False
    metadata = table.schema.metadata or {}
    return (
        all(metadata.get(key.encode()) == value.encode() for key, value in stamp.items())
        and {"point", "replicate"} <= set(table.column_names)
        and np.array_equal(table["replicate"].to_numpy(), block.replicates)
        and bool(np.all(table["point"].to_numpy() == block.point))
    )


def keep_longest(blocks: Sequence[Block]) -> list[Block]:
    """Return of the blocks with the same first replicate the longest: a short last one may lie beside its successor."""
    best: dict[tuple[int, int], Block] = {}
    for block in blocks:
        key = (block.start, block.point)
        if key not in best or best[key].count < block.count:
            best[key] = block
    return sorted(best.values())


_FORM: Final = re.compile(r"(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True)
class Shard:
    """One share of a sweep."""

    place: int  # which one, from 1 to `count`
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shard that a text such as ``3/8`` names."""
        parts = _FORM.fullmatch(text.strip())
        if parts is None or not 1 <= int(parts[1]) <= int(parts[2]):
            raise InputError.single("options", "--shard", f'must be like 3/8, from 1/8 to 8/8, not "{text}"')
        return cls(int(parts[1]), int(parts[2]))

    def share(self, blocks: Sequence[Block]) -> list[Block]:
        """Return the blocks of this shard, of all in the order of work."""
        return list(blocks[self.place - 1 :: self.count])

    def __str__(self) -> str:
        return f"{self.place}/{self.count}"
