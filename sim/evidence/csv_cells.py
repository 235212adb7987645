"""CSV files of evidence, read cell by cell, with every fault of a file noted before anything is raised.

A `Row` turns the cells of one line into dates, counts and names, and notes what it cannot read in the `Problems` of its
file. An empty cell always means that the value is not known; it never means zero.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Literal

from sim.core.errors import Problems, nearest
from sim.evidence.text_tables import open_table
from sim.evidence.written_values import is_unknown, read_day, read_number

SPLITS: tuple[str, ...] = ("calibration", "held_out")  # what a row may be used for: fitting, or only for judging a fit

_TIME = re.compile(r"(\d{1,2}:\d{2})(:\d{2}(\.\d+)?)?")
_MOST_RAGGED = 20
MOST = 1e9  # no count of people or launches is larger; a cell that says so holds something else
_MOST_MISSING = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A reported number with its bounds; ``None`` where the report gives none.

    An exact report has three equal numbers, "at least n" has n twice and no upper bound, "about n" has only the best.
    """

    low: int | None = None
    best: int | None = None
    high: int | None = None

    @property
    def known(self) -> int | None:
        """Return the best figure, else the lower bound; None if neither is known."""
        return self.low if self.best is None else self.best

    @property
    def floor(self) -> int:
        """Return what sums take: the best figure, else the lower bound, else 0."""
        return self.known or 0


NOT_GIVEN = Figure()  # a figure of which nothing is known


