"""What a step does to the parties of one history: harm, observed posture, posture, resolve, capability (S2.7)."""

import math
from typing import Any, Final

from sim.core.compilation import compiled

LULL: Final = 0.5  # posture of rung 0, towards which an observation fades
_HIGHEST_POSTURE: Final = 6.5
_RECOVERY_DAYS: Final = 90.0
_RALLY: Final = 0.02


@compiled
def take_in(setting: Any, values: Any, history: Any) -> None:
    """Let every party take in the acts of the step before, then move by itself."""
    observe(setting, values, history)
    for party in range(setting.n_parties):
        first, last = setting.first_dyad[party], setting.last_dyad[party]
        if first < last:
            pull = 0.0
            for dyad in range(first, last):
                pull += history.pull[dyad]
            move_posture(values, history, party, pull)
            bear_losses(setting, values, history, party)


@compiled
def observe(setting: Any, values: Any, history: Any) -> None:
    """Take in what every opponent did, and work out how far each pulls the posture of the sender of its dyad."""
    for dyad in range(setting.n_dyads_in_eights):
        settled = values.discharge[dyad] * history.harm_inflicted[dyad]
        harm = history.unanswered_harm[dyad] * values.harm_kept[dyad] + history.harm_received[dyad] - settled
        history.unanswered_harm[dyad] = harm if harm > 0.0 else 0.0
        seen = history.acts_seen[dyad]
        acts = history.observed_acts[dyad] * setting.observation_kept + seen
        rungs = history.observed_rungs[dyad] * setting.observation_kept + history.rungs_seen[dyad]
        fade = 1.0 if seen > 0.0 else history.observation_fade[dyad] * setting.observation_fading
        observed = LULL + (rungs / acts - LULL) * fade
        history.observed_acts[dyad] = acts
        history.observed_rungs[dyad] = rungs
        history.observation_fade[dyad] = fade
        history.observed[dyad] = observed
        history.pull[dyad] = values.attention[dyad] * (observed - values.expected[dyad])


@compiled
def move_posture(values: Any, history: Any, party: int, pull: float) -> None:
    """Raise the posture by shocks, then let it move by Richardson's equation."""
    shock = values.civilian_shock[party] * (history.shock_seen[party] - values.routine_shock[party])
    posture = history.posture[party] + (shock + values.leader_shock[party] * history.leaders_lost[party])
    drift = values.imitation[party] * pull - (posture - values.posture_baseline[party])
    posture += drift * values.posture_share[party]
    history.posture[party] = min(max(posture, 0.0), _HIGHEST_POSTURE)


@compiled
def bear_losses(setting: Any, values: Any, history: Any, party: int) -> None:
    """Weary by the killed, rally at first, lose capability with a leader; all of it fades."""
    killed, leaders = history.killed[party], history.leaders_lost[party]
    weariness = (history.weariness[party] + killed / values.capacity[party]) * setting.weariness_kept
    history.weariness[party] = weariness
    resolve = history.resolve[party]
    if killed > 0:
        resolve += _RALLY * math.log1p(killed)
    if leaders > 0:
        history.capability[party] *= math.pow(1.0 - values.leader_loss[party], leaders)
    recovery = (values.resolve_baseline[party] - resolve) / _RECOVERY_DAYS - values.weariness_effect[party] * weariness
    history.resolve[party] = min(max(resolve + recovery * setting.step_days, 0.0), 1.0)


@compiled
def recall_routine(setting: Any, values: Any, history: Any) -> None:
    """Take in the routine of the record that it does not itemise, on the posture that each party expects."""
    for dyad in range(setting.n_dyads):
        acts = values.unitemised_received[dyad] * setting.step_days
        history.observed_acts[dyad] += acts
        history.observed_rungs[dyad] += acts * values.expected[dyad]
        if acts > 0:
            history.observation_fade[dyad] = 1.0
