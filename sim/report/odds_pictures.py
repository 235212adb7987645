"""Pictures of odds on the page: over time, what they rest on, what-ifs side by side, drivers, definitions."""

from __future__ import annotations

from functools import partial
from math import sqrt
from typing import Any, Final

import pandas as pd

from sim.report.chart import INK, SOFT, WIDE, Bar, Chart, Picture, draw_rows, span
from sim.report.pictures import BLUE, GREEN, GREY, ORANGE, PURPLE
from sim.report.presentation import Shown
from sim.report.sheet import NOT_RESOLVED, in_percent
from sim.results.analysis.pairs import ANY
from sim.results.analysis.policy_variance import UNRESOLVED
from sim.scenario.parameter_catalogue import plain_name

_MOST_LINES: Final = 12
"""Most what-ifs whose curves stand behind the one shown."""
_MOST_ROWS: Final = 24
_TOP: Final = 10
_PARTS: Final = {
    "sd_calibrated": ("parameters that data inform", BLUE),
    "sd_assumed": ("assumed parameters", ORANGE),
    "sd_interaction": ("both of these together", GREEN),
    "sd_policies": ("the parties' policies", PURPLE),
}
_Rows = list[dict[Any, Any]]


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
    return Picture(
        "odds-over-time",
        "How the odds build up",
        caption,
        partial(_draw_over_time, shown=shown, rows=rows, behind=behind),
    )


def _draw_over_time(width: int, shown: Shown, rows: pd.DataFrame, behind: list[pd.DataFrame]) -> Chart:
    manifest, reference = shown.results.manifest, shown.results.manifest["reference"]
    kinds = {question["id"]: question["kind"] for question in manifest["questions"]}
    is_of_war = kinds.get(shown.answer.question) == "war" and "best" in reference
    tops = [*rows["high"], *(group["estimate"].max() for group in behind), reference["high"] if is_of_war else 0.0]
    up = (0.0, span(100 * float(top) for top in tops)[1])
    margin = (96 if width == WIDE else 72) if is_of_war else 14
    chart = Chart(width, 330 if width == WIDE else 280, (0, int(rows["day"].max())), up, top=28, right=margin)
    chart.axes(f"days since {manifest['resolved'].get('start', 'the start')}", "% of simulated histories")
    for group in behind:
        chart.curve([*group["day"]], [*(100 * group["estimate"])], "#b5b5b5", width=1.2)
    days = [*rows["day"]]
    chart.band(days, [*(100 * rows["low"])], [*(100 * rows["high"])], BLUE, 0.25)
    chart.curve(days, [*(100 * rows["estimate"])], BLUE, width=2.5)
    for row in rows[rows["day"].isin(manifest["horizons"])].to_dict("records"):
        place = chart.x(row["day"])
        chart.stroke([(place, chart.y(0)), (place, chart.top)], SOFT, 1, "2 3")
        chart.dot(place, chart.y(100 * row["estimate"]), BLUE, radius=4)
        anchor = "end" if row["day"] == days[-1] else "middle"
        chart.text(place - 3, chart.y(100 * row["high"]) - 7, in_percent(row["estimate"]), anchor)
    if is_of_war:
        _draw_reference(chart, reference)
    return chart


def _draw_reference(chart: Chart, reference: dict[str, Any]) -> None:
    """Draw how many past disputes became wars, apart from the curve on its right."""
    low, best, high = (chart.y(100 * reference[name]) for name in ("low", "best", "high"))
    left = chart.width - chart.right + 16
    chart.rect((left, left + 18), (low, high), GREY, ' fill-opacity="0.45"')
    chart.stroke([(left, best), (left + 18, best)], INK, 2)
    chart.text(left + 22, best + 4, f"{in_percent(reference['best'])} %", colour=SOFT)
    for number, words in enumerate(("past", "disputes")):
        chart.text(left - 4, min(low + 17, chart.y(0) - 17) + 16 * number, words, colour=SOFT)


def rests_on(shown: Shown) -> Picture | None:
    """Return what the odds rest on: standard deviations in points, or that a part is not resolved."""
    rows = shown.rows("odds").to_dict("records")
    if not rows or pd.isna(rows[0]["se_monte_carlo"]):
        return None
    row = rows[0]
    named = row.get(UNRESOLVED)
    unclear = named.split(", ") if isinstance(named, str) else []
    luck = 100 * float(row["se_monte_carlo"])
    bars = [
        Bar("number of histories", "more runs shrink this", 0, luck, figures=f"{luck:.1f}", colour=GREY, is_bar=True)
    ]
    sizes: dict[str, float] = {}
    for column, (words, colour) in _PARTS.items():
        size = 100 * float(row[column]) if column in row and pd.notna(row[column]) else float("nan")
        if column.removeprefix("sd_") in unclear:
            bars.append(Bar(words, "only knowing more shrinks this", figures=NOT_RESOLVED))
        elif not pd.isna(size):
            sizes[words] = size
            note = "only knowing more shrinks this"
            bars.append(Bar(words, note, 0, size, figures=f"{size:.1f}", colour=colour, is_bar=True))
    caption = f"The number of histories accounts for {luck:.1f} points (standard deviation)"
    if sizes:
        most = max(sizes, key=lambda words: sizes[words])
        caption += f"; {most} move the odds most, by {sizes[most]:.1f} points."
    else:
        caption += "; these histories do not tell the other parts from nothing."
    axis = "standard deviation of the odds, points"
    return Picture("rests-on", "What the odds rest on", caption, partial(draw_rows, rows=bars, axis=axis))


