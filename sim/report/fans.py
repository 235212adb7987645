"""Fan charts of a results folder as SVG."""

from __future__ import annotations

from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.plots import COLOURS, STYLE, WIDTH, framed, svg
from sim.results.answers import points_of
from sim.results.fan import ACTS, FANS_SHOWN, KILLED_TO_DATE, RUNG
from sim.results.store import Results

_TITLES: Final = {ACTS: "acts a day", RUNG: "highest rung of the day", KILLED_TO_DATE: "killed of all sides to date"}


def fan_plot(results: Results, table: pd.DataFrame) -> str:
    """Return acts, highest rung and killed day by day, a row of pictures for each of the first points.

    Parameters
    ----------
    results : Results
        The results folder, for the names of the points.
    table : DataFrame
        What `sim.results.fan.fan` returns; it has a row.
    """
    labels = dict(points_of(results))
    points = list(dict.fromkeys(table["point"]))[:FANS_SHOWN]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.4 + 2.5 * len(points)), layout="constrained")
        grid = figure.subplots(len(points), len(_TITLES), squeeze=False, sharex=True)
        for across, point in zip(grid, points, strict=True):
            for axes, (measure, title) in zip(np.atleast_1d(across), _TITLES.items(), strict=True):
                rows = table[(table["point"] == point) & (table["measure"] == measure)]
                _fan(axes, rows, title if point == points[0] else "", "day" if point == points[-1] else "")
            if results.manifest["points"] > 1:
                across[0].set_ylabel(labels[point], fontsize=7)
        return svg(figure, "Fans of acts, highest rung and killed of all sides, by day")


def fan_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return how fans are to be read.

    Parameters
    ----------
    results : Results
        The results folder.
    table : DataFrame
        What `sim.results.fan.fan` returns.
    """
    told = "the first points" if results.manifest["points"] > FANS_SHOWN else "every point"
    where = f" Shown: {told} of the sweep; fan.csv has all." if results.manifest["points"] > 1 else ""
    return [
        "Line: median; bands: 25 to 75 % and 5 to 95 % of the histories, day by day. A band is no history: one that is "
        f"high on one day may be low on the next. {table['day'].nunique()} days are told.{where}"
    ]


def _fan(axes: Axes, rows: pd.DataFrame, title: str, across: str) -> None:
    for low, high, strength in (("q05", "q95", 0.2), ("q25", "q75", 0.35)):
        axes.fill_between(rows["day"], rows[low], rows[high], color=COLOURS[0], alpha=strength, linewidth=0)
    axes.plot(rows["day"], rows["median"], color=COLOURS[0])
    framed(axes, title, across, "")
    axes.set_xlim(0, rows["day"].max())
    axes.set_ylim(bottom=0)
