"""A table of texts, for a terminal and as Markdown, and how numbers are written in it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import pandas as pd
from rich.cells import cell_len, chop_cells
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

UNKNOWN: Final = "–"
NOT_RESOLVED: Final = "not resolved"  # in the place of what the replicates cannot tell
NONE: Final = "none"  # in the place of a standard deviation over parameters of which none is drawn
_GAP: Final = "  "  # what stands between two columns
_NARROWEST: Final = 12  # width that a column of words keeps on any terminal, if it has that much to say
Cell = Callable[[Any], str]  # writes a cell of a row of a table
Columns = Mapping[str, str | Cell]  # by heading the column of a table that is shown as it is, or how a cell is written


@dataclass(frozen=True)
class Sheet:
    """A table of texts."""

    title: str  # line above the table
    headings: tuple[str, ...]  # names of the columns
    rows: tuple[tuple[str, ...], ...]  # cells
    left: int = 1  # number of columns of words, set to the left; the others are figures, set to the right
    # number of columns from the left whose cells are never broken over lines. Figures never are; an interval may stand
    # below its estimate
    whole: int = 0

    @classmethod
    def of(
        cls, title: str, table: pd.DataFrame | Iterable[Any], columns: Columns, left: int = 1, whole: int = 0
    ) -> Sheet:
        """Return a sheet with a row for each row of a table."""
        rows: Iterable[Any] = table.to_dict("records") if isinstance(table, pd.DataFrame) else table
        cells = columns.values()
        body = (tuple(str(row[cell]) if isinstance(cell, str) else cell(row) for cell in cells) for row in rows)
        return cls(title, tuple(columns), tuple(body), left, whole)

    def rich(self, width: int) -> Table:
        """Return the table without its title for a terminal; no figure is cut, and every row keeps its name.

        Where figures leave too little for the words, intervals stand below their estimates. A terminal that is too
        narrow even for that gets a table wider than itself.
        """
        sheet = self
        if _across(self._floors()) > width:
            below = (
                (*row[: self.left], *(cell.replace(" (", "\n(") for cell in row[self.left :])) for row in self.rows
            )
            sheet = replace(self, rows=tuple(below))
        widths = sheet._widths(width)
        table = Table(box=None, pad_edge=False, show_header=any(self.headings), width=_across(widths))
        for column, (heading, across) in enumerate(zip(self.headings, widths, strict=True)):
            side: JustifyMethod = "left" if column < self.left else "right"
            table.add_column(Text(_parted(heading, across)), justify=side, overflow="fold", width=across)
        for row in sheet.rows:
            # What stands below words is beside the point.
            halves = [cell.partition("\n") if column < self.left else (cell, "", "") for column, cell in enumerate(row)]
            table.add_row(*(Text.assemble(head, end, (below, "dim")) for head, end, below in halves))
        return table

    def _widest(self) -> list[int]:
        """Return the width of every column in which no cell is broken."""
        return [max(map(_width, column)) for column in zip(self.headings, *self.rows, strict=True)]

    def _floors(self) -> list[int]:
        """Return the least width of every column: headings of figures may be broken, but no cell of them."""
        widths = self._widest()
        for column in range(self.whole, self.left):
            widths[column] = min(widths[column], _NARROWEST)
        for column in range(self.left, len(widths)):
            cells = (*self.headings[column].split(" "), *(row[column] for row in self.rows))
            widths[column] = max(map(_width, cells))
        return widths

    def _widths(self, width: int) -> list[int]:
        """Return widths that fit a terminal, if any do: the widest words give way first, then the headings."""
        floors, widths = self._floors(), self._widest()
        last = len(widths) - 1
        for some in (range(self.left), range(self.left, len(widths))):
            while _across(widths) > width and any(widths[column] > floors[column] for column in some):
                # A column in the middle has half of the gaps on both sides, which count with it.
                column = max(
                    (column for column in some if widths[column] > floors[column]),
                    key=lambda column: widths[column] + (column > 0) + (column < last),
                )
                widths[column] -= 1
        return widths

    def lines(self, width: int) -> list[str] | None:
        """Return the lines that `rich` gives, made a hundred times faster; None where cells would have to be broken."""
        rows = [self.headings, *self.rows] if any(self.headings) else [*self.rows]
        if not all(cell.isprintable() for row in rows for cell in row):
            return None
        widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        if _across(widths) > width:
            return None
        return [_GAP.join(map(self._set, range(len(row)), row, widths)).rstrip() for row in rows]

    def _set(self, column: int, cell: str, width: int) -> str:
        """Return a cell with the blanks that it needs."""
        blanks = " " * (width - cell_len(cell))
        return cell + blanks if column < self.left else blanks + cell

    def markdown(self) -> str:
        """Return the table as Markdown."""
        rule = [":---" if column < self.left else "---:" for column in range(len(self.headings))]
        lines = [self.headings, tuple(rule), *self.rows]
        body = "\n".join(
            "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in line) + " |" for line in lines
        )
        return f"**{self.title}**\n\n{body}\n"

    def latex(self) -> str:
        """Return the table for LaTeX with the package ``booktabs``."""
        columns = "".join("l" if column < self.left else "r" for column in range(len(self.headings)))
        head, *body = (" & ".join(map(_latex_text, line)) + r" \\" for line in (self.headings, *self.rows))
        lines = [
            r"\begin{table}",
            rf"\caption{{{_latex_text(self.title)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            *(r"\toprule", head, r"\midrule", *body, r"\bottomrule"),
            *(r"\end{tabular}", r"\end{table}"),
        ]
        return "\n".join(lines) + "\n"


def _across(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _width(cell: str) -> int:
    return max(map(cell_len, cell.split("\n")))


def _parted(heading: str, width: int) -> str:
    """Return a heading whose words are broken behind their dots where they are wider than the column."""
    words = []
    for word in heading.split(" "):
        lines = [""]
        for part in re.split(r"(?<=\.)", word):
            if cell_len(lines[-1] + part) > width and lines[-1]:
                lines.append("")
            lines[-1] += part
        words.append("\n".join(lines))
    return " ".join(words)


_LATEX: Final = {character: f"\\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def simplify_value(value: Any) -> Any:
    """Return a value as JSON knows it; what is missing, infinite or no number is None."""
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [simplify_value(item) for item in value]
    if isinstance(value, dict):
        return {key: simplify_value(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def format_percent(value: float | None, digits: int = 1, sign: str = "") -> str:
    """Return a share in percent."""
    return UNKNOWN if value is None or pd.isna(value) else f"{100 * value:{sign}.{digits}f}"


def format_number(value: float | None, form: str = ",.0f") -> str:
    """Return a number, without digits behind the point unless a form is given."""
    return UNKNOWN if value is None or pd.isna(value) else f"{value:{form}}"


def format_amount(value: float | None, people: bool, digits: int = 1, sign: str = "") -> str:
    """Return a number of people, or else a share in percent."""
    return format_number(value, f"{sign},.0f") if people else format_percent(value, digits, sign)


def format_range(value: float, low: float, high: float, form: str = "", to: str = "–") -> str:
    """Return a number with its interval."""
    return UNKNOWN if pd.isna(value) else f"{value:{form}} ({low:{form}}{to}{high:{form}})"


def format_share(estimate: float | None, low: float, high: float) -> str:
    """Return a share with its interval in percent."""
    if estimate is None:
        return UNKNOWN
    return format_range(100 * estimate, 100 * low, 100 * high, ".2f" if high < 0.01 else ".1f")


def wrap(text: str, width: int, indent: str = "", hang: str = "") -> list[str]:
    """Return a text in lines of so many cells, as wide letters take two; words are broken only where one is wider."""
    lines, line = [], indent
    for word in re.findall(r"\S+(?: %\S*)?", text):  # a number and its unit stay together
        joined = f"{line}{'' if line in (indent, hang) else ' '}{word}"
        if cell_len(joined) > width and line not in (indent, hang):
            lines.append(line)
            joined = hang + word
        while cell_len(joined) > width:
            part = chop_cells(joined, width)[0]
            lines.append(part)
            joined = hang + joined[len(part) :]
        line = joined
    return [*lines, line] if line.strip() or not lines else lines


def in_percent(share: float) -> str:
    """Return a share in percent as it stands in a sentence: whole from 10 to 99, and never 0 or 100 for what is not."""
    percent = 100 * share
    edge = min(percent, 100 - percent)
    if percent in (0, 100) or (percent >= 9.95 and edge >= 0.95):
        return f"{percent:.0f}"
    return f"{percent:.{1 if edge >= 0.095 and percent >= 0.995 else 2}f}"


def name_reach(low: float, high: float) -> str:
    """Return an interval of shares as it stands in a sentence."""
    return f"{in_percent(low)} to {in_percent(high)} %"


def name_days(days: list[int]) -> tuple[str, ...]:
    """Return the headings of columns of horizons."""
    return tuple("1 day" if day == 1 else f"{day} days" for day in days)
