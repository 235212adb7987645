"""A sweep of small blocks, each of which takes its time as long as a file named ``slow`` lies beside the scenario.

Whoever is to be met in the midst of a block waits there and computes nothing; without the file the same bytes come of
it at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tiny import BASE, FACTOR, write_scenario

from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

BLOCK: Final = 8
"""Replicates of a block."""
REPLICATES: Final = 6 * BLOCK
"""At each of two points: 12 blocks."""
RULE: Final = """
import time
from dataclasses import dataclass
from pathlib import Path

from sim.policies import Policy, Response


@dataclass(frozen=True)
class Slow(Policy):
    def respond(self, view, draw):
        if view.n_replicates > 2 and Path(__file__).with_name("slow").exists():
            time.sleep(0.05)
        return Response(1.0, view.provocation)
"""


def write_slow_scenario(folder: Path) -> Path:
    """Write a scenario whose blocks are not slow yet."""
    folder.mkdir()
    (folder / "slow.py").write_text(RULE)
    return write_scenario(folder, (BASE + FACTOR).replace('"tit_for_tat"', '"slow.py:Slow"'))


def make_slow(scenario: Path, is_slow: bool = True) -> None:
    """Let blocks take their time from now on, or no longer."""
    flag = scenario.with_name("slow")
    if is_slow:
        flag.touch()
    else:
        flag.unlink(missing_ok=True)


def begin(scenario: Path, out: Path) -> Path:
    """Make the first block of each point in a folder below ``out``, where a sweep goes on with blocks of this size."""
    loaded = Scenario.load(scenario)
    return run_blocks(loaded, out / loaded.name, replicates=BLOCK, seed=loaded.seed, block_size=BLOCK)
