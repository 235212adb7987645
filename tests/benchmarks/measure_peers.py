"""The same sweep by `sim`, by Mesa's `batch_run` and by an evaluator of the EMA workbench.

``PYTHONPATH=.:tests python -m benchmarks.measure_peers`` from the project's folder writes results/benchmarks/peers.csv.
Two levels of the background fire of one party on the part of the baseline that the scalar Mesa model knows. The peers
run that model, one history after the other, as their users would; each is timed in a process of its own, workers
included, from the parameters to the table of outcomes. Rates are of one machine; what compares is their ratio.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

TABLE = Path(__file__).parents[2] / "results" / "benchmarks" / "peers.csv"
DAYS = 90
KEY = "party.HZB.baseline"
LEVELS = (0.5, 1.0)
SEED = 20231107


def scalar_histories(replicates: int) -> list[Any]:
    """Return the histories of both levels for the scalar model."""
    from benchmarks.scalar_draws import histories
    from benchmarks.scalar_run import changed
    from benchmarks.speeds import front

    told = histories(front(), replicates, SEED, SEED + 1, DAYS)
    return [one for level in LEVELS for one in changed(told, **{KEY.replace(".", "__"): level})]


def by_mesa(replicates: int, jobs: int) -> int:
    """Run the sweep by Mesa's `batch_run`; return the number of outcomes."""
    import mesa

    from benchmarks.scalar_conflict import ScalarConflict

    told = scalar_histories(replicates)
    steps = told[0].timeline.horizon_days * told[0].timeline.steps_per_day
    rows = mesa.batch_run(
        ScalarConflict,
        {"history": told},
        number_processes=jobs,
        data_collection_period=-1,
        max_steps=steps,
        display_progress=False,
    )
    return len(rows)


_told: list[Any] = []
"""Histories of this process."""


def war_of(history: int) -> dict[str, float]:
    """Return whether a history became a war, as a function for the EMA workbench."""
    from benchmarks.scalar_run import outcomes

    (row,) = outcomes([_told[int(history)]])
    return {"war_day": float(row["war_day"])}


def by_workbench(replicates: int, jobs: int) -> int:
    """Run the sweep by the sequential evaluator of the EMA workbench; return the number of outcomes."""
    from ema_workbench import IntegerParameter, Model, ScalarOutcome, Scenario, SequentialEvaluator

    assert jobs == 1, "its evaluator by processes did not come back from this model within ten minutes"

    _told[:] = scalar_histories(replicates)
    model = Model("scalar", function=war_of)
    model.uncertainties = [IntegerParameter("history", 0, len(_told) - 1)]
    model.outcomes = [ScalarOutcome("war_day")]
    scenarios = [Scenario(str(i), history=i) for i in range(len(_told))]
    with SequentialEvaluator(model) as evaluator:
        _, found = evaluator.perform_experiments(scenarios=scenarios)
    return len(found["war_day"])


def by_sim(replicates: int, jobs: int) -> int:
    """Run the sweep as ``sim sweep`` does, into a folder and up to its odds; return the number of replicates."""
    import tomllib

    from reduced import as_toml, lebanon_part

    from sim.results.analysis.odds import compute_odds
    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario
    from sim.sweeps.sweep import run_blocks

    with tempfile.TemporaryDirectory() as folder:
        path = lebanon_part(Path(folder))
        content = tomllib.loads(path.read_text())
        content["run"] |= {"horizon_days": DAYS, "horizons": [30, DAYS]}
        content["factor"] = [{"key": KEY, "levels": [1.5, 3.0]}]
        path.write_text(as_toml(content))
        scenario = Scenario.load(path)
        results = Results.open(run_blocks(scenario, Path(folder) / "out", replicates=replicates, seed=SEED, jobs=jobs))
        return int(compute_odds(results, ["Q1"], [DAYS])["n"].sum())


SUBJECTS: dict[str, Callable[[int, int], int]] = {"sim": by_sim, "mesa": by_mesa, "workbench": by_workbench}
NAMES = {"sim": "sim sweep", "mesa": "Mesa batch_run", "workbench": "EMA workbench evaluator"}


def measured(subject: str, replicates: int, jobs: int) -> dict[str, Any]:
    """Run one sweep in this process and return what it took."""
    if subject != "sim":
        # The peers' model reads the part of the theatre once, and the clock starts when it has.
        scalar_histories(1)
    began = time.perf_counter()
    runs = SUBJECTS[subject](replicates, jobs)
    seconds = time.perf_counter() - began
    peaks = [resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "subject": NAMES[subject],
        "workers": jobs,
        "runs": runs,
        "days": DAYS,
        "seconds": round(seconds, 2),
        "runs_per_s": float(f"{runs / seconds:.3g}"),
        "peak_mb": peaks[0],
        "peak_mb_of_a_worker": peaks[1] if jobs > 1 else 0,
    }


def table_of(sizes: Sequence[tuple[str, int, int]]) -> pd.DataFrame:
    """Return what each sweep took, each in a process of its own, and its ratio to Mesa on one worker."""
    rows = []
    for subject, replicates, jobs in sizes:
        words = [sys.executable, "-m", "benchmarks.measure_peers", "--one", subject, str(replicates), str(jobs)]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(rows[-1])
    table = pd.DataFrame(rows)
    yardstick = table.loc[(table["subject"] == NAMES["mesa"]) & (table["workers"] == 1), "runs_per_s"].iloc[0]
    table["ratio"] = [float(f"{rate / yardstick:.3g}") for rate in table["runs_per_s"]]
    return table


def main() -> None:
    """Measure and write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    options.add_argument("--out", type=Path, default=TABLE)
    options.add_argument("--one", nargs=3, help="one sweep, in this process: subject, replicates, workers")
    chosen = options.parse_args()
    if chosen.one:
        subject, replicates, jobs = chosen.one
        print(json.dumps(measured(subject, int(replicates), int(jobs))))
        return
    many, few = (64, 4) if chosen.quick else (8000, 60)
    sizes = [("mesa", few, 1), ("mesa", few, 2), ("workbench", few, 1), ("sim", many, 1), ("sim", many, 2)]
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    table_of(sizes).to_csv(chosen.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
