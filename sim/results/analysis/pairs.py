"""The structural sweep: odds of every pair of policies, their spread, and the regret of each policy.

Regret is taken history by history, under the luck that all pairs share: the outcome under a policy less the least that
any policy of the same party would have given in that history, the opponent's policy held (Savage 1951; Lempert et al.
2006). The best policy of a history is known only afterwards, so regret is above 0 even for a policy that is best on
average; what compares policies is whose regret is less.

References
----------
.. [1] Savage, L. J. (1951). The theory of statistical decision. JASA 46(253), 55-67.
.. [2] Lempert, R. J., Groves, D. G., Popper, S. W., Bankes, S. C. (2006). A general, analytic method for generating
       robust strategies and narrative scenarios. Management Science 52(4), 514-528.
       https://doi.org/10.1287/mnsc.1050.0472
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.errors import InputError
from sim.core.intervals import interval
from sim.results.analysis.levers import KILLED_OF_ALL, SharedOutcomes, read_shared_outcomes
from sim.results.analysis.variance_split import (
    average_within,
    centre_within,
    estimate_spread,
    is_told,
    list_policy_factors,
)
from sim.results.reading.design_columns import read_design
from sim.results.reading.question_outcomes import check_choice, is_comparable
from sim.results.reading.result_table import BOUNDS, HORIZON, OUTCOME, POINT, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.table_cache import combine_values, select_committed
from sim.scenario.design import FULL_FACTORIAL
from sim.sweeps.cluster_errors import estimate_error, estimate_size

PAIRS: Final = "pairs"
SPREADS: Final = "spread"
REGRET: Final = "regret"
ANY: Final = "any"  # opponent's policy in the rows of regret over all of them alike
_WARS: Final = ("war", "regional_war", "general_war")
_QUANTILE: Final = 0.9


def has_pairs(results: Results) -> bool:
    """Return whether a sweep goes through all pairs of policies of two parties and varies nothing else."""
    is_whole = read_design(results).kind == FULL_FACTORIAL
    return is_whole and len(list_policy_factors(results)) == 2 and len(results.points.columns) == 4


def compute_pairs(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the odds of every pair of policies, their spread, and the regret of each policy.

    Of the wars where no question is named, with the killed of all sides beside them; without blocks the committed
    tables are read. Another sweep, or one with too few finished replicates, is refused.
    """
    if not has_pairs(results):
        raise InputError.single(results.path, "", "this sweep varies more or less than the policies of two parties")
    wars = [question["id"] for question in results.manifest["questions"] if question["kind"] in _WARS]
    wanted, days = check_choice(results, wars if questions is None else questions, horizons)
    if not results.blocks:
        may: dict[str, list[Any]] = {"outcome": [*wanted, KILLED_OF_ALL], "horizon_days": days}
        must = combine_values(outcome=questions and wanted, horizon_days=days)
        first, second, third = (select_committed(results, name, may, must) for name in (PAIRS, SPREADS, REGRET))
        return first, second, third
    outcomes = read_shared_outcomes(results, wanted, days)
    if results.replicates_done < results.replicates_wanted or len(outcomes.replicates) < 2:
        raise InputError.single(results.path, "", "pairs are compared once the sweep is finished; run it again")
    return _odds(results, outcomes), _spreads(results, outcomes), _regret(results, outcomes)


def _odds(results: Results, outcomes: SharedOutcomes) -> pd.DataFrame:
    factors = list_policy_factors(results)
    levels = results.points.set_index("point")[factors]
    rows: list[dict[str, Any]] = []
    for point, values in zip(outcomes.points, outcomes.values, strict=True):
        size, error = estimate_size(values, outcomes.replicates), estimate_error(values, outcomes.replicates)
        for column, (outcome, day) in enumerate(outcomes.names):
            mean = float(values[:, column].mean())
            # The mean number killed is no share: its interval is left out, its error is not.
            low, high = (None, None) if outcome == KILLED_OF_ALL else interval(mean * size[column], size[column])
            row: dict[str, Any] = {"scenario": results.name, "point": point}
            row |= dict(zip(factors, levels.loc[point], strict=True))
            row |= {"outcome": outcome, "horizon_days": day, "n": len(outcomes.replicates), "estimate": mean}
            rows.append(row | {"low": low, "high": high, "se": float(error[column])})
    return pd.DataFrame(rows)


