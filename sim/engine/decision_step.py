"""What each party is shown of each opponent, and what becomes of its answer (step 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from sim.core.arrays import Floats
from sim.core.parameters import LaneValues
from sim.core.random_streams import Draw, Streams
from sim.engine.acts import Acts, stack_values
from sim.engine.branching import Decisions
from sim.engine.campaign import FrontState
from sim.engine.configuration import Parameters
from sim.engine.fire_exchange import Exchange
from sim.engine.observations import Reporter
from sim.engine.party import Party
from sim.engine.perception import Perceived
from sim.engine.theatre import Theatre
from sim.engine.war_entry import Entries
from sim.engine.world import World
from sim.policies.base import Policy
from sim.policies.response_check import CheckedResponse
from sim.policies.view import LastStep, View


class Consultation:
    """Shows parties what they could know and takes down what they decide; `policies` holds the rule by dyad id."""

    def __init__(
        self,
        theatre: Theatre,
        parameters: Parameters,
        policies: Mapping[str, Policy],
        streams: Streams,
        exchange: Exchange,
        step_days: float,
    ) -> None:
        self._theatre = theatre
        self._parameters = parameters
        self._streams = streams
        self._exchange = exchange
        self._step_days = step_days
        size, top = streams.n_replicates, theatre.ladder.top
        self._reporter = Reporter(theatre, exchange.perception, size)
        self._mean_harm = [self._mean_harms(dyad.sender, dyad.target) for dyad in theatre.dyads]
        charged = np.concatenate([theatre.answers, theatre.spilled_answers])
        # A policy that never acts first has nothing to say in a dyad in which nothing can reach it.
        self._has_say = [
            row in charged or not policies[dyad.id].claims().never_first for row, dyad in enumerate(theatre.dyads)
        ]
        self._provocation = np.arange(1, top + 1)[:, None]
        self._no_front = np.zeros(size, dtype=np.int64)
        shape = (len(theatre.dyads), top, size)
        self._decisions = Decisions(np.zeros(shape), np.zeros(shape, dtype=np.int8), np.ones((shape[0], size)))

    def decide(
        self,
        step: int,
        parties: Iterable[Party],
        latest: tuple[Acts, Perceived],
        surroundings: tuple[World, FrontState, Entries],
        strategic: Mapping[int, Floats],
    ) -> Decisions:
        """Let each policy answer each opponent that it could ever have to answer; the same object in every step.

        `latest` holds the acts of the step before and what was seen of them, `strategic` the unprovoked acts on the top
        rung that no policy decides, by row of the dyad, shape (n_replicates,) [1/day].
        """
        decisions = self._decisions
        decisions.activity.fill(1.0)
        decisions.strategic = dict(strategic)
        for party in parties:
            dyads = self._theatre.rows_of(party.profile.id)
            rows = [row for row in range(dyads.start, dyads.stop) if self._has_say[row]]
            if not rows:
                continue
            mediated = self._mediated(party, surroundings[0])
            pushes = []
            for row in rows:
                view = self.build_view(party, row, step, latest, surroundings)
                draw = Draw(self._streams, self._theatre.dyads[row].id, step)
                response = party.decide(row - dyads.start, view, draw)
                self._take_down(row, response, mediated)
                pushes.append(response.campaign)
            party.campaign_push = combine_pushes(pushes, self._streams.n_replicates)
        return decisions

    def build_view(
        self,
        party: Party,
        row: int,
        step: int,
        latest: tuple[Acts, Perceived],
        surroundings: tuple[World, FrontState, Entries],
    ) -> View:
        """Return what a party could know at the start of a step about the opponent of a row: the one place for it."""
        world, front, entries = surroundings
        opponent = row - self._theatre.rows_of(party.profile.id).start
        own_harm, opponent_harm = self._mean_harm[row]
        return View(
            provocation=self._provocation,
            reactions_due=self._exchange.reactions.released[row],
            unanswered_harm=party.unanswered_harm[opponent],
            own_harm=own_harm,
            opponent_harm=opponent_harm,
            observed=party.observed[opponent],
            posture=party.posture,
            resolve=party.resolve,
            weariness=party.weariness,
            mediation=world.mediation,
            phase=front.phase if self._theatre.is_of_front[row] else self._no_front,
            entered=entries.joined[self._theatre.party_index[party.profile.id]],
            day=step * self._step_days,
            step_days=self._step_days,
            last=LastStep(lambda: self._reporter.encounter(row, *latest)),
            memory=party.memories[opponent],
        )

    def _take_down(self, row: int, response: CheckedResponse, mediated: LaneValues) -> None:
        decisions = self._decisions
        np.multiply(response.multiplier, mediated, out=decisions.multiplier[row])
        if response.rung.min() == 0:
            decisions.multiplier[row] *= response.rung > 0
        decisions.rung[row] = response.rung
        if np.any(response.strategic > 0):
            rate = decisions.strategic.get(row, np.zeros(self._streams.n_replicates))
            decisions.strategic[row] = rate + response.strategic

    def _mediated(self, party: Party, world: World) -> LaneValues:
        """Return the factor of a party's reactions under mediation beyond the usual (S2.12)."""
        if not world.is_mediated_anew or not np.any(party.parameters.restraint):
            return 1.0
        return np.exp(-party.parameters.restraint * (world.mediation - self._parameters.world.mediation))

    def _mean_harms(self, sender: str, target: str) -> tuple[Floats, Floats]:
        observer = self._parameters.parties[sender]
        marks = self._exchange.marks
        own, other = (marks.mean_harm(self._theatre, party, observer) for party in (sender, target))
        return own, other


def combine_pushes(pushes: Sequence[LaneValues], n_replicates: int) -> Floats:
    """Return the largest rise plus the largest fall of a log rate among what several answers add to it."""
    if all(np.ndim(push) == 0 for push in pushes):
        return np.full(n_replicates, max(0.0, *map(float, pushes)) + min(0.0, *map(float, pushes)))
    rows = stack_values(pushes, n_replicates)
    push: Floats = np.maximum(rows.max(axis=0), 0.0) + np.minimum(rows.min(axis=0), 0.0)
    return push
