"""Compare two points, of one results folder or of two, replicate by replicate.

Replicates with the same index and seed share their luck, so the difference of two points has a smaller error than two
independent sweeps would give. Both errors are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import InputError, nearest
from sim.results.odds import answerable, cell_of
from sim.results.store import Results

Side = tuple[Results, int]
"""A results folder and the index of one of its points."""


def paired_difference(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return the difference of two shares over the same replicates, with its errors.

    Parameters
    ----------
    first, second : ndarray of bool, shape (n_replicates,)
        Whether it happened, by replicate; at least two replicates.

    Returns
    -------
    difference : float
        Share of the second less share of the first [1].
    paired : float
        Standard error of the difference, as the replicates are paired [1].
    independent : float
        Standard error that independent seeds would have [1].
    """
    a, b = first.astype(np.float64), second.astype(np.float64)
    n = len(a)
    paired = np.std(b - a, ddof=1) / np.sqrt(n)
    independent = np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / n)
    return float(np.mean(b - a)), float(paired), float(independent)


def compare(
    first: Side, second: Side, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return how the odds differ between two points that share their luck.

    Parameters
    ----------
    first, second : tuple of Results and int
        Results folder and point; the difference is second less first.
    questions : sequence of str, optional
        Ids of questions and states; all that both have without them.
    horizons : sequence of int, optional
        Days; those of the first without them.

    Returns
    -------
    DataFrame
        Columns question, horizon_days, n, first, second, difference, se_paired, se_independent, gain. ``n`` counts the
        replicates that finished in both; ``gain`` is how many times more replicates independent seeds would need.

    Raises
    ------
    InputError
        If the seeds differ, no replicate is shared, or a question is not asked in both.
    """
    (a, point_a), (b, point_b) = first, second
    if a.manifest["seed"] != b.manifest["seed"]:
        seeds = f"{a.manifest['seed']} and {b.manifest['seed']}"
        raise InputError.single(b.path, "seed", f"the two have the seeds {seeds}, so their replicates are not paired")
    shared = [name for name in answerable(a) if name in answerable(b)]
    for name in questions or ():
        if name not in shared:
            raise InputError.single("--question", "", f'"{name}" is not asked in both; {nearest(name, shared)}')
    rows: list[dict[str, Any]] = []
    for name in questions or shared:
        for day in horizons or a.manifest["horizons"]:
            before, after = cell_of(a, name, day), cell_of(b, name, day)
            if before is None or after is None:
                continue
            frames = a.read(["failed", before.column], point_a), b.read(["failed", after.column], point_b)
            together = _finished_in_both(*frames)
            row = {"question": name, "horizon_days": day, "n": len(together[0])}
            rows.append(row | _row(before.holds(together[0]), after.holds(together[1])))
    if not rows:
        raise InputError.single("--horizon", "", "nothing that both know is asked for")
    return pd.DataFrame(rows)


def _finished_in_both(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the replicates that finished on both sides, in the same order."""
    a, b = (frame[~frame["failed"].to_numpy(dtype=bool)].set_index("replicate") for frame in (first, second))
    shared = a.index.intersection(b.index)
    if len(shared) < 2:
        raise InputError.single("compare", "", "the two share fewer than two finished replicates")
    return a.loc[shared], b.loc[shared]


def _row(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> dict[str, float | None]:
    difference, paired, independent = paired_difference(before, after)
    return {
        "first": float(before.mean()),
        "second": float(after.mean()),
        "difference": difference,
        "se_paired": paired,
        "se_independent": independent,
        "gain": (independent / paired) ** 2 if paired > 0 else None,
    }
