"""Write a synthetic sweep of ten million rows and measure how long ``sim results`` takes to open and print it.

``PYTHONPATH=tests python -m benchmarks.measure_store`` from the project's folder. The rows of one real block are
repeated, with the schema of a real sweep, into a temporary folder that is removed afterwards; the tables that are shown
are made as ``sim sweep`` makes them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tiny import BASE, write_scenario

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 2.0
REPEATS = 5
COMMANDS = {
    "show": ["show", "synthetic"],
    "list": ["list"],
    "query_odds": ["query", "synthetic", "select count(*) from odds"],
    "query_runs": ["query", "synthetic", "select point, avg((Q1_day <= 5)::int) from runs group by all order by all"],
}


def written(folder: Path, points: int, replicates: int) -> Path:
    """Write the blocks, the manifest and the points of a synthetic sweep; return its folder."""
    from sim.scenario.scenario import Scenario
    from sim.sweeps.blocks import Block, choose_block_size, split_blocks
    from sim.sweeps.compute_block import serialise
    from sim.sweeps.provenance import build_stamp
    from sim.sweeps.results_folder import BLOCKS, MANIFEST, POINTS, build_manifest
    from sim.sweeps.workers import compute_block

    levels = ", ".join(f"{level:.6f}" for level in np.linspace(0, 0.9, points))
    factor = f'[[factor]]\nkey = "policy.L.climb"\nlevels = [{levels}]\n'
    text = BASE.replace("step_days", "daily = false\nstep_days") + factor
    scenario = Scenario.load(write_scenario(folder, text, "synthetic"))
    out = folder / "results" / "synthetic"
    (out / BLOCKS).mkdir(parents=True)
    (out / MANIFEST).write_text(json.dumps(build_manifest(scenario, replicates, 1)))
    rows = [f"{one.index},{one.label},{dict(one.labels)['policy.L.climb']}" for one in scenario.points()]
    (out / POINTS).write_text("\n".join(["point,label,policy.L.climb", *rows, ""]))
    size = choose_block_size(scenario)
    content = compute_block(scenario, Block(0, 0, size), 1)
    model = pq.read_table(pa.BufferReader(content))
    stamp = build_stamp(scenario, 1)
    for block in split_blocks(points, replicates, size):
        table = model.slice(0, block.count)
        for name, values in (
            ("point", np.full(block.count, block.point, dtype=np.int32)),
            ("replicate", block.replicates),
        ):
            table = table.set_column(table.column_names.index(name), name, pa.array(values))
        (out / BLOCKS / block.name).write_bytes(serialise(table, stamp))
    return out


def tabled(out: Path) -> None:
    """Make the tables that are shown, as ``sim sweep`` makes them among others."""
    from sim.results.analysis.drivers import DRIVERS, compute_drivers
    from sim.results.analysis.odds import KILLED, ODDS, compute_killed, compute_odds
    from sim.results.reading.store import Results
    from sim.results.tables import write_tables

    results = Results.open(out)
    tables = {ODDS: compute_odds(results), KILLED: compute_killed(results), DRIVERS: compute_drivers(results)}
    write_tables(results, tables)


def seconds_of(arguments: list[str], folder: Path) -> float:
    """Return the shortest of some runs of a command in a process of its own [s]."""
    found = []
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for _ in range(REPEATS):
        start = time.perf_counter()
        command = [sys.executable, "-m", "sim", "results", *arguments]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        found.append(time.perf_counter() - start)
    return round(min(found), 2)


def measured(points: int, replicates: int) -> dict[str, Any]:
    """Write a sweep, make its tables and return what each command takes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        start = time.perf_counter()
        out = written(folder, points, replicates)
        middle = time.perf_counter()
        tabled(out)
        end = time.perf_counter()
        size = sum(path.stat().st_size for path in out.rglob("*.parquet"))
        return {
            "rows": points * replicates,
            "points": points,
            "blocks": len(list((out / "blocks").iterdir())),
            "megabytes": round(size / 1e6),
            "seconds_to_write": round(middle - start, 1),
            "seconds_of_tables": round(end - middle, 1),
            **{f"seconds_of_{name}": seconds_of(arguments, folder) for name, arguments in COMMANDS.items()},
        }


def main() -> int:
    """Measure; the exit code says whether showing and listing stay below the limit."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--points", type=int, default=100)
    options.add_argument("--replicates", type=int, default=100_000)
    options.add_argument("--out", type=Path, help="a JSON file to write")
    chosen = options.parse_args()
    found = measured(chosen.points, chosen.replicates)
    text = json.dumps(found, indent=2) + "\n"
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(text)
    print(text, end="")
    return 0 if max(found["seconds_of_show"], found["seconds_of_list"]) < LIMIT_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main())
