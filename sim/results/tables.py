"""Every table of a results folder: made from its rows, and written beside its manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from sim.results.analysis.drivers import DRIVERS, drivers
from sim.results.analysis.entries import ENTRIES, INCIDENCE, entries, incidence
from sim.results.analysis.fan import FAN, fan
from sim.results.analysis.levers import LEVERS, has_levers, levers
from sim.results.analysis.odds import KILLED, ODDS, VARIANCE, killed, odds, odds_and_variance
from sim.results.analysis.odds_by_definition import DEFINITIONS, definitions, has_daily
from sim.results.analysis.pairs import PAIRS, REGRET, SPREADS, has_pairs, pairs
from sim.results.analysis.sensitivity import SENSITIVITY, has_sensitivity, sensitivity
from sim.results.analysis.stopping_rule import STOPPING, stopping, was_stopped
from sim.results.reading.finished_replicates import finished_of
from sim.results.reading.store import Results
from sim.results.reading.table_cache import keep

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


@dataclass(frozen=True)
class Collection:
    """Tables of a results folder by the name of their file.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Those that apply to the folder; the odds and the killed always do.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def odds(self) -> pd.DataFrame:
        """See `sim.results.analysis.odds.odds`."""
        return self.tables[ODDS]

    @property
    def killed(self) -> pd.DataFrame:
        """See `sim.results.analysis.odds.killed`."""
        return self.tables[KILLED]

    @property
    def pairs(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None:
        """See `sim.results.analysis.pairs.pairs`; None where they do not apply."""
        if PAIRS not in self.tables:
            return None
        return self.tables[PAIRS], self.tables[SPREADS], self.tables[REGRET]


def collected(results: Results) -> Collection:
    """Return every table that applies to a results folder.

    Parameters
    ----------
    results : Results
        A results folder with blocks of a finished sweep.
    """
    table, variance = odds_and_variance(results)
    tables = {ODDS: table, VARIANCE: variance, KILLED: killed(results), DRIVERS: drivers(results)}
    joined = entries(results)
    tables |= {} if joined.empty else {ENTRIES: joined}
    tables[INCIDENCE] = incidence(results)
    # Judging every point anew would take as long as running some of them; `sim results definitions` does it on demand.
    if has_daily(results):
        tables[DEFINITIONS] = definitions(results)
        tables[FAN] = fan(results)
    # Too many failures do not take the other tables away; `sim results levers` and its like say what is the matter.
    if not table["failed"].any() or finished_of(results).is_enough:
        tables |= _comparisons(results)
    if was_stopped(results):
        tables[STOPPING] = stopping(results)
    return Collection(tables)


def _comparisons(results: Results) -> dict[str, pd.DataFrame]:
    """Return the tables that compare points history by history."""
    tables: dict[str, pd.DataFrame] = {}
    if has_levers(results) and len(results.points) > 1:
        tables[LEVERS] = levers(results)
    if has_sensitivity(results):
        tables[SENSITIVITY] = sensitivity(results)
    if has_pairs(results):
        tables |= dict(zip((PAIRS, SPREADS, REGRET), pairs(results), strict=True))
    return tables


def write(results: Results, collection: Collection) -> None:
    """Write every table beside the manifest, and keep them exact, so that they are shown without counting again.

    Parameters
    ----------
    results : Results
        The results folder.
    collection : Collection
        Its tables.

    Raises
    ------
    OutputError
        If the disk is full or a file cannot be written.
    """
    for name, table in collection.tables.items():
        results.write_table(name, table)
    keep(results, collection.tables)
