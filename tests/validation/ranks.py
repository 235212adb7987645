"""V4: simulation-based calibration: draw parameters from the prior, simulate a ledger, fit it, again and again;
the rank of the true value among the draws must be uniform. Writes results/validation/ranks.csv and a plot.

    python tests/validation/ranks.py --replications 200

Reference: Talts, S. et al. (2018). Validating Bayesian inference algorithms with simulation-based calibration.
arXiv:1804.06788.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pair
import pandas as pd
from scipy import stats

PLACE = Path(__file__).parents[2] / "results" / "validation"
DAYS = 30
PRIOR = {key: (median, 0.4) for key, (median, _) in pair.PRIOR.items()}
"""Narrower than for the recovery: a wide prior draws ledgers of a hundred thousand events."""
DRAWS = 99


def drawn(density, generator):
    """Return a draw of the prior that a sweep would not refuse, as coordinates."""
    while True:
        point = generator.normal(size=(1, len(density.space)))
        if np.isfinite(density(point))[0]:
            return point


def world_of(values):
    """Return background, matrix and delay of a draw."""
    get = lambda key: float(np.asarray(values[key]).flat[0])  # noqa: E731
    background = np.array([get("party.L.baseline"), get("party.I.baseline")])
    matrix = np.array(
        [
            [get("party.L.follow_up"), get("dyad.L-I.excitation")],
            [get("dyad.I-L.excitation"), get("party.I.follow_up")],
        ]
    )
    return background, matrix, get("dyad.I-L.delay_days")


def ranks_of(number, seed=1, days=DAYS):
    """Return the rank of every parameter among thinned draws of one replication, or None for an empty ledger."""
    generator = np.random.default_rng([seed, 77, number])
    empty = pair.likelihood([], float(days), prior=PRIOR)
    truth = drawn(empty, generator)
    times, parties = pair.simulate(generator, days, *world_of(empty.space.values(truth)))
    density = pair.likelihood([pair.events(times, parties)], float(days), prior=PRIOR)
    points = pair.fitted(density, seed=number)
    thinned = points[np.linspace(0, len(points) - 1, DRAWS).astype(int)]
    return dict(zip(density.space.keys, (thinned < truth).sum(axis=0), strict=True)) | {"events": times.size}


def judged(table, bins=20):
    """Return chi-square p-values by parameter, and the least p-value allowed after Bonferroni."""
    keys = [name for name in table.columns if name not in ("replication", "events")]
    rows = []
    for key in keys:
        counts = np.bincount(table[key] * bins // (DRAWS + 1), minlength=bins)
        rows.append((key, len(table), stats.chisquare(counts).pvalue, 0.01 / len(keys)))
    return pd.DataFrame(rows, columns=["parameter", "n", "p", "least_p"])


def plot(table, path, bins=20):
    """Keep the histograms of the ranks."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    from sim.report.pictures import BLUE, PALE, STYLE, render_png, write_title

    keys = [name for name in table.columns if name not in ("replication", "events")]
    low, high = stats.binom.ppf((0.005, 0.995), len(table), 1 / bins)
    with rc_context(STYLE):
        figure = Figure(figsize=(10, 2.2 * -(-len(keys) // 4) + 0.8), layout="constrained")
        for number, key in enumerate(keys):
            axes = figure.add_subplot(-(-len(keys) // 4), 4, number + 1)
            axes.axhspan(low, high, color=PALE)
            axes.hist(table[key], bins=bins, range=(0, DRAWS + 1), color=BLUE, rwidth=0.8)
            axes.set_title(key)
        figure.supxlabel(f"rank of the true value among {DRAWS} draws; pale: 99 % of counts if so", fontsize=9)
        write_title(figure, f"Simulation-based calibration of {len(table)} fits: uniform ranks if they are right")
        path.write_bytes(render_png(figure))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--replications", type=int, default=200)
    asked = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    file = PLACE / "ranks.csv"
    for number in range(asked.first, asked.first + asked.replications):
        row = pd.DataFrame([{"replication": number, **ranks_of(number)}])
        row.to_csv(file, mode="a", header=not file.exists(), index=False, lineterminator="\n")
    found = pd.read_csv(file)
    plot(found, PLACE / "ranks.png")
    judged(found).to_csv(PLACE / "ranks-judged.csv", index=False, float_format="%.4g", lineterminator="\n")
    print(judged(found))
