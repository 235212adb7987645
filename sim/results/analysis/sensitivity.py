"""How outcomes hang on what a sweep varied: Sobol indices, Morris screening or a tornado, as its design allows."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.errors import InputError
from sim.core.intervals import reach
from sim.results.analysis.comparison import pair_difference
from sim.results.analysis.levers import KILLED_OF_ALL, SharedOutcomes, read_shared_outcomes
from sim.results.analysis.sobol import compute_sobol, screen_factors
from sim.results.reading.design_columns import is_paired, list_factors, read_design, require_complete
from sim.results.reading.question_outcomes import check_choice, is_comparable, list_asked
from sim.results.reading.result_table import HORIZON, OUTCOME, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import combine_values, select_committed
from sim.scenario.design import MORRIS, ONE_AT_A_TIME, SALTELLI
from sim.scenario.samplers import sample_unit_cube

SENSITIVITY: Final = "sensitivity"
ANALYSED: Final = (SALTELLI, MORRIS, ONE_AT_A_TIME)  # designs that are made for an analysis of their own

_Rows = list[dict[str, Any]]


def has_sensitivity(results: Results) -> bool:
    """Return whether the design of a sweep is made for an analysis of its own."""
    return read_design(results).kind in ANALYSED


def compute_sensitivity(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return how outcomes hang on the factors of a Saltelli, Morris or one-at-a-time design.

    Of all questions at the last horizon where none is named, with the killed of all sides beside them. Without blocks
    the committed table is read; another design, or one that lacks points or replicates, is refused.
    """
    kind = read_design(results).kind
    if kind not in ANALYSED:
        words = f'"{kind}" is not one of {", ".join(ANALYSED)}, which these indices need'
        raise InputError.single(results.path, "design", words)
    chosen = list_asked(results) if questions is None else questions
    wanted, days = check_choice(results, chosen, horizons or results.manifest["horizons"][-1:])
    if not results.blocks:
        may: dict[str, list[Any]] = {"outcome": [*wanted, KILLED_OF_ALL], "horizon_days": days}
        must = combine_values(outcome=questions and wanted, horizon_days=days)
        return select_committed(results, SENSITIVITY, may, must)
    require_complete(results, kind)
    outcomes = read_shared_outcomes(results, wanted, days)
    rows: _Rows = []
    for column, (outcome, day) in enumerate(outcomes.names):
        head = {"scenario": results.name, "design": kind, "outcome": outcome, "horizon_days": day}
        rows += [head | row for row in _ANALYSES[kind](results, outcomes, outcomes.values[:, :, column])]
    return pd.DataFrame(rows)


def _indices(results: Results, outcomes: SharedOutcomes, values: Floats) -> _Rows:
    factors = list_factors(results)
    paired = is_paired(results)
    indices = compute_sobol(values, outcomes.replicates, len(factors), results.seed, is_paired=paired)
    kinds = {"first": (indices.first, indices.first_error), "total": (indices.total, indices.total_error)}
    columns: dict[str, Any] = {}
    for name, (value, error) in kinds.items():
        low, high = indices.interval(value, error)
        columns |= {name: value, f"{name}_se": error, f"{name}_low": low, f"{name}_high": high}
    return _ranked(factors, columns | {"spread": np.full(len(factors), indices.spread)}, "total")


def _screening(results: Results, outcomes: SharedOutcomes, values: Floats) -> _Rows:
    factors, design = list_factors(results), read_design(results)
    units = sample_unit_cube(design.kind, len(factors), design.size, design.seed)
    effects = screen_factors(values, outcomes.replicates, units, results.seed, is_paired=is_paired(results))
    columns = {
        "mu": effects.mu,
        "mu_star": effects.mu_star,
        "mu_star_low": np.maximum(effects.mu_star - effects.half_width, 0.0),
        "mu_star_high": effects.mu_star + effects.half_width,
        "mu_star_by_chance": effects.by_chance,
        "sigma": effects.sigma,
    }
    return _ranked(factors, columns, "mu_star")


def _ranked(factors: list[str], columns: dict[str, Any], by: str) -> _Rows:
    """Return a row for each factor, the most important first."""
    order = np.argsort(-np.nan_to_num(columns[by]), kind="stable")
    return [
        {"factor": factors[i], "rank": rank} | {name: float(values[i]) for name, values in columns.items()}
        for rank, i in enumerate(order, start=1)
    ]


