"""A table of texts, for a terminal and as Markdown, and how numbers are written in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

UNKNOWN: Final = "–"
_GAP: Final = "  "
"""What stands between two columns."""


@dataclass(frozen=True)
class Sheet:
    """A table of texts.

    Parameters
    ----------
    title : str
        Line above the table.
    headings : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        Cells.
    left : int
        Number of columns of words, set to the left; the others are figures, set to the right.
    whole : int
        Number of columns from the left whose cells are never broken over lines. Figures never are.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    whole: int = 0

    def rich(self) -> Table:
        """Return the table without its title for a terminal."""
        table = Table(box=None, pad_edge=False, show_header=any(self.headings))
        for place, heading in enumerate(self.headings):
            words = place < self.left
            table.add_column(
                Text(heading),
                justify="left" if words else "right",
                no_wrap=not words or place < self.whole,
                overflow="fold",
            )
        for row in self.rows:
            table.add_row(*(Text(cell) for cell in row))
        return table

    def lines(self, width: int) -> list[str] | None:
        """Return the lines that `rich` gives, made a hundred times faster; None where cells would have to be broken.

        Parameters
        ----------
        width : int
            Columns of the terminal.
        """
        rows = [self.headings, *self.rows] if any(self.headings) else [*self.rows]
        if not all(cell.isprintable() for row in rows for cell in row):
            return None
        widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
        if sum(widths) + len(_GAP) * (len(widths) - 1) > width:
            return None
        return [_GAP.join(map(self._set, range(len(row)), row, widths)).rstrip() for row in rows]

    def _set(self, place: int, cell: str, width: int) -> str:
        """Return a cell with the blanks that it needs."""
        blanks = " " * (width - cell_len(cell))
        return cell + blanks if place < self.left else blanks + cell

    def markdown(self) -> str:
        """Return the table as Markdown."""
        rule = [":---" if place < self.left else "---:" for place in range(len(self.headings))]
        lines = [self.headings, tuple(rule), *self.rows]
        body = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        return f"**{self.title}**\n\n{body}\n"

    def latex(self) -> str:
        """Return the table for LaTeX with the package ``booktabs``."""
        columns = "".join("l" if place < self.left else "r" for place in range(len(self.headings)))
        head, *body = (" & ".join(map(_latex_text, line)) + r" \\" for line in (self.headings, *self.rows))
        lines = [
            r"\begin{table}",
            rf"\caption{{{_latex_text(self.title)}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            *(r"\toprule", head, r"\midrule", *body, r"\bottomrule"),
            *(r"\end{tabular}", r"\end{table}"),
        ]
        return "\n".join(lines) + "\n"


_LATEX: Final = {character: f"\\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def percent(value: float | None, digits: int = 1, sign: str = "") -> str:
    """Return a share in percent.

    Parameters
    ----------
    value : float or None
        Share; missing ones are shown as a dash.
    digits : int
        Digits behind the point.
    sign : str
        ``+`` for a number that always has a sign.
    """
    return UNKNOWN if value is None or pd.isna(value) else f"{100 * value:{sign}.{digits}f}"


def share(estimate: float, low: float, high: float) -> str:
    """Return a share with its interval in percent.

    Parameters
    ----------
    estimate, low, high : float
        Share and its interval.
    """
    if pd.isna(estimate):
        return UNKNOWN
    digits = 2 if high < 0.01 else 1
    return f"{100 * estimate:.{digits}f} ({100 * low:.{digits}f}–{100 * high:.{digits}f})"


def whole_number(value: float | None) -> str:
    """Return a number without digits behind the point.

    Parameters
    ----------
    value : float or None
        Number; missing ones are shown as a dash.
    """
    return UNKNOWN if value is None or pd.isna(value) else f"{value:,.0f}"


def days_headings(days: list[int]) -> tuple[str, ...]:
    """Return the headings of columns of horizons.

    Parameters
    ----------
    days : list of int
        Horizons [days].
    """
    return tuple("1 day" if day == 1 else f"{day} days" for day in days)
