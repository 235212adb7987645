"""The exchange of fire: routine acts on their rungs, and replicates in which reactions run away."""

from __future__ import annotations

import numpy as np
import pytest
from records_by_hand import expect_acts, prepared, release
from worlds import daily, flat_ladder, full_ladder, two_parties

from sim.core.distributions import ZetaTable
from sim.engine.branching import routine_rungs
from sim.engine.configuration import Parameters, Timeline, WorldParameters
from sim.engine.kernel.fire import ROOM
from sim.engine.model import Conflict
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Ladder, Rung
from sim.policies.reciprocal import NoRetaliation

WORLD = WorldParameters(driver_level=2.0, driver_exponent=1.0)


def world_of(ladder: Ladder, timeline: Timeline, replicates, world=None, **sending) -> Conflict:
    """Return a world in which L alone fires, also as nobody may declare it."""
    parties = {"L": PartyParameters(**sending), "I": PartyParameters()}
    dyads = {"L-I": DyadParameters(), "I-L": DyadParameters()}
    parameters = Parameters(parties, dyads, world or WorldParameters())
    policies = {"L": NoRetaliation(), "I": NoRetaliation()}
    made_of = (two_parties(ladder), parameters, policies, timeline)
    return Conflict(*made_of, replicates=replicates, seed=9, is_checked=True).run()


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


def runaway(days: int, replicates, rates) -> Conflict:
    """Return a world whose fire tends to 40 acts a day for each act of background a day."""
    timeline = Timeline(days, 1.0, horizons=(days,))
    return world_of(
        flat_ladder(), timeline, replicates, WORLD, baseline=rates, driver_share=1.0, follow_up=0.95, lethality=0.0
    )


def test_a_replicate_that_runs_away_is_noted_and_stopped():
    """More than 20,000 reactions and follow-ups of one step."""
    rates = np.array([400.0, 1700.0])
    assert runaway(3, 2, rates).failed.tolist() == [False, False], "on the way to seventy thousand acts a day"
    world, calm = runaway(20, 2, rates), runaway(20, 1, 400.0)
    assert world.failed.tolist() == [False, True]
    assert world.columns()["failed"].tolist() == [False, True]
    assert np.array_equal(daily(world)[..., 0], daily(calm)[..., 0])


def test_a_failed_replicate_is_the_same_in_any_company():
    """Two replicates near the limit: where one fails, it is drawn alone as among the others."""
    rates = np.full(2, 1150.0)
    world = runaway(30, 2, rates)
    failed = np.flatnonzero(world.failed)
    assert failed.size
    for lane in failed:
        alone = runaway(30, np.array([lane]), rates[lane])
        assert alone.failed.tolist() == [True]
        assert np.array_equal(daily(world)[..., lane], daily(alone)[..., 0])


def test_a_replicate_with_more_routine_than_there_is_room_for_fails_alone():
    """A hundred thousand acts of one step: no place beyond the room is written to, and its neighbours go on."""
    rates = np.array([2.0, 150_000.0, 3.0])
    timeline = Timeline(3, 1.0, horizons=(3,))
    options = {"driver_share": 0.0, "lethality": 0.0}
    world = world_of(flat_ladder(), timeline, 3, **options, baseline=rates)
    assert world.failed.tolist() == [False, True, False]
    assert daily(world)[0].max() <= ROOM
    for lane in (0, 2):
        alone = world_of(flat_ladder(), timeline, np.array([lane]), **options, baseline=rates[lane])
        assert np.array_equal(daily(world)[..., lane], daily(alone)[..., 0])
        assert alone.failed.tolist() == [False]


def test_pools_give_up_their_share_and_keep_the_rest():
    """Dyads, provocations and replicates differ in number; no two values are alike."""
    dyads = {"L-I": DyadParameters(delay_days=0.4), "I-L": DyadParameters(delay_days=np.array([0.6, 1.7, 3.1]))}
    parameters = Parameters({name: PartyParameters() for name in ("L", "I")}, dyads)
    histories = prepared(two_parties(full_ladder()), parameters, 3)
    states, later = histories.states, histories.values["falls_due"][:, :2]
    generator = np.random.default_rng(4)
    due, follow_ups = generator.random((3, 7, 2)), generator.random((3, 2))
    due[:, 0] = 0.0
    states["due"][:, :7, :2], states["follow_ups_due"][:, :2] = due, follow_ups
    release(histories)
    assert np.array_equal(states["released"][:, :7, :2], due * later[:, None])
    assert np.array_equal(states["due"][:, :7, :2], due - due * later[:, None])
    assert np.array_equal(states["follow_ups"][:, :2], follow_ups * later)
    assert np.array_equal(states["follow_ups_due"][:, :2], follow_ups - follow_ups * later)
    assert len(np.unique(later)) == 4


def test_what_is_due_is_weighed_by_policy_mediation_and_ceasefire():
    parameters = Parameters(
        {name: PartyParameters() for name in ("L", "I")}, {n: DyadParameters() for n in ("L-I", "I-L")}
    )
    histories = prepared(two_parties(full_ladder()), parameters, 2)
    states, generator = histories.states, np.random.default_rng(5)
    released, multiplier = generator.random((2, 2, 8, 8))
    mediated, follow_ups = generator.random((2, 2, 8))
    states["released"], states["multiplier"], states["mediated"] = released, multiplier, mediated
    states["follow_ups"] = follow_ups
    expect_acts(histories)
    reactions = released * multiplier * mediated[:, None]
    assert states["expected_acts"][:, :2] == pytest.approx(follow_ups[:, :2] + reactions[:, 1:7, :2].sum(axis=1))
    assert np.array_equal(states["released"], released), "what fell due is left as it was, for who looks at it later"
