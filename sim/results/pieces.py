"""The rows of a results folder a block at a time, so that what goes through them all needs little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.errors import InputError
from sim.folder import BLOCKS
from sim.results.store import Results


def pieces(results: Results, point: int, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of a point block by block, in the order of the replicates.

    Parameters
    ----------
    results : Results
        A results folder with blocks.
    point : int
        The point.
    columns : sequence of str, optional
        Names of the columns; all without them.

    Yields
    ------
    pyarrow.Table
        The columns, without replicates beyond those that the manifest asks for.

    Raises
    ------
    InputError
        If a block is missing or cannot be read.
    """
    wanted = results.manifest["replicates"]
    for block in (one for one in results.blocks if one.point == point):
        path = results.path / BLOCKS / block.name
        names = None if columns is None else list(dict.fromkeys(["replicate", *columns]))
        try:
            table = pq.read_table(path, columns=names, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise InputError.single(path, "", f"cannot be read; run the sweep again to mend it ({error})") from error
        table = table.replace_schema_metadata(None)
        if block.start + block.count > wanted:
            table = table.filter(pc.less(table["replicate"], wanted))
        yield table
