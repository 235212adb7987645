"""Phases of a front: how they begin, pass and end."""

from __future__ import annotations

import numpy as np
import pytest
from records_by_hand import end_day, expect_acts, pass_phases, prepared
from worlds import four_parties

from sim.engine.configuration import FrontParameters, Parameters, Timeline
from sim.engine.daily_totals import DAY_ROW
from sim.engine.kernel.phases import BORDER, CAMPAIGN, CEASEFIRE, GROUND
from sim.engine.outcomes import Definitions
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters

N = 20_000
STEP_DAYS = 0.25
THEATRE = four_parties()


class FrontState:
    """A front whose parties have given hazards: the phases alone of the kernel's step."""

    def __init__(self, n, seed, parameters) -> None:
        parties = dict.fromkeys(THEATRE.party_index, PartyParameters(campaign_hazard=1.0))
        given = Parameters(
            parties,
            {name: DyadParameters() for name in THEATRE.dyad_index},
            front=FrontParameters(**parameters),
            definitions=Definitions(campaign_acts=1.0, campaign_days=1.0),
        )
        self.histories = prepared(THEATRE, given, n, timeline=Timeline(60, STEP_DAYS, horizons=()), seed=seed)
        if len(self.histories.values) == 1:
            self.histories.values = np.repeat(self.histories.values, n)
        # Looked at and changed as it is.
        self.phase = self.histories.states["phase"]
        self.began_by = self.histories.states["began_by"]

    def decide(self, step, hazards, mediation) -> None:
        """Let a step pass, in which some parties begin a campaign by their hazards."""
        self.histories.values["campaign_hazard"] = 0.0
        for party, (_, rates) in hazards.items():
            self.histories.values["campaign_hazard"][:, party] = rates
        self.histories.states["mediation"] = mediation
        self._refresh()
        pass_phases(self.histories, step)

    def begin_by_counts(self, met) -> None:
        """End a day in which the counts of a campaign are met in some histories."""
        states, cell = self.histories.states, THEATRE.dyad_index["STA-HOS"] * (THEATRE.ladder.top + 1) + 1
        states["cells"][:, 0], states["acts_today"][met, cell] = cell, 1
        states["n_cells"] = met
        end_day(self.histories, 0, np.zeros(len(self.phase), dtype=DAY_ROW))

    def _refresh(self) -> None:
        # The slope and the memory of mass killings are tested with the parties: here a hazard is what it is.
        for name in ("campaign_slope", "campaign_shock", "campaign_mediation", "campaign_deterrence"):
            self.histories.values[name] = 0.0

    @property
    def in_campaign(self) -> np.ndarray:
        return (self.phase == CAMPAIGN) | (self.phase == GROUND)

    @property
    def activity(self) -> np.ndarray:
        """What a ceasefire leaves of the fire of a dyad of the front."""
        expect_acts(self.histories)
        return self.histories.states["activity"][:, THEATRE.dyad_index["STA-HOS"]]


def front_with(n=N, seed=4, **parameters) -> FrontState:
    return FrontState(n, seed, parameters)


def within(share, expected, n=N, k=4.5):
    """Within k standard errors; 4.5 is missed once in 150,000 comparisons."""
    return abs(share - expected) < k * np.sqrt(expected * (1 - expected) / n)


def hazard(value, n=N):
    return np.full(n, value)


def zeros(n=N):
    return np.zeros(n)


def test_a_front_begins_on_the_border():
    front = front_with(5)
    assert front.phase.tolist() == [BORDER] * 5
    assert front.began_by.tolist() == [-1] * 5
    assert not front.in_campaign.any()
    assert front.activity.tolist() == [1.0] * 5


def test_without_hazard_nothing_happens():
    front = front_with(ceasefire_hazard=5.0, ground_hazard=5.0, reignition_hazard=5.0)
    for step in range(20):
        front.decide(step, {0: ("A", zeros())}, zeros())
    assert np.all(front.phase == BORDER)


def test_a_campaign_begins_at_its_hazard():
    """p = 1 - exp(-h dt) in each step."""
    front = front_with()
    for step in range(8):
        front.decide(step, {0: ("A", hazard(0.1))}, zeros())
    assert within(front.in_campaign.mean(), -np.expm1(-0.1 * 2.0))
    assert np.array_equal(front.began_by >= 0, front.in_campaign)


