"""The stopping rules on draws whose odds are known: bounds that hold at the stop, a bias within its bound."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from forms import OTHER_SEED, forms

from sim.core.arrays import Floats, Integers
from sim.core.random_streams import sampler_generator
from sim.results.analysis.stopping_rule import average_periods, bound_mean, measure_precision
from sim.scenario.shared_draws import PERIOD

REPETITIONS: Final = 400
BLOCK: Final = 64
MOST: Final = 16_384


def histories(chance: float, count: int, generator: np.random.RandomState, spread: float) -> Floats:
    """Return whether it happened; the first four of eight replicates share their odds, so they hang together."""
    odds = generator.beta(chance / spread, (1 - chance) / spread, count) if spread else np.full(count, chance)
    place = np.arange(count)
    source = np.where(place % PERIOD < 4, place - place % PERIOD, place)
    return generator.random(count) < odds[source]


def stopped(kind: str, target: float, holds: Floats) -> int:
    """Return the replicates at which the rule stops, looking as a sweep does: half as many again each time."""
    blocks = 1
    while blocks * BLOCK < MOST:
        n = blocks * BLOCK
        if measure_precision(kind, holds[:n, None], indices(n))[0] <= target:
            return n
        blocks += max(1, blocks // 2)
    return MOST


def indices(n: int) -> Integers:
    return np.arange(n)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chance", "target", "spread"), [(0.5, 0.1, 0.0), (0.2, 0.08, 0.0), (0.2, 0.08, 0.3), (0.03, 0.05, 0.0)]
)
def test_bounds_hold_at_the_stop(chance: float, target: float, spread: float):
    generator = sampler_generator(11 + OTHER_SEED)
    covered = 0
    for _ in range(REPETITIONS):
        holds = histories(chance, MOST, generator, spread)
        n = stopped("halfwidth", target, holds)
        assert n < MOST
        low, high = bound_mean(average_periods(holds[:n, None], indices(n)))
        assert high[0] - low[0] <= 2 * target
        covered += bool(low[0] <= chance <= high[0])
    error = np.sqrt(0.05 * 0.95 / REPETITIONS)
    assert covered / REPETITIONS >= 0.95 - 2 * error


@pytest.mark.slow
@pytest.mark.parametrize("repetitions", forms([100], [400]))
def test_bounds_hold_for_one_who_stops_when_they_look_worst(repetitions: int):
    """The stop that a fixed-sample interval does not survive: as soon as the truth is left out, at any look."""
    generator = sampler_generator(12 + OTHER_SEED)
    left_out = fixed_left_out = 0
    for _ in range(repetitions):
        holds = histories(0.3, 8192, generator, 0.0)
        looks = range(BLOCK, 8193, BLOCK)
        shares = [(n, holds[:n].mean()) for n in looks]
        fixed_left_out += any(abs(share - 0.3) > 1.96 * np.sqrt(0.21 / n) for n, share in shares)
        bounds = [bound_mean(average_periods(holds[:n, None], indices(n))) for n in looks]
        left_out += any(not low[0] <= 0.3 <= high[0] for low, high in bounds)
    error = np.sqrt(0.05 * 0.95 / repetitions)
    assert left_out / repetitions <= 0.05 + 2 * error
    assert fixed_left_out / repetitions > 0.15, "the case is one in which looking matters"


@pytest.mark.slow
@pytest.mark.parametrize(("chance", "target"), [(0.5, 0.04), (0.2, 0.03), (0.05, 0.015)])
def test_the_bias_of_stopping_by_the_error_is_within_its_bound(chance: float, target: float):
    generator = sampler_generator(13 + OTHER_SEED)
    found = []
    for _ in range(REPETITIONS):
        holds = histories(chance, MOST, generator, 0.0)
        n = stopped("se", target, holds)
        found.append((n, holds[:n].mean()))
    sizes, shares = np.array(found).T
    assert sizes.max() < MOST
    bound = shares.std() * sizes.std() / sizes.mean()
    assert abs(shares.mean() - chance) <= bound + 2 * shares.std() / np.sqrt(REPETITIONS)
    assert bound < target / 2
    assert shares.std() <= target * (1 + 3 / np.sqrt(2 * REPETITIONS)) + bound
