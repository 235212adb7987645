"""One block computed: the ensemble of its replicates is run, and its rows become a file."""

from __future__ import annotations

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
from sim.sweeps.provenance import Stamp, build_stamp

if TYPE_CHECKING:
    from sim.engine.daily_totals import Rows
    from sim.engine.kernel.histories import Histories
    from sim.scenario.scenario import Scenario

_HALVING_SECONDS: Final = 60.0

Columns = Mapping[str, npt.NDArray[np.generic]]
Runs = Callable[[Integers], object]  # runs the replicates whose indices it is given


def build_table(
    point: Point, replicates: Integers, inputs: Columns, outputs: Columns, daily: Columns | None = None
) -> pa.Table:
    """Return the rows of replicates: what was drawn, in single precision, what came of it, and daily totals."""
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


def serialise(table: pa.Table, stamp: Stamp) -> bytes:
    """Return a table as a Parquet file whose bytes hang on nothing but its content."""
    stamped = table.replace_schema_metadata(stamp)
    buffer = io.BytesIO()
    lists = [name for name in table.column_names if name.startswith(DAILY)]
    # What is drawn hardly comes twice, and neighbours in a list are near each other: a dictionary costs more there.
    repeated = [name for name in table.column_names if not name.startswith((DAILY, INPUT))]
    pq.write_table(
        stamped,
        buffer,
        compression="zstd",
        write_page_checksum=True,
        use_dictionary=repeated,
        write_statistics=repeated,
        column_encoding={f"{name}.list.element": "DELTA_BINARY_PACKED" for name in lists},
    )
    return buffer.getvalue()


def restore_table(file: Path | pa.Buffer) -> pa.Table:
    """Return the rows of a block as they were when they were written: Parquet names the elements of lists itself."""
    table = pq.read_table(file.absolute() if isinstance(file, Path) else pa.BufferReader(file), partitioning=None)
    kinds = [pa.list_(field.type.value_type) if pa.types.is_list(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


def join_blocks(first: Path, second: bytes, stamp: Stamp) -> bytes:
    """Return two blocks that follow each other as the one that would have been computed at once, to the last byte."""
    parts = [restore_table(first), restore_table(pa.py_buffer(second))]
    return serialise(pa.concat_tables(parts).unify_dictionaries().combine_chunks(), stamp)


def find_first_failing(error: Exception, replicates: Integers, runs: Runs) -> int | None:
    """Return the first replicate that fails alone, by halving for a minute; None where no single one fails alone."""
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


def add_address(error: Exception, path: Path, block: Block, seed: int, runs: Runs) -> SimError:
    """Return an error of a block with the command that replays it; of the same kind where it is one of ours."""
    if isinstance(error, InputError):
        return error
    kind = type(error) if isinstance(error, SimError) else SimError
    words = str(error) if isinstance(error, SimError) else f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError):
        return kind(f"there is not enough memory for {block}, seed {seed}; give fewer --jobs")
    replicate = find_first_failing(error, block.replicates, runs)
    if replicate is None:
        return kind(f"{words} (in {block}, seed {seed}, run together; no replicate was found that fails alone)")
    command = f"sim run {shlex.quote(str(path))} --at {block.point}/{replicate}/{seed}"
    return kind(f"{words} (point {block.point}, replicate {replicate}, seed {seed}; `{command}` replays it)")


def compute_block(
    scenario: Scenario, block: Block, seed: int, stamp: Stamp | None = None, on_rows: Callable[[], None] | None = None
) -> bytes:
    """Run a block and return its Parquet file; ``on_rows`` is called some ten times a second, and may end the run."""
    point = scenario.points()[block.point]

    def runs(replicates: Integers) -> None:
        ensemble = scenario.ensemble(point, replicates, seed)
        try:
            ensemble.conflict.run()
        finally:
            ensemble.conflict.release()

    try:
        return _run_block(scenario, block, seed, stamp or build_stamp(scenario, seed), on_rows)
    except Exception as error:
        raise add_address(error, scenario.path, block, seed, runs) from error


def _run_block(scenario: Scenario, block: Block, seed: int, stamp: Stamp, on_rows: Callable[[], None] | None) -> bytes:
    point = scenario.points()[block.point]
    ensemble = scenario.ensemble(point, block.replicates, seed)
    if on_rows is not None:
        _listen(ensemble.conflict.histories, on_rows)
    try:
        outputs = ensemble.conflict.run().columns()
        daily = ensemble.conflict.totals.columns() if scenario.keeps_daily else None
    finally:
        ensemble.conflict.release()
        # Model and agents refer to each other, so their arrays would outlive several blocks; to look for such garbage
        # among all objects takes a tenth of the time of a block.
        vars(ensemble.conflict).clear()
    return serialise(build_table(point, block.replicates, ensemble.inputs, outputs, daily), stamp)


def _listen(histories: Histories, on_rows: Callable[[], None]) -> None:
    """Call something whenever the kernel comes back with rows of days: while it computes, nothing can reach it."""
    take = histories.take_rows

    def take_and_call(rows: Rows) -> None:
        on_rows()
        take(rows)

    histories.take_rows = take_and_call
