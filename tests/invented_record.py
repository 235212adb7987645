"""What happened in an invented theatre, as scores and benchmarks ask for it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.hindcast.forecast_file import COLUMNS

START = datetime.date(2024, 1, 1)
DAY = datetime.timedelta(days=1)


@dataclass
class InventedRecord:
    """Weekly counts of series, the first week from `START` on, and the days on which questions came."""

    weeks: dict[str, list[float]] = field(default_factory=dict)
    came: dict[str, datetime.date | None] = field(default_factory=dict)

    @property
    def counts(self):
        return self.weeks

    @property
    def resolutions(self):
        return self.came

    def observed(self, target, origin, horizon_days):
        if target in self.came:
            came = self.came[target]
            if came is not None and came < origin:
                return None
            return float(came is not None and came < origin + horizon_days * DAY)
        week = (origin - START).days // 7 + horizon_days // 7 - 1
        return float(self.weeks[target][week]) if 0 <= week < len(self.weeks[target]) else None

    def weeks_before(self, series, origin):
        return np.array(self.weeks[series][: max((origin - START).days // 7, 0)], dtype=float)

    def is_open(self, question, origin):
        came = self.came[question]
        return came is None or came >= origin


def origin_of(week: int) -> pd.Timestamp:
    return pd.Timestamp(START + week * 7 * DAY)


def draws_of(values, target="volleys", horizon=7, week=4, forecaster="mine") -> pd.DataFrame:
    """Return one forecast of a series or a question."""
    rows = [(forecaster, origin_of(week), target, horizon, i, float(value)) for i, value in enumerate(values)]
    return pd.DataFrame(rows, columns=list(COLUMNS))
