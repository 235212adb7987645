"""Sweep many points and print time, memory and disk by workers, and how the cost grows with replicates and days.

``PYTHONPATH=tests python -m benchmarks.measure_sweep --points 1000 --replicates 1000 --days 180`` from the project's
folder. Every row is a process of its own, which does what ``sim sweep`` does: block by block into a folder (a temporary
one), then every table. ``--base`` and ``--key`` take another scenario than the tiny one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tiny import BASE, write_scenario

from benchmarks.measure_memory import peak_bytes

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Parts of the replicates, and of the days, at which the cost is measured for the fit."""
COLUMNS = ("points", "replicates", "days", "jobs", "run_s", "tables_s", "parent_mb", "worker_mb", "disk_mb")


def scenario_file(folder: Path, chosen: argparse.Namespace, days: int) -> Path:
    """Write a scenario whose one factor has as many levels as there shall be points."""
    write_scenario(folder, BASE, "tiny-base")
    base = "tiny-base.toml" if chosen.base is None else str(chosen.base.absolute())
    levels = np.linspace(chosen.low, chosen.high, chosen.points).tolist()
    path = folder / "many.toml"
    path.write_text(
        f'title = "Many points"\nbase = "{base}"\n[run]\nhorizons = [{days}]\nhorizon_days = {days}\n'
        f'[[factor]]\nkey = "{chosen.key}"\nlevels = {levels}\n'
    )
    return path


def swept(chosen: argparse.Namespace) -> dict[str, Any]:
    """Sweep in this process and return what it took."""
    from sim.results.reading.store import Results
    from sim.results.tables import collect_tables, write_tables
    from sim.scenario.scenario import Scenario
    from sim.sweeps.sweep import run_blocks

    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario.load(scenario_file(Path(folder), chosen, chosen.days))
        start = time.perf_counter()
        out = run_blocks(scenario, Path(folder) / "out", replicates=chosen.replicates, seed=1, jobs=chosen.jobs)
        ran = time.perf_counter()
        if not chosen.no_tables:
            results = Results.open(out)
            write_tables(results, collect_tables(results))
        ended = time.perf_counter()
        disk = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    workers = peak_bytes(resource.RUSAGE_CHILDREN) if chosen.jobs > 1 else 0
    return {
        **{name: getattr(chosen, name) for name in ("points", "replicates", "days", "jobs")},
        "run_s": round(ran - start, 2),
        "tables_s": round(ended - ran, 2),
        "parent_mb": peak_bytes(resource.RUSAGE_SELF) >> 20,
        "worker_mb": workers >> 20,
        "disk_mb": round(disk / 1e6, 2),
    }


def apart(chosen: argparse.Namespace, **other: object) -> dict[str, Any]:
    """Sweep in a process of its own."""
    values = {name: value for name, value in (vars(chosen) | other).items() if value is not None}
    flags = {"one", "no_tables"}
    options = [f"--{name}={value}" for name, value in values.items() if name not in {*flags, "out"}]
    command = [sys.executable, "-m", "benchmarks.measure_sweep", "--one", *options]
    command += ["--no-tables"] if values["no_tables"] else []
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    print("  ".join(f"{found[name]:>10}" for name in COLUMNS), flush=True)
    return found


def fit(sizes: Sequence[int], seconds: Sequence[float]) -> dict[str, float]:
    """Return the line of least squares through times, and the share of their variance that it explains."""
    slope, start = np.polyfit(sizes, seconds, 1)
    rest = np.asarray(seconds) - (slope * np.asarray(sizes) + start)
    explained = 1 - rest.var() / np.var(seconds)
    return {"seconds_each": float(slope), "seconds_at_0": float(start), "r_squared": float(explained)}


def main() -> None:
    """Measure one sweep (``--one``), or all of them, and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    for name, number in (("points", 1000), ("replicates", 1000), ("days", 180), ("jobs", 2)):
        options.add_argument(f"--{name}", type=int, default=number)
    options.add_argument("--base", type=Path, help="scenario whose policies and priors are used")
    options.add_argument("--key", default="party.L.baseline", help="parameter whose levels are the points")
    options.add_argument("--low", type=float, default=1.0)
    options.add_argument("--high", type=float, default=2.0)
    options.add_argument("--no-tables", action="store_true", help="measure the runs alone")
    options.add_argument("--one", action="store_true", help="one sweep in this process, as JSON")
    options.add_argument("--out", type=Path, help="a JSON file to write")
    chosen = options.parse_args()
    if chosen.one:
        print(json.dumps(swept(chosen)))
        return
    print("  ".join(f"{name:>10}" for name in COLUMNS))
    whole = [apart(chosen, jobs=jobs) for jobs in (1, 2)]
    sizes = {
        name: [max(1, round(share * getattr(chosen, name))) for share in SHARES] for name in ("replicates", "days")
    }
    rows = {name: [apart(chosen, jobs=1, no_tables=True, **{name: size}) for size in sizes[name]] for name in sizes}
    found: dict[str, Any] = {name: fit(sizes[name], [row["run_s"] for row in rows[name]]) for name in sizes}
    found["speed_up_of_two"] = whole[0]["run_s"] / whole[1]["run_s"]
    print(json.dumps(found, indent=1))
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps({"whole": whole, "rows": rows, **found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
