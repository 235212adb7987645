"""Declared parameters: bounds, messages, collection."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from sim.core.parameters import REPLICATES, SEEDS, Interval, parameter, parameters_of, problems_with


@dataclass(frozen=True)
class Owner:
    label: str = "none"
    share: float = parameter(0.3, Interval(0, 1), unit="1", source="assumption", text="a share")
    rate: float = parameter(2.0, Interval(0), unit="1/day", source="S2.15", text="a rate")


@pytest.mark.parametrize(
    ("interval", "text", "outside"),
    [
        (Interval(0, 1), "between 0 and 1", (-1.0, 2.0)),
        (Interval(low=0.5), "at least 0.5", (-0.5,)),
        (Interval(high=3), "at most 3", (4.0,)),
        (Interval(), "a finite number", ()),
    ],
)
def test_an_interval_says_what_it_allows(interval, text, outside):
    assert str(interval) == text
    assert interval.outside() == outside
    assert not any(interval.contains(value) for value in outside)


def test_whole_numbers_are_compared_exactly_and_may_have_any_length():
    seeds = Interval(0, 2**63 - 1)
    assert seeds.contains(2**63 - 1)
    assert not seeds.contains(2**63), "the same number as the bound once it is a float"
    assert not Interval(0, 1).contains(10**400)
    assert not Interval().contains(10**400), "no float is as large"


def test_replicates_are_numbered_from_0_to_a_billion_and_seeds_are_as_long_as_a_word_with_sign():
    assert [REPLICATES.contains(n) for n in (0, 1, 10**9, 10**9 + 1)] == [False, True, True, False]
    assert [SEEDS.contains(n) for n in (-1, 0, 2**63 - 1, 2**63)] == [False, True, True, False]


def test_an_interval_is_closed_and_finite():
    interval = Interval(0, 1)
    assert interval.contains(0)
    assert interval.contains(1.0)
    assert interval.contains(np.array([0.0, 0.5, 1.0]))
    assert not interval.contains(np.nextafter(1.0, 2.0))
    assert not interval.contains(np.array([0.5, 1.5]))
    assert not Interval().contains(math.inf)
    assert not Interval().contains(math.nan)


def test_parameters_are_collected_in_order_with_their_names():
    declared = parameters_of(Owner)
    assert list(declared) == ["share", "rate"]
    assert declared["rate"].unit == "1/day"
    assert declared["share"].name == "share"
    assert Owner().share == 0.3


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, None),
        (1, None),
        (np.float64(0.2), None),
        (np.array([0.0, 1.0]), None),
        (1.5, "1.5 is out of bounds; share must be between 0 and 1 [1]"),
        (math.nan, "nan is out of bounds; share must be between 0 and 1 [1]"),
        (np.array([0.5, 2.0]), "one of the values is out of bounds; share must be between 0 and 1 [1]"),
        ("half", "'half' is not a number; share must be between 0 and 1 [1]"),
        (True, "True is not a number; share must be between 0 and 1 [1]"),
        (None, "None is not a number; share must be between 0 and 1 [1]"),
    ],
)
def test_a_refusal_names_value_bounds_and_unit(value, message):
    assert parameters_of(Owner)["share"].problem_with(value) == message


def test_only_declared_and_faulty_values_are_reported():
    found = problems_with(Owner, {"label": 3, "share": -1.0, "rate": 4.0, "unknown": "x"})
    assert list(found) == ["share"]
    assert problems_with(Owner, {"share": 1.0}) == {}
