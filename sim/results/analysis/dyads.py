"""Acts of every directed dyad, over the replicates of a point: who fires on whom, and how much."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from sim.results.reading.question_outcomes import list_points, read_finished
from sim.results.reading.result_table import HORIZON, POINT, Column, N, Presentation, ResultTable
from sim.results.reading.store import Results
from sim.results.reading.told_days import has_many_points

DYADS: Final = "dyads"
_QUANTILES: Final = {"q05": 0.05, "median": 0.5, "q95": 0.95}


def compute_dyads(results: Results) -> pd.DataFrame:
    """Return how many acts each party sent at each other by each horizon; the last alone where points are many."""
    if not results.blocks:
        return results.read_table(DYADS)
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
    DYADS,
    "acts of each party on each other by each horizon; by the last alone where points are over 10",
    (
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
    compute=compute_dyads,
    position=62,
    presentation=Presentation((DYADS,), position=9, pictures=("theatre_pictures.theatre",)),
    applies=lambda results: "dyads" in results.manifest and any(name.startswith("acts_") for name in results.columns),
)
