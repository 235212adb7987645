"""What the target of an act sees: detection, rung, harm, whom it charges, red lines."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from records_by_hand import acts_on, mark, perceive, perceive_recorded, prepared
from test_acts import FROM_HOST, FROM_STATE, LADDER, THEATRE, N, close

from sim.engine.configuration import Parameters
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.marks import BACKGROUND, FALSE_ALARM, SCHEDULED
from sim.engine.kernel.perception import ALARM_RUNG
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters
from sim.policies import RedLine
from sim.policies.reciprocal import NoRetaliation

INDEX = THEATRE.dyad_index


class Lined(NoRetaliation):
    """Answers nothing, and has whatever red line it is given."""

    def __init__(self, line: RedLine | None) -> None:
        object.__setattr__(self, "_line", line)

    def red_line(self) -> RedLine | None:
        return self._line


def histories_of(parties, dyads, lines=None, lanes=1) -> Histories:
    """Return histories of the four parties, of which some dyads have red lines."""
    policies = {name: Lined(line) for name, line in (lines or {}).items()}
    return prepared(THEATRE, Parameters(parties, dyads), lanes, policies=policies)


def perceived(
    rung,
    dyad=FROM_HOST,
    *,
    lines=None,
    spill=0.0,
    cause=BACKGROUND,
    killed=0,
    civilians=0,
    leaders=0,
    lanes=1,
    excitation=0.0,
    **parameters,
):
    """Return what the target sees of many acts; only the target has the parameters given."""
    acts = acts_on(rung, dyad, N, lanes=lanes, cause=cause)
    acts["killed"], acts["civilians"], acts["leaders"] = killed, civilians, leaders
    target = THEATRE.dyads[dyad].target
    parties = {party: PartyParameters() for party in THEATRE.party_index} | {target: PartyParameters(**parameters)}
    dyads = {name: DyadParameters(spill=spill, excitation=excitation) for name in INDEX}
    histories = histories_of(parties, dyads, lines, lanes)
    seen_rung, harm = perceive(histories, acts)
    parts = {name: acts[name] for name in ("answer", "provocation", "owed")}
    flags = {name: acts[name] > 0 for name in ("seen", "crosses")}
    return SimpleNamespace(rung=seen_rung.astype(int), harm=harm, acts=acts, histories=histories, **parts, **flags)


def test_clear_sight_sees_things_as_they_are():
    seen = perceived(4, killed=3, civilians=2)
    assert seen.seen.all()
    assert np.all(seen.rung == 4)
    assert np.all(seen.provocation == 4)
    assert np.all(seen.answer == INDEX["STA-HOS"])
    assert seen.harm == pytest.approx(np.full(N, 3 + LADDER.harm[4]))


@pytest.mark.parametrize("rung", [1, 3, 6])
def test_acts_on_higher_rungs_are_seen_more(rung):
    assert close(perceived(rung, detection=0.3).seen, 1.0 - 0.7 ** (1 + rung))


def test_nobody_sees_without_detection():
    assert not perceived(6, detection=0.0).seen.any()
    assert perceived(6, detection=0.0, cause=SCHEDULED).seen.all(), "a scheduled incident is news"


@pytest.mark.parametrize("chance", [0.1, 0.6])
def test_rungs_are_mistaken_both_ways(chance):
    difference = perceived(3, misperception=chance).rung - 3
    assert close(difference == 1, chance / 2)
    assert close(difference == -1, chance / 2)
    assert set(np.unique(difference)) == {-1, 0, 1}


def test_mistaken_rungs_stay_on_the_ladder():
    assert perceived(1, misperception=1.0).rung.min() == 1
    assert perceived(6, misperception=1.0).rung.max() == 6


def test_harm_is_weighed_by_its_observer():
    seen = perceived(5, killed=4, civilians=3, leaders=1, civilian_weight=3.0, leader_weight=12.0, own_loss_weight=1.5)
    assert seen.harm == pytest.approx(np.full(N, 1.5 * (1 + 9 + 12 + LADDER.harm[5])))


def test_noisy_harm_is_right_on_average():
    seen = perceived(5, killed=2, harm_noise=0.4)
    assert close(seen.harm, 2 + LADDER.harm[5])
    logarithms = np.log(seen.harm / (2 + LADDER.harm[5]))
    assert logarithms.std() == pytest.approx(0.4, rel=0.03)
    assert logarithms.mean() == pytest.approx(-0.08, abs=0.01)


def test_fire_of_a_faction_is_charged_to_the_host_by_chance():
    seen = perceived(4, INDEX["FAC-STA"], spill=0.7)
    assert close(seen.answer == INDEX["STA-HOS"], 0.7)
    assert set(np.unique(seen.answer)) == {INDEX["STA-HOS"], INDEX["STA-FAC"]}
    assert np.all(perceived(4, FROM_HOST, spill=0.7).answer == INDEX["STA-HOS"]), "a host has nobody to hide behind"


def test_a_false_alarm_is_taken_for_a_deep_salvo_and_does_no_harm():
    seen = perceived(0, cause=FALSE_ALARM, detection=0.1, misperception=1.0)
    assert seen.seen.all()
    assert np.all(seen.rung == ALARM_RUNG)
    assert np.all(seen.harm == 0.0)


LINE = {"STA-HOS": RedLine(rung=5.0, civilians=3.0, depth=25.0)}


@pytest.mark.parametrize(
    ("rung", "civilians", "provocation"), [(2, 2, 2), (2, 3, 5), (4, 300, 5), (5, 0, 5), (6, 3, 6), (1, 0, 1)]
)
def test_civilians_cross_the_red_line_exactly(rung, civilians, provocation):
    line = {"STA-HOS": RedLine(rung=5.0, civilians=3.0, depth=5000.0)}
    seen = perceived(rung, lines=line, killed=civilians, civilians=civilians)
    assert np.all(seen.provocation == provocation)
    assert np.all(seen.rung == rung), "the perceived rung is not moved"


def test_depth_crosses_the_red_line():
    line = {"STA-HOS": RedLine(rung=6.0, civilians=1e6, depth=25.0)}
    seen = perceived(5, lines=line)
    depth = seen.histories.depths(seen.acts)
    assert np.array_equal(seen.provocation == 6, depth >= 25.0)
    assert 0.1 < (depth >= 25.0).mean() < 0.9


def test_a_line_is_that_of_the_dyad_that_answers():
    """One line against the host and none against the faction: whom the act is charged to decides."""
    assert np.all(perceived(2, FROM_STATE, lines=LINE, killed=9, civilians=9).provocation == 2)
    seen = perceived(2, INDEX["FAC-STA"], lines=LINE, killed=9, civilians=9, spill=0.5)
    assert np.array_equal(seen.provocation, np.where(seen.answer == INDEX["STA-HOS"], 5, 2))
    assert 0.4 < (seen.provocation == 5).mean() < 0.6


@pytest.mark.parametrize(("counts", "provocation"), [(True, 5), (False, 2)])
def test_a_leader_killed_crosses_a_line_that_counts_leaders(counts, provocation):
    line = {"STA-HOS": RedLine(5.0, 1e6, 5000.0, leader=counts)}
    seen = perceived(2, lines=line, killed=1, leaders=1)
    assert np.all(seen.provocation == provocation)
    assert np.all(seen.crosses == counts)
    assert not perceived(2, lines=line, killed=1).crosses.any(), "nobody's leader"


def test_whether_a_leader_counts_may_differ_by_replicate_beside_a_line_where_none_does():
    lines = {"STA-HOS": RedLine(5.0, 1e6, 5000.0, leader=np.array([True, False])), "HOS-STA": RedLine(5.0, 3.0, 5000.0)}
    assert np.array_equal(perceived(2, lines=lines, killed=1, leaders=1, lanes=2).crosses, np.arange(N) % 2 == 0)


def test_a_line_may_differ_by_replicate():
    line = RedLine(5.0, np.array([3.0, 4.0]), 5000.0)
    seen = perceived(2, lines={"STA-HOS": line}, killed=3, civilians=3, lanes=2)
    assert np.array_equal(seen.provocation, np.where(np.arange(N) % 2 == 0, 5, 2))


def test_a_false_alarm_crosses_no_line():
    assert np.all(perceived(0, lines={"STA-HOS": RedLine(6.0, 0.0, 0.0)}, cause=FALSE_ALARM).provocation == ALARM_RUNG)


def test_the_record_is_seen_by_all():
    parties = {
        party: PartyParameters(detection=0.0, misperception=1.0, harm_noise=1.0) for party in THEATRE.party_index
    }
    dyads = {name: DyadParameters(spill=1.0) for name in INDEX}
    for charged, answer in ((-1, "STA-FAC"), (INDEX["STA-HOS"], "STA-HOS")):
        histories, acts = histories_of(parties, dyads), acts_on(4, INDEX["FAC-STA"], 50)
        acts["killed"] = 2
        perceive_recorded(histories, acts, charged)
        assert acts["seen"].all()
        assert np.all(acts["provocation"] == 4)
        assert np.all(acts["answer"] == INDEX[answer]), "by the record's own word, the usual one without"
        state = histories.states[0]
        assert state["acts_seen"][INDEX[answer]] == 50.0
        assert state["rungs_seen"][INDEX[answer]] == 50 * 4.5
        assert state["harm_received"][INDEX[answer]] == pytest.approx(50 * (2 + LADDER.harm[4]))


# --- What an act provokes


@pytest.mark.parametrize("rung", [1, 4, 6])
def test_an_act_that_is_seen_owes_its_mean_reactions(rung):
    found = perceived(rung, detection=0.3, excitation=0.7, productivity=0.2)
    row = INDEX["STA-HOS"]
    mean = found.histories.values["mean_reactions"][0, row, rung]
    assert mean > 0
    assert np.array_equal(found.owed, np.where(found.seen, mean, 0.0))
    in_step = found.histories.values["in_step"][0, row]
    pool = found.histories.states["due"][0]
    assert pool[rung, row] == pytest.approx(found.owed.sum() * (1.0 - in_step))
    pool[rung, row] = 0.0
    assert not pool.any(), "nobody else owes anything"


def test_what_is_owed_is_mixed_by_gamma_factors_of_mean_one():
    plain, mixed = (perceived(4, excitation=0.7, overdispersion=value).owed for value in (0.0, 0.8))
    assert np.unique(plain).size == 1
    assert close(mixed / plain[0], 1.0)
    # 512 slices fall short of the variance by less than a hundredth; the rest is chance.
    assert (mixed / plain[0]).var() == pytest.approx(0.8, rel=0.05)


def test_a_false_alarm_owes_what_is_believed_of_it():
    alarm = perceived(0, cause=FALSE_ALARM, excitation=0.7)
    act = perceived(ALARM_RUNG, excitation=0.7)
    believed = -np.expm1(-2.0 / 24.0 / DyadParameters().delay_days)
    assert alarm.owed == pytest.approx(believed * act.owed)
    assert alarm.histories.states["follow_ups_due"].sum() == 0.0, "and nothing follows it up"


def test_an_act_is_followed_up_by_its_sender():
    parties = {party: PartyParameters(follow_up=0.4 if party == "HOS" else 0.0) for party in THEATRE.party_index}
    histories = histories_of(parties, {name: DyadParameters() for name in INDEX})
    acts = acts_on(3, FROM_HOST, 10)
    perceive(histories, acts)
    expected = np.zeros(len(INDEX))
    expected[FROM_HOST] = 10 * 0.4 * (1.0 - histories.values["in_step"][0, FROM_HOST])
    assert histories.states["follow_ups_due"][0, : len(INDEX)] == pytest.approx(expected)
    perceive(histories, acts_on(3, FROM_STATE, 10))
    assert histories.states["follow_ups_due"][0, : len(INDEX)] == pytest.approx(expected), "the state does not"


def test_an_act_over_a_line_with_a_fast_delay_goes_to_the_fast_pool():
    line = {"STA-HOS": RedLine(5.0, 3.0, 5000.0, delay_days=0.1)}
    for civilians, pool, rung in ((3, "fast_due", 5), (2, "due", 2)):
        found = perceived(2, lines=line, killed=3, civilians=civilians, excitation=0.7)
        row, state = INDEX["STA-HOS"], found.histories.states[0]
        in_step = found.histories.values["fast_in_step" if civilians == 3 else "in_step"][0, row]
        assert state[pool][rung, row] == pytest.approx(found.owed.sum() * (1.0 - in_step))
        assert state["due"].sum() + state["fast_due"].sum() == state[pool][rung, row]


def test_marks_are_left_alone():
    dyads = {name: DyadParameters() for name in INDEX}
    plain = histories_of(dict.fromkeys(THEATRE.party_index, PartyParameters()), dyads)
    acts = mark(plain, acts_on(4, FROM_HOST, 2000))
    before = acts.copy()
    histories = histories_of(
        dict.fromkeys(THEATRE.party_index, PartyParameters(misperception=1.0, harm_noise=1.0, detection=0.5)), dyads
    )
    perceive(histories, acts)
    for name in ("killed", "civilians", "leaders", "rung", "launched", "dyad", "cause", "word"):
        assert np.array_equal(acts[name], before[name]), name
