"""Plots of a fit and of a nowcast, as PNG files that depend on nothing but the numbers."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

from sim.inference.posterior_predictive import NOT_CHECKED

mpl.use("Agg")

from matplotlib import pyplot as plt

from sim.report.pictures import PLAIN, draw_pictures

INFORMED_COLOUR = "#1b6ca8"
ASSUMED_COLOUR = "#9a9a9a"
_METADATA = {"Software": None}


def plot_fit(summary: pd.DataFrame, checks: pd.DataFrame) -> dict[str, bytes]:
    """Return the pictures of the folder of a fit by file name."""
    drawings = {"parameters.png": partial(plot_parameters, summary), "checks.png": partial(plot_checks, checks)}
    return draw_pictures("fit", drawings)


def plot_nowcast(table: pd.DataFrame, title: str) -> dict[str, bytes]:
    """Return the picture of the folder of a nowcast by file name; none where no day was fitted."""
    fitted = table[table["branching"].notna()]
    return draw_pictures("nowcast", {"nowcast.png": partial(plot_trajectory, fitted, title)} if len(fitted) else {})


@mpl.rc_context(PLAIN)
def plot_parameters(summary: pd.DataFrame) -> bytes:
    """Return a plot of all parameters: 90 % intervals before and after, in units of the prior's."""
    figure, axis = plt.subplots(figsize=(8, 0.32 * len(summary) + 1.2), layout="constrained")
    for row, (_, parameter) in enumerate(summary.iterrows()):
        width = parameter["prior_high"] - parameter["prior_low"]
        low, median, high = ((parameter[name] - parameter["prior_low"]) / width for name in ("low", "median", "high"))
        colour = INFORMED_COLOUR if parameter["status"] == "data-informed" else ASSUMED_COLOUR
        axis.plot([0, 1], [row, row], color="#dddddd", linewidth=7, solid_capstyle="butt")
        axis.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="butt")
        axis.plot([median], [row], "o", color=colour, markersize=4)
    axis.set_yticks(np.arange(len(summary)), summary["parameter"])
    axis.invert_yaxis()
    axis.set_xlabel("90 % interval after the evidence, where 0 to 1 is the one before; grey: left at its prior")
    return _png(figure)


@mpl.rc_context(PLAIN)
def plot_checks(checks: pd.DataFrame) -> bytes:
    """Return a plot of the posterior predictive check: observed values against the bands of the engine."""
    figure, axis = plt.subplots(figsize=(8, 0.4 * len(checks) + 1.2), layout="constrained")
    for row, (_, check) in enumerate(checks.iterrows()):
        width = max(check["high_99"] - check["low_99"], 1e-9)
        low, high, seen = ((check[name] - check["low_99"]) / width for name in ("low_90", "high_90", "observed"))
        axis.plot([0, 1], [row, row], color="#dddddd", linewidth=7, solid_capstyle="butt")
        axis.plot([low, high], [row, row], color=INFORMED_COLOUR, linewidth=7, alpha=0.5, solid_capstyle="butt")
        axis.plot([seen], [row], "k|", markersize=14, markeredgewidth=2)
    is_checked = checks["observed"].notna()
    axis.set_yticks(
        np.arange(len(checks)), checks["quantity"].where(is_checked, checks["quantity"] + f"\n({NOT_CHECKED})")
    )
    axis.invert_yaxis()
    axis.set_xlabel(
        "reported (black) in the 90 % band (blue) and the 99 % band (grey, from 0 to 1) of the engine", wrap=True
    )
    return _png(figure)


@mpl.rc_context(PLAIN)
def plot_trajectory(table: pd.DataFrame, title: str) -> bytes:
    """Return a plot of a nowcast: branching ratio and odds by day, with their 90 % intervals."""
    figure, axes = plt.subplots(2, 1, figsize=(8, 6), sharex=True, layout="constrained")
    days = pd.to_datetime(table["as_of"])
    for axis, name, label in (
        (axes[0], "branching", "branching ratio"),
        (axes[1], "odds", f"odds of {table['question'].iloc[0]} in {table['horizon'].iloc[0]} days"),
    ):
        axis.fill_between(days, table[f"{name}_low"], table[f"{name}_high"], color=INFORMED_COLOUR, alpha=0.25)
        axis.plot(days, table[name], "o-", color=INFORMED_COLOUR, markersize=3)
        axis.set_ylabel(label)
        axis.set_ylim(bottom=0)
    axes[0].set_title(title, fontsize=10)
    figure.autofmt_xdate()
    return _png(figure)


def _png(figure: Any) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110, metadata=_METADATA)
    plt.close(figure)
    return content.getvalue()
