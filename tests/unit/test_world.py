"""The driver and mediation: truces to the step, shocks that fade."""

from __future__ import annotations

import numpy as np
import pytest

from sim.streams import Streams
from sim.world import DiplomaticShock, Truce, World, WorldParameters

STEP_DAYS = 0.25


def world_with(n=3, truces=(), shocks=(), step_days=STEP_DAYS, **parameters) -> World:
    return World(WorldParameters(**parameters), Streams(3, np.arange(n)), truces, shocks, step_days)


def followed(world: World, steps: int, read) -> np.ndarray:
    values = []
    for step in range(steps):
        world.advance(step)
        values.append(read(world).copy())
    return np.array(values)


def test_the_driver_is_its_level_to_its_exponent():
    assert world_with().driver.tolist() == [1.0, 1.0, 1.0]
    assert world_with(driver_level=4.0, driver_exponent=0.5).driver.tolist() == [2.0, 2.0, 2.0]
    by_lane = world_with(driver_level=np.array([1.0, 2.0, 3.0]), driver_exponent=1.0)
    assert by_lane.driver.tolist() == [1.0, 2.0, 3.0]


def test_a_scheduled_truce_holds_to_the_step():
    world = world_with(truces=(Truce(2.0, 1.5), Truce(5.0, 0.25)), driver_level=2.0, driver_exponent=1.0)
    driver = followed(world, 24, lambda w: w.driver)[:, 0]
    silent = [step for step in range(24) if driver[step] == 0.0]
    assert silent == [8, 9, 10, 11, 12, 13, 20], "days 2.00 to 3.50, and a single step from day 5"
    assert set(driver) == {0.0, 2.0}


def test_without_truces_the_driver_stands():
    world = world_with()
    assert not world.has_truces
    assert np.all(followed(world, 8, lambda w: w.driver) == 1.0)


def test_truces_by_chance_have_their_rate_and_length():
    """A two-state chain: p begins 1 - exp(-h dt), ends 1 - exp(-dt / L); share in truce p / (p + q)."""
    n, steps, hazard, days = 4000, 400, 0.05, 6.0
    world = world_with(n, truce_hazard=hazard, truce_days=days)
    in_truce = followed(world, steps, lambda w: w.in_truce)
    begin, end = -np.expm1(-hazard * STEP_DAYS), -np.expm1(-STEP_DAYS / days)
    share = begin / (begin + end) * (1.0 - (1.0 - begin - end) ** steps)
    assert abs(in_truce[-1].mean() - share) < 4.0 * np.sqrt(share * (1 - share) / n)
    # The expected number of ends is the expected number of steps in truce times the chance of an end.
    ends = (in_truce[:-1] & ~in_truce[1:]).sum()
    expected = in_truce[:-1].sum() * end
    assert abs(ends - expected) < 4.0 * np.sqrt(expected)


def test_a_truce_by_chance_and_a_scheduled_one_add_up():
    world = world_with(200, truces=(Truce(0.0, 1.0),), truce_hazard=0.5, truce_days=1.0)
    in_truce = followed(world, 8, lambda w: w.in_truce)
    assert np.all(in_truce[:4])
    assert 0 < in_truce[4:].mean() < 1


def test_a_shock_jumps_and_fades():
    world = world_with(shocks=(DiplomaticShock(3.0, 0.5),), mediation=0.2, mediation_decay_days=21.0)
    mediation = followed(world, 12 + 84 + 1, lambda w: w.mediation)[:, 0]
    assert np.all(mediation[:12] == 0.2)
    assert mediation[12] == pytest.approx(0.7), "in force in the step in which it comes"
    assert mediation[12 + 84] == pytest.approx(0.2 + 0.5 * np.exp(-1.0)), "after 21 days"
    assert np.all(np.diff(mediation[12:]) < 0)


def test_shocks_add_up_and_mediation_stays_a_share():
    shocks = (DiplomaticShock(0.0, 0.7), DiplomaticShock(0.1, 0.7), DiplomaticShock(1.0, 5.0))
    mediation = followed(world_with(shocks=shocks, mediation_decay_days=1.0), 9, lambda w: w.mediation)[:, 0]
    assert mediation[0] == 1.0
    assert mediation[3] == pytest.approx(1.4 * np.exp(-0.75))
    assert mediation[4] == 1.0
    assert mediation.max() <= 1.0


@pytest.mark.parametrize("step_days", [1.0, 0.5, 0.25, 0.2, 0.125, 0.1])
def test_a_shock_comes_once_whatever_the_step(step_days):
    per_day = round(1 / step_days)
    for day in range(1, 20):
        world = world_with(
            1, shocks=(DiplomaticShock(float(day), 0.25),), step_days=step_days, mediation_decay_days=1e3
        )
        mediation = followed(world, (day + 1) * per_day, lambda w: w.mediation)[:, 0]
        assert mediation.max() == pytest.approx(0.25), f"day {day}"
        assert np.flatnonzero(mediation)[0] == day * per_day, f"day {day}"


@pytest.mark.parametrize("step_days", [1.0, 0.5, 0.25, 0.2, 0.125, 0.1])
def test_a_truce_is_as_long_as_it_is_said_whatever_the_step(step_days):
    per_day = round(1 / step_days)
    for day in range(20):
        world = world_with(1, truces=(Truce(float(day), 3.0),), step_days=step_days)
        in_truce = followed(world, 24 * per_day, lambda w: w.in_truce)[:, 0]
        assert np.flatnonzero(in_truce).tolist() == list(range(day * per_day, (day + 3) * per_day)), f"day {day}"
