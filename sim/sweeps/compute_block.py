"""One block computed: the ensemble of its replicates is run, and its rows become a file."""

from __future__ import annotations

import gc
import io
import shlex
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.arrays import Integers
from sim.core.errors import InputError, SimError
from sim.scenario.design import Point
from sim.sweeps.blocks import DAILY, FACTOR, INPUT, Block
from sim.sweeps.provenance import Stamp, stamp_of

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

    pass


def table_of(
    point: Point,
    replicates: Integers,
    inputs: Mapping[str, npt.NDArray[np.generic]],
    outputs: Mapping[str, npt.NDArray[np.generic]],
    daily: Mapping[str, npt.NDArray[np.generic]] | None = None,
) -> pa.Table:
    """Return the rows of some replicates."""
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


def serialised(table: pa.Table, stamp: Stamp) -> bytes:
    """Return a table as a Parquet file whose bytes hang on nothing but its content."""
    stamped = table.replace_schema_metadata(stamp)
    buffer = io.BytesIO()
    pq.write_table(stamped, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


_HALVING_SECONDS: Final = 60.0

Runs = Callable[[Integers], object]


def first_failing(error: Exception, replicates: Integers, runs: Runs) -> int | None:
    """Return the first replicate that fails alone as all of them did together, found by halving.

    All halves together are as much work as the whole once more; after a minute the search is given up.
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
    """Return an error of a block with the address at which it can be replayed."""
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


def compute(scenario: Scenario, block: Block, seed: int, days: int | None = None, stamp: Stamp | None = None) -> bytes:
    """Run a block and return its file."""
    point = scenario.points()[block.point]

    def runs(replicates: Integers) -> None:
        ensemble = scenario.ensemble(point, replicates, seed, horizon_days=days)
        try:
            ensemble.conflict.run()
        finally:
            ensemble.conflict.release()

    try:
        return _content(scenario, block, seed, days, stamp or stamp_of(scenario, seed))
    except Exception as error:
        raise named(error, scenario.path, block, seed, runs) from error


def _content(scenario: Scenario, block: Block, seed: int, days: int | None, stamp: Stamp) -> bytes:
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
    return serialised(table, stamp)
