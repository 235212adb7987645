"""Processes forked off one that has loaded the package: each is one of its own, and there in milliseconds."""

from __future__ import annotations

from multiprocessing import get_context
from typing import Final

FORKS: Final = get_context("forkserver")
# What a path does not reach is loaded by each child for itself, as always.
FORKS.set_forkserver_preload(
    [
        *("sim.scenario.ensemble", "sim.engine.model", "sim.sweeps.workers"),
        *("sim.results.tables", "sim.rare_events.splitting"),
    ]
)
