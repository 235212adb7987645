"""Pictures of the report as light SVG, the same bytes every time: a frame with axes, and rows of dots and bars.

Every text is escaped, no text is smaller than `TEXT` at the width it is drawn for, and shape or dash stands beside
colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from math import floor, isnan, log10
from textwrap import wrap
from typing import Any, Final, NamedTuple

from rich.cells import cell_len

from sim.report.pictures import BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, SKY
from sim.report.sheet import in_percent

WIDE: Final = 720
NARROW: Final = 340
"""Widths for which a picture is drawn [px]: a screen, and a phone."""
TEXT: Final = 13
_LETTER: Final = 0.57 * TEXT  # how wide a letter is taken to be [px]
_LINE: Final = TEXT + 4
COLOURS: Final = (BLUE, ORANGE, GREEN, PURPLE, SKY, "#e69f00", "#5d3a9b", GREY)
DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "4 4", "1 3", "12 4", "6 2 2 2")
AREA: Final = "area"  # in the place of a dash, the legend of an area
INK, SOFT = "#1a1a1a", "#4a4a4a"

Span = tuple[float, float]


@dataclass(frozen=True)
class Picture:
    """A figure of the page: what it is called, what it shows in words, and how it is drawn for a width."""

    name: str  # its id on the page
    heading: str
    caption: str  # the finding, in one sentence made of the numbers
    draw: Callable[[int], Chart]

    def svg(self, width: int) -> str:
        """Return it as an element that says its finding to who does not see it."""
        return self.draw(width).svg(f"{self.heading}. {self.caption}")


@dataclass
class Chart:
    """A sheet to draw on, in pixels, with a frame in which values have a place."""

    width: int
    height: float
    across: Span = (0.0, 1.0)
    up: Span = (0.0, 1.0)
    left: float = 44
    right: float = 14
    top: float = 10
    bottom: float = 42
    parts: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        """Return the place of a value from the left."""
        low, high = self.across
        return self.left + (value - low) / (high - low) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Return the place of a value from the top."""
        low, high = self.up
        return self.height - self.bottom - (value - low) / (high - low) * (self.height - self.top - self.bottom)

    def text(self, x: float, y: float, words: str, anchor: str = "start", colour: str = INK, more: str = "") -> None:
        """Write words whose base line is at `y`."""
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(f'<text x="{_px(x)}" y="{_px(y)}"{at} fill="{colour}"{more}>{escape(words)}</text>')

    def rect(self, x: Span, y: Span, colour: str, more: str = "") -> None:
        """Fill what lies between two places across and two from the top."""
        left, right = sorted(x)
        top, foot = sorted(y)
        size = f'width="{_px(right - left)}" height="{_px(foot - top)}"'
        self.parts.append(f'<rect x="{_px(left)}" y="{_px(top)}" {size} fill="{colour}"{more}/>')

    def stroke(self, places: Iterable[Span], colour: str, width: float = 2, dash: str = "") -> None:
        """Draw a line through places."""
        through = f'points="{" ".join(f"{_px(x)},{_px(y)}" for x, y in places)}"'
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(f'<polyline {through} fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>')

    def curve(self, xs: Iterable[float], ys: Iterable[float], colour: str, dash: str = "", width: float = 2) -> None:
        """Draw a line through values."""
        self.stroke([(self.x(x), self.y(y)) for x, y in zip(xs, ys, strict=True)], colour, width, dash)

    def band(
        self, xs: Iterable[float], lows: Iterable[float], highs: Iterable[float], colour: str, strength: float
    ) -> None:
        """Shade between two lines through values."""
        there = [*zip(xs, highs, strict=True), *reversed([*zip(xs, lows, strict=True)])]
        corners = " ".join(f"{_px(self.x(x))},{_px(self.y(y))}" for x, y in there)
        self.parts.append(f'<polygon points="{corners}" fill="{colour}" fill-opacity="{strength:g}"/>')

    def dot(self, x: float, y: float, colour: str, *, filled: bool = True, radius: float = 5) -> None:
        """Draw a dot or a ring at a place."""
        fill = colour if filled else "#ffffff"
        where = f'cx="{_px(x)}" cy="{_px(y)}" r="{radius:g}"'
        self.parts.append(f'<circle {where} fill="{fill}" stroke="{colour}" stroke-width="1.8"/>')

    def axes(self, across: str, up: str, *, powers: bool = False) -> None:
        """Draw both axes with their ticks: lines over the frame for what rises, numbers below for what runs on.

        Of `powers` of ten the values are logarithms.
        """
        for tick in (tick for tick in ticks(*self.up, count=5) if not powers or tick == int(tick)):
            height, value = self.y(tick), 10**tick if powers else tick
            self.stroke([(self.left, height), (self.width - self.right, height)], PALE, 1)
            self.text(self.left - 6, height + 4, _number(value), "end", SOFT)
        self.axis(across)
        self.text(2, self.top - 12, up, colour=SOFT)

    def axis(self, words: str) -> None:
        """Draw the axis below the frame."""
        foot = self.height - self.bottom
        for tick in ticks(*self.across, count=4 if self.width < WIDE else 8):
            self.stroke([(self.x(tick), foot), (self.x(tick), foot + 5)], SOFT, 1)
            self.text(self.x(tick), foot + 19, _number(tick), "middle", SOFT)
        self.text(max(self.width - self.right, cell_len(words) * _LETTER), self.height - 5, words, "end", SOFT)

    def legend(self, names: Sequence[tuple[str, str, str]], y: float) -> None:
        """Write what each line is, as (name, colour, dash), from a height down."""
        for words, colour, dash, x, row in _placed(names, self.width):
            height = y + row * _LINE
            if dash == AREA:
                self.rect((x, x + 20), (height - 11, height + 1), colour, f' stroke="{SOFT}" stroke-width="0.6"')
            else:
                self.stroke([(x, height - 4), (x + 20, height - 4)], colour, 2.5, dash)
            self.text(x + 25, height, words)

    def svg(self, label: str) -> str:
        """Return the sheet as an element; `label` is what it says to who does not see it."""
        size = f'viewBox="0 0 {self.width} {_px(self.height)}" width="{self.width}" height="{_px(self.height)}"'
        style = f'font-family="system-ui, sans-serif" font-size="{TEXT}"'
        return f'<svg role="img" aria-label="{escape(label)}" {size} {style}>{"".join(self.parts)}</svg>'


