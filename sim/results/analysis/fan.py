"""What happens day by day: fan charts of all histories of a point, acts by dyad, and three single histories.

Quantiles are counted block by block in histograms, so memory and the size of the table do not hang on the number of
replicates. A count below 512 has a class of its own, so its quantiles are exact; above, classes are at most 1/256 of
their value wide and a quantile is the middle of its class (the layout of an HDR histogram, which two halves of a sweep
may add up). Of the single histories, of few, of middling and of many killed, none stands for the others.
"""

from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Integers
from sim.results.analysis.entries import list_joiners
from sim.results.reading.daily_measures import (
    ACTS,
    ALL,
    FRONT,
    KILLED_TO_DATE,
    RUNG,
    SIDES,
    list_measures,
    measure_days,
)
from sim.results.reading.design_columns import choose_fan_days, has_many_points
from sim.results.reading.question_outcomes import list_points, read_finished, read_killed_of_all, require_daily
from sim.results.reading.result_table import HORIZON, POINT, REPLICATE, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results

FAN: Final = "fan"
LADDER: Final = "ladder"
QUANTILES: Final = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}

_EXACT_BITS: Final = 9
_EXACT: Final = 1 << _EXACT_BITS
_WITHIN_OCTAVE: Final = _EXACT // 2
_MOST_BITS: Final = 32
_CLASSES: Final = _EXACT + (_MOST_BITS - _EXACT_BITS) * _WITHIN_OCTAVE


