"""Where the answers to questions stand in the rows of a results folder, and the answers of a point.

A replicate that fails at one point is missing from a comparison of points, history by history, at all of them, so few
failures over many points leave little. Histories that fail are not like the others: where more than a tenth are missing
nothing is compared.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, NoReturn

import numpy as np
import pandas as pd

from sim.core.arrays import Flags, Floats, Integers
from sim.core.errors import InputError, nearest
from sim.core.intervals import interval
from sim.results.reading.store import Results
from sim.sweeps.cluster_errors import Numbers, estimate_size


@dataclass(frozen=True)
class Cell:
    """Where the answer to a question at a horizon stands in the rows."""

    question: str  # id of the question or the outcome state
    day: int  # horizon [days]
    column: str
    latest: float | None = None  # day by which the first day must lie [days], for a column of first days
    state: int | None = None  # outcome state that must be shown, for a column of states

    def holds(self, rows: pd.DataFrame) -> Flags:
        """Return whether it happened in each row, shape (n_rows,)."""
        values = rows[self.column].to_numpy()
        if self.latest is not None:
            return np.asarray(values <= self.latest)
        return np.asarray(values == self.state if self.state is not None else values, dtype=np.bool_)


@dataclass(frozen=True)
class QuestionOutcomes:
    """The outcomes of questions in the replicates of a point that finished."""

    replicates: Integers  # shape (n_replicates,): their indices, rising
    holds: Flags  # shape (n_replicates, n_cells): whether it happened
    failed: int  # replicates that did not finish


def list_questions(results: Results) -> dict[str, str]:
    """Return the questions and outcome states of a results folder: id and text."""
    texts = {question["id"]: question["text"] for question in results.manifest["questions"]}
    return texts | {f"O{state}": f"{name} at the horizon" for state, name in enumerate(results.manifest["states"])}


def list_asked(results: Results) -> list[str]:
    """Return the ids of the questions of a results folder, without its outcome states."""
    return [question["id"] for question in results.manifest["questions"]]


def check_choice(
    results: Results, questions: Sequence[str] | None, horizons: Sequence[int] | None
) -> tuple[list[str], list[int]]:
    """Return the questions and horizons [days] that are chosen, all of the scenario where none is; refuse others."""
    known = list_questions(results)
    wanted = list(questions or known)
    for name in wanted:
        if name not in known:
            raise InputError.single("--question", "", f'"{name}" is not asked here; {nearest(name, known)}')
    days = list(horizons or results.manifest["horizons"])
    limit = int(results.manifest["horizon_days"])
    for day in days:
        if not 1 <= day <= limit:
            raise InputError.single("--horizon", "", f"{day} is out of bounds; it must be between 1 and {limit} days")
    return wanted, days


def locate_cells(results: Results, questions: Iterable[str], days: Sequence[int]) -> list[Cell]:
    """Return where answers stand; what is not known at a day is left out."""
    cells = (_cell(results, question, day) for question in questions for day in days)
    return [cell for cell in cells if cell is not None]


def require_cells(results: Results, questions: Iterable[str], days: Sequence[int]) -> list[Cell]:
    """Return where answers stand, as `locate_cells`, for an analysis that would have nothing to look at without any."""
    cells = locate_cells(results, questions, days)
    if not cells:
        refuse_days(results, days)
    return cells


def require_daily(results: Results) -> None:
    """Refuse a folder whose blocks keep no daily totals; one without blocks has its committed tables."""
    if results.blocks and not results.has_daily:
        raise InputError.single(results.path, "", "this run kept no daily totals (run.daily is false)")


def refuse_days(results: Results, days: Sequence[int]) -> NoReturn:
    """Refuse days at which nothing of what was asked is known."""
    noted, shown = (", ".join(map(str, some)) for some in (results.manifest["horizons"], days))
    raise InputError.single("--horizon", "", f"{shown}: this is known at the days {noted} only")


def _cell(results: Results, question: str, day: int) -> Cell | None:
    noted = day in results.manifest["horizons"]
    questions = {entry["id"]: entry for entry in results.manifest["questions"]}
    if question not in questions:
        return Cell(question, day, f"state_at_{day}", state=int(question[1:])) if noted else None
    if questions[question]["is_state"]:
        return Cell(question, day, f"{question}_at_{day}") if noted else None
    return Cell(question, day, f"{question}_day", latest=day)


def read_finished(results: Results, point: int, columns: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Return the rows of a point that finished, and the number of those that did not."""
    rows = results.read(["failed", *columns], point)
    failed = rows["failed"].to_numpy(dtype=bool)
    return rows[~failed].reset_index(drop=True), int(failed.sum())


