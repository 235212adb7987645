"""Odds with their intervals and what their uncertainty is made of, and the killed at every place.

An interval holds Monte Carlo error only. The uncertainty of parameters is inside the odds, because each replicate has
its own draw from the priors; the columns ``sd_`` say how far the odds would move if one knew more.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.results.analysis.variance_split import (
    PARTS,
    POLICIES,
    SPREAD,
    SPREAD_ERROR,
    UNRESOLVED,
    VarianceSplit,
    estimate_policy_spread,
    split_variance,
)
from sim.results.reading.design_columns import LABEL_COUNTS, find_drawn_labels
from sim.results.reading.question_outcomes import (
    Cell,
    QuestionOutcomes,
    check_choice,
    estimate_shares,
    list_places,
    list_points,
    read_finished,
    read_outcomes,
    refuse_days,
    require_cells,
)
from sim.results.reading.result_table import HORIZON, LABEL, POINT, QUESTION, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import read_cached, select_committed
from sim.sweeps.cluster_errors import estimate_error

ODDS: Final = "odds"
KILLED: Final = "killed"
VARIANCE: Final = "variance"
MONTE_CARLO: Final = "Monte Carlo"  # the kind of uncertainty that an interval holds

JUDGED: Final = "judgement_parameters"  # column of how many parameters rest on judgement
_COUNTED: Final = ("killed", "civilians")
_DEVIATIONS: Final = PARTS[:-1]
"""Parts whose standard deviation stands in the odds; the luck of single histories averages out."""

_COLUMNS: Final = [
    *("scenario", "point", "label", "question", "horizon_days", "n", "events", "failed", "estimate", "low", "high"),
    *("kind", "n_effective", "se_monte_carlo", *(f"sd_{part}{end}" for part in _DEVIATIONS for end in ("", "_se"))),
    *(SPREAD, SPREAD_ERROR, *(f"share_{part}" for part in PARTS), "share_error", UNRESOLVED, JUDGED),
]


def compute_odds(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return the odds of each question and outcome state at each point and horizon [days], in the order asked.

    What was kept of the blocks is read, else the rows are counted; without blocks the committed table is read. The
    answer to a question that is a state at the horizon, and the outcome states, are known at the horizons of the
    scenario only and are left out at others. Intervals stand on the effective number of replicates.
    """
    wanted, days = check_choice(results, questions, horizons)
    known = read_cached(results, ODDS) if results.blocks and set(days) <= set(results.manifest["horizons"]) else None
    if known is not None:
        table = _chosen(known, wanted, days)
    elif results.blocks:
        table, _ = _counted(results, require_cells(results, wanted, days))
    else:
        table = select_committed(results, ODDS, {"question": wanted, "horizon_days": days}).reindex(columns=_COLUMNS)
        table = _chosen(table, wanted, days)
    if table.empty:
        refuse_days(results, days)
    return table


