"""Rare outcomes of the baseline within 30 days: odds by splitting beside those of plain histories, per million.

Where plain histories show an outcome five times or more, the difference of both must lie within 3 of its standard
errors. Where they show it more rarely, splitting stands alone. The level function of splitting is a rough guess at the
odds from here (``sim/sweeps/rare_events/level_function.py``): it costs precision where it guesses badly, and no truth.
The gain says how many times more plain histories would be needed for the error that splitting has, at the same number
of days.

Splitting uses all cores; its numbers do not hang on how many there are.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from scipy import stats

from sim.core.installation import cores
from sim.core.intervals import interval
from sim.scenario.scenario import Scenario
from sim.sweeps.rare_events.estimate import rare_odds
from sim.sweeps.rare_events.splitting import Effort
from sim.sweeps.workers import start_processes
from validation.runs import BASELINE, command_of
from validation.table import Number, Row, show, write

DAYS = 30
PLAIN, PIECE = 96_000, 4_000
FEWEST = 5
QUESTIONS = ("Q1", "Q10", "Q11")
EFFORT = Effort(histories=4_000, repetitions=12)
MILLION = 1e6


def plain_events(scenario: Scenario) -> dict[str, int]:
    """Return how many plain histories show each outcome."""
    events = dict.fromkeys(QUESTIONS, 0)
    for start, stop in pairwise(range(0, PLAIN + 1, PIECE)):
        conflict = scenario.ensemble(
            scenario.points()[0], np.arange(start, stop), scenario.seed, horizon_days=DAYS
        ).conflict
        columns = conflict.run().judge().columns(conflict.timeline.questions, ())
        conflict.release()
        for question in QUESTIONS:
            events[question] += int((np.asarray(columns[f"{question}_day"]) <= DAYS).sum())
    return events


def rows() -> list[Row]:
    """Return the rows of the table."""
    scenario = Scenario.load(BASELINE)
    events = plain_events(scenario)
    asked = [(question, DAYS) for question in QUESTIONS]
    with start_processes(cores(), scenario) as executor:
        found = rare_odds(scenario, 0, asked, seed=scenario.seed, effort=EFFORT, jobs=2 * cores(), executor=executor)
    return [row for one in found for row in _rows(one.question, events[one.question], one.split)]


def _rows(question, seen, found) -> list[Row]:
    words, histories = f"{question} by {DAYS} days", int(found.histories.sum())
    odds, error = found.estimate, found.standard_error
    plain = [seen / PLAIN, *interval(seen, PLAIN)]
    made = [
        Row("splitting", f"{words}: plain histories [per million]", Number(*(MILLION * x for x in plain), PLAIN)),
        Row(
            "splitting",
            f"{words}: by splitting [per million]",
            Number(MILLION * odds, *(MILLION * end for end in found.interval()), histories),
        ),
    ]
    if seen >= FEWEST:
        distance = (odds - plain[0]) / math.hypot(error, math.sqrt(plain[0] * (1 - plain[0]) / PLAIN))
        half = float(stats.norm.ppf(0.975))
        made.append(
            Row(
                "splitting",
                f"{words}: difference over its standard error",
                Number(distance, distance - half, distance + half, seen),
                at_least=-3.0,
                at_most=3.0,
            )
        )
    if odds > 0:
        gain = odds * (1 - odds) / (error**2 * histories)
        made.append(
            Row("splitting", f"{words}: gain over plain histories", Number(gain, math.nan, math.nan, histories))
        )
    return made


def main() -> None:
    """Write the table."""
    found = rows()
    show(found)
    write("splitting", command_of(__file__), found)


if __name__ == "__main__":
    main()
