"""The driver and mediation: truces to the step, shocks that fade."""

from __future__ import annotations

import numpy as np
import pytest
from records_by_hand import mediate_reactions, move_world, prepared
from worlds import flat_ladder, two_parties

from sim.engine.configuration import DiplomaticShock, Parameters, Timeline, Truce, WorldParameters
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters

STEP_DAYS = 0.25
DAYS = 101


class World:
    """The world around two silent parties, as the kernel's records hold it."""

    def __init__(self, n, truces, shocks, step_days, parameters) -> None:
        parties = {name: PartyParameters(restraint=0.7) for name in ("L", "I")}
        dyads = {name: DyadParameters() for name in ("L-I", "I-L")}
        timeline = Timeline(DAYS, step_days, horizons=(), truces=truces, shocks=shocks)
        given = Parameters(parties, dyads, WorldParameters(**parameters))
        self.histories = prepared(two_parties(flat_ladder()), given, n, timeline=timeline, seed=3)
        self.has_truces = bool(self.histories.setting["has_truces"][0])
        self.is_mediated_anew = bool(self.histories.setting["is_mediated_anew"][0])

    def advance(self, step: int) -> None:
        move_world(self.histories, step)

    @property
    def driver(self) -> np.ndarray:
        return self.histories.states["driver"]

    @property
    def mediation(self) -> np.ndarray:
        return self.histories.states["mediation"]

    @property
    def in_truce(self) -> np.ndarray:
        return self.histories.states["in_truce"] > 0


def world_with(n=3, truces=(), shocks=(), step_days=STEP_DAYS, **parameters) -> World:
    return World(n, truces, shocks, step_days, parameters)


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


# --- Mediation that wanders, shocks by chance


def test_mediation_wanders_as_an_ornstein_uhlenbeck_process():
    """Stationary mean and variance, and an autocorrelation exp(-lag / tau); far from 0 and 1 nothing is cut."""
    n, days, spread, decay = 4000, 60, 0.05, 8.0
    world = world_with(n, mediation=0.5, mediation_spread=spread, mediation_decay_days=decay)
    assert np.all(world.mediation == 0.5), "it sets out from its level"
    mediation = followed(world, days * 4, lambda w: w.mediation)
    last = mediation[-1]
    assert abs(last.mean() - 0.5) < 4.0 * spread / np.sqrt(n)
    settled = spread * np.sqrt(1.0 - np.exp(-2.0 * days / decay))
    assert last.std(ddof=1) == pytest.approx(settled, rel=4.0 / np.sqrt(2 * n))
    for lag in (1, 4, 16, 32):
        expected = np.exp(-lag * STEP_DAYS / decay)
        found = np.corrcoef(mediation[-1 - lag], last)[0, 1]
        assert abs(found - expected) < 4.0 * (1 - expected**2) / np.sqrt(n), lag


def test_the_spread_grows_from_the_start_whatever_the_step():
    n, spread, decay, days = 20_000, 0.05, 8.0, 3.0
    for step_days in (1.0, 0.25):
        world = world_with(n, step_days=step_days, mediation=0.5, mediation_spread=spread, mediation_decay_days=decay)
        found = followed(world, round(days / step_days), lambda w: w.mediation)[-1].std(ddof=1)
        expected = spread * np.sqrt(1.0 - np.exp(-2.0 * days / decay))
        assert found == pytest.approx(expected, rel=4.0 / np.sqrt(2 * n)), step_days


def test_wandering_mediation_stays_a_share():
    mediation = followed(world_with(200, mediation=0.1, mediation_spread=1.0), 200, lambda w: w.mediation)
    assert mediation.min() == 0.0
    assert mediation.max() == 1.0


def test_standing_mediation_adds_to_the_usual():
    world = world_with(mediation=np.array([0.1, 0.6, 0.9]), mediation_added=np.array([0.2, -0.9, 0.5]))
    assert world.mediation == pytest.approx([0.3, 0.0, 1.0])
    assert world.is_mediated_anew
    assert not world_with(mediation=0.4).is_mediated_anew
    assert followed(world, 3, lambda w: w.mediation)[-1] == pytest.approx([0.3, 0.0, 1.0])


def test_mediation_beyond_the_usual_restrains_reactions_of_all():
    world = world_with(mediation=np.array([0.1, 0.6, 0.9]), mediation_added=np.array([0.2, -0.5, 0.0]))
    mediate_reactions(world.histories)
    expected = np.exp(-0.7 * np.array([0.2, -0.5, 0.0]))
    for row in range(2):
        assert world.histories.states["mediated"][:, row] == pytest.approx(expected)
    usual = world_with(mediation=0.4)
    mediate_reactions(usual.histories)
    assert np.all(usual.histories.states["mediated"] == 1.0)


def test_shocks_by_chance_have_their_rate_and_size_and_fade():
    n, hazard, size, decay = 8000, 0.04, 0.2, 5.0
    world = world_with(n, mediation_shock_hazard=hazard, mediation_shock_size=size, mediation_decay_days=decay)
    steps = 240
    mediation = followed(world, steps, lambda w: w.mediation)
    before = np.vstack([np.zeros(n), mediation[:-1]])
    struck = mediation > before * np.exp(-STEP_DAYS / decay) + size / 2
    chance = -np.expm1(-hazard * STEP_DAYS)
    expected = steps * chance
    assert abs(struck.sum(axis=0).mean() - expected) < 4.0 * np.sqrt(expected * (1 - chance) / n)
    jumps = (mediation - before * np.exp(-STEP_DAYS / decay))[struck & (mediation < 1)]
    assert jumps == pytest.approx(np.full(jumps.shape, size))
    mean = chance * size / (1 - np.exp(-STEP_DAYS / decay))
    last = mediation[-1]
    assert abs(last.mean() - mean) < 4.0 * last.std(ddof=1) / np.sqrt(n)


def test_luck_of_shocks_and_of_wandering_is_their_own():
    """A truce by chance, a shock by chance and the wandering are three draws."""
    changes = {"truce_hazard": 0.3, "truce_days": 1.0}
    alone = followed(world_with(50, **changes), 20, lambda w: w.in_truce)
    together = world_with(50, **changes, mediation=0.5, mediation_spread=0.1, mediation_shock_hazard=0.3)
    assert np.array_equal(alone, followed(together, 20, lambda w: w.in_truce))
    wandering = {"mediation": 0.3, "mediation_spread": 0.01}
    calm = followed(world_with(50, **wandering), 20, lambda w: w.mediation)
    shaken = followed(
        world_with(50, **wandering, mediation_shock_hazard=0.05, mediation_shock_size=0.5), 20, lambda w: w.mediation
    )
    untouched = (shaken - calm).max(axis=0) < 0.4
    assert 5 < untouched.sum() < 50
    assert np.array_equal(calm[:, untouched], shaken[:, untouched])
