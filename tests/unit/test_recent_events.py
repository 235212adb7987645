"""What is publicly remembered: grave acts, mass killings, acts on the top rung, civilians killed in a month."""

from __future__ import annotations

import numpy as np
import pytest
import records_by_hand
from records_by_hand import prepared
from worlds import far_theatre

from sim.engine.configuration import AllianceParameters, EntryParameters, FrontParameters, Parameters
from sim.engine.kernel.marks import BACKGROUND, FALSE_ALARM
from sim.engine.kernel.records import ACT
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters

THEATRE = far_theatre()
PARTY = THEATRE.party_index
N = 3
NOTHING = np.zeros(0, dtype=ACT)


def act(dyad, rung, *, lane=0, killed=0, civilians=0, leaders=0, cause=BACKGROUND) -> np.ndarray:
    acts = np.zeros(1, dtype=ACT)
    marks = {"killed": killed, "civilians": civilians, "leaders": leaders}
    for name, value in {"lane": lane, "dyad": THEATRE.dyad_index[dyad], "rung": rung, "cause": cause, **marks}.items():
        acts[name] = value
    return acts


class Recollection:
    """What histories remember of the acts that they are told of; what follows from it is asked of the kernel."""

    def __init__(self, mass_killed=12.0, mass_memory_days=7.0) -> None:
        parties = dict.fromkeys(PARTY, PartyParameters(campaign_hazard=1.0, campaign_slope=0.0, campaign_shock=1.0))
        front = FrontParameters(mass_killed=mass_killed, mass_memory_days=mass_memory_days)
        given = Parameters(
            parties,
            {name: DyadParameters() for name in THEATRE.dyad_index},
            front=front,
            entries=dict.fromkeys(("FAR", "OTH"), EntryParameters(hazard=1.0)),
            alliances={alliance.id: AllianceParameters() for alliance in THEATRE.alliances},
        )
        self.histories = prepared(THEATRE, given, N)

    def note(self, acts, day) -> None:
        records_by_hand.remember(self.histories, acts, day)

    def gravest(self, day) -> np.ndarray:
        """Return the gravest rung remembered, as joining looks at it."""
        self.histories.joining_rates(day)
        return self.histories.states["gravest_rung"]

    def was_at_top(self, day) -> np.ndarray:
        """Return who is at war, where nobody is for another reason: by party and history."""
        self.histories.states["joined"][:, [PARTY["FAR"], PARTY["OTH"]]] = 0
        self.histories.joining_rates(day)
        return self.histories.of_parties("is_at_war") > 0

    def suffered_mass_killing(self, day) -> np.ndarray:
        """Return who is struck, as it raises the hazard of a campaign."""
        rates = self.histories.campaign_rates(day)
        return rates > 1.5 * rates.min()

    def civilians_killed(self) -> np.ndarray:
        return self.histories.states["civilians_in_month"]


def remembering(*noted, **rules) -> Recollection:
    """Return what is remembered after acts on some days, each step noted on its day."""
    found = Recollection(**rules)
    for day, acts in noted:
        found.note(acts, day)
    return found


@pytest.mark.parametrize(
    ("dyad", "rung", "cause", "gravest"),
    [
        ("HOS-STA", 6, BACKGROUND, 6),
        ("STA-FAC", 5, BACKGROUND, 5),
        ("HOS-STA", 4, BACKGROUND, 0),
        ("FAR-STA", 6, BACKGROUND, 0),
        ("HOS-STA", 6, FALSE_ALARM, 0),
    ],
)
def test_the_gravest_act_of_the_front_is_remembered_above_the_town_rung(dyad, rung, cause, gravest):
    found = remembering((3.0, act(dyad, rung, lane=1, cause=cause)))
    assert found.gravest(3.0).tolist() == [0, gravest, 0]


@pytest.mark.parametrize(("day", "gravest"), [(10.0, 6), (17.0, 6), (17.25, 5), (22.0, 5), (22.25, 0)])
def test_grave_acts_fade_after_a_fortnight_one_by_one(day, gravest):
    found = remembering((3.0, act("HOS-STA", 6)), (8.0, act("STA-HOS", 5)))
    assert found.gravest(day)[0] == gravest


@pytest.mark.parametrize(("day", "lately"), [(5.0, True), (19.0, True), (19.25, False)])
def test_whoever_acts_on_the_top_rung_was_there_for_a_fortnight(day, lately):
    """On the front and beside it; the target was not."""
    found = remembering((5.0, act("FAR-STA", 6, lane=2)), (5.0, act("HOS-STA", 5)))
    at_top = found.was_at_top(day)
    assert at_top[PARTY["FAR"]].tolist() == [False, False, lately]
    assert not np.delete(at_top, PARTY["FAR"], axis=0).any()


@pytest.mark.parametrize(
    ("killed", "leaders", "suffered"), [(12, 0, True), (11, 0, False), (1, 1, True), (0, 0, False), (300, 0, True)]
)
def test_a_mass_or_leader_killing_is_remembered_by_its_target(killed, leaders, suffered):
    found = remembering((2.0, act("STA-FAC", 5, lane=1, killed=killed, leaders=leaders)))
    expected = np.zeros((len(PARTY), N), dtype=bool)
    expected[PARTY["FAC"], 1] = suffered
    assert np.array_equal(found.suffered_mass_killing(9.0), expected)
    assert not found.suffered_mass_killing(9.25).any()


def test_what_counts_as_a_mass_killing_and_how_long_may_differ_by_replicate():
    found = Recollection(np.array([5.0, 20.0, 5.0]), np.array([7.0, 7.0, 4.0]))
    for lane in range(N):
        found.note(act("STA-HOS", 5, lane=lane, killed=10), 1.0)
    suffered = found.suffered_mass_killing(6.0)
    assert suffered[PARTY["HOS"]].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("day", "civilians"), [(0.0, 3), (10.0, 7), (10.5, 9), (29.0, 9), (30.0, 6), (39.75, 6), (40.0, 0), (200.0, 0)]
)
def test_civilians_killed_on_the_front_are_summed_over_thirty_days(day, civilians):
    given = [
        (0.0, act("STA-HOS", 5, killed=9, civilians=3)),
        (10.0, act("HOS-STA", 4, killed=4, civilians=4)),
        (10.5, act("STA-FAC", 4, killed=2, civilians=2)),
        (10.5, act("STA-FAR", 6, killed=99, civilians=99)),
    ]
    found = remembering(*[(at, acts) for at, acts in given if at <= day], (day, NOTHING))
    assert found.civilians_killed().tolist() == [civilians, 0, 0]


def test_the_record_before_the_start_is_remembered():
    found = remembering((-3.5, act("STA-HOS", 6, killed=5, civilians=5)), (-0.25, NOTHING), (0.0, NOTHING))
    assert found.gravest(0.0)[0] == 6
    assert found.civilians_killed()[0] == 5
    found.note(NOTHING, 26.0)
    assert found.civilians_killed()[0] == 0, "day -4 and the 29 after it"
