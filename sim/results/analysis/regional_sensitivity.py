"""Regional sensitivity: whether histories with an outcome start from other values than those without it.

The distance is that of Kolmogorov and Smirnov between the two distributions of the parameter (Spear & Hornberger 1980).
It works on any sweep, since each replicate has its own draw; a factor with numbers as levels is looked at too where a
sweep has many points. A value that several histories share counts once, with the share of them that have the outcome:
if the parameter has no effect, the difference of the two weighted distributions is a Brownian bridge in the limit,
scaled by the root of the sum of squared weights, so the p-value is that of Kolmogorov's law. The p-values of one
outcome are corrected for the number of parameters (Holm 1979).

References
----------
.. [1] Spear, R. C., Hornberger, G. M. (1980). Eutrophication in Peel Inlet II: identification of critical
       uncertainties via generalized sensitivity analysis. Water Research 14(1), 43-49.
.. [2] Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics
       6(2), 65-70.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import kstwobign

from sim.core.arrays import Floats
from sim.results.analysis.drivers import read_all_laws
from sim.results.analysis.inputs_outcomes import GroupedHistories, group_draws, group_levels, read_histories
from sim.results.reading.design_columns import is_paired, read_design
from sim.results.reading.question_outcomes import check_choice, list_asked, list_points, read_outcomes, require_cells
from sim.results.reading.result_table import HORIZON, OUTCOME, Column, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import combine_values, select_committed
from sim.scenario.design import LATIN_HYPERCUBE, SOBOL
from sim.sweeps.cluster_errors import Numbers

REGIONAL: Final = "regional"
LEVEL: Final = 0.05  # corrected p-value from which a parameter is not told from one without effect
_LEAST_POINTS: Final = 16
_LEAST_HISTORIES: Final = 10  # histories with an outcome, and without it, below which a note says that they are too few


def measure_distance(values: Numbers, shares: Floats, sizes: Floats) -> tuple[float, float]:
    """Return the distance between the values with and without an outcome, and its p-value.

    Of independent values, the share of the histories with each that have the outcome, and their number, each
    (n_groups,). The distance is the largest difference of the two distribution functions; both are NaN where all or no
    histories have the outcome, and p is conservative for values that are few.
    """
    having, lacking = shares * sizes, (1.0 - shares) * sizes
    if not having.sum() > 0 or not lacking.sum() > 0:
        return float("nan"), float("nan")
    weights = having / having.sum() - lacking / lacking.sum()
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    apart = np.abs(np.cumsum(weights[order]))[np.append(ordered[1:] != ordered[:-1], True)]
    largest = float(apart.max())
    return largest, float(kstwobign.sf(largest / np.sqrt((weights**2).sum())))


def correct_holm(p_values: Floats) -> Floats:
    """Return p-values corrected for their number, so that the chance of any false finding keeps its level."""
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def compute_regional(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return which parameters differ between histories with and without each outcome.

    Of all questions at the last horizon where none is named; outcomes that all or no histories have are left out.
    Without blocks the committed table is read.
    """
    chosen = list_asked(results) if questions is None else questions
    wanted, days = check_choice(results, chosen, horizons or results.manifest["horizons"][-1:])
    if not results.blocks:
        must = combine_values(outcome=questions and wanted, horizon_days=days)
        return select_committed(results, REGIONAL, {"outcome": wanted, "horizon_days": days}, must)
    cells = require_cells(results, wanted, days)
    paired = is_paired(results)
    seen = list(read_histories(results, cells, once=paired))
    groups = {("drawn", key): question for key, question in group_draws(seen, is_paired=paired).items()}
    if read_design(results).kind in (LATIN_HYPERCUBE, SOBOL) and len(seen) >= _LEAST_POINTS:
        groups |= {("swept", key): question for key, question in group_levels(results, seen).items()}
    laws = read_all_laws(results)
    rows: list[dict[str, Any]] = []
    for column, cell in enumerate(cells):
        ranked = rank_parameters(groups, column)
        for rank, row in enumerate(ranked, start=1):
            head = {"scenario": results.name, "outcome": cell.question, "horizon_days": cell.day, "rank": rank}
            rows.append(head | row | {"basis": laws.get(row["parameter"], {}).get("label", "")})
    return pd.DataFrame(rows, columns=REGIONAL_TABLE.column_names)


def explain_gaps(
    results: Results, table: pd.DataFrame, questions: Sequence[str] | None, horizons: Sequence[int] | None
) -> list[str]:
    """Return why outcomes that were asked for are not in the table, or rest on too few histories to be."""
    if not results.blocks:
        return []
    chosen = list_asked(results) if questions is None else questions
    cells = require_cells(results, *check_choice(results, chosen, horizons or results.manifest["horizons"][-1:]))
    holds = np.concatenate([read_outcomes(results, point, cells).holds for point, _ in list_points(results)])
    notes, is_mixed, n = [], False, len(holds)
    for cell, events in zip(cells, np.count_nonzero(holds, axis=0).tolist(), strict=True):
        is_mixed |= 0 < events < n
        if min(events, n - events) < _LEAST_HISTORIES:
            have = f"{events:,} of {n:,} {'has' if events == 1 else 'have'} it"
            need = f"a comparison needs {_LEAST_HISTORIES} with it and {_LEAST_HISTORIES} without"
            notes.append(f"{cell.question} by {cell.day} days: too few histories: {have}, and {need}.")
    if table.empty and is_mixed:
        notes.append(f"No parameter is drawn by replicates, and none is sampled over {_LEAST_POINTS} points or more.")
    return notes


def rank_parameters(groups: dict[tuple[str, str], GroupedHistories], cell: int) -> list[dict[str, Any]]:
    """Return the test of every parameter for one outcome, the clearest first."""
    rows: list[dict[str, Any]] = []
    for (role, key), group in groups.items():
        apart, p = measure_distance(group.values, group.shares[:, cell], group.sizes)
        if not np.isnan(p):
            having, lacking = group.shares[:, cell] * group.sizes, (1.0 - group.shares[:, cell]) * group.sizes
            row = {"parameter": key, "role": role, "n": len(group.values), "distance": apart, "p": p}
            row |= {"median_with": _median(group.values, having), "median_without": _median(group.values, lacking)}
            rows.append(row)
    corrected = correct_holm(np.array([row["p"] for row in rows]))
    made = [row | {"p_holm": float(p)} for row, p in zip(rows, corrected, strict=True)]
    return sorted(made, key=lambda row: (row["p"], -row["distance"]))


def _median(values: Numbers, weights: Floats) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


REGIONAL_TABLE: Final = ResultTable(
    name=REGIONAL,
    row="parameters that differ between histories with and without each outcome",
    columns=(
        *(OUTCOME, HORIZON),
        Column("rank", "1", "place among the parameters, the clearest difference first"),
        Column("parameter", "", "key path"),
        Column("role", "", "drawn by each replicate, or swept over the points"),
        Column("n", "1", "independent values of the parameter"),
        Column("distance", "1", "largest difference of the two distribution functions (Kolmogorov and Smirnov)"),
        Column("p", "1", "chance of at least that distance without any effect"),
        Column("p_holm", "1", "the same, corrected for the number of parameters"),
        Column("median_with", "unit of the parameter", "its median in histories with the outcome"),
        Column("median_without", "unit of the parameter", "its median in those without"),
        Column("basis", "", "informed, from literature, or judgement"),
    ),
    position=110,
    where="when asked for: sim results sensitivity",
    compute=compute_regional,
    is_written=False,
    presentation=Presentation((REGIONAL,), shown_by="sensitivity_sheets.regional"),
)
