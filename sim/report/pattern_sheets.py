"""The screen of patterns of daily counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd

from sim.report import cells
from sim.report.screen import Screen
from sim.report.sheet import Cell, Sheet

_MAIN: Final = [
    *("correlation 1", "variance over mean 1", "largest day 0", "variance over mean 28", "Granger p-value 0"),
    *("response 7", "branching ratio, by autoregression 0", "branching ratio, by variance 28"),
    *("branching ratio, by covariance 14", "mean a day 0", "episodes, one-sided 0", "episodes, changes 0"),
]
"""Statistics with their lags that a screen shows."""
PATTERN_NOTE: Final = (
    "Branching ratios take the level as constant and all acts as one linear self-exciting process: a level that drifts "
    "reads as branching. What is answered on the same day is in no lag of an autoregression."
)


def patterns_screen(table: pd.DataFrame, title: str, ends: Mapping[str, str]) -> Screen:
    """Return the main statistics; beside a record those first in which it lies farthest out."""
    known = table["statistic"] + " " + table["lag"].astype(str)
    main = table.loc[known[known.isin(_MAIN)].map(_MAIN.index).sort_values(kind="stable").index]
    unit = main["unit"].where(main["lag"] > 1, main["unit"].str.removesuffix("s"))
    names = main["statistic"] + (", " + main["lag"].astype(str) + " " + unit).where(unit != "", "")
    main, value = main.assign(statistic=names), "median" if "low" in table else "value"
    columns: dict[str, str | Cell] = {"statistic": "statistic", "of": "of", value: cells.number("value", "z.2f")}
    sentence = "Variance over mean is 1, and a correlation 0, where acts come by chance alone."
    if "low" in table:
        columns["90 %"] = lambda row: f"{row['low']:.2f} to {row['high']:.2f}"
    if "record" in table:
        main = main.sort_values("beyond", kind="stable")
        outside = (table["record"] < table["low"]) | (table["record"] > table["high"])
        sentence = (
            f"The record lies outside of the middle 90 % of histories in {outside.sum()} of {len(table)} statistics."
        )
        columns |= {"record": cells.number("record", ".2f"), "beyond, %": cells.amount("beyond")}
    sheet = Sheet.of("Patterns", main, columns, left=2)
    return Screen(title, (sentence,), (sheet,), (PATTERN_NOTE,), ends, "statistics")