def read_outcomes(results: Results, point: int, cells: Sequence[Cell]) -> QuestionOutcomes:
    """Return the outcomes of some questions at a point."""
    rows, failed = read_finished(results, point, [cell.column for cell in cells])
    holds = np.column_stack([cell.holds(rows) for cell in cells])
    return QuestionOutcomes(rows["replicate"].to_numpy(), holds, failed)


SHARE: Final = ("n", "events", "estimate", "low", "high")  # what tables tell of a share


def estimate_shares(holds: Numbers, replicates: Integers) -> list[dict[str, Any]]:
    """Return of each column of outcomes (n_replicates, n_cells) in how many of the replicates it came, and its odds.

    Only how sure these are hangs on the effective number of replicates. Without any replicate nothing is known.
    """
    n = len(replicates)
    events = np.count_nonzero(holds, axis=0).tolist()
    sizes = estimate_size(holds, replicates).tolist() if n else [0.0] * len(events)
    rows = []
    for count, size in zip(events, sizes, strict=True):
        low, high = interval(size if count == n else count * (size / n), size) if n else (0.0, 1.0)
        row = {"n": n, "events": count, "estimate": count / n if n else None, "low": low, "high": high}
        rows.append(row | {"n_effective": size})
    return rows


def list_points(results: Results) -> list[tuple[int, str]]:
    """Return index and label of the points that have rows."""
    present = {block.point for block in results.blocks}
    rows = results.points[["point", "label"]].itertuples(index=False, name=None)
    return [(int(point), str(label)) for point, label in rows if point in present]


def list_places(results: Results) -> list[str]:
    """Return the places at which the killed are counted."""
    matches = (re.fullmatch(r"killed_(.+)_at_\d+", name) for name in results.columns)
    return list(dict.fromkeys(match[1] for match in matches if match))


def read_killed_of_all(results: Results, point: int, days: Sequence[int]) -> tuple[Integers, Floats]:
    """Return each replicate that finished and its killed of all sides together, shape (n_replicates, n_days)."""
    names = [[f"killed_{location}_at_{day}" for location in list_places(results)] for day in days]
    rows, _ = read_finished(results, point, [name for group in names for name in group])
    sums = [rows[group].to_numpy(dtype=np.float64).sum(axis=1) for group in names]
    return rows["replicate"].to_numpy(), np.column_stack(sums)


LEAST: Final = 0.9  # share of the replicates that must have finished at every point


@dataclass(frozen=True)
class FinishedReplicates:
    """What is left of the replicates when those that failed at any point are left out."""

    replicates: Integers  # shape (n_replicates,): indices of the replicates that finished at every point, rising
    run: int  # replicates that were run at every point, finished or not

    @property
    def is_enough(self) -> bool:
        """Whether so many are left that they stand for all."""
        return len(self.replicates) >= LEAST * self.run

    def __str__(self) -> str:
        return f"{len(self.replicates):,} of {self.run:,} replicates finished at every point"


def intersect_finished(at_points: Sequence[tuple[Integers, int]]) -> FinishedReplicates:
    """Return the replicates that finished at every point, of those of each point and the number that did not."""
    shared: Integers = reduce(np.intersect1d, (which for which, _ in at_points))
    return FinishedReplicates(shared, min(len(which) + failed for which, failed in at_points))


def find_finished(results: Results) -> FinishedReplicates:
    """Return the replicates of a results folder that finished at every point."""
    rows = [read_finished(results, point, []) for point, _ in list_points(results)]
    return intersect_finished([(frame["replicate"].to_numpy(), failed) for frame, failed in rows])


def is_comparable(results: Results) -> bool:
    """Return whether enough replicates of a folder with blocks finished at every point."""
    return find_finished(results).is_enough


def refuse_few(results: Results, finished: FinishedReplicates) -> None:
    """Refuse to compare points of which more than a tenth of the histories are missing."""
    if not finished.is_enough:
        words = (
            f"{finished}; points are compared history by history where at least {100 * LEAST:.0f} % did, "
            "since histories that fail are not like the others. The odds of each point alone: "
            f"sim results show {results.path}"
        )
        raise InputError.single(results.path, "", words)


def describe_finished(results: Results) -> list[str]:
    """Return how many replicates are left out of what compares points, if any are."""
    if not results.blocks:
        return []
    finished = find_finished(results)
    is_whole = len(finished.replicates) == finished.run
    return [] if is_whole else [f"{finished}; only these are compared, at each of them."]
