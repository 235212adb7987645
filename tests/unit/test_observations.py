"""What parties learn of a step: sums over acts as they were perceived, and one pair's encounter."""

from __future__ import annotations

import numpy as np
import pytest
from test_acts import LADDER, THEATRE

from sim.engine.acts import BACKGROUND, FALSE_ALARM, Acts
from sim.engine.observations import Reporter
from sim.engine.party_parameters import PartyParameters
from sim.engine.perception import Perceived, Perception
from sim.engine.theatre import DyadParameters

N = 3
ROW = THEATRE.dyad_index


def acts_of(*rows: tuple[str, int, int, int, int, int, int]) -> Acts:
    """Return acts from (dyad, lane, rung, killed, civilians, leaders, cause)."""
    dyad, lane, rung, killed, civilians, leaders, cause = (np.array(column) for column in zip(*rows, strict=True))
    place = np.array([ROW[name] for name in dyad])
    words = np.arange(len(rows), dtype=np.uint64)
    return Acts(lane, place, cause, rung, words, killed, civilians, leaders, rung)


def reporter() -> Reporter:
    """Return a reporter among parties of which each weighs losses in its own way."""
    weights = {"STA": (3.0, 10.0), "HOS": (2.0, 7.0), "FAC": (5.0, 4.0), "GRP": (1.5, 6.0)}
    parties = {party: PartyParameters(civilian_weight=c, leader_weight=le) for party, (c, le) in weights.items()}
    perception = Perception(THEATRE, parties, {name: DyadParameters() for name in ROW}, {}, N)
    return Reporter(THEATRE, perception, N)


ACTS = acts_of(
    ("HOS-STA", 0, 3, 4, 3, 0, BACKGROUND),
    ("HOS-STA", 0, 5, 0, 0, 0, BACKGROUND),
    ("HOS-STA", 1, 2, 2, 1, 1, BACKGROUND),
    ("FAC-STA", 0, 4, 1, 1, 0, BACKGROUND),
    ("STA-HOS", 0, 6, 9, 0, 1, BACKGROUND),
    ("HOS-STA", 2, 0, 0, 0, 0, FALSE_ALARM),
)
SEEN = Perceived(
    seen=np.array([True, True, False, True, True, True]),
    # The faction's act is charged to the host.
    answer=np.array([ROW["STA-HOS"], ROW["STA-HOS"], ROW["STA-HOS"], ROW["STA-HOS"], ROW["HOS-STA"], ROW["STA-HOS"]]),
    rung=np.array([3, 4, 2, 4, 6, 5]),
    provocation=np.array([3, 5, 2, 4, 6, 5]),
    harm=np.array([1.0, 2.0, 4.0, 8.0, 16.0, 0.0]),
    crosses=np.zeros(6, dtype=bool),
)


def test_a_report_sums_what_was_seen_by_whom_it_was_charged_to():
    state = reporter().reports(ACTS, SEEN)["STA"]
    host = list(THEATRE.dyads[THEATRE.rows_of("STA")]).index(THEATRE.dyads[ROW["STA-HOS"]])
    assert state.acts[host].tolist() == [3.0, 0.0, 1.0]
    assert state.rungs[host].tolist() == [3.5 + 4.5 + 4.5, 0.0, 5.5], "perceived rungs plus one half"
    assert state.harm[host].tolist() == [11.0, 0.0, 0.0]
    assert np.delete(state.acts, host, axis=0).sum() == 0, "nothing is left for the faction"


def test_losses_are_suffered_seen_or_not_and_shocks_only_where_seen():
    state = reporter().reports(ACTS, SEEN)["STA"]
    assert state.killed.tolist() == [5.0, 2.0, 0.0]
    assert state.leaders_lost.tolist() == [0.0, 1.0, 0.0]
    assert state.civilian_shock == pytest.approx([np.log(4.0) + np.log(2.0), 0.0, 0.0])
    host = reporter().reports(ACTS, SEEN)["HOS"]
    assert host.killed.tolist() == [9.0, 0.0, 0.0]
    assert host.leaders_lost.tolist() == [1.0, 0.0, 0.0]


def test_what_was_inflicted_is_weighed_by_the_sender_and_an_alarm_does_nothing():
    reports = reporter().reports(ACTS, SEEN)
    expected = [1 + 3 * 2.0 + LADDER.harm[3] + LADDER.harm[5], 1 + 2.0 + 7.0 + LADDER.harm[2], 0.0]
    assert reports["HOS"].inflicted[0] == pytest.approx(expected)
    assert reports["FAC"].inflicted[0] == pytest.approx([5.0 + LADDER.harm[4], 0.0, 0.0])
    assert reports["STA"].inflicted[0] == pytest.approx([9 + 10.0 + LADDER.harm[6], 0.0, 0.0])


def test_an_encounter_is_what_one_party_saw_of_the_other_and_did_to_it():
    found = reporter().encounter(ROW["STA-HOS"], ACTS, SEEN)
    received = np.zeros((6, N))
    received[[2, 4, 3], 0] = 1.0
    received[4, 2] = 1.0
    assert np.array_equal(found.received, received), "by the rung on which an act provokes"
    sent = np.zeros((6, N))
    sent[5, 0] = 1.0
    assert np.array_equal(found.sent, sent)
    assert found.harm_received.tolist() == [11.0, 0.0, 0.0]
    assert found.harm_inflicted == pytest.approx([9 + 10.0 + LADDER.harm[6], 0.0, 0.0])
    back = reporter().encounter(ROW["HOS-STA"], ACTS, SEEN)
    assert back.received.sum() == 1.0
    assert back.sent.sum(axis=0).tolist() == [2.0, 1.0, 0.0], "an alarm is nothing that was sent"


def test_nothing_passed_in_a_step_without_acts():
    found = reporter().encounter(0, Acts.none(), Perceived.none())
    assert found.received.shape == found.sent.shape == (6, N)
    assert not found.received.any()
    reports = reporter().reports(Acts.none(), Perceived.none())
    assert reports.keys() == set(THEATRE.party_index)
    assert not any(report.acts.any() or report.killed.any() for report in reports.values())
