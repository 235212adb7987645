"""The tidy table of a validation: a row for each simulated number, the range it must lie in, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parents[2] / "results" / "validation"
COLUMNS = (
    "id",
    "quantity",
    "simulated",
    "low",
    "high",
    "criterion_low",
    "criterion_high",
    "passed",
    "n",
    "command",
)
PASS, FAIL, SHOWN = "yes", "no", ""
"""Whether a row passed; nothing for a row without a criterion, which is only shown."""


@dataclass(frozen=True)
class Number:
    """A simulated number with its 95 % Monte Carlo interval.

    Parameters
    ----------
    value, low, high : float
        Estimate and interval.
    n : int
        Number of replicates, or of what else was counted, behind it.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Parameters
    ----------
    id : str
        Experiment of the science brief, for instance ``V12``.
    quantity : str
        What was simulated, with its unit.
    number : Number
        The simulated number.
    at_least, at_most : float
        Range of the criterion; infinite where it has no end. Without both the row is only shown.
    must_be_shown : bool
        Whether the whole interval must lie inside the range, as for a sign; otherwise the estimate must.
    covers : bool
        Whether, the other way round, the interval must hold the range: a reported figure.
    """

    id: str
    quantity: str
    number: Number
    at_least: float = -math.inf
    at_most: float = math.inf
    must_be_shown: bool = False
    covers: bool = False

    @property
    def verdict(self) -> str:
        """Whether the number meets its criterion; empty where it has none."""
        if math.isinf(self.at_least) and math.isinf(self.at_most):
            return SHOWN
        if self.covers:
            return PASS if self.number.low <= self.at_least and self.at_most <= self.number.high else FAIL
        if self.must_be_shown:
            return PASS if self.at_least < self.number.low and self.number.high < self.at_most else FAIL
        return PASS if self.at_least <= self.number.value <= self.at_most else FAIL


def write(name: str, command: str, rows: list[Row]) -> pd.DataFrame:
    """Write the rows of a command into a table; rows of other commands stay.

    Parameters
    ----------
    name : str
        Name of the table, without ``.csv``.
    command : str
        Command that made the rows.
    rows : list of Row
        The rows.
    """
    made = pd.DataFrame([_record(row, command) for row in rows], columns=COLUMNS)
    path = FOLDER / f"{name}.csv"
    if path.exists():
        old = pd.read_csv(path)
        parts = [old[old["command"] != command], made]
        made = pd.concat([part for part in parts if len(part)]).sort_values("command", kind="stable")
    # A column without any number would be written in another form than one that was read from a file.
    made = made.astype(dict.fromkeys(("simulated", "low", "high", "criterion_low", "criterion_high"), float))
    FOLDER.mkdir(parents=True, exist_ok=True)
    made.to_csv(path, index=False, float_format="%.4f")
    return made


def _record(row: Row, command: str) -> dict[str, object]:
    number = row.number
    ends = (None if math.isinf(end) else end for end in (row.at_least, row.at_most))
    simulated = (row.id, row.quantity, number.value, number.low, number.high)
    return dict(zip(COLUMNS, (*simulated, *ends, row.verdict, number.n, command), strict=True))


def show(rows: list[Row]) -> None:
    """Print rows as a person reads them."""
    for row in rows:
        number = row.number
        estimate = f"{number.value:9.3f} [{number.low:.3f}, {number.high:.3f}]"
        print(f"{row.verdict:3s} {row.id:10s} {estimate:30s} n = {number.n:6d}  {row.quantity}")
