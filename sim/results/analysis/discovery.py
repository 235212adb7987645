"""Scenario discovery: under which conditions an outcome is likely, in words, judged on histories held out.

Boxes are sought in one half of the histories and judged in the other, so that coverage and density are not flattered by
the search. Halves are cut between periods of replicates, which share no draws; a sampled design is cut between its
points as well, so that a box is judged where it has not been. Coverage is the share of the outcomes that lie in a box,
density the share of the histories in the box that have the outcome.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Flags, Floats, Integers
from sim.core.errors import InputError, nearest
from sim.core.random_streams import Streams
from sim.results.analysis.inputs_outcomes import group_draws, read_histories
from sim.results.analysis.prim_boxes import METHODS, PRIM, Box, lies_inside
from sim.results.analysis.regional_sensitivity import LEVEL, rank_parameters
from sim.results.reading.design_columns import group_points, is_paired, read_design, read_factor_values
from sim.results.reading.question_outcomes import Cell, check_choice, list_questions, require_cells
from sim.results.reading.result_table import HORIZON, OUTCOME, Column, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import combine_values, select_committed
from sim.scenario.shared_draws import PERIOD

BOXES: Final = "boxes"
LIMITS: Final = "limits"
MOST_BOXES: Final = 3
_MOST_DRAWN: Final = 8
_MOST_ROWS: Final = 20_000
_LEAST_OUTCOMES: Final = 20


@dataclass(frozen=True)
class _Half:
    """Half of the histories."""

    rows: pd.DataFrame  # a row for each history, a column for each parameter
    holds: Flags  # shape (n_rows,): whether the outcome came
    # shape (n_rows,): period of the replicate, and group of the point; one group where the points are not placed by
    # chance
    periods: Integers
    groups: Integers


def discover_boxes(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None, method: str = PRIM
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return under which conditions outcomes are likely, and the single conditions of each box.

    Of the main question at the last horizon where none is named, by ``prim`` or ``cart``; without blocks the committed
    tables are read. Refused where too few histories have the outcome, or lack it.
    """
    if method not in METHODS:
        raise InputError.single("--method", "", f'"{method}" is not known; {nearest(method, METHODS)}')
    last = results.manifest["horizons"][-1:]
    wanted, days = check_choice(results, questions or [next(iter(list_questions(results)))], horizons or last)
    if not results.blocks:
        may: dict[str, list[Any]] = {"outcome": wanted, "horizon_days": days, "method": [method]}
        must = combine_values(outcome=wanted, horizon_days=days, method=[method])
        return select_committed(results, BOXES, may, must), select_committed(results, LIMITS, may)
    boxes: list[dict[str, Any]] = []
    limits: list[dict[str, Any]] = []
    for cell in require_cells(results, wanted, days):
        head = {"scenario": results.name, "method": method, "outcome": cell.question, "horizon_days": cell.day}
        fitted, held_out = _halves(results, cell)
        _refuse_few(results, cell, fitted.holds)
        made = METHODS[method](fitted.rows, fitted.holds, MOST_BOXES) if len(fitted.rows.columns) else []
        for number, judged in enumerate(_judged(made, fitted, held_out), start=1):
            boxes.append(head | {"box": number} | judged)
        for number, box in enumerate(made, start=1):
            limits += [head | {"box": number} | row for row in _limit_rows(box, fitted.rows)]
    box_table = pd.DataFrame(boxes, columns=BOXES_TABLE.column_names)
    limit_table = pd.DataFrame(limits, columns=LIMITS_TABLE.column_names)
    return box_table, limit_table


def _refuse_few(results: Results, cell: Cell, holds: Flags) -> None:
    having, lacking = int(holds.sum()), int((~holds).sum())
    if min(having, lacking) < _LEAST_OUTCOMES:
        words = f"of the {len(holds)} histories for the search {having} have the outcome by day {cell.day}; a search "
        words += f"needs at least {_LEAST_OUTCOMES} with it and {_LEAST_OUTCOMES} without"
        raise InputError.single(results.path, cell.question, words)


