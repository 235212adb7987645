"""What each history of the scalar model is given: the numbers that a replicate drew, and a seed of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.engine.configuration import Timeline
from sim.engine.model import Conflict
from sim.engine.theatre import Theatre
from sim.policies import Policy
from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class History:
    """One history to be told.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads and ladder, as data.
    timeline : Timeline
        Time, questions and the record before the start.
    rules : dict of str to list of str
        Rules of each party, the outer one first, for instance ``["threshold", "proportional"]``.
    values : dict of str to float
        One number for each parameter, by key path.
    seed : int
        Root of the history's own luck.
    """

    theatre: Theatre
    timeline: Timeline
    rules: Mapping[str, list[str]]
    values: dict[str, float] = field(repr=False)
    seed: int


def histories(
    scenario: Scenario, replicates: int | Sequence[int], prior_seed: int, luck_seed: int, days: int
) -> list[History]:
    """Return one history for each of some replicates of a scenario, with the same draws from the priors.

    Parameters
    ----------
    scenario : Scenario
        A scenario in which all parties stand on the front, without truces, diplomatic shocks and scheduled incidents:
        the scalar model has none.
    replicates : int or sequence of int
        Number of replicates from 0 on, or their indices.
    prior_seed : int
        Seed of the ensemble whose parameters they share.
    luck_seed : int
        Root of their own luck, which has nothing to do with the ensemble's.
    days : int
        Length of a history [days].
    """
    point = scenario.points()[0]
    indices = np.arange(replicates) if isinstance(replicates, int) else np.array(replicates)
    conflict = scenario.ensemble(point, indices, prior_seed, horizon_days=days).conflict
    count = len(indices)
    timeline = conflict.timeline
    if timeline.truces or timeline.shocks or timeline.scheduled:
        raise ValueError(f"{scenario.name}: the scalar model knows neither truces nor shocks nor scheduled incidents")
    if not all(scenario.theatre.is_of_front):
        raise ValueError(f"{scenario.name}: the scalar model knows nobody beside the front; leave them out")
    rules = {party: setting.label.split(" over ") for party, setting in scenario.policies(point).items()}
    columns = {key: np.broadcast_to(value, (count,)).tolist() for key, value in parameters_of(conflict).items()}
    conflict.release()
    seeds = np.random.SeedSequence(luck_seed).generate_state(count, np.uint64).tolist()
    return [
        History(scenario.theatre, timeline, rules, {key: column[i] for key, column in columns.items()}, seeds[i])
        for i in range(count)
    ]


def parameters_of(conflict: Conflict) -> dict[str, object]:
    """Return every parameter of an ensemble by key path, a number or one number for each replicate."""
    given = conflict.parameters
    found: dict[str, object] = {}
    for prefix, owner in (
        *((f"party.{party}", own) for party, own in given.parties.items()),
        *((f"dyad.{dyad}", own) for dyad, own in given.dyads.items()),
        ("world", given.world),
        ("front", given.front),
        ("definition", given.definitions),
        *((f"policy.{party}", agent.policies[0]) for party, agent in conflict.parties.items()),
    ):
        found |= _flat(prefix, owner)
    return found


def _flat(prefix: str, owner: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in vars(owner).items():
        found |= _flat(f"{prefix}.{name}", value) if isinstance(value, Policy) else {f"{prefix}.{name}": value}
    return found
