"""The exchange of fire in one step of one history (S2.5, S2.8).

Routine acts and reactions that fall due are drawn first; what they provoke in the same step follows behind them, until
there is no new act.
"""

import math
from typing import Any, Final

import numpy as np

from sim.core.compilation import compiled
from sim.engine.kernel import luck
from sim.engine.kernel.consultation import ask_late
from sim.engine.kernel.days import begin_day_of_memory, count, remember
from sim.engine.kernel.luck import happens, numbered, poisson, uniform
from sim.engine.kernel.marks import (
    BACKGROUND,
    FALSE_ALARM,
    FOLLOW_UP,
    REACTION,
    SCHEDULED,
    STRATEGIC,
    mark,
    routine_rung,
)
from sim.engine.kernel.perception import perceive
from sim.engine.kernel.phases import CEASEFIRE, is_campaign

MOST_ACTS: Final = 20_000  # same-step reactions and follow-ups of one history beyond which it counts as failed
ROOM: Final = 100_000  # acts of one history in one step for which there is room; one with more counts as failed
_VANISHED: Final = 1e-200  # a pool below it is empty: numbers smaller still cost a hundred times what others do


@compiled
def release(setting: Any, values: Any, history: Any) -> None:
    """Move what falls due in this step out of the pools."""
    for dyad in range(setting.n_dyads_in_eights):
        follow_ups = history.follow_ups_due[dyad] * values.falls_due[dyad]
        history.follow_ups_due[dyad] -= follow_ups
        history.follow_ups[dyad] = follow_ups
    for rung in range(1, setting.top + 1):
        for dyad in range(setting.n_dyads_in_eights):
            due = history.due[rung, dyad]
            released = due * values.falls_due[dyad]
            history.released[rung, dyad] = released
            history.due[rung, dyad] = due - released if due > _VANISHED else 0.0
    if setting.has_fast:
        release_fast(setting, values, history)


@compiled
def release_fast(setting: Any, values: Any, history: Any) -> None:
    """Move what falls due of reactions to acts that crossed a red line and are answered faster."""
    for rung in range(1, setting.top + 1):
        for dyad in range(setting.n_dyads_in_eights):
            due = history.fast_due[rung, dyad]
            released = due * values.fast_falls_due[dyad]
            history.released[rung, dyad] += released
            history.fast_due[rung, dyad] = due - released if due > _VANISHED else 0.0


