"""One timing in a process of its own, by whatever version of the package is on the path; prints it as JSON.

It keeps to what versions before the kernel have too, so that both can be timed in turns (see `measure_engine`).
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

SEED = 20231107
SCENARIO = "scenarios/lebanon-2023/baseline.toml"
"""As it lies in the folder in which the process runs."""
BLOCKS = (
    ("sim.sweeps.compute_block", "build_table", "serialise", "sim.sweeps.provenance", "build_stamp"),
    ("sim.blocks", "table_of", "serialised", "sim.blocks", "stamp_of"),
)
"""Where versions keep what makes a block, the latest first."""


def blocks() -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """Return what makes the rows of a block, its bytes and its stamp."""
    for module, table, serialise, stamps, stamp in BLOCKS:
        try:
            made = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        return getattr(made, table), getattr(made, serialise), getattr(importlib.import_module(stamps), stamp)
    raise SystemExit("this version makes its blocks elsewhere")


def parts(replicates: int, days: int) -> dict[str, float]:
    """Return the processor time of each part of a block of the baseline [s], and its acts."""
    from sim.scenario import Scenario

    build_table, serialise, build_stamp = blocks()
    scenario = Scenario.load(SCENARIO)
    point, stamp = scenario.points()[0], build_stamp(scenario, SEED)
    found: dict[str, float] = {}

    def block(size: int, length: int) -> None:
        replicate_numbers = np.arange(size)
        started = time.process_time()

        def note(part: str) -> None:
            nonlocal started
            found[part] = time.process_time() - started
            started = time.process_time()

        ensemble = scenario.ensemble(point, replicate_numbers, SEED, horizon_days=length)
        note("setup")
        ensemble.conflict.run()
        note("run")
        outputs = ensemble.conflict.columns()
        note("columns")
        daily = ensemble.conflict.totals.columns()
        note("daily totals")
        serialise(build_table(type("Point", (), {"index": 0, "labels": ()})(), replicate_numbers, ensemble.inputs,
                              outputs, daily), stamp)  # fmt: skip
        note("Parquet")
        found["acts"] = float(daily["acts"].sum(dtype="int64"))
        ensemble.conflict.release()

    block(2, 2)
    block(replicates, days)
    return found


def first_result(replicates: int, days: int) -> dict[str, float]:
    """Return the time from a loaded scenario to the first outcomes [s]: compiling, or loading from the cache."""
    from sim.scenario import Scenario

    scenario = Scenario.load(SCENARIO)
    started, cpu = time.perf_counter(), time.process_time()
    scenario.ensemble(scenario.points()[0], replicates, SEED, horizon_days=days).conflict.run().columns()
    return {"wall": time.perf_counter() - started, "cpu": time.process_time() - cpu}


def speed(name: str, replicates: int, days: int) -> dict[str, float]:
    """Return the processor time of a function of `benchmarks.speeds` of this version [s], its work and its acts."""
    from benchmarks import speeds

    timing = getattr(speeds, name)(replicates, days)
    return {"cpu": timing.cpu, "work": timing.work, "acts": timing.acts_per_day * replicates * days}


def main() -> None:
    """Time one case."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("case", help="parts, first, or the name of a function of benchmarks.speeds")
    options.add_argument("replicates", type=int)
    options.add_argument("days", type=int)
    chosen = options.parse_args()
    size = chosen.replicates, chosen.days
    cases: dict[str, Callable[..., dict[str, float]]] = {"parts": parts, "first": first_result}
    print(json.dumps(cases[chosen.case](*size) if chosen.case in cases else speed(chosen.case, *size)))


if __name__ == "__main__":
    main()
