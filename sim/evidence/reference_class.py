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

from sim.core.arrays import Flags, Floats
from sim.core.errors import InputError, nearest
from sim.core.intervals import CONFIDENCE, interval
from sim.core.shipped_data import REFERENCE, shipped_folder

NONE: Final = "none"
"""In the place of a class where a question has none."""
HORIZONS: Final = (30, 90, 180, 365)
"""Days that are told of if none are asked for."""
LONGEST: Final = 3650
"""Longest horizon [days]."""
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
    where: Mapping[str, Any] = field(default_factory=dict)  # value of a column, or its lowest and highest
    span_days: int = 365  # length of a case, for the clock "span"
    pool: Mapping[str, Any] = field(default_factory=dict)  # column of groups and the one that is asked about

    def rows(self, as_of: datetime.date | None = None) -> pd.DataFrame:
        """Return the rows of the class; with a day, those whose outcome was known then.

        What became of a year is known when the next one is over, and counts over several years when the last is.
        """
        table = pd.read_csv(shipped_folder() / REFERENCE / self.table)
        for column, wanted in self.where.items():
            low, high = wanted if isinstance(wanted, list) else (wanted, wanted)
            table = table[table[column].between(low, high)]
        known = table["year"] + 2 if "year" in table else table["last_year"] + 1
        return table[table[self.event].notna() & (known <= (as_of or datetime.date.max).year)]

    def estimate(
        self, horizons: Sequence[int], as_of: datetime.date | None = None, confidence: float = CONFIDENCE
    ) -> dict[str, Any]:
        """Return how often it came within some horizons [days], with intervals, and what was counted.

        Parameters
        ----------
        horizons : sequence of int
            Days from the beginning of a case.
        as_of : datetime.date, optional
            Only what was known on this day is counted.
        confidence : float, optional
            Of the intervals: Wilson for shares, exact Poisson for hazards, a beta posterior for one of pooled groups.

        Returns
        -------
        dict
            ``class``, ``text``, ``came``, ``unit``, ``source``; ``events`` among ``n`` units; and ``at``, for each
            horizon ``horizon_days``, ``estimate``, ``low`` and ``high`` [1] and ``how`` it was got; none without units.
        """
        rows = self.rows(as_of)
        asked = rows[self._is_asked(rows)] if self.pool else rows
        known: dict[str, Any] = {
            "class": self.id,
            "text": self.text,
            "came": self.came,
            "unit": self.unit,
            "source": self.source,
        }
        known |= {"events": int(asked[self.event].sum()), "n": int(self._units(asked).sum()), "at": []}
        if rows.empty:
            return known
        found = getattr(self, f"_by_{self.clock}")(rows, np.asarray(horizons, dtype=np.float64), confidence)
        at = pd.DataFrame(found.T, columns=["estimate", "low", "high"])
        at.insert(0, "horizon_days", [*map(int, horizons)])
        is_span = (at["horizon_days"] == self.span_days) & (self.clock == "span")
        return known | {"at": at.assign(how=np.where(is_span, COUNTED, _HOW[self.clock])).round(6).to_dict("records")}

    def _units(self, rows: pd.DataFrame) -> Floats:
        return rows[list(self.cases)].sum(axis=1).to_numpy(np.float64) if self.cases else np.ones(len(rows))

    def _is_asked(self, rows: pd.DataFrame) -> Flags:
        ((column, value),) = self.pool.items()
        return np.asarray(rows[column] == value)

    def _by_span(self, rows: pd.DataFrame, days: Floats, confidence: float) -> Floats:
        """Return the share of cases, shape (3, n_horizons), by a constant hazard where the horizon is another."""
        events, n = float(rows[self.event].sum()), float(self._units(rows).sum())
        shares = np.array([events / n, *interval(events, n, confidence)])
        if self.pool:
            shares = self._shrink(rows, confidence)
        return np.asarray(1 - (1 - shares[:, None]) ** (days / self.span_days))

    def _shrink(self, rows: pd.DataFrame, confidence: float) -> Floats:
        """Return the posterior of one group's share, its prior a beta fitted to all groups by maximum likelihood."""
        from scipy.optimize import minimize
        from scipy.special import betaincinv, betaln

        (column,) = self.pool
        groups = rows.groupby(column)[self.event].agg(["sum", "count"])
        came, missed = groups["sum"].to_numpy(), (groups["count"] - groups["sum"]).to_numpy()

        def misfit(logs: Floats) -> float:
            a, b = np.exp(logs)
            return float(np.sum(betaln(a, b) - betaln(a + came, b + missed)))

        own = rows.loc[self._is_asked(rows), self.event]
        a, b = np.exp(minimize(misfit, np.zeros(2), method="Nelder-Mead").x) + np.array([own.sum(), (1 - own).sum()])
        tails = (1 - confidence) / 2, (1 + confidence) / 2
        return np.array([a / (a + b), *(betaincinv(a, b, tail) for tail in tails)])

    def _by_days(self, rows: pd.DataFrame, days: Floats, confidence: float) -> Floats:
        events, n = float(rows[self.event].sum()), float(self._units(rows).sum())
        return np.asarray(1 - np.exp(-np.multiply.outer(_poisson(events, confidence) / n, days)))

    def _by_ages(self, rows: pd.DataFrame, days: Floats, confidence: float) -> Floats:
        """Return what piecewise constant hazards give; the interval is that of the events in the bins reached."""
        low, high = (rows[name].to_numpy()[:, None] for name in ("from_day", "to_day"))
        came, at_risk = rows[self.event].to_numpy()[:, None], self._units(rows)[:, None]
        hazards = np.sum(came / np.maximum(at_risk, 1) * np.clip(days - low, 0, high - low), axis=0)
        events, exposed = (np.sum(np.where(days > low, part, 0), axis=0) for part in (came, at_risk))
        ends = np.array([_poisson(float(count), confidence) for count in events]).T
        scale = np.divide(hazards, events, out=days / exposed, where=events > 0)
        return np.asarray(1 - np.exp(-scale * ends))

    def _by_ended(self, rows: pd.DataFrame, days: Floats, confidence: float) -> Floats:
        edges, came = [0, *rows["to_day"]], [0, *rows[self.event].cumsum()]
        events, n = np.interp(days, edges, came), float(self._units(rows).sum())
        return np.array([(count / n, *interval(count, n, confidence)) for count in events]).T


