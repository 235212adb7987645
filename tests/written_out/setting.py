"""What one history has of a setting: every parameter a number, and what follows from them before the first step."""

from __future__ import annotations

import math
from dataclasses import fields
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.special import ndtr
from worlds import Setting

from written_out.luck import mean_log_civilians, zeta_law

LARGEST_RADIUS = 0.95


class OneSetting:
    """The setting of one replicate, by its place among those that the parameters were drawn for."""

    def __init__(self, setting: Setting, place: int, size: int) -> None:
        def alone(owner: Any) -> SimpleNamespace:
            values = {item.name: getattr(owner, item.name) for item in fields(owner)}
            return SimpleNamespace(**{name: float(np.broadcast_to(v, (size,))[place]) for name, v in values.items()})

        given, theatre = setting.parameters, setting.theatre
        self.theatre, self.timeline, self.policies = theatre, setting.timeline, setting.policies
        self.ladder, self.top = theatre.ladder.rungs, len(theatre.ladder.rungs) - 1
        self.profiles = {party.id: party for party in theatre.parties}
        self.dyads = {dyad.id: dyad for dyad in theatre.dyads}
        self.party = {party: alone(given.parties[party]) for party in self.profiles}
        self.dyad = {dyad: alone(given.dyads[dyad]) for dyad in self.dyads}
        self.world, self.front = alone(given.world), alone(given.front)
        self.definitions = alone(given.definitions)
        self.entry = {party: alone(own) for party, own in given.entries.items()}
        self.alliance = {name: alone(own).weight for name, own in given.alliances.items()}
        self.step_days = setting.timeline.step_days
        self.background = {
            name: self.party[dyad.sender].baseline
            * (1.0 - self.party[dyad.sender].host_control)
            * self.dyad[name].share
            for name, dyad in self.dyads.items()
        }
        self.law = {party: self._routine_law(own) for party, own in self.party.items()}
        self.lethality = {
            party: [min(own.lethality * rung.lethality, 0.98) for rung in self.ladder]
            for party, own in self.party.items()
        }
        self._work_out_reactions()
        self.harm = {(party, eye): self._mean_harm(party, eye) for party in self.party for eye in self.party}
        self.routine_shock = dict.fromkeys(self.party, 0.0)
        for name, dyad in self.dyads.items():
            self.routine_shock[dyad.target] += self.stationary[name] * self._mean_shock(dyad.sender)

    def side(self, party: str) -> int:
        """Return the side of the front that a party stands on; -1 for none."""
        return next((i for i, side in enumerate(self.theatre.front.sides) if party in side), -1)

    def of_front(self, dyad: str) -> bool:
        """Return whether the two stand on both sides of the front."""
        return {self.side(self.dyads[dyad].sender), self.side(self.dyads[dyad].target)} == {0, 1}

    def answer(self, dyad: str) -> str | None:
        """Return the dyad by which the target answers the sender."""
        name = f"{self.dyads[dyad].target}-{self.dyads[dyad].sender}"
        return name if name in self.dyads else None

    def spilled_answer(self, dyad: str) -> str | None:
        """Return the dyad by which the target answers the party behind which the sender may hide."""
        name = f"{self.dyads[dyad].target}-{self.dyads[dyad].spill_to}"
        return name if name in self.dyads else None

    def spill(self, dyad: str) -> float:
        """Return the chance that an act is charged to the other party."""
        return self.dyad[dyad].spill if self.spilled_answer(dyad) else 0.0

    def later(self, delay: float) -> float:
        """Return the share of a pool that falls due in a later step."""
        return 1.0 - math.exp(-self.step_days / delay)

    def now(self, delay: float) -> float:
        """Return the share of the reactions to an act, uniform within its step, that falls in that step."""
        return 1.0 - delay / self.step_days * self.later(delay)

    def _routine_law(self, own: SimpleNamespace) -> list[float]:
        """Return the law of clip(round(posture - 1/2 + spread z), 1, top)."""
        ends = [0.0, *(ndtr((k + 1.0 - own.posture_baseline) / own.posture_spread) for k in range(1, self.top)), 1.0]
        return [0.0, *(high - low for low, high in pairwise(ends))]

    def _mean_shock(self, party: str) -> float:
        own = self.party[party]
        return sum(
            chance * self.lethality[party][rung.level] * mean_log_civilians(own.severity_exponent, rung.civilian_share)
            for chance, rung in zip(self.law[party], self.ladder, strict=True)
        )

    def _mean_harm(self, party: str, observer: str) -> list[float]:
        """Return the mean harm of a party's act on each rung, as another weighs it."""
        own, eye = self.party[party], self.party[observer]
        killed = sum(k * chance for k, chance in enumerate(zeta_law(own.severity_exponent), start=1))
        return [
            rung.harm
            + self.lethality[party][rung.level]
            * killed
            * (1.0 - rung.civilian_share + rung.civilian_share * eye.civilian_weight)
            + rung.leader * own.leader_strikes * eye.leader_weight
            for rung in self.ladder
        ]

    def _work_out_reactions(self) -> None:
        names = list(self.dyads)
        place = {name: i for i, name in enumerate(names)}
        base = {name: self.dyad[name].excitation + self.dyad[name].answer_chance for name in names}
        follow_ups, reactions = np.zeros((2, len(names), len(names)))
        for name, dyad in self.dyads.items():
            follow_ups[place[name], place[name]] = self.party[dyad.sender].follow_up
            if answer := self.answer(name):
                reactions[place[answer], place[name]] += (1.0 - self.spill(name)) * base[answer]
            if spilled := self.spilled_answer(name):
                reactions[place[spilled], place[name]] += self.spill(name) * base[spilled]
        whole = follow_ups + reactions
        rest = np.linalg.solve(LARGEST_RADIUS * np.eye(len(names)) - follow_ups, reactions)
        ceiling = max(1.0, 1.0 / np.abs(np.linalg.eigvals(rest)).max())
        if np.abs(np.linalg.eigvals(whole)).max() >= LARGEST_RADIUS:
            ceiling = 1.0
        rates = np.linalg.solve(np.eye(len(names)) - whole, [self.background[name] for name in names])
        self.stationary = dict(zip(names, rates.tolist(), strict=True))
        self.mean: dict[str, list[float]] = {}
        for name, dyad in self.dyads.items():
            rise = [math.exp(self.party[dyad.sender].productivity * (rung - 2)) for rung in range(self.top + 1)]
            centre = sum(chance * factor for chance, factor in zip(self.law[dyad.target], rise, strict=True))
            self.mean[name] = [base[name] * min(factor / centre, ceiling) for factor in rise]
