"""Every table of a results folder that is small enough to be held, by the name under which it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from sim.results.definitions import definitions
from sim.results.drivers import drivers
from sim.results.entries import entries, incidence
from sim.results.fan import fan
from sim.results.levers import levers
from sim.results.odds import killed, odds, odds_and_variance
from sim.results.pairs import pairs
from sim.results.store import Results

TABLES: Final[dict[str, Callable[[Results], pd.DataFrame]]] = {
    "points": lambda results: results.points,
    "odds": odds,
    "variance": lambda results: odds_and_variance(results)[1],
    "killed": killed,
    "drivers": drivers,
    "entries": entries,
    "incidence": incidence,
    "definitions": definitions,
    "fan": fan,
    "levers": levers,
    "pairs": lambda results: pairs(results)[0],
    "spread": lambda results: pairs(results)[1],
    "regret": lambda results: pairs(results)[2],
}
"""Functions that return a table of a results folder, read or counted."""
