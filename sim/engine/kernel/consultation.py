"""What each party is shown of each opponent, and what becomes of its answer (S2.10)."""

from typing import Any, Final

import numpy as np

from sim.core.compilation import call_by_address, compiled
from sim.engine.kernel.luck import uniform
from sim.engine.kernel.phases import BORDER, look_back
from sim.policies.moment import ANSWER, BOTH, REMEMBER

BAD_MULTIPLIER, BAD_RUNG, BAD_CAMPAIGN, BAD_STRATEGIC, RAISED = range(1, 6)  # what may be wrong with an answer
NOTHING_DUE: Final = 1e-20  # expected reactions of a dyad below which none comes [1]
FAULTS: Final = 8  # a history notes a fault as that of the dyad, by row, times this number, plus what is wrong


@compiled
def ask_rules(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Ask the rules of the dyads; one that lasts is asked once, and one with nothing due answers when it is needed."""
    look_back(setting, history)
    for dyad in range(setting.n_dyads):
        if history.first_node[dyad] == history.last_node[dyad] or (setting.is_lasting[dyad] and moment.step > 0):
            continue
        history.is_asked[dyad] = not setting.may_be_late[dyad] or has_due(setting, history, dyad)
        if history.is_asked[dyad]:
            ask_rule(setting, values, history, moment, dyad, BOTH)
        elif setting.remembers[dyad]:
            ask_rule(setting, values, history, moment, dyad, REMEMBER)


@compiled
def has_due(setting: Any, history: Any, dyad: int) -> bool:
    """Return whether any reaction of a dyad may fall due in this step."""
    largest = 0.0
    for rung in range(1, setting.top + 1):
        largest = max(largest, history.released[rung, dyad])
    return largest > NOTHING_DUE


@compiled
def ask_late(setting: Any, values: Any, history: Any, moment: Any, dyad: int) -> None:
    """Let a rule answer that had nothing due, as things stood for the others: an act of this step is to be answered."""
    if history.is_asked[dyad] or not setting.may_be_late[dyad]:
        return
    history.is_asked[dyad] = 1
    ask_rule(setting, values, history, moment, dyad, ANSWER)


@compiled
def ask_rule(setting: Any, values: Any, history: Any, moment: Any, dyad: int, part: int) -> None:
    """Ask the policies of the rule of a dyad, those inside others first."""
    show(setting, values, history, moment, dyad)
    history.shown.asked_part = part
    for node in range(history.first_node[dyad], history.last_node[dyad]):
        ask(setting, history, moment, dyad, node)
    if part != REMEMBER:
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
    seen.phase = history.phase_before if setting.is_dyad_of_front[dyad] else BORDER
    seen.entered = history.joined_before[party]
    seen.day = moment.day
    seen.step_days = setting.step_days
    seen.top = setting.top
    seen.harm_received = history.harm_received[dyad]
    seen.harm_inflicted = history.harm_inflicted[dyad]
    if setting.reads_harm[dyad]:
        for rung in range(setting.top + 1):
            seen.own_harm[rung] = values.own_harm[dyad, rung]
            seen.opponent_harm[rung] = values.opponent_harm[dyad, rung]
    if setting.reads_last_step[dyad]:
        for rung in range(1, setting.top + 1):
            seen.received[rung] = history.received[rung, dyad]
            seen.sent[rung] = history.sent[rung, dyad]
    if setting.reads_due[dyad]:
        for rung in range(1, setting.top + 1):
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
    """Keep the answer of a dyad, and note if anything is wrong with it."""
    answer = history.answer
    is_sound = -np.inf < answer.campaign < np.inf and 0.0 <= answer.strategic < np.inf
    for rung in range(1, setting.top + 1):
        multiplier, chosen = answer.multiplier[rung], answer.rung[rung]
        if not (is_sound and 0.0 <= multiplier < np.inf and 0 <= chosen <= setting.top):
            refuse(setting, history, dyad)
            return
        # On rung 0 there is no reaction.
        history.multiplier[rung, dyad] = multiplier if chosen > 0 else 0.0
        history.chosen_rung[rung, dyad] = chosen
    history.campaign_answer[dyad] = answer.campaign
    history.strategic_answer[dyad] = answer.strategic
    if answer.campaign != 0.0:
        history.has_push = 1


@compiled
def refuse(setting: Any, history: Any, dyad: int) -> None:
    """Note what is wrong with an answer, which ends the run after the step at hand; until then it stands for none.

    A rung beyond the ladder would be read and written beyond the records.
    """
    answer, fault = history.answer, BAD_RUNG
    for rung in range(1, setting.top + 1):
        if not 0.0 <= answer.multiplier[rung] < np.inf:
            fault = BAD_MULTIPLIER
        history.multiplier[rung, dyad] = 0.0
        history.chosen_rung[rung, dyad] = 0
    if not -np.inf < answer.campaign < np.inf:
        fault = BAD_CAMPAIGN
    if not 0.0 <= answer.strategic < np.inf:
        fault = BAD_STRATEGIC
    history.campaign_answer[dyad] = 0.0
    history.strategic_answer[dyad] = 0.0
    history.rule_failed = dyad * FAULTS + fault


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
