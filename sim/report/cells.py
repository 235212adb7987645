"""How the columns of a table are written in the cells of a sheet."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from sim.report.sheet import UNKNOWN, Cell, format_amount, format_number, format_range, format_share


def amount(name: str, digits: int = 1, sign: str = "", *, people: bool = False, missing: str = UNKNOWN) -> Cell:
    """Return what writes shares in percent, or people."""
    return lambda row: missing if pd.isna(row[name]) else format_amount(row[name], people, digits, sign)


def number(name: str, form: str = ",.0f") -> Cell:
    """Return what writes numbers."""
    return lambda row: format_number(row[name], form)


def interval(value: str, low: str, high: str, form: str = "", to: str = "–") -> Cell:
    """Return what writes numbers with the ends of their intervals."""
    return lambda row: format_range(row[value], row[low], row[high], form, to)


def share(estimate: str = "estimate", low: str = "low", high: str = "high") -> Cell:
    """Return what writes shares with their intervals in percent."""
    return lambda row: format_share(row[estimate], row[low], row[high])


def list_days(table: pd.DataFrame) -> list[int]:
    """Return the horizons of a table."""
    return sorted(map(int, table["horizon_days"].unique()))


def by_day(table: pd.DataFrame, names: Sequence[str], cell: Cell) -> dict[tuple[Any, ...], tuple[str, ...]]:
    """Return the cells of a table by horizon, for each set of values of some columns."""
    days, cells = list_days(table), dict[tuple[Any, ...], dict[int, str]]()
    for row in table.to_dict("records"):
        cells.setdefault(tuple(row[name] for name in names), {})[row["horizon_days"]] = cell(row)
    return {key: tuple(told.get(day, UNKNOWN) for day in days) for key, told in cells.items()}