class Row:
    """One line of a file (the header is row 1), with readers that note faults and go on; column `name` labels it."""

    __slots__ = ("cells", "date_format", "name", "number", "problems")

    def __init__(
        self, number: int, cells: dict[str, str], problems: Problems, name: str = "id", date_format: str = ""
    ) -> None:
        self.number = number
        self.cells = cells
        self.problems = problems
        self.name = name
        self.date_format = date_format  # of `datetime.strptime`; empty for all usual forms

    @property
    def label(self) -> str:
        """Return the words by which a fault names the row."""
        return f"row {self.number} ({self.name} {self.cells.get(self.name) or 'empty'})"

    def fault(self, column: str, message: str) -> None:
        """Note that a cell is wrong."""
        self.problems.add(f"{self.label}, {column}", message)

    def known(self, column: str) -> str:
        """Return the text of a cell, empty where it says in words that the value is not known."""
        value = self.text(column)
        return "" if is_unknown(value) else value

    def code(self, column: str) -> str:
        """Return the text of a cell that holds a code; other programs write the number 1 as 1.0."""
        return self.cells[column].removesuffix(".0")

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
        """Return a truth value, written ``true`` or ``false`` in letters of any size."""
        self.cells[column] = self.cells[column].lower()
        return self.choice(column, ("true", "false")) == "true"

    def day(self, column: str, *, required: bool = False) -> date | None:
        """Return a day in any usual form, such as 2023-10-08 or 8 October 2023, or in the form that the map gives."""
        value = self.known(column)
        if not value:
            if required:
                self.fault(column, "is empty, but every row needs it")
            return None
        try:
            return read_day(value, self.date_format)
        except ValueError as error:
            self.fault(column, str(error))
            return None

    def clock(self, column: str) -> time | None:
        """Return a time of day to the minute, written as 17:05."""
        value = self.known(column)
        if not value:
            return None
        try:
            found = _TIME.fullmatch(value)
            return time.fromisoformat(f"{found[1]:0>5}" if found else "no time")
        except ValueError:
            self.fault(column, f'"{value}" is not a time; write hours and minutes from 00:00 to 23:59')
            return None

    def number_in(self, column: str, low: float, high: float = math.inf) -> float | None:
        """Return a number within bounds, or ``None`` for a cell that is empty or says that it is not known."""
        value = self.known(column)
        if not value:
            return None
        try:
            number = read_number(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.fault(column, f'"{value}" is not a number; leave the cell empty if the value is not known')
            return None
        if not low <= number <= high:
            is_open = math.isinf(high) or (high == MOST and number < low)
            allowed = f"{low:g} or more" if is_open else f"{low:g} to {high:{',.0f' if high >= 1e6 else 'g'}}"
            self.fault(column, f"is {value}; allowed: {allowed}")
            return None
        return number

    def count(self, column: str, high: float = MOST) -> int | None:
        """Return a whole number from 0 to a thousand million, or ``None`` for an empty cell."""
        number = self.number_in(column, 0, high)
        if number is None:
            return None
        if number != int(number):
            self.fault(column, f"is {self.cells[column]}; only whole numbers are allowed")
            return None
        return int(number)

    def figure(self, low: str, best: str, high: str, top: float = MOST) -> Figure:
        """Return a number with its bounds, checked to be in order."""
        figure = Figure(self.count(low, top), self.count(best, top), self.count(high, top))
        named = [(low, figure.low), (best, figure.best), (high, figure.high)]
        numbers = [(column, number) for column, number in named if number is not None]
        for (left, smaller), (right, larger) in pairwise(numbers):
            if smaller > larger:
                self.fault(left, f"is {smaller}, more than {right}, which is {larger}; they must not fall")
        return figure


Others = Literal["refuse", "skip", "keep"]  # what becomes of columns that nobody asked for


class RowReader:
    """The rows of a file whose columns are known, but for `optional` ones; all note faults in one shared `Problems`."""

    def __init__(
        self,
        path: str | Path,
        columns: Sequence[str],
        *,
        name: str = "id",
        others: Others = "refuse",
        optional: Sequence[str] = (),
        date_format: str = "",
    ) -> None:
        self.problems = Problems(path)
        self._table = open_table(Path(path), columns)
        wanted = {*columns, *optional}
        _check_header(self._table.header, columns, wanted if others == "skip" else None, others, self.problems)
        self.problems.raise_if_any()
        named = [(at, column) for at, column in enumerate(self._table.header) if column]
        self._kept = [(at, column) for at, column in named if others != "skip" or column in wanted]
        self._blank = {column: "" for column in optional if column not in self._table.header}
        self._name, self._date_format = name, date_format

    @property
    def notes(self) -> tuple[str, ...]:
        """Return how the file was read, where it is not plain CSV from its first line on."""
        return self._table.notes

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows; there must be one, and each must have as many cells as the header names columns."""
        width, count, ragged = len(self._table.header), 0, Problems(self.problems.file)
        for number, line in self._table.records:
            count += 1
            if len(line) < width or any(line[width:]):
                ragged.add(f"row {number}", f"has {len(line)} cells, but the header names {width} columns")
                if len(ragged.found) == _MOST_RAGGED:
                    break
            elif not ragged.found:
                cells = {column: _plain(line[at]) for at, column in self._kept} | self._blank
                yield Row(number, cells, self.problems, self._name, self._date_format)
        if not count:
            ragged.add("", "has no rows below its header")
        # A row with cells too few or too many would be read in the wrong columns, so the whole file is refused.
        ragged.raise_if_any()


def _plain(cell: str) -> str:
    """Return a cell without the spaces around it, its line breaks those of a ledger."""
    return (cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell).strip()


def read_rows(path: str | Path, columns: Sequence[str], *, name: str = "id", others: Others = "refuse") -> list[Row]:
    """Return the rows of a file at once, at least one; see `RowReader`."""
    return list(RowReader(path, columns, name=name, others=others))


def _check_header(
    header: Sequence[str], columns: Iterable[str], wanted: Collection[str] | None, others: Others, problems: Problems
) -> None:
    """Note columns that are missing, unknown or named twice; of all columns, or of those that are wanted."""
    expected = list(columns)
    missing = [column for column in expected if column not in header]
    if len(missing) > _MOST_MISSING:
        problems.add("", f"has another layout than is read: it has no columns {', '.join(missing)}")
    for column in missing if len(missing) <= _MOST_MISSING else ():
        like = next((f'; is it "{name}"?' for name in header if name.casefold() == column.casefold()), "")
        problems.add(f"column {column}", f"is missing{like}")
    for column in dict.fromkeys(header):
        if header.count(column) > 1 and (wanted is None or column in wanted) and (column or others == "refuse"):
            problems.add(f"column {column}", f"stands {header.count(column)} times in the header")
        if column not in expected and others == "refuse":
            problems.add(f"column {column or '(no name)'}", f"is not known; {nearest(column, expected)}")


def check_ids(rows: Sequence[Row]) -> None:
    """Note ids that stand twice."""
    by_id: dict[str, int] = {}
    for row in rows:
        id = row.cells["id"]
        if id and by_id.setdefault(id, row.number) != row.number:
            row.fault("id", f'"{id}" stands in row {by_id[id]} already; every row needs its own')
