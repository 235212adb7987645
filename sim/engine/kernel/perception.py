"""What the target of an act sees of it, whom it charges, and what that provokes (S2.6, S2.8)."""

import math
from typing import Any, Final

from sim.core.compilation import compiled, number_at
from sim.engine.kernel import luck
from sim.engine.kernel.marks import FALSE_ALARM, SCHEDULED, weigh

ALARM_RUNG: Final = 5  # rung on which a false alarm is perceived (S2.6)
SLICES: Final = 512  # equally likely slices of the laws of noise and of gamma factors


@compiled
def perceive(setting: Any, values: Any, history: Any, act: Any) -> None:
    """Let the target of an act see it, charge somebody, and owe its reactions."""
    target = setting.target[act.dyad]
    rung = perceived_rung(setting, values, act, target)
    act.answer = charged_dyad(setting, values, act)
    act.seen = is_seen(setting, values, act, target)
    act.crosses = crosses_line(setting, values, act, draws_depth=True)
    act.provocation = provocation_of(values, act, rung)
    harm = perceived_harm(setting, values, act, target)
    report(setting, values, history, act, rung, harm)
    owe(setting, values, history, act)


@compiled
def perceive_recorded(setting: Any, values: Any, history: Any, act: Any, charged: int) -> None:
    """Let all see an act of the record on the rung and with the harm that were reported; it has no depth.

    ``charged`` is the row of the dyad that answers by the record's own word, -1 where it says nothing.
    """
    target = setting.target[act.dyad]
    act.answer = charged if charged >= 0 else setting.answer[act.dyad]
    act.seen = 1
    act.crosses = crosses_line(setting, values, act, draws_depth=False)
    act.provocation = provocation_of(values, act, act.rung)
    harm = weigh(setting, values, act, target) * values.own_loss_weight[target]
    report(setting, values, history, act, act.rung, harm)
    owe(setting, values, history, act)


@compiled
def perceived_rung(setting: Any, values: Any, act: Any, target: int) -> int:
    """Return the rung on which the target takes an act."""
    if act.cause == FALSE_ALARM:
        return min(ALARM_RUNG, setting.top)
    if not setting.has_misperception:
        return act.rung
    half, draw = values.misperception[target] / 2.0, act.draw[luck.MISPERCEIVED]
    rung = act.rung
    if draw > 1.0 - half:
        rung += 1
    if draw < half:
        rung -= 1
    return min(max(rung, 1), setting.top)


@compiled
def charged_dyad(setting: Any, values: Any, act: Any) -> int:
    """Return the dyad by which the target answers whom it charges, the host of the sender at times; -1 for none."""
    spilled = setting.spilled_answer[act.dyad]
    if setting.has_spill and spilled >= 0 and act.draw[luck.CHARGED] < values.spill[act.dyad]:
        return spilled
    return setting.answer[act.dyad]


@compiled
def is_seen(setting: Any, values: Any, act: Any, target: int) -> bool:
    """Return whether the target sees an act; a scheduled incident is news, a false alarm heard by its siren."""
    if not setting.has_detection or act.cause in (FALSE_ALARM, SCHEDULED):
        return True
    return act.draw[luck.SEEN] < values.detection[target, act.rung]


@compiled
def crosses_line(setting: Any, values: Any, act: Any, draws_depth: bool) -> bool:
    """Return whether an act crosses the red line of who answers it, by civilians, a leader or depth."""
    answer = act.answer
    if answer < 0 or not setting.has_line[answer] or act.cause == FALSE_ALARM:
        return False
    # A depth is drawn only where somebody was killed, or the launched rung reaches far enough.
    if act.killed == 0 and not (draws_depth and setting.reach[act.launched] >= values.line_depth[answer]):
        return False
    if act.civilians >= values.line_civilians[answer]:
        return True
    if values.line_leader[answer] > 0 and act.leaders > 0:
        return True
    # The depth itself need not be known, only whether it falls short of the line.
    return draws_depth and act.draw[luck.DEPTH] >= values.short_of_line[answer, act.launched]


@compiled
def provocation_of(values: Any, act: Any, rung: int) -> int:
    """Return the rung on which an act provokes: one that crosses the line is at least on that of the line."""
    provocation = max(rung, 1)
    return max(provocation, int(values.line_rung[act.answer])) if act.crosses else provocation


@compiled
def perceived_harm(setting: Any, values: Any, act: Any, target: int) -> float:
    """Return the harm of an act as its target feels it [killed-equivalents]."""
    if act.cause == FALSE_ALARM:
        return 0.0
    harm = weigh(setting, values, act, target)
    if setting.has_own_loss_weight:
        harm = harm * values.own_loss_weight[target]
    if setting.has_noise:
        law = int(values.noise_law[target])
        harm = harm * number_at(setting.tables_at, law + int(act.draw[luck.HARM] * SLICES))
    return harm


@compiled
def report(setting: Any, values: Any, history: Any, act: Any, rung: int, harm: float) -> None:
    """Add an act to what both sides know of the step."""
    target, answer = setting.target[act.dyad], act.answer
    if act.seen and answer >= 0:
        history.acts_seen[answer] += 1.0
        history.rungs_seen[answer] += rung + 0.5
        history.harm_received[answer] += harm
        history.received[act.provocation, answer] += 1
    if act.cause != FALSE_ALARM:
        history.harm_inflicted[act.dyad] += weigh(setting, values, act, setting.sender[act.dyad])
        history.sent[max(act.rung, 1), act.dyad] += 1
    if act.killed > 0:
        if act.seen and act.civilians > 0:
            history.shock_seen[target] += math.log1p(act.civilians)
        history.leaders_lost[target] += act.leaders
        history.killed[target] += act.killed


@compiled
def owe(setting: Any, values: Any, history: Any, act: Any) -> None:
    """Work out the mean reactions to an act, and put those that fall in later steps into the pools."""
    answer, rung = act.answer, act.provocation
    act.owed = 0.0
    if act.seen and answer >= 0:
        owed = values.mean_reactions[answer, rung]
        if act.cause == FALSE_ALARM:
            owed *= values.believed[answer]
        if setting.has_gamma:
            law = int(values.gamma_law[answer])
            owed *= number_at(setting.tables_at, law + int(act.draw[luck.GAMMA_FACTOR] * SLICES))
        act.owed = owed
        if act.crosses and setting.is_fast[answer]:
            history.fast_due[rung, answer] += owed * (1.0 - values.fast_in_step[answer])
        else:
            history.due[rung, answer] += owed * (1.0 - values.in_step[answer])
    if act.cause != FALSE_ALARM:
        history.follow_ups_due[act.dyad] += values.follow_up[act.dyad] * (1.0 - values.in_step[act.dyad])
