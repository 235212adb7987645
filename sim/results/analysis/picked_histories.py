"""Three single histories day by day, of few, of middling and of many killed; no one of them stands for the others."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Integers
from sim.results.analysis.entries import list_joiners
from sim.results.reading.daily_measures import ACTS, ALL, KILLED_TO_DATE, RUNG, SIDES, Measured, measure_days
from sim.results.reading.question_outcomes import list_points, read_finished, read_killed_of_all, require_daily
from sim.results.reading.result_table import POINT, REPLICATE, Column, Presentation, ResultTable
from sim.results.reading.store import Results

HISTORIES: Final = "histories"
PICKED: Final = (0.05, 0.5, 0.95)  # shares of the histories in which at most as many are killed
_EVENTS: Final = {
    "war_day": "war",
    "regional_day": "regional war",
    "general_day": "general war",
    "ceasefire_day": "ceasefire",
}


def compute_histories(results: Results) -> pd.DataFrame:
    """Return of the first point a row for each day of the histories that stand at some shares by their killed."""
    if not results.blocks:
        return results.read_table(HISTORIES)
    require_daily(results)
    point = list_points(results)[0][0]
    picked = _pick(results, point)
    if not picked:
        return pd.DataFrame()
    days_of = {f"joined_{party}_day": f"joined {party}" for party in list_joiners(results)} | _EVENTS
    days_of = {column: name for column, name in days_of.items() if column in results.columns}
    rows, _ = read_finished(results, point, [*days_of])
    rows = rows.set_index("replicate")
    tables = {
        replicate: _tell(measured, index) | {"event": _name_events(rows.loc[replicate], days_of, results)}
        for replicates, measured in measure_days(results, point, sorted({*picked.values()}))
        for index, replicate in enumerate(replicates.tolist())
    }
    days = np.arange(1, int(results.manifest["horizon_days"]) + 1)
    return pd.concat(
        [
            pd.DataFrame({"point": point, "at_most": share, "replicate": replicate, "day": days} | tables[replicate])
            for share, replicate in picked.items()
        ],
        ignore_index=True,
    )


def _pick(results: Results, point: int) -> dict[float, int]:
    """Return the first replicate with the killed of each share of the replicates; nothing where none finished."""
    replicates, killed = read_killed_of_all(results, point, results.manifest["horizons"][-1:])
    if not len(replicates):
        return {}
    values = np.quantile(killed[:, 0], PICKED, method="inverted_cdf")
    return {
        share: int(replicates[np.argmax(killed[:, 0] == value)]) for share, value in zip(PICKED, values, strict=True)
    }


def _tell(measured: Measured, index: int) -> dict[str, Integers]:
    acts = {f"acts_{side}": measured[ACTS, side][index] for side in SIDES}
    return acts | {"rung": measured[RUNG, ALL][index], "killed": measured[KILLED_TO_DATE, ALL][index]}


def _name_events(row: Any, days_of: dict[str, str], results: Results) -> list[str]:
    """Return what came on each day, in words."""
    came = {name: np.ceil(row[column]) for column, name in days_of.items()}
    days = range(1, int(results.manifest["horizon_days"]) + 1)
    return ["; ".join(name for name, day in came.items() if day == today) for today in days]


HISTORIES_TABLE: Final = ResultTable(
    HISTORIES,
    "three single histories of the first point, a row for each day; none stands for the others",
    (
        POINT,
        Column("at_most", "1", "share of the replicates with at most as many killed by the last horizon"),
        REPLICATE,
        Column("day", "days", "day of the run, from 1"),
        Column("acts_<side>", "1", "acts on the day of a side of the front on the other, side_a or side_b"),
        Column("rung", "1", "highest rung of an act on the day, 0 without one"),
        Column("killed", "persons", "killed of all sides from the start to the end of the day"),
        Column("event", "", "what came on the day: who joined, war, regional war, general war, ceasefire"),
    ),
    compute=compute_histories,
    position=63,
    presentation=Presentation((HISTORIES,), position=10, pictures=("course_pictures.one_history",)),
    applies=lambda results: results.has_daily,
    where="sweeps that keep daily totals; their first point",
)
