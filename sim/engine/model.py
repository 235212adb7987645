"""`Conflict`: an ensemble of independent histories that share parties, policies and a theatre.

With one replicate it is an ordinary Mesa model; with many, every array has the replicate as its last axis. What a
reader studies and a user extends is what makes the tables: there is no second engine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import mesa
import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers
from sim.core.malloc import keep_freed_memory
from sim.core.random_streams import Branches, Streams
from sim.engine.acts import Acts, stack_values
from sim.engine.background_rates import Intensity
from sim.engine.branching import Decisions, routine_rungs
from sim.engine.campaign import CountedOnset, FrontState
from sim.engine.configuration import Parameters, Timeline
from sim.engine.daily_totals import DailyTotals
from sim.engine.day_tally import DayTally
from sim.engine.decision_step import Consultation
from sim.engine.fire_exchange import Exchange
from sim.engine.milestones import Milestones
from sim.engine.narrative import Narrative
from sim.engine.observations import Reporter
from sim.engine.outcomes import Judge
from sim.engine.party import Party
from sim.engine.perception import Perceived
from sim.engine.recent_events import Recollection
from sim.engine.rolling_windows import Groups
from sim.engine.theatre import Theatre
from sim.engine.war_entry import Entries, Surroundings
from sim.engine.warm_start import build_record, group_by_step
from sim.engine.world import World
from sim.policies.base import Policy
from sim.policies.view import View

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
    branches : Branches, optional
        Where histories leave those that they were cloned from.

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
        branches: Branches | None = None,
    ) -> None:
        super().__init__(rng=seed)
        keep_freed_memory()
        self.theatre = theatre
        self.parameters = parameters
        self.timeline = timeline
        self.streams = Streams(seed, np.arange(replicates) if isinstance(replicates, int) else replicates, branches)
        size, days = self.streams.n_replicates, timeline.step_days
        self.world = World(parameters.world, self.streams, timeline.truces, timeline.shocks, days)
        self.front = FrontState(parameters.front, self.streams, theatre.front.id, days)
        self.entries = Entries(theatre, parameters.entries, parameters.alliances, self.streams, days)
        answering = {dyad.id: policies.get(dyad.id, policies[dyad.sender]) for dyad in theatre.dyads}
        self.exchange = Exchange(theatre, parameters, answering, self.streams, days)
        self.intensity = Intensity(theatre, parameters, size)
        self.recollection = Recollection(theatre, parameters.front.mass_killed, size)
        self.totals = DailyTotals(theatre, size)
        self._tally = DayTally(theatre, size)
        self._onset = CountedOnset(theatre, parameters.definitions, size)
        truces = {question.id: question.threshold for question in timeline.questions if question.kind == "driver_truce"}
        self.milestones = Milestones(theatre, truces, timeline.horizons, size)
        self.narrative = Narrative(theatre, timeline.start) if size == 1 else None
        self._reporter = Reporter(theatre, self.exchange.perception, size)
        self._stationary = self.exchange.reactions.stationary_rates(self.intensity.usual)
        self.parties = {party.id: self._party(party.id, answering) for party in theatre.parties}
        self._acting = [party for party in self.parties.values() if party.opponents]
        self._consultation = Consultation(theatre, parameters, answering, self.streams, self.exchange, days)
        self.latest: tuple[Acts, Perceived] = Acts.none(), Perceived.none()
        """Acts of the step before, and what their targets saw of them."""
        self._scheduled = group_by_step(timeline.scheduled, days)
        self._replay_history()

    def __repr__(self) -> str:
        day, days = self.steps * self.timeline.step_days, self.timeline.horizon_days
        return f"<Conflict {self.theatre.name!r}: {self.n_replicates} replicates, day {day:g} of {days}>"

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
        self.streams.enter(step)
        self.world.advance(step)
        self._perceive()
        follow_ups = self.exchange.reactions.release()
        surroundings = self.world, self.front, self.entries
        strategic = self.intensity.strategic
        decisions = self._consultation.decide(step, self._acting, self.latest, surroundings, strategic)
        self._decide_joining(step)
        self._decide_campaign(step)
        routine = self._routine(step, follow_ups, decisions)
        self.latest = self.exchange.play(step, routine, self._postures(), decisions, self._scheduled.get(step, ()))
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
        if self.timeline.horizons:
            table |= self._sums()
        table["failed"] = self.exchange.failed
        return table

    def judge(self) -> Judge:
        """Return what came of the histories so far, by the definitions of the theatre."""
        milestones = self.milestones.columns(self.front, self.entries)
        return Judge(self.theatre, self.parameters.definitions, self.totals, milestones)

    def _sums(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return acts by dyad and killed by place from the start to each horizon."""
        groups, dyads, places = Groups(self.theatre), self.theatre.dyads, self.theatre.locations
        horizons = self.timeline.horizons
        acts = self.totals.totals_until("acts", groups.dyads, len(dyads), horizons).astype(np.int32)
        killed, civilians = (
            self.totals.totals_until(part, groups.cells_by_place(), len(places), horizons).astype(np.int32)
            for part in ("killed", "civilians")
        )
        table: dict[str, npt.NDArray[np.generic]] = {}
        for number, horizon in enumerate(horizons):
            table |= {f"acts_{dyad.id}_at_{horizon}": acts[row, number] for row, dyad in enumerate(dyads)}
            for row, place in enumerate(places):
                table[f"killed_{place}_at_{horizon}"] = killed[row, number]
                table[f"civilians_{place}_at_{horizon}"] = civilians[row, number]
        return table

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
            stack_values(expected, size) if dyads else empty,
            stack_values(attention, size) if dyads else empty,
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

    def _replay_history(self) -> None:
        """Warm harm, posture and pending reactions with the reported incidents before the start."""
        days = self.timeline.step_days
        record = build_record(self.theatre, self.timeline.history, self._stationary, days)
        laws = np.stack([self._routine_law(sender) for sender in self.theatre.sender])
        for step, given in record:
            for party in self.parties.values():
                party.recall_routine(record.received[self.theatre.rows_of(party.profile.id)], days)
            self._perceive()
            self.latest = self.exchange.replay(step, given)
            self.exchange.reactions.owe_routine(record.unitemised, laws, days)
            self.recollection.note(self.latest[0], step * days)

    def _perceive(self) -> None:
        """Let parties take in the acts of the step before, then move: steps 2 and 3."""
        days = self.timeline.step_days
        reports = self._reporter.reports(*self.latest)
        for party in self._acting:
            party.perceive(reports[party.profile.id], days)
            party.update(days)

    def _decide_joining(self, step: int) -> None:
        if not self.entries.can_change:
            return
        before = self.entries.joined[:, 0].copy()
        self.entries.decide(step, self._surroundings(step), self.recollection, self.front)
        if self.narrative:
            for index in np.flatnonzero(self.entries.joined[:, 0] != before):
                joins = self.entries.joined[index, 0]
                self.narrative.note(f"{self.theatre.parties[index].name} {'joins' if joins else 'leaves'} the war")

    def _surroundings(self, step: int) -> Surroundings:
        """Return what the hazards of joining hang on at the start of a step."""
        day = step * self.timeline.step_days
        gravest, civilians = self.recollection.gravest(day), self.recollection.civilians_killed()
        return Surroundings(day, gravest, civilians, self.world.driver, self.world.mediation)

    def build_view(self, row: int) -> View:
        """Return what the sender of a dyad could know about its target now, by row of the dyad."""
        party, surroundings = self.parties[self.theatre.dyads[row].sender], (self.world, self.front, self.entries)
        return self._consultation.build_view(party, row, self.steps, self.latest, surroundings)

    def joining_rates(self) -> dict[str, Floats]:
        """Return the rate at which each party that has not joined would join now, by party id [1/day]."""
        return self.entries.rates(self._surroundings(self.steps), self.recollection, self.front)

    def campaign_hazards(self, step: int) -> dict[int, tuple[str, Floats]]:
        """Return at the start of a step the hazard of a campaign of each party that can begin one, by index [1/day].

        Each comes with the id of the party.
        """
        day = step * self.timeline.step_days
        recent = self.recollection.suffered_mass_killing(day, self.parameters.front.mass_memory_days)
        return {
            index: (
                party.id,
                self.parties[party.id].campaign_rate(recent[index].astype(np.int64), self.world.mediation),
            )
            for index, party in enumerate(self.theatre.parties)
            if np.any(np.asarray(self.parameters.parties[party.id].campaign_hazard) > 0)
        }

    def _decide_campaign(self, step: int) -> None:
        hazards = self.campaign_hazards(step)
        before = self.front.phase.copy()
        self.front.decide(step, hazards, self.world.mediation)
        self._tell_phase(before)

    def _tell_phase(self, before: Integers) -> None:
        """Note in the story of a single replicate that its front left the phase in which it was."""
        if self.narrative and self.front.phase[0] != before[0]:
            self.narrative.note(f"the front passes from {PHASES[before[0]]} to {PHASES[self.front.phase[0]]}")

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
        acts, _ = self.latest
        days = self.timeline.step_days
        day, of_day = divmod(step, self.timeline.steps_per_day)
        self.recollection.note(acts, step * days)
        self._tally.add(acts)
        self.milestones.follow((step + 1) * days, days, self.front, self.world.in_truce)
        if self.narrative:
            self.narrative.add(acts, self.exchange.marks)
        if of_day == self.timeline.steps_per_day - 1:
            rows = self._tally.end_day(day + 1, self.exchange.marks)
            self.totals.add(rows)
            self.totals.close_days(day + 1)
            before = self.front.phase.copy()
            self.front.begin_by_counts(self._onset.update(day, rows))
            self._tell_phase(before)
            if self.narrative:
                self.narrative.end_day(day, rows)
