"""V3: known parameters are recovered from simulated ledgers with event times. Writes results/validation/recovery.csv.

    python tests/validation/recovery.py --days 30 --ledgers 100

Truth: S2.17. A row for each ledger and quantity: posterior median, 90 % interval, whether it holds the truth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pair
import pandas as pd

PLACE = Path(__file__).parents[2] / "results" / "validation"


def recovered(days, number, seed=1):
    """Return what one simulated ledger says of every quantity."""
    generator = np.random.default_rng([seed, days, number])
    times, parties = pair.simulate(generator, days)
    density = pair.likelihood([pair.events(times, parties)], float(days))
    points = pair.fitted(density, seed=number)
    found = {key: np.asarray(density.space.value(key, points)) for key in pair.TRUTH}
    found["spectral radius"] = pair.radius_of(density, points)
    rows = []
    for name, values in found.items():
        truth = pair.TRUTH.get(name, pair.RADIUS)
        low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
        rows.append((days, number, name, truth, values.mean(), median, low, high, low <= truth <= high))
    return rows


COLUMNS = ["days", "ledger", "quantity", "truth", "mean", "median", "low", "high", "covered"]


def summary(table):
    """Return bias and coverage by length of the record and quantity."""
    table = table.assign(error=table["median"] - table["truth"])
    grouped = table.groupby(["days", "quantity"])
    return grouped.agg(
        n=("error", "size"), bias=("error", "mean"), spread=("median", "std"), coverage=("covered", "mean")
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--ledgers", type=int, default=100)
    asked = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    for number in range(asked.first, asked.first + asked.ledgers):
        part = pd.DataFrame(recovered(asked.days, number), columns=COLUMNS)
        file = PLACE / f"recovery-{asked.days}.csv"
        part.to_csv(file, mode="a", header=not file.exists(), index=False, float_format="%.5g", lineterminator="\n")
    print(summary(pd.read_csv(PLACE / f"recovery-{asked.days}.csv")).round(3))