@compiled
def expect_acts(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Work out how many routine acts and reactions each dyad is expected to make in this step."""
    rate_background(setting, values, history, moment)
    is_quiet = history.phase == CEASEFIRE
    for dyad in range(setting.n_dyads_in_eights):
        activity = values.ceasefire_activity if is_quiet and setting.is_dyad_of_front[dyad] else 1.0
        routine = (history.rate[dyad] * setting.step_days + history.follow_ups[dyad]) * activity
        history.activity[dyad] = activity
        history.routine[dyad] = routine
        history.expected_acts[dyad] = routine
    for rung in range(1, setting.top + 1):
        for dyad in range(setting.n_dyads_in_eights):
            history.expected_acts[dyad] += history.released[rung, dyad] * factor_now(history, dyad, rung)


@compiled
def factor_now(history: Any, dyad: int, rung: int) -> float:
    """Return the policy's factor of the calibrated reactions of a dyad, under mediation, in a ceasefire."""
    return history.multiplier[rung, dyad] * history.mediated[dyad] * history.activity[dyad]


@compiled
def rate_background(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Work out the routine that nothing provokes under driver, trend, campaign and entry (S2.8) [1/day]."""
    trend, growth = 0.0, 1.0
    for party in range(setting.n_parties):
        if values.trend[party] != trend:
            trend = values.trend[party]
            growth = math.exp(trend * moment.day)
        share = values.driver_share[party]
        history.drive[party] = (1.0 - share + share * history.driver) * growth
    for dyad in range(setting.n_dyads_in_eights):
        history.rate[dyad] = values.background[dyad] * history.drive[setting.sender[dyad]]
    if is_campaign(history.phase):
        for dyad in range(setting.n_dyads):
            if setting.is_dyad_of_front[dyad]:
                history.rate[dyad] *= values.campaign_factor[dyad] * history.capability[setting.sender[dyad]]
    if setting.has_joiners:
        for party in range(setting.n_parties):
            if setting.may_join[party] and history.joined[party]:
                for dyad in range(setting.first_dyad[party], setting.last_dyad[party]):
                    history.rate[dyad] += values.entry_rate[dyad]


@compiled
def clear_reports(setting: Any, history: Any) -> None:
    """Forget what was reported of the step before."""
    for dyad in range(setting.n_dyads_in_eights):
        history.acts_seen[dyad] = 0.0
        history.rungs_seen[dyad] = 0.0
        history.harm_received[dyad] = 0.0
        history.harm_inflicted[dyad] = 0.0
    for party in range(setting.n_parties):
        history.shock_seen[party] = 0.0
        history.leaders_lost[party] = 0.0
        history.killed[party] = 0.0
    for rung in range(1, setting.top + 1):
        for dyad in range(setting.n_dyads_in_eights):
            history.received[rung, dyad] = 0
            history.sent[rung, dyad] = 0


@compiled
def exchange_fire(setting: Any, values: Any, history: Any, moment: Any, acts: Any, begin: int, given: Any) -> int:
    """Draw all acts of a step from a place on, let each be seen, answered and remembered; return where they end."""
    end = draw_first(setting, values, history, moment, acts, begin)
    end = draw_strikes(setting, values, history, moment, acts, end)
    end = raise_alarms(setting, values, history, moment, acts, end)
    for number in range(moment.first_given, moment.last_given):
        end = add_given(history, moment, acts, end, given[number])
    today, first, place = begin_day_of_memory(history, moment.day), end, begin
    while place < end:
        act = acts[place]
        if act.cause not in (FALSE_ALARM, SCHEDULED):
            mark(setting, values, act)
        perceive(setting, values, history, act)
        end = draw_reactions(setting, values, history, moment, acts, act, end)
        end = draw_follow_ups(setting, values, history, acts, act, end)
        remember(setting, values, history, act, moment.day, today)
        count(setting, values, history, act)
        place += 1
        if end - first > MOST_ACTS or end - begin >= ROOM:
            history.failed, end = 1, place
    return end


@compiled
def begin_act(act: Any, dyad: int, cause: int, word: np.uint64) -> None:
    """Write down who acts on whom, and why, and draw all that the act leaves to chance."""
    act.dyad, act.cause, act.word = dyad, cause, word
    act.launches, act.claimed = 0, 0
    luck.draw_all(word, act.draw)


@compiled
def draw_for_dyads(word: np.uint64, words: Any, draws: Any) -> None:
    """Draw a uniform for every dyad at once."""
    for dyad in range(draws.size):
        draws[dyad] = uniform(word + words[dyad])


@compiled
def draw_first(setting: Any, values: Any, history: Any, moment: Any, acts: Any, begin: int) -> int:
    """Draw the routine acts and the reactions that fall due, and return where they end."""
    end, limit = begin, begin + ROOM
    draw_for_dyads(history.luck, moment.acts_word, history.draw)
    for dyad in range(setting.n_dyads):
        expected = history.expected_acts[dyad]
        number = poisson(history.draw[dyad], expected)
        for ordinal in range(number):
            if end >= limit:
                history.failed = 1
                break
            act = acts[end]
            begin_act(act, dyad, BACKGROUND, numbered(history.luck + moment.act_word[dyad], ordinal))
            # Where the act stands among all that is expected says what it is: routine, or a reaction to a rung.
            position = act.draw[luck.CAUSE] * expected - history.routine[dyad]
            if position < 0.0:
                act.launched = routine_rung(setting, values, history, act)
            else:
                act.cause = REACTION
                provocation = provocation_at(setting, history, dyad, position)
                act.launched = reaction_rung(setting, values, history, act, provocation)
            end += 1
    return end


@compiled
def provocation_at(setting: Any, history: Any, dyad: int, position: float) -> int:
    """Return the rung of the provocation at a position among the expected reactions of a dyad."""
    rung = 1
    while rung < setting.top:
        position -= history.released[rung, dyad] * factor_now(history, dyad, rung)
        if position < 0.0:
            break
        rung += 1
    return rung


@compiled
def reaction_rung(setting: Any, values: Any, history: Any, act: Any, provocation: int) -> int:
    """Return the rung of a reaction: one of a package stands on that chosen, the others are routine, never above it."""
    chosen = history.chosen_rung[provocation, act.dyad]
    if act.draw[luck.LEAD] < values.lead[act.dyad, provocation]:
        return chosen
    return min(chosen, routine_rung(setting, values, history, act))


@compiled
def draw_strikes(setting: Any, values: Any, history: Any, moment: Any, acts: Any, end: int) -> int:
    """Draw unprovoked acts on the top rung: of dyads that always may, then of those whose policies decide on them."""
    limit = end + ROOM // 2
    for always in (True, False):
        for dyad in range(setting.n_dyads):
            rate = values.strategic_rate[dyad] + history.strategic_answer[dyad]
            if rate <= 0.0 or (values.strategic_rate[dyad] > 0.0) != always:
                continue
            mean = rate * history.activity[dyad] * setting.step_days
            for ordinal in range(poisson(uniform(history.luck + moment.strikes_word[dyad]), mean)):
                if end >= limit:
                    history.failed = 1
                    break
                word = numbered(history.luck + moment.strike_word[dyad], ordinal)
                begin_act(acts[end], dyad, STRATEGIC, word)
                acts[end].launched = setting.top
                end += 1
    return end


@compiled
def raise_alarms(setting: Any, values: Any, history: Any, moment: Any, acts: Any, end: int) -> int:
    """Raise false alarms: perceived as grave, and nothing stands behind them."""
    for dyad in range(setting.n_dyads):
        if setting.has_alarms[dyad]:
            draw = uniform(history.luck + moment.alarm_word[dyad])
            if happens(draw, values.alarm_rate[dyad], setting.step_days):
                act = acts[end]
                begin_act(act, dyad, FALSE_ALARM, numbered(history.luck + moment.alarm_act_word[dyad], 0))
                act.launched = 0
                act.killed, act.civilians, act.leaders, act.rung = 0, 0, 0, 0
                end += 1
    return end


@compiled
def add_given(history: Any, moment: Any, acts: Any, end: int, incident: Any) -> int:
    """Add an act that the scenario or the record gives, with its marks."""
    act = acts[end]
    begin_act(act, incident.dyad, SCHEDULED, numbered(history.luck + incident.word, 0))
    act.launched = incident.rung
    act.killed, act.civilians, act.leaders = incident.killed, incident.civilians, incident.leaders
    act.rung = incident.rung
    return end + 1


@compiled
def draw_reactions(setting: Any, values: Any, history: Any, moment: Any, acts: Any, act: Any, end: int) -> int:
    """Draw the reactions to an act that fall in its own step, and return where they end."""
    if act.owed <= 0.0:
        return end
    dyad, provocation = act.answer, act.provocation
    ask_late(setting, values, history, moment, dyad)
    is_fast = act.crosses and setting.is_fast[dyad]
    share = values.fast_in_step[dyad] if is_fast else values.in_step[dyad]
    mean = act.owed * share * factor_now(history, dyad, provocation)
    for ordinal in range(min(poisson(act.draw[luck.REACTION], mean), MOST_ACTS + 1)):
        reaction = acts[end]
        begin_act(reaction, dyad, REACTION, numbered(act.word + luck.CHILD_REACTION, ordinal))
        reaction.launched = reaction_rung(setting, values, history, reaction, provocation)
        end += 1
    return end


@compiled
def draw_follow_ups(setting: Any, values: Any, history: Any, acts: Any, act: Any, end: int) -> int:
    """Draw the follow-up fire of an act in its own step, which no policy decides on, and return where it ends."""
    if act.cause == FALSE_ALARM:
        return end
    dyad = act.dyad
    mean = values.follow_up[dyad] * values.in_step[dyad] * history.activity[dyad]
    for ordinal in range(min(poisson(act.draw[luck.FOLLOW_UP], mean), MOST_ACTS + 1)):
        follow_up = acts[end]
        begin_act(follow_up, dyad, FOLLOW_UP, numbered(act.word + luck.CHILD_FOLLOW_UP, ordinal))
        follow_up.launched = routine_rung(setting, values, history, follow_up)
        end += 1
    return end
