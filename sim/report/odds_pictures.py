"""Pictures of odds on the page: over time, what they rest on, what moves them, definitions, what goes with them."""

from __future__ import annotations

from functools import partial
from math import sqrt
from typing import Any, Final

import pandas as pd

from sim.report.chart import SOFT, WIDE, Bar, Chart, Picture, draw_rows, share_bar, span
from sim.report.odds_sheets import tell_deviation
from sim.report.pictures import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY
from sim.report.presentation import Shown
from sim.report.reference_words import find_chances
from sim.report.sheet import NONE, NOT_RESOLVED, UNKNOWN, in_percent
from sim.results.analysis.given import LEAST
from sim.results.analysis.odds_by_definition import AS_RUN
from sim.results.analysis.variance_split import UNRESOLVED
from sim.results.reading.question_outcomes import list_questions
from sim.scenario.parameter_catalogue import plain_name
from sim.scenario.shared_draws import INFORMED, LITERATURE

_MOST_LINES: Final = 12  # most what-ifs whose curves stand behind the one shown
_TOP: Final = 10
_MOVES: Final = 0.005  # change of the odds from which on a definition is shown
_PARTS: Final = {
    "sd_informed": ("parameters that a fit informs", BLUE),
    "sd_literature": ("parameters from literature", SKY),
    "sd_judgement": ("parameters of judgement", ORANGE),
    "sd_interaction": ("these parameters together", GREEN),
    "sd_policies": ("the parties' policies", PURPLE),
}


def odds_over_time(shown: Shown) -> Picture | None:
    """Return the odds day by day with their interval, the horizons marked, the other what-ifs thin behind."""
    rows = shown.rows("curve")
    if rows.empty:
        return None
    answer = shown.answer
    first, last = rows[rows["day"].isin(shown.results.manifest["horizons"])].iloc[[0, -1]].to_dict("records")
    others = [group for _, group in shown.rows("curve", "point").groupby("point", sort=False)]
    behind = [group for group in others if len(others) <= _MOST_LINES and group["point"].iloc[0] != answer.point]
    caption = f"It has come in {in_percent(first['estimate'])} % of the simulated histories by day {first['day']}"
    caption += f" and in {in_percent(last['estimate'])} % by day {last['day']}."
    if behind:
        caption += f" Blue: {answer.name}; grey: the other what-ifs."
    past = find_chances(shown.results.manifest, answer.question, rows["day"].tolist())
    if past:
        (at,) = find_chances(shown.results.manifest, answer.question, [answer.horizon_days])
        caption += f" Grey band: the reference class, {in_percent(at['estimate'])} % by day {answer.horizon_days}."
    draw = partial(_draw_over_time, shown=shown, rows=rows, behind=behind, past=past)
    return Picture("odds-over-time", "How the odds build up", caption, draw)


def _draw_over_time(
    width: int, shown: Shown, rows: pd.DataFrame, behind: list[pd.DataFrame], past: list[dict[str, float]]
) -> Chart:
    manifest = shown.results.manifest
    tops = [*rows["high"], *(group["estimate"].max() for group in behind), *(at["high"] for at in past)]
    up = (0.0, span(100 * float(top) for top in tops)[1])
    chart = Chart(width, 330 if width == WIDE else 280, (0, int(rows["day"].max())), up, top=28, right=14)
    chart.axes(f"days since {manifest['resolved'].get('start', 'the start')}", "% of simulated histories")
    if past:
        low, best, high = ([100 * at[name] for at in past] for name in ("low", "estimate", "high"))
        chart.band(rows["day"], low, high, GREY, 0.45)
        chart.curve(rows["day"], best, SOFT, width=1.2)
    for group in behind:
        chart.curve(group["day"], 100 * group["estimate"], "#b5b5b5", width=1.2)
    chart.band(rows["day"], 100 * rows["low"], 100 * rows["high"], BLUE, 0.25)
    chart.curve(rows["day"], 100 * rows["estimate"], BLUE, width=2.5)
    for row in rows[rows["day"].isin(manifest["horizons"])].to_dict("records"):
        place = chart.x(row["day"])
        chart.stroke([(place, chart.y(0)), (place, chart.top)], SOFT, 1, "2 3")
        chart.dot(place, chart.y(100 * row["estimate"]), BLUE, radius=4)
        anchor = "end" if row["day"] == rows["day"].iloc[-1] else "middle"
        chart.text(place - 3, chart.y(100 * row["high"]) - 7, in_percent(row["estimate"]), anchor)
    return chart


