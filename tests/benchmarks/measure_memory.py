"""Sweep a small scenario with many replicates and print the peak memory of each process.

``PYTHONPATH=tests python -m benchmarks.measure_memory --replicates 1000000`` from the project's folder. The sweep goes
the way of ``sim sweep``: block by block into a folder (a temporary one), then the tables of odds over all rows.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tiny import BASE, write_scenario

LIMIT_BYTES = 1 << 30
DAYS = 4


def peak_bytes(who: int) -> int:
    """Return the largest resident memory of this process, or of any child that has ended."""
    status = Path("/proc/self/status")
    if who == resource.RUSAGE_SELF and status.is_file():
        # What getrusage gives for a process that was started by a large one begins at the size of that one.
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    largest = resource.getrusage(who).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


def swept(replicates: int, jobs: int) -> dict[str, Any]:
    """Sweep and return what it took."""
    from sim.results.analysis.odds import compute_killed, compute_odds
    from sim.results.reading.store import Results
    from sim.scenario.scenario import Scenario
    from sim.sweeps.sweep import run_blocks

    text = BASE.replace("horizon_days = 8", f"horizon_days = {DAYS}").replace("[2, 5, 8]", f"[2, {DAYS}]")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario.load(write_scenario(Path(folder), text))
        results = Results.open(run_blocks(scenario, Path(folder) / "out", replicates=replicates, seed=1, jobs=jobs))
        after_run = peak_bytes(resource.RUSAGE_SELF)
        counted = int(compute_odds(results)["n"].min())
        compute_killed(results)
    return {
        "replicates": replicates,
        "days": DAYS,
        "jobs": jobs,
        "counted": counted,
        "seconds": round(time.perf_counter() - start, 1),
        "peak_mb_of_run": after_run >> 20,
        "peak_mb_with_odds": peak_bytes(resource.RUSAGE_SELF) >> 20,
        "peak_mb_of_a_worker": peak_bytes(resource.RUSAGE_CHILDREN) >> 20,
    }


def main() -> int:
    """Measure; the exit code says whether all stayed below 1 GiB and every replicate was counted."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replicates", type=int, default=1_000_000)
    options.add_argument("--jobs", type=int, default=1)
    options.add_argument("--out", type=Path, help="a JSON file to write")
    chosen = options.parse_args()
    found = swept(chosen.replicates, chosen.jobs)
    text = json.dumps(found, indent=2) + "\n"
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(text)
    print(text, end="")
    peaks = (found[name] << 20 for name in found if name.startswith("peak"))
    return 0 if found["counted"] == chosen.replicates and max(peaks) < LIMIT_BYTES else 1


if __name__ == "__main__":
    raise SystemExit(main())
