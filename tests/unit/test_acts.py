"""Acts and their marks against the laws of S2.5."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ladder_by_hand import classify
from records_by_hand import acts_on, launch, mark, prepared, report_rungs, routine_rungs
from scipy import special, stats
from worlds import four_parties, four_party_parameters

from sim.core.distributions import ZetaTable
from sim.core.random_streams import act_uniform
from sim.engine.acts import LAUNCH_DISPERSION, GivenAct, Marks, stack_values
from sim.engine.configuration import Parameters, Timeline
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.marks import SALVO, SCHEDULED
from sim.engine.model import Conflict
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters
from sim.policies.reciprocal import NoRetaliation

N = 40_000
THEATRE = four_parties()
LADDER = THEATRE.ladder
FROM_STATE = THEATRE.dyad_index["STA-HOS"]
FROM_HOST = THEATRE.dyad_index["HOS-STA"]
DYADS = {name: DyadParameters() for name in THEATRE.dyad_index}


def marks_with(n: int = N, **parameters) -> Marks:
    own = PartyParameters(**parameters)
    return Marks(THEATRE, dict.fromkeys(THEATRE.party_index, own), n)


def histories_with(lanes: int = 1, **parameters) -> Histories:
    """Return histories of parties that are all alike."""
    return prepared(
        THEATRE, Parameters(dict.fromkeys(THEATRE.party_index, PartyParameters(**parameters)), DYADS), lanes
    )


def drawn(rung: int, dyad: int = FROM_STATE, *, lanes: int = 1, **parameters) -> np.recarray:
    """Return acts with their marks."""
    return mark(histories_with(lanes, **parameters), acts_on(rung, dyad, N, lanes=lanes)).view(np.recarray)


def launches_of(rung: int, dyad: int = FROM_STATE, *, lanes: int = 1, **parameters) -> tuple[np.ndarray, np.ndarray]:
    """Return the true and the claimed launches of acts."""
    return launch(histories_with(lanes, **parameters), acts_on(rung, dyad, N, lanes=lanes))


def close(values, expected, k=4.5):
    """Within k standard errors; 4.5 is missed once in 150,000 comparisons."""
    return abs(values.mean() - expected) < k * values.std() / np.sqrt(len(values))


@pytest.mark.parametrize("rung", [2, 3, 4, 5, 6])
def test_killed_follow_their_law(rung):
    acts = drawn(rung, severity_exponent=2.5)
    deadly = acts.killed > 0
    assert close(deadly, LADDER.lethality[rung])
    expected = np.arange(1, 301) ** -2.5 / (np.arange(1, 301) ** -2.5).sum()
    observed = np.bincount(np.minimum(acts.killed[deadly], 6), minlength=7)[1:]
    merged = np.array([*expected[:5], expected[5:].sum()]) * deadly.sum()
    assert stats.chisquare(observed, merged).pvalue > 1e-5


@pytest.mark.parametrize("rung", [4, 6])
def test_civilians_are_a_share_of_the_killed(rung):
    acts = drawn(rung)
    assert np.all((acts.civilians >= 0) & (acts.civilians <= acts.killed))
    single = acts.killed == 1
    assert close(acts.civilians[single], {4: 0.4, 6: 0.5}[rung])


def test_a_leader_dies_at_the_chance_of_the_rung():
    acts = drawn(6, leader_strikes=1.0)
    assert close(acts.leaders, 0.35)
    assert np.all(acts.killed[acts.leaders > 0] > 0)
    assert not drawn(6, leader_strikes=0.0).leaders.any()
    assert not drawn(4, leader_strikes=1.0).leaders.any()


def test_lethality_scales_and_stays_a_chance():
    assert close(drawn(4, lethality=1.25).killed > 0, 0.275)
    assert close(drawn(6, lethality=20.0).killed > 0, 0.98)
    assert not drawn(6, lethality=0.0).killed.any()


def test_a_rung_that_kills_nobody_keeps_its_rung():
    acts = drawn(1, lethality=0.0)
    assert np.all(acts.rung == acts.launched)
    assert not acts.civilians.any()


def test_the_reported_rung_is_never_below_the_launched():
    acts = drawn(3, lethality=5.0)
    assert np.all(acts.rung >= acts.launched)
    assert np.array_equal(acts.rung, classify(LADDER, acts.launched, acts.killed, acts.civilians, acts.leaders))
    assert np.unique(acts.rung).size > 2


@pytest.mark.parametrize("launched", range(7))
def test_an_act_is_reported_on_the_highest_rung_whose_criteria_it_meets(launched):
    """As the ladder classifies it, for all small losses and some large ones."""
    losses = [
        (k, c, le) for k in (0, 1, 2, 3, 4, 5, 8, 11, 12, 13, 40, 300) for c in range(min(k, 14) + 1) for le in (0, 1)
    ]
    acts = acts_on(launched, FROM_STATE, len(losses))
    acts["killed"], acts["civilians"], acts["leaders"] = np.array(losses).T
    expected = classify(LADDER, acts["launched"], acts["killed"], acts["civilians"], acts["leaders"])
    assert np.array_equal(report_rungs(histories_with(), acts), expected)


@pytest.mark.parametrize("posture", [0.0, 1.37, 2.8, 4.5, 6.5])
@pytest.mark.parametrize("spread", [0.01, 0.9, 3.0])
def test_a_routine_act_stands_on_a_rounded_normal_rung_around_the_posture(posture, spread):
    """clip(round(P - 1/2 + s z), 1, top), S2.5, to the last uniform; scipy's own quantiles."""
    histories, acts = histories_with(posture_spread=spread), acts_on(1, FROM_STATE, N)
    histories.states["posture"] = posture
    z = special.ndtri(act_uniform(acts["word"], "rung"))
    expected = np.clip(np.rint(posture - 0.5 + spread * z), 1, 6)
    assert np.array_equal(routine_rungs(histories, acts), expected)