def _tornado(results: Results, outcomes: SharedOutcomes, values: Floats) -> _Rows:
    """Return what each level of each factor alone changes, against the scenario as it is."""
    table = results.points.set_index("point")
    half, paired = reach(), is_paired(results)
    rows: _Rows = []
    for row_of_point, point in enumerate(outcomes.points[1:], start=1):
        if len(outcomes.replicates) < 2:
            raise InputError.single(results.path, "", "a difference needs at least two finished replicates")
        factor, _, level = str(table["label"][point]).partition(" = ")
        pair = pair_difference(values[0], values[row_of_point], outcomes.replicates)
        error = pair.error(is_paired=paired)
        row: dict[str, Any] = {"factor": factor, "level": level, "point": point, "n": pair.n, "base": pair.first}
        row |= {"with_level": pair.second, "difference": pair.difference, "se": error}
        rows.append(row | {"low": pair.difference - half * error, "high": pair.difference + half * error})
    changes: dict[str, list[float]] = {}
    for row in rows:
        changes.setdefault(row["factor"], [0.0]).append(row["difference"])
    swings = {factor: max(own) - min(own) for factor, own in changes.items()}
    ranks = {factor: rank for rank, factor in enumerate(sorted(swings, key=lambda name: -swings[name]), start=1)}
    made = [row | {"swing": swings[row["factor"]], "rank": ranks[row["factor"]]} for row in rows]
    return sorted(made, key=lambda row: row["rank"])


_ANALYSES: Final[dict[str, Callable[[Results, SharedOutcomes, Floats], _Rows]]] = {
    SALTELLI: _indices,
    MORRIS: _screening,
    ONE_AT_A_TIME: _tornado,
}


SENSITIVITY_TABLE: Final = ResultTable(
    name=SENSITIVITY,
    row="how each outcome hangs on each factor: Sobol indices, elementary effects or differences, as the design allows",
    columns=(
        Column("design", "", "saltelli, morris or one-at-a-time; the columns hang on it"),
        *(OUTCOME, HORIZON),
        Column("factor", "", "what was varied"),
        Column("rank", "1", "place among the factors, the most important first"),
        *(
            column
            for order, name in (("first", "first-order"), ("total", "total"))
            for column in (
                Column(order, "1", f"Saltelli: {name} Sobol index"),
                Column(f"{order}_se", "1", "its standard error"),
                Column(f"{order}_low", "1", "lower end of its 95 % interval"),
                Column(f"{order}_high", "1", "upper end of the interval"),
            )
        ),
        Column("spread", "1 or persons", "Saltelli: standard deviation of the outcome over the points"),
        Column("mu", "1 or persons", "Morris: mean change of the outcome over the whole range of the factor"),
        Column("mu_star", "1 or persons", "mean size of that change"),
        Column("mu_star_low", "1 or persons", "lower end of its 95 % interval"),
        Column("mu_star_high", "1 or persons", "upper end of the interval"),
        Column("mu_star_by_chance", "1 or persons", "what it would be of a factor without effect"),
        Column(
            "sigma", "1 or persons", "standard deviation of the change between starting points, Monte Carlo error out"
        ),
        Column("level", "", "one at a time: level of the factor"),
        Column("point", "1", "index of its point"),
        N,
        Column("base", "1 or persons", "outcome of the scenario as it is"),
        Column("with_level", "1 or persons", "outcome with the level"),
        Column("difference", "1 or persons", "with_level less base"),
        Column("se", "1 or persons", "standard error of the difference"),
        Column("low", "1 or persons", "lower end of its 95 % interval"),
        Column("high", "1 or persons", "upper end of the interval"),
        Column("swing", "1 or persons", "range over the levels of the factor and the base"),
    ),
    position=80,
    where="Saltelli, Morris and one-at-a-time designs",
    compute=compute_sensitivity,
    applies=lambda results: has_sensitivity(results) and is_comparable(results),
    presentation=Presentation((SENSITIVITY,), shown_by="sensitivity_sheets.sensitivity"),
)