def _poisson(events: float, confidence: float) -> Floats:
    """Return a count and the ends of the exact interval of its mean (Garwood 1936)."""
    from scipy.special import gammaincinv

    tail = (1 - confidence) / 2
    return np.array([events, gammaincinv(events, tail) if events else 0.0, gammaincinv(events + 1, 1 - tail)])


@cache
def load_classes() -> Mapping[str, ReferenceClass]:
    """Return every class of ``scenarios/reference/reference.toml`` by its id, in the order of the file."""
    text = (shipped_folder() / REFERENCE / "reference.toml").read_text(encoding="utf-8")
    classes = [ReferenceClass(**entry) for entry in tomllib.loads(text)["class"]]
    return {one.id: one for one in classes}


def find_class(name: str) -> ReferenceClass:
    """Return a class, or refuse a name that there is not with the nearest one."""
    classes = load_classes()
    if name not in classes:
        raise InputError.single("--class", "", f'there is no reference class "{name}"; {nearest(name, classes)}')
    return classes[name]


def check_horizons(days: Sequence[int]) -> list[int]:
    """Return horizons [days] in their order, each once; refuse what is none."""
    for day in days:
        if not 1 <= day <= LONGEST:
            raise InputError.single("--horizon", "", f"{day} is out of bounds; it must be between 1 and {LONGEST} days")
    return sorted(set(days))
