"""Acts and their marks against the laws of S2.5."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from worlds import four_parties, four_party_parameters

from sim.core.distributions import ZetaTable
from sim.core.random_streams import Streams
from sim.engine.acts import BACKGROUND, LAUNCH_DISPERSION, SALVO, SCHEDULED, Acts, GivenAct, Marks, stack_values
from sim.engine.party_parameters import PartyParameters

N = 40_000
THEATRE = four_parties()
LADDER = THEATRE.ladder
FROM_STATE = THEATRE.dyad_index["STA-HOS"]
FROM_HOST = THEATRE.dyad_index["HOS-STA"]


def acts_on(rung: int, dyad: int = FROM_STATE, n: int = N) -> Acts:
    """Return one act in each of n replicates, all on one rung."""
    streams = Streams(2, np.arange(n))
    words = streams.act_words(streams.address("test", "acts", rung), np.arange(n), np.zeros(n, dtype=np.int64))
    blank = np.zeros(n, dtype=np.int64)
    return Acts.unmarked(np.arange(n), blank + dyad, blank + BACKGROUND, blank + rung, words)


def marks_with(n: int = N, **parameters) -> Marks:
    own = PartyParameters(**parameters)
    return Marks(THEATRE, dict.fromkeys(THEATRE.party_index, own), n)


def drawn(rung: int, dyad: int = FROM_STATE, **parameters) -> Acts:
    acts = acts_on(rung, dyad)
    marks_with(**parameters).draw(acts)
    return acts


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
    assert np.array_equal(acts.rung, LADDER.classify(acts.launched, acts.killed, acts.civilians, acts.leaders))


@pytest.mark.parametrize("rung", [1, 2, 4, 5, 6])
def test_launches_follow_their_law(rung):
    launches = marks_with().draw_launches(acts_on(rung))
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
    depth = marks_with().draw_depths(acts_on(rung))
    low, high = max(LADDER.depth_low[rung], 0.2), LADDER.depth_high[rung]
    assert depth.min() >= low * (1 - 1e-12)
    assert depth.max() <= high * (1 + 1e-12)
    middle = np.sqrt(low * high)
    assert close(depth < middle, 0.5), "the median is the geometric middle"


def test_marks_depend_on_the_address_alone():
    whole, part = acts_on(4), acts_on(4).select(np.arange(100, 400))
    marks = marks_with(lethality=3.0)
    marks.draw(whole)
    marks.draw(part)
    for name in ("killed", "civilians", "leaders", "rung"):
        assert np.array_equal(getattr(whole, name)[100:400], getattr(part, name))
    assert np.array_equal(marks.draw_depths(whole)[100:400], marks.draw_depths(part))


def test_parameters_of_marks_differ_by_sender_and_replicate():
    parties = {party: PartyParameters(lethality=0.0) for party in THEATRE.party_index}
    parties["STA"] = PartyParameters(lethality=np.where(np.arange(N) % 2 == 0, 0.0, 2.0))
    marks = Marks(THEATRE, parties, N)
    ours, theirs = acts_on(5, FROM_STATE), acts_on(5, FROM_HOST)
    marks.draw(ours)
    marks.draw(theirs)
    assert not theirs.killed.any()
    assert not ours.killed[::2].any()
    assert close(ours.killed[1::2] > 0, 0.7)


def test_a_given_act_happens_in_every_replicate():
    streams = Streams(2, np.arange(5))
    act = GivenAct(1.0, "HOS", "STA", 5, killed=7, civilians=6, leaders=1)
    acts = Acts.given(act, THEATRE, streams, 4, 0)
    assert acts.lane.tolist() == [0, 1, 2, 3, 4]
    for name, value in (("dyad", FROM_HOST), ("cause", SCHEDULED), ("rung", 5), ("killed", 7), ("civilians", 6)):
        assert np.all(getattr(acts, name) == value)
    other = Acts.given(act, THEATRE, streams, 4, 1)
    assert not np.any(acts.words == other.words), "two incidents of one step have luck of their own"


def test_acts_are_joined_in_order():
    one, other = acts_on(1, n=2), acts_on(2, n=3)
    assert Acts.concatenate([one, other]).launched.tolist() == [1, 1, 2, 2, 2]
    assert Acts.concatenate([one]) is one
    assert len(one.select(np.array([], dtype=np.int64))) == 0


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
    most = np.where(np.arange(N) % 2 == 0, 2.0, 300.0)
    killed = drawn(6, most_killed=most).killed
    assert killed[::2].max() == 2
    assert killed[1::2].max() > 2


def claims(rung: int, **parameters: float) -> tuple[np.ndarray, np.ndarray]:
    acts, marks = acts_on(rung, FROM_HOST), marks_with(**parameters)
    launches = marks.draw_launches(acts)
    return launches, marks.draw_claims(acts, launches)


def test_without_a_bias_the_truth_is_claimed():
    launches, claimed = claims(6)
    assert claimed is launches


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
    bias = np.where(np.arange(N) % 2 == 0, 0.0, np.log(3.0))
    launches, claimed = claims(5, claim_bias=bias)
    assert np.array_equal(claimed[::2], launches[::2])
    assert np.array_equal(claimed[1::2], 3 * launches[1::2])


def test_the_four_party_world_has_marks():
    parameters = four_party_parameters(np.arange(10))
    parties = {name: replace(own, lethality=1.0) for name, own in parameters.parties.items()}
    assert Marks(THEATRE, parties, 10).lethality.shape == (4, 7, 10)
