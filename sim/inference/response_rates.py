"""What policies answer in practice: the share of the calibrated reactions that they give, asked of the engine itself.

The policies of a scenario see what they would see after some days of the engine, and their answers are averaged over
replicates and over the rungs of the acts that they would have to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from sim.core.arrays import Floats
from sim.core.random_streams import Draw
from sim.engine.branching import REFERENCE_RUNG, routine_rungs
from sim.engine.model import Conflict
from sim.policies.base import Encounter, LastStep, Policy, View, first_memory
from sim.scenario.scenario import Scenario

WARM_UP_DAYS: Final = 5
"""Days of the engine before the policies are asked [days]."""
REPLICATES: Final = 300
"""Replicates over which answers are averaged."""


def warm_up(scenario: Scenario, seed: int) -> Conflict:
    """Return an ensemble of the first point of a scenario after some days."""
    run = scenario.ensemble(scenario.points()[0], REPLICATES, seed, horizon_days=WARM_UP_DAYS + 1).conflict
    for _ in range(WARM_UP_DAYS * run.timeline.steps_per_day):
        run.step()
    return run


def response_shares(run: Conflict) -> dict[str, float]:
    """Return the mean share of the calibrated reactions that each party's policy gives, by party id [1]."""
    shares = {}
    for party in (one.id for one in run.theatre.parties if run.theatre.front.holds(one.id)):
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
    """Return the share of the calibrated reactions that a policy would give, shape (n_provocations, n_replicates) [1].

    It stands in the place of the sender's own on a dyad's row: its multiplier, 0 where it answers on rung 0, times the
    chance that a provocation on each rung is seen.
    """
    dyad = run.theatre.dyads[row]
    sender = run.parties[dyad.sender]
    opponent = row - run.theatre.rows_of(dyad.sender).start
    top, size = run.theatre.ladder.top, run.n_replicates
    provocation = np.arange(1, top + 1)[:, None]
    marks, zero = run.exchange.marks, np.zeros((top, size))
    view = View(
        provocation=provocation,
        reactions_due=zero,
        unanswered_harm=sender.unanswered_harm[opponent],
        own_harm=marks.mean_harm(run.theatre, dyad.sender, sender.parameters),
        opponent_harm=marks.mean_harm(run.theatre, dyad.target, sender.parameters),
        observed=sender.observed[opponent],
        posture=sender.posture,
        resolve=sender.resolve,
        weariness=sender.weariness,
        mediation=run.world.mediation,
        phase=run.front.phase,
        entered=np.ones(size, dtype=bool),
        day=run.steps * run.timeline.step_days,
        step_days=run.timeline.step_days,
        last=LastStep(lambda: Encounter(zero, zero, zero[0], zero[0])),
        memory=first_memory(policy, top, size),
    )
    answer = policy.respond(view, Draw(run.streams, f"{dyad.id} asked {type(policy).__name__}", 0))
    given = np.where(np.broadcast_to(answer.rung, zero.shape) > 0, answer.multiplier, 0.0)
    detection = np.broadcast_to(sender.parameters.detection, (run.n_replicates,))
    return np.asarray(given * (1.0 - (1.0 - detection) ** (1 + provocation)))


def mean_responses(run: Conflict, policies: Mapping[str, Policy], party: str) -> dict[str, Floats]:
    """Return the mean answers of candidate policies of a party to its main opponent, by rung from 0."""
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
