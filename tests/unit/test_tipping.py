"""Tipping points of odds that are known as a formula."""

from __future__ import annotations

import math

import pytest

from sim.core.intervals import interval
from sim.report.tipping_sheets import redrawn_words, tipping_words
from sim.results.analysis.tipping_points import Reading, Tipping, find_tipping_points

N = 10_000


def read_of(odds):
    def read(value):
        events = round(N * odds(value))
        return Reading(value, N, events, *interval(events, N))

    return read


def logistic(value):
    return 1 / (1 + math.exp(-6 * (value - 0.3)))


def test_a_rising_curve_is_crossed_where_the_formula_says():
    found = find_tipping_points(read_of(logistic), 0.0, 1.0, 0.4)
    (one,) = found.crossings
    exact = 0.3 + math.log(0.4 / 0.6) / 6
    assert one.rises
    assert one.value == pytest.approx(exact, abs=0.01)
    # One standard error of the odds over the slope there, times 1.96.
    half = 1.96 * math.sqrt(0.4 * 0.6 / N) / (6 * 0.4 * 0.6)
    assert one.low == pytest.approx(exact - half, abs=0.01)
    assert one.high == pytest.approx(exact + half, abs=0.01)
    assert not one.reaches_low
    assert not one.reaches_high


def test_a_falling_curve_is_the_mirror_of_a_rising_one():
    up = find_tipping_points(read_of(logistic), 0.0, 1.0, 0.4).crossings[0]
    down = find_tipping_points(read_of(lambda value: logistic(1 - value)), 0.0, 1.0, 0.4).crossings[0]
    assert not down.rises
    assert (down.low, down.value, down.high) == pytest.approx((1 - up.high, 1 - up.value, 1 - up.low), abs=0.01)


def test_a_curve_that_turns_is_crossed_twice():
    found = find_tipping_points(read_of(lambda value: value * (1 - value) * 4), 0.0, 1.0, 0.5)
    assert [one.value for one in found.crossings] == pytest.approx([0.1464, 0.8536], abs=0.01)
    assert [one.rises for one in found.crossings] == [True, False]


def test_odds_that_stay_on_one_side_have_no_tipping_point():
    found = find_tipping_points(read_of(lambda value: 0.1 + 0.05 * value), 0.0, 2.0, 0.3)
    assert not found.crossings
    assert tipping_words(found, "a.b", "1", 0.3) == [
        "There is no tipping point between 0 and 2: at all 5 values that were tried the odds are below 30 %, from 10 % "
        "to 20 %."
    ]


def test_a_level_that_an_interval_holds_is_not_denied():
    found = find_tipping_points(read_of(lambda value: 0.1 + 0.099 * value), 0.0, 1.0, 0.2)
    assert not found.crossings
    (words,) = tipping_words(found, "a.b", "1", 0.2)
    assert words.startswith("Whether there is a tipping point between 0 and 1 cannot be told: the odds are below 20 %")
    assert "at a.b = 1 (19–21 %) the 95 % interval holds the level" in words


def test_other_parameters_that_move_with_the_value_are_told():
    still = Tipping((), tuple(Reading(value, N, 1, 0.0, 0.1, redrawn=0.2) for value in (0.0, 1.0)))
    assert redrawn_words(still) == []
    moved = Tipping((), (*still.readings, Reading(2.0, N, 1, 0.0, 0.1, redrawn=0.4)))
    (words,) = redrawn_words(moved)
    assert words.startswith("At 2 40 % of the replicates drew their reactions anew, at 0 20 %")


def test_an_interval_that_the_bounds_cut_has_no_end_there():
    found = find_tipping_points(read_of(lambda value: 0.2 + 0.01 * value), 0.0, 1.0, 0.205)
    (one,) = found.crossings
    assert one.reaches_low
    assert one.reaches_high
    assert "0 or less to 1 or more" in tipping_words(found, "a.b", "1", 0.205)[0]


@pytest.mark.parametrize(
    ("odds", "rises"),
    [
        (lambda value: 0.1 if value < 4.3 else 0.9, [True]),
        (lambda value: 0.9 if value < 4.3 else 0.1, [False]),
        (lambda value: 0.21 if 4 < value < 6 else 0.05, [True, False]),
        (lambda value: 0.05 + 0.155 * math.exp(-(((value - 5) / 1.5) ** 2)), [True, False]),
    ],
    ids=["jump up", "jump down", "box", "bump"],
)
def test_odds_that_jump_or_only_touch_the_level_end_in_an_interval(odds, rises):
    found = find_tipping_points(read_of(odds), 0.0, 10.0, 0.2)
    assert [one.rises for one in found.crossings] == rises
    for one in found.crossings:
        assert one.low <= one.value <= one.high


def test_a_jump_is_bracketed_as_narrowly_as_the_search_is_exact():
    (one,) = find_tipping_points(read_of(lambda value: 0.1 if value < 4.3 else 0.9), 0.0, 10.0, 0.2).crossings
    assert one.low <= 4.3 <= one.high
    assert one.high - one.low < 0.5


def test_no_value_is_read_twice():
    asked = []
    read = read_of(logistic)
    find_tipping_points(lambda value: asked.append(value) or read(value), 0.0, 1.0, 0.4)
    assert len(asked) == len(set(asked)) < 25