def count_odds(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the odds as the rows say, and in a longer table the parts of their variance with their errors."""
    wanted, days = check_choice(results, questions, horizons)
    if not results.blocks:
        parts = select_committed(results, VARIANCE, {"question": wanted, "horizon_days": days})
        return compute_odds(results, questions, horizons), parts
    return _counted(results, require_cells(results, wanted, days))


def _chosen(table: pd.DataFrame, questions: Sequence[str], days: Sequence[int]) -> pd.DataFrame:
    """Return the rows asked for of a table of all questions and horizons, in the order in which they are asked for."""
    ranks = {cell: rank for rank, cell in enumerate(itertools.product(questions, days))}
    cells = zip(table["question"], table["horizon_days"], strict=True)
    ranked = table.assign(rank=[ranks.get(cell, -1) for cell in cells]).query("rank >= 0")
    return ranked.sort_values(["point", "rank"], ignore_index=True).drop(columns="rank")


def _counted(results: Results, cells: Sequence[Cell]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count the odds from the rows."""
    labels = dict(list_points(results))
    outcomes_of = {point: read_outcomes(results, point, cells) for point in labels}
    policies, policy_errors, unresolved = estimate_policy_spread(results, cells, outcomes_of)
    rest = {JUDGED: results.manifest.get(LABEL_COUNTS, {}).get("judgement")}
    rows: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for point, answers in outcomes_of.items():
        words = {"scenario": results.name, "point": point, "label": labels[point]}
        names = [words | {"question": cell.question, "horizon_days": cell.day} for cell in cells]
        made = split_variance(answers.holds, answers.replicates, find_drawn_labels(results, point))
        estimates = _estimates(answers, made)
        spreads = [{SPREAD: policies[i], SPREAD_ERROR: policy_errors[i]} for i in range(len(cells))]
        last = [spread | _shares(made, i, bool(unresolved[i])) | rest for i, spread in enumerate(spreads)]
        rows += [name | estimate | shares for name, estimate, shares in zip(names, estimates, last, strict=True)]
        keys = [{key: value for key, value in name.items() if key != "label"} for name in names]
        parts += [keys[i] | row for i in range(len(cells)) for row in _part_rows(made, i)]
    return pd.DataFrame(rows, columns=_COLUMNS), pd.DataFrame(parts)


def _estimates(answers: QuestionOutcomes, made: VarianceSplit) -> list[dict[str, Any]]:
    """Return estimate, interval and error of each cell."""
    rows = estimate_shares(answers.holds, answers.replicates)
    error = estimate_error(answers.holds, answers.replicates) if rows[0]["n"] else np.full(len(rows), np.nan)
    deviations, errors = made.deviations
    for i, row in enumerate(rows):
        row |= {"failed": answers.failed, "kind": MONTE_CARLO, "se_monte_carlo": error[i]}
        for place, part in enumerate(_DEVIATIONS):
            row |= {f"sd_{part}": deviations[place, i], f"sd_{part}_se": errors[place, i]}
    return rows


def _shares(made: VarianceSplit, cell: int, is_policy_unresolved: bool) -> dict[str, Any]:
    """Return the shares that are resolved, the largest of their errors, and the names of the others."""
    resolved = made.resolved[:, cell]
    share = np.where(resolved, made.share[:, cell], np.nan)
    error = float(made.share_error[resolved, cell].max()) if resolved.any() else np.nan
    blank = [part for part, is_known in zip(PARTS, resolved, strict=True) if not is_known]
    words = {"share_error": error, UNRESOLVED: ", ".join([*blank, POLICIES] if is_policy_unresolved else blank)}
    return {f"share_{part}": float(share[row]) for row, part in enumerate(PARTS)} | words


def _part_rows(made: VarianceSplit, cell: int) -> list[dict[str, Any]]:
    share, error = (np.where(made.resolved, values, np.nan) for values in (made.share, made.share_error))
    told = {"variance": made.variance, "se": made.error, "share": share, "share_se": error, "resolved": made.resolved}
    return [{"part": part} | {name: of[row, cell] for name, of in told.items()} for row, part in enumerate(PARTS)]


def compute_killed(results: Results, horizons: Sequence[int] | None = None) -> pd.DataFrame:
    """Return the killed at every place by point and horizon [days], as they were kept, counted or committed."""
    days = [day for day in results.manifest["horizons"] if horizons is None or day in horizons]
    known = read_cached(results, KILLED) if results.blocks else results.read_table(KILLED)
    if known is None:
        return count_killed(results, days)
    return known[known["horizon_days"].isin(days)].reset_index(drop=True)


def count_killed(results: Results, horizons: Sequence[int] | None = None) -> pd.DataFrame:
    """Return the table of `compute_killed` as the rows say, or as it was committed where there are none."""
    days = results.manifest["horizons"] if horizons is None else horizons
    if not results.blocks:
        return compute_killed(results, horizons)
    counted = [*itertools.product(list_places(results), _COUNTED, days)]
    names = {(location, part, day): f"{part}_{location}_at_{day}" for location, part, day in counted}
    rows: list[dict[str, Any]] = []
    for point, label in list_points(results):
        frame, _ = read_finished(results, point, list(names.values()))
        for (location, part, day), name in names.items():
            row = {"scenario": results.name, "point": point, "label": label, "location": location, "counted": part}
            row |= {"horizon_days": day, "n": len(frame)}
            rows.append(row | killed_quantiles(frame[name].to_numpy()))
    return pd.DataFrame(rows)


def killed_quantiles(values: npt.NDArray[Any]) -> dict[str, int | None]:
    """Return quantiles that are values which occurred: nobody is killed by a fraction."""
    if not values.size:
        return {"q05": None, "median": None, "q95": None}
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), method="inverted_cdf")
    return {"q05": int(low), "median": int(middle), "q95": int(high)}


