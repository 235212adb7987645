"""Every shipped policy plays in the engine, on both sides, and a shard is answered as the whole is."""

from __future__ import annotations

import numpy as np
import pytest
import worlds
from memories import memories_of

from sim.engine.configuration import Timeline
from sim.engine.model import Conflict
from sim.engine.theatre import Ladder
from sim.policies.registry import SHIPPED


def played(rule: str, replicates: np.ndarray, ladder: Ladder, days: int = 10) -> dict[str, np.ndarray]:
    """Return the memories and the unanswered harm of both sides after some days."""
    policies = {"L": SHIPPED[rule](), "I": SHIPPED[rule]()}
    parameters = worlds.docking_parameters(posture_baseline=3.8, discharge=0.5)
    timeline = Timeline(horizon_days=days, step_days=0.25, horizons=())
    world = Conflict(worlds.two_parties(ladder), parameters, policies, timeline, replicates=replicates, seed=3)
    world.run()
    found = {f"harm of {name}": party.unanswered_harm for name, party in world.parties.items()}
    for row, dyad in enumerate(world.theatre.dyads):
        found |= {f"memory {key} of {dyad.sender}": values for key, values in memories_of(world, row).items()}
    return found


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_a_shard_of_the_engine_is_answered_as_the_whole(rule):
    whole = played(rule, np.arange(12), worlds.full_ladder())
    shard = played(rule, np.arange(5, 9), worlds.full_ladder())
    assert whole["harm of I"].any()
    different = [name for name in whole if not np.array_equal(whole[name][..., 5:9], shard[name])]
    assert not different


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_a_policy_plays_on_a_short_ladder(rule):
    found = played(rule, np.arange(2), worlds.flat_ladder(), days=3)
    assert all(np.isfinite(values).all() for values in found.values())


def test_what_happens_is_remembered():
    memory = played("expected_cost", np.arange(4), worlds.full_ladder())
    assert np.all(memory["memory periods_seen of L"] == 9.0), "a period ends with each day but the last"
    assert np.all(memory["memory answers_seen of L"].sum(axis=0) == 8.0), "an answer needs a period before it"
