"""Forecasts of others beside the simulated odds of the same question, with what came and the Brier score of both."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sim.core.arrays import Flags, Integers
from sim.core.errors import InputError
from sim.evidence.csv_cells import read_rows
from sim.results.reading.question_outcomes import (
    SHARE,
    estimate_shares,
    list_places,
    list_points,
    locate_cells,
    read_finished,
    read_outcomes,
)
from sim.results.reading.result_table import HORIZON, POINT, QUESTION, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results

BESIDE: Final = "beside"
FORECASTS: Final = "forecasts.csv"  # beside the theatre
_COLUMNS: Final = (
    *("id", "date", "source", "statement", "definition", "question", "horizon_days", "chance", "resolution"),
    *("source_url", "accessed", "note"),
)
Forecast = dict[str, Any]
"""A row; its question is an id, ``killed > NUMBER in PLACE + PLACE``, or empty where nothing is the like."""
NEAR_DAYS: Final = 31  # most between a forecast and the start: what was made at another time knows other things
_KILLED: Final = re.compile(r"killed > (\d+) in (.+)")


def compute_beside(results: Results) -> pd.DataFrame:
    """Return each forecast beside the odds of the first point at the nearest horizon, or why that cannot be."""
    if not results.blocks:
        return results.read_table(BESIDE)
    file = results.find_beside(FORECASTS)
    if file is None:
        raise InputError.single(results.path, FORECASTS, "lies not beside its theatre: there is nothing to compare")
    return pd.DataFrame([_compare(results, one) for one in read_forecasts(file)], columns=BESIDE_TABLE.column_names[1:])


def read_forecasts(path: Path) -> list[Forecast]:
    """Return what others forecast, None where the source does not say; an `InputError` tells every fault of a file."""
    rows = read_rows(path, _COLUMNS)
    forecasts = [
        {name: row.text(name, required=name in ("id", "source", "statement")) for name in _COLUMNS}
        | {"date": row.day("date"), "horizon_days": row.count("horizon_days"), "chance": row.number_in("chance", 0, 1)}
        | {"came": {"yes": True, "no": False}.get(row.choice("resolution", ("yes", "no"), required=False))}
        for row in rows
    ]
    rows[0].problems.raise_if_any()
    return forecasts


def _compare(results: Results, one: Forecast) -> dict[str, Any]:
    point, start = list_points(results)[0][0], date.fromisoformat(str(results.manifest["resolved"]["start"]))
    row = {name: one[name] for name in ("id", "source", "statement", "question", "chance", "came")}
    row |= {"point": point, "date": one["date"] and str(one["date"])}
    if reason := _find_obstacle(results, one, start):
        return row | {"reason": reason}
    end = one["date"] + timedelta(days=one["horizon_days"])
    day = min(results.manifest["horizons"], key=lambda horizon: abs(horizon - (end - start).days))
    holds, replicates = _judge(results, one["question"], point, day)
    (share,) = estimate_shares(holds[:, None], replicates)
    row |= {"horizon_days": day, "window": f"{one['date']} to {end}; here {start} to {start + timedelta(days=day)}"}
    row |= {name: share[name] for name in SHARE}
    if one["came"] is not None and share["estimate"] is not None:
        scores = {"brier": one["chance"], "brier_simulated": share["estimate"]}
        row |= {name: (chance - one["came"]) ** 2 for name, chance in scores.items()}
    return row


def _find_obstacle(results: Results, one: Forecast, start: date) -> str:
    """Return why a forecast cannot be set beside the odds; empty where it can."""
    if not one["question"]:
        return one["note"] or "no question here has its definition"
    if one["chance"] is None or one["horizon_days"] is None or one["date"] is None:
        return one["note"] or "states no number, no window or no day"
    if abs((one["date"] - start).days) > NEAR_DAYS:
        return f"made more than {NEAR_DAYS} days from the start, so that it knows other things"
    killed = _KILLED.fullmatch(one["question"])
    known = list_places(results) if killed else [asked["id"] for asked in results.manifest["questions"]]
    lacking = [name for name in (killed[2].split(" + ") if killed else [one["question"]]) if name not in known]
    return f"{', '.join(lacking)} is not asked in this scenario" if lacking else ""


def _judge(results: Results, question: str, point: int, day: int) -> tuple[Flags, Integers]:
    """Return whether it came by a horizon in each history that finished, and the replicates."""
    if killed := _KILLED.fullmatch(question):
        columns = [f"killed_{place}_at_{day}" for place in killed[2].split(" + ")]
        rows, _ = read_finished(results, point, columns)
        return rows[columns].to_numpy().sum(axis=1) > int(killed[1]), rows["replicate"].to_numpy()
    outcomes = read_outcomes(results, point, locate_cells(results, [question], [day]))
    return outcomes.holds[:, 0], outcomes.replicates


BESIDE_TABLE: Final = ResultTable(
    BESIDE,
    "a published forecast, and the simulated odds of the same question at the nearest horizon; it enters no fit",
    (
        POINT,
        Column("id", "", "of the forecast in forecasts.csv"),
        Column("date", "", "day of the forecast; empty where it is not known"),
        Column("source", "", "whose forecast it is"),
        Column("statement", "", "what was forecast"),
        QUESTION,
        Column("chance", "1", "chance that the source gave it", form=".2f"),
        Column("came", "", "whether it came within the window of the forecast"),
        HORIZON,
        Column("window", "", "window of the forecast, and that of the simulated odds"),
        N,
        Column("events", "1", "replicates in which it came by the horizon"),
        Column("estimate", "1", "simulated odds: share of the replicates"),
        Column("low", "1", "lower end of the 95 % Wilson interval, Monte Carlo error only"),
        Column("high", "1", "upper end of the interval"),
        Column("brier", "1", "Brier score of the forecast: 0 is best, 0.25 is that of one half"),
        Column("brier_simulated", "1", "Brier score of the simulated odds"),
        Column("reason", "", "why the two cannot be compared; empty where they can"),
    ),
    compute=compute_beside,
    position=64,
    presentation=Presentation(
        (BESIDE,), shown_by="table_sheets.beside", heading="The forecasts of others", position=12
    ),
    applies=lambda results: results.find_beside(FORECASTS) is not None,
    where="sweeps of a theatre with forecasts.csv; their first point",
)