def join_panels(width: int, panels: Sequence[tuple[str, Chart]], top: float = 0) -> Chart:
    """Return charts with titles below each other, or side by side as far as the width takes them."""
    whole, x, y, tallest = Chart(width, 0), 0.0, top, 0.0
    for title, panel in panels:
        if x + panel.width > width:
            x, y, tallest = 0.0, y + tallest, 0.0
        whole.parts.append(f'<g transform="translate({_px(x)} {_px(y + _LINE)})">{"".join(panel.parts)}</g>')
        whole.text(x + 2, y + TEXT, title, more=' font-weight="600"')
        x, tallest = x + panel.width, max(tallest, panel.height + _LINE + 8)
    whole.height = y + tallest
    return whole


class Bar(NamedTuple):
    """A line of a picture by rows: words on its left, a bar or a whisker, dots, and figures on its right."""

    label: str
    note: str = ""  # in small beside the label
    low: float = float("nan")
    high: float = float("nan")
    dots: tuple[tuple[float, bool], ...] = ()  # value, and whether it is filled
    figures: str = ""
    colour: str = BLUE
    is_bar: bool = False
    dash: str = ""


def share_bar(
    label: str, row: dict[Any, Any], note: str = "", figures: str = "", *, of: str = "estimate", is_shown: bool = True
) -> Bar:
    """Return the whisker and dot of a row of a table that holds a share and its interval; filled where it is shown."""
    dots, told = ((100 * row[of], is_shown),), figures or in_percent(row[of])
    return Bar(label, note, 100 * row["low"], 100 * row["high"], dots, told, BLUE if is_shown else SOFT)


