"""`Conflict`: an ensemble of independent histories that share parties, policies and a theatre.

With one replicate it is an ordinary Mesa model; with many, every array has the replicate as its last axis. What a
reader studies and a user extends is what makes the tables: there is no second engine.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar

import mesa
import numpy as np
import numpy.typing as npt

from sim.acts import FALSE_ALARM, Acts, GivenAct, stacked
from sim.campaign import CEASEFIRE, FrontState
from sim.exchange import Exchange
from sim.fields import LaneValues
from sim.lookup import add_at
from sim.memory import keep_freed_memory
from sim.outcomes import Outcomes
from sim.party import Party, Report
from sim.perception import Perceived
from sim.policies.base import Policy, View
from sim.primitives import Floats, Integers
from sim.reactions import Decisions, routine_rungs
from sim.specification import Parameters, Timeline
from sim.streams import Draw, Streams
from sim.theatre import Theatre
from sim.trace import DailyTotals, Narrative
from sim.world import World

AnyArray = TypeVar("AnyArray", Floats, Integers)


class Conflict(mesa.Model):
    """An ensemble of histories of one theatre.

    Parameters
    ----------
    theatre : Theatre
        Parties, dyads, front and ladder.
    parameters : Parameters
        Values, each for all replicates or by replicate.
    policies : mapping of str to Policy
        The rule of each party, by party id.
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
        size = self.streams.n_replicates
        self.world = World(parameters.world, self.streams, timeline.truces, timeline.shocks, timeline.step_days)
        self.front = FrontState(parameters.front, self.streams, theatre.front.id, timeline.step_days)
        self.exchange = Exchange(theatre, parameters, dict(policies), self.streams, timeline.step_days)
        self.totals = DailyTotals(theatre, timeline.horizon_days, size)
        self.outcomes = Outcomes(theatre, parameters.front, timeline.questions, timeline.horizons, size)
        self.narrative = Narrative(theatre, timeline.start) if size == 1 else None
        self._routine_rate = self._routine_rates()
        self._stationary = self.exchange.reactions.stationary_rates(self._routine_rate / timeline.step_days)
        self.parties = {party.id: self._party(party.id, policies[party.id]) for party in theatre.parties}
        self._campaign_factor = stacked([parameters.dyads[d.id].campaign_factor for d in theatre.dyads], size)
        self._mean_harm = {dyad.id: self._mean_harms(dyad.sender, dyad.target) for dyad in theatre.dyads}
        self._mass_day: Floats = np.full((len(theatre.parties), size), -np.inf)
        self._latest: tuple[Acts, Perceived] | None = None
        self._scheduled = self._by_step(timeline.scheduled)
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
        4. Decide: each policy answers what it saw; campaigns begin and end by hazard.
        5. Act: routine acts and reactions that fall due are drawn, generation by generation, with their marks.
        6. Commit: losses, daily totals, outcome states.
        """
        step = self.steps - 1
        self.world.advance(step)
        self._perceive(step)
        self._decide_campaign(step)
        follow_ups = self.exchange.reactions.release()
        decisions = self._decide(step)
        routine = self._routine(step, follow_ups)
        self._latest = self.exchange.play(step, routine, self._postures(), decisions, self._scheduled.get(step, ()))
        self._commit(step)

    def run(self) -> Conflict:
        """Run to the horizon and return the ensemble."""
        for _ in range(self.timeline.horizon_days * self.timeline.steps_per_day):
            self.step()
        return self

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the outcomes of the run as columns, one value for each replicate."""
        table = self.outcomes.columns()
        table["war_began_by"] = self.front.began_by.astype(np.int8)
        for horizon in self.timeline.horizons:
            table |= self.totals.columns(horizon)
        table["failed"] = self.exchange.failed
        return table

    def release(self) -> None:
        """Let go of the ensemble: Mesa 3.3 otherwise keeps every model for the life of the process."""
        with contextlib.suppress(AttributeError, KeyError):
            del mesa.Agent._ids[self]

    def _party(self, party: str, policy: Policy) -> Party:
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
            policy,
            tuple(dyad.target for dyad in dyads),
            stacked(expected, size) if dyads else empty,
            stacked(attention, size) if dyads else empty,
            self._routine_shock(party),
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

    def _routine_rates(self) -> Floats:
        """Return background acts per step by dyad, before the driver, the trend and the phase of the front [1]."""
        parties, dyads = self.parameters.parties, self.parameters.dyads
        rates = [parties[d.sender].baseline * np.asarray(dyads[d.id].share) for d in self.theatre.dyads]
        return stacked(rates, self.n_replicates) * self.timeline.step_days

    def _mean_harms(self, sender: str, target: str) -> tuple[Floats, Floats]:
        observer = self.parameters.parties[sender]
        marks = self.exchange.marks
        return marks.mean_harm(self.theatre, sender, observer), marks.mean_harm(self.theatre, target, observer)

    def _by_step(self, given: tuple[GivenAct, ...]) -> dict[int, tuple[GivenAct, ...]]:
        steps: dict[int, tuple[GivenAct, ...]] = defaultdict(tuple)
        for act in given:
            steps[int(np.floor(act.day / self.timeline.step_days))] += (act,)
        return steps

    def _replay_history(self) -> None:
        """Warm harm, posture and pending reactions with the reported incidents before the start.

        A record itemises the acts that stand out, not the routine. What it leaves out enters the parties' memory of
        each other and the pools of reactions at the stationary rate and on the baseline posture, so that the record's
        choice of incidents does not pass for a rise of the posture, and the first days are not too quiet.
        """
        by_step = self._by_step(self.timeline.history)
        if not by_step:
            return
        days = self.timeline.step_days
        rows = [self.theatre.dyad_index[f"{act.sender}-{act.target}"] for act in self.timeline.history]
        itemised = np.bincount(rows, minlength=len(self.theatre.dyads)) / (-min(by_step) * days)
        unitemised = np.maximum(self._stationary - itemised[:, None], 0.0)
        received = np.where(self.theatre.answers[:, None] >= 0, unitemised[self.theatre.answers], 0.0)
        laws = np.stack([self._routine_law(sender) for sender in self.theatre.sender])
        for step in range(min(by_step), 0):
            for party in self.parties.values():
                party.recall_routine(received[self.theatre.rows_of(party.profile.id)], days)
            self._perceive(step)
            self._latest = self.exchange.replay(step, by_step.get(step, ()))
            self.exchange.reactions.owe_routine(unitemised, laws, days)
            if self._latest is not None:
                self._note_mass_killings(step)

    def _perceive(self, step: int) -> None:
        """Let parties take in the acts of the step before, then move: steps 2 and 3."""
        days = self.timeline.step_days
        reports = self._reports()
        for party in self.parties.values():
            party.perceive(reports[party.profile.id], days)
            party.update(days)

    def _reports(self) -> dict[str, Report]:
        dyads, parties = len(self.theatre.dyads), len(self.theatre.parties)
        acts, rungs, harm, inflicted = np.zeros((4, dyads, self.n_replicates))
        shock, leaders, killed = np.zeros((3, parties, self.n_replicates))
        if self._latest is not None:
            done, seen = self._latest
            target = self.theatre.target[done.dyad]
            noticed = np.flatnonzero(seen.seen & (seen.answer >= 0))
            where = (seen.answer[noticed], done.lane[noticed])
            add_at(acts, 1.0, *where)
            add_at(rungs, seen.rung[noticed].astype(np.float64) + 0.5, *where)
            add_at(harm, seen.harm[noticed], *where)
            own_view = self.exchange.perception.harm(done, self.theatre.sender[done.dyad])
            add_at(inflicted, np.where(done.cause == FALSE_ALARM, 0.0, own_view), done.dyad, done.lane)
            deadly = np.flatnonzero(done.killed > 0)
            where = (target[deadly], done.lane[deadly])
            add_at(shock, np.log1p(done.civilians[deadly]) * seen.seen[deadly], *where)
            add_at(leaders, done.leaders[deadly].astype(np.float64), *where)
            add_at(killed, done.killed[deadly].astype(np.float64), *where)
        reports = {}
        for index, party in enumerate(self.theatre.parties):
            rows = self.theatre.rows_of(party.id)
            reports[party.id] = Report(
                acts[rows], rungs[rows], harm[rows], inflicted[rows], shock[index], leaders[index], killed[index]
            )
        return reports

    def _decide_campaign(self, step: int) -> None:
        day = step * self.timeline.step_days
        recent = day - self._mass_day <= np.asarray(self.parameters.front.mass_memory_days)
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
            phases = ("border conflict", "campaign", "ground operation", "ceasefire")
            self.narrative.note(f"the front passes from {phases[before[0]]} to {phases[self.front.phase[0]]}")

    def _decide(self, step: int) -> Decisions:
        """Step 4: ask each policy about each opponent."""
        size, top = self.n_replicates, self.theatre.ladder.top
        provocation = np.arange(1, top + 1)[:, None]
        multiplier = np.empty((len(self.theatre.dyads), top, size))
        rung = np.empty(multiplier.shape, dtype=np.int64)
        activity = self.front.activity
        for row, dyad in enumerate(self.theatre.dyads):
            party = self.parties[dyad.sender]
            opponent = row - self.theatre.rows_of(dyad.sender).start
            view = self._view(party, opponent, row, provocation)
            answer, rung[row] = party.decide(opponent, view, Draw(self.streams, dyad.id, step))
            np.multiply(answer, activity * self._mediated(party), out=multiplier[row])
            multiplier[row] *= rung[row] > 0
        return Decisions(multiplier, rung, np.tile(activity, (len(self.theatre.dyads), 1)))

    def _mediated(self, party: Party) -> LaneValues:
        """Return the factor of a party's reactions under mediation beyond the usual (S2.12)."""
        if not self.timeline.shocks:
            return 1.0
        return np.exp(-party.parameters.restraint * (self.world.mediation - self.parameters.world.mediation))

    def _view(self, party: Party, opponent: int, row: int, provocation: Integers) -> View:
        own_harm, opponent_harm = self._mean_harm[self.theatre.dyads[row].id]
        arrays = (
            self.exchange.reactions.released[row],
            party.unanswered_harm[opponent],
            own_harm,
            opponent_harm,
            party.observed[opponent],
            party.posture,
            party.resolve,
            party.weariness,
            self.world.mediation,
        )
        return View(read_only(provocation), *(read_only(array) for array in arrays))

    def _routine(self, step: int, follow_ups: Floats) -> Floats:
        """Return the expected routine acts of a step by dyad: background and follow-ups that fall due [1]."""
        parties = self.theatre.parties
        day = step * self.timeline.step_days
        driver = stacked([self._drive(party.id, day) for party in parties], self.n_replicates)[self.theatre.sender]
        capability = stacked([self.parties[party.id].capability for party in parties], self.n_replicates)
        campaign = self._campaign_factor * capability[self.theatre.sender]
        phase = np.where(self.front.in_campaign, campaign, 1.0)
        routine: Floats = (self._routine_rate * driver * phase + follow_ups) * self.front.activity
        return routine

    def _drive(self, party: str, day: float) -> Floats:
        own = self.parameters.parties[party]
        share = np.asarray(own.driver_share)
        return (1.0 - share + share * self.world.driver) * np.exp(np.asarray(own.trend) * day)

    def _postures(self) -> Floats:
        own = np.stack([self.parties[party.id].posture for party in self.theatre.parties])
        return np.where(self.front.in_campaign, self.parameters.front.campaign_posture, own)

    def _commit(self, step: int) -> None:
        """Step 6: losses, daily totals and outcome states."""
        if self._latest is None:
            return
        acts, _ = self._latest
        day, of_day = divmod(step, self.timeline.steps_per_day)
        self._note_mass_killings(step)
        self.totals.add(acts, self.exchange.marks, day)
        days = self.timeline.step_days
        self.outcomes.follow_step((step + 1) * days, days, self.front, self.world.in_truce)
        if self.narrative:
            self.narrative.add(acts, self.exchange.marks)
        if of_day == self.timeline.steps_per_day - 1:
            self._end_day(day)

    def _end_day(self, day: int) -> None:
        met = self.outcomes.meets_definition(self.totals, day) & (self.front.phase < CEASEFIRE)
        self.front.begin_campaign(met & ~self.front.in_campaign, -1)
        self.outcomes.follow_day(day, self.totals, self.front)
        if self.narrative:
            self.narrative.end_day(day, self.totals)

    def _note_mass_killings(self, step: int) -> None:
        """Remember when each party last suffered a mass or leader killing."""
        if self._latest is None:
            return
        acts, _ = self._latest
        grave = np.flatnonzero(acts.killed > 0)
        limit = np.broadcast_to(self.parameters.front.mass_killed, (self.n_replicates,))[acts.lane[grave]]
        grave = grave[(acts.killed[grave] >= limit) | (acts.leaders[grave] > 0)]
        self._mass_day[self.theatre.target[acts.dyad[grave]], acts.lane[grave]] = step * self.timeline.step_days


def read_only(array: AnyArray) -> AnyArray:
    """Return a view of an array that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
