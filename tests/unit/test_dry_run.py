"""The points that are tried before a sweep: few, chosen without chance, and every policy among them."""

from __future__ import annotations

from pathlib import Path

import mesa
from hypothesis import given
from hypothesis import strategies as st
from tiny import BASE, FACTOR, write_scenario

from sim.scenario.design import Factor, Point, full_factorial
from sim.scenario.scenario import Scenario
from sim.sweeps.dry_run import choose_points, rehearse


def factor(key: str, labels: list[str]) -> Factor:
    return Factor(key, tuple(labels), tuple(labels))


def numbers(key: str, count: int) -> Factor:
    return factor(key, [f"{place / 10:g}" for place in range(count)])


def test_few_points_are_all_tried():
    points = full_factorial([numbers("world.a", 4), numbers("world.b", 4)])
    assert choose_points(points) == points


def test_a_thousand_points_of_numbers_are_few_with_the_corners_and_the_ends():
    factors = [numbers("world.a", 10), numbers("world.b", 10), numbers("world.c", 10)]
    found = choose_points(full_factorial(factors))
    assert len(found) <= 16
    assert {found[0].index, found[-1].index} == {0, 999}
    for one in factors:
        assert {one.labels[0], one.labels[-1]} <= {dict(point.labels)[one.key] for point in found}


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 8))
def test_every_policy_and_bundle_is_tried(first: int, second: int, levels: int):
    rules = factor("policy.L", [f"rule {i}" for i in range(first)])
    bundles = factor("levers", [f"bundle {i}" for i in range(second)])
    points = full_factorial([rules, bundles, numbers("world.a", levels)])
    found = choose_points(points)
    seen = {need for point in found for need in point.labels}
    assert {("policy.L", label) for label in rules.labels} | {("levers", label) for label in bundles.labels} <= seen
    assert len(found) <= max(16, first + second + 4)
    assert found == choose_points(points)
    assert found == sorted(found, key=lambda point: point.index)


def test_a_sample_without_corners_is_tried_where_it_is_lowest_and_highest():
    shared = [(i * 7 % 101, i * 13 % 101) for i in range(101)]
    points = [Point(i, (("a", i), ("b", i)), (("a", str(a)), ("b", str(b)))) for i, (a, b) in enumerate(shared)]
    sums = [sum(pair) for pair in shared]
    found = {point.index for point in choose_points(points)}
    assert {sums.index(min(sums)), sums.index(max(sums))} <= found
    turned = [*points[50:], *points[:50]]
    assert turned[0] in choose_points(turned)
    assert turned[-1] in choose_points(turned)


def test_nothing_is_kept_of_what_was_tried(tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path, BASE + FACTOR))
    before = len(getattr(mesa.Agent, "_ids", {}))
    rehearse(scenario, 1)
    assert len(getattr(mesa.Agent, "_ids", {})) == before, "Mesa 3.3 would keep a model for the life of the process"
