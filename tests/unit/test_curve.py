"""Odds day by day: by loops over the histories, and at the horizons those of the table of odds."""

from __future__ import annotations

import pandas as pd
from slow_forms import effective_size
from uneven_sweep import Uneven, assert_table, holds

from sim.core.intervals import interval
from sim.results.analysis.entries import CURVE, compute_curve
from sim.results.reading.store import Results

DAYS = {"Q9": (4, 9, 17)}
"""Of a question that is a state, the horizons."""


def test_a_curve_is_that_of_loops_over_the_histories(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    expected = []
    for point in range(4):
        rows = sweep.finished(point)
        for asked in sweep.questions:
            for day in DAYS.get(asked["id"], (0, 4, 9, 15, 17)):
                came = [float(holds(row, asked["id"], day)) for row in rows]
                events, n = int(sum(came)), len(rows)
                size = effective_size(came, [row["replicate"] for row in rows])
                low, high = interval(events * size / n, size)
                row = {"point": point, "question": asked["id"], "day": day, "n": n, "events": events}
                expected.append(row | {"estimate": events / n, "low": low, "high": high})
    assert_table(compute_curve(results), expected)


def test_a_curve_rises_from_nothing_and_meets_the_odds(uneven_levers: tuple[Uneven, Results]):
    _, results = uneven_levers
    curve = results.table(CURVE)
    odds = results.odds.rename(columns={"horizon_days": "day"})
    keys = ["point", "question", "day"]
    met = curve.merge(odds, on=keys, suffixes=("", "_of_odds"))
    assert len(met) == 4 * 4 * 3
    for name in ("n", "events", "estimate", "low", "high"):
        pd.testing.assert_series_equal(met[name], met[f"{name}_of_odds"], check_exact=True, check_names=False)
    for (_, question), rows in curve.groupby(["point", "question"]):
        assert question == "Q9" or (rows["day"].iloc[0] == 0 == rows["events"].iloc[0])
        assert question == "Q9" or rows["events"].is_monotonic_increasing
