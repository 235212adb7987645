"""What the target of an act sees: detection, rung, harm, whom it charges, red lines."""

from __future__ import annotations

import numpy as np
import pytest
from test_acts import FROM_HOST, FROM_STATE, LADDER, THEATRE, N, acts_on, close, marks_with

from sim.engine.acts import FALSE_ALARM, SCHEDULED
from sim.engine.party_parameters import PartyParameters
from sim.engine.perception import ALARM_RUNG, Perception
from sim.engine.theatre import DyadParameters
from sim.policies import RedLine

INDEX = THEATRE.dyad_index
MARKS = marks_with(lethality=0.0)


def perceived(
    rung, dyad=FROM_HOST, *, lines=None, spill=0.0, cause=None, killed=0, civilians=0, leaders=0, **parameters
):
    """Return what the target sees of one act in each replicate; only the target has the parameters given."""
    acts = acts_on(rung, dyad)
    MARKS.draw(acts)
    acts.killed[:], acts.civilians[:], acts.leaders[:] = killed, civilians, leaders
    if cause is not None:
        acts.cause[:] = cause
    target = THEATRE.dyads[dyad].target
    parties = {party: PartyParameters() for party in THEATRE.party_index} | {target: PartyParameters(**parameters)}
    dyads = {name: DyadParameters(spill=spill) for name in INDEX}
    return Perception(THEATRE, parties, dyads, lines or {}, N).perceive(acts, MARKS)


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
    acts = acts_on(5, FROM_HOST)
    depth = MARKS.draw_depths(acts)
    line = {"STA-HOS": RedLine(rung=6.0, civilians=1e6, depth=25.0)}
    seen = perceived(5, lines=line)
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
    counts = np.arange(N) % 2 == 0
    lines = {"STA-HOS": RedLine(5.0, 1e6, 5000.0, leader=counts), "HOS-STA": RedLine(5.0, 3.0, 5000.0)}
    assert np.array_equal(perceived(2, lines=lines, killed=1, leaders=1).crosses, counts)


def test_a_line_may_differ_by_replicate():
    civilians = np.where(np.arange(N) % 2 == 0, 3.0, 4.0)
    seen = perceived(2, lines={"STA-HOS": RedLine(5.0, civilians, 5000.0)}, killed=3, civilians=3)
    assert np.array_equal(seen.provocation, np.where(np.arange(N) % 2 == 0, 5, 2))


def test_a_false_alarm_crosses_no_line():
    assert np.all(perceived(0, lines={"STA-HOS": RedLine(6.0, 0.0, 0.0)}, cause=FALSE_ALARM).provocation == ALARM_RUNG)


def test_the_record_is_seen_by_all():
    acts = acts_on(4, INDEX["FAC-STA"])
    MARKS.draw(acts)
    acts.killed[:] = 2
    parties = {
        party: PartyParameters(detection=0.0, misperception=1.0, harm_noise=1.0) for party in THEATRE.party_index
    }
    dyads = {name: DyadParameters(spill=1.0) for name in INDEX}
    seen = Perception(THEATRE, parties, dyads, {}, N).perceive_record(acts, np.full(N, -1))
    assert seen.seen.all()
    assert np.all(seen.rung == 4)
    assert np.all(seen.answer == INDEX["STA-FAC"])
    assert seen.harm == pytest.approx(np.full(N, 2 + LADDER.harm[4]))
