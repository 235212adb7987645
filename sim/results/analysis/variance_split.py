"""Split the variance of outcomes into its parts, by the draws that replicates share.

A replicate's outcome Y hangs on the parameters of each label (`LABELS`), and on the luck of its history. The replicates
of a period share draws by design (`sim.scenario.prior_draws`), so the covariance between two of its places is a
variance of the conditional mean: over all parameters between places 0 and 1, over those of one label between 0 or 1
and the place of the label (pick and freeze: Sobol 1993; Janon et al. 2014). What several together do beyond the sum of
each is their interaction, and what no parameter explains is the luck of single histories. A part that no drawn
parameter makes is 0 without error.

Covariances are sample covariances of periods, so they have no bias however rare the outcome is, and an estimate of a
part that is close to nothing may come out below 0. It is kept as it is in ``variance``; a reader is shown a share or a
standard deviation that is resolved, or that it is not (`VarianceSplit.resolved`). Errors are jackknifed over periods.
Of events too rare to come twice in a pair of replicates the jackknife sees nothing and would call the parts exact, so
the error also holds what one such pair more would change. That of a standard deviation follows to first order.

The choice of policies is a further part. A sweep that varies the policies of parties tells it itself; for any other
folder it is read from the structural sweep that lies beside it, if that was run over the same theatre: nobody knows the
policies there either.

References
----------
.. [1] Sobol, I. M. (1993). Sensitivity estimates for nonlinear mathematical models. Mathematical Modelling and
       Computational Experiments 1, 407-414.
.. [2] Janon, A., Klein, T., Lagnoux, A., Nodet, M., Prieur, C. (2014). Asymptotic normality and efficiency of two Sobol
       index estimators. ESAIM: Probability and Statistics 18, 342-364. https://doi.org/10.1051/ps/2013040
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist
from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats, Integers
from sim.core.errors import InputError
from sim.core.intervals import CONFIDENCE
from sim.results.reading.design_columns import read_design
from sim.results.reading.question_outcomes import Cell, QuestionOutcomes, intersect_finished
from sim.results.reading.store import STRUCTURAL, Results
from sim.scenario.shared_draws import LABELS, PERIOD, PLACES
from sim.sweeps.cluster_errors import Numbers, find_clusters, find_periods, measure_influences


def estimate_spread(values: Numbers, replicates: Integers, projection: Floats) -> tuple[Floats, Floats]:
    """Return the variance of means over points, and its standard error, each of shape (n_cells,).

    Of values (n_points, n_replicates, n_cells) of the same replicates at every point: the mean square of the means
    under a projection (n_points, n_points), such as `centre_within`, less what Monte Carlo error makes of it; it may
    lie below 0. The error is jackknifed over periods.
    """
    means = values.mean(axis=1)
    starts = find_clusters(replicates)
    noise = np.array([measure_influences(at_point, starts) for at_point in values])
    seen = np.einsum("pq,qkc->pkc", projection, noise)
    variance = ((projection @ means) ** 2).mean(axis=0) - (seen**2).sum(axis=1).mean(axis=0)
    return variance, _error(values, replicates, projection)


def _error(values: Numbers, replicates: Integers, projection: Floats) -> Floats:
    """Return the standard error of the mean square of projected means, by leaving out a period in turn."""
    starts = find_periods(replicates)
    n_periods = len(starts)
    if n_periods < 2:
        return np.full(values.shape[2], np.nan)
    sums = np.add.reduceat(values.astype(np.float64), starts, axis=1)
    sizes = np.diff(starts, append=len(replicates))
    left = (sums.sum(axis=1, keepdims=True) - sums) / (len(replicates) - sizes)[None, :, None]
    squares = (np.einsum("pq,qkc->pkc", projection, left) ** 2).mean(axis=0)
    error: Floats = _jackknife(squares[None])[0]
    return error


def is_told(values: Floats, errors: Floats) -> Flags:
    """Return which of some variances or shares are told from nothing with 95 %; none whose error is not known."""
    return np.asarray(values > _REACH * errors)


def is_resolved(shares: Floats, errors: Floats) -> Flags:
    """Return which shares of a variance are told from nothing, are none above 1, and are known to a quarter of it."""
    return is_told(shares, errors) & (shares <= 1.0) & (_REACH * errors <= _WIDEST)


def centre_within(groups: Sequence[Hashable]) -> Floats:
    """Return the projection that takes from each point the mean of the points of its group."""
    return np.eye(len(groups)) - average_within(groups)


def average_within(groups: Sequence[Hashable]) -> Floats:
    """Return the projection that puts the mean of its group in the place of each point."""
    same = np.array([[float(group == other) for other in groups] for group in groups])
    projection: Floats = same / same.sum(axis=1, keepdims=True)
    return projection


PARTS: Final = ("informed", "literature", "judgement", "interaction", "luck")
"""Parts of the variance of an outcome, in this order everywhere."""
_SHARED: Final = {0: {*LABELS}, 1: {*LABELS}} | {place: {label} for label, place in PLACES.items()}  # labels by place
_FEWEST_CELLS: Final = 4
_REACH: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)  # standard errors to the end of a 95 % interval
_WIDEST: Final = 0.25  # half of the 95 % interval of a share from which it says too little to be shown


@dataclass(frozen=True)
class VarianceSplit:
    """Parts of the variance of outcomes; every array has shape (n_parts, n_cells), in the order of `PARTS`."""

    variance: Floats  # estimate, which may lie below 0, and its standard error; NaN where there are too few replicates
    error: Floats
    share: Floats  # the same over the whole variance; NaN where the outcome does not vary
    share_error: Floats
    exact: tuple[bool, ...] = (False,) * len(PARTS)  # parts known without error, as no drawn parameter makes them

    @property
    def resolved(self) -> Flags:
        """Whether a part is known well enough to be shown."""
        told = is_resolved(self.share, self.share_error)
        return np.where(np.array(self.exact)[:, None], ~np.isnan(self.share), told)

    @property
    def deviations(self) -> tuple[Floats, Floats]:
        """Standard deviations and their standard errors; NaN where the part is not resolved."""
        return find_deviations(self.variance, self.error, self.resolved)


def find_deviations(variances: Floats, errors: Floats, told: Flags) -> tuple[Floats, Floats]:
    """Return the standard deviations of variances that are told, and their standard errors; NaN for the others."""
    deviations = np.sqrt(np.where(told, variances, np.nan))
    return deviations, errors / np.where(deviations == 0, 1.0, 2 * deviations)


def split_variance(values: Numbers, replicates: Integers, drawn: Collection[str] | None = LABELS) -> VarianceSplit:
    """Split the variance of outcomes (n_replicates, n_cells) by the labels that are drawn; all is luck where none is.

    Unknown where there is no replicate, or the labels are not known.
    """
    n_cells = values.shape[1]
    if drawn is None or not len(replicates):
        return VarianceSplit(*np.full((4, len(PARTS), n_cells), np.nan))
    # A few cells at a time: the sums of a million replicates in all cells at once would not fit.
    some = np.array_split(np.arange(n_cells), max(1, n_cells // _FEWEST_CELLS))
    made = [_split_cells(values[:, cells], replicates, drawn) for cells in some]
    exact = (*(label not in drawn for label in LABELS), len(drawn) < 2, not drawn)
    variance, error, share, share_error = (np.concatenate(part, axis=1) for part in zip(*made, strict=True))
    known = np.array(exact)[:, None]
    return VarianceSplit(
        variance, np.where(known, 0.0, error), share, np.where(known, abs(0.0 * share), share_error), exact
    )


def _split_cells(values: Numbers, replicates: Integers, drawn: Collection[str]) -> tuple[Floats, ...]:
    """Return the parts of the variance with their errors, then their shares with theirs."""
    period = replicates // PERIOD - replicates.min() // PERIOD
    shape = (int(period.max()) + 1, PERIOD)
    there, outcome = np.zeros((*shape, 1)), np.zeros((*shape, values.shape[1]))
    cell = period, replicates % PERIOD
    there[cell], outcome[cell] = 1.0, values
    filled = there.any(axis=(1, 2))
    there, outcome = there[filled], outcome[filled]
    one_more = float(values.dtype == np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        n, plain, squares = (_leave_out(kind.sum(axis=1)) for kind in (there, outcome, outcome**2))
        whole = (squares / n - (plain / n) ** 2) * n / (n - 1)
        wanted = [{label} for label in LABELS] + [{*LABELS}]
        covariances, pairs = zip(*(_share_draws(there, outcome, labels, drawn) for labels in wanted), strict=True)
        *single, both = covariances
        parts = np.array([*single, both - sum(single) if len(drawn) > 1 else np.zeros_like(both), whole - both])
        slack = one_more / np.array([*pairs, pairs[-1]])[:, None]
        # Rounding leaves a hair of variance where an outcome never varies.
        shares = np.where(whole > 1e-12 * (1 + (plain / n) ** 2), parts / whole, np.nan)
        error = np.hypot(_jackknife(parts[:, 1:]), slack)
        return parts[:, 0], error, shares[:, 0], np.hypot(_jackknife(shares[:, 1:]), slack / whole[0])


def _jackknife(apart: Floats) -> Floats:
    """Return the standard errors of estimates from those with each period left out, (n_parts, n_periods, n_cells)."""
    centred, n_periods = apart - apart.mean(axis=1, keepdims=True), apart.shape[1]
    error: Floats = np.sqrt((n_periods - 1) / n_periods * (centred**2).sum(axis=1))
    return error


def _leave_out(of_periods: Floats) -> Floats:
    """Return a sum over all periods, then that with each left out in turn, shape (1 + n_periods, n_cells)."""
    total = of_periods.sum(axis=0, keepdims=True)
    return np.concatenate([total, total - of_periods])


def _share_draws(there: Floats, outcome: Floats, labels: set[str], drawn: Collection[str]) -> tuple[Floats, float]:
    """Return the covariance of places that share the parameters of some labels and no others, and its free pairs.

    Of what is there and of outcomes (n_periods, PERIOD, ...), as `_leave_out` gives sums; 0 where no label is drawn.
    """
    wanted = labels & {*drawn}
    spread = np.zeros((1 + len(outcome), outcome.shape[2]))
    free = np.full((1 + len(outcome), 1), 0.0 if wanted else np.inf)
    for a, b in combinations(_SHARED, 2) if wanted else ():
        if _SHARED[a] & _SHARED[b] & {*drawn} == wanted:
            both = there[:, a] * there[:, b]
            first, second = both * outcome[:, a], both * outcome[:, b]
            n, one, other, products = (_leave_out(kind) for kind in (both, first, second, first * second))
            spread = spread + products - one * other / np.maximum(n, 1)
            free = free + np.maximum(n - 1, 0)
    return spread / free, float(free[0, 0])


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
            keys, columns = [(cell.question, cell.day) for cell in cells], [SPREAD, SPREAD_ERROR, UNRESOLVED]
            known = table.set_index(["question", "horizon_days"]).reindex(keys, columns=columns)
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
