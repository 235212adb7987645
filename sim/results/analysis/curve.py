"""Odds day by day: by when each question had come, with intervals; at the horizons those of the table ``odds``."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from sim.results.reading.question_outcomes import SHARE, estimate_shares, list_points, locate_cells, read_finished
from sim.results.reading.result_table import POINT, QUESTION, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.told_days import choose_curve_days

CURVE: Final = "curve"
_AT_ONCE: Final = 16  # days that are counted together: all of them of a million replicates would not fit


def compute_curve(results: Results) -> pd.DataFrame:
    """Return the odds of each question at each point by day; one that is a state, at the horizons alone."""
    if not results.blocks:
        return results.read_table(CURVE)
    questions = [asked["id"] for asked in results.manifest["questions"]]
    cells = locate_cells(results, questions, choose_curve_days(results).tolist())
    columns = list(dict.fromkeys(cell.column for cell in cells))
    rows = []
    for point, _ in list_points(results):
        frame, _ = read_finished(results, point, columns)
        replicates = frame["replicate"].to_numpy()
        for start in range(0, len(cells), _AT_ONCE):
            some = cells[start : start + _AT_ONCE]
            holds = np.column_stack([cell.holds(frame) for cell in some])
            for cell, share in zip(some, estimate_shares(holds, replicates), strict=True):
                row = {"point": point, "question": cell.question, "day": cell.day}
                rows.append(row | {name: share[name] for name in SHARE})
    return pd.DataFrame(rows)


CURVE_TABLE: Final = ResultTable(
    CURVE,
    "odds of each question at each point, day by day",
    (
        *(POINT, QUESTION),
        Column("day", "days", "day by which it is asked, from 0: every 5th, or 15th where points are several"),
        N,
        Column("events", "1", "replicates in which it had happened by the end of the day"),
        Column("estimate", "1", "odds: share of the replicates"),
        Column("low", "1", "lower end of the 95 % Wilson interval, Monte Carlo error only"),
        Column("high", "1", "upper end of the interval"),
    ),
    compute=compute_curve,
    position=12,
    presentation=Presentation((CURVE,), position=0, pictures=("odds_pictures.odds_over_time",)),
)
