"""The page of a hindcast: weekly counts and odds with what came, transforms, reliability, and the tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from sim.hindcast.hindcast import Hindcast
from sim.report.chart import (
    COLOURS,
    DASHES,
    INK,
    NARROW,
    Bar,
    Chart,
    Picture,
    draw_rows,
    join_panels,
    make_chart,
    span,
)
from sim.report.hindcast_sheets import PAGE, hindcast_notes, list_models, score_sheets, tell_warning
from sim.report.html_page import DrawnPicture
from sim.report.pictures import BLUE, GREY, ORANGE, draw_pictures
from sim.report.templates import load_templates

_BINS: Final = 10
_LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


def render_files(found: Hindcast) -> dict[str, bytes]:
    """Return the page and its pictures by file name."""
    drawings = {picture.name: partial(DrawnPicture.of, picture) for picture in _pictures(found)}
    made = draw_pictures(str(found.folder / PAGE), drawings)
    page = (
        load_templates()
        .get_template(PAGE)
        .render(
            found=found,
            warning=tell_warning(found),
            pictures=made,
            sheets=score_sheets(found).values(),
            notes=hindcast_notes(found),
            files=sorted(found.files),
        )
    )
    return {PAGE: page.encode()} | {f"{name}.svg": str(drawn.wide).encode() for name, drawn in made.items()}


def _pictures(found: Hindcast) -> list[Picture]:
    bands = "Dots: what came. Bands: 50 and 90 % of the draws. Of several origins each is of the last week."
    ranks = "Share of what came by where it lies among the draws, from below all to above all; line: a right forecast."
    often = (
        "All questions and horizons. Ring: mean of the simulated odds. Dot: how often it came, with 95 % bounds as if "
    )
    often += "all were independent, which they are not."
    drawn: list[tuple[str, str, str, Callable[..., Chart]]] = [
        *(
            (f"fan-{one.id}", f"{one.text[0].upper()}{one.text[1:]}, a week", bands, partial(_draw_fans, target=one.id))
            for one in found.record.series.values()
            if one.id in set(found.forecasts["target"])
        ),
        ("pit", "Where what came lies in the forecasts", ranks, _draw_pit),
    ]
    if len(found.odds):
        drawn.append(("reliability", "Odds, and how often it came", often, _draw_reliability))
        drawn.append(("odds", "Simulated odds over the origins", tell_warning(found), _draw_odds))
    models = list_models(found)
    return [Picture(a, b, c, partial(draw, found=found, models=models)) for a, b, c, draw in drawn]


def _draw_fans(width: int, found: Hindcast, target: str, models: list[str]) -> Chart:
    """Return a panel for each model; of several origins the last week, of a single one all weeks."""
    rows = found.forecasts[found.forecasts["target"] == target]
    if (rows["origin"] != rows["origin"].min()).any():
        rows = rows[rows["horizon_days"] == rows["horizon_days"].max()]
    start = rows["origin"].min()
    panels = []
    for model in (model for model in models if model in set(rows["forecaster"])):
        keyed = rows[rows["forecaster"] == model].groupby(["origin", "horizon_days"])["value"]
        table = pd.DataFrame({level: keyed.quantile(level) for level in _LEVELS})
        days = [(origin - start).days + horizon for origin, horizon in table.index]
        came = [found.record.observed(target, origin.date(), horizon) for origin, horizon in table.index]
        seen = [(day, value) for day, value in zip(days, came, strict=True) if value is not None]
        top = span([*table[0.95], *(value for _, value in seen)])
        chart = make_chart(width, 220, span(days), top, ())
        for low, high, strength in ((0.05, 0.95, 0.18), (0.25, 0.75, 0.3)):
            chart.band(days, table[low], table[high], BLUE, strength)
        chart.axes(f"days after {start:%Y-%m-%d}", "")
        chart.curve(days, table[0.5], BLUE)
        for day, value in seen:
            chart.dot(chart.x(day), chart.y(value), ORANGE, radius=3.5)
        panels.append((model, chart))
    return join_panels(width, panels)


def _draw_pit(width: int, found: Hindcast, models: list[str]) -> Chart:
    panels = []
    scored = found.scores.dropna(subset="pit")
    across = width if width == NARROW else width // 2
    for model in models:
        for target, part in scored[scored["forecaster"] == model].groupby("target"):
            share = np.histogram(part["pit"], _BINS, (0, 1))[0] / len(part)
            chart = make_chart(across, 170, (0, 1), span([*share, 2 / _BINS]), ())
            chart.axes("", "")
            for number, value in enumerate(share):
                ends = chart.x((number + 0.06) / _BINS), chart.x((number + 0.94) / _BINS)
                chart.rect(ends, (chart.y(0), chart.y(value)), BLUE)
            chart.curve((0, 1), (1 / _BINS, 1 / _BINS), INK, "4 3", 1)
            panels.append((f"{target}: {model}", chart))
    return join_panels(width, panels)


def _draw_reliability(width: int, found: Hindcast, models: list[str]) -> Chart:
    rows = found.reliability[found.reliability["forecaster"].isin(models)].to_dict("records")
    bars = [
        Bar(
            f"{row['forecaster']}: {100 * row['low']:g} to {100 * row['high']:g} %",
            f"{row['n']} forecasts of {row['questions']} questions",
            100 * row["came_low"],
            100 * row["came_high"],
            ((100 * row["forecast"], False), (100 * row["came"], True)),
        )
        for row in rows
    ]
    return draw_rows(width, bars, "%")


def _draw_odds(width: int, found: Hindcast, models: list[str]) -> Chart:
    """Return the odds of the main question at the longest horizon that every origin has, and when it came."""
    question = next(iter(found.record.resolutions))
    rows = found.odds[found.odds["question"] == question]
    rows = rows[rows["horizon_days"] == rows["horizon_days"].max()]
    start, came = rows["origin"].min(), found.record.resolutions[question].came
    day = None if came is None else (pd.Timestamp(came) - start).days
    key = [(model, COLOURS[i], DASHES[i]) for i, model in enumerate(models)]
    across = span([*(rows["origin"] - start).dt.days, *([] if day is None else [day])])
    chart = make_chart(width, 260, across, span(100 * rows["high"]), key)
    chart.axes(f"origin: days after {start:%Y-%m-%d}", "%")
    for model, colour, dash in key:
        own = rows[rows["forecaster"] == model].sort_values("origin")
        days = (own["origin"] - start).dt.days
        chart.band(days, 100 * own["low"], 100 * own["high"], colour, 0.15)
        chart.curve(days, 100 * own["estimate"], colour, dash)
    if day is not None:
        chart.curve((day, day), chart.up, GREY, "3 3")
    return chart
