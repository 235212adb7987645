"""The world outside the parties, in one history: the driver, truces, mediation (S2.11, S2.12)."""

from typing import Any

from sim.core.compilation import compiled
from sim.engine.kernel.luck import normal, uniform


@compiled
def move_world(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Move the driver and mediation to the step that begins."""
    if setting.has_truces:
        if setting.has_truces_by_chance:
            draw = uniform(history.luck + moment.truce_word)
            ends, begins = draw < values.truce_ends, draw < values.truce_begins
            history.truce_by_chance = not ends if history.truce_by_chance else begins
        history.in_truce = history.truce_by_chance | moment.in_truce
        history.driver = 0.0 if history.in_truce else values.driver_level
    if setting.has_moving_mediation:
        mediate(setting, values, history, moment)


@compiled
def mediate(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Let diplomatic shocks fade and strike, and mediation wander around its level."""
    history.mediation_shock = history.mediation_shock * values.mediation_fading + moment.shock
    if setting.has_shocks_by_chance and uniform(history.luck + moment.shock_word) < values.shock_chance:
        history.mediation_shock += values.shock_size
    if setting.has_wandering_mediation:
        # The exact step of an Ornstein-Uhlenbeck process; its spread in one step is `mediation_spread`.
        step = values.mediation_spread * normal(uniform(history.luck + moment.mediation_word))
        history.mediation_deviation = history.mediation_deviation * values.mediation_fading + step
    mediation = values.mediation_level + history.mediation_shock + history.mediation_deviation
    history.mediation = min(max(mediation, 0.0), 1.0)
