"""One block computed: the ensemble of its replicates is run, and its rows become a file."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from sim.blocks import Block, Stamp, serialised, stamp_of, table_of
from sim.failures import named
from sim.primitives import Integers

if TYPE_CHECKING:
    from sim.scenario import Scenario


def compute(scenario: Scenario, block: Block, seed: int, days: int | None = None, stamp: Stamp | None = None) -> bytes:
    """Run a block and return its file.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    block : Block
        The block.
    seed : int
        Root of all draws.
    days : int, optional
        Shorter length of the run [days].
    stamp : dict of str to str, optional
        What `sim.blocks.stamp_of` returns; it takes longer than a small block, so who computes many gives it.

    Returns
    -------
    bytes
        A Parquet file: a row per replicate, inputs beside outputs.

    Raises
    ------
    PolicyError
        If a policy fails or answers wrongly; with the command that replays the first replicate in which it does.
    SimError
        If anything else fails, likewise.
    """
    point = scenario.points()[block.point]

    def runs(replicates: Integers) -> None:
        ensemble = scenario.ensemble(point, replicates, seed, horizon_days=days)
        try:
            ensemble.conflict.run()
        finally:
            ensemble.conflict.release()

    try:
        return _content(scenario, block, seed, days, stamp or stamp_of(scenario, seed))
    except Exception as error:
        raise named(error, scenario.path, block, seed, runs) from error


def _content(scenario: Scenario, block: Block, seed: int, days: int | None, stamp: Stamp) -> bytes:
    point = scenario.points()[block.point]
    ensemble = scenario.ensemble(point, block.replicates, seed, horizon_days=days)
    try:
        outputs = ensemble.conflict.run().columns()
    finally:
        ensemble.conflict.release()
    daily = ensemble.conflict.totals.columns() if scenario.keeps_daily else None
    table = table_of(point, block.replicates, ensemble.inputs, outputs, daily)
    del ensemble, outputs, daily
    # Model and agents refer to each other; without this their arrays outlive several blocks.
    gc.collect()
    return serialised(table, stamp)
