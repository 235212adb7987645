"""Pictures of the course of the histories on the page: day by day, ladder, who joins, the theatre, one history."""

from functools import partial
from math import log10
from typing import Final

import pandas as pd

from sim.report.chart import AREA, COLOURS, DASHES, INK, NARROW, Chart, Picture, join_panels, make_chart, span
from sim.report.pictures import BLUE, ORANGE
from sim.report.presentation import Shown
from sim.report.sheet import in_percent
from sim.report.theatre_pictures import Reported, name_scenario, read_killed
from sim.results.analysis.entries import FIRST, NONE
from sim.results.analysis.fan import QUANTILES
from sim.results.reading.daily_measures import ACTS, ALL, CIVILIANS_TO_DATE, FRONT, KILLED_TO_DATE, SIDES

_Panel = tuple[str, str, str, Reported | None]  # title, measure and part of a fan, and what was reported of it
_MIDDLE: Final = 0.5
_OFTEN: Final = 0.1  # share of the histories from which on a rung is named
_LEVELS: Final = ("#f2f2f2", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
"""From light to dark, a rung each."""


def fans(shown: Shown) -> Picture | None:
    """Return acts of each side of the front and killed at each place of it, with what was reported over them."""
    rows = shown.rows("fan")
    if "part" not in rows:
        return None
    front = shown.results.manifest["resolved"]["theatre"]["front"]
    places = [part for part in rows.loc[rows["measure"] == KILLED_TO_DATE, "part"].unique() if part != ALL]
    sides = {side: _name_side(shown, front[side]) for side in SIDES}
    told = [read_killed(shown.results, place) for place in places]
    panels: list[_Panel] = [(f"acts a day: {name}", ACTS, side, None) for side, name in sides.items()]
    panels += [
        (f"killed in {place} since {since[0] if since else 'the start'}", KILLED_TO_DATE, place, since)
        for place, since in zip(places, told, strict=True)
    ]
    last = rows[rows["day"] == rows["day"].max()].set_index(["measure", "part"])
    counts = [
        f"{last.loc[(KILLED_TO_DATE, place), 'median']:,.0f} killed in {place} "
        f"(civilians: {last.loc[(CIVILIANS_TO_DATE, place), 'median']:,.0f})"
        for place in places
    ]
    caption = f"Medians from the start to day {rows['day'].max()}: {' and '.join(counts)}. Line: median; bands: 25 to "
    caption += "75 % and 5 to 95 % of histories, day by day; the killed on a scale of powers of ten."
    if any(told):
        caption += " Dots: reported, filled to the start (used), hollow after it (reported later, never used)."
    return Picture("fans", "Fire and deaths, day by day", caption, partial(_draw_fans, rows=rows, panels=panels))


def _name_side(shown: Shown, parties: list[str]) -> str:
    """Return what a side of the front is called: its first party, and how many are with it."""
    names = [shown.results.party_names[party] for party in parties]
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _draw_fans(width: int, rows: pd.DataFrame, panels: list[_Panel]) -> Chart:
    across, groups = width if width == NARROW else width // 2, dict(iter(rows.groupby(["measure", "part"])))
    drawn = [(title, _draw_fan(across, groups[measure, part], told)) for title, measure, part, told in panels]
    return join_panels(width, drawn)


def _draw_fan(width: int, rows: pd.DataFrame, told: Reported | None) -> Chart:
    """Return one fan; killed are counted on from what had been reported at the start."""
    is_killed = rows["measure"].iloc[0] == KILLED_TO_DATE
    dots = [] if told is None else told[1]
    before = max((count for day, count in dots if day < 1), default=0)

    def scale(value: float) -> float:
        return log10(max(before + value, 1)) if is_killed else value

    quantiles = {name: [scale(value) for value in rows[name]] for name in QUANTILES}
    up = (0.0, span(quantiles["q95"])[1])
    chart = Chart(width, 176, (min(0, *(day for day, _ in dots), 0), int(rows["day"].max())), up, left=56, top=8)
    chart.axes("day", "", powers=is_killed)
    chart.band(rows["day"], quantiles["q05"], quantiles["q95"], BLUE, 0.18)
    chart.band(rows["day"], quantiles["q25"], quantiles["q75"], BLUE, 0.3)
    chart.curve(rows["day"], quantiles["median"], BLUE)
    for day, count in dots:
        chart.dot(chart.x(day), chart.y(log10(count)), INK, filled=day < 1, radius=3)
    return chart


def ladder(shown: Shown) -> Picture | None:
    """Return which share of the histories stands on each rung of the ladder on the front, day by day."""
    rows = shown.rows("ladder", part=FRONT)
    if rows.empty:
        return None
    names = {rung["level"]: rung["name"] for rung in shown.results.manifest["resolved"]["theatre"]["rung"]}
    last = rows[rows["day"] == rows["day"].max()].sort_values("rung")
    reached = last["share_to_date"][::-1].cumsum()[::-1]
    top = max((rung for rung, share in zip(last["rung"], reached, strict=True) if share >= _OFTEN), default=0)
    share = float(reached[last["rung"] == top].iloc[0])
    caption = (
        f"By day {rows['day'].max()} the front has been on rung {top} ({names.get(top, top)}) or above in "
        f"{in_percent(share)} % of the simulated histories; shown is the highest rung of each day."
    )
    return Picture("ladder", "How high the front stands", caption, partial(_draw_ladder, rows=rows, names=names))


def _draw_ladder(width: int, rows: pd.DataFrame, names: dict[int, str]) -> Chart:
    key = [(f"{rung} {name}", _LEVELS[min(rung, len(_LEVELS) - 1)], AREA) for rung, name in names.items()]
    chart = make_chart(width, 280, (int(rows["day"].min()), int(rows["day"].max())), (0, 100), key)
    grid = 100 * rows.pivot_table(index="day", columns="rung", values="share").sort_index()
    ends = grid.cumsum(axis=1)
    for rung in grid.columns:
        colour = _LEVELS[min(int(rung), len(_LEVELS) - 1)]
        chart.band(grid.index, ends[rung] - grid[rung], ends[rung], colour, 1)
        chart.curve(grid.index, ends[rung], "#ffffff", width=0.7)
    chart.axes("day", "% of simulated histories")
    return chart


def one_history(shown: Shown) -> Picture | None:
    """Return one history, with middling killed: acts of each side, highest rung, killed, and what came when."""
    rows = shown.rows("histories", at_most=_MIDDLE)
    if rows.empty:
        return None
    results = shown.results
    front = results.manifest["resolved"]["theatre"]["front"]
    strips = {f"acts_{side}": f"acts a day: {_name_side(shown, front[side])}" for side in SIDES}
    strips |= {"rung": "highest rung of the day", "killed": "killed of all sides from the start"}
    came = rows[rows["event"].notna() & (rows["event"] != "")]
    names = {f"joined {party}": f"{name} joined" for party, name in results.party_names.items()}
    told = [
        f"on day {day} {', '.join(names.get(part, part) for part in event.split('; '))}"
        for day, event in zip(came["day"], came["event"], strict=True)
    ]
    words = "; ".join(told) or "nobody joined, and no war came"
    caption = (
        f"One history of many: half of them have at most its {rows['killed'].iloc[-1]:,.0f} killed; no one stands for "
        f"the others. {words[0].upper()}{words[1:]}. In words: "
        f"sim run {name_scenario(results)} --at {shown.answer.point}/{rows['replicate'].iloc[0]}/{results.seed}"
    )
    draw = partial(_draw_history, rows=rows, strips=strips, days=[*came["day"]])
    return Picture("one-history", "One history of many", caption, draw)


def _draw_history(width: int, rows: pd.DataFrame, strips: dict[str, str], days: list[int]) -> Chart:
    panels = []
    for column, title in strips.items():
        values = [*map(float, rows[column])]
        chart = Chart(width, 104, (1, int(rows["day"].max())), (0.0, span(values)[1]), left=56, top=8, bottom=38)
        chart.axes("day", "")
        chart.curve(rows["day"], values, BLUE, width=1.2)
        for day in days:
            chart.stroke([(chart.x(day), chart.y(0)), (chart.x(day), chart.top)], ORANGE, 1.5, "4 3")
        panels.append((title, chart))
    return join_panels(width, panels)


def joins(shown: Shown) -> Picture | None:
    """Return by when each party was the first to join."""
    rows = shown.rows("incidence", curve=FIRST)
    rows = rows[rows["risk"] != NONE] if len(rows) else rows
    if rows.empty:
        return None
    names, last = shown.results.party_names, rows[rows["day"] == rows["day"].max()].sort_values("share")
    most, share = last["risk"].iloc[-1], last["share"].iloc[-1]
    caption = f"{names[most]} is the first to join in {in_percent(share)} % of the simulated histories"
    own = shown.rows("entries", party=most)
    if len(own) and own["joined"].iloc[0] > 0:
        row = own.iloc[0]
        kinds = own.columns[[*own.columns].index("day_q75") + 1 :]
        trigger = max(kinds, key=lambda kind: row[kind])
        caption += f", where it joins on day {row['day_median']:.0f} (median), most often after {trigger}"
    draw = partial(_draw_joins, rows=rows, order=[*last["risk"]][::-1], names=names)
    return Picture("joins", "Who joins first, and when", f"{caption}.", draw)


def _draw_joins(width: int, rows: pd.DataFrame, order: list[str], names: dict[str, str]) -> Chart:
    key = [(names[risk], COLOURS[k % 8], DASHES[k % 8]) for k, risk in enumerate(order)]
    up = (0.0, span([100 * float(rows["share"].max())])[1])
    chart = make_chart(width, 270, (0, int(rows["day"].max())), up, key)
    chart.axes("day", "% of simulated histories in which it joined first")
    for risk, (_, colour, dash) in zip(order, key, strict=True):
        curve = rows[rows["risk"] == risk]
        chart.curve(curve["day"], 100 * curve["share"], colour, dash)
    return chart
