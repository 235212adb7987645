"""The file of draws: what any forecaster, this package or a user's own, said before it was known.

A row is one draw: ``origin`` (what was reported before this day was known), ``target`` (id of a series or a question),
``horizon_days`` (days after the origin at which the span ends; day 1 is the origin itself), ``draw``, ``value``. A
series is counted in spans of seven days, so the row of horizon 14 counts days 8 to 14. A question's value is 0 or 1 of
a draw, or a chance. A column ``forecaster`` may keep several apart; without it the file's name is the forecaster's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.errors import InputError, Problems, nearest
from sim.evidence.text_tables import open_table
from sim.evidence.written_values import read_day
from sim.hindcast.record import WEEK, OutcomeRecord
from sim.sweeps.results_folder import write_whole

KEYS: Final = ("forecaster", "origin", "target", "horizon_days")
"""What names one forecast; its draws share them."""
COLUMNS: Final = (*KEYS, "draw", "value")
_MOST_FAULTS: Final = 5
_BOUNDS: Final = {"horizon_days": (1, 36_525), "draw": (0, 10**12), "value": (0, 10**12)}


def read_forecasts(path: str | Path, record: OutcomeRecord | None = None, others: Collection[str] = ()) -> pd.DataFrame:
    """Read a file of draws, Parquet by its ending or CSV; see `check_forecasts`."""
    table, rows = read_table(Path(path), COLUMNS[1:])
    table["forecaster"] = table.get("forecaster", Path(path).stem)
    return check_forecasts(table, path, record, others, rows)


def tabulate_draws(target: str, horizons: Integers, values: Integers | Floats) -> pd.DataFrame:
    """Return the rows of draws of shape (n_draws, n_horizons) at some horizons [days]."""
    n, width = values.shape
    columns = {"target": target, "horizon_days": np.tile(horizons, n), "draw": np.repeat(np.arange(n), width)}
    return pd.DataFrame(columns | {"value": values.ravel().astype(np.float64)})


def read_table(path: Path, columns: Sequence[str]) -> tuple[pd.DataFrame, list[int]]:
    """Return the table of a Parquet (by its ending) or CSV file, and the number of each row, at least one."""
    if path.suffix == ".parquet" and path.exists():
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise InputError.single(path, "", f"cannot be read: {str(error).splitlines()[0]}") from None
        frame = frame.reset_index(drop=frame.index.names == [None])
        rows = list(range(1, len(frame) + 1))
    else:
        text = open_table(path, columns)
        width, records = len(text.header), list(text.records)
        if short := [number for number, cells in records if len(cells) < width]:
            raise InputError.single(path, f"row {short[0]}", f"has fewer than the {width} cells of the header")
        frame = pd.DataFrame([cells[:width] for _, cells in records], columns=list(text.header), dtype=object)
        rows = [number for number, _ in records]
    missing = [name for name in columns if name not in frame]
    if missing or not rows:
        raise InputError.single(path, "", f"has no column {', '.join(missing)}" if missing else "has no rows")
    return frame, rows


def check_forecasts(
    table: pd.DataFrame,
    path: str | Path,
    record: OutcomeRecord | None = None,
    others: Collection[str] = (),
    rows: Sequence[int] = (),
) -> pd.DataFrame:
    """Return draws as `COLUMNS`, typed and sorted, or name all faults of a table of numbers or texts at once.

    With a record their targets must be known to it, or be among `others`, which are not scored.
    """
    problems, numbers = Problems(path), np.array(rows or range(1, len(table) + 1))

    def note(wrong: Any, column: str, allowed: str) -> None:
        at = np.flatnonzero(wrong)
        for number, value in zip(numbers[at[:_MOST_FAULTS]], table[column].iloc[at[:_MOST_FAULTS]], strict=True):
            problems.add(f"row {number}, {column}", f'is "{value}"; {allowed}')
        if len(at) > _MOST_FAULTS:
            problems.add(column, f"is wrong in {len(at) - _MOST_FAULTS:,} further rows")

    frame = pd.DataFrame({name: table[name].astype(str).str.strip() for name in ("forecaster", "target")})
    for column in ("forecaster", "target"):
        note(table[column].isna() | (frame[column] == ""), column, "every row needs a name")
    frame["origin"] = _days(table["origin"], problems, numbers)
    for column, (low, high) in _BOUNDS.items():
        value, whole = pd.to_numeric(table[column], errors="coerce"), column != "value"
        fine = value.between(low, high) & ((value % 1 == 0) | (not whole))
        note(~fine, column, f"allowed: {'whole numbers' if whole else 'numbers'} from {low} to {high:,}")
        frame[column] = value.where(fine, low).astype(np.int64 if whole else np.float64)
    note(frame.duplicated([*KEYS, "draw"]), "draw", "it stands twice for one forecaster, origin, target and horizon")
    if record is not None:
        asked, counted = (frame["target"].isin(list(ids)) for ids in (record.resolutions, record.counts))
        known = [*record.counts, *record.resolutions, *others]
        for target in sorted(set(frame["target"]) - set(known)):
            problems.add(f'target "{target}"', f"is not known here; {nearest(target, known)}")
        note(asked & (frame["value"] > 1), "value", "a question's lies in 0 to 1")
        note(counted & (frame["horizon_days"] < WEEK), "horizon_days", f"a series is counted in spans of {WEEK} days")
        single = counted & ~frame.duplicated(list(KEYS), keep=False)
        note(single, "draw", "it is the only one of its forecast, and a count needs two or more")
    problems.raise_if_any()
    return frame[list(COLUMNS)].sort_values([*KEYS, "draw"], kind="stable", ignore_index=True)


def _days(column: pd.Series[Any], problems: Problems, numbers: Any) -> pd.Series[Any]:
    codes, values = pd.factorize(column, use_na_sentinel=False)
    days = [pd.Timestamp(0)] * len(values)
    for code, value in enumerate(values):
        try:
            days[code] = pd.Timestamp(read_day(str(value).strip()))
        except ValueError as error:
            problems.add(f"row {numbers[np.argmax(codes == code)]}, origin", str(error))
    return pd.Series(pd.DatetimeIndex(days)[codes], index=column.index)


def write_forecasts(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a file of draws whole or not at all, Parquet or CSV by its ending; the same draws give the same bytes."""
    write_table(Path(path), check_forecasts(frame, path))


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table whole or not at all: Parquet by its ending, else CSV with missing values as ``NA``."""
    if path.suffix == ".parquet":
        content = frame.to_parquet(index=False, compression="zstd")
    else:
        content = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d", na_rep="NA").encode()
    write_whole(path, content)