def rests_on(shown: Shown) -> Picture | None:
    """Return what the odds rest on: standard deviations in points, or that a part is not resolved."""
    rows = shown.rows("odds").to_dict("records")
    if not rows or pd.isna(rows[0]["se_monte_carlo"]):
        return None
    row = rows[0]
    named = row.get(UNRESOLVED)
    unclear = named.split(", ") if isinstance(named, str) else []
    luck = 100 * float(row["se_monte_carlo"])
    names = "number of histories", "more runs shrink this"
    bars = [Bar(*names, 0, luck, figures=f"{luck:.1f}", colour=GREY, is_bar=True)]
    sizes, note = dict[str, float](), "only knowing more shrinks this"
    for column, (words, colour) in _PARTS.items():
        size = 100 * float(row[column]) if column in row and pd.notna(row[column]) else float("nan")
        if column.removeprefix("sd_") in unclear:
            bars.append(Bar(words, note, figures=NOT_RESOLVED))
        elif size == 0:
            bars.append(Bar(words, "nothing drawn is of that kind", figures=NONE))
        elif not pd.isna(size):
            sizes[words] = size
            figures = tell_deviation(row, column)
            told = "at most: rows of the fit go whole" if column == "sd_informed" else note
            bars.append(Bar(words, told, 0, size, figures=figures, colour=colour, is_bar=True))
    caption = f"The number of histories accounts for {luck:.1f} points (standard deviation)"
    if sizes:
        most = max(sizes, key=lambda words: sizes[words])
        caption += f"; {most} move the odds most, by {sizes[most]:.1f} points."
    else:
        caption += "; these histories do not tell the other parts from nothing."
    axis = "standard deviation of the odds, points"
    return Picture("rests-on", "What the odds rest on", caption, partial(draw_rows, rows=bars, axis=axis))


def drivers(shown: Shown) -> Picture | None:
    """Return which parameters move the odds most: the odds in their lowest and their highest third."""
    answer, rows = shown.answer, shown.rows("drivers")
    third = answer.n / 3
    if rows.empty or answer.estimate is None or third < LEAST:
        return None
    rows = rows.assign(apart=(rows["odds_high_third"] - rows["odds_low_third"]).abs()).dropna(subset="apart")
    known = rows.sort_values("apart", ascending=False, kind="stable").to_dict("records")
    if not known:
        return None
    bars, names = [], shown.results.party_names
    for row in known[:_TOP]:
        is_data = row["basis"] in (INFORMED, LITERATURE)
        ends = 100 * row["odds_low_third"], 100 * row["odds_high_third"]
        name, note = plain_name(row["parameter"], names), f"{row['parameter']}, {row['basis'] or UNKNOWN}"
        figures = f"{in_percent(row['odds_low_third'])} to {in_percent(row['odds_high_third'])}"
        dots, colour, dash = ((ends[0], False), (ends[1], True)), BLUE if is_data else ORANGE, "" if is_data else "4 3"
        bars.append(Bar(name, note, min(ends), max(ends), dots, figures, colour, dash=dash))
    share = answer.estimate
    reach = 100 * 1.96 * sqrt(share * (1 - share) / third)
    chance = (max(100 * share - reach, 0.0), min(100 * share + reach, 100.0))
    is_told = bars[0].low < chance[0] or bars[0].high > chance[1]
    finding = f"“{bars[0].label}” moves the odds most: {bars[0].figures} %" if is_told else "None is told from chance,"
    caption = (
        f"{finding} from its lowest third (ring) to its highest (dot). Full lines: informed or from literature; "
        "dashed: judgement; what ends in the grey band cannot be told from chance."
    )
    draw = partial(draw_rows, rows=bars, axis="% of simulated histories", at=100 * share, chance=chance)
    return Picture("drivers", "What moves the odds", caption, draw)


def definitions(shown: Shown) -> Picture | None:
    """Return the odds under every definition that moves them, those farthest from the run's own first."""
    rows = shown.rows("definitions").to_dict("records")
    if len(rows) < 2:
        return None
    own = next((row["estimate"] for row in rows if row["definition"] == AS_RUN), rows[0]["estimate"])
    rows.sort(key=lambda row: -abs(row["estimate"] - own))
    told = [row for row in rows if row["definition"] == AS_RUN or abs(row["estimate"] - own) >= _MOVES]
    bars = [share_bar(row["definition"], row, is_shown=row["definition"] == AS_RUN) for row in told]
    caption = (
        f"The same histories judged by other definitions: “{rows[0]['definition']}” moves the odds most, from "
        f"{in_percent(own)} to {in_percent(rows[0]['estimate'])} %; {len(rows) - len(told)} others move them by less "
        "than half a point."
    )
    draw = partial(draw_rows, rows=bars, axis="% of simulated histories", at=100 * own)
    return Picture("definitions", "Other definitions", caption, draw)


def given(shown: Shown) -> Picture | None:
    """Return the odds among the histories in which another question was answered by yes before."""
    earliest: dict[str, dict[Any, Any]] = {}
    for row in shown.rows("given").to_dict("records"):
        earliest.setdefault(row["given"].partition(" by ")[0], row)
    if not earliest:
        return None
    texts = list_questions(shown.results)
    rows = sorted(earliest.items(), key=lambda item: -item[1]["estimate"])
    bars = [
        share_bar(f"{texts[question]}, by day {row['given'].rpartition(' ')[2]}", row, f"{row['n']:,} histories")
        for question, row in rows
    ]
    most = rows[0][1]
    caption = (
        f"It comes in {in_percent(most['estimate'])} % of the histories with “{bars[0].label}”, and in "
        f"{in_percent(most['odds'])} % of all. This is what goes with it, not what causes it."
    )
    draw = partial(draw_rows, rows=bars, axis="% of these histories", at=100 * most["odds"])
    return Picture("given", "If something happens first", caption, draw)
