"""The file of draws: what any forecaster, this package or a user's own, said before it was known.

A row is one draw: ``origin`` (what was reported before this day was known), ``target`` (id of a series or a question),
``horizon_days`` (days after the origin at which the span ends; day 1 is the origin itself), ``draw``, ``value``. A
series is counted in spans of seven days, so the row of horizon 14 counts days 8 to 14. A question's value is 0 or 1 of
a draw, or a chance. A column ``forecaster`` may keep several apart; without it the file's name is the forecaster's.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.errors import InputError, Problems, name_some, nearest
from sim.evidence.text_tables import open_table
from sim.evidence.written_values import read_day
from sim.sweeps.results_folder import write_whole

KEYS: Final = ("forecaster", "origin", "target", "horizon_days")
"""What names one forecast; its draws share them."""
COLUMNS: Final = (*KEYS, "draw", "value")
SPAN: Final = 7
"""Days in which a series is counted."""
PARQUET: Final = ".parquet"
_MAGIC: Final = b"PAR1"
_MOST_FAULTS: Final = 5
_LONGEST: Final = 36_525
_MOST: Final = 1e12


class Happened(Protocol):
    """What happened, as scores and benchmarks ask for it."""

    @property
    def counts(self) -> Mapping[str, Any]:
        """Return series by id."""

    @property
    def resolutions(self) -> Mapping[str, Any]:
        """Return resolutions by question."""

    def observed(self, target: str, origin: datetime.date, horizon_days: int) -> float | None:
        """Return what came of a target, None where that is not known or a question had come before."""

    def weeks_before(self, series: str, origin: datetime.date) -> Floats:
        """Return counts of whole weeks before an origin, oldest first."""

    def is_open(self, question: str, origin: datetime.date) -> bool:
        """Return whether a question had not come before an origin."""


def read_forecasts(path: str | Path, record: Happened | None = None, others: Collection[str] = ()) -> pd.DataFrame:
    """Read and check a file of draws, Parquet or CSV by its content; see `check_forecasts`."""
    path = Path(path)
    table, rows = read_table(path, [name for name in COLUMNS if name != "forecaster"])
    if "forecaster" not in table:
        table["forecaster"] = path.stem
    return check_forecasts(table, path, record, others, rows)


def read_table(path: Path, columns: Collection[str]) -> tuple[pd.DataFrame, list[int]]:
    """Return the table of a Parquet or CSV file and the number of each row; refuse one that lacks some columns."""
    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == _MAGIC
        frame = pd.read_parquet(path) if is_parquet else None
    except FileNotFoundError:
        frame = None  # the reader of text says so, with the nearest name
    except (OSError, ValueError) as error:
        raise InputError.single(path, "", f"cannot be read: {str(error).splitlines()[0]}") from None
    if frame is None:
        table = open_table(path, list(columns))
        read = [(number, cells[: len(table.header)]) for number, cells in table.records]
        short = next((number for number, cells in read if len(cells) < len(table.header)), None)
        if short:
            raise InputError.single(
                path, f"row {short}", f"has not the {len(table.header)} cells that the header names"
            )
        frame = pd.DataFrame([cells for _, cells in read], columns=list(table.header), dtype=object)
        rows = [number for number, _ in read]
    else:
        frame = frame.reset_index(drop=frame.index.names == [None])
        rows = list(range(1, len(frame) + 1))
    missing = [name for name in columns if name not in frame]
    if missing or not rows:
        raise InputError.single(path, "", f"has no column {', '.join(missing)}" if missing else "has no rows")
    return frame, rows


def check_forecasts(
    table: pd.DataFrame,
    path: str | Path,
    record: Happened | None = None,
    others: Collection[str] = (),
    rows: list[int] | None = None,
) -> pd.DataFrame:
    """Return draws with their columns typed, in the order of `COLUMNS` and sorted; name all faults at once.

    Parameters
    ----------
    table : DataFrame
        The `COLUMNS`, as numbers or as text.
    path : str or Path
        What messages name.
    record : Happened, optional
        What happened; with it targets must be known, questions lie within 0 and 1, series have two draws or more.
    others : collection of str
        Further targets that are known, and not scored.
    rows : list of int, optional
        Number of each row in its file; counted from 1 without it.

    Raises
    ------
    InputError
        Where a value is none or out of range, a target is unknown or a draw stands twice.
    """
    problems, numbers = Problems(path), np.array(rows or range(1, len(table) + 1))

    def note(wrong: Any, column: str, allowed: str, shown: pd.Series[Any] | None = None) -> None:
        at = np.flatnonzero(np.asarray(wrong, dtype=bool))
        values = (table[column] if shown is None else shown).iloc[at[:_MOST_FAULTS]]
        for number, value in zip(numbers[at], values, strict=False):
            problems.add(f"row {number}, {column}", f'is "{value}"; {allowed}')
        if len(at) > _MOST_FAULTS:
            problems.add(column, f"is wrong in {len(at) - _MOST_FAULTS:,} further rows")

    frame = pd.DataFrame({name: table[name].astype(str).str.strip() for name in ("forecaster", "target")})
    for column in ("forecaster", "target"):
        note(table[column].isna() | (frame[column] == ""), column, "every row needs a name")
    frame["origin"] = _days(table["origin"], problems, numbers)
    for column, low, high in (("horizon_days", 1, _LONGEST), ("draw", 0, _MOST), ("value", 0, _MOST)):
        value = pd.to_numeric(table[column], errors="coerce")
        whole = column != "value"
        wrong = ~value.between(low, high) | (whole & (value % 1 != 0))
        note(wrong, column, f"allowed: {'whole numbers' if whole else 'numbers'} from {low} to {high:,.0f}")
        frame[column] = value.where(~wrong, low).astype(np.int64 if whole else np.float64)
    note(frame.duplicated([*KEYS, "draw"]), "draw", "it stands twice for one forecaster, origin, target and horizon")
    if record is not None:
        _check_targets(frame, record, others, problems, note)
    problems.raise_if_any()
    return frame[list(COLUMNS)].sort_values([*KEYS, "draw"], kind="stable", ignore_index=True)


def _days(column: pd.Series[Any], problems: Problems, numbers: Any) -> pd.Series[Any]:
    codes, texts = pd.factorize(column.astype(str).str.strip())
    days = []
    for code, text in enumerate(texts):
        try:
            days.append(pd.Timestamp(read_day(text)))
        except ValueError as error:
            problems.add(f"row {numbers[int(np.argmax(codes == code))]}, origin", str(error))
            days.append(pd.Timestamp(0))
    return pd.Series(pd.DatetimeIndex(days)[codes], index=column.index)


def _check_targets(
    frame: pd.DataFrame, record: Happened, others: Collection[str], problems: Problems, note: Any
) -> None:
    known = [*record.counts, *record.resolutions, *others]
    for target in sorted(set(frame["target"]) - set(known)):
        problems.add(f'target "{target}"', f"is not known here; {nearest(target, known)}")
    note(frame["target"].isin(list(record.resolutions)) & (frame["value"] > 1), "value", "a question's lies in 0 to 1")
    series = frame[frame["target"].isin(list(record.counts))]
    is_short = frame.index.isin(series.index[series["horizon_days"] < SPAN])
    note(is_short, "horizon_days", f"a series is counted in {SPAN} days, so its horizon is {SPAN} or more")
    few = series.groupby(list(KEYS))["draw"].size()
    lonely = [f"{who}, {day:%Y-%m-%d}, {what}, {end}" for who, day, what, end in few.index[few < 2]]
    if lonely:
        problems.add("draw", f"a count needs two draws or more; one only has {name_some(lonely, 3, '; ')}")


def write_forecasts(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a file of draws whole or not at all, Parquet or CSV by its ending; the same draws give the same bytes."""
    write_table(Path(path), check_forecasts(frame, path))


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table whole or not at all: Parquet by its ending, else CSV with missing values as ``NA``."""
    if path.suffix == PARQUET:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, compression="zstd")
        write_whole(path, buffer.getvalue())
    else:
        text = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d", na_rep="NA")
        write_whole(path, text.encode())
