"""How outcomes hang on what a sweep varied: Sobol indices, Morris screening or a tornado, as its design allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import norm

from sim.core.errors import InputError
from sim.core.intervals import CONFIDENCE
from sim.results.analysis.levers import KILLED_OF_ALL, Outcomes, outcomes_of
from sim.results.analysis.morris import screening
from sim.results.analysis.paired_differences import paired_difference
from sim.results.analysis.sobol import sobol_indices
from sim.results.reading.design_columns import complete, design_of, factors_of, is_paired
from sim.results.reading.question_outcomes import checked
from sim.results.reading.store import Results
from sim.results.reading.table_cache import every, rows_beside
from sim.scenario.design import MORRIS, ONE_AT_A_TIME, SALTELLI
from sim.scenario.samplers import sample_unit_cube

SENSITIVITY: Final = "sensitivity.csv"
ANALYSED: Final = (SALTELLI, MORRIS, ONE_AT_A_TIME)
"""Designs that are made for an analysis of their own."""

_Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class _Case:
    """One outcome at all points of a sweep.

    Parameters
    ----------
    results : Results
        The results folder.
    outcomes : Outcomes
        All outcomes.
    place : int
        Place of this one.
    """

    results: Results
    outcomes: Outcomes
    place: int

    @property
    def values(self) -> Any:
        """Outcomes, shape (n_points, n_replicates)."""
        return self.outcomes.values[:, :, self.place]


def has_sensitivity(results: Results) -> bool:
    """Return whether the design of a sweep is made for an analysis of its own.

    Parameters
    ----------
    results : Results
        A results folder.
    """
    return design_of(results).kind in ANALYSED


def sensitivity(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return how outcomes hang on the factors of a sweep.

    Parameters
    ----------
    results : Results
        A results folder of a Saltelli, Morris or one-at-a-time design. Without blocks its committed table is read.
    questions : sequence of str, optional
        Ids of questions and states; all questions without them. The killed of all sides together stand beside them.
    horizons : sequence of int, optional
        Days; the last of the scenario without them.

    Returns
    -------
    DataFrame
        Columns scenario, design, outcome, horizon_days, factor and rank; then of a Saltelli design first, first_se,
        first_low, first_high, total, total_se, total_low, total_high and spread (standard deviation of the outcome over
        the points); of a Morris design mu, mu_star, mu_star_low, mu_star_high, mu_star_by_chance and sigma (Monte
        Carlo error taken out); of a
        one-at-a-time design level, point, n, base, with_level, difference, se, low, high and swing (range over the
        levels of the factor and the base).

    Raises
    ------
    InputError
        If the design is another one, points are missing, a question or a horizon does not exist, or too few replicates
        finished at every point.
    """
    kind = design_of(results).kind
    if kind not in ANALYSED:
        raise InputError.single(
            results.path, "design", f'"{kind}" is not one of {", ".join(ANALYSED)}, which these indices need'
        )
    asked = [one["id"] for one in results.manifest["questions"]] if questions is None else questions
    wanted, days = checked(results, asked, horizons or results.manifest["horizons"][-1:])
    if not results.blocks:
        may: dict[str, list[Any]] = {"outcome": [*wanted, KILLED_OF_ALL], "horizon_days": days}
        return rows_beside(results, SENSITIVITY, may, every(outcome=questions and wanted, horizon_days=days))
    complete(results, kind)
    outcomes = outcomes_of(results, wanted, days)
    rows: _Rows = []
    for place, (outcome, day) in enumerate(outcomes.names):
        head = {"scenario": results.name, "design": kind, "outcome": outcome, "horizon_days": day}
        rows += [head | row for row in _ANALYSES[kind](_Case(results, outcomes, place))]
    return pd.DataFrame(rows)


def _indices(case: _Case) -> _Rows:
    factors = factors_of(case.results)
    seed = int(case.results.manifest["seed"])
    found = sobol_indices(case.values, case.outcomes.replicates, len(factors), seed, is_paired=is_paired(case.results))
    kinds = {"first": (found.first, found.first_error), "total": (found.total, found.total_error)}
    columns: dict[str, Any] = {}
    for name, (value, error) in kinds.items():
        low, high = found.interval(value, error)
        columns |= {name: value, f"{name}_se": error, f"{name}_low": low, f"{name}_high": high}
    return _ranked(factors, columns | {"spread": np.full(len(factors), found.spread)}, "total")


def _screening(case: _Case) -> _Rows:
    factors, design = factors_of(case.results), design_of(case.results)
    units = sample_unit_cube(design.kind, len(factors), design.size, design.seed)
    seed = int(case.results.manifest["seed"])
    found = screening(case.values, case.outcomes.replicates, units, seed, is_paired=is_paired(case.results))
    columns = {
        "mu": found.mu,
        "mu_star": found.mu_star,
        "mu_star_low": np.maximum(found.mu_star - found.half_width, 0.0),
        "mu_star_high": found.mu_star + found.half_width,
        "mu_star_by_chance": found.by_chance,
        "sigma": found.sigma,
    }
    return _ranked(factors, columns, "mu_star")


def _ranked(factors: list[str], columns: dict[str, Any], by: str) -> _Rows:
    """Return a row for each factor, the most important first."""
    order = np.argsort(-np.nan_to_num(columns[by]), kind="stable")
    return [
        {"factor": factors[i], "rank": rank} | {name: float(values[i]) for name, values in columns.items()}
        for rank, i in enumerate(order, start=1)
    ]


def _tornado(case: _Case) -> _Rows:
    """Return what each level of each factor alone changes, against the scenario as it is."""
    table = case.results.points.set_index("point")
    half = float(norm.ppf((1 + CONFIDENCE) / 2))
    paired = is_paired(case.results)
    rows: _Rows = []
    for place, point in enumerate(case.outcomes.points[1:], start=1):
        if len(case.outcomes.replicates) < 2:
            raise InputError.single(case.results.path, "", "a difference needs at least two finished replicates")
        factor, _, level = str(table["label"][point]).partition(" = ")
        found = paired_difference(case.values[0], case.values[place], case.outcomes.replicates)
        error = found.error(is_paired=paired)
        row = {"factor": factor, "level": level, "point": point, "n": found.n, "base": found.first}
        row |= {"with_level": found.second, "difference": found.difference, "se": error}
        rows.append(row | {"low": found.difference - half * error, "high": found.difference + half * error})
    swings = {
        factor: max(0.0, *(row["difference"] for row in rows if row["factor"] == factor))
        - min(0.0, *(row["difference"] for row in rows if row["factor"] == factor))
        for factor in dict.fromkeys(row["factor"] for row in rows)
    }
    ranks = {factor: rank for rank, factor in enumerate(sorted(swings, key=lambda one: -swings[one]), start=1)}
    made = [row | {"swing": swings[row["factor"]], "rank": ranks[row["factor"]]} for row in rows]
    return sorted(made, key=lambda row: row["rank"])


_ANALYSES: Final[dict[str, Callable[[_Case], _Rows]]] = {
    SALTELLI: _indices,
    MORRIS: _screening,
    ONE_AT_A_TIME: _tornado,
}
