"""Memory does not grow with the number of replicates of a sweep, nor with the number of ensembles of a process."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tracemalloc
import weakref
from pathlib import Path

import pytest
from worlds import four_party_world

ROOT = Path(__file__).parents[2]
SOME, MANY = 10_000, 60_000


def test_released_ensemble_is_freed() -> None:
    world = four_party_world(20, 3).run()
    gone = weakref.ref(world)
    world.release()
    del world
    gc.collect()
    assert gone() is None


def test_ensembles_one_after_the_other_keep_memory_flat() -> None:
    def traced() -> int:
        four_party_world(500, 4).run().release()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    traced_by = []
    tracemalloc.start()
    try:
        traced_by = [traced() for _ in range(8)]
    finally:
        tracemalloc.stop()
    one_field = 500 * 8
    assert traced_by[-1] - traced_by[2] < 5 * one_field, "the five last ensembles left something behind"


def measured(replicates: int) -> dict[str, int]:
    """Sweep in a process of its own and return its peaks."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    command = [sys.executable, "-m", "benchmarks.measure_memory", "--replicates", str(replicates)]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="peaks are read by the resource module")
def test_peak_of_a_sweep_does_not_grow_with_its_replicates() -> None:
    some, many = measured(SOME), measured(MANY)
    # The table of odds needs a few columns of all rows; the run itself needs one block.
    assert many["peak_mb_of_run"] < 1.08 * some["peak_mb_of_run"]
    assert many["peak_mb_with_odds"] < 1.25 * some["peak_mb_with_odds"]
