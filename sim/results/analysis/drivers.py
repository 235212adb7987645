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

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.core.parameters import ASSUMPTION
from sim.results.analysis.cluster_errors import Numbers, cluster_starts, effective_size
from sim.results.reading.design_columns import laws_at
from sim.results.reading.question_outcomes import Cell, answerable, checked, finished, known_cells, points_of
from sim.results.reading.store import Results
from sim.results.reading.table_cache import every, rows_beside
from sim.sweeps.blocks import INPUT

DRIVERS: Final = "drivers.csv"
TOP: Final = 10
"""Parameters that are listed for each outcome."""
_MOST_CLASSES: Final = 10
_LEAST_IN_CLASS: Final = 20
_FALSE: Final = 0.05
_REPEATS: Final = re.compile(r"same_as\(key ([^,]+),")
_CLEAR: Final = 2.0
"""Standard errors by which the odds in the outer thirds must differ for a direction to be told."""


@dataclass(frozen=True)
class _Seen:
    """Outcomes and inputs of the replicates of a point that finished.

    Parameters
    ----------
    inputs : dict of str to ndarray, shape (n_replicates,)
        By key path.
    holds : ndarray of float, shape (n_replicates, n_cells)
        Whether it happened, as 0 or 1.
    cluster : ndarray of int, shape (n_replicates,)
        Cluster of each replicate.
    size : ndarray of float, shape (n_cells,)
        Effective number of replicates.
    """

    inputs: dict[str, Numbers]
    holds: Floats
    cluster: Integers
    size: Floats


