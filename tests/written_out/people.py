"""Parties of one history: what each knows of its opponents, suffers and owes (S2.7, S2.8)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from written_out.setting import OneSetting


@dataclass
class Act:
    """One act, its marks, and what its target makes of it."""

    dyad: str
    launched: int
    root: int
    cause: str
    killed: int = 0
    civilians: int = 0
    leaders: int = 0
    rung: int = 0
    seen: bool = True
    seen_rung: int = 0
    harm: float = 0.0
    answer: str | None = None  # the dyad in which it is answered
    crosses: bool = False
    provocation: int = 0


class Relation:
    """What the sender of a dyad knows of its target, and the fire that it still owes it."""

    def __init__(self, one: OneSetting, dyad: str) -> None:
        own, policy = one.dyad[dyad], one.policies.get(dyad, one.policies[one.dyads[dyad].sender])
        self.policy, self.line = policy, policy.red_line()
        self.later, self.now = one.later(own.delay_days), one.now(own.delay_days)
        hasty = own.delay_days
        if self.line and self.line.delay_days:
            hasty = float(self.line.delay_days)
        self.fast_later, self.fast_now = one.later(hasty), one.now(hasty)
        self.due, self.fast_due, self.released = ([0.0] * (one.top + 1) for _ in range(3))
        self.follow_ups_due = 0.0
        self.multiplier, self.rung = [0.0] * (one.top + 1), [0] * (one.top + 1)
        self.expected = one.party[one.dyads[dyad].target].posture_baseline
        self.acts, self.rungs, self.fade, self.observed = 1.0, self.expected, 1.0, self.expected
        self.unanswered = 0.0
        self.memory: dict[str, Any] = {
            name: np.asarray(value, dtype=float)[..., None] for name, value in policy.memory(one.top).items()
        }

    def release(self) -> float:
        """Take out what falls due in a step; return the follow-ups."""
        for rung in range(len(self.due)):
            usual, fast = self.due[rung] * self.later, self.fast_due[rung] * self.fast_later
            self.due[rung] -= usual
            self.fast_due[rung] -= fast
            self.released[rung] = usual + fast
        follow_ups = self.follow_ups_due * self.later
        self.follow_ups_due -= follow_ups
        return follow_ups


@dataclass
class Person:
    """The state of a party."""

    posture: float
    resolve: float
    weariness: float = 0.0
    capability: float = 1.0
    push: float = 0.0
    joined: bool = True
    since: float = math.inf
    first_day: float = math.inf
    trigger: int = -1
    mass_day: float = -math.inf
    top_day: float = -math.inf
    relations: dict[str, Relation] = field(default_factory=dict)


def take_in(one: OneSetting, party: str, person: Person, acts: list[Act]) -> None:
    """Take in the acts of the step before, then move: harm, observation, posture, weariness, resolve, capability."""
    own, days = one.party[party], one.step_days
    shock = killed = leaders = 0.0
    for act in acts:
        if one.dyads[act.dyad].target == party and act.killed > 0:
            shock += math.log1p(act.civilians) if act.seen else 0.0
            killed += act.killed
            leaders += act.leaders
    for name, known in person.relations.items():
        heard = [act for act in acts if act.answer == name and act.seen]
        done = sum(weigh(one, act, party) for act in acts if act.dyad == name and act.cause != "false alarm")
        left = known.unanswered * math.exp(-days / own.harm_memory_days)
        known.unanswered = max(0.0, left + sum(act.harm for act in heard) - own.discharge * done)
        known.acts = known.acts * math.exp(-days / 7.0) + len(heard)
        known.rungs = known.rungs * math.exp(-days / 7.0) + sum(act.seen_rung + 0.5 for act in heard)
        known.fade = 1.0 if heard else known.fade * math.exp(-days / 30.0)
        known.observed = 0.5 + (known.rungs / known.acts - 0.5) * known.fade
    person.posture += own.civilian_shock * (shock - one.routine_shock[party] * days) + own.leader_shock * leaders
    person.weariness += killed / (1000.0 * own.strength)
    person.resolve += 0.02 * math.log1p(killed)
    person.capability *= (1.0 - own.leader_loss) ** leaders
    pull = sum(one.dyad[name].attention * (known.observed - known.expected) for name, known in person.relations.items())
    drift = own.imitation * pull - (person.posture - own.posture_baseline)
    person.posture += drift * (1.0 - math.exp(-days / own.posture_memory_days))
    person.posture = min(6.5, max(0.0, person.posture))
    person.weariness *= math.exp(-days / 120.0)
    recovery = (own.resolve_baseline - person.resolve) / 90.0 - own.weariness_effect * person.weariness
    person.resolve = min(1.0, max(0.0, person.resolve + recovery * days))


def weigh(one: OneSetting, act: Act, observer: str) -> float:
    """Return the harm of an act as a party weighs it, without noise."""
    eye = one.party[observer]
    people = act.killed - act.civilians + eye.civilian_weight * act.civilians + eye.leader_weight * act.leaders
    return one.ladder[act.rung].harm + people
