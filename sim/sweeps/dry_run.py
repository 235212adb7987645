"""A few points of a sweep, run for a few steps, so that what cannot run fails before anything is written.

What the engine has to compile for them is compiled then, before workers begin that would all compile it.
"""

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import Final

from sim.engine.model import Conflict
from sim.scenario.design import Point
from sim.scenario.scenario import Scenario

_STEPS: Final = 4
_AT_MOST: Final = 16
"""Points that are rehearsed. More than these only where there are more policies or bundles than that."""


def rehearse(scenario: Scenario, seed: int) -> None:
    """Run some points for a few steps with two replicates, so that a fault of theirs is raised here."""
    few_days = min(math.ceil(_STEPS * scenario.step_days), scenario.horizon_days)
    for point in choose_points(scenario.points()):
        with _pair(scenario, point, seed, few_days) as conflict:
            conflict.run()


def compile_ahead(scenario: Scenario) -> None:
    """Compile, or load, what any run of a scenario takes: a whole one, a story told step by step, splitting."""
    point, first = scenario.points()[0], scenario.horizons[0]
    with _pair(scenario, point, scenario.seed, first) as whole, _pair(scenario, point, scenario.seed, 1) as by_steps:
        whole.run().columns()
        by_steps.step()
        by_steps.histories.depths(by_steps.latest)
        by_steps.joining_rates()
        by_steps.campaign_rates()


def is_asked_outside(scenario: Scenario) -> bool:
    """Return whether there is a policy at any point that the kernel cannot ask: one that answers in Python."""
    for point in choose_points(scenario.points()):
        with _pair(scenario, point, scenario.seed, 1) as conflict:
            if conflict.histories.rows_asked_outside:
                return True
    return False


@contextlib.contextmanager
def _pair(scenario: Scenario, point: Point, seed: int, days: int) -> Iterator[Conflict]:
    """Give two replicates of a point over some days, without the record."""
    conflict = scenario.ensemble(point, 2, seed, horizon_days=days, is_cold=True).conflict
    try:
        yield conflict
    finally:
        conflict.release()


def choose_points(points: Sequence[Point]) -> list[Point]:
    """Return the points that stand for all: every policy and bundle once, and the extremes of every number.

    Chosen without chance, in the order of the design: all of them where they are few; else the first and the last,
    those at which all numbers are lowest and highest together, then the one that shows most of what was not seen yet,
    and so on up to sixteen, or more where more policies or bundles have to be seen.
    """
    if len(points) <= _AT_MOST:
        return list(points)
    scales = _scales(points)
    height = [sum(scales[key].get(label, 0.0) for key, label in point.labels) for point in points]
    order = sorted(range(len(points)), key=height.__getitem__)
    chosen = {0, len(points) - 1, order[0], order[-1]}
    # Levels that are policies, bundles or laws, and the lowest and highest of the numbers.
    named = {(key, label) for point in points for key, label in point.labels if not scales[key]}
    heights = ((key, label, height) for key, scale in scales.items() for label, height in scale.items())
    extreme = {(key, label) for key, label, height in heights if height in (0.0, 1.0)}
    for needs, limit in ((named, len(points)), (extreme, _AT_MOST)):
        missing = needs - {need for index in chosen for need in points[index].labels}
        while missing and len(chosen) < limit:
            best = max(range(len(points)), key=lambda i: (len(missing.intersection(points[i].labels)), -i))
            chosen.add(best)
            missing -= set(points[best].labels)
    return [points[index] for index in sorted(chosen)]


def _scales(points: Sequence[Point]) -> dict[str, dict[str, float]]:
    """Return where each level lies between the lowest (0) and highest (1) number of its factor; nothing for words."""
    scales: dict[str, dict[str, float]] = {}
    for i, (key, _) in enumerate(points[0].labels):
        labels = {point.labels[i][1] for point in points}
        try:
            numbers = {label: float(label) for label in labels}
        except ValueError:
            scales[key] = {}
            continue
        low, span = min(numbers.values()), max(numbers.values()) - min(numbers.values())
        scales[key] = {label: (number - low) / (span or 1.0) for label, number in numbers.items()}
    return scales
