"""Compare two points, of one results folder or of two, replicate by replicate.

Replicates with the same index and seed share their luck, so the difference of two points has a smaller error than two
independent sweeps would give. Both errors are shown. Where a design gives each point luck of its own, there is only the
error of independent points.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Integers
from sim.core.errors import InputError, nearest
from sim.results.reading.design_columns import is_paired
from sim.results.reading.question_outcomes import Cell, check_choice, list_questions, locate_cells, read_outcomes
from sim.results.reading.store import Results, open_results
from sim.sweeps.cluster_errors import Numbers, estimate_error

Side = tuple[Results, int]  # results and the index of one of the points


def compare_points(
    first: tuple[Results | str, int],
    second: tuple[Results | str, int],
    questions: Sequence[str] | None = None,
    horizons: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return how the odds differ between two points, paired where these share their luck.

    Parameters
    ----------
    first, second : tuple of Results (or str) and int
        Results, or the name of their folder, and the index of one of the points. The difference is second less first.
    questions : sequence of str, optional
        Ids of questions or outcome states; all that both ask without it.
    horizons : sequence of int, optional
        Days by which it is asked [days]; those of the first that both runs reach without it.

    Returns
    -------
    DataFrame
        Columns question, horizon_days, n (replicates that finished in both), first, second, difference, se_paired,
        se_independent, factor (how many times smaller the paired error is) and gain (its square: how many times more
        replicates independent seeds would need). se_paired, factor and gain are None where points have luck of their
        own.

    Raises
    ------
    InputError
        If the seeds differ, no replicate is shared, a question is not asked in both, or a run ends before a horizon.
    """
    a, b = (open_results(side) if isinstance(side, str) else side for side, _ in (first, second))
    (_, point_a), (_, point_b) = first, second
    if a.manifest["seed"] != b.manifest["seed"]:
        seeds = f"{a.manifest['seed']} and {b.manifest['seed']}"
        raise InputError.single(b.path, "seed", f"the two have the seeds {seeds}, so their replicates are not paired")
    pairs = _known_in_both(a, b, questions, horizons)
    before = read_outcomes(a, point_a, [pair[0] for pair in pairs])
    after = read_outcomes(b, point_b, [pair[1] for pair in pairs])
    shared, left, right = np.intersect1d(before.replicates, after.replicates, return_indices=True)
    if len(shared) < 2:
        raise InputError.single("compare", "", "the two share fewer than two finished replicates")
    # What the luck of a point hangs on beside the seed: its index where each point has its own.
    lucks = [None if is_paired(side) else point for side, point in ((a, point_a), (b, point_b))]
    rows: list[dict[str, Any]] = []
    for column, (cell, _) in enumerate(pairs):
        difference = pair_difference(before.holds[left, column], after.holds[right, column], shared)
        row = {"question": cell.question, "horizon_days": cell.day}
        rows.append(row | difference.row(is_paired=lucks[0] == lucks[1]))
    return pd.DataFrame(rows)


def _known_in_both(
    a: Results, b: Results, questions: Sequence[str] | None, horizons: Sequence[int] | None
) -> list[tuple[Cell, Cell]]:
    """Return where what is asked stands on either side."""
    shared = [name for name in list_questions(a) if name in list_questions(b)]
    for name in questions or ():
        if name not in shared:
            raise InputError.single("--question", "", f'"{name}" is not asked in both; {nearest(name, shared)}')
    # The record of the shorter run ends there: what is asked beyond it is refused, and not counted as never.
    end = min(side.manifest["horizon_days"] for side in (a, b))
    for side in (a, b) if horizons else ():
        check_choice(side, None, horizons)
    days = list(horizons or (day for day in a.manifest["horizons"] if day <= end))
    there = {(cell.question, cell.day): cell for cell in locate_cells(b, questions or shared, days)}
    here = locate_cells(a, questions or shared, days)
    pairs = [(cell, there[cell.question, cell.day]) for cell in here if (cell.question, cell.day) in there]
    if not pairs:
        raise InputError.single("--horizon", "", "nothing that both know is asked for")
    return pairs


_SURE: Final = 1.959964  # standard errors on both sides of a normal estimate that hold 95 %


@dataclass(frozen=True)
class Difference:
    """How a mean differs between two points over the same replicates."""

    n: int  # replicates that finished in both
    first: float  # means
    second: float
    difference: float  # second less first
    paired: float  # standard error of the difference, as the replicates are paired
    independent: float  # standard error that independent seeds would have at equal cost

    def error(self, *, is_paired: bool) -> float:
        """Return the standard error of the difference."""
        return self.paired if is_paired else self.independent

    def row(self, *, is_paired: bool) -> dict[str, float | None]:
        """Return the columns of a table; what pairing gives is None where nothing is paired."""
        factor = self.independent / self.paired if is_paired and self.paired > 0 else None
        means = {"n": self.n, "first": self.first, "second": self.second, "difference": self.difference}
        errors = {"se_paired": self.paired if is_paired else None, "se_independent": self.independent}
        return means | errors | {"factor": factor, "gain": None if factor is None else factor**2}


def pair_difference(first: Numbers, second: Numbers, replicates: Integers) -> Difference:
    """Return the difference of two means over the same replicates, at least two, with its errors."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    paired = float(estimate_error(b - a, replicates))
    independent = float(np.hypot(estimate_error(a, replicates), estimate_error(b, replicates)))
    return Difference(len(a), float(a.mean()), float(b.mean()), float(np.mean(b - a)), paired, independent)


def reach_difference(difference: float, error: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a difference of odds among n histories, as if one more of them came out otherwise.

    Four histories of thousands that all turn one way tell nothing yet, which the error alone denies (after Agresti &
    Min 2005).
    """
    reach = _SURE * math.hypot(error, 1 / n)
    return difference - reach, difference + reach