def test_two_parties_add_their_hazards():
    front = front_with()
    for step in range(8):
        front.decide(step, {0: ("A", hazard(0.1)), 3: ("B", hazard(0.3))}, zeros())
    began = front.in_campaign.mean()
    assert within(began, -np.expm1(-0.4 * 2.0))
    assert set(np.unique(front.began_by)) == {-1, 0, 3}
    # Where both decide in one step, the first of the roster is noted; that is p_A + p_B's share of the rest.
    first, second = -np.expm1(-0.1 * STEP_DAYS), -np.expm1(-0.3 * STEP_DAYS)
    share = first / (first + second * (1 - first))
    assert within((front.began_by == 0)[front.in_campaign].mean(), share, front.in_campaign.sum())


def test_the_luck_of_a_party_is_its_own():
    alone, together = front_with(), front_with()
    alone.decide(0, {0: ("A", hazard(0.5))}, zeros())
    together.decide(0, {0: ("A", hazard(0.5)), 1: ("B", hazard(0.5))}, zeros())
    assert np.array_equal(alone.began_by == 0, together.began_by == 0)


def test_a_campaign_widens_to_a_ground_operation():
    front = front_with(ground_hazard=0.4)
    front.phase[:] = CAMPAIGN
    front.decide(0, {}, zeros())
    assert within((front.phase == GROUND).mean(), -np.expm1(-0.4 * STEP_DAYS))
    assert front.in_campaign.all()
    for step in range(1, 200):
        front.decide(step, {}, zeros())
    assert np.all(front.phase == GROUND), "a ground operation does not end by itself"


def test_mediation_hastens_a_ceasefire():
    mediation = np.repeat([0.0, 1.0], N // 2)
    front = front_with(ceasefire_hazard=0.2, ceasefire_mediation=1.5)
    front.phase[:] = CAMPAIGN
    front.decide(0, {}, mediation)
    ended = (front.phase == CEASEFIRE).reshape(2, -1).mean(axis=1)
    assert within(ended[0], -np.expm1(-0.2 * STEP_DAYS), N // 2)
    assert within(ended[1], -np.expm1(-0.2 * np.exp(1.5) * STEP_DAYS), N // 2)


def test_a_ceasefire_quietens_fire_and_may_break_down():
    front = front_with(ceasefire_hazard=5.0, reignition_hazard=0.3, ceasefire_activity=0.1)
    front.phase[:], front.began_by[:] = CAMPAIGN, 0
    front.decide(0, {}, zeros())
    assert within((front.phase == CEASEFIRE).mean(), -np.expm1(-5.0 * STEP_DAYS))
    assert np.array_equal(front.activity, np.where(front.phase == CEASEFIRE, 0.1, 1.0))
    before = front.phase.copy()
    front.decide(1, {}, zeros())
    kept = before == CEASEFIRE
    assert within((front.phase[kept] == CAMPAIGN).mean(), -np.expm1(-0.3 * STEP_DAYS), kept.sum())
    assert np.all(front.began_by == 0), "the first decision is remembered"


def test_a_ceasefire_holds_for_the_step_it_begins_in():
    front = front_with(100, ceasefire_hazard=5.0, reignition_hazard=5.0)
    front.phase[:50] = CAMPAIGN
    front.phase[50:] = CEASEFIRE
    front.decide(0, {0: ("A", hazard(5.0, 100))}, zeros(100))
    assert set(front.phase[:50]) <= {CAMPAIGN, CEASEFIRE}
    assert (front.phase[:50] == CEASEFIRE).mean() > 0.5
    assert (front.phase[50:] == CAMPAIGN).mean() > 0.5
    assert np.all(front.began_by == -1), "no party began what it found under way"


def test_a_campaign_met_by_counting_has_no_party():
    front = front_with(4)
    front.phase[3] = CEASEFIRE
    front.begin_by_counts(np.array([True, False, True, True]))
    assert front.phase.tolist() == [CAMPAIGN, BORDER, CAMPAIGN, CEASEFIRE]
    assert front.began_by.tolist() == [-1] * 4


@pytest.mark.parametrize("phase", [CAMPAIGN, GROUND, CEASEFIRE])
def test_only_the_border_knows_a_new_campaign(phase):
    front = front_with(50)
    front.phase[:] = phase
    front.decide(0, {0: ("A", hazard(5.0, 50))}, zeros(50))
    assert np.all(front.phase == phase)
    assert np.all(front.began_by == -1)
