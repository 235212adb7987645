"""V9 (ii): do simulated event times fall into episodes like those of Israel and Gaza 2007-14?

Abrahams et al. (S1) part 24,000 acts into episodes: 61 % are one-sided, the others have a median of 3 successive
counter-retaliations, and 3.5 days of calm follow. Here the reactions are those of the baseline and only the backgrounds
are low (``scenarios/gaza-like.toml``). An episode ends where nothing happens for 24 hours. Counter-retaliations are the
changes of the acting side within an episode. Within a step of three hours acts stand in the order of their generations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.inference.count_patterns import describe_episodes
from validation.intervals import mean, median
from validation.runs import OWN, command_of, ensemble, steps
from validation.table import Row, show, write

REPLICATES = 200
DAYS = 365
BURN_IN_DAYS = 30
CALM_HOURS = 24.0
OTHER_CALMS = (12.0, 48.0)


@dataclass(frozen=True)
class Times:
    """Acts of the front in the order of replicate and time.

    Parameters
    ----------
    lane : ndarray of int
        Replicate.
    day : ndarray of float
        Start of the step [days].
    side : ndarray of int
        Side that acts: 0 Israel, 1 Lebanon.
    days : float
        Time over which they were taken [days].
    """

    lane: np.ndarray
    day: np.ndarray
    side: np.ndarray
    days: float


def played(replicates: int = REPLICATES, days: int = DAYS) -> Times:
    """Return the acts of a run after its burn-in."""
    run = ensemble(OWN / "gaza-like.toml", replicates, days=days)
    parts = []
    for step, acts in enumerate(steps(run)):
        day = step * run.timeline.step_days
        if day >= BURN_IN_DAYS:
            fired = np.flatnonzero((run.theatre.side[acts.dyad] >= 0) & (acts.rung > 0))
            parts.append((acts.lane[fired], np.full(len(fired), day), run.theatre.side[acts.dyad[fired]]))
    lane, day, side = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(lane, kind="stable")
    run.release()
    return Times(lane[order], day[order], side[order], days - BURN_IN_DAYS)


def statistics(times: Times, replicates: int, calm_hours: float = CALM_HOURS) -> dict[str, np.ndarray]:
    """Return statistics of the episodes of each replicate; not a number where it has too few."""
    found = {
        name: np.full(replicates, np.nan)
        for name in ("number", "one-sided", "changes", "calm", "length", "begun", "ended")
    }
    for lane in range(replicates):
        chosen = times.lane == lane
        day, side = times.day[chosen], times.side[chosen]
        if len(day) < 2:
            continue
        for name, value in describe_episodes(day, side, calm_hours / 24.0).items():
            found[name][lane] = value
    found["a day"] = found.pop("number") / times.days
    return found


def rows(times: Times, replicates: int = REPLICATES) -> list[Row]:
    """Return the rows of the table."""
    found = statistics(times, replicates)
    lines = [
        Row("V9 (ii)", "one-sided episodes, share (median over replicates)", median(found["one-sided"]), 0.45, 0.75),
        Row("V9 (ii)", "changes of side in the others (median of medians)", median(found["changes"]), 2, 4),
        Row("V9 (ii)", "calm between episodes [days] (median of means)", median(found["calm"]), 2, 5),
        Row("V9 (ii)", "changes of side in the others (mean of medians)", mean(found["changes"])),
        Row("V9 (ii)", "length of an episode [days] (median of means)", median(found["length"])),
        Row("V9 (ii)", "episodes begun by the non-state side, share", mean(found["begun"])),
        Row("V9 (ii)", "episodes ended by the non-state side, share", mean(found["ended"])),
        Row("V9 (ii)", "episodes a day", mean(found["a day"])),
    ]
    for hours in OTHER_CALMS:
        other = statistics(times, replicates, hours)
        text = f"where {hours:g} hours of calm end an episode"
        lines += [
            Row("V9 (ii)", f"one-sided episodes, share, {text}", median(other["one-sided"])),
            Row("V9 (ii)", f"changes of side in the others, {text}", median(other["changes"])),
        ]
    return lines


def main() -> None:
    """Write the table."""
    found = rows(played())
    show(found)
    write("episodes", command_of(__file__), found)


if __name__ == "__main__":
    main()
