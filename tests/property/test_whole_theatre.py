"""The shipped theatre with all its parties: a replicate's history hangs on its index alone, bit for bit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from worlds import assert_same, lanes_of, record_of

from sim.scenario.scenario import Scenario

BASELINE = Path(__file__).parents[2] / "scenarios" / "lebanon-2023" / "baseline.toml"
SIZE, DAYS, SEED = 257, 30, 20231107


@cache
def scenario() -> Scenario:
    return Scenario.load(BASELINE)


def of(replicates: Any) -> dict[str, np.ndarray]:
    """Return what the replicates drew from the priors, and all that their histories say."""
    made = scenario().ensemble(scenario().points()[0], np.asarray(replicates), SEED, horizon_days=DAYS)
    record = record_of(made.conflict.run())
    made.conflict.release()
    return record | {f"input {key}": values for key, values in made.inputs.items()}


@cache
def whole() -> dict[str, np.ndarray]:
    return of(range(SIZE))


def test_the_theatre_is_alive():
    """The comparisons below say nothing of a party that never acts."""
    record = whole()
    silent = [name for name in record if name.startswith("daily acts") and not record[name].any()]
    fires = {name.removeprefix("daily acts ") for name in record if name.startswith("daily acts")} - {
        name.removeprefix("daily acts ") for name in silent
    }
    assert {"ISR-HZB", "HZB-ISR", "ISR-SYR", "SYR-ISR", "IRQ-USA", "HTH-ISR", "USA-IRQ", "ISR-LAF"} <= fires
    assert sum(np.isfinite(record[f"column joined_{party}_day"]).sum() for party in ("IRQ", "HTH", "SYR")) > 3
    assert np.ptp(record["mediation"]) > 0.1
    assert not record["column failed"].any()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_prefix_equals_the_same_replicates_of_the_whole(size):
    assert_same(of(range(size)), lanes_of(whole(), slice(0, size)))


def test_two_shards_make_the_whole():
    """Cut inside a group of eight: replicates that share draws stand on both sides."""
    shards = [of(range(130)), of(range(130, SIZE))]
    joined = {name: np.concatenate([shard[name] for shard in shards], axis=-1) for name in shards[0]}
    assert_same(joined, whole())


def test_the_order_of_the_replicates_changes_nothing():
    order = np.random.default_rng(3).permutation(SIZE)[:40]
    assert_same(of(order), lanes_of(whole(), order))


def test_a_replicate_drawn_alone_is_itself():
    busiest = int(whole()["daily acts ISR-HZB"].sum(axis=0).argmax())
    assert_same(of([busiest]), lanes_of(whole(), slice(busiest, busiest + 1)))
