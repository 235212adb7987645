"""V14: what a sensitivity analysis finds is the same for two designs that share neither points nor luck.

Sobol total indices over five factors, from two Saltelli designs, must rank the factors alike. The box that PRIM finds
in one Latin hypercube must hold the same share of the wars of another one. The odds are those of a month in the whole
theatre, with decisions for a campaign so frequent that some hundred wars are seen, in steps of a day: what is tried
here is the analysis, not the theatre.
"""

from __future__ import annotations

import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from sim.results.analysis.discovery import discover_boxes
from sim.results.analysis.inputs_outcomes import read_histories
from sim.results.analysis.levers import KILLED_OF_ALL
from sim.results.analysis.prim_boxes import Box, Condition, lies_inside
from sim.results.analysis.sensitivity import compute_sensitivity
from sim.results.reading.design_columns import read_factor_values
from sim.results.reading.question_outcomes import locate_cells
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks
from validation.runs import BASELINE, command_of
from validation.table import Number, Row, show, write

REPLICATES, DAYS = 32, 30
BASE_POINTS, POINTS = 16, 48
DRAWS, SEED = 2000, 1
INDICES, BOXES = "indices", "boxes"

TEXT = """
title = "Odds of a war over five factors"
base = "{base}"

[run]
step_days = 1.0
horizons = [{days}]
daily = false

[design]
kind = "{kind}"
points = {points}
seed = {seed}

[[factor]]
key = "party.ISR.campaign_hazard"
low = 0.0001
high = 0.06

[[factor]]
key = "party.HZB.campaign_hazard"
low = 0.0001
high = 0.01

[[factor]]
key = "world.mediation_added"
low = -0.2
high = 0.6

[[factor]]
key = "policy.ISR.weight_below"
low = 0.2
high = 1.0

[[factor]]
key = "dyad.HAM-ISR.spill"
low = 0.0
high = 1.0
"""


@cache
def swept(kind: str, points: int, seed: int, replicates: int = REPLICATES, days: int = DAYS) -> Results:
    """Return the sweep of a design, whose points and luck hang on its seed."""
    folder = Path(tempfile.mkdtemp(prefix="validation-"))
    path = folder / "war.toml"
    path.write_text(TEXT.format(base=BASELINE, kind=kind, points=points, seed=seed, days=days))
    return Results.open(run_blocks(Scenario.load(path), folder / "war", replicates=replicates, seed=seed))


def index_rows(points: int = BASE_POINTS, replicates: int = REPLICATES, days: int = DAYS) -> list[Row]:
    """Return the total indices of both designs, and the correlation of their ranks, for the odds and for the killed."""
    designs = [
        compute_sensitivity(swept("saltelli", points, seed, replicates, days), ["Q1"], [days]) for seed in (1, 2)
    ]
    n = points * replicates
    found: list[Row] = []
    for outcome, words in (("Q1", "the odds of a war"), (KILLED_OF_ALL, "the mean of the killed")):
        tables = [table[table["outcome"] == outcome].set_index("factor").sort_index() for table in designs]
        text = f"rank correlation between two designs of the total indices of {words} by {days} d"
        found.append(Row("V14", text, correlation(*tables), at_least=0.8))
        found += [
            Row(
                "V14",
                f"total Sobol index of {words} by {days} d, design {seed}: {factor}",
                Number(row["total"], row["total_low"], row["total_high"], n),
            )
            for seed, table in enumerate(tables, start=1)
            for factor, row in table.iterrows()
        ]
    return found


def correlation(first: pd.DataFrame, second: pd.DataFrame) -> Number:
    """Return the rank correlation of total indices, with an interval from their errors."""
    rng = np.random.default_rng(SEED)
    shaken = [
        table["total"].to_numpy() + table["total_se"].to_numpy() * rng.standard_normal((DRAWS, len(table)))
        for table in (first, second)
    ]
    drawn = [spearmanr(one, other).statistic for one, other in zip(*shaken, strict=True)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Number(float(spearmanr(first["total"], second["total"]).statistic), float(low), float(high), len(first))


def box_rows(points: int = POINTS, replicates: int = REPLICATES, days: int = DAYS) -> list[Row]:
    """Return how the coverage of the first box of each design differs in the other one."""
    designs = [swept("latin hypercube", points, seed, replicates, days) for seed in (1, 2)]
    found: list[Row] = []
    for own, other, name in ((designs[0], designs[1], "1"), (designs[1], designs[0], "2")):
        box = first_box(own, days)
        here, there = coverage(own, box, days), coverage(other, box, days)
        half = 1.96 * float(np.hypot(*(1.0 / 1.96 * (one.high - one.low) / 2 for one in (here, there))))
        value = there.value - here.value
        words = " and ".join(map(str, box))
        found += [
            Row(
                "V14",
                f"coverage of the box of design {name} ({words}): in the other design less in its own",
                Number(value, value - half, value + half, there.n),
                at_least=-0.1,
                at_most=0.1,
            ),
            Row("V14", f"coverage of the box of design {name} in its own", here),
            Row("V14", f"coverage of the box of design {name} in the other", there),
        ]
    return found


def first_box(results: Results, days: int) -> Box:
    """Return the conditions of the first box that PRIM finds."""
    _, limits = discover_boxes(results, ["Q1"], [days])
    return tuple(
        Condition(
            row["parameter"],
            -np.inf if row["low"] is None or np.isnan(row["low"]) else row["low"],
            np.inf if row["high"] is None or np.isnan(row["high"]) else row["high"],
        )
        for row in limits[limits["box"] == 1].to_dict("records")
    )


def coverage(results: Results, box: Box, days: int) -> Number:
    """Return the share of wars that lie in a box, over all points, with a bootstrap over points."""
    levels = read_factor_values(results)
    keys = [one.parameter for one in box if one.parameter not in levels]
    wars, hits = [], []
    for one in read_histories(results, locate_cells(results, ["Q1"], [days]), keys):
        rows = one.inputs.assign(**dict(levels.loc[one.point]))
        war = one.holds[:, 0] > 0
        wars.append(int(war.sum()))
        hits.append(int((war & lies_inside(box, rows)).sum()))
    drawn = np.random.default_rng(SEED).integers(0, len(wars), size=(DRAWS, len(wars)))
    shares = np.array(hits)[drawn].sum(axis=1) / np.maximum(np.array(wars)[drawn].sum(axis=1), 1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return Number(sum(hits) / max(sum(wars), 1), float(low), float(high), sum(wars))


def main() -> None:
    """Write the rows of the analyses that were named, or of both."""
    for name in sys.argv[1:] or (INDICES, BOXES):
        found = {INDICES: index_rows, BOXES: box_rows}[name]()
        show(found)
        write("sensitivity", command_of(__file__, name), found)


if __name__ == "__main__":
    main()
