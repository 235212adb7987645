"""Asking the policies: what each party is shown of each opponent, and what becomes of its answer (step 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
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
from sim.policies.base import LastStep, Policy, View
from sim.policies.response_check import Answer

AnyArray = TypeVar("AnyArray", Floats, Integers, npt.NDArray[np.bool_])


class Consultation:
    """Shows parties what they could know and takes down what they decide.

    Parameters
    ----------
    theatre : Theatre
        Parties and dyads.
    parameters : Parameters
        Parameters of everybody.
    policies : mapping of str to Policy
        Policy by dyad id.
    streams : Streams
        Luck of the ensemble.
    exchange : Exchange
        Pools of reactions and laws of the marks.
    step_days : float
        Length of a step [days].
    """

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
        self._is_asked = [
            row in charged or not policies[dyad.id].claims().never_first for row, dyad in enumerate(theatre.dyads)
        ]
        self._provocation = read_only(np.arange(1, top + 1)[:, None])
        self._no_front = read_only(np.zeros(size, dtype=np.int64))
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
        """Ask each policy about each opponent that it could ever have to answer.

        Parameters
        ----------
        step : int
            Step of the model.
        parties : iterable of Party
            Parties that can act.
        latest : tuple of Acts and Perceived
            Acts of the step before, and what was seen of them.
        surroundings : tuple of World, FrontState and Entries
            State of the world, of the front, and who has joined.
        strategic : mapping of int to ndarray of float, shape (n_replicates,)
            Unprovoked acts on the top rung that no policy decides, by row of the dyad [1/day].

        Returns
        -------
        Decisions
            The same object in every step, filled anew.
        """
        decisions = self._decisions
        decisions.activity.fill(1.0)
        decisions.strategic = dict(strategic)
        for party in parties:
            rows = self._theatre.rows_of(party.profile.id)
            asked = [row for row in range(rows.start, rows.stop) if self._is_asked[row]]
            if not asked:
                continue
            known = self._known_to(party, step, surroundings)
            mediated = self._mediated(party, surroundings[0])
            pushes = []
            for row in asked:
                view = self._view(party, row, known, latest, surroundings[1])
                draw = Draw(self._streams, self._theatre.dyads[row].id, step)
                answer = party.decide(row - rows.start, view, draw)
                self._take_down(row, answer, mediated)
                pushes.append(answer.campaign)
            party.campaign_push = extremes(pushes, self._streams.n_replicates)
        return decisions

    def _take_down(self, row: int, answer: Answer, mediated: LaneValues) -> None:
        decisions = self._decisions
        np.multiply(answer.multiplier, mediated, out=decisions.multiplier[row])
        if answer.rung.min() == 0:
            decisions.multiplier[row] *= answer.rung > 0
        decisions.rung[row] = answer.rung
        if np.any(answer.strategic > 0):
            rate = decisions.strategic.get(row, np.zeros(self._streams.n_replicates))
            decisions.strategic[row] = rate + answer.strategic

    def _mediated(self, party: Party, world: World) -> LaneValues:
        """Return the factor of a party's reactions under mediation beyond the usual (S2.12)."""
        if not world.is_mediated_anew or not np.any(party.parameters.restraint):
            return 1.0
        return np.exp(-party.parameters.restraint * (world.mediation - self._parameters.world.mediation))

    def _known_to(self, party: Party, step: int, surroundings: tuple[World, FrontState, Entries]) -> dict[str, Any]:
        """Return what a party knows whoever the opponent is."""
        world, _, entries = surroundings
        return {
            "provocation": self._provocation,
            "posture": read_only(party.posture),
            "resolve": read_only(party.resolve),
            "weariness": read_only(party.weariness),
            "mediation": read_only(world.mediation),
            "entered": read_only(entries.joined[self._theatre.party_index[party.profile.id]]),
            "day": step * self._step_days,
            "step_days": self._step_days,
        }

    def _view(
        self, party: Party, row: int, known: Mapping[str, Any], latest: tuple[Acts, Perceived], front: FrontState
    ) -> View:
        opponent = row - self._theatre.rows_of(party.profile.id).start
        own_harm, opponent_harm = self._mean_harm[row]
        return View(
            reactions_due=read_only(self._exchange.reactions.released[row]),
            unanswered_harm=read_only(party.unanswered_harm[opponent]),
            own_harm=own_harm,
            opponent_harm=opponent_harm,
            observed=read_only(party.observed[opponent]),
            phase=read_only(front.phase) if self._theatre.is_of_front[row] else self._no_front,
            last=LastStep(lambda: self._reporter.encounter(row, *latest)),
            memory={name: read_only(array) for name, array in party.memories[opponent].items()},
            **known,
        )

    def _mean_harms(self, sender: str, target: str) -> tuple[Floats, Floats]:
        observer = self._parameters.parties[sender]
        marks = self._exchange.marks
        own, other = (marks.mean_harm(self._theatre, party, observer) for party in (sender, target))
        return read_only(own), read_only(other)


def extremes(pushes: Sequence[LaneValues], n_replicates: int) -> Floats:
    """Return the largest rise plus the largest fall of a log rate among what several answers add to it."""
    if all(np.ndim(push) == 0 for push in pushes):
        return np.full(n_replicates, max(0.0, *map(float, pushes)) + min(0.0, *map(float, pushes)))
    asked = stack_values(pushes, n_replicates)
    push: Floats = np.maximum(asked.max(axis=0), 0.0) + np.minimum(asked.min(axis=0), 0.0)
    return push


def read_only(array: AnyArray) -> AnyArray:
    """Return a view of an array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
