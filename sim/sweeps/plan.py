"""What a sweep would do, and how long it would take: estimated from a block that is cut short."""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.core.errors import OutputError
from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block, split_blocks
from sim.sweeps.dry_run import compile_ahead
from sim.sweeps.provenance import build_stamp
from sim.sweeps.results_folder import Folder, Manifest, check_place, check_writable
from sim.sweeps.sweep import Rule, check_numbers, describe_sweep

_WORKER_START_SECONDS: Final = 3.0
_PILOT_SHARE: Final = 10


@dataclass(frozen=True)
class Plan:
    """What a sweep would do; nothing is run but a small pilot, and nothing is written."""

    points: int
    replicates: int  # of each point
    blocks: int
    jobs: int  # worker processes
    horizon_days: int
    seconds: float  # estimated
    blocks_there: int = 0  # lie in the folder whole
    replicates_there: int = 0  # over all points
    blocks_renewed: int = 0  # files in the folder that would be dropped: broken, replaced, or made by other code
    refusal: str = ""  # why the sweep would be refused; empty if it would not

    @property
    def runs(self) -> int:
        """Number of replicates over all points."""
        return self.points * self.replicates


def plan_sweep(
    scenario: Scenario,
    replicates: int,  # of each point, or the most where a rule decides
    jobs: int,
    block_size: int | None = None,
    *,
    out: Path | None = None,  # its results folder; without it nothing is there
    seed: int | None = None,
    rule: Rule | None = None,
    replace: bool = False,
) -> Plan:
    """Look at what lies in the folder of a sweep, and estimate the rest from a small pilot, if there is any."""
    check_numbers(replicates, seed or 0, jobs)
    root = scenario.seed if seed is None else seed
    place = out or scenario.path  # where no folder is, nothing is found
    _, manifest = describe_sweep(scenario, place, replicates, root, block_size, rule)
    folder = Folder(place, manifest["block_size"], build_stamp(scenario, root))
    blocks = split_blocks(len(scenario.points()), replicates, folder.block_size)
    pieces, strangers = folder.survey(blocks)
    lacking = sum(piece.count for piece in pieces)
    refusal = "" if out is None else _explain_refusal(folder, manifest, strangers, replace)
    return Plan(
        points=len(scenario.points()),
        replicates=replicates,
        blocks=len(blocks),
        jobs=jobs,
        horizon_days=scenario.horizon_days,
        seconds=_estimate(scenario, pieces, jobs),
        blocks_there=len(blocks) - len(pieces),
        replicates_there=replicates * len(scenario.points()) - lacking,
        blocks_renewed=0 if refusal else len(strangers),
        refusal=refusal,
    )


def _explain_refusal(folder: Folder, manifest: Manifest, strangers: list[tuple[Block, Block]], replace: bool) -> str:
    """Return why a sweep would be refused its folder; empty if it would not."""
    try:
        check_writable(folder.path)
        check_place(folder.path, manifest, replace)
        folder.check_strangers(strangers, replace)
    except OutputError as error:
        return str(error)
    return ""


def _estimate(scenario: Scenario, pieces: list[Block], jobs: int) -> float:
    """Return the time that some blocks take [s]; no pilot is run for nothing."""
    if not pieces:
        return 0.0
    compile_ahead(scenario)
    longest = max(piece.count for piece in pieces)
    rounds = math.ceil(len(pieces) / jobs)
    seconds = run_pilot(scenario, longest) * (rounds - 1 + pieces[-1].count / longest)
    return seconds + (_WORKER_START_SECONDS if jobs > 1 and len(pieces) > 1 else 0.0)


def run_pilot(scenario: Scenario, block_size: int) -> float:
    """Estimate the time of a block of the last point [s] from its first days."""
    days = max(1, scenario.horizon_days // _PILOT_SHARE)
    began = time.perf_counter()
    ensemble = scenario.ensemble(scenario.points()[-1], block_size, scenario.seed, horizon_days=days)
    ready = time.perf_counter()
    try:
        ensemble.conflict.run()
        ended = time.perf_counter()
    finally:
        ensemble.conflict.release()
    return (ready - began) + (ended - ready) * scenario.horizon_days / days
