"""Pictures of a results folder as SVG, the same bytes every time."""

from __future__ import annotations

import io
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report import pictures
from sim.results.analysis.entries import FIRST, NONE, REGIONAL, WAR
from sim.results.analysis.fan import ACTS, FANS_SHOWN, KILLED_TO_DATE, RUNG
from sim.results.analysis.levers import KILLED_OF_ALL
from sim.results.analysis.variance_split import PARTS
from sim.results.reading.store import Results

_TITLES: Final = {ACTS: "acts a day", RUNG: "highest rung of the day", KILLED_TO_DATE: "killed of all sides to date"}


def fan_plot(results: Results, table: pd.DataFrame) -> str:
    """Return acts, highest rung and killed day by day, a row of pictures for each of the first points."""
    points = list(dict.fromkeys(table["point"]))[:FANS_SHOWN]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.4 + 2.5 * len(points)), layout="constrained")
        grid = figure.subplots(len(points), len(_TITLES), squeeze=False, sharex=True)
        for across, point in zip(grid, points, strict=True):
            for axes, (measure, title) in zip(np.atleast_1d(across), _TITLES.items(), strict=True):
                rows = table[(table["point"] == point) & (table["measure"] == measure)]
                _fan(axes, rows, title if point == points[0] else "", "day" if point == points[-1] else "")
            if results.manifest["points"] > 1:
                across[0].set_ylabel(results.point_names[point], fontsize=7)
        return render_svg(figure, "Fans of acts, highest rung and killed of all sides, by day")


def fan_notes(results: Results, table: pd.DataFrame) -> list[str]:
    """Return how fans are to be read."""
    shown = "the first points" if results.manifest["points"] > FANS_SHOWN else "every point"
    where = f" Shown: {shown} of the sweep; fan.csv has all." if results.manifest["points"] > 1 else ""
    return [
        "Line: median; bands: 25 to 75 % and 5 to 95 % of the histories, day by day. A band is no history: one that is "
        f"high on one day may be low on the next. {table['day'].nunique()} days are told.{where}"
    ]


def _fan(axes: Axes, rows: pd.DataFrame, title: str, across: str) -> None:
    for low, high, strength in (("q05", "q95", 0.2), ("q25", "q75", 0.35)):
        axes.fill_between(rows["day"], rows[low], rows[high], color=COLOURS[0], alpha=strength, linewidth=0)
    axes.plot(rows["day"], rows["median"], color=COLOURS[0])
    frame_axes(axes, title, across, "")
    axes.set_xlim(0, rows["day"].max())
    axes.set_ylim(bottom=0)


STYLE: Final[dict[Any, Any]] = pictures.STYLE | {
    "svg.fonttype": "none",
    "svg.hashsalt": "sim",
    "font.size": 9,
    "axes.spines.top": False,
}
COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
"""Told apart by readers with any colour vision (Okabe & Ito 2008)."""
_LEFT: Final = "#e0e0e0"
WIDTH: Final = 9.0


def incidence_plot(results: Results, table: pd.DataFrame, entries: pd.DataFrame | None = None) -> str:
    """Return by when parties joined first and wars came, at the first point."""
    first = table[table["point"] == table["point"].iloc[0]]
    names = results.party_names
    curves = [name for name in (FIRST, WAR) if name in set(first["curve"])]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
        for axes, curve in zip(np.atleast_1d(figure.subplots(1, len(curves))), curves, strict=True):
            rows = first[first["curve"] == curve].pivot_table(index="day", columns="risk", values="share", sort=False)
            rows = rows[[*(risk for risk in rows if risk != NONE), NONE]]
            labels = [names.get(risk, risk) for risk in rows]
            colours = [*COLOURS[: len(labels) - 1], _LEFT]
            axes.stackplot(rows.index, 100 * rows.T.to_numpy(), labels=labels, colors=colours)
            title = "who joined first" if curve == FIRST else "how a war of the front came"
            frame_axes(axes, title, "day", "histories, %")
            axes.set(xlim=(0, rows.index.max()), ylim=(0, 100))
        regional = first[(first["curve"] == REGIONAL) & (first["risk"] == REGIONAL)]
        axes.plot(regional["day"], 100 * regional["share"], color="black", label=REGIONAL)
        for axes in figure.axes:
            axes.legend(loc="upper left", fontsize=7, framealpha=0.9)
        return render_svg(figure, "Cumulative incidence: who joined first, and how wars came, by day")


def split_plot(results: Results, table: pd.DataFrame) -> str:
    """Return of what the variance of each question is made, at the first point and last horizon; empty if none."""
    rows = table[(table["point"] == table["point"].iloc[0]) & (table["horizon_days"] == table["horizon_days"].max())]
    varies = (rows["events"] > 0) & (rows["events"] < rows["n"])
    rows = rows[varies & rows["question"].str.startswith("Q")].iloc[::-1]
    if rows.empty:
        return ""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.8 + 0.24 * len(rows)), layout="constrained")
        axes = figure.subplots()
        start = np.zeros(len(rows))
        for part, colour in zip(PARTS, (*COLOURS[:3], _LEFT), strict=True):
            width = 100 * rows[f"share_{part}"].fillna(0.0).to_numpy()
            name = "both together" if part == "interaction" else part
            axes.barh(rows["question"], width, left=start, color=colour, label=name)
            start = start + width
        rest = np.maximum(100 - start, 0.0)
        axes.barh(rows["question"], rest, left=start, color="white", edgecolor=_LEFT, hatch="///", label="not resolved")
        frame_axes(axes, "what the variance of single histories rests on", "share, %", "")
        axes.set_xlim(0, max(100.0, start.max()))
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=7)
        return render_svg(figure, "Shares of the variance: calibrated and assumed, both together, luck, not resolved")