def classes_of(values: Numbers) -> Integers:
    """Return the class of each replicate by its value of a parameter: its value, or its tenth where values are many.

    Parameters
    ----------
    values : ndarray, shape (n_replicates,)
        Values of a parameter.
    """
    size = max(2, min(_MOST_CLASSES, len(values) // _LEAST_IN_CLASS))
    different, place = np.unique(values, return_inverse=True)
    if len(different) <= size:
        return np.asarray(place)
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return rank * size // len(values)


def explained_variance(outcomes: Floats, classes: Integers, cluster: Integers) -> Floats:
    """Return the variance of the class means, with what chance makes of it taken out.

    Parameters
    ----------
    outcomes : ndarray of float, shape (n_replicates, n_cells)
        Outcomes.
    classes : ndarray of int, shape (n_replicates,)
        Class of each replicate, from 0 without gaps.
    cluster : ndarray of int, shape (n_replicates,)
        Cluster of each replicate, from 0 without gaps, rising.

    Returns
    -------
    ndarray of float, shape (n_cells,)
        Variance; may lie below 0.
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
    found: Floats = ((sizes * means**2).sum(axis=0) - noise.sum(axis=0)) / n + whole
    return found


def thirds(outcomes: Floats, values: Numbers, cluster: Integers) -> tuple[float, float, float]:
    """Return the mean outcome in the lowest and the highest third of a parameter, and the error of their difference.

    Parameters
    ----------
    outcomes : ndarray of float, shape (n_replicates,)
        Outcomes.
    values : ndarray, shape (n_replicates,)
        Values of the parameter; where it has few values, a third is the lowest or highest of them.
    cluster : ndarray of int, shape (n_replicates,)
        Cluster of each replicate.
    """
    edges = np.quantile(values, (1 / 3, 2 / 3), method="inverted_cdf")
    low = values <= edges[0]
    high = values > edges[1] if np.any(values > edges[1]) else values >= edges[1]
    means = float(outcomes[low].mean()), float(outcomes[high].mean())
    pull = high * (outcomes - means[1]) / high.sum() - low * (outcomes - means[0]) / low.sum()
    return *means, float(np.sqrt((np.bincount(cluster, weights=pull) ** 2).sum()))


def drivers(
    results: Results, questions: Sequence[str] | None = None, horizons: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return the ten parameters that move each outcome most, over all points together.

    Parameters
    ----------
    results : Results
        A results folder. Without blocks its committed table is read.
    questions : sequence of str, optional
        Ids of questions and states; all questions, and no states, without them.
    horizons : sequence of int, optional
        Days; those of the scenario without them.

    Returns
    -------
    DataFrame
        Columns scenario, question, horizon_days, rank, parameter, repeated_by, points, share, share_by_chance,
        direction, odds_low_third, odds_high_third, basis, source. ``share`` is of the variance of the outcome,
        ``share_by_chance`` what the largest share of all parameters would stay below, with 95 %, if none had any effect
        (Bonferroni): a smaller one cannot be told from none. ``repeated_by`` counts the
        parameters whose value is that of this one; they are not listed again.

    Raises
    ------
    InputError
        If a question or a horizon does not exist.
    """
    asked = [one["id"] for one in results.manifest["questions"]] if questions is None else questions
    wanted, days = checked(results, asked, horizons)
    if not results.blocks:
        return _committed(results, wanted, days)
    cells = known_cells(results, wanted, days)
    sources = sources_of(results)
    repeated = Counter(repeats(results, points_of(results)[0][0]).values())
    # Point after point, and what is listed once more: all parameters of all points at once would not fit a large sweep.
    shares, chance, numbers = _shares(_every_point(results, cells), len(cells))
    listed = [_listed(shares, place) for place in range(len(cells))]
    seen = list(_every_point(results, cells, {key for keys in listed for key in keys}))
    rows: list[dict[str, Any]] = []
    for place, cell in enumerate(cells):
        for rank, key in enumerate(listed[place], start=1):
            row = {"scenario": results.name, "question": cell.question, "horizon_days": cell.day, "rank": rank}
            row |= {"parameter": key, "repeated_by": repeated[key], "points": numbers[key], "share": shares[key][place]}
            row |= {"share_by_chance": chance[key][place]} | _direction(seen, key, place)
            source = sources.get(key, "")
            row |= {"basis": "assumed" if source.startswith(ASSUMPTION) else "calibrated", "source": source}
            rows.append(row)
    return pd.DataFrame(rows, columns=_COLUMNS)


def _committed(results: Results, questions: Sequence[str], days: Sequence[int]) -> pd.DataFrame:
    asked, noted = {one["id"] for one in results.manifest["questions"]}, set(results.manifest["horizons"])
    # The table is made of all questions at all horizons, so one of these without a row is a finding: nothing moves it.
    named = every(question=questions, horizon_days=days)
    must = [one for one in named if one["question"] not in asked or one["horizon_days"] not in noted]
    return rows_beside(results, DRIVERS, {"question": questions, "horizon_days": days}, must)


_COLUMNS: Final = [
    *("scenario", "question", "horizon_days", "rank", "parameter", "repeated_by", "points", "share"),
    *("share_by_chance", "direction", "odds_low_third", "odds_high_third", "basis", "source"),
]


def sources_of(results: Results) -> dict[str, str]:
    """Return the source of every parameter by key path, over all points.

    Parameters
    ----------
    results : Results
        A results folder.
    """
    resolved: Mapping[str, Any] = results.manifest["resolved"]
    tables = [*reversed(resolved["parameters_of_points"].values()), resolved["parameters"]]
    return {key: value["source"] for table in tables for key, value in table.items()}


def main_question(results: Results) -> str:
    """Return the first question of a results folder, the one that its tables begin with.

    Parameters
    ----------
    results : Results
        A results folder.
    """
    return next(iter(answerable(results)))


def _every_point(results: Results, cells: Sequence[Cell], keys: set[str] | None = None) -> Iterator[_Seen]:
    """Yield outcomes and inputs of each point that has any, of some parameters or of all."""
    for point, _ in points_of(results):
        seen = _seen(results, point, cells, keys)
        if len(seen.holds) > 1 and seen.inputs:
            yield seen


def _seen(results: Results, point: int, cells: Sequence[Cell], keys: set[str] | None) -> _Seen:
    others = repeats(results, point)
    drawn = [name for name in results.columns_of(point) if name.startswith(INPUT)]
    wanted = {name.removeprefix(INPUT) for name in drawn} - others.keys()
    names = [name for name in drawn if name.removeprefix(INPUT) in (wanted if keys is None else wanted & keys)]
    rows, _ = finished(results, point, [*names, *(cell.column for cell in cells)])
    holds = np.column_stack([cell.holds(rows) for cell in cells]).astype(np.float64)
    starts = cluster_starts(rows["replicate"].to_numpy())
    cluster = np.zeros(len(rows), dtype=np.int64)
    cluster[starts[1:]] = 1
    inputs = {name.removeprefix(INPUT): rows[name].to_numpy() for name in names}
    size = effective_size(holds, rows["replicate"].to_numpy()) if len(rows) else np.zeros(len(cells))
    return _Seen(inputs, holds, cluster.cumsum(), size)


def repeats(results: Results, point: int) -> dict[str, str]:
    """Return the parameters of a point that only repeat another one, with that one.

    Parameters
    ----------
    results : Results
        A results folder.
    point : int
        The point.
    """
    found = ((key, _REPEATS.match(value["law"])) for key, value in laws_at(results, point).items())
    return {key: match[1] for key, match in found if match}


def _shares(seen: Iterable[_Seen], n_cells: int) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, int]]:
    """Return the share of each parameter in each cell, what chance would make of it, and its number of points."""
    # Imported here: it takes a third of a second, which tables that are only shown do not need.
    from scipy.special import chdtri

    explained: dict[str, Floats] = {}
    whole: dict[str, Floats] = {}
    chance: dict[str, Floats] = {}
    numbers: dict[str, int] = {}
    for one in seen:
        variance = one.holds.var(axis=0)
        for key, values in one.inputs.items():
            classes = classes_of(values)
            found = explained_variance(one.holds, classes, one.cluster)
            explained[key] = explained.get(key, np.zeros(n_cells)) + found
            whole[key] = whole.get(key, np.zeros(n_cells)) + variance
            # Points share their draws, so more of them do not make the error smaller. Class means of n replicates
            # without any effect have the variance of chi-squared over n.
            free = int(classes.max())
            chance[key] = (chdtri(free, _FALSE / len(one.inputs)) - free) / one.size
            numbers[key] = numbers.get(key, 0) + 1
    shares = {key: np.divide(explained[key], whole[key], out=np.zeros(n_cells), where=whole[key] > 0) for key in whole}
    return shares, chance, numbers


def _listed(shares: Mapping[str, Floats], cell: int) -> list[str]:
    """Return the parameters with the largest shares in a cell, in order."""
    return sorted((key for key in shares if shares[key][cell] > 0), key=lambda key: -shares[key][cell])[:TOP]


def _direction(seen: Sequence[_Seen], key: str, cell: int) -> dict[str, Any]:
    """Return the odds in the outer thirds of a parameter, on average over points, and where they point."""
    found = [thirds(one.holds[:, cell], one.inputs[key], one.cluster) for one in seen if key in one.inputs]
    low, high, error = np.mean(found, axis=0)
    clear = abs(high - low) > _CLEAR * error
    word = ("up" if high > low else "down") if clear else "unclear"
    return {"direction": word, "odds_low_third": low, "odds_high_third": high}
