"""Sweeps that run until their odds are known well enough: the rule, and the table that says which points are.

Two rules are there. ``halfwidth`` stops a point when half the width of a 95 % confidence sequence is small enough for
each of the odds that are asked; its bounds hold under repeated looks. ``se`` stops when the Monte Carlo standard error
is small enough. Then the number of replicates N hangs a little on the share p found, which is therefore biased: by
Wald's identity E[N (p - P)] = 0, so the bias is -Cov(N, p) / E[N], never more than the standard error of p times the
coefficient of variation of N. As N is close to P (1 - P) / se^2, that is about se^2 |1 - 2 P| / (P (1 - P)).

References
----------
.. [1] Waudby-Smith, I., Ramdas, A. (2024). Estimating means of bounded random variables by betting. Journal of the
       Royal Statistical Society B 86(1), 1-27. https://doi.org/10.1093/jrsssb/qkad009 (theorem 2: the predictable
       plug-in empirical Bernstein confidence sequence)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.errors import InputError
from sim.results.reading.question_outcomes import list_points, locate_cells, read_outcomes
from sim.results.reading.result_table import HORIZON, LABEL, POINT, QUESTION, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.scenario.shared_draws import PERIOD
from sim.sweeps.cluster_errors import estimate_error, estimate_size, find_periods

_LARGEST_BET: Final = 0.75


def average_periods(holds: npt.NDArray[Any], replicates: Integers) -> Floats:
    """Return the mean of each whole period of eight replicates, shape (n_periods, n_cells).

    Periods are independent and alike, replicates are not. The means of `holds` (n_replicates, n_cells) are over the
    finished replicates; a period of which none finished, and the last while it is not whole, are left out.
    """
    if not len(replicates):
        return np.empty((0, holds.shape[1]))
    starts = find_periods(replicates)
    sizes = np.diff(np.append(starts, len(replicates)))
    means: Floats = np.add.reduceat(holds, starts, axis=0, dtype=np.float64) / sizes[:, None]
    is_whole = replicates[-1] % PERIOD == PERIOD - 1
    return means if is_whole else means[:-1]


def bound_mean(values: Floats, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return bounds on the mean after the last value, from a sequence that hold at all times at once [1]_.

    Of values in [0, 1], shape (n_values, n_cells), in the order in which they came; the bounds, each (n_cells,), are 0
    and 1 without a value. With a chance of at least `confidence` the mean lies within the bounds after every number of
    values, so they are valid whenever one stops, for whatever reason. They need no more than independent values of one
    mean.
    """
    n = len(values)
    if n == 0:
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    error = np.log(2 / (1 - confidence))
    time = np.arange(1, n + 1)[:, None]
    means = (0.5 + np.cumsum(values, axis=0)) / (time + 1)
    variances = (0.25 + np.cumsum((values - means) ** 2, axis=0)) / (time + 1)
    # A bet is made before its value is seen: it stands on the values before.
    mean_before = np.vstack([np.full((1, values.shape[1]), 0.5), means[:-1]])
    variance_before = np.vstack([np.full((1, values.shape[1]), 0.25), variances[:-1]])
    bets = np.minimum(np.sqrt(2 * error / (variance_before * time * np.log1p(time))), _LARGEST_BET)
    costs = (values - mean_before) ** 2 * (-np.log1p(-bets) - bets)
    total = bets.sum(axis=0)
    centre = (bets * values).sum(axis=0) / total
    half = (error + costs.sum(axis=0)) / total
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


STOPPING: Final = "stopping"
ROUND: Final = 1000  # replicates of a full block, and so of the first round, in a folder that a rule begins
REACHED: Final = "precision reached"
MOST: Final = "most replicates"
TIME: Final = "time limit"

KEY: Final = "stopping"
NAMES: Final = {"halfwidth": "half width of the 95 % confidence sequence", "se": "standard error"}


