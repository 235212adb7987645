"""What each party is shown of each opponent, and what becomes of its answer (S2.10)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.core.compilation import call_by_address, compiled
from sim.engine.kernel.luck import uniform
from sim.engine.kernel.phases import BORDER

BAD_MULTIPLIER, BAD_RUNG, BAD_CAMPAIGN, BAD_STRATEGIC, RAISED = range(1, 6)
"""What may be wrong with an answer."""
FAULTS: Final = 8
"""A history notes a fault as that of the dyad, by row, times this number, plus what is wrong."""


@compiled
def ask_rules(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Ask the rule of every dyad that has one in the kernel; an answer that lasts is asked for once."""
    for dyad in range(setting.n_dyads):
        first, last = setting.first_node[dyad], setting.last_node[dyad]
        if first == last or (setting.is_lasting[dyad] and moment.step > 0):
            continue
        show(setting, values, history, moment, dyad)
        for node in range(first, last):
            ask(setting, history, moment, dyad, node)
        take_down(setting, history, dyad)


@compiled
def show(setting: Any, values: Any, history: Any, moment: Any, dyad: int) -> None:
    """Put down what the sender of a dyad could know now about its target (see `sim.policies.View`)."""
    seen, party = history.shown, setting.sender[dyad]
    seen.unanswered_harm = history.unanswered_harm[dyad]
    seen.observed = history.observed[dyad]
    seen.posture = history.posture[party]
    seen.resolve = history.resolve[party]
    seen.weariness = history.weariness[party]
    seen.mediation = history.mediation
    seen.phase = history.phase if setting.is_dyad_of_front[dyad] else BORDER
    seen.entered = history.joined[party]
    seen.day = moment.day
    seen.step_days = setting.step_days
    seen.top = setting.top
    seen.harm_received = history.harm_received[dyad]
    seen.harm_inflicted = history.harm_inflicted[dyad]
    for rung in range(setting.top + 1):
        seen.own_harm[rung] = values.own_harm[dyad, rung]
        seen.opponent_harm[rung] = values.opponent_harm[dyad, rung]
        seen.received[rung] = history.received[rung, dyad]
        seen.sent[rung] = history.sent[rung, dyad]
        seen.reactions_due[rung] = history.released[rung, dyad]


@compiled
def ask(setting: Any, history: Any, moment: Any, dyad: int, node: int) -> None:
    """Ask one policy of the rule of a dyad, after those inside it."""
    for draw in range(setting.first_draw[node], setting.last_draw[node]):
        history.rules[setting.draw_place[draw]] = uniform(history.luck + moment.draw_word[draw])
    answer = setting.answer_place[node]
    answer_at = history.rules_at + answer if answer >= 0 else history.answer_at
    own_at = history.rules_at + setting.own_place[node]
    if call_by_address(setting.door[node], own_at, history.shown_at, answer_at):
        history.rule_failed = dyad * FAULTS + RAISED


@compiled
def take_down(setting: Any, history: Any, dyad: int) -> None:
    """Keep the answer of a dyad, and note what is wrong with it."""
    answer = history.answer
    for rung in range(1, setting.top + 1):
        multiplier, chosen = answer.multiplier[rung], answer.rung[rung]
        if not 0.0 <= multiplier < np.inf:
            history.rule_failed = dyad * FAULTS + BAD_MULTIPLIER
        if not 0 <= chosen <= setting.top:
            history.rule_failed = dyad * FAULTS + BAD_RUNG
        # On rung 0 there is no reaction.
        history.multiplier[rung, dyad] = multiplier if chosen > 0 else 0.0
        history.chosen_rung[rung, dyad] = chosen
    if not -np.inf < answer.campaign < np.inf:
        history.rule_failed = dyad * FAULTS + BAD_CAMPAIGN
    if not 0.0 <= answer.strategic < np.inf:
        history.rule_failed = dyad * FAULTS + BAD_STRATEGIC
    if answer.campaign != 0.0:
        history.has_push = 1
    history.campaign_answer[dyad] = answer.campaign
    history.strategic_answer[dyad] = answer.strategic


@compiled
def weigh_pushes(setting: Any, history: Any) -> None:
    """Add up what the answers of each party add to its rate of a campaign: the largest rise and the largest fall."""
    if not history.has_push:
        return
    for party in range(setting.n_parties):
        rise, fall = 0.0, 0.0
        for dyad in range(setting.first_dyad[party], setting.last_dyad[party]):
            if setting.has_say[dyad]:
                rise = max(rise, history.campaign_answer[dyad])
                fall = min(fall, history.campaign_answer[dyad])
        history.campaign_push[party] = rise + fall
