"""How histories run: some steps of one, then of the next; a step at a time where something outside is asked."""

import math
from typing import Any

from sim.core.compilation import compiled
from sim.engine.kernel.days import end_day
from sim.engine.kernel.marks import draw_depth
from sim.engine.kernel.phases import campaign_exponent, joining_exponent, look_around, look_back
from sim.engine.kernel.step import FREE_ACTS, begin_step, enter_branches, finish_step, replay

LANE, HALF, N_ROWS, N_ACTS = range(4)  # where a run stands: the lane and half step that are next, rows and acts written


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
    setting: Any, values: Any, histories: Any, moments: Any, branches: Any, serials: Any, given: Any, acts: Any,
    rows: Any, place: Any, last_lane: int, first: int, last: int, keeps_acts: bool, n_record: int,
) -> None:  # fmt: skip
    """Run histories up to a last one through some halves of steps, from a place on, until there is no more room.

    Half 2 k begins step k, half 2 k + 1 finishes it: between the two, policies outside of the kernel are asked.
    ``place`` holds where the run stands and is moved on; a history whose rule fails goes no further than its step.
    """
    theatre = setting[0]
    per_day, most_rows = theatre.steps_per_day, theatre.n_dyads * (theatre.top + 1)
    while place[LANE] < last_lane:
        lane = place[LANE]
        history, own = histories[lane], values_of(values, lane)
        for half in range(first + place[HALF], last):
            number = half // 2
            if half % 2 == 0:
                enter_branches(theatre, history, number, branches[lane], serials[lane])
                begin_step(theatre, own, history, moments[n_record + number])
                continue
            if len(acts) - place[N_ACTS] < FREE_ACTS or len(rows) - place[N_ROWS] < most_rows:
                place[HALF] = half - first
                return
            end = finish_step(theatre, own, history, moments[n_record + number], acts, place[N_ACTS], given)
            if keeps_acts:
                for act in range(place[N_ACTS], end):
                    acts[act].lane = lane
                place[N_ACTS] = end
            if history.rule_failed:
                break
            if number % per_day == per_day - 1:
                place[N_ROWS] = end_day(theatre, own, history, number // per_day, lane, rows, place[N_ROWS])
        place[LANE] += 1
        place[HALF] = 0


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
