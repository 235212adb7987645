"""What policies answer in practice: the share of the calibrated reactions that they give, asked of the engine itself.

The policies of a scenario see what they would see after some days of the engine, and their answers are averaged over
replicates and over the rungs of the acts that they would have to answer. The answers that a record names weigh policies
against each other (S2.14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim.core.arrays import Floats
from sim.core.random_streams import Draw
from sim.engine.branching import REFERENCE_RUNG, routine_rungs
from sim.engine.model import Conflict
from sim.policies.base import Policy, first_memory
from sim.policies.view import Encounter, LastStep
from sim.scenario.scenario import Scenario

WARM_UP_DAYS: Final = 5
"""Days of the engine before the policies are asked [days]."""
REPLICATES: Final = 300
"""Replicates over which answers are averaged."""
_LEAST: Final = 1e-12
_REPORTING: Final = (np.arange(200) + 0.5) / 200


def warm_up(scenario: Scenario, seed: int) -> Conflict:
    """Return an ensemble of the first point of a scenario after some days."""
    run = scenario.ensemble(scenario.points()[0], REPLICATES, seed, horizon_days=WARM_UP_DAYS + 1).conflict
    for _ in range(WARM_UP_DAYS * run.timeline.steps_per_day):
        run.step()
    return run


def response_shares(run: Conflict) -> dict[str, float]:
    """Return the mean share of the calibrated reactions that each party's policy gives, by party id [1]."""
    shares = {}
    for party in (profile.id for profile in run.theatre.parties if run.theatre.front.holds(profile.id)):
        given, whole = 0.0, 0.0
        first = run.theatre.rows_of(party).start
        for row, dyad in enumerate(run.theatre.dyads):
            if dyad.sender != party or not run.theatre.is_of_front[row]:
                continue
            multiplier = answers(run, run.parties[party].policies[row - first], row)
            weight = _weights(run, row)
            given += float((multiplier * weight).sum())
            whole += float(weight.sum())
        shares[party] = given / whole if whole else 1.0
    return shares


def answers(run: Conflict, policy: Policy, row: int) -> Floats:
    """Return the share of the calibrated reactions that a policy would give in the sender's place, by row of the dyad.

    Shape (n_provocations, n_replicates): the multiplier, 0 where the policy answers on rung 0, times the chance that
    the provocation is seen [1]. It remembers nothing, and the step before is empty.
    """
    dyad, top, size = run.theatre.dyads[row], run.theatre.ladder.top, run.n_replicates
    view = replace(
        run.build_view(row),
        reactions_due=np.zeros((top, size)),
        entered=np.ones(size, dtype=bool),
        last=LastStep(lambda: Encounter.none(top, size)),
        memory=first_memory(policy, top, size),
    )
    response = policy.respond(view, Draw(run.streams, f"{dyad.id} asked {type(policy).__name__}", 0))
    given = np.where(np.broadcast_to(response.rung, (top, size)) > 0, response.multiplier, 0.0)
    detection = np.broadcast_to(run.parties[dyad.sender].parameters.detection, (size,))
    return np.asarray(given * (1.0 - (1.0 - detection) ** (1 + view.provocation)))


def mean_responses(run: Conflict, policies: Mapping[str, Policy], party: str) -> dict[str, Floats]:
    """Return the mean answers of candidate policies of a party to its main opponent, by rung from 0 [1]."""
    rows = [row for row, dyad in enumerate(run.theatre.dyads) if dyad.sender == party and run.theatre.is_of_front[row]]
    main = max(rows, key=lambda row: float(np.mean(run.parameters.dyads[run.theatre.dyads[row].id].share)))
    means = {name: answers(run, policy, main).mean(axis=1) for name, policy in policies.items()}
    return {name: np.concatenate([[0.0], mean]) for name, mean in means.items()}


def _weights(run: Conflict, row: int) -> Floats:
    """Return how many calibrated reactions fall to each rung of the provocation, up to a factor."""
    dyad = run.theatre.dyads[row]
    parties, top = run.parameters.parties, run.theatre.ladder.top
    levels = np.arange(1, top + 1)[:, None]
    rise = np.exp(np.asarray(parties[dyad.sender].productivity) * (levels - REFERENCE_RUNG))
    weight: Floats = routine_rungs(parties[dyad.target], top)[1:] * rise * np.mean(run.parameters.dyads[dyad.id].share)
    return np.broadcast_to(weight, (top, run.n_replicates))


@dataclass(frozen=True)
class Provocation:
    """An act on a high rung, and whether the record names an answer to it."""

    id: str  # row of the ledger
    rung: int
    answered: bool  # whether a later act of the side struck states it as its trigger


def policy_weights(
    provocations: Sequence[Provocation], multipliers: Mapping[str, Floats], excitation: float
) -> dict[str, float]:
    """Return weights of candidate policies, which sum to 1, after the answers of the record; equal before it.

    An answer counts as seen with an unknown chance of being reported and tied to its trigger, uniform between 0 and 1
    and integrated out. That makes the evidence weak, as it is: a policy that answers half as often is hardly less
    likely than one whose answers are reported half as often. `multipliers` are by rung of the provocation from 0,
    `excitation` is the calibrated mean number of reactions.
    """
    evidence = {}
    for name, multiplier in multipliers.items():
        likelihood = np.ones(_REPORTING.size)
        for act in provocations:
            chance = np.clip(_REPORTING * -np.expm1(-excitation * multiplier[act.rung]), _LEAST, 1.0)
            likelihood *= chance if act.answered else 1.0 - chance
        evidence[name] = float(likelihood.mean())
    whole = sum(evidence.values())
    return {name: value / whole for name, value in evidence.items()}
