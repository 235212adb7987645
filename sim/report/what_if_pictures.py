"""Pictures of what-ifs on the page: side by side, what each lever changes, and pairs of policies."""

from functools import partial
from typing import Final

import pandas as pd

from sim.report.chart import INK, SOFT, WIDE, Bar, Chart, Picture, draw_rows, share_bar
from sim.report.pictures import BLUE
from sim.report.presentation import Shown
from sim.report.sheet import in_percent
from sim.results.analysis.pairs import ANY

_MOST_ROWS: Final = 24


def what_ifs(shown: Shown) -> Picture | None:
    """Return the odds of every what-if with their intervals; of many, the highest and the lowest."""
    rows = shown.sorted_rows("odds", "estimate", "point", falling=True)
    if len(rows) < 2 or "pairs" in shown.frames:
        return None
    names = shown.results.point_names
    half = _MOST_ROWS // 2
    told = rows if len(rows) <= _MOST_ROWS else [*rows[:half], *rows[-half:]]
    bars = []
    for row in told:
        is_shown = row["point"] == shown.answer.point
        figures = f"{in_percent(row['estimate'])} ({in_percent(row['low'])}–{in_percent(row['high'])})"
        bars.append(share_bar(names[row["point"]], row, "shown above" if is_shown else "", figures, is_shown=is_shown))
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
    rows = shown.sorted_rows("levers", "difference", "point")
    if not rows:
        return None
    bars = []
    for row in rows:
        figures = f"{100 * row['difference']:+.1f}".replace("-", "−")
        note = f"rank {row['rank']} ({row['rank_low']}–{row['rank_high']})"
        bars.append(share_bar(row["lever"], row, note, figures, of="difference"))
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
    rows = [row for row in shown.sorted_rows("regret", "mean") if row["opponent"] == ANY]
    if not rows:
        return None
    names = shown.results.party_names
    bars = []
    for row in rows:
        party = str(row["factor"]).rpartition(".")[2]
        regret = 100 * row["mean"]
        label = f"{names.get(party, party)}: {row['policy']}"
        bars.append(Bar(label, low=0, high=regret, figures=f"{regret:.1f}", is_bar=True))
    caption = (
        f"Least regret has “{bars[0].label}”: its histories see the event {bars[0].figures} points more often than "
        "under the best policy of that party, known only afterwards."
    )
    return Picture("regret", "Regret", caption, partial(draw_rows, rows=bars, axis="mean regret, points"))


def _draw_grid(width: int, grid: pd.DataFrame, sides: list[str]) -> Chart:
    """Return a grid whose columns are named by the first words of its rows, which stand in full on the left."""
    left = 200 if width == WIDE else 118
    cell = (width - left - 4) / grid.shape[1]
    top = 44.0
    chart = Chart(width, top + 34 * len(grid) + 10)
    chart.text(2, 14, f"down: {sides[0]}; across: {sides[1]}", colour=SOFT)
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
