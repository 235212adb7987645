"""CSV files of evidence, read cell by cell, with every fault of a file noted before anything is raised.

A `Row` turns the cells of one line into dates, counts and names, and notes what it cannot read in the `Problems` of its
file. An empty cell always means that the value is not known; it never means zero.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path

from sim.core.errors import InputError, Problems, nearest

SPLITS: tuple[str, ...] = ("calibration", "held_out")
"""What a row may be used for: fitting, or only for judging a fit."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A reported number with its bounds; ``None`` where the report gives none.

    An exact report has three equal numbers, "at least n" has n twice and no upper bound, "about n" has only the best.
    """

    low: int | None = None
    best: int | None = None
    high: int | None = None

    @property
    def floor(self) -> int:
        """Return what sums take: the best figure, else the lower bound, else 0."""
        if self.best is not None:
            return self.best
        return self.low or 0


NOT_GIVEN = Figure()
"""A figure of which nothing is known."""


class Row:
    """One line of a file (the header is row 1), with readers that note faults and go on; column `name` labels it."""

    def __init__(self, number: int, cells: dict[str, str], problems: Problems, name: str = "id") -> None:
        self.number = number
        self.cells = cells
        self.problems = problems
        self.label = f"row {number} ({name} {cells.get(name) or 'empty'})"

    def fault(self, column: str, message: str) -> None:
        """Note that a cell is wrong."""
        self.problems.add(f"{self.label}, {column}", message)

    def text(self, column: str, *, required: bool = False) -> str:
        """Return the text of a cell, without the spaces around it."""
        value = self.cells[column]
        if required and not value:
            self.fault(column, "is empty, but every row needs it")
        return value

    def choice(self, column: str, valid: Collection[str], *, required: bool = True) -> str:
        """Return a name out of a fixed list."""
        value = self.text(column, required=required)
        if value and value not in valid:
            self.fault(column, f'"{value}" is not known; {nearest(value, valid)}')
        return value

    def choices(self, column: str, valid: Collection[str], separator: str) -> tuple[str, ...]:
        """Return several names out of a fixed list."""
        values = tuple(part.strip() for part in self.cells[column].split(separator) if part.strip())
        for value in values:
            if value not in valid:
                self.fault(column, f'"{value}" is not known; {nearest(value, valid)}')
        return values

    def flag(self, column: str) -> bool:
        """Return a truth value, written ``true`` or ``false``."""
        return self.choice(column, ("true", "false")) == "true"

    def day(self, column: str, *, required: bool = False) -> date | None:
        """Return a date, written as 2023-10-08."""
        value = self.text(column, required=required)
        if not value:
            return None
        try:
            if not _DATE.fullmatch(value):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self.fault(column, f'"{value}" is not a date; write year-month-day, for instance 2023-10-08')
            return None

    def clock(self, column: str) -> time | None:
        """Return a time of day, written as 17:05."""
        value = self.text(column)
        if not value:
            return None
        try:
            if not _TIME.fullmatch(value):
                raise ValueError
            return time.fromisoformat(value)
        except ValueError:
            self.fault(column, f'"{value}" is not a time; write hours and minutes from 00:00 to 23:59')
            return None

    def number_in(self, column: str, low: float, high: float = math.inf) -> float | None:
        """Return a number within bounds, or ``None`` for an empty cell."""
        value = self.text(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.fault(column, f'"{value}" is not a number; leave the cell empty if the value is not known')
            return None
        if not low <= number <= high:
            allowed = f"{low:g} or more" if math.isinf(high) else f"{low:g} to {high:g}"
            self.fault(column, f"is {value}; allowed: {allowed}")
            return None
        return number

    def count(self, column: str, high: float = math.inf) -> int | None:
        """Return a whole number from 0 on, or ``None`` for an empty cell."""
        number = self.number_in(column, 0, high)
        if number is None:
            return None
        if number != int(number):
            self.fault(column, f"is {self.cells[column]}; only whole numbers are allowed")
            return None
        return int(number)

    def figure(self, low: str, best: str, high: str, top: float = math.inf) -> Figure:
        """Return a number with its bounds, checked to be in order."""
        figure = Figure(self.count(low, top), self.count(best, top), self.count(high, top))
        named = [(low, figure.low), (best, figure.best), (high, figure.high)]
        numbers = [(column, number) for column, number in named if number is not None]
        for (left, smaller), (right, larger) in pairwise(numbers):
            if smaller > larger:
                self.fault(left, f"is {smaller}, more than {right}, which is {larger}; they must not fall")
        return figure


def read_rows(path: str | Path, columns: Sequence[str], *, name: str = "id", others: bool = False) -> list[Row]:
    """Read a CSV file in UTF-8 whose columns are known; at least one row.

    All rows note their faults in one shared `Problems`, which the caller raises when it has read the cells.
    """
    problems = Problems(path)
    lines = list(csv.reader(_text(Path(path)).splitlines()))
    header = [cell.strip() for cell in lines[0]] if lines else []
    if not any(header):
        raise InputError.single(path, "", "is empty; the first line must name the columns")
    _check_header(header, columns, others, problems)
    problems.raise_if_any()
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        cells = dict(zip(header, (cell.strip() for cell in line), strict=False))
        if len(line) != len(header):
            problems.add(f"row {number}", f"has {len(line)} cells, but the header names {len(header)} columns")
        else:
            rows.append(Row(number, cells, problems, name))
    if not rows and not problems.found:
        problems.add("", "has no rows below its header")
    # A row with cells too few or too many would be read in the wrong columns, so nothing is read before it is mended.
    problems.raise_if_any()
    return rows


def _text(path: Path) -> str:
    """Return the text of a file; spreadsheets may have put a byte order mark in front of it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        files = [entry.name for entry in path.parent.glob("*.csv")]
        hint = f"; {nearest(path.name, files)}" if files else ""
        raise InputError.single(path, "", f"no such file{hint}") from None
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise InputError.single(path, "", message) from None
    except OSError as error:
        raise InputError.single(path, "", f"cannot be read: {error.strerror}") from None


def _check_header(header: Sequence[str], columns: Iterable[str], others: bool, problems: Problems) -> None:
    """Note columns that are missing, unknown or named twice."""
    expected = list(columns)
    for column in expected:
        if column not in header:
            problems.add(f"column {column}", "is missing")
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            problems.add(f"column {column}", f"stands {header.count(column)} times in the header")
        if column not in expected and not others:
            problems.add(f"column {column or '(no name)'}", f"is not known; {nearest(column, expected)}")
