"""How the war of one history widens and ends: joining and leaving, campaigns and ceasefires, by hazard (S2.10)."""

import math
from typing import Any, Final

import numpy as np

from sim.core.compilation import compiled
from sim.engine.kernel.luck import happens, happens_at, uniform

BORDER, CAMPAIGN, GROUND, CEASEFIRE = range(4)  # phases of the front
BREWING_RUNG: Final = 4  # rung above which an act raises the hazard of others to join (S2.10)
GRAVE_DAYS: Final = 14.0  # days for which a grave act is remembered (S2.10) [days]
CIVILIANS_SCALE: Final = 100.0  # civilians killed in a month against which their effect is measured (S2.10)
_AT_EASE: Final = 3.0


@compiled
def is_campaign(phase: int) -> bool:
    """Return whether a phase of the front is a campaign or a ground operation."""
    return phase in (CAMPAIGN, GROUND)


@compiled
def look_back(setting: Any, history: Any) -> None:
    """Keep the phase of the front and who is in the war: in a step, all decide on the state before it."""
    history.phase_before = history.phase
    for party in range(setting.n_parties):
        history.joined_before[party] = history.joined[party]


@compiled
def look_around(setting: Any, history: Any, day: float) -> None:
    """Work out what all that may join look at: the gravest recent act, civilians killed, who is at war."""
    history.gravest_rung = 0
    for rung in range(BREWING_RUNG + 1, setting.top + 1):
        if day - history.rung_day[rung] <= GRAVE_DAYS:
            history.gravest_rung = rung
    if history.civilians_weighed != history.civilians_in_month:
        history.civilians_weighed = history.civilians_in_month
        history.civilian_term = math.log1p(history.civilians_in_month / CIVILIANS_SCALE)
    is_fighting = is_campaign(history.phase)
    for party in range(setting.n_parties):
        is_at_war = day - history.top_day[party] <= GRAVE_DAYS
        if setting.is_of_front[party]:
            is_at_war = is_at_war or is_fighting
        elif setting.may_join[party]:
            is_at_war = is_at_war or history.joined[party] != 0
        history.is_at_war[party] = is_at_war


@compiled
def joining_terms(setting: Any, values: Any, history: Any, party: int) -> tuple[float, float, float, float]:
    """Return the parts of a party's log rate of joining: a grave act, allies at war, civilians killed, the driver."""
    grave = values.entry_rung_slope[party] * max(history.gravest_rung - BREWING_RUNG, 0)
    allies = 0.0
    for alliance in range(setting.first_alliance[party], setting.last_alliance[party]):
        if history.is_at_war[setting.ally[alliance]]:
            allies += values.ally_weight[alliance]
    civilians = values.entry_civilians[party] * history.civilian_term
    return grave, allies, civilians, values.entry_driver[party] * (history.driver - 1.0)


@compiled
def joining_exponent(setting: Any, values: Any, history: Any, party: int) -> float:
    """Return the log of the factor of a party's rate of joining; minus infinity while it waits for others."""
    if setting.waits[party]:
        for other in range(setting.n_parties):
            if setting.waits_for[party, other] and not history.joined_before[other]:
                return -np.inf
    grave, allies, civilians, driver = joining_terms(setting, values, history, party)
    mediated = values.entry_mediation[party] * history.mediation
    return grave + allies + civilians + driver - values.entry_deterrence[party] - mediated


@compiled
def join_and_leave(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Let parties join and leave the war; all decide on the state before the step."""
    if not setting.has_joiners:
        return
    look_around(setting, history, moment.day)
    for party in range(setting.n_parties):
        if not setting.may_join[party] or values.entry_hazard[party] <= 0.0:
            continue
        if history.joined_before[party]:
            leave(setting, values, history, moment, party)
        else:
            join(setting, values, history, moment, party)


@compiled
def join(setting: Any, values: Any, history: Any, moment: Any, party: int) -> None:
    """Let a party join by its hazard, and note when it first did and what raised the hazard most."""
    draw = uniform(history.luck + moment.join_word[party])
    exponent = joining_exponent(setting, values, history, party)
    if not happens_at(draw, values.entry_hazard[party], exponent, setting.step_days):
        return
    history.joined[party] = 1
    history.since[party] = moment.day
    if history.first_day[party] < np.inf:
        return
    history.first_day[party] = moment.day + setting.step_days
    terms = joining_terms(setting, values, history, party)
    strongest, trigger = 0.0, 0
    for place in range(len(terms)):
        if terms[place] > strongest:
            strongest, trigger = terms[place], place + 1
    history.trigger[party] = trigger


@compiled
def leave(setting: Any, values: Any, history: Any, moment: Any, party: int) -> None:
    """Let a party leave by its hazard, once it has stayed long enough and no ally is at war."""
    if moment.day - history.since[party] < values.entry_days[party]:
        return
    for alliance in range(setting.first_alliance[party], setting.last_alliance[party]):
        if history.is_at_war[setting.ally[alliance]]:
            return
    draw = uniform(history.luck + moment.leave_word[party])
    if happens(draw, values.exit_hazard[party], setting.step_days):
        history.joined[party] = 0


@compiled
def campaign_exponent(values: Any, history: Any, party: int, day: float) -> float:
    """Return the log of how much the hazard at which a party begins a campaign is raised."""
    is_struck = day - history.mass_day[party] <= values.mass_memory_days
    return (
        values.campaign_slope[party] * (history.posture[party] - _AT_EASE)
        + values.campaign_shock[party] * is_struck
        - values.campaign_mediation[party] * history.mediation
        - values.campaign_deterrence[party]
        + history.campaign_push[party]
    )


@compiled
def pass_phases(setting: Any, values: Any, history: Any, moment: Any) -> None:
    """Let the phase of the front end or go on, by hazard."""
    before, days = history.phase, setting.step_days
    if before == BORDER:
        for party in range(setting.n_parties):
            if setting.is_campaigner[party] and history.phase == BORDER:
                draw = uniform(history.luck + moment.campaign_word[party])
                exponent = campaign_exponent(values, history, party, moment.day)
                if happens_at(draw, values.campaign_hazard[party], exponent, days):
                    history.phase = CAMPAIGN
                    history.began_by = party
        return
    if before == CEASEFIRE:
        if happens(uniform(history.luck + moment.reignition_word), values.reignition_hazard, days):
            history.phase = CAMPAIGN
        return
    if before == CAMPAIGN and happens(uniform(history.luck + moment.ground_word), values.ground_hazard, days):
        history.phase = GROUND
    rate = values.ceasefire_hazard * math.exp(values.ceasefire_mediation * history.mediation)
    if happens(uniform(history.luck + moment.ceasefire_word), rate, days):
        history.phase = CEASEFIRE
