"""Whether this machine gives the histories that it should, how fast, and whether results can be written."""

import tempfile
import time
from pathlib import Path
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from sim.core.compilation import IS_COMPILED
from sim.core.errors import SimError
from sim.core.installation import FINE, WARNING, WRONG, Aspect
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute_block
from sim.sweeps.writable import check_folder

_SCENARIO: Final = "symmetric/tit-for-tat"
_HISTORIES: Final = 200
_DAYS: Final = 30
KNOWN: Final = {"Q1": 5, "Q5": 11, "acts": 19821, "killed": 6691}
"""Histories of these in which a question came true, and their acts and killed; it moves with every number of sweeps."""


def examine_places(results: Path) -> Aspect:
    """Return whether results, and what is made on the way to them, can be written."""
    words, facts = [], {"results": True, "temporary": True}
    for name in facts:
        try:
            place = results.absolute() if name == "results" else Path(tempfile.gettempdir())
            check_folder(place, "it needs")
            words.append(f"{name} in {place}")
        except (SimError, OSError) as error:
            words.append(f"{name} nowhere ({error})")
            facts[name] = False
    return Aspect("writable", "; ".join(words), FINE if all(facts.values()) else WRONG, facts)


def run_self_test() -> Aspect:
    """Run the first histories of a shipped scenario, and compare what comes of them with what is known."""
    if not IS_COMPILED:
        return Aspect("self-test", "not run: uncompiled, it takes minutes", WARNING, {})
    try:
        scenario = Scenario.load(_SCENARIO).shorten(_DAYS)
        # The first history loads or compiles the engine, which counts for nothing.
        compute_block(scenario, Block(0, 0, 1), scenario.seed)
        started = time.perf_counter()
        block = compute_block(scenario, Block(0, 0, _HISTORIES), scenario.seed)
        seconds = time.perf_counter() - started
    except (SimError, OSError) as error:
        return Aspect("self-test", f"{_SCENARIO} cannot be run ({error})", WRONG, {})
    rows = pq.read_table(pa.BufferReader(block), use_threads=False)
    found = {name: pc.sum(pc.less_equal(rows[f"{name}_day"], float(_DAYS))).as_py() for name in ("Q1", "Q5")}
    found |= {name: pc.sum(pc.list_flatten(rows[f"daily.{name}"])).as_py() for name in ("acts", "killed")}
    same = found == KNOWN
    words = (
        f"{_HISTORIES} histories of {_DAYS} days of {_SCENARIO} in {seconds:.2f} s, {_HISTORIES / seconds:,.0f} a "
        f"second; the same odds as shipped: {'yes' if same else f'no, {found} and not {KNOWN}'}"
    )
    facts = {"histories": _HISTORIES, "seconds": round(seconds, 3), "same": same, "found": found}
    return Aspect("self-test", words, FINE if same else WRONG, facts)
