"""The rules of the baseline scenario as an ordinary Mesa user would write them: one model for one history.

A yardstick, for speed and for truth. It shares no rule with the engine, only the theatre's data and the numbers drawn
from the priors; its luck is its own. Gamma factors and the exponent of the law of the killed are exact here. It knows
what acts on the front in the baseline: nobody farther away, neither truces nor diplomatic shocks nor scheduled
incidents.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from types import SimpleNamespace
from typing import Any

import mesa
from scipy.special import ndtri

from benchmarks.scalar_draws import History
from benchmarks.scalar_laws import (
    gamma_factor,
    happens,
    negative_binomial,
    normal_cdf,
    poisson,
    productivity_bound,
    reaction_matrices,
    stationary_acts,
)
from benchmarks.scalar_party import Act, Relation, ScalarParty, values_below
from benchmarks.scalar_record import Record

BORDER, CAMPAIGN, GROUND, CEASEFIRE = range(4)
MOST_ACTS = 20_000
ALARM_DAYS = 2.0 / 24.0


class ScalarConflict(mesa.Model):
    """One history of the conflict.

    Parameters
    ----------
    history : History
        Where it is set, the numbers it drew and its seed.
    rng : None
        Taken and left alone: newer versions of Mesa hand it over, but the history has a seed.
    """

    def __init__(self, history: History, rng: None = None) -> None:
        super().__init__(rng=history.seed)
        self.theatre, self.timeline, self.values = history.theatre, history.timeline, history.values
        self.step_days = self.timeline.step_days
        self.front = SimpleNamespace(**values_below(self.values, "front"))
        self.world = SimpleNamespace(**values_below(self.values, "world"))
        self.deviation, self.mediation = 0.0, self.world.mediation
        self.driver = self.world.driver_level**self.world.driver_exponent
        self.criteria = SimpleNamespace(**criteria_of(history))
        self.launch_means = self.theatre.ladder.launches.tolist()
        self.depths = [(rung.depth_low, rung.depth_high) for rung in self.theatre.ladder.rungs]
        self.parties = [ScalarParty(self, party.id, history.rules[party.id]) for party in self.theatre.parties]
        self.by_id = {party.id: party for party in self.parties}
        self.relations = {known.dyad.id: known for party in self.parties for known in party.relations}
        self.day, self.phase, self.failed = 0.0, BORDER, False
        self.record = Record(self.theatre, self.timeline, SimpleNamespace(**values_below(self.values, "definition")))
        self._acquaint()
        self._replay_record()
        self.outcome: dict[str, Any] | None = None
        self.datacollector = mesa.DataCollector(model_reporters={"outcome": "outcome"})

    @property
    def in_campaign(self) -> bool:
        """Whether a campaign or a ground operation is under way."""
        return self.phase in (CAMPAIGN, GROUND)

    @property
    def activity(self) -> float:
        """Factor of all fire: below 1 during a ceasefire."""
        return self.front.ceasefire_activity if self.phase == CEASEFIRE else 1.0

    def step(self) -> None:
        """Perceive, decide, act, record; a quarter of a day."""
        step = self.steps - 1
        self.day = step * self.step_days
        self._mediate()
        for party in self.parties:
            party.perceive(self.step_days)
            party.update(self.step_days)
        self._decide_campaign()
        self._play(self._due())
        self.record.follow_step(self.day + self.step_days, self.in_campaign, self.phase == GROUND)
        if self.steps % self.timeline.steps_per_day == 0:
            self._end_day()
        self.datacollector.collect(self)

    def _mediate(self) -> None:
        """Let mediation wander around its usual level and return to it."""
        own = self.world
        kept = math.exp(-self.step_days / own.mediation_decay_days)
        if own.mediation_spread > 0.0:
            spread = own.mediation_spread * math.sqrt(1.0 - kept * kept)
            self.deviation = kept * self.deviation + self.random.gauss(0.0, spread)
        self.mediation = min(1.0, max(0.0, own.mediation + self.deviation))

    def _acquaint(self) -> None:
        """Work out what hangs on pairs of parties: mean reactions, mean harm, routine losses."""
        follow_ups, reactions = reaction_matrices(self.theatre, self.values)
        bound = productivity_bound(follow_ups, reactions)
        self.stationary = stationary_acts(self.theatre, self.values, follow_ups + reactions)
        for known in self.relations.values():
            sender, target = self.by_id[known.dyad.sender], self.by_id[known.dyad.target]
            rise = [math.exp(sender.own.productivity * (rung - 2)) for rung in range(len(known.due))]
            centre = sum(chance * factor for chance, factor in zip(target.routine_law, rise, strict=True))
            known.mean = [known.excitation * min(factor / centre, bound) for factor in rise]
            known.lead = [1.0 - sender.own.package * (1.0 - 1.0 / max(1.0, mean)) for mean in known.mean]
            known.own_harm, known.their_harm = sender.mean_harm(sender), target.mean_harm(sender)
            target.routine_shock += self.stationary[known.dyad.id] * sender.mean_shock()

    def _replay_record(self) -> None:
        """Warm memories and pending reactions with the reported incidents and the routine that they leave out."""
        days, by_step = self.step_days, defaultdict(list)
        for given in self.timeline.history:
            by_step[math.floor(given.day / days)].append(given)
        if not by_step:
            return
        span = -min(by_step) * days
        itemised = Counter(f"{given.sender}-{given.target}" for given in self.timeline.history)
        routine = {dyad: max(0.0, rate - itemised[dyad] / span) * days for dyad, rate in self.stationary.items()}
        for step in range(min(by_step), 0):
            for party in self.parties:
                for known in party.relations:
                    self._recall(known, routine[f"{known.dyad.target}-{known.dyad.sender}"])
                party.perceive(days)
                party.update(days)
            for known in self.relations.values():
                known.release()
            for known in self.relations.values():
                self._owe_routine(known, routine[known.dyad.id])
            for given in by_step[step]:
                self._recount(given, step * days)

    def _recall(self, known: Relation, acts: float) -> None:
        known.observed_acts += acts
        known.observed_rungs += acts * known.expected
        if acts > 0.0:
            known.fade = 1.0

    def _owe_routine(self, known: Relation, acts: float) -> None:
        """Owe for the routine acts of a step of history that no record itemises, on the rungs of routine."""
        sender, answer = self.by_id[known.dyad.sender], self.relations[f"{known.dyad.target}-{known.dyad.sender}"]
        known.follow_ups_due += acts * sender.own.follow_up * (1.0 - known.now)
        for rung, chance in enumerate(sender.routine_law):
            answer.due[rung] += acts * chance * answer.mean[rung] * (1.0 - answer.now)

    def _recount(self, given: Any, day: float) -> None:
        """Let a reported incident be suffered, seen and owed for, as reported."""
        known = self.relations[f"{given.sender}-{given.target}"]
        sender, target = self.by_id[given.sender], self.by_id[given.target]
        act = Act(known, given.rung, given.killed, given.civilians, given.leaders, given.rung)
        known.inflicted += sender.harm_of(act)
        target.suffer(act, day, self.front.mass_killed)
        target.shock += math.log1p(act.civilians)
        target.remember(act, self.relations.get(f"{given.target}-{given.charged or given.sender}"), given.rung)
        target.hold_against_line(act, 0.0)
        # What falls into the step of the act is part of the record.
        if act.answer is not None:
            act.answer.owe(act, self._owed(act))
        known.follow_ups_due += sender.own.follow_up * (1.0 - known.now)

    def _decide_campaign(self) -> None:
        before, front, days, luck = self.phase, self.front, self.step_days, self.random
        if before == BORDER:
            for party in self.parties:
                hazard = party.campaign_hazard(self.day, front.mass_memory_days, self.mediation)
                if hazard > 0.0 and happens(luck, hazard, days):
                    self.phase = CAMPAIGN
                    self.record.was_decided = True
        elif before == CEASEFIRE:
            if happens(luck, front.reignition_hazard, days):
                self.phase = CAMPAIGN
        else:
            if before == CAMPAIGN and happens(luck, front.ground_hazard, days):
                self.phase = GROUND
            if happens(luck, front.ceasefire_hazard * math.exp(front.ceasefire_mediation * self.mediation), days):
                self.phase = CEASEFIRE

    def _due(self) -> list[Act]:
        """Return the acts of a step that no act of the same step provokes: routine, reactions, false alarms."""
        acts, activity, luck = [], self.activity, self.random
        for party in self.parties:
            follow_ups = [known.release() for known in party.relations]
            party.decide(activity, self.mediation - self.world.mediation)
            own = party.own
            drive = (1.0 - own.driver_share + own.driver_share * self.driver) * math.exp(own.trend * self.day)
            for known, further in zip(party.relations, follow_ups, strict=True):
                phase = known.campaign_factor * party.capability if self.in_campaign else 1.0
                routine = poisson(luck, (known.background * drive * phase + further) * activity)
                acts += [party.strike(known, self._routine_rung(party)) for _ in range(routine)]
                for rung in range(1, len(known.due)):
                    mean = known.released[rung] * known.factor[rung]
                    acts += [self._reaction(known, rung) for _ in range(poisson(luck, mean) if mean else 0)]
                if known.alarm_hazard and happens(luck, known.alarm_hazard, self.step_days):
                    acts.append(Act(known, 0, is_alarm=True))
        return acts

    def _routine_rung(self, party: ScalarParty) -> int:
        posture = self.front.campaign_posture if self.in_campaign else party.posture
        return min(self.theatre.ladder.top, max(1, round(self.random.gauss(posture - 0.5, party.own.posture_spread))))

    def _reaction(self, known: Relation, provocation: int) -> Act:
        """Carry out a reaction: one of a package stands on the rung that was chosen, the others are routine below."""
        sender, rung = self.by_id[known.dyad.sender], known.chosen[provocation]
        if self.random.random() >= known.lead[provocation]:
            rung = min(rung, self._routine_rung(sender))
        return sender.strike(known, rung)

    def _play(self, acts: list[Act]) -> None:
        """Follow the acts of a step and all that they provoke within it."""
        played = 0
        while acts and not self.failed:
            act = acts.pop()
            played += 1
            self.failed = played > MOST_ACTS
            dyad, target = act.relation.dyad, self.by_id[act.relation.dyad.target]
            target.suffer(act, self.day, self.front.mass_killed)
            charged = dyad.spill_to if self.random.random() < act.relation.spill else dyad.sender
            target.witness(act, self.relations.get(f"{target.id}-{charged}"), self._depth(act, target))
            if not act.is_alarm:
                self.record.note(act, self._launches(act) if self.record.is_salvo[dyad.id] else 0)
            acts += self._provoked(act)

    def _owed(self, act: Act) -> float:
        """Return the mean reactions to an act, before any factor of the policy."""
        answer = act.answer
        variance = self.by_id[answer.dyad.sender].own.overdispersion
        owed = answer.mean[act.provocation] * gamma_factor(self.random, variance)
        return owed * -math.expm1(-ALARM_DAYS / answer.delay) if act.is_alarm else owed

    def _provoked(self, act: Act) -> list[Act]:
        """Return the reactions and follow-ups that fall in the step of an act; the rest goes into the pools."""
        offspring, answer, luck = [], act.answer, self.random
        if answer is not None:
            owed, rung = self._owed(act), act.provocation
            answer.owe(act, owed)
            now = answer.quick_now if act.crosses else answer.now
            reactions = poisson(luck, owed * now * answer.factor[rung])
            offspring += [self._reaction(answer, rung) for _ in range(reactions)]
        if not act.is_alarm:
            known, sender = act.relation, self.by_id[act.relation.dyad.sender]
            known.follow_ups_due += sender.own.follow_up * (1.0 - known.now)
            further = poisson(luck, sender.own.follow_up * known.now * self.activity)
            offspring += [sender.strike(known, self._routine_rung(sender)) for _ in range(further)]
        return offspring

    def _depth(self, act: Act, target: ScalarParty) -> float:
        """Return the depth of an act where a red line may hang on it: log-normal, cut at two deviations [km]."""
        low, high = self.depths[act.launched]
        if target.line is None or act.is_alarm or high < target.line.line_depth:
            return 0.0
        low, high, edge = math.log(max(low, 0.2)), math.log(max(high, 0.21)), normal_cdf(-2.0)
        normal = ndtri(edge + self.random.random() * (1.0 - 2.0 * edge))
        return math.exp((low + high) / 2.0 + (high - low) / 4.0 * normal)

    def _launches(self, act: Act) -> int:
        further = negative_binomial(self.random, self.launch_means[act.launched], 0.7)
        return 1 + further if act.launched >= self.theatre.ladder.top - 1 else min(1 + further, 19)

    def _end_day(self) -> None:
        if self.record.is_campaign() and self.phase == BORDER:
            self.phase = CAMPAIGN
        day = self.steps // self.timeline.steps_per_day
        self.record.end_day(day, self.in_campaign)
        if day == self.timeline.horizon_days:
            self.outcome = self.record.row(day) | {"ceasefire": self.phase == CEASEFIRE, "failed": self.failed}
            self.running = False


def criteria_of(history: History) -> dict[str, list[tuple[int, float]]]:
    """Return, for killed, civilians and leaders, the rungs that they lift an act to, with the least number."""
    rungs = history.theatre.ladder.rungs
    return {
        mark: [(rung.level, least) for rung in rungs if (least := getattr(rung, f"criterion_{name}")) > 0]
        for mark, name in (("killed", "killed"), ("civilians", "civilians"), ("leader", "leader"))
    }
