"""An independent route: approximate Bayesian computation on the engine itself, without any likelihood (Beaumont 2002).

    python tests/validation/likelihood_free.py --replicates 12000

The engine runs the length of the record on draws of the prior. The draws whose noted acts, deaths on both sides and
claimed acts come nearest to the reported ones are kept. Their intervals must overlap those of the fit in
results/fit-lebanon-2023. Writes results/validation/likelihood-free.csv. Delays leave no trace in such totals, so the
delay is not compared.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.random_streams import Streams
from sim.engine.rolling_windows import Groups
from sim.inference.evidence_assembly import assemble_evidence
from sim.inference.evidence_plan import read_plan
from sim.inference.likelihood import ActCount, DeathToll, SeenTimes
from sim.inference.posterior_predictive import SimulatedRecord
from sim.scenario.scenario import Scenario

ROOT = Path(__file__).parents[2]
KEPT = 0.02
COMPARED = (
    "party.HAM.baseline",
    "party.HZB.baseline",
    "party.ISR.baseline",
    "party.ISR.lethality",
    "party.HZB.lethality",
    "party.ISR.posture_baseline",
    "party.ISR.posture_spread",
    "dyad.ISR-HZB.excitation",
    "source.sirens.detection",
)


def simulated(plan, scenario, lanes, seed, days):
    """Return summary statistics and parameters of some replicates under the prior."""
    view = plan.views[0]
    detection = np.asarray(view.detection.at(Streams(seed, lanes).uniform(f"source.{view.name}.detection", "prior", 0)))
    ensemble = scenario.ensemble(scenario.points()[0], lanes, seed, horizon_days=days)
    run = ensemble.conflict
    record = SimulatedRecord(run, view.side, detection, {p.id: 1.0 for p in run.theatre.parties}).follow()
    claims = [i for i, dyad in enumerate(run.theatre.dyads) if dyad.sender in plan.claimants]
    groups = Groups(run.theatre)
    summary = [
        record.noted.sum(axis=0),
        *(run.totals.total("killed", groups.cells_hit_at(place), 1, days)[0] for place in ("Lebanon", "Israel")),
        run.totals.total("acts", groups.dyads, len(run.theatre.dyads), days)[claims].sum(axis=0),
    ]
    run.release()
    return np.stack(summary, axis=1).astype(float), ensemble.inputs | {f"source.{view.name}.detection": detection}


def compared(replicates, seed=3, block=1000, kept=KEPT):
    """Return the intervals of the fit and of the accepted draws, by parameter."""
    plan = read_plan(ROOT / "scenarios/lebanon-2023/theatre.toml")
    evidence = assemble_evidence(plan).evidence
    tolls = {one.location: one.low for one in evidence.pieces if isinstance(one, DeathToll)}
    seen = next(one for one in evidence.pieces if isinstance(one, SeenTimes))
    claims = next(one for one in evidence.pieces if isinstance(one, ActCount))
    observed = np.array([seen.times.size, tolls["Lebanon"], tolls["Israel"], claims.count], dtype=float)
    scenario = Scenario.load(plan.scenario)
    parts = [
        simulated(plan, scenario, np.arange(first, first + block), seed, round(evidence.days))
        for first in range(0, replicates, block)
    ]
    # Counts and tolls spread in proportion to their size, so distances are taken of square roots.
    roots = np.sqrt(np.concatenate([summary for summary, _ in parts]))
    distance = np.square((roots - np.sqrt(observed)) / roots.std(axis=0)).sum(axis=1)
    near = distance <= np.quantile(distance, kept)
    fitted = pd.read_csv(ROOT / "results/fit-lebanon-2023/summary.csv").set_index("parameter")
    rows = []
    for key in COMPARED:
        values = np.concatenate([inputs[key] for _, inputs in parts])[near]
        low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
        fit = fitted.loc[key]
        overlaps = bool(low <= fit["high"] and fit["low"] <= high)
        common = (min(high, fit["high"]) - max(low, fit["low"])) / (max(high, fit["high"]) - min(low, fit["low"]))
        rows.append((key, fit["low"], fit["median"], fit["high"], low, median, high, int(near.sum()), overlaps, common))
    names = ["parameter", "fit_low", "fit_median", "fit_high", "abc_low", "abc_median", "abc_high", "kept"]
    return pd.DataFrame(rows, columns=[*names, "overlap", "common"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=12000)
    table = compared(parser.parse_args().replicates)
    table.to_csv(ROOT / "results/validation/likelihood-free.csv", index=False, float_format="%.4g", lineterminator="\n")
    print(table.round(3).to_string())
