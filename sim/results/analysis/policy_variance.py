"""The part of the uncertainty that lies in the choice of policies: how far odds differ between pairs of them.

A sweep that varies the policies of parties tells it itself. For any other folder it is read from the structural sweep
that lies beside it, if that was run over the same theatre: nobody knows the policies there either.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats
from sim.core.errors import InputError
from sim.results.analysis.variance_split import centre_within, estimate_spread, find_deviations, is_told
from sim.results.reading.design_columns import read_design
from sim.results.reading.finished_replicates import intersect_finished
from sim.results.reading.question_outcomes import Cell, QuestionOutcomes
from sim.results.reading.store import STRUCTURAL, Results

SPREAD: Final = "sd_policies"  # column of the odds that holds the standard deviation over policies
SPREAD_ERROR: Final = "sd_policies_se"  # column that holds its standard error
UNRESOLVED: Final = "unresolved"
"""Column of the odds that names the parts of their uncertainty that the replicates cannot resolve."""
POLICIES: Final = "policies"
_ODDS: Final = "odds"
Spread = tuple[Floats, Floats, Flags]  # standard deviations, their errors, and where they are not resolved


def list_policy_factors(results: Results) -> list[str]:
    """Return the factors of a sweep that are the whole policy of a party or dyad."""
    return [name for name in results.points.columns if name.startswith("policy.") and name.count(".") == 1]


def estimate_policy_spread(results: Results, cells: Sequence[Cell], outcomes: dict[int, QuestionOutcomes]) -> Spread:
    """Return the standard deviation of the odds over policies, its error, and where it is unresolved.

    Monte Carlo error is taken out.

    Each of shape (n_cells,). NaN where it is not resolved, nothing tells it, or too few replicates finished everywhere.
    """
    # Where points are sampled, none differ by their policies alone.
    if list_policy_factors(results) and not read_design(results).is_sampled:
        return _own(results, cells, outcomes)
    return _of_sibling(results, cells)


def _own(results: Results, cells: Sequence[Cell], outcomes: dict[int, QuestionOutcomes]) -> Spread:
    finished = intersect_finished([(at_point.replicates, at_point.failed) for at_point in outcomes.values()])
    replicates = finished.replicates
    if len(outcomes) < 2 or len(replicates) < 2 or not finished.is_enough:
        return _unknown(len(cells))
    values = np.array(
        [at_point.holds[np.isin(at_point.replicates, replicates)] for at_point in outcomes.values()], dtype=np.float64
    )
    chosen = list_policy_factors(results)
    others = [name for name in results.points.columns if name not in ("point", "label", *chosen)]
    rows = results.points.set_index("point").loc[list(outcomes), others]
    groups = [tuple(row) for row in rows.itertuples(index=False)]
    variance, error = estimate_spread(values, replicates, centre_within(groups))
    told = is_told(variance, error)
    return *find_deviations(variance, error, told), ~told


def _unknown(n_cells: int) -> Spread:
    return np.full(n_cells, np.nan), np.full(n_cells, np.nan), np.zeros(n_cells, dtype=np.bool_)


def _of_sibling(results: Results, cells: Sequence[Cell]) -> Spread:
    with suppress(InputError):
        if (sibling := open_structural(results)) is not None:
            table = sibling.read_table(_ODDS).drop_duplicates(["question", "horizon_days"])
            keys = [(cell.question, cell.day) for cell in cells]
            known = table.set_index(["question", "horizon_days"]).reindex(
                keys, columns=[SPREAD, SPREAD_ERROR, UNRESOLVED]
            )
            named = known[UNRESOLVED].fillna("").str.contains(POLICIES)
            return *known[[SPREAD, SPREAD_ERROR]].to_numpy(dtype=np.float64).T, named.to_numpy(dtype=np.bool_)
    return _unknown(len(cells))


def open_structural(results: Results) -> Results | None:
    """Return the structural sweep that lies beside a results folder, if it was run over the same theatre."""
    path = results.path.parent / STRUCTURAL
    try:
        sibling = Results.open(path)
    except InputError:
        return None
    ours, theirs = (folder.manifest.get("resolved", {}).get("theatre") for folder in (results, sibling))
    return sibling if ours is not None and ours == theirs else None
