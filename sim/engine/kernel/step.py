"""One step of one history (S2.3).

1. The world: the driver, truces, mediation.
2. Take in: each party learns of the acts of the step before.
3. Update: posture, weariness and resolve move by themselves; reactions fall due.
4. Decide: each policy answers what it saw; parties join and leave, campaigns begin and end, by hazard.
5. Act: routine acts and reactions that fall due are drawn, then what they provoke at once; each is marked, seen by its
   target, publicly remembered and counted.
6. Commit: milestones; daily totals at the end of a day. Losses are borne in 3 of the next step.

The first half of a step ends within 4, once the rules have answered: policies outside of the kernel answer then. A rule
with nothing due is asked in 5, if an act is to be answered at once; it is shown the same, and answers the same.
"""

import math
from typing import Any, Final

from sim.core.compilation import compiled
from sim.engine.kernel.consultation import ask_rules, weigh_pushes
from sim.engine.kernel.days import begin_day_of_memory, follow_milestones, remember
from sim.engine.kernel.fire import ROOM, add_given, clear_reports, exchange_fire, expect_acts, release
from sim.engine.kernel.luck import numbered
from sim.engine.kernel.parties import recall_routine, take_in
from sim.engine.kernel.perception import perceive_recorded
from sim.engine.kernel.phases import join_and_leave, pass_phases
from sim.engine.kernel.surroundings import move_world

FREE_ACTS: Final = 2 * ROOM  # places for acts that a step must find free


@compiled
def begin_step(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Do the first half of a step: 1 to 3, and the rules of 4."""
    move_world(setting, values, history, moment)
    take_in(setting, values, history)
    release(setting, values, history)
    mediate_reactions(setting, values, history)
    ask_rules(setting, values, history, moment)


@compiled
def finish_step(setting: Any, values: Any, history: Any, moment: Any, acts: Any, begin: int, given: Any) -> int:
    """Do the second half of a step: the hazards of 4, then 5 and 6 but for daily totals; return where the acts end."""
    weigh_pushes(setting, history)
    join_and_leave(setting, values, history, moment)
    pass_phases(setting, values, history, moment)
    expect_acts(setting, values, history, moment)
    clear_reports(setting, history)
    end = exchange_fire(setting, values, history, moment, acts, begin, given)
    follow_milestones(setting, history, (moment.step + 1) * setting.step_days)
    return end


@compiled
def mediate_reactions(setting: Any, values: Any, history: Any) -> None:
    """Weigh all reactions by mediation beyond the usual (S2.12)."""
    if not setting.is_mediated_anew:
        return
    beyond = history.mediation - values.mediation_usual
    for party in range(setting.n_parties):
        if values.restraint[party] != 0.0:
            factor = math.exp(-values.restraint[party] * beyond)
            for dyad in range(setting.first_dyad[party], setting.last_dyad[party]):
                history.mediated[dyad] = factor


@compiled
def enter_branches(setting: Any, history: Any, step: int, steps: Any, serials: Any) -> None:
    """Let a history that leaves the one it was cloned from draw from its own luck from now on."""
    luck = history.luck
    for branch in range(steps.size):
        if steps[branch] == step:
            history.luck = numbered(luck + setting.branch_word, serials[branch])


@compiled
def replay(setting: Any, values: Any, history: Any, moment: Any, acts: Any, given: Any) -> None:
    """Replay a step of the record, so that harm, posture and pending reactions are warm on the first day (S2.3)."""
    recall_routine(setting, values, history)
    take_in(setting, values, history)
    release(setting, values, history)
    clear_reports(setting, history)
    today = begin_day_of_memory(history, moment.day)
    for number in range(moment.first_given, moment.last_given):
        place = number - moment.first_given
        add_given(history, moment, acts, place, given[number])
        perceive_recorded(setting, values, history, acts[place], given[number].charged)
        remember(setting, values, history, acts[place], moment.day, today)
    owe_routine(setting, values, history)


@compiled
def owe_routine(setting: Any, values: Any, history: Any) -> None:
    """Put into the pools what the routine of the record provokes, which it does not itemise."""
    for dyad in range(setting.n_dyads):
        routine = values.unitemised[dyad] * setting.step_days
        history.follow_ups_due[dyad] += routine * values.follow_up[dyad] * (1.0 - values.in_step[dyad])
        spill = values.spill[dyad] if setting.spilled_answer[dyad] >= 0 else 0.0
        owe_share(setting, values, history, dyad, setting.answer[dyad], routine * (1.0 - spill))
        owe_share(setting, values, history, dyad, setting.spilled_answer[dyad], routine * spill)


@compiled
def owe_share(setting: Any, values: Any, history: Any, dyad: int, answer: int, acts: float) -> None:
    """Put into the pools what some routine acts of a dyad provoke in the dyad that answers them."""
    if answer < 0:
        return
    law = setting.sender[dyad]
    for rung in range(1, setting.top + 1):
        provoked = values.routine_law[law, rung] * values.mean_reactions[answer, rung]
        history.due[rung, answer] += acts * provoked * (1.0 - values.in_step[answer])