def what_ifs(shown: Shown) -> Picture | None:
    """Return the odds of every what-if with their intervals; of many, the highest and the lowest."""
    rows: _Rows = shown.rows("odds", "point").sort_values("estimate", ascending=False, kind="stable").to_dict("records")
    if len(rows) < 2 or "pairs" in shown.frames:
        return None
    names = shown.results.point_names
    half = _MOST_ROWS // 2
    told = rows if len(rows) <= _MOST_ROWS else [*rows[:half], *rows[-half:]]
    bars = [
        Bar(
            names[row["point"]],
            "shown above" if row["point"] == shown.answer.point else "",
            100 * row["low"],
            100 * row["high"],
            ((100 * row["estimate"], row["point"] == shown.answer.point),),
            f"{in_percent(row['estimate'])} ({in_percent(row['low'])}–{in_percent(row['high'])})",
            BLUE if row["point"] == shown.answer.point else SOFT,
        )
        for row in told
    ]
    caption = (
        f"Of {len(rows)} what-ifs “{names[rows[0]['point']]}” has the highest simulated odds, "
        f"{in_percent(rows[0]['estimate'])} %, and “{names[rows[-1]['point']]}” the lowest, "
        f"{in_percent(rows[-1]['estimate'])} %; lines are 95 % intervals from the number of histories alone."
    )
    if len(told) < len(rows):
        caption += f" Shown: the {half} highest and the {half} lowest."
    draw = partial(draw_rows, rows=bars, axis=f"% of simulated histories within {shown.answer.horizon_days} days")
    return Picture("what-ifs", "What-ifs side by side", caption, draw)


def lever_differences(shown: Shown) -> Picture | None:
    """Return how much each lever changes the odds, history by history, with its rank."""
    rows: _Rows = shown.rows("levers", "point").sort_values("difference", kind="stable").to_dict("records")
    if not rows:
        return None
    bars = [
        Bar(
            row["lever"],
            f"rank {row['rank']} ({row['rank_low']}–{row['rank_high']})",
            100 * row["low"],
            100 * row["high"],
            ((100 * row["difference"], True),),
            f"{100 * row['difference']:+.1f}".replace("-", "−"),
        )
        for row in rows
    ]
    best = rows[0]
    verb = "lowers" if best["difference"] < 0 else "raises"
    ends = sorted(abs(100 * best[name]) for name in ("low", "high"))
    clear = best["low"] > 0 or best["high"] < 0
    found = f"{verb} the simulated odds by {abs(100 * best['difference']):.1f} points ({ends[0]:.1f} to {ends[1]:.1f})"
    found = found if clear else "does not change the simulated odds beyond chance"
    caption = f"Against “{best['against']}”, “{best['lever']}” {found}."
    draw = partial(draw_rows, rows=bars, axis=f"points, against “{best['against']}”", at=0.0)
    return Picture("levers", "What each lever changes", caption, draw)


def pairs_grid(shown: Shown) -> Picture | None:
    """Return the odds of every pair of policies as a grid of numbers."""
    rows = shown.rows("pairs", "point")
    if rows.empty:
        return None
    down, across = rows.columns[2], rows.columns[3]
    grid = 100 * rows.pivot_table(index=down, columns=across, values="estimate", sort=False)
    names = shown.results.party_names
    sides = [names.get(str(column).rpartition(".")[2], str(column)) for column in (down, across)]
    top = rows.sort_values("estimate", kind="stable").iloc[-1]
    caption = (
        f"With {rows['n'].min():,} histories a pair, the simulated odds are highest, {in_percent(top['estimate'])} %, "
        f"where {sides[0]} follows {top[down]} and {sides[1]} {top[across]}."
    )
    draw = partial(_draw_grid, grid=grid, sides=sides)
    return Picture("pairs", "Pairs of policies", caption, draw)


