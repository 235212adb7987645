"""Branching on the grid: how many reactions an act provokes, on whom, and when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from worlds import daily, docking_parameters, flat_ladder, full_ladder, two_parties

from sim.acts import GivenAct
from sim.chosen import CHOSEN
from sim.errors import SupercriticalError
from sim.ladder import Ladder
from sim.model import Conflict
from sim.party_parameters import PartyParameters
from sim.perception import ALARM_DAYS
from sim.policies import GenerousTitForTat, NoRetaliation, TitForTat
from sim.reactions import Reactions, routine_rungs
from sim.specification import Parameters, Timeline
from sim.theatre import DyadParameters
from sim.world import DiplomaticShock, WorldParameters

N = 20_000
TAU = 0.6


def one_act_world(
    step_days: float = 0.25,
    *,
    days: int = 12,
    policy: Any = None,
    ladder: Ladder | None = None,
    rung: int = 1,
    n: int = N,
    world: WorldParameters | None = None,
    shocks: tuple[DiplomaticShock, ...] = (),
    dyad: dict[str, Any] | None = None,
    **reacting: Any,
) -> Conflict:
    """Return a silent world into which L fires once in its first step; I has the parameters given."""
    parties = {"L": PartyParameters(lethality=0.0), "I": PartyParameters(lethality=0.0, **reacting)}
    dyads = {"L-I": DyadParameters(), "I-L": DyadParameters(**{"delay_days": TAU} | (dyad or {}))}
    act = GivenAct(0.0, "L", "I", rung)
    timeline = Timeline(days, step_days, horizons=(), scheduled=(act,), shocks=shocks)
    policies = {"L": NoRetaliation(), "I": policy or TitForTat()}
    parameters = Parameters(parties, dyads, world or WorldParameters())
    return Conflict(two_parties(ladder or flat_ladder()), parameters, policies, timeline, replicates=n, seed=3).run()


def reactions_of(world: Conflict) -> np.ndarray:
    """Return the acts of I by day and replicate."""
    return daily(world)[world.theatre.dyad_index["I-L"]]


def close(counts: np.ndarray, expected: float, k: float = 4.5) -> bool:
    """Within k standard errors; 4.5 is missed once in 150,000 comparisons."""
    return abs(counts.mean() - expected) < k * counts.std(ddof=1) / np.sqrt(len(counts))


@pytest.mark.parametrize("step_days", [1.0, 0.5, 0.25, 0.125])
def test_reactions_fall_due_by_their_delay(step_days):
    """The act is uniform in its step, the delay exponential: exact by the day, at every step."""
    reactions = reactions_of(one_act_world(step_days, dyad={"excitation": 1.5}))
    late = TAU / step_days * np.expm1(step_days / TAU) * np.exp(-np.arange(1, 5) / TAU)
    due = -np.diff(np.concatenate([[1.0], late])) * 1.5
    for day in range(4):
        assert close(reactions[day], due[day]), f"day {day}"
    assert close(reactions.sum(axis=0), 1.5)


def test_reactions_are_poisson():
    total = reactions_of(one_act_world(dyad={"excitation": 1.5})).sum(axis=0)
    # The variance of a sample variance of Poisson counts is (2 m^2 + m) / n; 4.5 standard errors.
    assert abs(total.var() - 1.5) < 4.5 * np.sqrt((2 * 1.5**2 + 1.5) / N)


def test_reactions_are_overdispersed_by_the_gamma_factor():
    total = reactions_of(one_act_world(dyad={"excitation": 1.5}, overdispersion=0.8)).sum(axis=0)
    assert close(total, 1.5)
    assert total.var() == pytest.approx(1.5 + 0.8 * 1.5**2, rel=0.06)


def test_follow_ups_form_clusters():
    """I reacts to half of all acts with one act, which follows itself up: a cluster has 1 / (1 - n) acts."""
    total = reactions_of(one_act_world(days=30, dyad={"excitation": 0.5}, follow_up=0.42)).sum(axis=0)
    assert close(total, 0.5 / (1.0 - 0.42))


def test_a_policy_lets_reactions_pass():
    total = reactions_of(one_act_world(dyad={"excitation": 1.5}, policy=GenerousTitForTat(forgiveness=0.4)))
    assert close(total.sum(axis=0), 0.9)
    assert not reactions_of(one_act_world(dyad={"excitation": 1.5}, policy=NoRetaliation(), n=100)).any()


def test_mediation_restrains_reactions():
    shock = (DiplomaticShock(0.0, 0.6),)
    world = WorldParameters(mediation=0.2, mediation_decay_days=3650.0)
    total = reactions_of(one_act_world(dyad={"excitation": 1.5}, restraint=0.7, shocks=shock, world=world))
    assert close(total.sum(axis=0), 1.5 * np.exp(-0.7 * 0.6))


def test_without_a_shock_mediation_is_already_in_the_calibration():
    total = reactions_of(one_act_world(dyad={"excitation": 1.5}, restraint=0.7, world=WorldParameters(mediation=0.5)))
    assert close(total.sum(axis=0), 1.5)


def test_productivity_rises_with_the_rung():
    totals = []
    for rung in (2, 5):
        world = one_act_world(ladder=full_ladder(), rung=rung, dyad={"excitation": 1.0}, productivity=0.3)
        totals.append(reactions_of(world).sum(axis=0))
    rungs = np.arange(7)
    law = routine_rungs(PartyParameters(), 6)[:, 0]
    centre = (law * np.exp(0.3 * (rungs - 2))).sum()
    assert close(totals[0], 1.0 / centre)
    assert close(totals[1], np.exp(0.9) / centre)


def test_false_alarms_provoke_while_they_are_believed():
    rate, days = 0.5, 40
    parties = {"L": PartyParameters(), "I": PartyParameters()}
    dyads = {"L-I": DyadParameters(false_alarms=rate), "I-L": DyadParameters(excitation=2.0, delay_days=TAU)}
    timeline = Timeline(days, horizons=())
    policies = {"L": NoRetaliation(), "I": TitForTat()}
    theatre = two_parties(flat_ladder())
    world = Conflict(theatre, Parameters(parties, dyads), policies, timeline, replicates=4000, seed=3).run()
    alarms = -np.expm1(-rate * 0.25) * 4 * days
    # What is not yet answered at the horizon is the mean delay of one day's reactions.
    share = -np.expm1(-ALARM_DAYS / TAU) * (1.0 - TAU / days)
    assert close(reactions_of(world).sum(axis=0), alarms * 2.0 * share)
    assert not daily(world)[theatre.dyad_index["L-I"]].any(), "nobody fired"


def test_the_branching_ratio_is_known():
    reactions = Reactions(
        two_parties(flat_ladder()), docking_parameters().parties, docking_parameters().dyads, {}, 0.25, 3
    )
    assert reactions.branching_ratio == pytest.approx([0.64884905] * 3, abs=5e-9)


@pytest.mark.parametrize("excitation", [(1.0, 1.0), (np.array([0.1, 1.2]), 1.0)])
def test_a_supercritical_exchange_is_refused(excitation):
    parties = {"L": PartyParameters(), "I": PartyParameters()}
    forth, back = excitation
    dyads = {"L-I": DyadParameters(excitation=forth), "I-L": DyadParameters(excitation=back)}
    with pytest.raises(SupercriticalError, match=r"the spectral radius of .* is 1\.\d+; it must be below 1"):
        Reactions(two_parties(flat_ladder()), parties, dyads, {}, 0.25, 2)


def test_ordinals_count_within_each_parent():
    places, ordinals = CHOSEN.expand(np.array([2, 0, 3]))
    assert places.tolist() == [0, 0, 2, 2, 2]
    assert ordinals.tolist() == [0, 1, 0, 1, 2]
    assert CHOSEN.expand(np.array([], dtype=np.int64))[0].tolist() == []


def test_the_law_of_routine_rungs_is_a_rounded_normal():
    """clip(round(P - 1/2 + s z), 1, top), S2.5."""
    law = routine_rungs(PartyParameters(posture_baseline=2.8, posture_spread=0.9), 6)
    z = np.random.default_rng(1).standard_normal(1_000_000)
    rungs = np.clip(np.rint(2.3 + 0.9 * z), 1, 6).astype(int)
    assert law.shape == (7, 1)
    assert law.sum() == pytest.approx(1.0)
    assert law[:, 0] == pytest.approx(np.bincount(rungs, minlength=7) / 1e6, abs=4.5 * 0.5e-3)


def test_the_law_of_routine_rungs_differs_by_replicate():
    law = routine_rungs(PartyParameters(posture_baseline=np.array([1.0, 6.0])), 6)
    assert law.shape == (7, 2)
    assert law[1, 0] > 0.7
    assert law[5:, 1].sum() > 0.7