def _halves(results: Results, cell: Cell) -> tuple[_Half, _Half]:
    """Return the half for the search and the half held out, with the parameters that the first half points at."""
    keys = _candidates(results, cell)
    seen = list(read_histories(results, [cell], keys))
    common = [key for key in keys if all(key in histories.keys for histories in seen)]
    levels, groups = read_factor_values(results), group_points(results)
    first = _first_groups(results, groups)
    parts: tuple[list[_Half], list[_Half]] = ([], [])
    for histories in seen:
        rows = histories.inputs[common].assign(**dict(levels.loc[histories.point]))
        periods = histories.replicates // PERIOD
        for half, part in enumerate(parts):
            # Levels that were chosen are no sample: another sweep would have the same ones.
            group = 0 if first is None else int(groups[histories.point])
            if first is not None and first[group] != (half == 0):
                continue
            chosen = periods % 2 == half
            same = np.full(int(chosen.sum()), group)
            part.append(_Half(rows[chosen], histories.holds[chosen, 0] > 0, periods[chosen], same))
    fitted, held_out = (_joined(results, part, levels) for part in parts)
    return _thinned(fitted), held_out


def _candidates(results: Results, cell: Cell) -> list[str]:
    """Return the drawn parameters that differ between histories with and without the outcome, in the half searched."""
    paired = is_paired(results)
    searched = []
    for histories in read_histories(results, [cell], once=paired):
        is_searched = histories.replicates // PERIOD % 2 == 0
        inputs = histories.inputs[is_searched].reset_index(drop=True)
        if is_searched.any():
            which, holds = histories.replicates[is_searched], histories.holds[is_searched]
            searched.append(replace(histories, replicates=which, holds=holds, inputs=inputs))
    groups = {("drawn", key): group for key, group in group_draws(searched, is_paired=paired).items()}
    clear = [row["parameter"] for row in rank_parameters(groups, 0) if row["p_holm"] < LEVEL]
    swept = set(read_factor_values(results).columns)
    return [key for key in clear if key not in swept][:_MOST_DRAWN]