def draw_rows(
    width: int, rows: Sequence[Bar], axis: str, *, at: float | None = None, chance: Span | None = None
) -> Chart:
    """Return rows below each other over one axis, a line at `at` and what chance alone gives in grey.

    On a phone the words of a row stand above it.
    """
    beside = width >= WIDE
    room = 250.0 if beside else width - 8.0
    right = 18 + _LETTER * max((cell_len(row.figures) for row in rows), default=0)
    words = [[*_lines(row.label, room), *([row.note] if row.note else [])] for row in rows]
    heights = [max(30, len(lines) * _LINE + 8) if beside else len(lines) * _LINE + 26 for lines in words]
    values = [value for row in rows for value in (row.low, row.high, *(dot for dot, _ in row.dots))]
    reach = span([*values, *(() if at is None else (at,)), *(chance or ())])
    chart = Chart(width, sum(heights) + 50, reach, left=room + 10 if beside else 8, right=right, top=4)
    foot = chart.height - chart.bottom
    if chance is not None:
        chart.rect((chart.x(chance[0]), chart.x(chance[1])), (chart.top, foot), GREY, ' fill-opacity="0.22"')
    for tick in ticks(*reach, count=4 if not beside else 8):
        chart.stroke([(chart.x(tick), chart.top), (chart.x(tick), foot)], PALE, 1)
    if at is not None:
        chart.stroke([(chart.x(at), chart.top), (chart.x(at), foot)], INK, 1, "3 3")
    top = chart.top
    for row, lines, height in zip(rows, words, heights, strict=True):
        first = top + (height - len(lines) * _LINE) / 2 + TEXT if beside else top + TEXT + 2
        for number, line in enumerate(lines):
            is_note = bool(row.note) and number == len(lines) - 1
            place = (chart.left - 10, "end") if beside else (chart.left, "start")
            size = f' font-size="{TEXT - 1}"' if is_note else ""
            chart.text(place[0], first + number * _LINE, line, place[1], SOFT if is_note else INK, size)
        _draw_row(chart, row, top + height / 2 if beside else top + height - 12)
        top += height
    chart.axis(axis)
    return chart


def _draw_row(chart: Chart, row: Bar, middle: float) -> None:
    if not (isnan(row.low) or isnan(row.high)):
        ends = chart.x(row.low), chart.x(row.high)
        if row.is_bar:
            chart.rect(ends, (middle - 8, middle + 8), row.colour)
        else:
            chart.stroke([(ends[0], middle), (ends[1], middle)], row.colour, 3, row.dash)
    for value, filled in row.dots:
        if not isnan(value):
            chart.dot(chart.x(value), middle, row.colour, filled=filled)
    chart.text(chart.width - 2, middle + 4, row.figures, "end", SOFT)


def make_chart(width: int, height: float, across: Span, up: Span, key: Sequence[tuple[str, str, str]]) -> Chart:
    """Return a chart below its legend, for which it is higher."""
    room = (max((row for *_, row in _placed(key, width)), default=-1) + 1) * _LINE
    chart = Chart(width, height + room, across, up, top=room + 26)
    chart.legend(key, 14)
    return chart


def _placed(names: Sequence[tuple[str, str, str]], width: int) -> list[tuple[str, str, str, float, int]]:
    placed, x, row = [], 2.0, 0
    for words, colour, dash in names:
        shown = words if cell_len(words) * _LETTER < width - 30 else f"{words[: int((width - 40) / _LETTER)]}…"
        takes = 25 + cell_len(shown) * _LETTER + 16
        if x > 2 and x + takes > width + 12:
            x, row = 2.0, row + 1
        placed.append((shown, colour, dash, x, row))
        x += takes
    return placed


def _lines(words: str, room: float) -> list[str]:
    """Return words in at most three lines that fit a room."""
    lines = wrap(words, max(int(room / _LETTER), 8)) or [""]
    return lines if len(lines) <= 3 else [*lines[:2], f"{lines[2][:-1]}…"]


def span(values: Iterable[float]) -> Span:
    """Return from where to where an axis runs: it holds 0 and all values, and ends on a tick."""
    known = [0.0, *(value for value in values if not isnan(value))]
    low, high = min(known), max(known)
    if low == high:
        return 0.0, 1.0
    step = _step(high - low, 5)
    return step * floor(low / step), step * -floor(-high / step)


def ticks(low: float, high: float, count: int) -> list[float]:
    """Return round numbers within bounds, about as many as asked."""
    step = _step(high - low, count)
    first, last = -floor(-low / step + 1e-9), floor(high / step + 1e-9)
    return [round(step * number, 10) + 0.0 for number in range(int(first), int(last) + 1)]


def _step(reach: float, count: int) -> float:
    power = 10.0 ** floor(log10(reach / count))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * count >= reach * 0.999)


def _number(value: float) -> str:
    return f"{value:,g}".replace("-", "−")


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
