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
from sim.results.reading.result_table import FACTOR, LABEL, POINT, REPLICATE, Column, ResultTable
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


_FAILED: Final = Column("failed", "", "whether reactions multiplied without end; such rows are in no table")
RUNS: Final = ResultTable(
    name="runs",
    row="a row for each replicate: what it drew and what came of it",
    columns=(
        POINT,
        Column("factor.<factor>", "", "level of a factor at the point, as text"),
        REPLICATE,
        Column("input.<key path>", "unit of the parameter", "what the replicate drew from the prior of a parameter"),
        Column(
            "campaign_day", "days", "first day of a campaign that a party decided on; infinity if never, as all days"
        ),
        Column("ground_day", "days", "first day of a ground operation"),
        Column("ceasefire_day", "days", "first day of a ceasefire"),
        Column("truce_day_<question>", "days", "first day on which the driver has been at a truce for long enough"),
        Column("ceasefire_at_<day>", "", "whether a ceasefire is in force on the day"),
        Column(
            "campaign_began_by", "1", "place of the party that began the first campaign in the manifest; -1 for none"
        ),
        Column("joined_<party>_day", "days", "day on which a party joined the war"),
        Column(
            "joined_<party>_trigger", "1", "what raised its hazard most then: place among the triggers in `entries`"
        ),
        Column("first_to_join", "1", "place of the first party that joined in the manifest; -1 for none"),
        Column("war_day", "days", "first day of a war on the front"),
        Column("regional_day", "days", "first day of a regional war"),
        Column("general_day", "days", "first day of a general regional war"),
        Column("<question>_day", "days", "first day on which the answer to a question is yes"),
        Column("<question>_at_<day>", "", "whether the answer to a question is yes on the day"),
        Column("state_at_<day>", "1", "outcome state on the day, 0 to 4"),
        Column("acts_<dyad>_at_<day>", "1", "acts of a directed dyad from the start to the day"),
        Column("killed_<place>_at_<day>", "persons", "killed at a place from the start to the day, of all sides"),
        Column("civilians_<place>_at_<day>", "persons", "civilians among them"),
        _FAILED,
    ),
    position=1,
    where="folders with blocks",
    compute=read_rows,
    stream=stream_rows,
    is_written=False,
)
DAYS: Final = ResultTable(
    name="daily",
    row="a row for each replicate, dyad, rung and day with an act",
    columns=(
        POINT,
        REPLICATE,
        _FAILED,
        Column("dyad", "", "sender and target"),
        Column("rung", "1", "rung of the ladder, as it was reported"),
        Column("day", "days", "day of the run, from 1"),
        Column("acts", "1", "acts on the day"),
        Column("launches", "1", "launches of salvos"),
        Column("claimed", "1", "launches that were claimed"),
        Column("killed", "persons", "killed by these acts"),
        Column("civilians", "persons", "civilians among them"),
    ),
    position=2,
    where="folders with blocks that keep daily totals",
    compute=read_days,
    stream=stream_days,
    is_written=False,
    applies=lambda results: results.has_daily,
)
POINTS: Final = ResultTable(
    name="points",
    row="a row for each point of the design",
    columns=(POINT, LABEL, FACTOR),
    position=3,
    compute=lambda results: results.points,
    is_written=False,
)