def levers_plot(results: Results, table: pd.DataFrame) -> str:
    """Return the differences that levers make at the last horizon, with 95 % intervals."""
    last = table[table["horizon_days"] == table["horizon_days"].max()]
    known = list(dict.fromkeys(last["outcome"]))
    shown = [name for name in ("Q1", "Q10", KILLED_OF_ALL) if name in known] or known[:3]
    order = last[last["outcome"] == shown[0]].sort_values("rank", ascending=False)["lever"].tolist()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.9 + 0.28 * len(order)), layout="constrained")
        for axes, outcome in zip(np.atleast_1d(figure.subplots(1, len(shown), sharey=True)), shown, strict=True):
            rows = last[last["outcome"] == outcome].set_index("lever").loc[order]
            factor = 1.0 if outcome == KILLED_OF_ALL else 100.0
            middle = factor * rows["difference"].to_numpy()
            reach = np.abs(factor * rows[["low", "high"]].to_numpy().T - middle)
            axes.errorbar(middle, order, xerr=reach, fmt="o", color=COLOURS[0], markersize=4, capsize=2)
            axes.axvline(0, color="black", linewidth=0.8)
            unit = "killed of all sides, mean" if outcome == KILLED_OF_ALL else f"{outcome}, points"
            frame_axes(axes, "", unit, "")
        figure.suptitle(f"Difference to “{rows['against'].iloc[0]}” at {int(last['horizon_days'].iloc[0])} days")
        return render_svg(figure, "Differences that levers make, with 95 % intervals")


def pairs_plot(results: Results, odds: pd.DataFrame, *others: pd.DataFrame) -> str:
    """Return the odds of the first outcome at every pair of policies, at the last horizon."""
    down, across = odds.columns[2], odds.columns[3]
    outcome = odds["outcome"].iloc[0]
    rows = odds[(odds["horizon_days"] == odds["horizon_days"].max()) & (odds["outcome"] == outcome)]
    grid = 100 * rows.pivot_table(index=down, columns=across, values="estimate", sort=False)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 1.6 + 0.4 * len(grid)), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(grid.to_numpy(), cmap="cividis", vmin=0, vmax=100, aspect="auto")
        for (i, j), value in np.ndenumerate(grid.to_numpy()):
            axes.text(j, i, f"{value:.0f}", ha="center", va="center", color="white" if value < 55 else "black")
        axes.set_xticks(range(grid.shape[1]), list(grid.columns), rotation=30, ha="right")
        axes.set_yticks(range(grid.shape[0]), list(grid.index))
        axes.set(xlabel=across, ylabel=down, title=f"{outcome} by {int(rows['horizon_days'].iloc[0])} days, %")
        figure.colorbar(image, ax=axes, label="%")
        return render_svg(figure, f"Odds of {outcome} for every pair of policies")


def definitions_plot(results: Results, table: pd.DataFrame) -> str:
    """Return how the odds of wars move with the definition, at the first point and last horizon."""
    rows = table[(table["point"] == table["point"].iloc[0]) & (table["horizon_days"] == table["horizon_days"].max())]
    questions = [name for name in dict.fromkeys(rows["question"]) if name in ("Q1", "Q10", "Q11")]
    questions = questions or list(dict.fromkeys(rows["question"]))[:1]
    names = list(dict.fromkeys(rows["definition"]))[::-1]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.9 + 0.24 * len(names)), layout="constrained")
        axes = figure.subplots()
        for row, (question, colour) in enumerate(zip(questions, COLOURS, strict=False)):
            odds = rows[rows["question"] == question].set_index("definition").loc[names]
            middle = 100 * odds["estimate"].to_numpy()
            reach = np.abs(100 * odds[["low", "high"]].to_numpy().T - middle)
            height = np.arange(len(names)) + 0.2 * (1 - row)
            axes.errorbar(middle, height, xerr=reach, fmt="o", color=colour, markersize=4, capsize=2, label=question)
        axes.set_yticks(range(len(names)), names)
        frame_axes(axes, f"odds at {int(rows['horizon_days'].iloc[0])} days by definition", "%", "")
        axes.legend(fontsize=7)
        return render_svg(figure, "Odds of wars by definition, with 95 % intervals")


def frame_axes(axes: Axes, title: str, across: str, up: str) -> None:
    """Give a panel its words and take the line on its right away."""
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.spines["right"].set_visible(False)


def render_svg(figure: Figure, words: str) -> str:
    """Return a figure as an SVG element with a description for readers who do not see it."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    element = text[text.index("<svg") :]
    return element.replace("<svg", f'<svg role="img" aria-label="{words}"', 1)
