"""Tipping points of odds that are known as a formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from slow_forms import effective_size, wilson

from sim.core.errors import SimError, SupercriticalError
from sim.core.intervals import interval
from sim.report.sensitivity_sheets import redrawn_words, tipping_words
from sim.results.analysis.tipping_points import (
    Reading,
    ScanOutcomes,
    Tipping,
    find_tipping_points,
    make_reader,
    tabulate_readings,
)

N = 10_000


def read_of(odds):
    def read(value):
        events = round(N * odds(value))
        return Reading(value, N, events, *interval(events, N))

    return read


def logistic(value):
    return 1 / (1 + math.exp(-6 * (value - 0.3)))


def smooth(odds):
    """Return a reader whose number of events need not be whole, so that its bounds are smooth, too."""

    def read(value):
        return Reading(value, 400, 400 * odds(value), *wilson(odds(value), 400), redrawn=value / 8)

    return read


def solved(function, low, high):
    """Return where a function passes through 0 between two values of either sign, by halving."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (function(middle) > 0) == (function(low) > 0) else (low, middle)
    return (low + high) / 2


@pytest.mark.parametrize("rises", [True, False])
def test_a_crossing_and_the_ends_of_its_interval_are_where_the_formulas_say(rises: bool):
    def odds(value: float) -> float:
        return logistic(value if rises else 1 - value)

    (one,) = find_tipping_points(smooth(odds), 0.0, 1.0, 0.4, tolerance=1e-7).crossings
    value = solved(lambda at: odds(at) - 0.4, 0.0, 1.0)
    # Below a rising crossing the upper bound is first to leave the level, above it the lower.
    below, above = (1, 0) if rises else (0, 1)
    low = solved(lambda at: wilson(odds(at), 400)[below] - 0.4, 0.0, value)
    high = solved(lambda at: wilson(odds(at), 400)[above] - 0.4, value, 1.0)
    assert (one.low, one.value, one.high) == pytest.approx((low, value, high), abs=1e-5)
    assert (one.rises, one.reaches_low, one.reaches_high) == (rises, False, False)
    exact = 0.3 + math.log(0.4 / 0.6) / 6
    assert value == pytest.approx(exact if rises else 1 - exact)


def test_each_of_two_crossings_ends_where_its_own_bounds_leave_the_level():
    def odds(value: float) -> float:
        return value * (1 - value) * 4

    found = find_tipping_points(smooth(odds), 0.0, 1.0, 0.5, tolerance=1e-7).crossings
    ends = [solved(lambda at, bound=bound: wilson(odds(at), 400)[bound] - 0.5, 0.01, 0.5) for bound in (1, 0)]
    assert [found[0].low, found[0].high] == pytest.approx(ends, abs=1e-5)
    assert [found[1].high, found[1].low] == pytest.approx([1 - end for end in ends], abs=1e-5)


def test_a_search_is_as_exact_as_a_share_of_its_bounds():
    plain = find_tipping_points(smooth(logistic), 0.0, 1.0, 0.4)
    moved = find_tipping_points(smooth(lambda value: logistic((value - 1000) / 50)), 1000.0, 1050.0, 0.4)
    for one, other in zip(plain.readings, moved.readings, strict=True):
        assert 1000 + 50 * one.value == pytest.approx(other.value, abs=1e-6)
    assert plain == find_tipping_points(smooth(logistic), 0.0, 1.0, 0.4, tolerance=0.01)
    assert plain.crossings[0].value == pytest.approx(0.3 + math.log(0.4 / 0.6) / 6, abs=0.01)


def test_an_interval_holds_its_ends():
    one = Reading(1.0, 10, 3, 0.25, 0.5)
    assert [one.allows(odds) for odds in (0.24, 0.25, 0.4, 0.5, 0.51)] == [False, True, True, True, False]
    assert one.redrawn == 0.0


def test_every_value_that_was_tried_is_told_in_order():
    found = find_tipping_points(smooth(lambda value: 0.1 + 0.1 * value), 2.0, 4.0, 0.9)
    table = tabulate_readings(found)
    assert table["value"].tolist() == [2.0, 2.5, 3.0, 3.5, 4.0]
    assert table["estimate"].tolist() == pytest.approx([0.3, 0.35, 0.4, 0.45, 0.5])
    assert table["redrawn"].tolist() == [0.25, 0.3125, 0.375, 0.4375, 0.5]
    assert table[["low", "high"]].to_numpy()[1].tolist() == list(wilson(0.35, 400))
    assert (table["events"] == 400 * table["estimate"]).all() and set(table["n"]) == {400}
    assert not found.crossings


def test_a_level_that_is_just_met_is_no_crossing_of_it():
    """Odds that come down to the level and rise again never lie below it."""
    assert not find_tipping_points(smooth(lambda value: 0.25 + abs(value - 0.5)), 0.0, 1.0, 0.25).crossings


HAPPENED = [0, 1, 2, 3, 8]


class Scan:
    """Stands for a parameter of a scenario whose outcomes at two values are known."""

    key = "dyad.L-R.excitation"

    def simulate(self, value: float) -> ScanOutcomes:
        if value > 2:
            raise SupercriticalError("reactions never end")
        finished = np.array([0, 1, 2, 3, 5, 8, 9, 10, 14])
        return ScanOutcomes(finished[: 0 if value < 0 else 9], np.isin(np.arange(0 if value < 0 else 9), HAPPENED), 0.3)


def test_a_reading_stands_on_the_effective_number_of_replicates():
    read = make_reader(Scan())
    finished, holds = [0, 1, 2, 3, 5, 8, 9, 10, 14], [place in HAPPENED for place in range(9)]
    size = effective_size(holds, finished)
    found = read(0.5)
    assert (found.value, found.n, found.events, found.redrawn) == (0.5, 9, 5, 0.3)
    assert (found.low, found.high) == pytest.approx(wilson(5 / 9, size))
    assert size < 9
    with pytest.raises(SimError, match=r"at dyad\.L-R\.excitation = -1 no replicate finished"):
        read(-1.0)
    with pytest.raises(SupercriticalError, match=r"at dyad\.L-R\.excitation = 2\.5: reactions never end; choose other"):
        read(2.5)


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