@dataclass(frozen=True)
class Precision:
    """Runs every point until each of the odds that are asked is known well enough."""

    kind: str  # what has to be small enough
    target: float  # how small, as a share; in (0, 0.5)
    questions: tuple[str, ...]  # ids of questions and outcome states
    horizons: tuple[int, ...]  # days
    most: int  # replicates at which a point stops in any case
    block_size: int = ROUND  # replicates of a full block

    def first(self) -> int:
        """Return the replicates of each point in the first round: one block."""
        return min(self.block_size, self.most)

    def grown(self, folder: Path, done: Sequence[int]) -> list[int]:
        """Return the replicates that each point needs after a whole round: half as many again, in whole blocks."""
        results = Results.open(folder)
        cells = locate_cells(results, self.questions, self.horizons)
        wanted = list(done)
        for point, n in enumerate(done):
            answers = read_outcomes(results, point, cells) if n < self.most else None
            if answers and not np.all(measure_precision(self.kind, answers.holds, answers.replicates) <= self.target):
                wanted[point] = self._next(n)
        return wanted

    def words(self) -> dict[str, Any]:
        """Return what the manifest says of the rule."""
        goal = {"questions": list(self.questions), "horizons": list(self.horizons)}
        return {"rule": self.kind, "target": self.target, **goal, "max_replicates": self.most}

    def _next(self, n: int) -> int:
        return min(n + max(1, n // self.block_size // 2) * self.block_size, self.most)


def measure_precision(kind: str, holds: Any, replicates: Integers) -> Floats:
    """Return how well odds are known: half widths or standard errors, shape (n_cells,).

    Of `holds` (n_replicates, n_cells) of the replicates that finished. A standard error is at least that of two events
    and two others more (Agresti & Coull 1998), so that a point with no event yet is not taken for known.
    """
    if not len(replicates):
        return np.full(holds.shape[1], np.inf)
    if kind == "halfwidth":
        low, high = bound_mean(average_periods(holds, replicates))
        half: Floats = (high - low) / 2
        return half
    size = estimate_size(holds, replicates)
    share = (holds.mean(axis=0) * size + 2) / (size + 4)
    errors: Floats = np.maximum(estimate_error(holds, replicates), np.sqrt(share * (1 - share) / size))
    return errors


def was_stopped(results: Results) -> bool:
    """Return whether a rule decided on the replicates of a results folder."""
    return KEY in results.manifest


def compute_stopping(results: Results) -> pd.DataFrame:
    """Return how well each of the odds asked was known when its point stopped, and why it stopped."""
    if not was_stopped(results):
        raise InputError.single(results.path, "stopping", "no rule decided on the replicates of this sweep")
    rule = results.manifest[KEY]
    cells = locate_cells(results, rule["questions"], rule["horizons"])
    rows: list[dict[str, Any]] = []
    for point, label in list_points(results):
        answers = read_outcomes(results, point, cells)
        known = measure_precision(rule["rule"], answers.holds, answers.replicates)
        low, high = bound_mean(average_periods(answers.holds, answers.replicates))
        n, shares = len(answers.replicates), answers.holds.sum(axis=0) / max(len(answers.replicates), 1)
        is_most = results.replicates_of_points[point] >= rule["max_replicates"]
        why = REACHED if np.all(known <= rule["target"]) else MOST if is_most else TIME
        for i, cell in enumerate(cells):
            row = {"scenario": results.name, "point": point, "label": label, "question": cell.question}
            row |= {"horizon_days": cell.day, "n": n, "estimate": float(shares[i]) if n else None}
            row |= {
                "low": low[i],
                "high": high[i],
                "rule": rule["rule"],
                "precision": known[i],
                "target": rule["target"],
            }
            rows.append(row | {"reached": bool(known[i] <= rule["target"]), "stopped": why})
    return pd.DataFrame(rows)


STOPPING_TABLE: Final = ResultTable(
    name=STOPPING,
    row="how well each of the odds asked was known when its point stopped, and why it stopped",
    columns=(
        *(POINT, LABEL, QUESTION, HORIZON, N),
        Column("estimate", "1", "odds"),
        Column(
            "low", "1", "lower end of the 95 % confidence sequence, which holds although one looked after each round"
        ),
        Column("high", "1", "upper end of the sequence"),
        Column("rule", "", "what had to be small enough: halfwidth or se"),
        Column("precision", "1", "how small it was"),
        Column("target", "1", "how small it had to be"),
        Column("reached", "", "whether it was that small"),
        Column("stopped", "", "what stopped the point: precision reached, most replicates, time limit"),
    ),
    position=100,
    where="sweeps with a stopping rule",
    compute=compute_stopping,
    applies=was_stopped,
    presentation=Presentation((STOPPING,), shown_by="odds_sheets.stopping", has_notes=False),
)
