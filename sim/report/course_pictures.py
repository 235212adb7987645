"""Pictures of the course of the histories on the page: day by day, ladder, who joins, the theatre, one history."""

from __future__ import annotations

from functools import partial
from typing import Final

import pandas as pd

from sim.report.chart import COLOURS, DASHES, Chart, Picture, legend_height, span
from sim.report.presentation import Shown
from sim.report.sheet import in_percent
from sim.results.analysis.entries import FIRST, NONE

_TOP_GAP: Final = 26


def joins(shown: Shown) -> Picture | None:
    """Return by when each party was the first to join."""
    rows = shown.rows("incidence")
    rows = rows[(rows["curve"] == FIRST) & (rows["risk"] != NONE)] if len(rows) else rows
    if rows.empty:
        return None
    names, last = shown.results.party_names, rows[rows["day"] == rows["day"].max()].sort_values("share")
    most, share = last["risk"].iloc[-1], last["share"].iloc[-1]
    caption = f"{names[most]} is the first to join in {in_percent(share)} % of the simulated histories"
    entries = shown.rows("entries")
    kinds = [*entries.columns[[*entries.columns].index("day_q75") + 1 :]] if len(entries) else []
    own = entries[entries["party"] == most] if len(entries) else entries
    if len(own) and own["joined"].iloc[0] > 0:
        row = own.iloc[0]
        trigger = max(kinds, key=lambda kind: row[kind])
        caption += f", where it joins on day {row['day_median']:.0f} (median), most often after {trigger}"
    draw = partial(_draw_joins, rows=rows, order=[*last["risk"]][::-1], names=names)
    return Picture("joins", "Who joins first, and when", f"{caption}.", draw)


def _draw_joins(width: int, rows: pd.DataFrame, order: list[str], names: dict[str, str]) -> Chart:
    key = [(names[risk], COLOURS[k % 8], DASHES[k % 8]) for k, risk in enumerate(order)]
    room = legend_height(key, width)
    up = (0.0, span([100 * float(rows["share"].max())])[1])
    chart = Chart(width, 270 + room, (0, int(rows["day"].max())), up, top=room + _TOP_GAP)
    chart.legend(key, 14)
    chart.axes("day", "% of simulated histories in which it joined first")
    for risk, (_, colour, dash) in zip(order, key, strict=True):
        curve = rows[rows["risk"] == risk]
        chart.curve([*curve["day"]], [*(100 * curve["share"])], colour, dash)
    return chart
