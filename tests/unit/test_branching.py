"""Branching on the grid: how many reactions an act provokes, on whom, and when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from worlds import daily, docking_parameters, flat_ladder, full_ladder, two_parties

from sim.core.errors import SupercriticalError
from sim.engine.acts import GivenAct
from sim.engine.branching import Reactions, routine_rungs
from sim.engine.configuration import DiplomaticShock, Parameters, Timeline, WorldParameters
from sim.engine.kernel.values import ALARM_DAYS
from sim.engine.model import Conflict
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Ladder
from sim.policies.overlay import Threshold
from sim.policies.reciprocal import GenerousTitForTat, NoRetaliation, TitForTat

N = 8000
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
    total = reactions_of(one_act_world(dyad={"excitation": 1.5}, overdispersion=0.8, n=20_000)).sum(axis=0)
    assert close(total, 1.5)
    assert total.var() == pytest.approx(1.5 + 0.8 * 1.5**2, rel=0.06)


def test_follow_ups_form_clusters():
    """I reacts to half of all acts with one act, which follows itself up: a cluster has 1 / (1 - n) acts."""
    total = reactions_of(one_act_world(days=12, dyad={"excitation": 0.5}, follow_up=0.42)).sum(axis=0)
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


@pytest.mark.parametrize(("chance", "excitation"), [(0.3, 0.0), (0.9, 0.0), (0.5, 0.4), (1.0, 0.0)])
def test_a_single_answer_is_a_poisson_number_with_its_chance_as_the_mean(chance, excitation):
    total = reactions_of(one_act_world(dyad={"answer_chance": chance, "excitation": excitation})).sum(axis=0)
    answered = 1.0 - np.exp(-chance - excitation)
    assert abs((total > 0).mean() - answered) <= 4.5 * np.sqrt(answered * (1 - answered) / N)
    assert close(total, excitation + chance)


def test_a_policy_that_lets_an_answer_pass_lowers_its_chance():
    total = reactions_of(one_act_world(dyad={"answer_chance": 0.6}, policy=GenerousTitForTat(forgiveness=0.5)))
    answered = 1.0 - np.exp(-0.3)
    assert abs((total.sum(axis=0) > 0).mean() - answered) < 4.5 * np.sqrt(answered * (1 - answered) / N)


# --- Answers to acts over a red line


def shares_by_day(delay: float, step_days: float, days: int) -> np.ndarray:
    """Return the share of the reactions to an act of the first step that falls due on each day, in closed form."""
    steps = np.arange(1, round(days / step_days) + 1) * step_days
    # An act uniform in a step of length D is answered by time T with 1 - (tau / D) (exp(D / tau) - 1) exp(-T / tau).
    due = 1.0 - delay / step_days * np.expm1(step_days / delay) * np.exp(-steps / delay)
    return np.diff(np.concatenate([[0.0], due[round(1 / step_days) - 1 :: round(1 / step_days)]]))


def crossing_world(killed: int, fast: Any, step_days: float = 0.25, n: int = N, line: float = 1.0) -> Conflict:
    """Return a silent world into which L fires once, killing civilians; I has a line of civilians."""
    policy = Threshold(line_rung=1.0, line_civilians=line, line_depth=5000.0, weight_below=1.0, fast_delay_days=fast)
    parties = {name: PartyParameters(lethality=0.0) for name in ("L", "I")}
    dyads = {"L-I": DyadParameters(), "I-L": DyadParameters(excitation=1.5, delay_days=TAU)}
    act = GivenAct(0.0, "L", "I", 1, killed=killed, civilians=killed)
    timeline = Timeline(6, step_days, horizons=(), scheduled=(act,))
    policies = {"L": NoRetaliation(), "I": policy}
    return Conflict(
        two_parties(flat_ladder()), Parameters(parties, dyads), policies, timeline, replicates=n, seed=3
    ).run()


@pytest.mark.parametrize("step_days", [1.0, 0.25])
@pytest.mark.parametrize(("killed", "delay"), [(3, 0.1), (0, TAU)])
def test_acts_over_the_line_are_answered_by_the_fast_delay_and_others_as_usual(step_days, killed, delay):
    reactions = reactions_of(crossing_world(killed, 0.1, step_days))
    expected = 1.5 * shares_by_day(delay, step_days, 6)
    for day in range(3):
        assert abs(reactions[day].mean() - expected[day]) < 4.5 * np.sqrt(expected[day] / N) + 1e-12, day
    assert close(reactions.sum(axis=0), 1.5)


def test_the_share_in_the_same_step_is_that_of_the_closed_form():
    """1 - (tau / D)(1 - exp(-D / tau)): for 0.1 days in steps of a day it is 0.9, for 0.6 days 0.51."""
    reactions = reactions_of(crossing_world(3, 0.1, 1.0))[0]
    assert 1.0 - 0.1 * -np.expm1(-10.0) == pytest.approx(0.9, abs=1e-4)
    assert abs(reactions.mean() - 1.5 * 0.9) < 4.5 * np.sqrt(1.35 / N)
    assert 1.0 - 0.6 * -np.expm1(-1 / 0.6) == pytest.approx(0.5133, abs=1e-4)
    usual = reactions_of(crossing_world(3, 0.0, 1.0))[0]
    assert abs(usual.mean() - 1.5 * 0.5133) < 4.5 * np.sqrt(0.77 / N)


def test_a_fast_delay_of_zero_is_the_usual_one_in_every_replicate():
    fast = np.where(np.arange(400) % 2 == 0, 0.0, 0.1)
    mixed, usual, hasty = (reactions_of(crossing_world(3, delay, n=400)) for delay in (fast, 0.0, 0.1))
    assert np.array_equal(mixed[:, ::2], usual[:, ::2])
    assert np.array_equal(mixed[:, 1::2], hasty[:, 1::2])
    assert not np.array_equal(usual, hasty)


def test_a_line_above_the_ladder_lifts_to_its_top():
    """A ladder of one rung: the line of the default stands on rung 5, and nothing is looked up beyond the table."""
    policy = Threshold(line_rung=5.0, line_civilians=1.0, weight_below=1.0)
    parties = {name: PartyParameters(lethality=0.0) for name in ("L", "I")}
    dyads = {"L-I": DyadParameters(), "I-L": DyadParameters(excitation=1.5, delay_days=TAU)}
    act = GivenAct(0.0, "L", "I", 1, killed=3, civilians=3)
    timeline = Timeline(6, 0.25, horizons=(), scheduled=(act,))
    policies = {"L": NoRetaliation(), "I": policy}
    world = Conflict(two_parties(flat_ladder()), Parameters(parties, dyads), policies, timeline, replicates=N, seed=3)
    assert close(reactions_of(world.run()).sum(axis=0), 1.5)


def test_false_alarms_provoke_while_they_are_believed():
    rate, days = 0.5, 16
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