@pytest.mark.parametrize("rung", [1, 2, 4, 5, 6])
def test_launches_follow_their_law(rung):
    launches, _ = launches_of(rung)
    mean = LADDER.launches[rung]
    assert launches.min() >= 1
    further = stats.nbinom(LAUNCH_DISPERSION, LAUNCH_DISPERSION / (LAUNCH_DISPERSION + mean))
    if rung < 5:
        assert launches.max() <= SALVO - 1
        counts = np.arange(2000)
        mean = (np.minimum(1 + counts, SALVO - 1) * further.pmf(counts)).sum() - 1.0
    assert close(launches, 1.0 + mean) if mean else np.all(launches == 1)


@pytest.mark.parametrize("rung", [1, 4, 5, 6])
def test_depth_lies_within_its_rung(rung):
    depth = histories_with().depths(acts_on(rung, FROM_STATE, N))
    low, high = max(LADDER.depth_low[rung], 0.2), LADDER.depth_high[rung]
    assert depth.min() >= low * (1 - 1e-12)
    assert depth.max() <= high * (1 + 1e-12)
    middle = np.sqrt(low * high)
    assert close(depth < middle, 0.5), "the median is the geometric middle"


def test_marks_depend_on_the_address_alone():
    whole = acts_on(4, FROM_STATE, N)
    part = whole[100:400].copy()
    histories = histories_with(lethality=3.0)
    assert np.array_equal(mark(histories, whole)[100:400], mark(histories, part))
    assert whole["killed"].any()
    assert np.array_equal(histories.depths(whole)[100:400], histories.depths(part))


def test_parameters_of_marks_differ_by_sender_and_replicate():
    parties = {party: PartyParameters(lethality=0.0) for party in THEATRE.party_index}
    parties["STA"] = PartyParameters(lethality=np.array([0.0, 2.0]))
    histories = prepared(THEATRE, Parameters(parties, DYADS), 2)
    ours, theirs = (mark(histories, acts_on(5, dyad, N, lanes=2)) for dyad in (FROM_STATE, FROM_HOST))
    assert not theirs["killed"].any()
    assert not ours["killed"][::2].any()
    assert close(ours["killed"][1::2] > 0, 0.7)


