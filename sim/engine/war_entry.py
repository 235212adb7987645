"""How parties outside the war join it and leave it again (S2.10, threshold contagion).

A party that may join does so by a hazard which rises with the gravest act of the last weeks, with the state of its
allies, with the civilians killed and with the exogenous driver, and falls with deterrence and mediation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats, Integers
from sim.core.parameters import ASSUMPTION, Interval, LaneValues, parameter
from sim.core.random_streams import Streams
from sim.engine.campaign import FrontState
from sim.engine.recent_events import BREWING_RUNG, Recollection
from sim.engine.theatre import Joiner, Theatre

TRIGGERS: Final = ("nothing in particular", "a grave act", "an ally at war", "civilians killed", "the driver")
"""What raised the hazard most when a party joined."""
CIVILIANS_SCALE: Final = 100.0
"""Civilians killed within a month against which their effect is measured (S2.10) [persons]."""


@dataclass(frozen=True)
class EntryParameters:
    """How a party joins the war, what it does then, and how it leaves."""

    hazard: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/day", source="S2.10", text="rate of joining without any trigger"
    )
    rung_slope: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1/rung", source="S2.10", text="rise of that log rate with the gravest recent act"
    )
    civilians: LaneValues = parameter(
        0.0, Interval(0, 5), unit="1", source="S2.10", text="rise of that log rate with civilians killed in a month"
    )
    driver: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="rise of that log rate with the exogenous driver"
    )
    deterrence: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="fall of that log rate by deterrence"
    )
    mediation: LaneValues = parameter(
        0.0, Interval(-5, 5), unit="1", source="S2.10", text="fall of that log rate under full mediation"
    )
    posture: LaneValues = parameter(
        5.0, Interval(0, 6.5), unit="rung", source=ASSUMPTION, text="mean rung of its routine once in, plus one half"
    )
    shortest_days: LaneValues = parameter(
        14.0, Interval(0, 3650), unit="days", source="S2.10", text="shortest time for which it stays in"
    )
    exit_hazard: LaneValues = parameter(
        1 / 60, Interval(0, 5), unit="1/day", source="S2.10", text="rate of leaving once no ally is at war"
    )


@dataclass(frozen=True)
class AllianceParameters:
    """How much the state of an ally weighs."""

    weight: LaneValues = parameter(
        0.0, Interval(-5, 10), unit="1", source="S2.10", text="rise of the log rate of joining while the ally is at war"
    )


@dataclass(frozen=True)
class Surroundings:
    """What the hazards of joining hang on in one step; every array has shape (n_replicates,)."""

    day: float  # time at the start of the step
    gravest: Integers  # gravest act on the front within the memory
    civilians: Floats  # killed on the front within a month [persons]
    driver: Floats  # [1]
    mediation: Floats  # [1]


class Entries:
    """Who of those that may join has joined, in each replicate.

    Parameters of entry are by party, those of alliances by their id, for instance ``B-A`` where B joins for the sake of
    A. ``joined`` is true throughout for a party that is in the war from the start.
    """

    def __init__(
        self,
        theatre: Theatre,
        parameters: Mapping[str, EntryParameters],
        alliances: Mapping[str, AllianceParameters],
        streams: Streams,
        step_days: float,
    ) -> None:
        self._theatre = theatre
        self._parameters = parameters
        self._alliances = alliances
        self._streams = streams
        self._step_days = step_days
        size = streams.n_replicates
        self._joiners = {
            theatre.party_index[joiner.party]: joiner
            for joiner in theatre.joiners
            if np.any(np.asarray(parameters[joiner.party].hazard) > 0)
        }
        shape = (len(theatre.parties), size)
        may_join = np.array([theatre.may_join(party.id) for party in theatre.parties])
        self.joined: Flags = np.broadcast_to(~may_join[:, None], shape).copy()
        self.first_day: Floats = np.full(shape, np.inf)  # end of the step of the first entry; inf for none [days]
        self.trigger: Integers = np.full(shape, -1, dtype=np.int64)  # index into `TRIGGERS` at that time; -1 before
        self._since: Floats = np.full(shape, np.inf)

    @property
    def can_change(self) -> bool:
        """Whether any party can join."""
        return bool(self._joiners)

    def decide(self, step: int, around: Surroundings, recollection: Recollection, front: FrontState) -> None:
        """Let parties join and leave, by hazard; all decide on the state before the step."""
        before = self.joined.copy()
        at_war = self._at_war(before, around.day, recollection, front)
        for index, joiner in self._joiners.items():
            own = self._parameters[joiner.party]
            terms, ally_active = self._terms(joiner.party, own, around, at_war)
            rate = self._rate(joiner, before, terms, around)
            joins = ~before[index] & self._happens(joiner.party, "join", step, rate)
            stayed = around.day - self._since[index] >= np.asarray(own.shortest_days)
            free = before[index] & stayed & ~ally_active
            leaves = free & self._happens(joiner.party, "leave", step, own.exit_hazard)
            self._note(index, joins, around.day, np.array(terms))
            self.joined[index] = (before[index] & ~leaves) | joins

    def rates(self, around: Surroundings, recollection: Recollection, front: FrontState) -> dict[str, Floats]:
        """Return the rate at which each party would join now, by party id; 0 for one that is in the war [1/day]."""
        at_war = self._at_war(self.joined, around.day, recollection, front)
        rates = {}
        for index, joiner in self._joiners.items():
            terms, _ = self._terms(joiner.party, self._parameters[joiner.party], around, at_war)
            rates[joiner.party] = np.where(self.joined[index], 0.0, self._rate(joiner, self.joined, terms, around))
        return rates

    def _rate(self, joiner: Joiner, joined: Flags, terms: list[Floats], around: Surroundings) -> Floats:
        """Return the rate of joining of a party that has not joined; 0 until those have whom it waits for [1/day]."""
        own = self._parameters[joiner.party]
        allowed = np.all([joined[self._theatre.party_index[other]] for other in joiner.only_after], axis=0)
        rate = own.hazard * np.exp(sum(terms) - own.deterrence - own.mediation * around.mediation)
        return np.where(allowed, rate, 0.0)

    def postures(self, own: Floats) -> Floats:
        """Return the posture of all routine: that of entry for a party that has joined, shape as `own` [rung]."""
        postures = own.copy()
        for index, joiner in self._joiners.items():
            postures[index] = np.where(self.joined[index], self._parameters[joiner.party].posture, own[index])
        return postures

    def _at_war(self, joined: Flags, day: float, recollection: Recollection, front: FrontState) -> Flags:
        """Return who is at war: in a campaign, having joined, or lately in an act on the top rung."""
        at_war = recollection.was_at_top(day)
        for index, party in enumerate(self._theatre.parties):
            if self._theatre.front.holds(party.id):
                at_war[index] |= front.in_campaign
            elif index in self._joiners:
                at_war[index] |= joined[index]
        return at_war

    def _terms(
        self, party: str, own: EntryParameters, around: Surroundings, at_war: Flags
    ) -> tuple[list[Floats], Flags]:
        """Return the parts of the log rate in the order of `TRIGGERS` from 1 on, and whether an ally is at war."""
        size = self._streams.n_replicates
        allies, active = np.zeros(size), np.zeros(size, dtype=bool)
        for alliance in self._theatre.alliances_of(party):
            state = at_war[self._theatre.party_index[alliance.ally]]
            allies = allies + self._alliances[alliance.id].weight * state
            active |= state
        terms = [
            own.rung_slope * np.maximum(around.gravest - BREWING_RUNG, 0),
            allies,
            own.civilians * np.log1p(around.civilians / CIVILIANS_SCALE),
            own.driver * (around.driver - 1.0),
        ]
        return [np.broadcast_to(term, (size,)) for term in terms], active

    def _note(self, index: int, joins: Flags, day: float, terms: Floats) -> None:
        lanes = np.flatnonzero(joins)
        self._since[index, lanes] = day
        lanes = lanes[np.isinf(self.first_day[index, lanes])]
        strongest = terms[:, lanes].argmax(axis=0)
        raised = terms[strongest, lanes] > 0
        self.first_day[index, lanes] = day + self._step_days
        self.trigger[index, lanes] = np.where(raised, strongest + 1, 0)

    def _happens(self, party: str, decision: str, step: int, rate: LaneValues) -> Flags:
        chance = -np.expm1(-np.asarray(rate) * self._step_days)
        happens: Flags = self._streams.uniform(party, decision, step) < chance
        return happens
