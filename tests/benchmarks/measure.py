"""Measure speeds and write their table: ``PYTHONPATH=tests python -m benchmarks.measure`` from the project's folder.

The table holds ratios of one run on one machine; the rates beside them are of that machine and of nothing else. The
ratio of a row is its rate to that of the yardstick of its case: the scalar Mesa model, the event-by-event simulation,
the smallest ensemble.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from pathlib import Path

import mesa
import numpy as np
import pandas as pd

from benchmarks import speeds
from benchmarks.speeds import Timing

TABLE = Path(__file__).parents[2] / "results" / "benchmarks" / "speed.csv"


def plan(*, quick: bool) -> list[Callable[[], list[Timing]]]:
    """Return what is measured, the yardstick of each case first."""
    days = 60 if quick else 365
    return [
        lambda: [speeds.scalar(5 if quick else 120, days)],
        lambda: [speeds.engine_on_front(1_000, days)],
        lambda: [speeds.engine_on_front(10_000, days)],
        lambda: [speeds.engine(1_000, days)],
        lambda: [speeds.engine(4_000, days)],
        lambda: [speeds.docking_events(200 if quick else 2_000)],
        lambda: [speeds.docking_engine(1_000)],
        lambda: [speeds.docking_engine(2_000 if quick else 10_000)],
        lambda: [speeds.stepping(1_000, 30)],
        lambda: [speeds.stepping(4_000, 30)],
        lambda: [speeds.stepping(16_000, 30)],
        lambda: [speeds.stepping(4_000, 120)],
    ]


def table_of(timings: list[Timing]) -> pd.DataFrame:
    """Return the timings as a table, each with its ratio to the first of its case."""
    rows, yardsticks = [], {}
    for timing in timings:
        yardstick = yardsticks.setdefault(timing.case, timing)
        rows.append(
            {
                "case": timing.case,
                "subject": timing.subject,
                "replicates": timing.replicates,
                "days": timing.days,
                "work": round(timing.work, 3),
                "unit": timing.unit,
                "cpu_s": round(timing.cpu, 3),
                "wall_s": round(timing.wall, 3),
                "per_cpu_s": float(f"{timing.rate:.4g}"),
                "ratio": float(f"{timing.rate / yardstick.rate:.3g}"),
                "acts_per_day": float(f"{timing.acts_per_day:.3g}"),
                "python": platform.python_version(),
                "mesa": mesa.__version__,
                "numpy": np.__version__,
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Measure and write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=TABLE, help="the table to write")
    options.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    chosen = options.parse_args()
    timings: list[Timing] = []
    for measured in plan(quick=chosen.quick):
        timings += measured()
        done = timings[-1]
        print(f"{done.case}: {done.subject}, {done.replicates} replicates: {done.rate:.4g} {done.unit} per second")
    table = table_of(timings)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(chosen.out, index=False, lineterminator="\n")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