def _spreads(results: Results, outcomes: SharedOutcomes) -> pd.DataFrame:
    factors = list_policy_factors(results)
    levels = results.points.set_index("point").loc[outcomes.points, factors]
    whole = centre_within([0] * len(outcomes.points))
    own = [average_within(levels[factor].tolist()) @ whole for factor in factors]
    projections = {**dict(zip(factors, own, strict=True)), "interplay": whole - own[0] - own[1], "all pairs": whole}
    values, which = outcomes.values, outcomes.replicates
    parts = {name: estimate_spread(values, which, projection) for name, projection in projections.items()}
    told = {name: is_told(variance, error) for name, (variance, error) in parts.items()}
    total = parts["all pairs"][0]
    rows: list[dict[str, Any]] = []
    for column, (outcome, day) in enumerate(outcomes.names):
        for name, (variance, error) in parts.items():
            row = {"scenario": results.name, "part": name, "outcome": outcome, "horizon_days": day}
            is_known = bool(told[name][column])
            row |= {"variance": variance[column], "se": error[column]}
            row |= {"sd": np.sqrt(variance[column]) if is_known else None}
            is_share = is_known and told["all pairs"][column]
            rows.append(row | {"share": variance[column] / total[column] if is_share else None, "resolved": is_known})
    return pd.DataFrame(rows)


def _regret(results: Results, outcomes: SharedOutcomes) -> pd.DataFrame:
    factors = list_policy_factors(results)
    levels = results.points.set_index("point").loc[outcomes.points, factors]
    names = [list(dict.fromkeys(levels[factor])) for factor in factors]
    grid = outcomes.values.reshape(len(names[0]), len(names[1]), *outcomes.values.shape[1:])
    rows: list[dict[str, Any]] = []
    for side, factor in enumerate(factors):
        # Shape (policy, opponent's policy, replicate, cell).
        values = np.moveaxis(grid, side, 0)
        regret = values - values.min(axis=0)
        alone = (regret == 0) & ((regret == 0).sum(axis=0) == 1)
        for own, policy in enumerate(names[side]):
            for other, opponent in enumerate([*names[1 - side], ANY]):
                chosen = slice(None) if opponent == ANY else slice(other, other + 1)
                words = {"scenario": results.name, "factor": factor, "policy": policy, "opponent": opponent}
                rows += [words | row for row in _regret_rows(outcomes, regret[own, chosen], alone[own, chosen])]
    return pd.DataFrame(rows)


def _regret_rows(outcomes: SharedOutcomes, regret: Floats, alone: Any) -> list[dict[str, Any]]:
    """Return what is told of the regret of a policy, shape of which is (opponent's policy, replicate, cell)."""
    error = estimate_error(regret.mean(axis=0), outcomes.replicates)
    high = np.quantile(regret, _QUANTILE, axis=(0, 1), method="inverted_cdf")
    return [
        {
            "outcome": outcome,
            "horizon_days": day,
            "mean": regret[..., column].mean(),
            "se": error[column],
            "q90": high[column],
            "best": (regret[..., column] == 0).mean(),
            "best_alone": alone[..., column].mean(),
        }
        for column, (outcome, day) in enumerate(outcomes.names)
    ]


_SHARED: Final[dict[str, Any]] = {
    "compute": compute_pairs,
    "applies": lambda results: has_pairs(results) and is_comparable(results),
    "where": "full factorial sweeps over the policies of two parties",
    "presentation": Presentation(
        (PAIRS, SPREADS, REGRET),
        shown_by="table_sheets.pairs",
        heading="Pairs of policies",
        position=3,
        pictures=("what_if_pictures.pairs_grid", "what_if_pictures.regret_grid"),
    ),
}
"""What the three tables have in common."""
PAIRS_TABLE: Final = ResultTable(
    name=PAIRS,
    row="odds of every pair of policies",
    columns=(
        POINT,
        Column("policy.<party>", "", "policy of one of the two parties"),
        *(OUTCOME, HORIZON, N),
        Column("estimate", "1 or persons", "odds, or mean killed"),
        *BOUNDS,
        Column("se", "1 or persons", "Monte Carlo error"),
    ),
    position=90,
    part=0,
    **_SHARED,
)
SPREAD_TABLE: Final = ResultTable(
    name=SPREADS,
    row="how far the odds of pairs of policies differ",
    columns=(
        Column("part", "", "the policy of one party, the interplay of both, or all pairs"),
        *(OUTCOME, HORIZON),
        Column("variance", "1 or persons²", "variance over the pairs, Monte Carlo error taken out; may lie below 0"),
        Column("se", "1 or persons²", "standard error of the variance"),
        Column("sd", "1 or persons", "its root; missing where it is not resolved"),
        Column("share", "1", "share of the variance over all pairs"),
        Column("resolved", "", "whether the variance is told from nothing, with 95 %"),
    ),
    position=91,
    part=1,
    **_SHARED,
)
REGRET_TABLE: Final = ResultTable(
    name=REGRET,
    row="regret of each policy: its outcome less the least that any policy of the party gives in the same history",
    columns=(
        Column("factor", "", "whose policy"),
        Column("policy", "", "the policy"),
        Column("opponent", "", "policy of the other party, or any of them"),
        *(OUTCOME, HORIZON),
        Column("mean", "1 or persons", "mean regret"),
        Column("se", "1 or persons", "its Monte Carlo error"),
        Column("q90", "1 or persons", "90 % quantile of regret"),
        Column("best", "1", "share of the histories in which no policy does better"),
        Column("best_alone", "1", "share in which every other one does worse"),
    ),
    position=92,
    part=2,
    **_SHARED,
)
