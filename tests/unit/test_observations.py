"""What parties learn of a step: sums over acts as they were perceived, and one pair's encounter."""

from __future__ import annotations

import numpy as np
import pytest
from records_by_hand import clear_reports, prepared, report
from test_acts import LADDER, THEATRE

from sim.engine.configuration import Parameters
from sim.engine.kernel.histories import Histories
from sim.engine.kernel.marks import BACKGROUND, FALSE_ALARM
from sim.engine.kernel.records import ACT
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters

N = 3
ROW, PARTY = THEATRE.dyad_index, THEATRE.party_index


def acts_of(*rows: tuple[str, int, int, int, int, int, int]) -> np.ndarray:
    """Return acts from (dyad, lane, rung, killed, civilians, leaders, cause)."""
    acts = np.zeros(len(rows), dtype=ACT)
    for act, (dyad, lane, rung, killed, civilians, leaders, cause) in zip(acts, rows, strict=True):
        act["dyad"], act["lane"], act["rung"], act["cause"] = ROW[dyad], lane, rung, cause
        act["killed"], act["civilians"], act["leaders"] = killed, civilians, leaders
    return acts


ACTS = acts_of(
    ("HOS-STA", 0, 3, 4, 3, 0, BACKGROUND),
    ("HOS-STA", 0, 5, 0, 0, 0, BACKGROUND),
    ("HOS-STA", 1, 2, 2, 1, 1, BACKGROUND),
    ("FAC-STA", 0, 4, 1, 1, 0, BACKGROUND),
    ("STA-HOS", 0, 6, 9, 0, 1, BACKGROUND),
    ("HOS-STA", 2, 0, 0, 0, 0, FALSE_ALARM),
)
ACTS["seen"] = [1, 1, 0, 1, 1, 1]
# The faction's act is charged to the host.
ACTS["answer"] = [ROW[name] for name in ("STA-HOS", "STA-HOS", "STA-HOS", "STA-HOS", "HOS-STA", "STA-HOS")]
ACTS["provocation"] = [3, 5, 2, 4, 6, 5]
RUNGS = [3, 4, 2, 4, 6, 5]
HARM = [1.0, 2.0, 4.0, 8.0, 16.0, 0.0]


def blank() -> Histories:
    """Return histories of parties of which each weighs losses in its own way."""
    weights = {"STA": (3.0, 10.0), "HOS": (2.0, 7.0), "FAC": (5.0, 4.0), "GRP": (1.5, 6.0)}
    parties = {party: PartyParameters(civilian_weight=c, leader_weight=le) for party, (c, le) in weights.items()}
    return prepared(THEATRE, Parameters(parties, {name: DyadParameters() for name in ROW}), N)


def reported(acts=ACTS, rungs=RUNGS, harm=HARM) -> np.ndarray:
    """Return the states after the report of some acts."""
    histories = blank()
    report(histories, acts, rungs, harm)
    return histories.states


def test_a_report_sums_what_was_seen_by_whom_it_was_charged_to():
    states, row = reported(), ROW["STA-HOS"]
    assert states["acts_seen"][:, row].tolist() == [3.0, 0.0, 1.0]
    assert states["rungs_seen"][:, row].tolist() == [3.5 + 4.5 + 4.5, 0.0, 5.5], "perceived rungs plus one half"
    assert states["harm_received"][:, row].tolist() == [11.0, 0.0, 0.0]
    assert states["acts_seen"][:, ROW["STA-FAC"]].sum() == 0, "nothing is left for the faction"
    assert states["acts_seen"].sum() == 5.0


def test_losses_are_suffered_seen_or_not_and_shocks_only_where_seen():
    states, state, host = reported(), PARTY["STA"], PARTY["HOS"]
    assert states["killed"][:, state].tolist() == [5.0, 2.0, 0.0]
    assert states["leaders_lost"][:, state].tolist() == [0.0, 1.0, 0.0]
    assert states["shock_seen"][:, state] == pytest.approx([np.log(4.0) + np.log(2.0), 0.0, 0.0])
    assert states["killed"][:, host].tolist() == [9.0, 0.0, 0.0]
    assert states["leaders_lost"][:, host].tolist() == [1.0, 0.0, 0.0]


def test_what_was_inflicted_is_weighed_by_the_sender_and_an_alarm_does_nothing():
    inflicted = reported()["harm_inflicted"]
    expected = [1 + 3 * 2.0 + LADDER.harm[3] + LADDER.harm[5], 1 + 2.0 + 7.0 + LADDER.harm[2], 0.0]
    assert inflicted[:, ROW["HOS-STA"]] == pytest.approx(expected)
    assert inflicted[:, ROW["FAC-STA"]] == pytest.approx([5.0 + LADDER.harm[4], 0.0, 0.0])
    assert inflicted[:, ROW["STA-HOS"]] == pytest.approx([9 + 10.0 + LADDER.harm[6], 0.0, 0.0])


def test_an_encounter_is_what_one_party_saw_of_the_other_and_did_to_it():
    states, row = reported(), ROW["STA-HOS"]
    received = np.zeros((N, 7))
    received[0, [3, 5, 4]] = 1.0
    received[2, 5] = 1.0
    assert np.array_equal(states["received"][:, :7, row], received), "by the rung on which an act provokes"
    sent = np.zeros((N, 7))
    sent[0, 6] = 1.0
    assert np.array_equal(states["sent"][:, :7, row], sent)
    assert states["harm_received"][:, row].tolist() == [11.0, 0.0, 0.0]
    assert states["harm_inflicted"][:, row] == pytest.approx([9 + 10.0 + LADDER.harm[6], 0.0, 0.0])
    back = ROW["HOS-STA"]
    assert states["received"][:, :, back].sum() == 1.0
    assert states["sent"][:, :, back].sum(axis=1).tolist() == [2.0, 1.0, 0.0], "an alarm is nothing that was sent"


def test_an_act_that_nobody_is_charged_with_is_answered_by_nobody_and_suffered_all_the_same():
    act = ACTS[:1].copy()
    act["answer"] = -1
    states = reported(act, RUNGS[:1], HARM[:1])
    for name in ("acts_seen", "rungs_seen", "harm_received", "received"):
        assert not states[name].any(), name
    assert states["killed"][0, PARTY["STA"]] == 4.0
    assert states["shock_seen"][0, PARTY["STA"]] == pytest.approx(np.log(4.0))


def test_nothing_passed_in_a_step_without_acts():
    names = ("acts_seen", "rungs_seen", "harm_received", "harm_inflicted", "killed", "leaders_lost", "shock_seen")
    assert not any(reported(ACTS[:0], [], [])[name].any() for name in (*names, "received", "sent"))
    histories = blank()
    report(histories, ACTS, RUNGS, HARM)
    assert all(histories.states[name].any() for name in (*names, "received", "sent"))
    clear_reports(histories)
    for name in (*names, "received", "sent"):
        assert not histories.states[name].any(), name
