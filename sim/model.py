"""`Conflict`: an ensemble of independent histories that share parties, policies and a theatre.

With one replicate it is an ordinary Mesa model; with many, every array has the replicate as its last axis. What a
reader studies and a user extends is what makes the tables: there is no second engine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import mesa
import numpy as np
import numpy.typing as npt

from sim.acts import Acts, stacked
from sim.answers import Answer
from sim.campaign import FrontState
from sim.daily import DailyTotals
from sim.entry import Entries, Surroundings
from sim.exchange import Exchange
from sim.fields import LaneValues
from sim.history import by_step, record_of
from sim.intensity import Intensity
from sim.judgement import Groups
from sim.memory import keep_freed_memory
from sim.milestones import Milestones
from sim.onset import CountedOnset
from sim.outcomes import Judge
from sim.party import Party
from sim.perception import Perceived
from sim.policies.base import LastStep, Policy, View
from sim.primitives import Floats, Integers
from sim.reactions import Decisions, routine_rungs
from sim.recollection import Recollection
from sim.reports import Reporter
from sim.specification import Parameters, Timeline
from sim.streams import Draw, Streams
from sim.theatre import Theatre
from sim.trace import Narrative
from sim.world import World

AnyArray = TypeVar("AnyArray", Floats, Integers, npt.NDArray[np.bool_])
PHASES = ("border conflict", "campaign", "ground operation", "ceasefire")


class Conflict(mesa.Model):
    """An ensemble of histories of one theatre.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads, front, allies and ladder.
    parameters : Parameters
        Values, each for all replicates or by replicate.
    policies : mapping of str to Policy
        The rule of each party, by party id; a rule under the id of a dyad holds against that opponent alone.
    timeline : Timeline
        Time, and what the scenario and the record give.
    replicates : int or ndarray of int, shape (n_replicates,)
        Number of replicates from 0 on, or their indices in any order. A replicate's history depends on its index
        alone, never on the others.
    seed : int
        Root of all draws.

    Raises
    ------
    SupercriticalError
        If reactions would sustain themselves.
    PolicyError
        During a step, if a policy fails or answers wrongly.
    """

    def __init__(
        self,
        theatre: Theatre,
        parameters: Parameters,
        policies: Mapping[str, Policy],
        timeline: Timeline,
        *,
        replicates: int | npt.NDArray[np.int64],
        seed: int,
    ) -> None:
        super().__init__(rng=seed)
        keep_freed_memory()
        self.theatre = theatre
        self.parameters = parameters
        self.timeline = timeline
        self.streams = Streams(seed, np.arange(replicates) if isinstance(replicates, int) else replicates)
        size, days = self.streams.n_replicates, timeline.step_days
        self.world = World(parameters.world, self.streams, timeline.truces, timeline.shocks, days)
        self.front = FrontState(parameters.front, self.streams, theatre.front.id, days)
        self.entries = Entries(theatre, parameters.entries, parameters.alliances, self.streams, days)
        answering = {dyad.id: policies.get(dyad.id, policies[dyad.sender]) for dyad in theatre.dyads}
        self.exchange = Exchange(theatre, parameters, answering, self.streams, days)
        self.intensity = Intensity(theatre, parameters, size)
        self.recollection = Recollection(theatre, parameters.front.mass_killed, size)
        self.totals = DailyTotals(theatre, size)
        self._onset = CountedOnset(theatre, parameters.definitions, size)
        truces = {question.id: question.threshold for question in timeline.questions if question.kind == "driver_truce"}
        self.milestones = Milestones(theatre, truces, timeline.horizons, size)
        self.narrative = Narrative(theatre, timeline.start) if size == 1 else None
        self._reporter = Reporter(theatre, self.exchange.perception, size)
        self._stationary = self.exchange.reactions.stationary_rates(self.intensity.usual)
        self.parties = {party.id: self._party(party.id, answering) for party in theatre.parties}
        self._mean_harm = [self._mean_harms(dyad.sender, dyad.target) for dyad in theatre.dyads]
        self._is_asked = self._askable(answering)
        self._provocation = read_only(np.arange(1, theatre.ladder.top + 1)[:, None])
        self._no_front = read_only(np.zeros(size, dtype=np.int64))
        shape = (len(theatre.dyads), theatre.ladder.top, size)
        self._decisions = Decisions(np.zeros(shape), np.zeros(shape, dtype=np.int8), np.ones((shape[0], size)))
        self._latest: tuple[Acts, Perceived] = Acts.none(), Perceived.none()
        self._scheduled = by_step(timeline.scheduled, days)
        self._replay_history()

    @property
    def n_replicates(self) -> int:
        """Number of replicates."""
        return self.streams.n_replicates

    def step(self) -> None:
        """Move all replicates by one step.

        1. The world: the driver, truces, mediation.
        2. Perceive: each party takes in the acts of the step before.
        3. Update: posture, weariness and resolve move by themselves.
        4. Decide: each policy answers what it saw; campaigns begin and end, and parties join and leave, by hazard.
        5. Act: routine acts and reactions that fall due are drawn, generation by generation, with their marks.
        6. Commit: losses, daily totals, milestones.
        """
        step = self.steps - 1
        self.world.advance(step)
        self._perceive()
        follow_ups = self.exchange.reactions.release()
        decisions = self._decide(step)
        self._decide_joining(step)
        self._decide_campaign(step)
        routine = self._routine(step, follow_ups, decisions)
        self._latest = self.exchange.play(step, routine, self._postures(), decisions, self._scheduled.get(step, ()))
        self._commit(step)

    def run(self) -> Conflict:
        """Run to the horizon and return the ensemble."""
        for _ in range(self.timeline.horizon_days * self.timeline.steps_per_day):
            self.step()
        return self

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return milestones and outcomes of the run as columns, one value for each replicate."""
        milestones = self.milestones.columns(self.front, self.entries)
        table = milestones | self.judge().columns(self.timeline.questions, self.timeline.horizons)
        for horizon in self.timeline.horizons:
            table |= self._sums(horizon)
        table["failed"] = self.exchange.failed
        return table

    def judge(self) -> Judge:
        """Return what came of the histories so far, by the definitions of the theatre."""
        milestones = self.milestones.columns(self.front, self.entries)
        return Judge(self.theatre, self.parameters.definitions, self.totals, milestones)

    def _sums(self, horizon: int) -> dict[str, npt.NDArray[np.generic]]:
        """Return acts by dyad and killed by place from the start to a horizon."""
        groups, dyads = Groups(self.theatre), self.theatre.dyads
        acts = self.totals.total("acts", groups.dyads, len(dyads), horizon)
        table = {f"acts_{dyad.id}_at_{horizon}": acts[row] for row, dyad in enumerate(dyads)}
        for place in self.theatre.locations:
            for part in ("killed", "civilians"):
                table[f"{part}_{place}_at_{horizon}"] = self.totals.total(part, groups.at(place), 1, horizon)[0]
        return {name: values.astype(np.int32) for name, values in table.items()}

    def release(self) -> None:
        """Let go of the ensemble: Mesa 3.3 otherwise keeps every model for the life of the process."""
        with contextlib.suppress(AttributeError, KeyError):
            del mesa.Agent._ids[self]

    def _party(self, party: str, policies: Mapping[str, Policy]) -> Party:
        dyads = [dyad for dyad in self.theatre.dyads if dyad.sender == party]
        size = self.streams.n_replicates
        parties, by_dyad = self.parameters.parties, self.parameters.dyads
        expected = [parties[dyad.target].posture_baseline for dyad in dyads]
        attention = [by_dyad[dyad.id].share for dyad in dyads]
        empty = np.zeros((0, size))
        return Party(
            self,
            self.theatre.parties[self.theatre.party_index[party]],
            parties[party],
            [policies[dyad.id] for dyad in dyads],
            tuple(dyad.target for dyad in dyads),
            stacked(expected, size) if dyads else empty,
            stacked(attention, size) if dyads else empty,
            self._routine_shock(party),
            self.theatre.ladder.top,
        )

    def _routine_shock(self, party: str) -> Floats:
        """Return the mean sum of log(1 + civilians killed) that routine fire on a party brings [1/day]."""
        shock = np.zeros(self.n_replicates)
        for row in np.flatnonzero(self.theatre.target == self.theatre.party_index[party]):
            sender = self.theatre.sender[row]
            shock += self._stationary[row] * self.exchange.marks.mean_civilian_shock(sender, self._routine_law(sender))
        return shock

    def _routine_law(self, sender: int) -> Floats:
        """Return the law of the rung of a party's routine acts at baseline posture, shape (n_rungs, n_replicates)."""
        top = self.theatre.ladder.top
        law = routine_rungs(self.parameters.parties[self.theatre.parties[sender].id], top)
        return np.broadcast_to(law, (top + 1, self.n_replicates))

    def _mean_harms(self, sender: str, target: str) -> tuple[Floats, Floats]:
        observer = self.parameters.parties[sender]
        marks = self.exchange.marks
        own, other = (marks.mean_harm(self.theatre, party, observer) for party in (sender, target))
        return read_only(own), read_only(other)

    def _askable(self, policies: Mapping[str, Policy]) -> list[bool]:
        """Return by dyad whether its policy can have anything to say: acts to answer, or acts of its own accord."""
        charged = np.concatenate([self.theatre.answers, self.theatre.spilled_answers])
        rows = enumerate(self.theatre.dyads)
        return [row in charged or not policies[dyad.id].claims().never_first for row, dyad in rows]

    def _replay_history(self) -> None:
        """Warm harm, posture and pending reactions with the reported incidents before the start."""
        days = self.timeline.step_days
        record = record_of(self.theatre, self.timeline.history, self._stationary, days)
        laws = np.stack([self._routine_law(sender) for sender in self.theatre.sender])
        for step, given in record:
            for party in self.parties.values():
                party.recall_routine(record.received[self.theatre.rows_of(party.profile.id)], days)
            self._perceive()
            self._latest = self.exchange.replay(step, given)
            self.exchange.reactions.owe_routine(record.unitemised, laws, days)
            self.recollection.note(self._latest[0], step * days)

    def _perceive(self) -> None:
        """Let parties take in the acts of the step before, then move: steps 2 and 3."""
        days = self.timeline.step_days
        reports = self._reporter.reports(*self._latest)
        for party in self.parties.values():
            party.perceive(reports[party.profile.id], days)
            party.update(days)

    def _decide_joining(self, step: int) -> None:
        if not self.entries.can_change:
            return
        day = step * self.timeline.step_days
        around = Surroundings(
            day,
            self.recollection.gravest(day),
            self.recollection.civilians_killed(),
            self.world.driver,
            self.world.mediation,
        )
        before = self.entries.joined[:, 0].copy()
        self.entries.decide(step, around, self.recollection, self.front)
        if self.narrative:
            for index in np.flatnonzero(self.entries.joined[:, 0] != before):
                joins = self.entries.joined[index, 0]
                self.narrative.note(f"{self.theatre.parties[index].name} {'joins' if joins else 'leaves'} the war")

    def _decide_campaign(self, step: int) -> None:
        day = step * self.timeline.step_days
        recent = self.recollection.suffered_mass_killing(day, self.parameters.front.mass_memory_days)
        hazards = {
            index: (
                party.id,
                self.parties[party.id].campaign_rate(recent[index].astype(np.int64), self.world.mediation),
            )
            for index, party in enumerate(self.theatre.parties)
            if np.any(np.asarray(self.parameters.parties[party.id].campaign_hazard) > 0)
        }
        before = self.front.phase.copy() if self.narrative else None
        self.front.decide(step, hazards, self.world.mediation)
        if self.narrative and before is not None and self.front.phase[0] != before[0]:
            self.narrative.note(f"the front passes from {PHASES[before[0]]} to {PHASES[self.front.phase[0]]}")

    def _decide(self, step: int) -> Decisions:
        """Step 4: ask each policy about each opponent that it could ever have to answer."""
        decisions = self._decisions
        decisions.activity.fill(1.0)
        decisions.strategic = dict(self.intensity.strategic)
        for party in self.parties.values():
            rows = self.theatre.rows_of(party.profile.id)
            asked = [row for row in range(rows.start, rows.stop) if self._is_asked[row]]
            if asked:
                known = self._known_to(party, step)
                mediated = self._mediated(party)
                answers = [self._ask(party, row, known, step) for row in asked]
                for row, answer in zip(asked, answers, strict=True):
                    self._take_down(row, answer, mediated, decisions)
                party.campaign_push = strongest([answer.campaign for answer in answers], self.n_replicates)
        return decisions

    def _ask(self, party: Party, row: int, known: Mapping[str, Any], step: int) -> Answer:
        opponent = row - self.theatre.rows_of(party.profile.id).start
        view = self._view(party, opponent, row, known)
        return party.decide(opponent, view, Draw(self.streams, self.theatre.dyads[row].id, step))

    def _take_down(self, row: int, answer: Answer, mediated: LaneValues, decisions: Decisions) -> None:
        np.multiply(answer.multiplier, mediated, out=decisions.multiplier[row])
        if answer.rung.min() == 0:
            decisions.multiplier[row] *= answer.rung > 0
        decisions.rung[row] = answer.rung
        if np.any(answer.strategic > 0):
            rate = decisions.strategic.get(row, np.zeros(self.n_replicates))
            decisions.strategic[row] = rate + answer.strategic

    def _mediated(self, party: Party) -> LaneValues:
        """Return the factor of a party's reactions under mediation beyond the usual (S2.12)."""
        if not self.world.is_mediated_anew:
            return 1.0
        return np.exp(-party.parameters.restraint * (self.world.mediation - self.parameters.world.mediation))

    def _known_to(self, party: Party, step: int) -> dict[str, Any]:
        """Return what a party knows whoever the opponent is."""
        return {
            "provocation": self._provocation,
            "posture": read_only(party.posture),
            "resolve": read_only(party.resolve),
            "weariness": read_only(party.weariness),
            "mediation": read_only(self.world.mediation),
            "entered": read_only(self.entries.joined[self.theatre.party_index[party.profile.id]]),
            "day": step * self.timeline.step_days,
            "step_days": self.timeline.step_days,
        }

    def _view(self, party: Party, opponent: int, row: int, known: Mapping[str, Any]) -> View:
        own_harm, opponent_harm = self._mean_harm[row]
        return View(
            reactions_due=read_only(self.exchange.reactions.released[row]),
            unanswered_harm=read_only(party.unanswered_harm[opponent]),
            own_harm=own_harm,
            opponent_harm=opponent_harm,
            observed=read_only(party.observed[opponent]),
            phase=read_only(self.front.phase) if self.theatre.is_of_front[row] else self._no_front,
            last=LastStep(lambda: self._reporter.encounter(row, *self._latest)),
            memory={name: read_only(array) for name, array in party.memories[opponent].items()},
            **known,
        )

    def _routine(self, step: int, follow_ups: Floats, decisions: Decisions) -> Floats:
        """Return the expected routine acts of a step by dyad, background and follow-ups that fall due [1].

        A ceasefire quiets the front; it is applied here to all that the parties decided.
        """
        days = self.timeline.step_days
        rates = self.intensity.routine(step * days, self.world, self.front, self.entries, list(self.parties.values()))
        routine: Floats = rates * days + follow_ups
        activity = self.front.activity
        if np.any(activity != 1.0):
            rows = np.flatnonzero(self.theatre.is_of_front)
            decisions.activity[rows] = activity
            decisions.multiplier[rows] *= activity
            routine[rows] *= activity
            decisions.strategic = {
                row: rate * activity if self.theatre.is_of_front[row] else rate
                for row, rate in decisions.strategic.items()
            }
        return routine

    def _postures(self) -> Floats:
        """Return the posture of all routine: the own, that of entry, and on the front that of a campaign."""
        own = np.stack([self.parties[party.id].posture for party in self.theatre.parties])
        if self.entries.can_change:
            own = self.entries.postures(own)
        fighting = np.array([self.theatre.front.holds(party.id) for party in self.theatre.parties])[:, None]
        return np.where(fighting & self.front.in_campaign, self.parameters.front.campaign_posture, own)

    def _commit(self, step: int) -> None:
        """Step 6: losses, daily totals and milestones."""
        acts, _ = self._latest
        days = self.timeline.step_days
        day, of_day = divmod(step, self.timeline.steps_per_day)
        self.recollection.note(acts, step * days)
        self.totals.add(acts)
        self.milestones.follow((step + 1) * days, days, self.front, self.world.in_truce)
        if self.narrative:
            self.narrative.add(acts, self.exchange.marks)
        if of_day == self.timeline.steps_per_day - 1:
            rows = self.totals.end_day(self.exchange.marks)
            self.front.begin_by_counts(self._onset.is_met(day, rows))
            if self.narrative:
                self.narrative.end_day(day, rows)


def strongest(pushes: Sequence[LaneValues], n_replicates: int) -> Floats:
    """Return of several additions to one log rate the largest, or the smallest where all are below 0."""
    asked = stacked(pushes, n_replicates)
    highest = asked.max(axis=0)
    push: Floats = np.where(highest > 0, highest, asked.min(axis=0))
    return push


def read_only(array: AnyArray) -> AnyArray:
    """Return a view of an array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
