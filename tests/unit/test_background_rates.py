"""Unprovoked acts: host control, driver, trend, campaign, entry; strategic acts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from records_by_hand import expect_acts, prepared
from worlds import daily, far_parameters, far_theatre, flat_ladder, full_ladder, two_parties

from sim.core.compilation import record_of
from sim.engine.configuration import Parameters, Timeline, WorldParameters
from sim.engine.kernel.fire import factor_now
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.phases import CAMPAIGN, CEASEFIRE
from sim.engine.kernel.values import background
from sim.engine.model import Conflict
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters
from sim.policies.reciprocal import NoRetaliation

N = 2000


def world_of(sending, dyad=None, *, days=10, step_days=0.5, n=N, ladder=None, world=None) -> Conflict:
    """Return a world in which L alone acts."""
    parties = {"L": PartyParameters(lethality=0.0, **sending), "I": PartyParameters()}
    dyads = {"L-I": DyadParameters(**(dyad or {})), "I-L": DyadParameters()}
    policies = {"L": NoRetaliation(), "I": NoRetaliation()}
    return Conflict(
        two_parties(ladder or flat_ladder()),
        Parameters(parties, dyads, world or WorldParameters()),
        policies,
        Timeline(days, step_days, horizons=()),
        replicates=n,
        seed=5,
    ).run()


def near_poisson(counts: np.ndarray, mean: float, k: float = 4.0) -> bool:
    return abs(counts.mean() - mean) < k * np.sqrt(mean / counts.size)


@pytest.mark.parametrize("control", [0.0, 0.4, 0.75])
def test_host_control_prevents_a_share_of_the_background(control):
    counts = daily(world_of({"baseline": 3.0, "host_control": control}))[0].sum(axis=0)
    assert near_poisson(counts, 3.0 * 10 * (1 - control))


def test_full_host_control_prevents_all():
    assert not daily(world_of({"baseline": 3.0, "host_control": 1.0}, n=50)).any()


def test_host_control_leaves_reactions_alone():
    """What the host prevents is the background: the stationary exchange is that of the smaller background."""
    theatre, base = far_theatre(), far_parameters(np.arange(4))
    held = replace(base, parties={name: replace(own, host_control=0.5) for name, own in base.parties.items()})
    free = replace(base, parties={name: replace(own, host_control=0.0) for name, own in base.parties.items()})
    for dyad in theatre.dyads:
        usual = np.asarray(background(free, dyad))
        assert np.allclose(background(held, dyad), 0.5 * usual, rtol=1e-15)
        expected = np.asarray(free.parties[dyad.sender].baseline) * free.dyads[dyad.id].share
        assert np.allclose(usual, expected, rtol=1e-15)
    half, whole = (
        prepared(theatre, replace(base, parties=one.parties), 4).values["mean_reactions"] for one in (held, free)
    )
    assert np.array_equal(half, whole)
    assert whole.any()


@pytest.mark.parametrize(("share", "level"), [(0.0, 1.0), (0.6, 1.9), (1.0, 2.5)])
def test_the_driver_moves_its_share_of_the_background(share, level):
    world = world_of(
        {"baseline": 3.0, "driver_share": share}, world=WorldParameters(driver_level=2.5, driver_exponent=1.0)
    )
    assert near_poisson(daily(world)[0].sum(axis=0), 30.0 * level)


@pytest.mark.parametrize("rate", [0.02, 0.7])
def test_strategic_acts_are_poisson_and_stand_on_the_top_rung(rate):
    world = world_of({}, {"strategic_rate": rate}, days=20, ladder=full_ladder())
    counts = daily(world)[0].sum(axis=0)
    assert near_poisson(counts, 20 * rate)
    assert abs(counts.var() - 20 * rate) < 4.0 * np.sqrt((2 * (20 * rate) ** 2 + 20 * rate) / N)
    assert set(world.totals.columns()["rung"].tolist()) == {6}


def test_strategic_acts_come_beside_the_background():
    both = daily(world_of({"baseline": 2.0}, {"strategic_rate": 0.5}, days=20, ladder=full_ladder()))[0].sum(axis=0)
    assert near_poisson(both, 20 * 2.5)


def routine(histories: Histories) -> np.ndarray:
    """Return the expected routine of a step by dyad and replicate, without follow-ups [1/day]."""
    expect_acts(histories)
    n_dyads = int(histories.setting["n_dyads"][0])
    return histories.states["routine"][:, :n_dyads].T / histories.setting["step_days"][0]


def test_a_party_that_joined_fires_at_its_rate_of_entry_beside_its_background():
    theatre, n = far_theatre(), 3
    histories = prepared(theatre, far_parameters(np.arange(n)), n)
    rates = routine(histories)
    histories.states["joined"][1, theatre.party_index["FAR"]] = 1
    more = routine(histories) - rates
    rows = theatre.dyad_index
    expected = np.zeros_like(more)
    expected[rows["FAR-STA"], 1], expected[rows["FAR-OTH"], 1] = 0.8, 0.35
    assert more == pytest.approx(expected)
    assert rates[rows["OTH-FAR"]].tolist() == [0.0] * n, "who is out and has no background is silent"


def test_a_campaign_multiplies_the_fire_of_the_front_alone():
    theatre, n = far_theatre(), 4
    parameters = far_parameters(np.arange(n))
    # What a ceasefire leaves of all fire is told apart below.
    loud = replace(parameters, front=replace(parameters.front, ceasefire_activity=1.0))
    histories = prepared(theatre, loud, n)
    calm = routine(histories)
    histories.states["phase"] = [0, CAMPAIGN, CAMPAIGN, CEASEFIRE]
    histories.states["capability"][2, theatre.party_index["STA"]] = 0.5
    ratio = routine(histories)
    ratio = np.divide(ratio, calm, out=np.ones_like(calm), where=calm > 0)
    rows = theatre.dyad_index
    assert ratio[rows["STA-HOS"]] == pytest.approx([1.0, 8.0, 4.0, 1.0])
    assert ratio[rows["HOS-STA"]] == pytest.approx([1.0, 6.0, 6.0, 1.0])
    assert ratio[rows["STA-FAC"]] == pytest.approx([1.0, 4.0, 2.0, 1.0])
    assert ratio[rows["GRP-HOS"]] == pytest.approx([1.0, 5.0, 5.0, 1.0])
    assert ratio[rows["FAR-STA"]] == pytest.approx([1.0] * n)


def test_a_ceasefire_quiets_all_fire_of_the_front_reactions_and_follow_ups_included():
    theatre, n = far_theatre(), 2
    parameters = far_parameters(np.arange(n))
    histories = prepared(theatre, replace(parameters, front=replace(parameters.front, ceasefire_activity=0.25)), n)
    states, rows = histories.states, theatre.dyad_index
    states["follow_ups"], states["released"], states["multiplier"] = 0.7, 0.4, 2.0
    expect_acts(histories)
    before = {name: states[name].copy() for name in ("expected_acts", "routine")}
    row = rows["STA-HOS"]
    assert before["expected_acts"][0, row] == pytest.approx(before["routine"][0, row] + 6 * 0.8)
    states["phase"] = CEASEFIRE
    expect_acts(histories)
    for dyad, factor in (("STA-HOS", 0.25), ("FAC-GRP", 0.25), ("FAR-STA", 1.0)):
        for name in ("expected_acts", "routine"):
            assert states[name][:, rows[dyad]] == pytest.approx(factor * before[name][:, rows[dyad]]), (dyad, name)
        factors = [[factor_now(record_of(states, lane), rows[dyad], rung) for rung in range(1, 7)] for lane in range(n)]
        assert np.array(factors) == pytest.approx(np.full((n, 6), 2.0 * factor)), "of reactions in the act's own step"
