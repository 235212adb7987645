"""Laws that hold for every input: of the primitives, of the laws of chance, of a run's outcomes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from ladder_by_hand import classify
from records_by_hand import binomial, counts_in, normal, numbers_at, poisson, uniforms
from scipy import special, stats
from worlds import (
    daily,
    docking_world,
    far_parameters,
    far_world,
    four_party_parameters,
    four_party_world,
    full_ladder,
)

from sim.core.distributions import LARGEST_KILLED, N_SLICES, GammaFactors, ZetaTable
from sim.core.parameters import Interval, Parameter
from sim.core.random_streams import uniforms_at
from sim.engine.branching import productivity_ceiling, spectral_radius
from sim.engine.daily_totals import COUNTED
from sim.engine.outcomes import Judge
from sim.policies.moment import choose_rung
from sim.testing import view_of

UNIT = st.floats(2.0**-53, 1.0 - 2.0**-53)
WORDS = st.integers(0, 2**64 - 1)


@given(arrays(np.uint64, st.integers(0, 70), elements=WORDS), WORDS)
def test_uniforms_of_the_kernel_are_those_of_the_streams(words, address):
    with np.errstate(over="ignore"):
        plain, kernel = uniforms_at(words.copy(), np.uint64(address)), uniforms(words + np.uint64(address))
    assert plain.tobytes() == kernel.tobytes()
    assert np.all((plain > 0) & (plain < 1))


@given(st.lists(st.tuples(UNIT, st.integers(0, 300), st.floats(0.0, 0.5)), min_size=1, max_size=70))
def test_binomial_counts_lie_where_the_law_does(triples):
    draws, trials, chance = (np.array(part) for part in zip(*triples, strict=True))
    # Nearer than this to a step of the distribution function, the last bits of two computations of it decide.
    assume(np.all((draws > 1e-9) & (draws < 1.0 - 1e-9)))
    counts = binomial(draws, trials, chance)
    assert np.all(stats.binom.cdf(counts, trials, chance) >= draws - 1e-12)
    assert np.all(stats.binom.cdf(counts - 1, trials, chance) < draws + 1e-12)


@given(UNIT, UNIT)
def test_normal_quantiles_rise_and_are_those_of_scipy(one, other):
    draws = np.array(sorted((one, other)))
    found = normal(draws)
    assert found[0] <= found[1]
    assert found == pytest.approx(special.ndtri(draws), rel=1e-14, abs=1e-16)


@given(UNIT, UNIT, st.floats(0.0, 1e6))
def test_poisson_counts_rise_with_the_uniform(one, other, mean):
    counts = poisson(np.array(sorted((one, other))), np.full(2, mean))
    assert 0 <= counts[0] <= counts[1]


@given(UNIT, st.floats(0.0, 1e5), st.floats(1.0, 4.0))
def test_poisson_counts_rise_with_the_mean(uniform, mean, factor):
    counts = poisson(np.full(2, uniform), np.array([mean, mean * factor]))
    assert counts[0] <= counts[1], "common luck: more fire expected is never less fire drawn"


@given(st.lists(UNIT, min_size=1, max_size=20), st.floats(0.01, 5000.0))
def test_poisson_counts_lie_where_the_law_does(draws, mean):
    draws = np.array(draws)
    # Nearer than this to a step of the distribution function, the last bits of two computations of it decide.
    assume(np.all((draws > 1e-9) & (draws < 1.0 - 1e-9)))
    counts = poisson(draws, np.full(draws.shape, mean))
    assert np.all(stats.poisson.cdf(counts, mean) >= draws - 1e-12)
    assert np.all(stats.poisson.cdf(counts - 1, mean) < draws + 1e-12)


@given(UNIT, st.integers(0, 300), st.floats(0.0, 1.0))
def test_binomial_counts_lie_within_the_trials(uniform, trials, chance):
    count = binomial(np.array([uniform]), trials, chance)[0]
    assert 0 <= count <= trials


@given(UNIT, st.floats(1.2, 6.0))
def test_killed_lie_between_one_and_the_largest(uniform, exponent):
    table = ZetaTable(np.array([[exponent]]))
    assert 1 <= 1 + counts_in(table.edges, np.zeros(1), uniform + table.numbers)[0] <= LARGEST_KILLED
    assert 1.0 <= table.mean[0, 0] <= LARGEST_KILLED


@given(st.lists(UNIT, min_size=2, max_size=9), st.floats(0.05, 10.0))
def test_gamma_factors_are_positive_and_rise_with_the_uniform(draws, variance):
    places = (np.sort(draws) * N_SLICES).astype(int)
    factors = numbers_at(GammaFactors(np.array([[variance]])).factors, places)
    assert np.all(factors >= 0)
    assert np.all(np.diff(factors) >= 0)


@given(st.integers(0, 6), st.tuples(*[st.integers(0, 300)] * 2), st.tuples(*[st.integers(0, 3)] * 2), st.booleans())
def test_a_graver_act_is_never_reported_lower(launched, losses, more, leader):
    """Losses, and what comes on top of them, are killed and civilians."""
    ladder = full_ladder()
    killed, civilians = (np.array([loss, loss + extra]) for loss, extra in zip(losses, more, strict=True))
    rungs = classify(ladder, np.full(2, launched), killed, civilians, np.full(2, int(leader)))
    assert launched <= rungs[0] <= rungs[1] <= ladder.top


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(-1e7, 1e7))
def test_an_interval_refuses_exactly_what_lies_outside(low, width, value):
    parameter = Parameter("x", low, Interval(low, low + width), "1", "assumption", "x")
    assert (parameter.problem_with(value) is None) == (low <= value <= low + width)
    assert all(parameter.problem_with(outside) for outside in parameter.bounds.outside())


@given(arrays(float, (3, 3), elements=st.floats(0.0, 1.0)), st.lists(st.floats(0.0, 0.6), min_size=3, max_size=3))
def test_the_ceiling_is_where_the_radius_meets_the_limit(reactions, follow_up):
    follow_ups = np.diag(follow_up)[None]
    factor = productivity_ceiling(follow_ups, reactions[None], 0.95)
    assume(np.all(np.isfinite(factor)) and np.all(factor < 1e6))
    assert spectral_radius(follow_ups + factor[:, None, None] * reactions) == pytest.approx([0.95], abs=1e-6)


@given(st.integers(0, 200), st.integers(0, 50))
def test_the_nearest_rung_is_the_nearest(replicate, step):
    view = view_of([replicate], step)
    harm = view.own_harm[:, 0]
    for target in view.opponent_harm[1:, 0]:
        distance = np.abs(target - harm)
        assert distance[choose_rung(target, harm, view.top)] <= distance.min() * (1 + 1e-12)


# --- Runs


@settings(max_examples=3)
@given(st.integers(0, 2**32), st.floats(0.2, 3.0), st.floats(0.3, 2.0))
def test_what_holds_of_every_run(seed, lethality, fire):
    base = four_party_parameters(np.arange(20))
    parties = {
        name: replace(party, lethality=lethality, baseline=np.asarray(party.baseline) * fire)
        for name, party in base.parties.items()
    }
    world = four_party_world(20, days=20, seed=seed, parameters=replace(base, parties=parties)).run()
    columns = world.columns()
    acts, launches, claimed, killed, civilians = (daily(world, name) for name in COUNTED)
    assert min(values.min() for values in (acts, launches, claimed, killed, civilians)) >= 0
    assert np.all(civilians <= killed)
    assert np.all(killed[acts == 0] == 0), "nobody is killed without an act"
    salvos = [dyad.sender in ("HOS", "GRP") for dyad in world.theatre.dyads]
    assert np.all(launches[salvos] >= acts[salvos])
    assert not launches[np.invert(salvos)].any()
    assert np.array_equal(claimed > 0, launches > 0), "who launches claims one or more"
    for party in world.parties.values():
        assert np.all((party.posture >= 0) & (party.posture <= 6.5))
        assert np.all((party.resolve >= 0) & (party.resolve <= 1))
        assert np.all((party.capability >= 0) & (party.capability <= 1))
        assert np.all(party.unanswered_harm >= 0)
    assert_outcomes_hold(columns, horizons=(7, 15, 20))


def assert_outcomes_hold(columns: dict[str, np.ndarray], horizons: tuple[int, ...]) -> None:
    states = np.array([columns[f"state_at_{horizon}"] for horizon in horizons])
    assert set(np.unique(states)) <= {0, 1, 2}
    at_war = states == 2
    assert np.all(at_war[1:] >= at_war[:-1]), "a war that was remains one"
    for horizon, war in zip(horizons, at_war, strict=True):
        assert np.array_equal(war, columns["war_day"] <= horizon)
    assert np.all(columns["ground_day"] >= columns["war_day"]), "there is no ground operation without a campaign"
    assert np.all(columns["month_day"] >= 1)
    for name, days in columns.items():
        if name.endswith("_day"):
            assert np.all((days > 0) & ((days <= horizons[-1]) | np.isinf(days))), name
    killed = [columns[f"killed_north_at_{horizon}"] for horizon in horizons]
    assert np.all(np.diff(killed, axis=0) >= 0)
    assert np.all((columns["total_day"] <= horizons[-1]) == (killed[-1] + 10 >= 50))
    assert np.all(np.isinf(columns["war_day"]) <= (columns["campaign_began_by"] == -1))


@settings(max_examples=4)
@given(st.integers(0, 2**32), st.floats(0.0, 3.0), st.floats(0.2, 3.0))
def test_what_holds_of_every_regional_run(seed, entry, fire):
    """Wider states come no sooner than narrower ones, and what was reached stays reached."""
    base = far_parameters(np.arange(24))
    entries = {party: replace(own, hazard=own.hazard * entry) for party, own in base.entries.items()}
    dyads = {name: replace(own, entry_rate=np.asarray(own.entry_rate) * fire) for name, own in base.dyads.items()}
    world = far_world(24, days=24, seed=seed, parameters=replace(base, entries=entries, dyads=dyads)).run()
    columns, horizons = world.columns(), (7, 15, 24)
    war, regional, general = (columns[f"{name}_day"] for name in ("war", "regional", "general"))
    assert np.all(regional >= war)
    assert np.all(general >= regional)
    states = np.array([columns[f"state_at_{horizon}"] for horizon in horizons])
    assert set(np.unique(states)) <= {0, 1, 2, 3, 4}
    for horizon, state in zip(horizons, states, strict=True):
        for level, day in ((2, war), (3, regional), (4, general)):
            assert np.array_equal(state >= level, day <= horizon), (horizon, level)
    beyond = np.maximum(states, 1)
    assert np.all(np.diff(beyond, axis=0) >= 0), "no war, regional or general, is undone by a later horizon"
    assert np.all(columns["answer_day"] >= columns["attack_day"])
    assert np.array_equal(columns["regional_day"], regional)
    assert np.array_equal(columns["joins_day"], columns["joined_FAR_day"])
    joined = np.isfinite(columns["joined_OTH_day"])
    assert np.all(columns["joined_OTH_day"][joined] > columns["joined_FAR_day"][joined]), "it waits for the other"
    for party in ("FAR", "OTH"):
        day, trigger = columns[f"joined_{party}_day"], columns[f"joined_{party}_trigger"]
        assert np.array_equal(trigger >= 0, np.isfinite(day))
        assert np.all(day[np.isfinite(day)] <= 24)
    joined_later = np.minimum(columns["joined_FAR_day"], columns["joined_OTH_day"])
    assert np.array_equal(columns["first_to_join"] >= 0, np.isfinite(joined_later))
    for name in ("acts_FAR-STA", "killed_south", "civilians_north"):
        sums = np.array([columns[f"{name}_at_{horizon}"] for horizon in horizons])
        assert np.all(np.diff(sums, axis=0) >= 0), name
    assert np.all(columns["campaign_began_by"][np.isfinite(columns["campaign_day"])] >= 0)


@settings(max_examples=4)
@given(st.integers(0, 2**32), st.sampled_from(["front_acts", "regional_parties", "campaign_acts", "war_killed"]))
def test_a_stricter_definition_finds_nothing_sooner(seed, name):
    """Judged again from the same totals: raising a threshold can only delay, at every horizon."""
    world = far_world(16, days=20, seed=seed).run()
    found = []
    for factor in (0.05, 0.3, 1.0, 3.0):
        base = world.parameters.definitions
        definitions = replace(base, **{name: max(1.0, getattr(base, name) * factor)})
        judge = Judge(world.theatre, definitions, world.totals, world.milestones())
        found.append([judge.war_day, judge.regional_day, judge.general_day])
    days = np.array(found)
    assert np.all(days[1:] >= days[:-1])
    if name in ("front_acts", "regional_parties"):
        assert np.array_equal(days[0, 0], days[-1, 0]), "the war of the front does not hang on it"


@settings(max_examples=5)
@given(st.integers(0, 2**32), st.floats(1.01, 3.0))
def test_common_luck_makes_more_background_more_fire(seed, factor):
    """Under shared addresses the histories themselves are ordered, not only their means, reactions included."""
    quiet = {"overdispersion": 0.0, "trend": 0.0}
    low, high = (docking_world(replicates=30, days=5, seed=seed, driver_share=1.0, **quiet) for _ in range(2))
    # No truce moves it again.
    high.histories.values["driver_level"] *= factor
    high.histories.states["driver"] *= factor
    assert np.all(daily(low.run()).sum(axis=1) <= daily(high.run()).sum(axis=1))


@settings(max_examples=4)
@given(st.integers(0, 2**32))
def test_relabelling_does_not_move_the_draws(seed):
    """Names that people read are no part of an address."""
    worlds = [docking_world(replicates=20, days=4, seed=seed) for _ in range(2)]
    theatre = worlds[1].theatre
    theatre.parties = tuple(replace(party, name=f"The {party.name}", location="x") for party in theatre.parties)
    assert np.array_equal(daily(worlds[0].run()), daily(worlds[1].run()))
