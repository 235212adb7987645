"""Pictures of the page: ticks, places, words that cannot become markup, and sizes that a phone can show."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from sim.report.chart import NARROW, TEXT, WIDE, Bar, Chart, Picture, draw_rows, join_panels, span, ticks

HOSTILE = "</text></svg><script>alert(1)</script><img src=x onerror='alert(1)'>\" & "


def drawn(chart: Chart, label: str = "a picture") -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg(label))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.0, 34.2], (0, 40)), ([-19.5, -2.0], (-20, 0)), ([], (0, 1)), ([0.0, float("nan")], (0, 1)), ([0.4], (0, 0.4))],
)
def test_an_axis_holds_zero_and_all_values_and_ends_on_a_tick(values: list[float], expected: tuple[float, float]):
    low, high = span(values)
    assert (low, high) == pytest.approx(expected)
    marks = ticks(low, high, 5)
    assert marks[0] == pytest.approx(low)
    assert marks[-1] == pytest.approx(high)
    assert 3 <= len(marks) <= 6


def test_values_have_their_place_in_the_frame():
    chart = Chart(200, 100, (0, 10), (0, 4), left=20, right=30, top=5, bottom=15)
    assert (chart.x(0), chart.x(10)) == (20, 170)
    assert (chart.y(0), chart.y(4)) == (85, 5)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_words_become_markup_and_none_are_smaller_than_a_phone_shows(width: int):
    bars = [Bar(HOSTILE, HOSTILE, 1, 5, ((3, True), (4, False)), HOSTILE), Bar("plain", low=0, high=2, is_bar=True)]
    chart = draw_rows(width, bars, HOSTILE, at=2.5, chance=(2, 3))
    chart.legend([(HOSTILE, "#000000", ""), ("area", "#eeeeee", "area")], 10)
    element = drawn(join_panels(width, [(HOSTILE, chart)]), HOSTILE)
    tags = {child.tag.rpartition("}")[2] for child in element.iter()}
    assert tags == {"svg", "g", "text", "rect", "polyline", "circle"}
    assert element.get("aria-label") == HOSTILE
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', chart.svg(""))]
    assert min(sizes) >= 12
    assert TEXT in sizes


def test_rows_stay_within_their_width_and_are_the_same_bytes_every_time():
    bars = [Bar(f"what-if {k}", low=k, high=k + 3, dots=((k + 1, True),), figures="12 (10–14)") for k in range(8)]
    for width in (WIDE, NARROW):
        picture = Picture("rows", "Rows", "A finding.", lambda across: draw_rows(across, bars, "points"))
        text = picture.svg(width)
        assert text == picture.svg(width)
        assert len(text) < 8_000
        places = [float(value) for value in re.findall(r' (?:cx|x|x1|x2)="(-?[\d.]+)"', text)]
        assert all(0 <= place <= width for place in places)
        assert 'aria-label="Rows. A finding."' in text


def test_a_value_that_is_not_known_is_not_drawn():
    text = draw_rows(WIDE, [Bar("unknown", figures="not resolved"), Bar("known", low=0, high=1, is_bar=True)], "").svg(
        ""
    )
    assert text.count("<rect") == 1
    assert "nan" not in text
    assert "not resolved" in text
