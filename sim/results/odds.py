"""Odds with their intervals, and the killed on both sides, by point and horizon.

The intervals hold Monte Carlo error only. The uncertainty of parameters is inside the odds: each replicate has its
own draw from the priors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binomtest

from sim.errors import InputError, nearest
from sim.results.store import Results

ODDS: Final = "odds.csv"
KILLED: Final = "killed.csv"
CONFIDENCE: Final = 0.95
MONTE_CARLO: Final = "Monte Carlo"
"""The kind of uncertainty that an interval holds."""

_PARTS: Final = ("killed", "civilians")


def interval(events: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share; proper at 0 and at n.

    Parameters
    ----------
    events : int
        Replicates in which it happened.
    n : int
        Replicates; with none the interval is everything.
    """
    if n == 0:
        return 0.0, 1.0
    bounds = binomtest(events, n).proportion_ci(CONFIDENCE, method="wilson")
    # Rounding can leave the bound at 0 or at n a hair away from it.
    return (0.0 if events == 0 else float(bounds.low)), (1.0 if events == n else float(bounds.high))


def odds(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return the odds of each question and outcome state at each point and horizon.

    Parameters
    ----------
    results : Results
        A results folder. Without blocks its committed table is read.
    questions : sequence of str, optional
        Ids of questions and states; all without them.
    horizons : sequence of int, optional
        Days; those of the scenario without them. The answer to a question that is a state at the horizon, and the
        outcome states, are known at the horizons of the scenario only and are left out at others.

    Returns
    -------
    DataFrame
        Columns scenario, point, label, question, horizon_days, n, events, failed, estimate, low, high, kind. ``n``
        counts the replicates that finished, ``failed`` those that did not and are not in the odds.

    Raises
    ------
    InputError
        If a question or a horizon does not exist.
    """
    known = answerable(results)
    wanted = list(questions or known)
    for name in wanted:
        if name not in known:
            raise InputError.single("--question", "", f'"{name}" is not asked here; {nearest(name, known)}')
    days = list(horizons or results.manifest["horizons"])
    limit = int(results.manifest["horizon_days"])
    for day in days:
        if not 1 <= day <= limit:
            raise InputError.single("--horizon", "", f"{day} is out of bounds; it must be between 1 and {limit} days")
    table = _counted(results, wanted, days) if results.blocks else _committed(results, wanted, days)
    if table.empty:
        noted = ", ".join(map(str, results.manifest["horizons"]))
        shown = ", ".join(map(str, days))
        raise InputError.single("--horizon", "", f"{shown}: this is known at the days {noted} only")
    return table


def answerable(results: Results) -> dict[str, str]:
    """Return the questions and outcome states of a results folder: id and text.

    Parameters
    ----------
    results : Results
        A results folder.
    """
    asked = {question["id"]: question["text"] for question in results.manifest["questions"]}
    return asked | {f"O{state}": f"{name} at the horizon" for state, name in enumerate(results.manifest["states"])}


def killed(results: Results, horizons: Sequence[int] | None = None) -> pd.DataFrame:
    """Return the killed at every place by point and horizon, over the replicates that finished.

    Parameters
    ----------
    results : Results
        A results folder. Without blocks its committed table is read.
    horizons : sequence of int, optional
        Days, of those of the scenario; all without them.

    Returns
    -------
    DataFrame
        Columns scenario, point, label, location, counted ("killed", or "civilians" among them), horizon_days, n, q05,
        median, q95 [persons].
    """
    days = [day for day in results.manifest["horizons"] if horizons is None or day in horizons]
    if not results.blocks:
        table = results.read_table(KILLED)
        return table[table["horizon_days"].isin(days)].reset_index(drop=True)
    places = _places(results)
    rows: list[dict[str, Any]] = []
    for point, label in _points(results):
        names = {(place, part, day): f"{part}_{place}_at_{day}" for place in places for part in _PARTS for day in days}
        frame = results.read(["failed", *names.values()], point)
        finished = frame[~frame["failed"].to_numpy(dtype=bool)]
        for (place, part, day), name in names.items():
            row = {"scenario": results.name, "point": point, "label": label, "location": place, "counted": part}
            row |= {"horizon_days": day, "n": len(finished)}
            rows.append(row | _spread(finished[name].to_numpy()))
    return pd.DataFrame(rows)


def _places(results: Results) -> list[str]:
    """Return the places at which the killed are counted."""
    matches = (re.fullmatch(r"killed_(.+)_at_\d+", name) for name in results.columns)
    return list(dict.fromkeys(match[1] for match in matches if match))


def _spread(values: npt.NDArray[Any]) -> dict[str, int | None]:
    """Return quantiles that are values which occurred: nobody is killed by a fraction."""
    if not values.size:
        return {"q05": None, "median": None, "q95": None}
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), method="inverted_cdf")
    return {"q05": int(low), "median": int(middle), "q95": int(high)}


def _points(results: Results) -> list[tuple[int, str]]:
    """Return index and label of the points that have rows."""
    present = {block.point for block in results.blocks}
    rows = results.points[["point", "label"]].itertuples(index=False, name=None)
    return [(int(point), str(label)) for point, label in rows if point in present]


def _counted(results: Results, questions: list[str], days: list[int]) -> pd.DataFrame:
    """Count the odds from the rows."""
    rows: list[dict[str, Any]] = []
    cells = [
        (name, day, cell) for name in questions for day in days if (cell := cell_of(results, name, day)) is not None
    ]
    for point, label in _points(results):
        frame = results.read(["failed", *{cell.column for _, _, cell in cells}], point)
        failed = frame["failed"].to_numpy(dtype=bool)
        finished = frame[~failed]
        for name, day, cell in cells:
            events = int(np.count_nonzero(cell.holds(finished)))
            row = {"scenario": results.name, "point": point, "label": label, "question": name, "horizon_days": day}
            rows.append(row | _estimated(events, len(finished), int(failed.sum())))
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Cell:
    """Where the answer to a question at a horizon stands in the rows.

    Parameters
    ----------
    column : str
        The column.
    latest : float or None
        Day by which the first day must lie [days], for a column of first days.
    state : int or None
        Outcome state that must be shown, for a column of states.
    """

    column: str
    latest: float | None = None
    state: int | None = None

    def holds(self, rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Return whether it happened in each row, shape (n_rows,)."""
        values = rows[self.column].to_numpy()
        if self.latest is not None:
            return np.asarray(values <= self.latest)
        return np.asarray(values == self.state if self.state is not None else values, dtype=np.bool_)


def cell_of(results: Results, question: str, day: int) -> Cell | None:
    """Return where an answer stands, or None if it is not known at that day.

    Parameters
    ----------
    results : Results
        A results folder.
    question : str
        Id of a question or an outcome state of `answerable`.
    day : int
        Horizon [days].
    """
    noted = day in results.manifest["horizons"]
    asked = {one["id"]: one for one in results.manifest["questions"]}
    if question not in asked:
        return Cell(f"state_at_{day}", state=int(question[1:])) if noted else None
    if asked[question]["is_state"]:
        return Cell(f"{question}_at_{day}") if noted else None
    return Cell(f"{question}_day", latest=day)


def _estimated(events: int, n: int, failed: int) -> dict[str, Any]:
    low, high = interval(events, n)
    estimate = events / n if n else None
    return {
        "n": n,
        "events": events,
        "failed": failed,
        "estimate": estimate,
        "low": low,
        "high": high,
        "kind": MONTE_CARLO,
    }


def _committed(results: Results, questions: list[str], days: list[int]) -> pd.DataFrame:
    """Return the odds of a folder whose blocks were not kept, from its table."""
    table = results.read_table(ODDS)
    return table[table["question"].isin(questions) & table["horizon_days"].isin(days)].reset_index(drop=True)
