"""A results folder whose histories are invented: drawn parameters, levels, and an outcome that hangs on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sim.results.reading.store import Results
from sim.scenario.design import ONE_AT_A_TIME, Design, Factor, Point, full_factorial, one_at_a_time
from sim.scenario.samplers import sample_points
from sim.scenario.shared_draws import JUDGEMENT, source_replicates
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import build_table, serialise

DAY = 10
Drawn = dict[str, np.ndarray]
Chance = Callable[[Drawn, dict[str, Any]], np.ndarray]


def invented(
    folder: Path,
    chance: Chance,
    *,
    factors: tuple[Factor, ...] = (),
    design: Design | None = None,
    replicates: int = 80,
    drawn: tuple[str, ...] = ("party.L.baseline", "party.R.baseline"),
    seed: int = 1,
) -> Results:
    """Write the folder of a sweep; ``chance`` gives that of Q1 from the drawn uniforms and the levels of a point."""
    design = Design() if design is None else design
    filled, points = placed(factors, design)
    shared = drawn_inputs(np.random.default_rng(seed), replicates, drawn)
    folder.mkdir(parents=True)
    (folder / "blocks").mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest(design, filled, points, replicates, drawn, seed)))
    head = ",".join(["point", "label", *dict(points[0].labels)])
    lines = [",".join([str(p.index), f'"{p.label}"', *dict(p.labels).values()]) for p in points]
    (folder / "points.csv").write_text("\n".join([head, *lines]) + "\n")
    rng = np.random.default_rng(seed + 1)
    luck = rng.random(replicates)
    for point in points:
        own = design.luck != "paired"
        inputs = drawn_inputs(rng, replicates, drawn) if own else shared
        holds = (rng.random(replicates) if own else luck) < chance(inputs, levels_of(point))
        outputs = {
            "failed": np.zeros(replicates, dtype=bool),
            "Q1_day": np.where(holds, 5.0, np.nan),
            f"state_at_{DAY}": np.zeros(replicates, dtype=np.int8),
            f"killed_Here_at_{DAY}": np.zeros(replicates, dtype=np.int64),
        }
        block = Block(0, point.index, replicates)
        table = build_table(point, block.replicates, inputs, outputs)
        (folder / "blocks" / block.name).write_bytes(serialise(table, {}))
    return Results.open(folder)


def placed(factors: tuple[Factor, ...], design: Design) -> tuple[tuple[Factor, ...], list[Point]]:
    if design.is_sampled:
        return sample_points(factors, design)
    return factors, one_at_a_time(factors) if design.kind == ONE_AT_A_TIME else full_factorial(factors)


def drawn_inputs(rng: np.random.Generator, replicates: int, keys: tuple[str, ...]) -> Drawn:
    """Return uniforms that replicates share as those of the engine do."""
    source = source_replicates(np.arange(replicates), JUDGEMENT)
    return {key: rng.random(replicates)[source].astype(np.float32).astype(float) for key in keys}


def levels_of(point: Point) -> dict[str, Any]:
    def read(label: str) -> Any:
        try:
            return float(label)
        except ValueError:
            return label

    return {key: read(label) for key, label in point.labels}


def manifest(
    design: Design,
    factors: tuple[Factor, ...],
    points: list[Point],
    replicates: int,
    drawn: tuple[str, ...],
    seed: int,
) -> dict[str, Any]:
    keys = [*drawn, *(factor.key for factor in factors)]
    told = {"kind": design.kind, "luck": design.luck, "points": design.size, "seed": design.seed}
    return {
        "name": "invented",
        "title": "Invented",
        "digest": "",
        "seed": seed,
        "replicates": replicates,
        "points": len(points),
        "horizon_days": DAY,
        "horizons": [DAY],
        "questions": [{"id": "Q1", "text": "it happens", "kind": "war", "is_state": False}],
        "states": ["calm"],
        "labels": {"informed": 0, "literature": 0, "judgement": len(keys), "parameters": len(keys)},
        "resolved": {
            "parameters": {
                key: {"law": "uniform(low 0.0, high 1.0)", "source": "assumption", "label": JUDGEMENT} for key in keys
            },
            "parameters_of_points": {},
        }
        | ({} if design == Design() else {"design": told}),
    }
