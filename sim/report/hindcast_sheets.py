"""Sheets and the screen of a hindcast: scores beside those of the benchmarks, and whether the odds gave warning."""

from __future__ import annotations

from typing import Final

import pandas as pd

from sim.hindcast.benchmarks import BENCHMARKS
from sim.hindcast.hindcast import FORECASTERS, READS, Hindcast
from sim.hindcast.scores import ALL_QUESTIONS
from sim.report import cells
from sim.report.screen import Screen
from sim.report.sheet import UNKNOWN, Cell, Columns, Sheet, format_number, in_percent

PAGE: Final = "hindcast.html"
_BENCHMARKS: Final = 2
"""Benchmarks of each target that have room on a screen."""
_RESTS: Final = 2
"""Notes that have."""
_BESIDE: Final = ("in 50 %", "in 90 %")
"""Columns that have none: the names of forecasters stand whole."""
_LEAST_AUC: Final = 0.8
_LEAST_RISE: Final = 2.0
"""Share of pairs, and how many times the mean odds elsewhere, from which odds are said to give warning."""


def hindcast_screen(found: Hindcast) -> Screen:
    """Return what a hindcast ends on: of each series and of all questions the models, and the best benchmarks."""
    rows: list[tuple[str, ...]] = []
    heads: tuple[str, ...] = ()
    for name, sheet in score_sheets(found).items():
        shown = [column for column, head in enumerate(sheet.headings) if head not in _BESIDE]
        heads = ("", *(sheet.headings[column] for column in shown))
        for number, row in enumerate(sheet.rows[: len(FORECASTERS) + _BENCHMARKS]):
            rows.append(("" if number else name, *(row[column] for column in shown)))
    sheets = (Sheet("CRPS of weekly counts, Brier score of questions", heads, tuple(rows), 2),) if rows else ()
    ends = {"page": str(found.folder / PAGE), "tables": f"{found.folder}/scores.csv, odds.csv, ..."}
    told = tell_warning(found, len(FORECASTERS)), f"{READS[0].upper()}{READS[1:]}."
    return Screen(f"{found.title}: hindcast", told, sheets, _rests(found)[:_RESTS], ends)


def score_sheets(found: Hindcast) -> dict[str, Sheet]:
    """Return a sheet for each series that was scored, and one of all questions: models first, then the best others."""
    models, sheets = list_models(found), {}
    series = [(one.id, one.id, f"{one.text}, a week", "crps") for one in found.record.series.values()]
    asked = ("questions", ALL_QUESTIONS, "questions: simulated odds and what came", "brier")
    for name, target, text, score in (*series, asked):
        rows = found.summary[(found.summary["target"] == target) & found.summary["horizon_days"].isna()]
        rows = rows.assign(is_other=~rows["forecaster"].isin(models), benchmark=rows["benchmark"].fillna(""))
        columns: Columns = {
            "forecaster": "forecaster",
            "score": cells.number(score, ".3g"),
            "in 80 %": _percent("coverage_80"),
            "in 90 %": _percent("coverage_90"),
            "ratio to the best": lambda row: f"{format_number(row['ratio'], '.2f')} {row['benchmark']}".strip(),
            "p": cells.number("p", ".2f"),
            "apart": lambda row: format_number(row["independent" if pd.isna(row["ratio"]) else "compared"]),
            "in 50 %": _percent("coverage_50"),
        }
        if len(rows):
            rows = rows.sort_values(["is_other", score], kind="stable")
            sheets[name] = Sheet.of(text[0].upper() + text[1:], rows, columns)
    return sheets


def list_models(found: Hindcast) -> list[str]:
    """Return the forecasters that are no benchmarks."""
    return [name for name in found.forecasts["forecaster"].unique() if name not in BENCHMARKS]


def _percent(name: str) -> Cell:
    return lambda row: UNKNOWN if pd.isna(row[name]) else in_percent(row[name])


def tell_warning(found: Hindcast, most: int | None = None) -> str:
    """Return whether the odds of the main question were higher before it came, by each of the first models."""
    rows, question = found.warning.dropna(subset="auc"), next(iter(found.record.resolutions), "")
    told = []
    for model in list_models(found)[:most]:
        own = rows[(rows["forecaster"] == model) & (rows["target"] == question)]
        for row in own.sort_values("horizon_days").tail(1).to_dict("records"):
            warns = row["auc"] >= _LEAST_AUC and row["forecast_before"] >= _LEAST_RISE * row["forecast_other"]
            told.append(
                f"{in_percent(row['forecast_before'])} % at the {row['n_before']} origins within {row['horizon_days']} "
                f"days of which it came, {in_percent(row['forecast_other'])} % at the {row['n_other']} others, higher "
                f"in {in_percent(row['auc'])} % of pairs: {'some' if warns else 'no'} warning ({model})"
            )
    if not told:
        return "Whether the odds give warning is not known: the main question came at none of the origins, or at all."
    return f"Odds of {question}: {'; '.join(told)}. 50 % of pairs is chance, and it is one event, however many origins."


def _rests(found: Hindcast) -> tuple[str, ...]:
    spread = found.scores[(found.scores["reported_over_days"] > 7) & found.scores["observed"].notna()]
    places = spread.drop_duplicates(["target", "origin", "horizon_days"]).groupby("target").size()
    smooth = [
        f"{count} weeks of {name} are part of a count over more days, spread evenly" for name, count in places.items()
    ]
    failed = [
        f"{one['origin']}, {one['forecaster']}: {one['status']}"
        for one in found.manifest.get("origins", [])
        if one["status"].startswith("not fitted")
    ]
    apart = (
        "Ratio below 1: better than the best benchmark over the same forecasts; p by Diebold and Mariano. "
        "Apart: origins whose spans do not overlap, which alone are independent"
    )
    return tuple(f"{words}." for words in (apart, *failed, *smooth, *found.manifest["notes"]))


def hindcast_notes(found: Hindcast) -> list[str]:
    """Return how the page is to be read, a sentence or two each."""
    sources = [f"{one.question}: {one.source}" for one in found.record.resolutions.values()]
    return [f"{READS[0].upper()}{READS[1:]}.", *_rests(found), *sources]
