"""Which uncertain parameters move an outcome most: first-order shares of its variance, from the replicates given.

The share of a parameter is the variance of the mean outcome given the parameter, over the variance of the outcome: the
correlation ratio, or first-order Sobol index, estimated from given replicates by cutting the parameter into classes of
equal size (Plischke, Borgonovo & Smith 2013). Class means of finitely many replicates differ by chance alone; that part
is subtracted, as in the unbiased correlation ratio of Kelley (1935), but computed over clusters of replicates that
share draws. Interactions are not in it, so shares of all parameters need not add up to 1. Ten classes keep 96 % of the
share of a parameter with a straight effect.

References
----------
.. [1] Plischke, E., Borgonovo, E., Smith, C. L. (2013). Global sensitivity measures from given data. European Journal
       of Operational Research 226(3), 536-550. https://doi.org/10.1016/j.ejor.2012.11.047
.. [2] Kelley, T. L. (1935). An unbiased correlation ratio measure. PNAS 21(9), 554-559.
       https://doi.org/10.1073/pnas.21.9.554
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Flags, Floats, Integers
from sim.results.analysis.inputs_outcomes import PointHistories, find_repeats, read_histories
from sim.results.reading.design_columns import has_many_points, read_design
from sim.results.reading.question_outcomes import Cell, check_choice, list_asked, list_points, require_cells
from sim.results.reading.result_table import HORIZON, QUESTION, Column, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import combine_values, read_cached, select_committed
from sim.sweeps.cluster_errors import Numbers, estimate_size

DRIVERS: Final = "drivers"
TOP: Final = 10  # parameters that are listed for each outcome
_MOST_CLASSES: Final = 10
_LEAST_IN_CLASS: Final = 20
_FALSE: Final = 0.05
_CLEAR: Final = 2.0  # standard errors by which the odds in the outer thirds must differ for a direction to be told


def assign_classes(values: Numbers) -> Integers:
    """Return the class of each replicate by its value of a parameter: its value, or its tenth where values are many."""
    size = max(2, min(_MOST_CLASSES, len(values) // _LEAST_IN_CLASS))
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    ordered = values[order]
    different = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    few: Integers = np.searchsorted(different, rank, side="right") - 1
    return few if len(different) <= size else rank * size // len(values)


def explain_variance(outcomes: Floats, classes: Integers, cluster: Integers) -> Floats:
    """Return the variance of the class means of outcomes, with what chance makes of it taken out, shape (n_cells,).

    Outcomes are (n_replicates, n_cells), classes and rising clusters (n_replicates,) from 0 without gaps; the variance
    may lie below 0.
    """
    n, n_clusters = len(outcomes), int(cluster[-1]) + 1
    centred = outcomes - outcomes.mean(axis=0)
    sizes = np.bincount(classes)[:, None]
    key = classes * n_clusters + cluster
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    of_class = classes[order][starts]
    first = np.searchsorted(of_class, np.arange(len(sizes)))
    sums = np.add.reduceat(centred[order], starts, axis=0)
    means = np.add.reduceat(sums, first, axis=0) / sizes
    numbers = np.diff(starts, append=n)[:, None]
    apart = (sums - numbers * means[of_class]) ** 2
    members = np.diff(first, append=len(starts))[:, None]
    noise = np.add.reduceat(apart, first, axis=0) / sizes * members / np.maximum(members - 1, 1)
    whole = (np.add.reduceat(centred, np.flatnonzero(np.diff(cluster, prepend=-1)), axis=0) ** 2).sum(axis=0) / n**2
    explained: Floats = ((sizes * means**2).sum(axis=0) - noise.sum(axis=0)) / n + whole
    return explained


def mark_thirds(values: Numbers) -> tuple[Flags, Flags]:
    """Return which replicates are in the lowest and which in the highest third of a parameter, (n_replicates,) each.

    Where the parameter has few values, a third is the lowest or highest of them.
    """
    edges = np.quantile(values, (1 / 3, 2 / 3), method="inverted_cdf")
    high = values > edges[1]
    return values <= edges[0], high if high.any() else values >= edges[1]


def average_thirds(outcomes: Floats, values: Numbers, cluster: Integers) -> tuple[float, float, float]:
    """Return the mean outcome in the lowest and the highest third of a parameter, and the error of their difference.

    All arrays have shape (n_replicates,).
    """
    low, high = mark_thirds(values)
    means = float(outcomes[low].mean()), float(outcomes[high].mean())
    pull = high * (outcomes - means[1]) / high.sum() - low * (outcomes - means[0]) / low.sum()
    return *means, float(np.sqrt((np.bincount(cluster, weights=pull) ** 2).sum()))


def compute_drivers(
    results: Results,
    questions: Sequence[str] | None = None,
    horizons: Sequence[int] | None = None,
    points: Sequence[int | None] | None = None,
) -> pd.DataFrame:
    """Return the ten parameters that move each outcome most, at some points or (None) over all of them together.

    Of all questions, and no states, where none is named. Where no point is: over all together, and at each by itself by
    the last day, of more than ten points the first question alone. Without blocks the committed table is read.
    `share_by_chance` is what the largest share of all parameters stays below, with 95 %, if none has any effect
    (Bonferroni). Parameters that repeat another are counted with it and not listed again.
    """
    chosen = list_asked(results) if questions is None else questions
    wanted, days = check_choice(results, chosen, horizons)
    if not results.blocks:
        return _committed(results, wanted, days, points)
    cells = require_cells(results, wanted, days)
    repeated = Counter(find_repeats(results, list_points(results)[0][0]).values())
    # Point after point, and what is listed once more: all parameters of all points at once would not fit a large sweep.
    moved = {point: _explain(seen) for point, seen in _every_point(results, cells)}
    groups = [_Group(point, {point: moved[point]}) for point in moved if points is None or point in points]
    is_together = len(list_points(results)) > 1 if points is None else None in points

    def is_kept(cell: Cell) -> bool:
        # All at each point by itself would be too many rows.
        return cell.day == max(days) and (cell.question == wanted[0] or not has_many_points(results))

    told = [
        (group, column, group.list_parameters(column))
        for group in ([_Group(None, moved)] if is_together else []) + groups
        for column, cell in enumerate(cells)
        if group.point is None or points is not None or not is_together or is_kept(cell)
    ]
    seen = dict(_every_point(results, cells, {key for _, _, keys in told for key in keys}))
    laws = read_all_laws(results)
    rows: list[dict[str, Any]] = []
    for group, column, keys in told:
        at_points = [seen[point] for point in group.explained if point in seen]
        for rank, key in enumerate(keys, start=1):
            row = {"scenario": results.name, "point": group.point, "question": cells[column].question}
            row |= {"horizon_days": cells[column].day, "rank": rank, "parameter": key, "repeated_by": repeated[key]}
            basis = {"basis": laws[key].get("label", ""), "source": laws[key]["source"]}
            rows.append(row | group.row(key, column) | _direction(at_points, key, column) | basis)
    return pd.DataFrame(rows, columns=DRIVERS_TABLE.column_names).astype({"point": "Int64"})


def _committed(
    results: Results, questions: Sequence[str], days: Sequence[int], points: Sequence[int | None] | None
) -> pd.DataFrame:
    known, noted = list_asked(results), results.manifest["horizons"]
    # The table is made of all questions at all horizons, so one of these without a row is a finding: nothing moves it.
    named = combine_values(question=questions, horizon_days=days)
    must = [row for row in named if row["question"] not in known or row["horizon_days"] not in noted]
    # Of a point by itself less is kept.
    some = questions if has_many_points(results) else None
    must += combine_values(point=[p for p in points or () if p is not None], question=some, horizon_days=days)
    table = select_committed(results, DRIVERS, {"question": questions, "horizon_days": days}, must)
    table = table.reindex(columns=DRIVERS_TABLE.column_names)
    is_asked = table["point"].isin([p for p in points or () if p is not None])
    if points is None or None in points:
        is_asked |= table["point"].isna() | (points is None)
    return table[is_asked].reset_index(drop=True)


def read_all_laws(results: Results) -> dict[str, Mapping[str, str]]:
    """Return law, source and label of every parameter by key path, over all points; an older folder has no labels."""
    resolved: Mapping[str, Any] = results.manifest["resolved"]
    tables = [*reversed(resolved["parameters_of_points"].values()), resolved["parameters"]]
    return {key: value for table in tables for key, value in table.items()}


def find_main_drivers(results: Results, odds: pd.DataFrame) -> pd.DataFrame | None:
    """Return what moves the first outcome of a table of odds most, by its last horizon; None if nothing tells it.

    At the first point of the table by itself, or over all together where points are spread over a range or it is not
    kept.
    """
    question, day = str(odds["question"].iloc[0]), int(odds["horizon_days"].max())
    point = None if read_design(results).is_sampled else int(odds["point"].iloc[0])
    known = None
    if results.blocks and question in list_asked(results) and day in results.manifest["horizons"]:
        known = read_cached(results, DRIVERS)
    if not results.blocks and (results.path / f"{DRIVERS}.csv").is_file():
        known = results.read_table(DRIVERS).reindex(columns=DRIVERS_TABLE.column_names)
    if known is None:
        return compute_drivers(results, [question], [day], [point]) if results.blocks else None
    known = known[(known["question"] == question) & (known["horizon_days"] == day)]
    own = known[known["point"] == point]
    known = (known[known["point"].isna()] if own.empty else own).reset_index(drop=True)
    return None if known.empty and not results.blocks else known


def _every_point(
    results: Results, cells: Sequence[Cell], keys: set[str] | None = None
) -> Iterator[tuple[int, PointHistories]]:
    """Yield the histories of each point that has several and draws any, of some parameters or of all."""
    for seen in read_histories(results, cells, keys):
        if len(seen.holds) > 1 and len(seen.inputs.columns):
            yield seen.point, seen


@dataclass(frozen=True)
class _Explained:
    """What each parameter explains at a point, every array of shape (n_cells,)."""

    variances: dict[str, Floats]  # by key path
    chance: dict[str, Floats]  # what chance would make of the share
    whole: Floats  # variance of the outcomes


def _explain(seen: PointHistories) -> _Explained:
    # Imported here: it takes a third of a second, which tables that are only shown do not need.
    from scipy.special import chdtri

    variances, chance = {}, {}
    cluster, size = seen.cluster, estimate_size(seen.holds, seen.replicates)
    for key in map(str, seen.inputs):
        classes = assign_classes(seen.inputs[key].to_numpy())
        variances[key] = explain_variance(seen.holds, classes, cluster)
        # Class means of n replicates without any effect have the variance of chi-squared over n.
        free = int(classes.max())
        chance[key] = (chdtri(free, _FALSE / len(seen.inputs.columns)) - free) / size
    return _Explained(variances, chance, seen.holds.var(axis=0))


@dataclass(frozen=True)
class _Group:
    """A point by itself, or all together."""

    point: int | None
    explained: dict[int, _Explained]

    @cached_property
    def shares(self) -> dict[str, Floats]:
        """Share of the variance of the outcomes over these points, by key path, each of shape (n_cells,)."""
        sums: dict[str, tuple[Floats, Floats]] = {}
        for at_point in self.explained.values():
            for key, variances in at_point.variances.items():
                before = sums.get(key, (0.0, 0.0))
                sums[key] = before[0] + variances, before[1] + at_point.whole
        return {
            key: np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
            for key, (part, whole) in sums.items()
        }

    def list_parameters(self, cell: int) -> list[str]:
        """Return the parameters with the largest shares in a cell, in order."""
        shares = {key: share[cell] for key, share in self.shares.items() if share[cell] > 0}
        return sorted(shares, key=lambda key: -shares[key])[:TOP]

    def row(self, key: str, cell: int) -> dict[str, Any]:
        """Return at how many points a parameter is drawn, its share, and what chance would make of it."""
        drawn = [at_point.chance[key][cell] for at_point in self.explained.values() if key in at_point.chance]
        # Points share their draws, so more of them do not make the error smaller.
        return {"points": len(drawn), "share": self.shares[key][cell], "share_by_chance": drawn[-1]}


def _direction(seen: Sequence[PointHistories], key: str, cell: int) -> dict[str, Any]:
    """Return the odds in the outer thirds of a parameter, on average over points, and where they point."""
    means = [
        average_thirds(at_point.holds[:, cell], at_point.inputs[key].to_numpy(), at_point.cluster)
        for at_point in seen
        if key in at_point.inputs
    ]
    low, high, error = np.mean(means, axis=0)
    clear = abs(high - low) > _CLEAR * error
    word = ("up" if high > low else "down") if clear else "unclear"
    return {"direction": word, "odds_low_third": low, "odds_high_third": high}


DRIVERS_TABLE: Final = ResultTable(
    name=DRIVERS,
    row="the parameters that move each outcome most",
    columns=(
        Column("point", "1", "index of the point by itself, told by the last day; empty: all points together"),
        *(QUESTION, HORIZON),
        Column("rank", "1", "place among the parameters that move the outcome, from 1"),
        Column("parameter", "", "key path"),
        Column("repeated_by", "1", "parameters whose value is that of this one"),
        Column("points", "1", "points at which it is drawn"),
        Column("share", "1", "share of the variance of the outcome that it explains alone"),
        Column("share_by_chance", "1", "share below which it cannot be told from none"),
        Column("direction", "", "whether the odds rise with it: up, down, unclear"),
        Column("odds_low_third", "1", "odds in the lowest third of its prior"),
        Column("odds_high_third", "1", "odds in the highest third"),
        Column("basis", "", "informed, from literature, or judgement"),
        Column("source", "", "where its prior comes from"),
    ),
    position=30,
    compute=compute_drivers,
    presentation=Presentation(
        (DRIVERS,),
        shown_by="table_sheets.drivers",
        heading="Drivers",
        position=4,
        page_shown=True,
        pictures=("odds_pictures.drivers",),
    ),
)