def count_days(results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return quantiles of what happens day by day, and shares by highest rung, at each point with a finished replicate.

    Without blocks the committed tables are read; a folder that keeps no daily totals is refused.
    """
    require_daily(results)
    days = choose_fan_days(results)
    shown = [key for key in list_measures(results) if key != (RUNG, FRONT)]
    levels = max(rung["level"] for rung in results.manifest["resolved"]["theatre"]["rung"]) + 1
    fans, ladders = [], []
    for point, _ in list_points(results):
        counts = np.zeros((len(shown), len(days), _CLASSES), dtype=np.int64)
        rungs = np.zeros((2, 2, len(days), levels), dtype=np.int64)
        for _, measured in measure_days(results, point):
            for index, key in enumerate(shown):
                _count(counts[index], classify_counts(measured[key][:, days - 1]))
            for index, part in enumerate((ALL, FRONT)):
                highest = measured[RUNG, part]
                _count(rungs[index, 0], highest[:, days - 1])
                _count(rungs[index, 1], np.maximum.accumulate(highest, axis=1)[:, days - 1])
        if counts.any():
            fans += [_rows(point, *key, days, counts[index]) for index, key in enumerate(shown)]
            ladders += [_shares(point, part, days, rungs[index]) for index, part in enumerate((ALL, FRONT))]
    return _joined(fans, FAN_TABLE), _joined(ladders, LADDER_TABLE)


def _joined(tables: list[pd.DataFrame], declared: ResultTable) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=declared.column_names[1:])


def _count(counts: Integers, classes: Integers) -> None:
    """Add the classes of values, shape (n_replicates, n_days), to the counts of each day, shape (n_days, n_classes)."""
    cell = classes + np.arange(classes.shape[1]) * counts.shape[1]
    counts += np.bincount(cell.reshape(-1), minlength=counts.size).reshape(counts.shape)


def _shares(point: int, part: str, days: Integers, counts: Integers) -> pd.DataFrame:
    """Return the shares of counts (on the day or to date, n_days, n_rungs) as rows by day and rung."""
    share = counts / counts.sum(axis=2, keepdims=True)
    rung = np.tile(np.arange(counts.shape[2]), len(days))
    columns = {"point": point, "part": part, "day": days.repeat(counts.shape[2]), "rung": rung}
    return pd.DataFrame(columns | {"share": share[0].ravel(), "share_to_date": share[1].ravel()})


def classify_counts(values: Integers) -> Integers:
    """Return the class of each count below 2³²: itself where it is small, else its place within its octave."""
    octave = np.maximum(np.frexp(values)[1] - _EXACT_BITS, 0).astype(np.int64)
    return np.where(octave == 0, values, _EXACT + (octave - 1) * _WITHIN_OCTAVE + (values >> octave) - _WITHIN_OCTAVE)


def center_classes(classes: Integers) -> Integers:
    """Return the count in the middle of each class."""
    above = classes - _EXACT
    octave = above // _WITHIN_OCTAVE + 1
    wide = (above % _WITHIN_OCTAVE + _WITHIN_OCTAVE) << np.maximum(octave, 0)
    return np.where(classes < _EXACT, classes, wide + (1 << np.maximum(octave - 1, 0)))


def _rows(point: int, measure: str, part: str, days: Integers, counts: Integers) -> pd.DataFrame:
    up_to = counts.cumsum(axis=1)
    columns: dict[str, Any] = {"point": point, "measure": measure, "part": part, "day": days}
    for name, share in QUANTILES.items():
        # The smallest class by which the share is reached; a hair is allowed for the rounding of the product.
        reached = up_to >= share * up_to[:, -1:] - 1e-9
        columns[name] = center_classes(reached.argmax(axis=1))
    return pd.DataFrame(columns)


FAN_TABLE: Final = ResultTable(
    name=FAN,
    row="quantiles of what happens day by day at each point",
    columns=(
        POINT,
        Column("measure", "", "acts of the day; highest rung of the day; killed to date; civilians among them"),
        Column("part", "", "all; a side of the front: its acts on the other; a place of the front: killed there"),
        Column("day", "days", "day of the run, from 1"),
        *(
            Column(name, "1 or persons", f"{share} of the replicates have at most as much")
            for name, share in zip(QUANTILES, ("5 %", "25 %", "half", "75 %", "95 %"), strict=True)
        ),
    ),
    position=60,
    where="sweeps that keep daily totals",
    compute=count_days,
    part=0,
    applies=lambda results: results.has_daily,
    presentation=Presentation((FAN,), position=5, pictures=("course_pictures.fans",)),
)
LADDER_TABLE: Final = ResultTable(
    name=LADDER,
    row="share of histories by highest rung, day by day at each point",
    columns=(
        POINT,
        Column("part", "", "all acts, or those on the front"),
        Column("day", "days", "day of the run, from 1"),
        Column("rung", "1", "rung of the ladder; 0 also where there was no act"),
        Column("share", "1", "share of the replicates whose highest rung on the day it is; the rungs add up to 1"),
        Column("share_to_date", "1", "share whose highest rung from the start to the end of the day it is"),
    ),
    position=61,
    where="sweeps that keep daily totals",
    compute=count_days,
    part=1,
    applies=lambda results: results.has_daily,
    presentation=Presentation((LADDER,), position=6, pictures=("course_pictures.ladder",)),
)


DYADS: Final = "dyads"
_QUANTILES: Final = {"q05": 0.05, "median": 0.5, "q95": 0.95}


def compute_dyads(results: Results) -> pd.DataFrame:
    """Return how many acts each party sent at each other by each horizon; the last alone where points are many."""
    days = results.manifest["horizons"][-1:] if has_many_points(results) else results.manifest["horizons"]
    names = {(dyad, day): f"acts_{dyad}_at_{day}" for dyad in results.manifest["dyads"] for day in days}
    rows = []
    for point, _ in list_points(results):
        frame, _ = read_finished(results, point, list(names.values()))
        for (dyad, day), name in names.items() if len(frame) else ():
            sender, _, target = dyad.partition("-")
            acts = frame[name].to_numpy()
            row: dict[str, Any] = {"point": point, "sender": sender, "target": target, "horizon_days": day}
            row |= {"n": len(acts), "share": float((acts > 0).mean()), "mean": float(acts.mean())}
            quantiles = np.quantile(acts, [*_QUANTILES.values()], method="inverted_cdf").astype(int).tolist()
            rows.append(row | dict(zip(_QUANTILES, quantiles, strict=True)))
    return pd.DataFrame(rows, columns=DYADS_TABLE.column_names[1:])


DYADS_TABLE: Final = ResultTable(
    name=DYADS,
    row="acts of each party on each other by each horizon; by the last alone where points are over 10",
    columns=(
        POINT,
        Column("sender", "", "party that acts"),
        Column("target", "", "party that is acted on"),
        *(HORIZON, N),
        Column("share", "1", "share of the replicates with an act"),
        Column("mean", "1", "acts from the start to the day, mean over the replicates"),
        Column("q05", "1", "5 % of the replicates have at most as many"),
        Column("median", "1", "half of the replicates have at most as many"),
        Column("q95", "1", "95 % of the replicates have at most as many"),
    ),
    position=62,
    compute=compute_dyads,
    presentation=Presentation((DYADS,), position=9, pictures=("theatre_pictures.theatre",)),
    applies=lambda results: "dyads" in results.manifest and any(name.startswith("acts_") for name in results.columns),
)


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
    require_daily(results)
    point = list_points(results)[0][0]
    picked = _pick(results, point)
    if not picked:
        return pd.DataFrame()
    days_of = {f"joined_{party}_day": f"joined {party}" for party in list_joiners(results)} | _EVENTS
    days_of = {column: name for column, name in days_of.items() if column in results.columns}
    rows, _ = read_finished(results, point, [*days_of])
    rows = rows.set_index("replicate")
    shown = {f"acts_{side}": (ACTS, side) for side in SIDES} | {"rung": (RUNG, ALL), "killed": (KILLED_TO_DATE, ALL)}
    tables = {
        replicate: {name: measured[key][index] for name, key in shown.items()}
        | {"event": _name_events(rows.loc[replicate], days_of, results)}
        for replicates, measured in measure_days(results, point, sorted({*picked.values()}))
        for index, replicate in enumerate(replicates.tolist())
    }
    days = np.arange(1, int(results.manifest["horizon_days"]) + 1)
    parts = [
        pd.DataFrame({"point": point, "at_most": share, "replicate": replicate, "day": days} | tables[replicate])
        for share, replicate in picked.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _pick(results: Results, point: int) -> dict[float, int]:
    """Return the first replicate with the killed of each share of the replicates; nothing where none finished."""
    replicates, killed = read_killed_of_all(results, point, results.manifest["horizons"][-1:])
    if not len(replicates):
        return {}
    values = np.quantile(killed[:, 0], PICKED, method="inverted_cdf")
    return {
        share: int(replicates[np.argmax(killed[:, 0] == value)]) for share, value in zip(PICKED, values, strict=True)
    }


def _name_events(row: Any, days_of: dict[str, str], results: Results) -> list[str]:
    """Return what came on each day, in words."""
    came = {name: np.ceil(row[column]) for column, name in days_of.items()}
    days = range(1, int(results.manifest["horizon_days"]) + 1)
    return ["; ".join(name for name, day in came.items() if day == today) for today in days]


HISTORIES_TABLE: Final = ResultTable(
    name=HISTORIES,
    row="three single histories of the first point, a row for each day; none stands for the others",
    columns=(
        POINT,
        Column("at_most", "1", "share of the replicates with at most as many killed by the last horizon"),
        REPLICATE,
        Column("day", "days", "day of the run, from 1"),
        Column("acts_<side>", "1", "acts on the day of a side of the front on the other, side_a or side_b"),
        Column("rung", "1", "highest rung of an act on the day, 0 without one"),
        Column("killed", "persons", "killed of all sides from the start to the end of the day"),
        Column("event", "", "what came on the day: who joined, war, regional war, general war, ceasefire"),
    ),
    position=63,
    where="sweeps that keep daily totals; their first point",
    compute=compute_histories,
    presentation=Presentation((HISTORIES,), position=10, pictures=("course_pictures.one_history",)),
    applies=lambda results: results.has_daily,
)
