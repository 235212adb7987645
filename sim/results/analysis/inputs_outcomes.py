"""What each history started from, beside what came of it: drawn parameters and levels of factors, with the outcome.

Points that share their luck share their draws, and some replicates share draws with others
(`sim.scenario.prior_draws`). Such histories are not independent, so they are grouped: a group is one independent draw
of a parameter, or one point.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats, Integers
from sim.results.reading.design_columns import read_factor_values, read_laws
from sim.results.reading.question_outcomes import Cell, list_points, read_finished
from sim.results.reading.store import Results
from sim.sweeps.blocks import INPUT
from sim.sweeps.cluster_errors import Numbers, find_clusters

_REPEATS: Final = re.compile(r"same_as\(key ([^,]+),")


@dataclass(frozen=True)
class PointHistories:
    """Rows of one point that finished."""

    point: int
    replicates: Integers  # shape (n_replicates,): indices, rising
    holds: Floats  # shape (n_replicates, n_cells): whether each outcome came, as 0 or 1
    keys: frozenset[str]  # every parameter that is drawn at the point; those that repeat another left out
    inputs: pd.DataFrame  # a row for each replicate, a column for each drawn parameter that was read

    @property
    def cluster(self) -> Integers:
        """Cluster of each replicate, numbered from 0 without gaps."""
        starts = find_clusters(self.replicates)
        return np.repeat(np.arange(len(starts)), np.diff(starts, append=len(self.replicates)))


def find_repeats(results: Results, point: int) -> dict[str, str]:
    """Return the parameters of a point that only repeat another one, with that one."""
    matches = ((key, _REPEATS.match(value["law"])) for key, value in read_laws(results, point).items())
    return {key: match[1] for key, match in matches if match}


def read_histories(
    results: Results, cells: Sequence[Cell], keys: Container[str] | None = None, *, once: bool = False
) -> Iterator[PointHistories]:
    """Yield what was drawn and what came of it at every point at which a replicate finished.

    Of some key paths or of all; with `once` each parameter is read at the first point alone that draws it, which stands
    for a draw that all share.
    """
    others: dict[str, dict[str, str]] = {}
    read: set[str] = set()
    apart = results.manifest["resolved"]["parameters_of_points"]
    for point, label in list_points(results):
        laws = label if apart.get(label) else ""
        if laws not in others:
            others[laws] = find_repeats(results, point)
        drawn = [name.removeprefix(INPUT) for name in results.columns_of(point) if name.startswith(INPUT)]
        own = [key for key in drawn if key not in others[laws]]
        chosen = [key for key in own if (keys is None or key in keys) and key not in read]
        read |= set(chosen) if once else set()
        rows, _ = read_finished(results, point, [*(INPUT + key for key in chosen), *(cell.column for cell in cells)])
        holds = np.column_stack([cell.holds(rows) for cell in cells]).astype(np.float64)
        inputs = rows[[INPUT + key for key in chosen]].set_axis(chosen, axis=1)
        if len(rows):
            yield PointHistories(point, rows["replicate"].to_numpy(), holds, frozenset(own), inputs)


@dataclass(frozen=True)
class GroupedHistories:
    """One quantity, an independent value for each group of histories, and the mean outcome of the group."""

    values: Numbers  # shape (n_groups,): values of the quantity
    shares: Floats  # shape (n_groups, n_cells): share of the histories of the group in which each outcome came
    sizes: Floats  # shape (n_groups,): number of histories in the group


def group_draws(seen: list[PointHistories], *, is_paired: bool) -> dict[str, GroupedHistories]:
    """Return every drawn parameter with its groups; where points share their draws, parameters may be read once."""
    pooled: dict[tuple[int, ...], tuple[Floats, Floats]] = {}
    groups = {}
    for key in dict.fromkeys(str(key) for at_point in seen for key in at_point.inputs):
        if not is_paired:
            own = [_grouped(at_point, key, at_point.holds, None) for at_point in seen if key in at_point.inputs]
            stacked = (
                np.concatenate([getattr(group, name) for group in own]) for name in ("values", "shares", "sizes")
            )
            groups[key] = GroupedHistories(*stacked)
            continue
        parts = [at_point for at_point in seen if key in at_point.keys]
        points = tuple(at_point.point for at_point in parts)
        if points not in pooled:
            pooled[points] = _pooled(parts)
        sums, numbers = pooled[points]
        first = next(at_point for at_point in parts if key in at_point.inputs)
        at = first.replicates
        groups[key] = _grouped(first, key, sums[at] / np.maximum(numbers[at], 1)[:, None], numbers[at])
    return groups


def _pooled(parts: list[PointHistories]) -> tuple[Floats, Floats]:
    """Return the sums of the outcomes of each replicate over points, and in how many of them it finished."""
    size = max(int(at_point.replicates[-1]) for at_point in parts) + 1
    sums, numbers = np.zeros((size, parts[0].holds.shape[1])), np.zeros(size)
    for at_point in parts:
        sums[at_point.replicates] += at_point.holds
        numbers[at_point.replicates] += 1
    return sums, numbers


def _grouped(at_point: PointHistories, key: str, shares: Floats, sizes: Floats | None) -> GroupedHistories:
    """Return a parameter by its independent draws: replicates of a cluster with the same value are one."""
    values = at_point.inputs[key].to_numpy()
    weight = np.ones(len(values)) if sizes is None else sizes
    group = np.unique(np.column_stack([at_point.cluster, values]), axis=0, return_inverse=True)[1].ravel()
    _, first = np.unique(group, return_index=True)
    total = np.bincount(group, weights=weight).astype(np.float64)
    sums = np.column_stack([np.bincount(group, weights=weight * column) for column in shares.T])
    return GroupedHistories(values[first], sums / total[:, None], total)


def group_levels(results: Results, seen: list[PointHistories]) -> dict[str, GroupedHistories]:
    """Return every factor that has numbers as levels, a group for each point."""
    levels = read_factor_values(results)
    points = [at_point.point for at_point in seen]
    shares = np.array([at_point.holds.mean(axis=0) for at_point in seen])
    sizes = np.array([float(len(at_point.replicates)) for at_point in seen])
    return {
        str(key): GroupedHistories(column.loc[points].to_numpy(), shares, sizes)
        for key, column in levels.items()
        if pd.api.types.is_float_dtype(column)
    }
