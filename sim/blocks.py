"""Blocks: the unit of work of a sweep, and the file that keeps one.

A block is some replicates of one point. Its boundaries hang on nothing but the number of replicates, its content on
nothing but scenario, point, replicates and seed; so any number of workers, and a resumed sweep, write the same bytes.
"""

from __future__ import annotations

import copyreg
import gc
import io
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.design import Point
from sim.errors import InputError
from sim.primitives import Integers

if TYPE_CHECKING:
    from sim.scenario import Scenario

BLOCK_SIZE: Final = 2000
"""Replicates of a full block. Large enough for the arrays to pay, small enough to lose little and to stay in memory."""

FACTOR: Final = "factor."
"""Prefix of the columns that hold the label of a factor's level."""
INPUT: Final = "input."
"""Prefix of the columns that hold what a replicate drew from the priors."""

_PILOT_SHARE: Final = 40
_BYTES_OF_A_COUNT: Final = 2.0
_NAME: Final = re.compile(r"p(\d{4,})-r(\d{10})-(\d{10})\.parquet")


def _rebuilt(error: InputError) -> tuple[type[InputError], tuple[object]]:
    return InputError, (error.problems,)


# By default an exception is rebuilt from its text, which an InputError cannot be; it must cross from worker to parent.
copyreg.pickle(InputError, _rebuilt)


@dataclass(frozen=True, order=True)
class Block:
    """Some consecutive replicates of one point.

    Blocks are ordered by their first replicate and then by point: a sweep that is stopped has done about the same
    number of replicates at every point.

    Parameters
    ----------
    start : int
        First replicate.
    point : int
        Index of the point.
    count : int
        Number of replicates.
    """

    start: int
    point: int
    count: int

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"p{self.point:04d}-r{self.start:010d}-{self.count:010d}.parquet"

    @property
    def replicates(self) -> Integers:
        """Indices of the replicates, shape (count,)."""
        return np.arange(self.start, self.start + self.count, dtype=np.int64)

    @classmethod
    def named(cls, name: str) -> Block | None:
        """Return the block that a file name stands for, or None if it is not the name of a block."""
        found = _NAME.fullmatch(name)
        return None if found is None else cls(int(found[2]), int(found[1]), int(found[3]))

    def __str__(self) -> str:
        return f"point {self.point}, replicates {self.start} to {self.start + self.count - 1}"


def blocks_of(n_points: int, replicates: int, block_size: int = BLOCK_SIZE) -> list[Block]:
    """Return the blocks of a sweep in the order of work: interleaved over the points.

    Parameters
    ----------
    n_points : int
        Number of points.
    replicates : int
        Replicates of each point.
    block_size : int
        Replicates of a full block; the last block of a point may be shorter.
    """
    return [
        Block(start, point, min(block_size, replicates - start))
        for start in range(0, replicates, block_size)
        for point in range(n_points)
    ]


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
    table = table_of(point, block.replicates, ensemble.inputs, outputs)
    del ensemble, outputs
    # Model and agents refer to each other; without this their arrays outlive several blocks.
    gc.collect()
    return serialised(table, scenario.digest(), seed)


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
        outputs = ensemble.conflict.columns()
    finally:
        ensemble.conflict.release()
    rows = serialised(table_of(point, np.arange(block_size), ensemble.inputs, outputs), scenario.digest(), 0)
    theatre = scenario.theatre
    locations = {party.location for party in theatre.parties}
    # The pilot ends before the first horizon, so the counts noted at the horizons are added by their number.
    counts = (len(theatre.dyads) + 2 * len(locations)) * len(scenario.horizons)
    seconds = (ready - began) + (ended - ready) * scenario.horizon_days / days
    return seconds, len(rows) / block_size + counts * _BYTES_OF_A_COUNT


def table_of(
    point: Point,
    replicates: Integers,
    inputs: Mapping[str, npt.NDArray[np.generic]],
    outputs: Mapping[str, npt.NDArray[np.generic]],
) -> pa.Table:
    """Return the rows of some replicates.

    Parameters
    ----------
    point : Point
        The point.
    replicates : ndarray of int, shape (n_replicates,)
        Indices of the replicates.
    inputs, outputs : mapping of str to ndarray, shape (n_replicates,)
        What was drawn and what came of it. Inputs are kept in single precision.
    """
    size = len(replicates)
    columns: dict[str, pa.Array] = {"point": pa.array(np.full(size, point.index, dtype=np.int32))}
    for key, label in dict(point.labels).items():
        columns[FACTOR + key] = pa.array([label] * size, pa.string()).dictionary_encode()
    columns["replicate"] = pa.array(replicates)
    columns |= {INPUT + key: pa.array(values.astype(np.float32)) for key, values in inputs.items()}
    columns |= {key: pa.array(values) for key, values in outputs.items()}
    return pa.table(columns)


def serialised(table: pa.Table, digest: str, seed: int) -> bytes:
    """Return a table as a Parquet file whose bytes hang on nothing but its content.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of a block.
    digest : str
        Digest of the scenario, kept in the file so that a block of another scenario is known.
    seed : int
        Root of all draws, kept likewise.
    """
    stamped = table.replace_schema_metadata({"digest": digest, "seed": str(seed)})
    buffer = io.BytesIO()
    pq.write_table(stamped, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def is_whole(path: Path, block: Block, digest: str, seed: int) -> bool:
    """Return whether a file holds a whole block of this scenario and seed; every page is read and its sum checked.

    Parameters
    ----------
    path : Path
        The file.
    block : Block
        The block that it should hold.
    digest : str
        Digest of the scenario.
    seed : int
        Root of all draws.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True, partitioning=None)
    except (OSError, pa.ArrowException):
        return False
    stamp = table.schema.metadata or {}
    return (
        stamp.get(b"digest") == digest.encode()
        and stamp.get(b"seed") == str(seed).encode()
        and {"point", "replicate"} <= set(table.column_names)
        and np.array_equal(table["replicate"].to_numpy(), block.replicates)
        and bool(np.all(table["point"].to_numpy() == block.point))
    )


def longest(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks that stand for all: of those with the same first replicate, the longest.

    Parameters
    ----------
    blocks : sequence of Block
        Blocks found in a folder. A short last block may still lie beside the full one that replaced it.
    """
    best: dict[tuple[int, int], Block] = {}
    for block in blocks:
        key = (block.start, block.point)
        if key not in best or best[key].count < block.count:
            best[key] = block
    return sorted(best.values())