def regret_grid(shown: Shown) -> Picture | None:
    """Return the regret of every policy under each policy of the other party."""
    rows = shown.rows("regret")
    if rows.empty:
        return None
    rows = rows[rows["opponent"] == ANY].sort_values("mean", kind="stable")
    names = shown.results.party_names
    bars = [
        Bar(
            f"{names.get(str(row['factor']).rpartition('.')[2], row['factor'])}: {row['policy']}",
            low=0,
            high=100 * row["mean"],
            figures=f"{100 * row['mean']:.1f}",
            is_bar=True,
        )
        for row in rows.to_dict("records")
    ]
    caption = (
        f"Least regret has “{bars[0].label}”: its histories see the event {bars[0].figures} points more often than "
        "under the best policy of that party, known only afterwards."
    )
    return Picture("regret", "Regret", caption, partial(draw_rows, rows=bars, axis="mean regret, points"))


def _draw_grid(width: int, grid: pd.DataFrame, sides: list[str]) -> Chart:
    """Return a grid whose columns are named by the first words of its rows, which stand in full on the left."""
    left = 200 if width == WIDE else 118
    cell = (width - left - 4) / grid.shape[1]
    key = [(f"down: {sides[0]}", INK, ""), (f"across: {sides[1]}", INK, "")]
    top = 44.0
    chart = Chart(width, top + 34 * len(grid) + 10)
    chart.text(2, 14, "; ".join(words for words, *_ in key), colour=SOFT)
    for number, name in enumerate(map(str, grid.columns)):
        chart.text(left + cell * (number + 0.5), top - 8, name.partition(" ")[0][:6], "middle", SOFT)
    for row, (name, values) in enumerate(zip(map(str, grid.index), grid.to_numpy().tolist(), strict=True)):
        y = top + 34 * row
        chart.text(left - 8, y + 21, name[: 28 if width == WIDE else 16], "end")
        for column, value in enumerate(values):
            x = left + cell * column
            chart.rect((x, x + cell - 2), (y, y + 32), BLUE, f' fill-opacity="{0.06 + 0.94 * value / 100:.2f}"')
            chart.text(x + cell / 2 - 1, y + 21, f"{value:.0f}", "middle", "#ffffff" if value > 55 else INK)
    return chart


def drivers(shown: Shown) -> Picture | None:
    """Return which parameters move the odds most: the odds in their lowest and their highest third."""
    rows = shown.rows("drivers").sort_values("rank").head(_TOP)
    rows = rows[rows["odds_low_third"].notna() & rows["odds_high_third"].notna()] if len(rows) else rows
    answer = shown.answer
    if rows.empty or answer.estimate is None:
        return None
    bars = []
    for row in rows.to_dict("records"):
        is_data = row["basis"] == "calibrated"
        ends = 100 * row["odds_low_third"], 100 * row["odds_high_third"]
        bars.append(
            Bar(
                plain_name(row["parameter"], shown.results.party_names),
                f"{row['parameter']}, {'data' if is_data else 'assumed'}",
                min(ends),
                max(ends),
                ((ends[0], False), (ends[1], True)),
                f"{in_percent(row['odds_low_third'])} to {in_percent(row['odds_high_third'])}",
                BLUE if is_data else ORANGE,
                dash="" if is_data else "4 3",
            )
        )
    share, third = answer.estimate, max(answer.n / 3, 1)
    reach = 100 * 1.96 * sqrt(share * (1 - share) / third)
    chance = (max(100 * share - reach, 0.0), min(100 * share + reach, 100.0))
    caption = (
        f"“{bars[0].label}” moves the odds most: {bars[0].figures} % from its lowest third (ring) to its highest "
        "(dot). Full lines: informed by data; dashed: assumed; what ends in the grey band cannot be told from chance."
    )
    draw = partial(draw_rows, rows=bars, axis="% of simulated histories", at=100 * share, chance=chance)
    return Picture("drivers", "What moves the odds", caption, draw)


def definitions(shown: Shown) -> Picture | None:
    """Return the odds under every definition, those farthest from the run's own first."""
    rows: _Rows = shown.rows("definitions").to_dict("records")
    if len(rows) < 2:
        return None
    own = next((row["estimate"] for row in rows if row["definition"] == "as run"), rows[0]["estimate"])
    rows.sort(key=lambda row: -abs(row["estimate"] - own))
    bars = [
        Bar(
            row["definition"],
            low=100 * row["low"],
            high=100 * row["high"],
            dots=((100 * row["estimate"], row["definition"] == "as run"),),
            figures=in_percent(row["estimate"]),
            colour=BLUE if row["definition"] == "as run" else SOFT,
        )
        for row in rows
    ]
    caption = (
        f"The same histories judged by other definitions: “{rows[0]['definition']}” moves the odds most, from "
        f"{in_percent(own)} to {in_percent(rows[0]['estimate'])} %."
    )
    draw = partial(draw_rows, rows=bars, axis="% of simulated histories", at=100 * own)
    return Picture("definitions", "Other definitions", caption, draw)
