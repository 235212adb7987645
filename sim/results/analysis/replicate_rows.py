"""The rows themselves: what each replicate drew and what came of it, its acts day by day, and the points of the design.

Rows of replicates are too many to be held: they are streamed out of the blocks, and SQL unnests the daily totals.
"""

from typing import Any, Final

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.dataset as ds  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.errors import InputError
from sim.engine.daily_totals import COUNTED
from sim.results.reading.question_outcomes import require_daily
from sim.results.reading.result_table import ResultTable, describe_table
from sim.results.reading.store import Results, explain_unreadable
from sim.sweeps.blocks import DAILY
from sim.sweeps.results_folder import BLOCKS

_LISTS: Final = ("dyad", "rung", "day", *COUNTED)
"""Columns of a block that hold a list for each replicate, an entry for each dyad, rung and day with an act."""


def stream_rows(results: Results) -> tuple[Any, str]:
    """Return the rows of the blocks that count as an Arrow data set, without their lists, and what to select of it."""
    return _dataset(results, is_daily=False), "*"


def stream_days(results: Results) -> tuple[Any, str]:
    """Return the lists of the blocks that count as an Arrow data set, and what unnests them."""
    dyads = ", ".join(sql_text(dyad) for dyad in results.manifest["dyads"])
    rest = ", ".join(f'unnest("{DAILY}{name}") AS {name}' for name in _LISTS[1:])
    chosen = f'point, replicate, failed, [{dyads}][unnest("{DAILY}dyad") + 1] AS dyad, {rest}'
    return _dataset(results, is_daily=True), chosen


def _dataset(results: Results, *, is_daily: bool) -> Any:
    firsts = {block.point: block for block in reversed(results.blocks)}
    if not firsts:
        raise InputError.single(results.path, BLOCKS, "there are no blocks here; run the sweep again to make them")
    with explain_unreadable(results.path / BLOCKS):
        # Of a path that begins like "run:1" Arrow would make an address.
        place = results.path.absolute() / BLOCKS
        schemas = [pq.read_schema(place / block.name) for block in firsts.values()]
        whole = pa.unify_schemas([schema.remove_metadata() for schema in schemas], promote_options="permissive")
        keys = {"point", "replicate", "failed"} if is_daily else set()
        wanted = [field for field in whole if field.name.startswith(DAILY) is is_daily or field.name in keys]
        if is_daily:
            require_daily(results)
        blocks = sorted(results.blocks, key=lambda block: (block.point, block.start))
        files = [str(place / block.name) for block in blocks]
        return ds.dataset(files, schema=pa.schema(wanted), format="parquet")


def read_rows(results: Results) -> pd.DataFrame:
    """Return a row for each replicate, all at once."""
    frame = _whole(results, stream_rows)
    return frame.sort_values(["point", "replicate"], ignore_index=True)


def read_days(results: Results) -> pd.DataFrame:
    """Return a row for each replicate, dyad, rung and day with an act, all at once."""
    frame = _whole(results, stream_days)
    frame = frame.rename(columns={f"{DAILY}{name}": name for name in _LISTS})
    frame = frame[["point", "replicate", "failed", *_LISTS]].explode([*_LISTS]).dropna(subset=["dyad"])
    frame = frame.astype(dict.fromkeys(_LISTS, "int64")).sort_values(["point", "replicate"], kind="stable")
    return frame.assign(dyad=[results.manifest["dyads"][number] for number in frame["dyad"]]).reset_index(drop=True)


def _whole(results: Results, stream: Any) -> pd.DataFrame:
    rows, _ = stream(results)
    frame: pd.DataFrame = rows.to_table(filter=ds.field("replicate") < results.manifest["replicates"]).to_pandas()
    return frame


def sql_text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


RUNS: Final = ResultTable(*describe_table("runs"), compute=read_rows, stream=stream_rows, is_written=False)
DAYS: Final = ResultTable(
    *describe_table("daily"),
    compute=read_days,
    stream=stream_days,
    is_written=False,
    applies=lambda results: results.has_daily,
)
POINTS: Final = ResultTable(*describe_table("points"), compute=lambda results: results.points, is_written=False)
