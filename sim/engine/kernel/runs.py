"""How histories run: lane by lane to the horizon, or all of them step by step where something outside is asked."""

from __future__ import annotations

import math
from typing import Any

from sim.core.compilation import compiled
from sim.engine.kernel.days import end_day
from sim.engine.kernel.marks import draw_depth
from sim.engine.kernel.phases import campaign_exponent, joining_exponent, look_around, look_back
from sim.engine.kernel.step import FREE_ACTS, begin_step, enter_branches, finish_step, replay, step

LANE, STEP, N_ROWS, N_ACTS = range(4)
"""Places of where a run stands: the lane and the step that come next, how many rows and acts are written."""


@compiled
def values_of(values: Any, lane: int) -> Any:
    """Return the parameters of a history, which may be those of all."""
    return values[lane if len(values) > 1 else 0]


@compiled
def replay_record(setting: Any, values: Any, histories: Any, moments: Any, acts: Any, given: Any, n_steps: int) -> None:
    """Replay the steps of the record, which come first among the moments, in every history."""
    for lane in range(len(histories)):
        own = values_of(values, lane)
        for number in range(n_steps):
            replay(setting[0], own, histories[lane], moments[number], acts, given)


@compiled
def run_lanes(
    setting: Any, values: Any, histories: Any, moments: Any, branches: Any, serials: Any,
    given: Any, acts: Any, rows: Any, place: Any, last_lane: int, first: int, last: int, n_record: int,
) -> None:  # fmt: skip
    """Run histories up to a last one through some steps, from a place on, until the rows of days are full.

    ``place`` holds where the run stands and is moved on; a history whose rule fails ends the run.
    """
    theatre = setting[0]
    per_day, most_rows = theatre.steps_per_day, theatre.n_dyads * (theatre.top + 1)
    while place[LANE] < last_lane:
        lane = place[LANE]
        history, own = histories[lane], values_of(values, lane)
        for number in range(first + place[STEP], last):
            if number % per_day == per_day - 1 and len(rows) - place[N_ROWS] < most_rows:
                place[STEP] = number - first
                return
            enter_branches(theatre, history, number, branches[lane], serials[lane])
            step(theatre, own, history, moments[n_record + number], acts, 0, given)
            if history.rule_failed:
                return
            if number % per_day == per_day - 1:
                place[N_ROWS] = end_day(theatre, own, history, number // per_day, lane, rows, place[N_ROWS])
        place[LANE] += 1
        place[STEP] = 0


@compiled
def begin_all(
    setting: Any, values: Any, histories: Any, moments: Any, branches: Any, serials: Any, number: int, n_record: int
) -> None:
    """Begin a step in all histories, up to the point at which policies outside of the kernel are asked."""
    for lane in range(len(histories)):
        begin_one(setting, values, histories, moments, branches, serials, lane, number, n_record)


@compiled
def begin_one(
    setting: Any, values: Any, histories: Any, moments: Any, branches: Any, serials: Any,
    lane: int, number: int, n_record: int,
) -> None:  # fmt: skip
    """Begin a step in one history."""
    enter_branches(setting[0], histories[lane], number, branches[lane], serials[lane])
    begin_step(setting[0], values_of(values, lane), histories[lane], moments[n_record + number])


@compiled
def finish_all(
    setting: Any, values: Any, histories: Any, moments: Any, branches: Any, serials: Any,
    given: Any, acts: Any, rows: Any, place: Any, number: int, goes_on: bool, n_record: int,
) -> None:  # fmt: skip
    """Finish a step in all histories, from a place on, until there is no more room for acts or rows.

    Acts are kept, unless the run goes on: then each history begins its next step at once, its state still in the cache.
    """
    theatre = setting[0]
    per_day, most_rows = theatre.steps_per_day, theatre.n_dyads * (theatre.top + 1)
    while place[LANE] < len(histories):
        if len(acts) - place[N_ACTS] < FREE_ACTS or len(rows) - place[N_ROWS] < most_rows:
            return
        lane = place[LANE]
        history, own = histories[lane], values_of(values, lane)
        end = finish_step(theatre, own, history, moments[n_record + number], acts, place[N_ACTS], given)
        if not goes_on:
            for act in range(place[N_ACTS], end):
                acts[act].lane = lane
            place[N_ACTS] = end
        if number % per_day == per_day - 1:
            place[N_ROWS] = end_day(theatre, own, history, number // per_day, lane, rows, place[N_ROWS])
        if goes_on:
            begin_one(setting, values, histories, moments, branches, serials, lane, number + 1, n_record)
        place[LANE] += 1


@compiled
def joining_rates(setting: Any, values: Any, histories: Any, day: float, rates: Any) -> None:
    """Work out the rate at which each party would join, 0 for one that is in the war, by party and history."""
    for lane in range(len(histories)):
        own, history = values_of(values, lane), histories[lane]
        look_around(setting[0], history, day)
        look_back(setting[0], history)
        for party in range(setting[0].n_parties):
            if setting[0].may_join[party] and not history.joined[party]:
                exponent = joining_exponent(setting[0], own, history, party)
                rates[party, lane] = own.entry_hazard[party] * math.exp(exponent)


@compiled
def campaign_rates(setting: Any, values: Any, histories: Any, day: float, rates: Any) -> None:
    """Work out the hazard at which each party would begin a campaign, by party and history."""
    for lane in range(len(histories)):
        own = values_of(values, lane)
        for party in range(setting[0].n_parties):
            if setting[0].is_campaigner[party]:
                exponent = campaign_exponent(own, histories[lane], party, day)
                rates[party, lane] = own.campaign_hazard[party] * math.exp(exponent)


@compiled
def draw_depths(setting: Any, acts: Any, depths: Any) -> None:
    """Draw the depth of each act [km]."""
    for place in range(len(acts)):
        depths[place] = draw_depth(setting[0], acts[place])
