"""The exchange of fire: routine acts on their rungs, and replicates in which reactions run away."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import daily, flat_ladder, two_parties

from sim.core.distributions import ZetaTable
from sim.engine import fire_exchange
from sim.engine.branching import routine_rungs
from sim.engine.configuration import Parameters, Timeline
from sim.engine.ladder import Ladder, Rung
from sim.engine.model import Conflict
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters
from sim.engine.world import WorldParameters
from sim.policies.reciprocal import NoRetaliation

WORLD = WorldParameters(driver_level=2.0, driver_exponent=1.0)


def world_of(ladder: Ladder, timeline: Timeline, replicates, world=None, **sending) -> Conflict:
    """Return a world in which L alone fires."""
    parties = {"L": PartyParameters(**sending), "I": PartyParameters()}
    dyads = {"L-I": DyadParameters(), "I-L": DyadParameters()}
    parameters = Parameters(parties, dyads, world or WorldParameters())
    policies = {"L": NoRetaliation(), "I": NoRetaliation()}
    return Conflict(two_parties(ladder), parameters, policies, timeline, replicates=replicates, seed=9).run()


@pytest.mark.parametrize("posture", [1.2, 2.8, 4.5])
@pytest.mark.parametrize("deadly_from", [2, 3])
def test_routine_acts_stand_on_the_rungs_of_the_posture(posture, deadly_from):
    """Where only rungs from some height on kill, the killed count the acts on these rungs."""
    lethality = [0.0 if level < deadly_from else 0.5 for level in range(5)]
    ladder = Ladder([Rung(level, str(level), lethality=chance) for level, chance in enumerate(lethality)])
    world = world_of(
        ladder, Timeline(50, 1.0, horizons=()), 200, baseline=6.0, posture_baseline=posture, severity_exponent=6.0
    )
    acts, killed = daily(world)[0].sum(axis=0), daily(world, "killed")[0].sum(axis=0)
    share = routine_rungs(PartyParameters(posture_baseline=posture), 4)[deadly_from:, 0].sum()
    difference = killed - acts * share * 0.5 * ZetaTable(np.array([[6.0]])).mean[0, 0]
    assert abs(difference.mean()) < 4.5 * difference.std(ddof=1) / np.sqrt(200)


def test_routine_acts_are_poisson_and_divide_by_share():
    world = world_of(flat_ladder(), Timeline(40, 0.5, horizons=()), 500, baseline=3.0)
    counts = daily(world)[0].ravel()
    assert abs(counts.mean() - 3.0) < 4.5 * np.sqrt(3.0 / counts.size)
    assert abs(counts.var() - 3.0) < 4.5 * np.sqrt((2 * 9.0 + 3.0) / counts.size)
    assert not daily(world)[1].any()


def test_the_background_hangs_on_the_trend():
    world = world_of(flat_ladder(), Timeline(100, 1.0, horizons=()), 200, baseline=2.0, trend=0.01)
    totals = daily(world)[0].sum(axis=0)
    expected = 2.0 * np.exp(0.01 * np.arange(100)).sum()
    assert abs(totals.mean() - expected) < 4.5 * np.sqrt(expected / 200)


@pytest.fixture
def few_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a replicate fail at a tenth of the acts, so that a failure is quickly reached."""
    monkeypatch.setattr(fire_exchange, "MOST_ACTS", fire_exchange.MOST_ACTS // 10)


def runaway(days: int, replicates, rates) -> Conflict:
    """Return a world whose fire tends to 40 acts a day for each act of background a day."""
    timeline = Timeline(days, 1.0, horizons=(days,))
    return world_of(
        flat_ladder(), timeline, replicates, WORLD, baseline=rates, driver_share=1.0, follow_up=0.95, lethality=0.0
    )


@pytest.mark.usefixtures("few_acts")
def test_a_replicate_that_runs_away_is_noted_and_stopped():
    rates = np.array([40.0, 170.0])
    assert runaway(3, 2, rates).exchange.failed.tolist() == [False, False], "on the way to seven thousand acts a day"
    world, calm = runaway(20, 2, rates), runaway(20, 1, 40.0)
    assert world.exchange.failed.tolist() == [False, True]
    assert world.columns()["failed"].tolist() == [False, True]
    assert np.array_equal(daily(world)[..., 0], daily(calm)[..., 0])


@pytest.mark.usefixtures("few_acts")
def test_a_failed_replicate_is_the_same_in_any_company():
    """Two replicates near the limit: where one fails, it is drawn alone as among the others."""
    rates = np.full(2, 115.0)
    world = runaway(30, 2, rates)
    failed = np.flatnonzero(world.exchange.failed)
    assert failed.size
    for lane in failed:
        alone = runaway(30, np.array([lane]), rates[lane])
        assert alone.exchange.failed.tolist() == [True]
        assert np.array_equal(daily(world)[..., lane], daily(alone)[..., 0])
