"""Of which days, and of how many points, tables tell that have a row for each day: fewer where points are many."""

from typing import Final

import numpy as np

from sim.core.arrays import Integers
from sim.results.reading.store import Results

MOST_POINTS: Final = 10  # points of a sweep up to which tables with many rows for each tell as much of every one
_STEP_DAYS: Final = 5
_STEP_DAYS_OF_SWEEP: Final = 15
_EVERY_DAY_UNTIL: Final = 30
_WEEK: Final = 7


def has_many_points(results: Results) -> bool:
    """Return whether a sweep has so many points that tables tell less of each."""
    return bool(results.manifest["points"] > MOST_POINTS)


def choose_curve_days(results: Results) -> Integers:
    """Return the days at which curves are told, rising, shape (n_days,): from 0, and the horizons among them.

    Every fifth of one point, every fifteenth of several.
    """
    step = _STEP_DAYS if results.manifest["points"] == 1 else _STEP_DAYS_OF_SWEEP
    every = range(step, int(results.manifest["horizon_days"]) + 1, step)
    return np.array(sorted({0, *every, *results.manifest["horizons"]}))


def choose_fan_days(results: Results) -> Integers:
    """Return the days that fans tell, rising, the horizons among them, shape (n_days,).

    Each to day 30, then each week; each fifteenth where there are several points.
    """
    last = int(results.manifest["horizon_days"])
    if results.manifest["points"] == 1:
        days = {*range(1, min(last, _EVERY_DAY_UNTIL) + 1), *range(_EVERY_DAY_UNTIL + _WEEK, last + 1, _WEEK)}
    else:
        days = {1, *range(_STEP_DAYS_OF_SWEEP, last + 1, _STEP_DAYS_OF_SWEEP)}
    return np.array(sorted({*days, *results.manifest["horizons"], last}))
