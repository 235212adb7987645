"""Run the scalar model by `mesa.batch_run`, on Mesa 3.3 and on 3.5 alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import mesa

from benchmarks.scalar_conflict import ScalarConflict
from benchmarks.scalar_draws import History


def outcomes(told: Sequence[History]) -> list[dict[str, Any]]:
    """Return the end row of each history, in their order.

    The seed of a history is one of its parameters: `batch_run` counts runs by `iterations` in Mesa 3.3 and by `rng` in
    3.5, and with one seed for all of them makes identical histories. The histories end by themselves, because
    `max_steps` is one step more in 3.3 than in 3.5.
    """
    timeline = told[0].timeline
    steps = timeline.horizon_days * timeline.steps_per_day
    rows = mesa.batch_run(
        ScalarConflict,
        {"history": list(told)},
        number_processes=1,
        data_collection_period=-1,
        max_steps=steps,
        display_progress=False,
    )
    return [row["outcome"] for row in rows]


def changed(told: Sequence[History], **factors: float) -> list[History]:
    """Return the histories with some parameters multiplied; a double underscore stands for the dot of a key path."""
    by_key = {name.replace("__", "."): factor for name, factor in factors.items()}
    return [
        replace(one, values=one.values | {key: one.values[key] * factor for key, factor in by_key.items()})
        for one in told
    ]
