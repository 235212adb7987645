"""What lowers the odds most: every point of a sweep against one of them, history by history, with ranks.

Where points share their luck, differences are paired. How sure a rank is, is found by a bootstrap over periods of eight
replicates, which are independent of each other and alike (Goldstein & Spiegelhalter 1996 on why ranks need intervals).

References
----------
.. [1] Goldstein, H., Spiegelhalter, D. J. (1996). League tables and their limitations. Journal of the Royal Statistical
       Society A 159(3), 385-443. https://doi.org/10.2307/2983325
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.errors import InputError, nearest
from sim.core.intervals import reach
from sim.results.analysis.comparison import pair_difference
from sim.results.reading.design_columns import is_paired, list_factors
from sim.results.reading.question_outcomes import (
    check_choice,
    intersect_finished,
    is_comparable,
    list_asked,
    list_points,
    read_killed_of_all,
    read_outcomes,
    refuse_few,
    require_cells,
)
from sim.results.reading.result_table import HORIZON, OUTCOME, POINT, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import combine_values, select_committed
from sim.sweeps.cluster_errors import draw_resamples, find_periods

LEVERS: Final = "levers"
KILLED_OF_ALL: Final = "killed"  # outcome that stands beside the questions: killed of all sides together [persons]
_SPAN: Final = (0.05, 0.95)


@dataclass(frozen=True)
class SharedOutcomes:
    """Outcomes of the replicates that finished at every point of a sweep."""

    points: list[int]
    replicates: Integers  # shape (n_replicates,): indices of the replicates
    names: list[tuple[str, int]]  # outcome and horizon [days] of each cell
    # shape (n_points, n_replicates, n_cells): whether a question holds, as 0 or 1, or the killed [persons]
    values: Floats


def read_shared_outcomes(results: Results, questions: Sequence[str], days: Sequence[int]) -> SharedOutcomes:
    """Return questions at some days, and the killed of all sides at those of the scenario, at every point.

    Refused where nothing of it is known at these days, or too few replicates finished at every point.
    """
    cells = require_cells(results, questions, days)
    noted = [day for day in days if day in results.manifest["horizons"]]
    points = [point for point, _ in list_points(results)]
    at_points = []
    for point in points:
        answers = read_outcomes(results, point, cells)
        known = [answers.holds, *([read_killed_of_all(results, point, noted)[1]] if noted else [])]
        at_points.append((answers, np.concatenate(known, axis=1, dtype=np.float64)))
    finished = intersect_finished([(answers.replicates, answers.failed) for answers, _ in at_points])
    refuse_few(results, finished)
    shared = finished.replicates
    names = [(cell.question, cell.day) for cell in cells] + [(KILLED_OF_ALL, day) for day in noted]
    values = np.array([rows[np.isin(answers.replicates, shared)] for answers, rows in at_points])
    return SharedOutcomes(points, shared, names, values)


def has_levers(results: Results) -> bool:
    """Return whether a sweep varies one thing, by levels that bundle several settings."""
    factors = list_factors(results)
    return len(factors) == 1 and "." not in factors[0]


def compute_levers(
    results: Results,
    against: str | None = None,
    questions: Sequence[str] | None = None,
    horizons: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return how each point differs from one of them, the first if none is named, and how sure its rank is.

    Of all questions where none is named, with the killed of all sides beside them; without blocks the committed table
    is read.
    """
    names = results.point_names
    places = {name: point for point, name in names.items()}
    if against is not None and against not in places:
        raise InputError.single("--against", "", f'there is no point "{against}"; {nearest(against, places)}')
    reference = next(iter(names)) if against is None else places[against]
    chosen = list_asked(results) if questions is None else questions
    wanted, days = check_choice(results, chosen, horizons)
    if not results.blocks:
        base = [names[reference]]
        may: dict[str, list[Any]] = {"against": base, "outcome": [*wanted, KILLED_OF_ALL], "horizon_days": days}
        must = combine_values(against=base, outcome=questions and wanted, horizon_days=days)
        return select_committed(results, LEVERS, may, must)
    outcomes = read_shared_outcomes(results, wanted, days)
    others = [point for point in outcomes.points if point != reference]
    if reference not in outcomes.points or not others or len(outcomes.replicates) < 2:
        raise InputError.single(results.path, "", "a comparison needs two points with at least two finished replicates")
    rows: list[dict[str, Any]] = []
    weights = draw_resamples(results.manifest["seed"], len(find_periods(outcomes.replicates)))
    base = outcomes.values[outcomes.points.index(reference)]
    for column, (outcome, day) in enumerate(outcomes.names):
        after = outcomes.values[[outcomes.points.index(point) for point in others], :, column]
        ranks = _ranks(after - base[:, column], outcomes.replicates, weights)
        for i, point in enumerate(others):
            row = {"scenario": results.name, "point": point, "lever": names[point], "against": names[reference]}
            row |= {"outcome": outcome, "horizon_days": day}
            compared = _compared(base[:, column], after[i], outcomes.replicates, is_paired(results))
            rows.append(row | compared | ranks[i])
    return pd.DataFrame(rows)