ODDS_TABLE: Final = ResultTable(
    name=ODDS,
    row="odds of each question and outcome state at each point and horizon",
    columns=(
        *(POINT, LABEL, QUESTION, HORIZON, N),
        Column("events", "1", "replicates in which it happened"),
        Column("failed", "1", "replicates that did not finish and are not in the odds"),
        Column("estimate", "1", "odds: share of the replicates in which it happened"),
        Column("low", "1", "lower end of the 95 % Wilson interval, Monte Carlo error only"),
        Column("high", "1", "upper end of the interval"),
        Column("kind", "", "what the interval holds"),
        Column("n_effective", "1", "independent replicates that would tell the odds as exactly"),
        Column("se_monte_carlo", "1", "Monte Carlo error of the odds"),
        Column("sd_<part>", "1", "standard deviation of the odds over what is not known: informed, literature, …"),
        Column("sd_<part>_se", "1", "standard error of that deviation"),
        Column("share_error", "1", "largest standard error of the shares beside it"),
        Column("share_<part>", "1", "share of the variance of single histories"),
        Column(UNRESOLVED, "", "parts that the replicates do not resolve: share and sd of these are missing"),
        Column(JUDGED, "1", "parameters of the scenario that rest on judgement"),
    ),
    position=10,
    compute=count_odds,
    part=0,
    committed=compute_odds,
    presentation=Presentation(
        (ODDS,),
        shown_by="odds_sheets.odds",
        heading="Odds",
        position=1,
        page_sheets="odds_sheets.whole_sheets",
        pictures=("odds_pictures.rests_on", "what_if_pictures.what_ifs"),
        notes_heading="What this rests on",
    ),
)
VARIANCE_TABLE: Final = ResultTable(
    name=VARIANCE,
    row="parts of the variance of single histories, for each question, point and horizon",
    columns=(
        *(POINT, QUESTION, HORIZON),
        Column("part", "", "parameters of a label, several labels together only (interaction), or luck"),
        Column("variance", "1", "variance of single outcomes that the part explains; may lie below 0 by chance"),
        Column("se", "1", "standard error of the variance"),
        Column("share", "1", "share of the whole variance; missing where it is not resolved"),
        Column("share_se", "1", "standard error of the share"),
        Column("resolved", "", "whether the share is told from nothing, at most 1, and known to 25 points, with 95 %"),
    ),
    position=11,
    compute=count_odds,
    part=1,
    committed=lambda results: select_committed(results, VARIANCE, {}),
)
KILLED_TABLE: Final = ResultTable(
    name=KILLED,
    row="killed at each place, point and horizon",
    columns=(
        *(POINT, LABEL),
        Column("location", "", "place"),
        Column("counted", "", "killed, or civilians among them"),
        *(HORIZON, N),
        Column("q05", "persons", "5 % of the replicates have at most as many"),
        Column("median", "persons", "half of the replicates have at most as many"),
        Column("q95", "persons", "95 % of the replicates have at most as many"),
    ),
    position=20,
    compute=count_killed,
    presentation=Presentation((KILLED,), shown_by="odds_sheets.killed", has_notes=False, heading="Killed", position=11),
)
