"""What is kept of a step and of a day of one history: public memory, milestones, daily totals (S2.3, S2.4, S2.10)."""

from typing import Any, Final

import numpy as np

from sim.core.compilation import compiled
from sim.engine.kernel.marks import FALSE_ALARM, claim, draw_launches
from sim.engine.kernel.phases import BORDER, BREWING_RUNG, CAMPAIGN, CEASEFIRE, GROUND, is_campaign
from sim.engine.kernel.records import MONTH, WEEK

NO_DAY: Final = -(1 << 40)  # day of a history before its first step


@compiled
def begin_day_of_memory(history: Any, day: float) -> int:
    """Empty the places of the days that have begun since the last step, and return the place of today."""
    today = int(np.floor(day))
    if history.civilian_day == NO_DAY:
        history.civilian_day = today
    while history.civilian_day < today:
        history.civilian_day += 1
        history.civilians_in_month -= history.civilians[history.civilian_day % MONTH]
        history.civilians[history.civilian_day % MONTH] = 0.0
    return today % MONTH


@compiled
def remember(setting: Any, values: Any, history: Any, act: Any, day: float, today: int) -> None:
    """Keep of an act what is publicly remembered: grave acts, mass killings, civilians killed on the front."""
    if act.cause == FALSE_ALARM:
        return
    sender, target = setting.sender[act.dyad], setting.target[act.dyad]
    if act.rung > BREWING_RUNG:
        if setting.is_dyad_of_front[act.dyad]:
            history.rung_day[act.rung] = day
        if act.rung >= setting.top:
            history.top_day[sender] = day
    if act.killed > 0:
        if act.killed >= values.mass_killed or act.leaders > 0:
            history.mass_day[target] = day
        if setting.is_dyad_of_front[act.dyad]:
            history.civilians[today] += act.civilians
            history.civilians_in_month += act.civilians


@compiled
def count(setting: Any, values: Any, history: Any, act: Any) -> None:
    """Add an act to the totals of the day."""
    if act.cause == FALSE_ALARM:
        return
    cell = act.dyad * (setting.top + 1) + act.rung
    if history.acts_today[cell] == 0:
        history.cells[history.n_cells] = cell
        history.n_cells += 1
    history.acts_today[cell] += 1
    history.killed_today[cell] += act.killed
    history.civilians_today[cell] += act.civilians
    if setting.counts_launches[setting.sender[act.dyad]]:
        act.launches = draw_launches(setting, act)
        act.claimed = claim(setting, values, act, act.launches)
        history.launches_today[cell] += act.launches
        history.claimed_today[cell] += act.claimed


@compiled
def follow_milestones(setting: Any, history: Any, end: float) -> None:
    """Note what began in the step that ends now."""
    if history.phase == CEASEFIRE:
        history.ceasefire_day = min(history.ceasefire_day, end)
    elif history.phase != BORDER:
        if history.began_by >= 0 and is_campaign(history.phase):
            history.campaign_day = min(history.campaign_day, end)
        if history.phase == GROUND:
            history.ground_day = min(history.ground_day, end)
    history.truce_days = history.truce_days + setting.step_days if history.in_truce else 0.0
    for question in range(setting.n_truce_questions):
        if history.truce_days >= setting.truce_length[question]:
            history.truce_day[question] = min(history.truce_day[question], end)
    for horizon in range(setting.n_horizons):
        if end == setting.horizon[horizon]:
            history.is_ceasefire_at[horizon] = history.phase == CEASEFIRE


@compiled
def end_day(setting: Any, values: Any, history: Any, number: int, lane: int, rows: Any, n_rows: int) -> int:
    """Write down the totals of a day, numbered from 0, let counts make a campaign, and return where the rows end."""
    first = n_rows
    for place in range(history.n_cells):
        cell = history.cells[place]
        row = rows[n_rows]
        row.lane, row.cell, row.day = lane, cell, number + 1
        row.acts, row.launches = history.acts_today[cell], history.launches_today[cell]
        row.claimed = history.claimed_today[cell]
        row.killed, row.civilians = history.killed_today[cell], history.civilians_today[cell]
        history.acts_today[cell] = 0
        history.launches_today[cell] = 0
        history.claimed_today[cell] = 0
        history.killed_today[cell] = 0
        history.civilians_today[cell] = 0
        n_rows += 1
    history.n_cells = 0
    sum_up_day(setting, values, history, number, rows, first, n_rows)
    # A front that meets the counts of a campaign is in one; nobody decided on it (S2.4).
    if history.phase == BORDER and are_counts_met(values, history, number):
        history.phase = CAMPAIGN
    return n_rows


@compiled
def sum_up_day(setting: Any, values: Any, history: Any, number: int, rows: Any, first: int, last: int) -> None:
    """Note whether the day was one of campaign by the acts or launches of either side, and how many were killed."""
    killed = 0
    acts, other_acts, launches, other_launches = 0, 0, 0, 0
    for place in range(first, last):
        row = rows[place]
        dyad = row.cell // (setting.top + 1)
        if setting.side[dyad] == 0:
            acts += row.acts
            launches += row.launches
        elif setting.side[dyad] == 1:
            other_acts += row.acts
            other_launches += row.launches
        if setting.side[dyad] >= 0:
            killed += row.killed
    least, fewest = values.campaign_acts, values.campaign_launches
    history.is_busy[number % WEEK] = acts >= least or launches >= fewest
    history.is_other_busy[number % WEEK] = other_acts >= least or other_launches >= fewest
    history.killed_on_day[number % MONTH] = killed


@compiled
def are_counts_met(values: Any, history: Any, number: int) -> bool:
    """Return whether the counts of the last week or month make a campaign (S2.4)."""
    busy, other_busy = 0, 0
    for day in range(WEEK):
        busy += history.is_busy[day]
        other_busy += history.is_other_busy[day]
    killed = 0.0
    for day in range(MONTH):
        killed += history.killed_on_day[day]
    deadly = 0
    for day in range(max(0, number - WEEK + 1), number + 1):
        if history.killed_on_day[day % MONTH] >= values.campaign_killed:
            deadly += 1
    return (
        max(busy, other_busy) >= values.campaign_days
        or deadly >= values.campaign_killed_days
        or killed >= values.war_killed
    )