def _compared(before: Floats, after: Floats, replicates: Integers, paired: bool) -> dict[str, Any]:
    pair = pair_difference(before, after, replicates)
    half = reach() * pair.error(is_paired=paired)
    return pair.row(is_paired=paired) | {"low": pair.difference - half, "high": pair.difference + half}


def _ranks(differences: Floats, replicates: Integers, weights: Floats) -> list[dict[str, Any]]:
    """Return rank, its interval and the chance of each rank, for each point."""
    starts = find_periods(replicates)
    sums = np.add.reduceat(differences, starts, axis=1)
    # How many rows a resample has is the same for all points, so sums rank as means do.
    places = _places(weights @ sums.T)
    own = _places(differences.mean(axis=1)[None, :])[0]
    size = len(differences)
    low, high = np.quantile(places, _SPAN, axis=0, method="inverted_cdf").astype(int)
    chances = [(places == rank).mean(axis=0) for rank in range(1, size + 1)]
    return [
        {"rank": int(own[i]), "rank_low": int(low[i]), "rank_high": int(high[i])}
        | {f"chance_rank_{rank}": float(chance[i]) for rank, chance in enumerate(chances, start=1)}
        for i in range(size)
    ]


def _places(differences: Floats) -> Integers:
    """Return the place of each point in each row, from 1 for the one that lowers most; ties keep their order."""
    return np.asarray(differences.argsort(axis=1, kind="stable").argsort(axis=1) + 1)


LEVERS_TABLE: Final = ResultTable(
    name=LEVERS,
    row="how each point differs from one of them, history by history, with its rank",
    columns=(
        POINT,
        Column("lever", "", "short name of the point"),
        Column("against", "", "short name of the point that it is compared with"),
        *(OUTCOME, HORIZON, N),
        Column("first", "1 or persons", "odds, or mean killed, at the point that it is compared with"),
        Column("second", "1 or persons", "odds, or mean killed, with the lever"),
        Column("difference", "1 or persons", "second less first"),
        Column("se_paired", "1 or persons", "standard error of the difference under shared luck; nothing without it"),
        Column("se_independent", "1 or persons", "what it would be with different seeds at equal cost"),
        Column("factor", "1", "se_independent over se_paired"),
        Column("gain", "1", "its square: how many times more replicates different seeds would need"),
        Column("low", "1 or persons", "lower end of the 95 % interval of the difference"),
        Column("high", "1 or persons", "upper end of the interval"),
        Column("rank", "1", "place among the levers; 1 lowers the outcome most"),
        Column("rank_low", "1", "5 % of the ranks over resampled histories are at most this"),
        Column("rank_high", "1", "95 % of the ranks over resampled histories are at most this"),
        Column("chance_rank_<rank>", "1", "chance of the rank over resampled histories"),
    ),
    position=70,
    where="sweeps over one factor whose levels bundle several settings",
    compute=compute_levers,
    applies=lambda results: has_levers(results) and len(results.points) > 1 and is_comparable(results),
    presentation=Presentation(
        (LEVERS,),
        shown_by="table_sheets.levers",
        heading="What lowers the odds most",
        position=2,
        pictures=("what_if_pictures.lever_differences",),
    ),
)
