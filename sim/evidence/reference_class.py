"""Reference classes: how often the like happened elsewhere within so many days, counted in the shipped tables."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from sim.core.arrays import Floats
from sim.core.intervals import CONFIDENCE, interval
from sim.core.shipped_data import REFERENCE, shipped_folder

NONE: Final = "none"  # in the place of a class where a question has none
COUNTED: Final = "counted"
_HOW: Final = {"span": "constant hazard", "days": "constant hazard", "ages": "hazards by age", "ended": COUNTED}
"""By the clock of a class, how what was counted is carried to a horizon."""


@dataclass(frozen=True)
class ReferenceClass:
    """A class as ``reference.toml`` declares it."""

    id: str
    text: str  # what was counted
    came: str  # what became of it, as a verb
    table: str  # file beside the declaration
    event: str  # column of it that counts what came
    unit: str  # what could have come to it
    clock: str  # what units are: "span" cases of so many days, "days" or, by age, "ages" at risk, "ended" cases
    source: str
    cases: tuple[str, ...] = ()  # columns that count the units; without any each row that knows its event is one
    where: Mapping[str, float] = field(default_factory=dict)  # value of a column
    span_days: int = 365  # length of a case, for the clock "span"
    pool: Mapping[str, float] = field(default_factory=dict)  # column of groups and the one that is asked about

    def rows(self, as_of: datetime.date | None = None) -> pd.DataFrame:
        """Return the rows of the class with its ``units``; with a day, those known then."""
        table = pd.read_csv(shipped_folder() / REFERENCE / self.table)
        # What became of a year is known when the next one is over, and counts over several years when the last is.
        known = table["year"] + 2 if "year" in table else table["last_year"] + 1
        table = table[table[self.event].notna() & (known <= (as_of or datetime.date.max).year)]
        for column, value in self.where.items():
            table = table[table[column] == value]
        return table.assign(units=table[list(self.cases)].sum(axis=1) if self.cases else 1)

    def estimate(
        self, horizons: Sequence[int], as_of: datetime.date | None = None, confidence: float = CONFIDENCE
    ) -> dict[str, Any]:
        """Return how often it came within some horizons [days], by what was known on a day, with proper intervals."""
        rows, asked = (self.rows(as_of),) * 2
        for column, group in self.pool.items():
            asked = rows[rows[column] == group]
        known: dict[str, Any] = {"class": self.id, "text": self.text, "came": self.came, "unit": self.unit}
        known |= {
            "source": self.source,
            "events": int(asked[self.event].sum()),
            "n": int(asked["units"].sum()),
            "at": [],
        }
        if rows.empty:
            return known
        days = np.asarray(horizons, dtype=np.float64)
        if self.clock == "span":
            shares = (
                self._shrink(rows, asked, confidence) if self.pool else _wilson(known["events"], len(rows), confidence)
            )
            found = 1 - (1 - shares[:, None]) ** (days / self.span_days)
        elif self.clock == "ended":
            events = np.interp(days, [0, *rows["to_day"]], [0, *rows[self.event].cumsum()])
            found = np.array([_wilson(count, known["n"], confidence) for count in events]).T
        else:
            found = self._by_hazards(rows, days, confidence)
        at = pd.DataFrame(found.T, columns=["estimate", "low", "high"]).round(6)
        at.insert(0, "horizon_days", [*map(int, horizons)])
        is_span = (at["horizon_days"] == self.span_days) & (self.clock == "span")
        return known | {"at": at.assign(how=np.where(is_span, COUNTED, _HOW[self.clock])).to_dict("records")}

    def _shrink(self, rows: pd.DataFrame, asked: pd.DataFrame, confidence: float) -> Floats:
        """Return the posterior of one group's share, its prior a beta fitted to all groups by maximum likelihood."""
        from scipy.optimize import minimize
        from scipy.special import betaincinv, betaln

        came, missed = (rows.groupby(list(self.pool))[name].sum().to_numpy() for name in (self.event, "units"))
        missed = missed - came

        def misfit(logs: Floats) -> float:
            a, b = np.exp(logs)
            return float(np.sum(betaln(a, b) - betaln(a + came, b + missed)))

        events = float(asked[self.event].sum())
        a, b = np.exp(minimize(misfit, np.zeros(2), method="Nelder-Mead").x) + np.array([events, len(asked) - events])
        return np.array([a / (a + b), *betaincinv(a, b, [(1 - confidence) / 2, (1 + confidence) / 2])])

    def _by_hazards(self, rows: pd.DataFrame, days: Floats, confidence: float) -> Floats:
        """Return what one hazard, or one of each age, gives; the interval is that of the events in the ages reached."""
        from scipy.special import gammaincinv

        bins = rows[["from_day", "to_day", self.event, "units"]].to_numpy(np.float64)
        if self.clock == "days":
            bins = np.array([[0, np.inf, *bins[:, 2:].sum(axis=0)]])
        low, high, came, at_risk = bins.T[:, :, None]
        hazards = np.sum(came / np.maximum(at_risk, 1) * np.clip(days - low, 0, high - low), axis=0)
        events, exposed = (np.sum(np.where(days > low, part, 0), axis=0) for part in (came, at_risk))
        tail = (1 - confidence) / 2  # Garwood 1936
        ends = (
            events,
            np.where(events > 0, gammaincinv(np.maximum(events, 1), tail), 0),
            gammaincinv(events + 1, 1 - tail),
        )
        return np.asarray(
            1 - np.exp(-np.divide(hazards, events, out=days / exposed, where=events > 0) * np.array(ends))
        )


def _wilson(events: float, n: float, confidence: float) -> Floats:
    return np.array([events / n, *interval(events, n, confidence)])


@cache
def load_classes() -> Mapping[str, ReferenceClass]:
    """Return every class of ``scenarios/reference/reference.toml`` by its id, in the order of the file."""
    text = (shipped_folder() / REFERENCE / "reference.toml").read_text(encoding="utf-8")
    return {entry["id"]: ReferenceClass(**entry) for entry in tomllib.loads(text)["class"]}
