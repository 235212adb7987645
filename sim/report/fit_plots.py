"""Plots of a fit and of a nowcast, as PNG files that depend on nothing but the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.inference.posterior_predictive import NOT_CHECKED
from sim.report.pictures import BLUE, GREY, PALE, STYLE, draw_pictures, render_png, write_title
from sim.scenario.shared_draws import LEAST_CONTRACTION

_WIDTH: Final = 8.0
_MOST_DATES: Final = 6
"""Days of a nowcast that have room for their dates."""
_BAND: Final[dict[str, Any]] = {"linewidth": 7, "solid_capstyle": "butt"}


def plot_fit(summary: pd.DataFrame, checks: pd.DataFrame) -> dict[str, bytes]:
    """Return the pictures of the folder of a fit by file name."""
    drawings = {"parameters.png": partial(plot_parameters, summary), "checks.png": partial(plot_checks, checks)}
    return draw_pictures("fit", drawings)


def plot_nowcast(table: pd.DataFrame, title: str) -> dict[str, bytes]:
    """Return the picture of the folder of a nowcast by file name; none where no day was fitted."""
    fitted = table[table["branching"].notna()]
    return draw_pictures("nowcast", {"nowcast.png": partial(plot_trajectory, fitted, title)} if len(fitted) else {})


@mpl.rc_context(STYLE)
def plot_parameters(summary: pd.DataFrame) -> bytes:
    """Return a plot of all parameters: 90 % intervals before and after, in units of the prior's."""
    is_informed = summary["contraction"] >= LEAST_CONTRACTION
    title = f"What the evidence says of each parameter: it informs {is_informed.sum()} of {len(summary)}"
    figure, axes = _rows(title, list(summary["parameter"]))
    for row, (_, parameter) in enumerate(summary.iterrows()):
        width = parameter["prior_high"] - parameter["prior_low"]
        low, median, high = ((parameter[name] - parameter["prior_low"]) / width for name in ("low", "median", "high"))
        colour, mark = (BLUE, "o") if is_informed.iloc[row] else (GREY, "s")
        axes.plot([0, 1], [row, row], color=PALE, label="90 % before", **_BAND)
        words = "90 % after, informed" if is_informed.iloc[row] else "90 % after, left at its prior"
        axes.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot([median], [row], mark, color=colour, markersize=4, label=words)
    axes.set_xlabel("0 and 1: the ends of the interval before the evidence")
    return _finish(figure, axes)


@mpl.rc_context(STYLE)
def plot_checks(checks: pd.DataFrame) -> bytes:
    """Return a plot of the posterior predictive check: observed values against the bands of the engine."""
    is_checked = checks["observed"].notna()
    names = checks["quantity"].where(is_checked, checks["quantity"] + f"\n({NOT_CHECKED})")
    figure, axes = _rows("What was reported, in the bands of what the fitted engine does", list(names))
    for row, (_, check) in enumerate(checks.iterrows()):
        width = max(check["high_99"] - check["low_99"], 1e-9)
        low, high, seen = ((check[name] - check["low_99"]) / width for name in ("low_90", "high_90", "observed"))
        axes.plot([0, 1], [row, row], color=PALE, label="99 % of the engine", **_BAND)
        axes.plot([low, high], [row, row], color=BLUE, alpha=0.5, label="90 % of the engine", **_BAND)
        axes.plot([seen], [row], "k|", markersize=14, markeredgewidth=2, label="reported")
    axes.set_xlabel("0 and 1: the ends of the 99 % band")
    return _finish(figure, axes)


@mpl.rc_context(STYLE)
def plot_trajectory(table: pd.DataFrame, title: str) -> bytes:
    """Return a plot of a nowcast: branching ratio and odds by day, with their 90 % intervals."""
    figure = Figure(figsize=(_WIDTH, 6), layout="constrained")
    days = pd.to_datetime(table["as_of"])
    question, horizon = table["question"].iloc[0], table["horizon"].iloc[0]
    shown = (("branching", 1, "branching ratio"), ("odds", 100, f"odds of {question} in {horizon} days, %"))
    for axes, (name, factor, words) in zip(figure.subplots(2, 1, sharex=True), shown, strict=True):
        axes.fill_between(days, *(factor * table[f"{name}_{end}"] for end in ("low", "high")), color=BLUE, alpha=0.25)
        axes.plot(days, factor * table[name], "o-", color=BLUE, markersize=4)
        axes.set_title(f"{words}, with its 90 % interval")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color=PALE)
    told = days.iloc[:: -(-len(days) // _MOST_DATES)]
    axes.set_xticks(told, [f"{day.day} {day:%b %Y}" for day in told])
    write_title(figure, title)
    return render_png(figure)


def _rows(title: str, names: Sequence[str]) -> tuple[Figure, Axes]:
    """Return a figure with a row for each name, from the top."""
    figure = Figure(figsize=(_WIDTH, 0.32 * len(names) + 1.6), layout="constrained")
    axes = figure.subplots()
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    write_title(figure, title)
    return figure, axes


def _finish(figure: Figure, axes: Axes) -> bytes:
    """Return a figure as PNG with each thing that is drawn explained once, below it."""
    marks, words = axes.get_legend_handles_labels()
    said = dict(zip(words, marks, strict=True))
    figure.legend(said.values(), said.keys(), loc="outside lower right", ncols=len(said), frameon=False)
    return render_png(figure)