def _first_groups(results: Results, groups: Integers) -> Flags | None:
    """Return which groups of points are searched; None where all points serve both halves."""
    if not read_design(results).is_sampled:
        return None
    size = int(groups.max()) + 1
    order = np.argsort(Streams(int(results.manifest["seed"]), np.arange(size)).uniform("results", "halves", 0))
    is_first = np.zeros(size, dtype=np.bool_)
    is_first[order[: (size + 1) // 2]] = True
    return is_first


def _joined(results: Results, parts: list[_Half], levels: pd.DataFrame) -> _Half:
    if not parts or not sum(len(part.rows) for part in parts):
        words = f"a search and its check need at least {2 * PERIOD} replicates, and two points if sampled"
        raise InputError.single(results.path, "", words)
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    rows = rows.astype({key: levels[key].dtype for key in levels}).astype(
        {str(key): np.float64 for key in rows if pd.api.types.is_float_dtype(rows[key])}
    )
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("holds", "periods", "groups"))
    return _Half(rows, *joined)


def _thinned(half: _Half) -> _Half:
    """Return a half with few enough rows for a search, by whole periods at every point."""
    periods = np.unique(half.periods)
    keep = max(1, int(len(periods) * _MOST_ROWS / max(len(half.rows), 1)))
    chosen = np.isin(half.periods, periods[:keep])
    rows = half.rows[chosen].reset_index(drop=True)
    return _Half(rows, half.holds[chosen], half.periods[chosen], half.groups[chosen])


def _judged(boxes: list[Box], fitted: _Half, held_out: _Half) -> list[dict[str, Any]]:
    """Return what each box holds in the half held out, and in the half searched."""
    rows = []
    before = [np.zeros(len(half.rows), dtype=np.bool_) for half in (fitted, held_out)]
    for box in boxes:
        there = [lies_inside(box, half.rows) & ~taken for half, taken in zip((fitted, held_out), before, strict=True)]
        before = [taken | new for taken, new in zip(before, there, strict=True)]
        row: dict[str, Any] = {"conditions": " and ".join(map(str, box)), "n": len(held_out.rows)}
        row |= {"share": float(held_out.holds.mean())}
        both = held_out.holds & there[1]
        row |= dict(zip(("coverage", "coverage_se"), _ratio(both, held_out.holds, held_out), strict=True))
        row |= dict(zip(("density", "density_se"), _ratio(both, there[1], held_out), strict=True))
        row |= {"mass": float(there[1].mean())}
        hit = fitted.holds & there[0]
        row |= {"coverage_fitted": float(hit.sum() / fitted.holds.sum())}
        rows.append(row | {"density_fitted": float(hit.sum() / max(there[0].sum(), 1))})
    return rows


def _ratio(above: Flags, below: Flags, half: _Half) -> tuple[float, float]:
    """Return a ratio of counts and its error over periods and, where points were placed by chance, over these."""
    if not below.any():
        return float("nan"), float("nan")
    value = float(above.sum() / below.sum())
    pull: Floats = (above - value * below) / below.sum()
    parts = [half.periods] + ([half.groups] if len(np.unique(half.groups)) > 1 else [])
    square = sum(float((np.bincount(part, weights=pull) ** 2).sum()) for part in parts)
    return value, float(np.sqrt(square))


def _limit_rows(box: Box, rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "parameter": condition.parameter,
            "low": None if np.isinf(condition.low) else condition.low,
            "high": None if np.isinf(condition.high) else condition.high,
            "levels": " or ".join(condition.levels),
            "quasi_p": condition.quasi_p,
            "inside": float(condition.holds(rows).mean()),
        }
        for condition in box
    ]


_SHARED: Final[dict[str, Any]] = {
    "compute": discover_boxes,
    "is_written": False,
    "where": "when asked for: sim results discover",
    "presentation": Presentation((BOXES, LIMITS), shown_by="sensitivity_sheets.discovery"),
}
"""What both tables have in common."""
_METHOD: Final = Column("method", "", "prim or cart")
_BOX: Final = Column("box", "1", "number of the box, from 1; a history counts in the first one that it lies in")
BOXES_TABLE: Final = ResultTable(
    name=BOXES,
    row="conditions under which an outcome is likely",
    columns=(
        *(_METHOD, OUTCOME, HORIZON, _BOX),
        Column("conditions", "", "what the box asks, in words"),
        Column("n", "1", "histories that the search did not see"),
        Column("share", "1", "share of them that have the outcome"),
        Column("coverage", "1", "share of the outcomes that lie in the box"),
        Column("coverage_se", "1", "standard error of the coverage"),
        Column("density", "1", "share of the histories in the box that have the outcome"),
        Column("density_se", "1", "standard error of the density"),
        Column("mass", "1", "share of the histories that lie in the box"),
        Column("coverage_fitted", "1", "coverage among the histories of the search"),
        Column("density_fitted", "1", "density among the histories of the search"),
    ),
    position=120,
    part=0,
    **_SHARED,
)
LIMITS_TABLE: Final = ResultTable(
    name=LIMITS,
    row="the single conditions of each box",
    columns=(
        *(_METHOD, OUTCOME, HORIZON, _BOX),
        Column("parameter", "", "key path of a parameter, or a factor"),
        Column("low", "unit of the parameter", "lower bound; nothing where there is none"),
        Column("high", "unit of the parameter", "upper bound; nothing where there is none"),
        Column("levels", "", "levels that are inside, of a factor whose levels are words"),
        Column("quasi_p", "1", "chance that the condition helps as much by luck alone"),
        Column("inside", "1", "share of the histories of the search that meet it"),
    ),
    position=121,
    part=1,
    **_SHARED,
)
