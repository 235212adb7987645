"""A few single histories of a point, day by day: near the 5th, 50th and 95th percentile of the killed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.core.arrays import Integers
from sim.results.analysis.entries import list_joiners
from sim.results.reading.daily_measures import ACTS, ALL, KILLED_TO_DATE, RUNG, SIDES, list_measures, measure_days
from sim.results.reading.question_outcomes import read_finished, read_killed_of_all
from sim.results.reading.store import Results
from sim.sweeps.cluster_errors import Numbers

_NEAR: Final = (5, 50, 95)
_MOST: Final = 48
"""Histories over all points, if there is one near each percentile of each."""


def list_strips(results: Results) -> list[tuple[str, str]]:
    """Return measure and part of what is told of each day."""
    wanted = {*((ACTS, side) for side in SIDES), (RUNG, ALL)}
    return [key for key in list_measures(results) if key in wanted or (key[0] == KILLED_TO_DATE and key[1] != ALL)]


def read_singles(results: Results, point: int) -> tuple[list[dict[str, Any]], Numbers]:
    """Return what each history is, and its strips of days, shape (n_histories, n_strips, n_days)."""
    near = _pick(results, point)
    names = results.party_names
    columns = {f"joined_{party}_day": names.get(party, party) for party in list_joiners(results)}
    rows = read_finished(results, point, [*columns])[0].set_index("replicate").to_dict()
    keys = list_strips(results)
    days = {
        int(replicate): np.minimum([measured[key][row] for key in keys], 65535).astype(np.uint16)
        for replicates, measured in measure_days(results, point, sorted(near))
        for row, replicate in enumerate(replicates)
    }
    told = []
    for replicate, percentile in near.items():
        came = ((rows[column][replicate], name) for column, name in columns.items())
        joined = sorted((int(np.ceil(day)), name) for day, name in came if np.isfinite(day))
        told.append({"replicate": replicate, "near": percentile, "joined": joined})
    return told, np.array([days[replicate] for replicate in near], dtype=np.uint16)


def _pick(results: Results, point: int) -> dict[int, int]:
    """Return some replicates of a point, each with the percentile that its killed are nearest to."""
    replicates, killed = read_killed_of_all(results, point, results.manifest["horizons"][-1:])
    order: Integers = replicates[np.argsort(killed[:, 0], kind="stable")]
    each = max(1, _MOST // (len(_NEAR) * int(results.manifest["points"])))
    near: dict[int, int] = {}
    for percentile in _NEAR:
        first = round(percentile / 100 * (len(order) - 1)) - each // 2
        some = order[max(first, 0) : max(first, 0) + each]
        near |= {int(replicate): percentile for replicate in some if int(replicate) not in near}
    return near
