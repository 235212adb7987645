"""Blocks: the unit of work of a sweep, and the file that keeps one.

A block is some replicates of one point. Its boundaries hang on nothing but the number of replicates, its content on
nothing but scenario, point, replicates and seed; so any number of workers, and a resumed sweep, write the same bytes.
"""

from __future__ import annotations

import copyreg
import hashlib
import io
import json
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

import sim
from sim.design import Point
from sim.errors import InputError
from sim.primitives import Integers

if TYPE_CHECKING:
    from sim.policies.base import Policy
    from sim.scenario import Scenario

BLOCK_SIZE: Final = 4000
"""Replicates of a full block. Large enough for the arrays to pay, small enough to lose little and to stay in memory."""

FACTOR: Final = "factor."
"""Prefix of the columns that hold the label of a factor's level."""
INPUT: Final = "input."
"""Prefix of the columns that hold what a replicate drew from the priors."""
DAILY: Final = "daily."
"""Prefix of the columns that hold the daily totals of a replicate: lists, an entry for each dyad, rung and day with
acts, ordered by dyad, rung and day; ``daily.dyad`` is the place of the dyad in the manifest."""

Stamp = dict[str, str]

_NO_NUMBERS: Final = ("cli", "report", "results", "viewer", "__main__.py")
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
    return blocks_up_to([replicates] * n_points, block_size)


def blocks_up_to(targets: Sequence[int], block_size: int) -> list[Block]:
    """Return the blocks of a sweep whose points get different numbers of replicates, in the order of `blocks_of`.

    Parameters
    ----------
    targets : sequence of int
        Replicates of each point.
    block_size : int
        Replicates of a full block.
    """
    return [
        Block(start, point, min(block_size, target - start))
        for start in range(0, max(targets, default=0), block_size)
        for point, target in enumerate(targets)
        if start < target
    ]


def table_of(
    point: Point,
    replicates: Integers,
    inputs: Mapping[str, npt.NDArray[np.generic]],
    outputs: Mapping[str, npt.NDArray[np.generic]],
    daily: Mapping[str, npt.NDArray[np.generic]] | None = None,
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
    daily : mapping of str to ndarray, optional
        Daily totals as `sim.daily.DailyTotals.columns` returns them.
    """
    size = len(replicates)
    columns: dict[str, pa.Array] = {"point": pa.array(np.full(size, point.index, dtype=np.int32))}
    for key, label in dict(point.labels).items():
        columns[FACTOR + key] = pa.array([label] * size, pa.string()).dictionary_encode()
    columns["replicate"] = pa.array(replicates)
    columns |= {INPUT + key: pa.array(values.astype(np.float32)) for key, values in inputs.items()}
    columns |= {key: pa.array(values) for key, values in outputs.items()}
    if daily is not None:
        starts = pa.array(daily["start"].astype(np.int32))
        lists = {name: values for name, values in daily.items() if name != "start"}
        columns |= {DAILY + name: pa.ListArray.from_arrays(starts, pa.array(values)) for name, values in lists.items()}
    return pa.table(columns)


@cache
def code_digest() -> str:
    """Return the SHA-256 of the code that determines the numbers: this package without results and command line."""
    root = Path(sim.__file__).parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        place = path.relative_to(root)
        if place.parts[0] not in _NO_NUMBERS:
            total.update(place.as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@cache
def versions() -> dict[str, str]:
    """Return the versions of all that the numbers hang on, besides the code itself."""
    packages = {package: version(package) for package in ("mesa", "numpy", "scipy")}
    return {"sim": sim.__version__, "python": ".".join(platform.python_version_tuple()[:2]), **packages}


def rules_of(scenario: Scenario) -> dict[str, str]:
    """Return the digest of the file of every policy that does not belong to this package, by rule.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    """
    # Imported here, because reading results takes this module too and needs no engine.
    from sim.policies.registry import source_digest

    found = {rule: source_digest(policy) for rule, policy in _rules(scenario)}
    return {rule: digest for rule, digest in sorted(found.items()) if digest}


def scalar_rules_of(scenario: Scenario) -> list[str]:
    """Return the rules that run lane by lane: correct, and slow.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    """
    from sim.policies.scalar import ScalarPolicy

    return sorted({rule for rule, policy in _rules(scenario) if issubclass(policy, ScalarPolicy)})


def _rules(scenario: Scenario) -> Iterator[tuple[str, type[Policy]]]:
    """Return every rule that a scenario uses at any point, those inside others included."""
    waiting = scenario.used_policies()
    while waiting:
        setting = waiting.pop()
        waiting += setting.inner.values()
        yield setting.rule, setting.policy


def stamp_of(scenario: Scenario, seed: int) -> Stamp:
    """Return what the bytes of a block hang on, besides the block itself; it is kept in the file.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    seed : int
        Root of all draws.
    """
    rules = json.dumps(rules_of(scenario))
    return {"digest": scenario.digest(), "seed": str(seed), "rules": rules, "code": code_digest()}


def serialised(table: pa.Table, stamp: Stamp) -> bytes:
    """Return a table as a Parquet file whose bytes hang on nothing but its content.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of a block.
    stamp : dict of str to str
        What `stamp_of` returns.
    """
    stamped = table.replace_schema_metadata(stamp)
    buffer = io.BytesIO()
    pq.write_table(stamped, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def is_whole(path: Path, block: Block, stamp: Stamp) -> bool:
    """Return whether a file holds a whole block with this stamp; every page is read and its sum checked.

    Parameters
    ----------
    path : Path
        The file.
    block : Block
        The block that it should hold.
    stamp : dict of str to str
        What `stamp_of` returns.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True, partitioning=None)
    except (OSError, pa.ArrowException):
        return False
    metadata = table.schema.metadata or {}
    return (
        all(metadata.get(key.encode()) == value.encode() for key, value in stamp.items())
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