def test_a_given_act_happens_in_every_replicate():
    act = GivenAct(1.0, "HOS", "STA", 5, killed=7, civilians=6, leaders=1)
    timeline = Timeline(3, horizons=(), scheduled=(act, act))
    parameters = Parameters(dict.fromkeys(THEATRE.party_index, PartyParameters()), DYADS)
    policies = dict.fromkeys(THEATRE.party_index, NoRetaliation())
    world = Conflict(THEATRE, parameters, policies, timeline, replicates=5, seed=2)
    for step in range(5):
        world.step()
        assert len(world.latest) == (10 if step == 4 else 0), "day 1 begins with the fifth step"
    acts = world.latest
    assert acts["lane"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    for name, value in (
        ("dyad", FROM_HOST),
        ("cause", SCHEDULED),
        ("rung", 5),
        ("killed", 7),
        ("civilians", 6),
        ("leaders", 1),
    ):
        assert np.all(acts[name] == value), name
    assert len(np.unique(acts["word"])) == 10, "two incidents of one step have luck of their own"


def test_values_are_stacked_by_row():
    assert stack_values([1.0, np.array([2.0, 3.0])], 2).tolist() == [[1.0, 1.0], [2.0, 3.0]]


def test_mean_harm_by_hand_without_leaders():
    marks = marks_with(3, lethality=1.25, severity_exponent=2.5, leader_strikes=0.0)
    observer = PartyParameters(civilian_weight=3.0, leader_weight=12.0)
    mean = marks.mean_harm(THEATRE, "STA", observer)
    assert mean.shape == (7, 3)
    killed = ZetaTable(np.array([[2.5]])).mean[0, 0]
    expected = 1.5 + 1.25 * 0.22 * killed * (0.6 + 0.4 * 3.0)
    assert mean[4] == pytest.approx([expected] * 3)
    assert np.all(np.diff(mean, axis=0) > 0)


def test_mean_harm_counts_leaders_at_their_chance():
    marks = marks_with(1, leader_strikes=1.0)
    blind, avenger = PartyParameters(leader_weight=0.0), PartyParameters(leader_weight=10.0)
    difference = marks.mean_harm(THEATRE, "STA", avenger) - marks.mean_harm(THEATRE, "STA", blind)
    assert difference[6] == pytest.approx([0.35 * 10.0]), "as many as test_a_leader_dies_at_the_chance_of_the_rung"


@pytest.mark.parametrize("most", [1.0, 7.0, 40.0])
def test_no_act_kills_more_than_the_largest_number(most):
    free, capped = drawn(6), drawn(6, most_killed=most)
    assert free.killed.max() > most
    assert np.array_equal(capped.killed, np.minimum(free.killed, int(most))), "and nothing else moves"
    assert np.all(capped.civilians <= capped.killed)
    assert np.array_equal(capped.leaders, free.leaders)


def test_the_largest_number_may_differ_by_replicate():
    killed = drawn(6, lanes=2, most_killed=np.array([2.0, 300.0])).killed
    assert killed[::2].max() == 2
    assert killed[1::2].max() > 2


def claims(rung: int, lanes: int = 1, **parameters) -> tuple[np.ndarray, np.ndarray]:
    return launches_of(rung, FROM_HOST, lanes=lanes, **parameters)


def test_without_a_bias_the_truth_is_claimed():
    launches, claimed = claims(6)
    assert np.array_equal(claimed, launches)
    assert launches.max() > 100


@pytest.mark.parametrize("bias", [-0.7, 0.5])
def test_a_bias_without_spread_is_a_rounded_factor(bias):
    launches, claimed = claims(6, claim_bias=bias)
    assert np.array_equal(claimed, np.maximum(1, np.rint(launches * np.exp(bias))))
    assert claimed.min() >= 1


def test_the_log_of_claimed_over_true_launches_has_its_mean_and_spread():
    launches, claimed = claims(6, claim_bias=0.4, claim_spread=0.3)
    # In large salvos rounding to whole launches hardly counts.
    large = launches >= 40
    ratio = np.log(claimed[large] / launches[large])
    assert large.sum() > 4000
    assert close(ratio, 0.4)
    assert abs(ratio.std() - 0.3) < 4.5 * 0.3 / np.sqrt(2 * large.sum()) + 1e-4


def test_a_bias_may_differ_by_replicate_and_by_party():
    launches, claimed = claims(5, lanes=2, claim_bias=np.array([0.0, np.log(3.0)]))
    assert np.array_equal(claimed[::2], launches[::2])
    assert np.array_equal(claimed[1::2], 3 * launches[1::2])
    parties = {party: PartyParameters() for party in THEATRE.party_index} | {"STA": PartyParameters(claim_bias=2.0)}
    histories = prepared(THEATRE, Parameters(parties, DYADS), 1)
    true, told = launch(histories, acts_on(5, FROM_HOST, N))
    assert np.array_equal(true, told), "the bias is another party's"


def test_the_four_party_world_has_marks():
    parameters = four_party_parameters(np.arange(10))
    parties = {name: replace(own, lethality=1.0) for name, own in parameters.parties.items()}
    assert Marks(THEATRE, parties, 10).lethality.shape == (4, 7, 10)
