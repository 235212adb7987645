"""Policies that remember: their answers through short histories, by hand.

A history is written as the rungs received day by day; the answer of day 0 comes before any of them, so there is always
one answer more than there are days.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stories import told

from sim.core.errors import InputError
from sim.core.random_streams import Draw, Streams
from sim.policies.base import first_memory
from sim.policies.composite import Mixed, Switching
from sim.policies.fingerprint import standard_view
from sim.policies.majority_and_calendar import HardMajority, Periodic, SoftMajority
from sim.policies.memory_one import FirmButFair, MemoryOne, WinStayLoseShift
from sim.policies.overlay import AllianceEntry, Decapitation, GraduatedReduction, GrimTrigger
from sim.policies.reciprocal import (
    AlwaysEscalate,
    Disproportionate,
    GenerousTitForTat,
    NoRetaliation,
    RandomRetaliation,
    TitForTat,
)
from sim.policies.tit_for_tat_variants import (
    AdaptiveTitForTat,
    ContriteTitForTat,
    GradualTitForTat,
    LengtheningRetaliation,
    SuspiciousTitForTat,
    TitForTwoTats,
    TwoTitsForTat,
)


@pytest.mark.parametrize(
    ("policy", "received", "answers"),
    [
        (SuspiciousTitForTat(), [4, 0, 4], [1, 1, 0, 1]),
        (TitForTwoTats(), [4, 0, 4, 4, 4, 0], [0, 0, 0, 0, 1, 1, 0]),
        (TwoTitsForTat(), [4, 0, 0, 4, 4, 0, 0], [0, 1, 1, 0, 1, 1, 1, 0]),
        (GradualTitForTat(), [4, 0, 0, 4, 0, 0, 0, 4], [0, 1, 0, 0, 1, 1, 0, 0, 1]),
        (GradualTitForTat(), [4, 4, 4, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]),
        (GradualTitForTat(calm_periods=0.0), [4, 0, 4, 0, 0, 0], [0, 1, 0, 1, 1, 0, 0]),
        (LengtheningRetaliation(), [4, 4, 4, 0, 0, 4], [0, 1, 0, 1, 1, 0, 1]),
        (AdaptiveTitForTat(adaptation=0.5), [0, 0, 4, 4, 0], [0, 0, 0, 1, 1, 0]),
        (AdaptiveTitForTat(adaptation=0.0), [4, 4, 4], [0, 0, 0, 0]),
        (SoftMajority(), [4, 0, 4, 0, 0], [0, 1, 0, 1, 0, 0]),
        (HardMajority(), [0, 4, 4, 0, 0], [1, 0, 1, 1, 1, 0]),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)
def test_the_classics_answer_as_they_are_known_to(policy, received, answers):
    assert told(policy, received).multipliers() == answers


def test_only_acts_on_the_offence_rung_are_offences():
    assert told(TwoTitsForTat(), [3, 3, 3]).multipliers() == [0, 0, 0, 0]
    assert told(TwoTitsForTat(offence_rung=3.0), [3, 0, 0]).multipliers() == [0, 1, 1, 0]


def test_a_move_is_made_at_the_end_of_a_period_and_holds_for_the_next():
    """Steps of half a day, periods of two days: an offence on day 0 is answered on days 2 and 3."""
    received = [4, 0, 0, 0, 0, 0, 0, 0, 0]
    answers = told(SuspiciousTitForTat(period_days=2.0), received, step_days=0.5).multipliers()
    assert answers == [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]


def test_periods_end_on_time_in_quarters_of_a_day():
    received = [4 if step == 41 else 0 for step in range(60)]
    answers = told(SuspiciousTitForTat(period_days=0.75), received, step_days=0.25).multipliers()
    assert [step for step, answer in enumerate(answers) if answer] == [0, 1, 2, 42, 43, 44]


def test_a_period_policy_answers_as_its_base():
    policy = SuspiciousTitForTat(base=Disproportionate(climb=1.0))
    assert told(policy, [4, 0]).rungs() == [5, 5, 5]


def test_contrite_bears_the_answer_to_its_own_accident():
    received, sent = [0, 4, 0, 4, 0], [4, 0, 0, 0, 4]
    assert told(ContriteTitForTat(), received, sent).multipliers() == [0, 0, 0, 0, 1, 0]
    both = told(ContriteTitForTat(), [4, 0], [4, 0]).multipliers()
    assert both == [0, 0, 0], "after mutual offence both make peace"


def test_win_stay_lose_shift_ends_mutual_offence_and_repeats_what_went_well():
    assert told(WinStayLoseShift(), [4, 4, 0, 0], [0, 4, 0, 4]).multipliers() == [0, 1, 0, 0, 1]


def test_firm_but_fair_answers_an_offence_and_makes_peace_by_chance():
    always, never = FirmButFair(reconciliation=1.0), FirmButFair(reconciliation=0.0)
    assert told(always, [4, 4, 0], [0, 4, 4]).multipliers() == [0, 1, 0, 0]
    assert told(never, [4, 4, 0], [0, 4, 4]).multipliers() == [0, 1, 1, 0]


def test_memory_one_takes_its_chance_from_both_sides():
    chances = {"after_peace": 1.0, "after_theirs": 0.0, "after_mine": 0.0, "after_both": 1.0}
    received, sent = [0, 4, 0, 4], [0, 0, 4, 4]
    assert told(MemoryOne(**chances), received, sent).multipliers() == [0, 0, 1, 1, 0]
    reverse = {name: 1.0 - chance for name, chance in chances.items()}
    assert told(MemoryOne(**reverse), received, sent).multipliers() == [0, 1, 0, 0, 1]


def test_periodic_goes_by_the_day():
    policy = Periodic(restrained_days=2.0, answering_days=1.0)
    assert told(policy, [4] * 6).multipliers() == [0, 0, 1, 0, 0, 1, 0]


def test_contrition_lets_pass_what_answers_own_acts_on_a_higher_rung():
    policy = GenerousTitForTat(forgiveness=0.2, contrition=1.0)
    story = told(policy, [0, 0, 0], [5, 0, 2])
    assert story.multipliers(rung=4) == [0.8, 0.0, 0.0, 0.8], "the own last act counts until there is another"
    assert story.multipliers(rung=5) == [0.8] * 4, "an act on the same rung was not deserved"
    half = GenerousTitForTat(forgiveness=0.2, contrition=0.5)
    assert told(half, [0], [5]).multipliers(rung=4) == [0.8, 0.4]


def test_without_contrition_nothing_is_remembered():
    plain, contrite = told(GenerousTitForTat(), [0], [6]), told(GenerousTitForTat(contrition=1.0), [0], [6])
    assert plain.multipliers(rung=4) == [1 - 1 / 3] * 2
    assert [memory["own_rung"][0] for memory in plain.memories] == [0.0, 0.0]
    assert contrite.multipliers(rung=4) == [1 - 1 / 3, 0.0]
    assert GenerousTitForTat().claims().memory_days == 0
    assert GenerousTitForTat(contrition=np.array([0.0, 1.0])).claims().memory_days == np.inf


def test_grim_holds_until_a_ceasefire():
    phase = [0, 0, 1, 2, 3, 0, 0, 0]
    story = told(GrimTrigger(grim_rung=5.0, campaign_rise=1.5), [4, 5, 0, 0, 0, 6, 0], phase=phase)
    assert story.rungs() == [4, 4, 6, 6, 4, 4, 6, 6]
    pushes = [float(np.broadcast_to(answer.campaign, (1,))[0]) for answer in story.responses]
    assert pushes == [0, 0, 1.5, 1.5, 0, 0, 1.5, 1.5]


def test_grim_answers_fully_whatever_its_base():
    assert told(GrimTrigger(base=NoRetaliation()), [6, 0]).multipliers() == [0, 1, 1]


def test_a_grave_act_in_a_ceasefire_pulls_no_trigger():
    assert told(GrimTrigger(), [6, 0], phase=[3, 3, 0]).rungs() == [4, 4, 4]


def test_reduction_goes_on_while_the_harm_falls():
    """Rounds of 2 days; the first is the measure: harm 2.5 + 2.5; a cut goes on at 2.5 and ends at 4.5 + 0.1."""
    policy = GraduatedReduction(round_days=2.0, kept_share=0.5, demanded_fall=0.5, most_cuts=2.0)
    story = told(policy, [4, 4, 4, 0, 5, 1, 0, 0, 0])
    assert story.multipliers() == [1, 1, 0.5, 0.5, 0.25, 0.25, 1, 1, 0.5, 0.5]
    assert story.rungs() == [4, 4, 3, 3, 2, 2, 4, 4, 3, 3]
    assert min(story.rungs(rung=1)) == 1, "a reaction is never cut below rung 1"


def test_reduction_takes_the_round_of_its_return_as_the_new_measure():
    policy = GraduatedReduction(round_days=1.0, demanded_fall=0.0)
    story = told(policy, [1, 2, 4, 4, 5, 4, 4])
    assert [memory["cuts"][0] for memory in story.memories] == [0, 1, 0, 1, 1, 0, 1, 1]


def test_reduction_never_turns_silence_into_an_act():
    assert told(GraduatedReduction(base=NoRetaliation(), round_days=1.0), [0, 0]).rungs() == [0, 0, 0]


def test_entry_lets_the_base_speak():
    policy = AllianceEntry(base=GrimTrigger(base=Decapitation(strikes=0.5), grim_rung=2.0))
    story = told(policy, [4, 4], entered=[False, False, True])
    parts = [
        (float(np.max(one.multiplier)), float(np.max(one.campaign)), float(np.max(one.strategic)))
        for one in story.responses
    ]
    assert parts == [(0, 0, 0), (0, 0, 0), (1, 2, 0.5)]


def test_decapitation_adds_to_what_its_base_does():
    story = told(Decapitation(base=Decapitation(strikes=0.25), strikes=0.5), [])
    assert float(np.max(story.responses[0].strategic)) == 0.75
    assert story.multipliers() == [1.0]


def test_switching_is_for_good():
    policy = Switching(first=NoRetaliation(), then=TitForTat(), trigger_rung=5.0)
    assert told(policy, [4, 5, 0, 0]).multipliers() == [0, 0, 1, 1, 1]
    assert told(replace(policy, trigger_rung=7.0), [6, 6]).multipliers() == [0] * 3


def test_switching_by_the_day():
    policy = Switching(first=NoRetaliation(), then=TitForTat(), trigger_day=2.0)
    assert told(policy, [0, 0, 0]).multipliers() == [0, 0, 1, 1]


def test_a_policy_that_waits_for_its_turn_watches():
    policy = Switching(first=NoRetaliation(), then=GrimTrigger(grim_rung=4.0), trigger_rung=5.0)
    assert told(policy, [4, 0, 5]).rungs() == [0, 0, 0, 6]
    assert told(policy, [5, 0]).rungs() == [0, 6, 6]


def test_escalation_is_above_the_provocation_and_on_the_ladder():
    assert [told(AlwaysEscalate(), []).rungs(rung)[0] for rung in (1, 5, 6)] == [2, 6, 6]
    assert told(AlwaysEscalate(climb_rungs=2.9), []).rungs(3) == [5]


def many(policy, n, steps=1, step_days=1.0):
    """Return the multipliers of a policy in ``n`` replicates, step by step, shape (steps, n)."""
    memory, found = first_memory(policy, 6, n), []
    for step in range(steps):
        view = replace(standard_view(n, memory=memory), day=step * step_days, step_days=step_days)
        answer = policy.respond(view, Draw(Streams(11, np.arange(n)), "A-B", step))
        memory = {**memory, **answer.memory}
        found.append(np.broadcast_to(answer.multiplier, (6, n))[3])
    return np.array(found)


def test_random_retaliation_tosses_its_coin_anew_in_each_step():
    tossed = many(RandomRetaliation(chance=0.3), 4000, steps=2)
    assert set(np.unique(tossed)) == {0.0, 1.0}
    assert np.all(np.abs(tossed.mean(axis=1) - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 4000))
    assert abs(np.corrcoef(tossed)[0, 1]) < 4 / np.sqrt(4000)


WEIGHTS = {"weight_first": 0.5, "weight_second": 0.3, "weight_third": 0.2}
THREE = {
    "first": NoRetaliation(),
    "second": GenerousTitForTat(forgiveness=0.5),
    "third": TitForTat(),
}


def test_a_mixture_is_drawn_by_weight_and_once():
    drawn = many(Mixed(**THREE, **WEIGHTS), 4000, steps=3)
    for value, weight in ((0.0, 0.5), (0.5, 0.3), (1.0, 0.2)):
        assert abs((drawn[0] == value).mean() - weight) < 4 * np.sqrt(weight * (1 - weight) / 4000)
    assert np.all(drawn == drawn[0])


def test_a_mixture_may_be_drawn_anew_at_a_rate():
    drawn = many(Mixed(**THREE, **WEIGHTS, redraws=2.0), 4000, steps=2, step_days=0.25)
    changes = (1 - np.exp(-0.5)) * (1 - 0.5**2 - 0.3**2 - 0.2**2)
    assert abs((drawn[0] != drawn[1]).mean() - changes) < 4 * np.sqrt(changes * (1 - changes) / 4000)


def test_a_mixture_must_sum_to_one():
    with pytest.raises(InputError, match=r"must sum to 1; they sum to 0\.9"):
        Mixed(weight_first=0.5, weight_second=0.4)
    with pytest.raises(InputError, match="another number in some replicates"):
        Mixed(weight_first=np.array([0.5, 0.6]))
    with pytest.raises(InputError) as caught:
        Mixed(weight_first=2.0, redraws=-1.0)
    assert [problem.key for problem in caught.value.problems] == ["weight_first", "redraws"]
    assert Mixed(weight_first=np.array([0.5, 0.2]), weight_second=np.array([0.5, 0.8])).weight_third == 0.0
    assert Mixed(weight_first=1 / 3, weight_second=1 / 3, weight_third=1 / 3)
