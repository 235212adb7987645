"""Fan charts: quantiles over the replicates of what happens day by day, at every point.

They are counted block by block in histograms, so memory and the size of the table do not hang on the number of
replicates. A count below 512 has a class of its own, so its quantiles are exact; above, classes are at most 1/256 of
their value wide and a quantile is the middle of its class (the layout of an HDR histogram, which two halves of a sweep
may add up).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.arrays import Integers
from sim.results.reading.question_outcomes import list_points, require_daily
from sim.results.reading.result_table import POINT, Column, Presentation, ResultTable
from sim.results.reading.store import Results, explain_unreadable
from sim.sweeps.blocks import DAILY
from sim.sweeps.results_folder import BLOCKS


def read_blocks(results: Results, point: int, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of a point block by block, in the order of replicates, none beyond those of the manifest."""
    wanted = results.manifest["replicates"]
    for block in (candidate for candidate in results.blocks if candidate.point == point):
        path = results.path / BLOCKS / block.name
        names = None if columns is None else list(dict.fromkeys(["replicate", *columns]))
        try:
            table = pq.read_table(path.absolute(), columns=names, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise explain_unreadable(path, error) from error
        table = table.replace_schema_metadata(None)
        if block.start + block.count > wanted:
            table = table.filter(pc.less(table["replicate"], wanted))
        yield table


FAN: Final = "fan"
ACTS: Final = "acts"
RUNG: Final = "rung"
KILLED_TO_DATE: Final = "killed"
MEASURES: Final = {
    ACTS: "acts of all parties on the day",
    RUNG: "highest rung of an act on the day, 0 without one",
    KILLED_TO_DATE: "killed of all sides from the start to the end of the day [persons]",
}
QUANTILES: Final = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
FANS_SHOWN: Final = 3
"""Points of a sweep that a page has room for."""

_EVERY_DAY_UNTIL: Final = 30
_WEEK: Final = 7
_STEP_DAYS_OF_SWEEP: Final = 15
_EXACT_BITS: Final = 9
_EXACT: Final = 1 << _EXACT_BITS
_WITHIN_OCTAVE: Final = _EXACT // 2
_MOST_BITS: Final = 32
_CLASSES: Final = _EXACT + (_MOST_BITS - _EXACT_BITS) * _WITHIN_OCTAVE


def choose_fan_days(results: Results) -> Integers:
    """Return the days that are told, rising, the horizons among them, shape (n_days,).

    Each to day 30, then each week; each fifteenth where points are many.
    """
    last = int(results.manifest["horizon_days"])
    if results.manifest["points"] == 1:
        days = {*range(1, min(last, _EVERY_DAY_UNTIL) + 1), *range(_EVERY_DAY_UNTIL + _WEEK, last + 1, _WEEK)}
    else:
        days = {1, *range(_STEP_DAYS_OF_SWEEP, last + 1, _STEP_DAYS_OF_SWEEP)}
    return np.array(sorted({*days, *results.manifest["horizons"], last}))


def compute_fan(results: Results) -> pd.DataFrame:
    """Return quantiles of what happens day by day at each point at which a replicate finished.

    Without blocks the committed table is read; a folder that keeps no daily totals is refused.
    """
    if not results.blocks:
        return results.read_table(FAN)
    require_daily(results)
    days = choose_fan_days(results)
    tables = []
    for point, _ in list_points(results):
        counts = np.zeros((len(MEASURES), len(days), _CLASSES), dtype=np.int64)
        for values in _measured(results, point):
            for index, measured in enumerate(values):
                _count(counts[index], measured[:, days - 1])
        if counts.any():
            tables += [_rows(point, measure, days, counts[index]) for index, measure in enumerate(MEASURES)]
    columns = ["point", "measure", "day", *QUANTILES]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _measured(results: Results, point: int) -> Iterator[tuple[Integers, ...]]:
    """Yield the measures in the order of `MEASURES` for each block, each of shape (n_replicates, n_days)."""
    n_days = int(results.manifest["horizon_days"])
    names = [f"{DAILY}{name}" for name in ("day", "rung", "acts", "killed")]
    for piece in read_blocks(results, point, ["failed", *names]):
        failed = piece["failed"]
        whole = piece.filter(pc.invert(failed)) if pc.any(failed).as_py() else piece
        lists = {name: whole[name].combine_chunks() for name in names}
        lengths = pc.list_value_length(lists[names[0]]).to_numpy()
        day, rung, acts, killed = (lists[name].flatten().to_numpy().astype(np.int64) for name in names)
        shape = (len(lengths), n_days)
        cell = np.repeat(np.arange(len(lengths)), lengths) * n_days + day - 1
        highest = np.zeros(shape[0] * n_days, dtype=np.int64)
        np.maximum.at(highest, cell, rung)
        yield (
            _summed(cell, acts, shape),
            highest.reshape(shape),
            _summed(cell, killed, shape).cumsum(axis=1),
        )


def _summed(cell: Integers, values: Integers, shape: tuple[int, int]) -> Integers:
    # Sums of whole numbers are exact in floating point far beyond any count here.
    sums: Integers = np.bincount(cell, weights=values, minlength=shape[0] * shape[1]).astype(np.int64)
    return sums.reshape(shape)


def _count(counts: Integers, values: Integers) -> None:
    """Add values, shape (n_replicates, n_days), to the classes of each day, shape (n_days, n_classes)."""
    cell = classify_counts(values) + np.arange(values.shape[1]) * _CLASSES
    counts += np.bincount(cell.reshape(-1), minlength=counts.size).reshape(counts.shape).astype(np.int64)


def classify_counts(values: Integers) -> Integers:
    """Return the class of each count below 2³²: itself where it is small, else its place within its octave."""
    octave = np.maximum(np.frexp(values)[1] - _EXACT_BITS, 0).astype(np.int64)
    return np.where(octave == 0, values, _EXACT + (octave - 1) * _WITHIN_OCTAVE + (values >> octave) - _WITHIN_OCTAVE)


def center_classes(classes: Integers) -> Integers:
    """Return the count in the middle of each class."""
    above = classes - _EXACT
    octave = above // _WITHIN_OCTAVE + 1
    wide = (above % _WITHIN_OCTAVE + _WITHIN_OCTAVE) << np.maximum(octave, 0)
    return np.where(classes < _EXACT, classes, wide + (1 << np.maximum(octave - 1, 0)))


def _rows(point: int, measure: str, days: Integers, counts: Integers) -> pd.DataFrame:
    up_to = counts.cumsum(axis=1)
    columns: dict[str, Any] = {"point": point, "measure": measure, "day": days}
    for name, share in QUANTILES.items():
        # The smallest class by which the share is reached; a hair is allowed for the rounding of the product.
        reached = up_to >= share * up_to[:, -1:] - 1e-9
        columns[name] = center_classes(reached.argmax(axis=1))
    return pd.DataFrame(columns)


FAN_TABLE: Final = ResultTable(
    FAN,
    "quantiles of what happens day by day at each point",
    (
        POINT,
        Column("measure", "", "acts of the day; highest rung of the day; killed of all sides to date"),
        Column("day", "days", "day of the run, from 1"),
        *(
            Column(name, "1 or persons", f"{share} of the replicates have at most as much")
            for name, share in zip(QUANTILES, ("5 %", "25 %", "half", "75 %", "95 %"), strict=True)
        ),
    ),
    compute=compute_fan,
    position=60,
    applies=lambda results: results.has_daily,
    where="sweeps that keep daily totals",
    presentation=Presentation((FAN,), position=5, pictures=("course_pictures.fans",)),
)
