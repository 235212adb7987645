"""The marks of an act: killed, civilians, leaders, the reported rung, launches, depth (S2.4, S2.5)."""

import math
from typing import Any, Final

import numpy as np

from sim.core.compilation import compiled, number_at
from sim.engine.kernel import luck
from sim.engine.kernel.luck import binomial, normal
from sim.engine.kernel.phases import is_campaign

BACKGROUND, FOLLOW_UP, REACTION, SCHEDULED, FALSE_ALARM, STRATEGIC = range(6)  # causes of acts
SALVO: Final = 20  # launches that put a salvo on the depth-or-mass rung; routine salvos stay below (S2.4)
NORMAL_CELLS: Final = 1024  # cells of the table of the normal law
KILLED_COUNTS: Final = 300  # counts of the law of the killed, from 1 (S2.5)
LAUNCH_COUNTS: Final = 401  # counts of the law of further launches, from 0 (S2.5)
_LINEAR: Final = 4
_LOW_TAIL, _INSIDE = 0.022750131948179195, 0.9772498680518208 - 0.022750131948179195


@compiled
def posture_of_routine(setting: Any, values: Any, history: Any, party: int) -> float:
    """Return the posture of a party's routine: its own, that of entry, and on the front that of a campaign [rung]."""
    if setting.is_of_front[party] and is_campaign(history.phase):
        return values.campaign_posture
    if setting.may_join[party] and history.joined[party]:
        return values.entry_posture[party]
    return history.posture[party]


@compiled
def routine_rung(setting: Any, values: Any, history: Any, act: Any) -> int:
    """Draw the rung of a routine act or a follow-up, a rounded normal number around the posture (S2.5)."""
    party, draw = setting.sender[act.dyad], act.draw[luck.RUNG]
    height, spread = posture_of_routine(setting, values, history, party) - 0.5, values.posture_spread[party]
    # Where both ends of a cell of the table give the same rung, so does all between them.
    cell = setting.normal_table + int(draw * NORMAL_CELLS)
    low = np.rint(height + spread * number_at(setting.tables_at, cell))
    high = np.rint(height + spread * number_at(setting.tables_at, cell + 1))
    if low != high:
        low = np.rint(height + spread * normal(draw))
    return int(min(max(low, 1.0), float(setting.top)))


@compiled
def look_up_count(tables_at: int, start: int, size: int, value: float) -> int:
    """Return the place of the first edge of a law that is not below a value; its last place if all are."""
    low, high = 0, size - 1
    for place in range(_LINEAR):
        # Most counts are small.
        if number_at(tables_at, start + place) >= value:
            return place
    while low < high:
        middle = (low + high) >> 1
        if number_at(tables_at, start + middle) < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def mark(setting: Any, values: Any, act: Any) -> None:
    """Draw whom an act kills, and set the rung on which it is reported."""
    party, launched = setting.sender[act.dyad], act.launched
    act.killed, act.civilians, act.leaders, act.rung = 0, 0, 0, launched
    chance = values.lethality[party, launched]
    if not act.draw[luck.LETHAL] < chance:
        return
    law = int(values.severity_law[party])
    # The edges of a law stand above its number, which comes first (see `sim.core.distributions.CountTable`).
    draw = act.draw[luck.KILLED] + number_at(setting.tables_at, law)
    killed = min(look_up_count(setting.tables_at, law + 1, KILLED_COUNTS, draw) + 1, int(values.most_killed[party]))
    act.killed = killed
    act.civilians = binomial(act.draw[luck.CIVILIANS], killed, setting.civilian_share[launched])
    # The chance of the ladder is for any act of a rung; a leader dies only where somebody does.
    leader = setting.leader_chance[launched] * values.leader_strikes[party]
    if leader > 0.0 and act.draw[luck.LEADER] < leader / chance:
        act.leaders = 1
    act.rung = reported_rung(setting, act)


@compiled
def reported_rung(setting: Any, act: Any) -> int:
    """Return the highest of an act's launched rung and the rungs whose criteria its marks meet (S2.4)."""
    reported = act.launched
    for rung in range(setting.top + 1):
        is_met = (
            0.0 < setting.criterion_killed[rung] <= act.killed
            or 0.0 < setting.criterion_civilians[rung] <= act.civilians
            or 0.0 < setting.criterion_leader[rung] <= act.leaders
        )
        if is_met:
            reported = max(reported, rung)
    return reported


@compiled
def draw_launches(setting: Any, act: Any) -> int:
    """Return the launches of an act, 1 or more; salvos below the depth-or-mass rung stay below its criterion."""
    law = setting.launch_table + act.launched * LAUNCH_COUNTS
    draw = act.draw[luck.LAUNCHES] + act.launched
    launches = 1 + look_up_count(setting.tables_at, law, LAUNCH_COUNTS, draw)
    return min(launches, SALVO - 1) if act.launched < setting.top - 1 else launches


@compiled
def claim(setting: Any, values: Any, act: Any, launches: int) -> int:
    """Return the launches that the sender of an act claims, from the true ones, 1 or more (S2.6)."""
    if not setting.has_claims:
        return launches
    party = setting.sender[act.dyad]
    bias = values.claim_bias[party] + values.claim_spread[party] * normal(act.draw[luck.CLAIMED])
    return max(1, int(np.rint(launches * math.exp(bias))))


@compiled
def draw_depth(setting: Any, act: Any) -> float:
    """Return the depth of an act: log-normal, truncated to the interval of its launched rung [km]."""
    inside = _LOW_TAIL + act.draw[luck.DEPTH] * _INSIDE
    return math.exp(setting.depth_middle[act.launched] + setting.depth_spread[act.launched] * normal(inside))


@compiled
def weigh(setting: Any, values: Any, act: Any, observer: int) -> float:
    """Return the harm of an act as a party weighs it, without noise [killed-equivalents]."""
    harm = setting.rung_harm[act.rung]
    if act.killed > 0:
        civilians = values.civilian_weight[observer] * act.civilians
        harm += ((act.killed - act.civilians) + civilians) + values.leader_weight[observer] * act.leaders
    return harm
