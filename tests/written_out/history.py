"""One history, step by step: the world, what parties see and decide, entries, phases, and the fire (S2.3 to S2.12)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from worlds import Setting

from sim.core.random_streams import Draw, Streams
from sim.engine.theatre import Joiner
from sim.policies.view import Encounter, LastStep, View
from written_out.fire import Fire
from written_out.luck import Luck
from written_out.people import Act, Person, Relation, take_in, weigh
from written_out.setting import OneSetting

BORDER, CAMPAIGN, GROUND, CEASEFIRE = range(4)
GRAVE_DAYS = 14.0


@dataclass
class Noted:
    """An act of a finished day, as definitions judge it."""

    day: int
    act: Act
    launches: int
    claimed: int


class History:
    """The history of one replicate of a setting; ``place`` is its place among those the parameters were drawn for."""

    def __init__(self, setting: Setting, place: int, size: int, *, seed: int, replicate: int) -> None:
        self.one = OneSetting(setting, place, size)
        self.luck, self.streams = Luck(seed, replicate), Streams(seed, [replicate])
        one = self.one
        self.people = {
            party: Person(own.posture_baseline, own.resolve_baseline, joined=not one.theatre.may_join(party))
            for party, own in one.party.items()
            if party in one.profiles
        }
        self.relations = {}
        for name, dyad in one.dyads.items():
            self.relations[name] = self.people[dyad.sender].relations[name] = Relation(one, name)
        self.fire = Fire(one, self.luck, self.relations)
        self.phase, self.began_by = BORDER, None
        self.driver, self.in_truce, self.truce_by_chance = (
            one.world.driver_level**one.world.driver_exponent,
            False,
            False,
        )
        self.mediation, self.shock, self.deviation = one.world.mediation + one.world.mediation_added, 0.0, 0.0
        self.rung_day = dict.fromkeys(range(one.top + 1), -math.inf)
        self.civilians: Counter[int] = Counter()
        self.latest: list[Act] = []
        self.noted: list[Noted] = []
        self.days: dict[str, float] = defaultdict(lambda: math.inf)
        self.ceasefire_at: dict[int, bool] = {}
        self.truce_days = 0.0
        self.busy: list[tuple[bool, bool]] = []
        self.killed_by_day: list[int] = []
        self._replay()

    def run_day(self, day: int) -> None:
        """Run a day, numbered from 1."""
        per_day = self.one.timeline.steps_per_day
        for step in range((day - 1) * per_day, day * per_day):
            self._step(step)
        self._end_day(day)

    def _replay(self) -> None:
        one, days, given = self.one, self.one.step_days, self.one.timeline.history
        if not given:
            return
        first = min(math.floor(act.day / days) for act in given)
        itemised = Counter(f"{act.sender}-{act.target}" for act in given)
        routine = {name: max(0.0, one.stationary[name] - itemised[name] / (-first * days)) for name in one.dyads}
        for step in range(first, 0):
            for name, known in self.relations.items():
                rate = routine[one.answer(name)] if one.answer(name) else 0.0
                known.acts += rate * days
                known.rungs += rate * days * known.expected
                known.fade = 1.0 if rate > 0 else known.fade
            for party, person in self.people.items():
                if person.relations:
                    take_in(one, party, person, self.latest)
            for known in self.relations.values():
                known.release()
            here = [act for act in given if math.floor(act.day / days) == step]
            self.latest = [self.fire.recorded(act, step, number) for number, act in enumerate(here)]
            for act in self.latest:
                self.fire.owe(act)
            for name, rate in routine.items():
                self.fire.owe_routine(name, rate * days)
            self._remember(step * days)

    def _step(self, step: int) -> None:
        one, days = self.one, self.one.step_days
        self._move_world(step)
        for party, person in self.people.items():
            if person.relations:
                take_in(one, party, person, self.latest)
        follow_ups = {name: known.release() for name, known in self.relations.items()}
        strategic = self._ask_policies(step)
        self._join_and_leave(step)
        self._pass_phases(step)
        activity = one.front.ceasefire_activity if self.phase == CEASEFIRE else 1.0
        routine = {}
        for name, known in self.relations.items():
            quiet = activity if one.of_front(name) else 1.0
            routine[name] = (self._rate(name, step * days) * days + follow_ups[name]) * quiet
            known.multiplier = [factor * quiet for factor in known.multiplier]
            strategic[name] *= quiet
            self.fire.activity[name] = quiet
        here = [act for act in one.timeline.scheduled if math.floor(act.day / days) == step]
        self.latest = self.fire.play(step, routine, strategic, self._postures(), here)
        self._remember(step * days)
        self._note(step)

    def _move_world(self, step: int) -> None:
        own, days, luck = self.one.world, self.one.step_days, self.luck
        uniform = luck.uniform("world", "truce", step)
        if self.truce_by_chance:
            self.truce_by_chance = uniform >= 1.0 - math.exp(-days / own.truce_days)
        else:
            self.truce_by_chance = uniform < 1.0 - math.exp(-own.truce_hazard * days)
        scheduled = any(
            round(truce.start_day / days) <= step < round(truce.start_day / days) + max(1, round(truce.days / days))
            for truce in self.one.timeline.truces
        )
        self.in_truce = self.truce_by_chance or scheduled
        self.driver = 0.0 if self.in_truce else own.driver_level**own.driver_exponent
        kept = math.exp(-days / own.mediation_decay_days)
        self.shock *= kept
        self.shock += sum(shock.size for shock in self.one.timeline.shocks if round(shock.day / days) == step)
        if luck.happens("world", "diplomatic shock", step, own.mediation_shock_hazard, days):
            self.shock += own.mediation_shock_size
        normal = ndtri(luck.uniform("world", "mediation", step))
        self.deviation = self.deviation * kept + own.mediation_spread * math.sqrt(1.0 - kept**2) * normal
        self.mediation = min(1.0, max(0.0, own.mediation + own.mediation_added + self.shock + self.deviation))

    def _ask_policies(self, step: int) -> dict[str, float]:
        """Ask every party for its answer to every opponent; return unprovoked acts on the top rung [1/day]."""
        one, strategic = self.one, {}
        for party, person in self.people.items():
            restrained = math.exp(-one.party[party].restraint * (self.mediation - one.world.mediation))
            pushes = [0.0]
            for name, known in person.relations.items():
                given = known.policy.respond(self.view(name, step), Draw(self.streams, name, step))
                factors = np.broadcast_to(given.multiplier, (one.top, 1))[:, 0]
                rungs = np.broadcast_to(given.rung, (one.top, 1))[:, 0]
                known.rung = [0, *map(int, rungs)]
                known.multiplier = [
                    0.0,
                    *(float(f) * restrained if r > 0 else 0.0 for f, r in zip(factors, rungs, strict=True)),
                ]
                known.memory |= given.memory
                strategic[name] = one.dyad[name].strategic_rate + float(np.max(given.strategic))
                pushes.append(float(np.max(given.campaign)))
            person.push = max(pushes) + min(pushes)
        return strategic

    def view(self, name: str, step: int) -> View:
        """Return what the sender of a dyad could know about its target at the start of a step."""
        one, known, dyad = self.one, self.relations[name], self.one.dyads[name]
        party, person = dyad.sender, self.people[dyad.sender]

        def encounter() -> Encounter:
            received, sent = np.zeros((2, one.top, 1))
            heard = [act for act in self.latest if act.answer == name and act.seen]
            done = [act for act in self.latest if act.dyad == name and act.cause != "false alarm"]
            for act in heard:
                received[act.provocation - 1] += 1.0
            for act in done:
                sent[max(act.rung, 1) - 1] += 1.0
            harm = sum(act.harm for act in heard), sum(weigh(one, act, party) for act in done)
            return Encounter(received, sent, *(np.array([float(value)]) for value in harm))

        return View(
            provocation=np.arange(1, one.top + 1)[:, None],
            reactions_due=np.array(known.released[1:])[:, None],
            unanswered_harm=np.array([known.unanswered]),
            own_harm=np.array(one.harm[party, party])[:, None],
            opponent_harm=np.array(one.harm[dyad.target, party])[:, None],
            observed=np.array([known.observed]),
            posture=np.array([person.posture]),
            resolve=np.array([person.resolve]),
            weariness=np.array([person.weariness]),
            mediation=np.array([self.mediation]),
            phase=np.array([self.phase if one.of_front(name) else BORDER]),
            entered=np.array([person.joined]),
            day=step * one.step_days,
            step_days=one.step_days,
            last=LastStep(encounter),
            memory=known.memory,
        )

    def _at_war(self, now: float) -> dict[str, bool]:
        """Return who is at war: in a campaign of the front, having joined, or lately in an act on the top rung."""
        found = {}
        for party, person in self.people.items():
            found[party] = now - person.top_day <= GRAVE_DAYS
            if self.one.side(party) >= 0:
                found[party] |= self.phase in (CAMPAIGN, GROUND)
            elif self.one.theatre.may_join(party):
                found[party] |= person.joined
        return found

    def pull(self, joiner: Joiner, now: float) -> tuple[float, list[float], bool]:
        """Return at which rate a party would join, the parts of its log rate, and whether an ally is at war."""
        one, own, at_war = self.one, self.one.entry[joiner.party], self._at_war(now)
        gravest = max((rung for rung, day in self.rung_day.items() if now - day <= GRAVE_DAYS), default=0)
        month = sum(killed for day, killed in self.civilians.items() if day > self._latest_day - 30)
        allies = [pact for pact in one.theatre.alliances if pact.party == joiner.party and at_war[pact.ally]]
        parts = [
            own.rung_slope * max(gravest - 4, 0),
            sum(one.alliance[pact.id] for pact in allies),
            own.civilians * math.log1p(month / 100.0),
            own.driver * (self.driver - 1.0),
        ]
        waits = not all(self.people[other].joined for other in joiner.only_after)
        rate = own.hazard * math.exp(sum(parts) - own.deterrence - own.mediation * self.mediation)
        return 0.0 if waits else rate, parts, bool(allies)

    def _join_and_leave(self, step: int) -> None:
        """Let parties join and leave; all decide on the state before the step."""
        days, now = self.one.step_days, step * self.one.step_days
        pulled = [(joiner.party, *self.pull(joiner, now)) for joiner in self.one.theatre.joiners]
        for party, rate, parts, has_ally_at_war in pulled:
            own, person = self.one.entry[party], self.people[party]
            if person.joined:
                stays = now - person.since < own.shortest_days or has_ally_at_war
                person.joined = stays or not self.luck.happens(party, "leave", step, own.exit_hazard, days)
            elif self.luck.happens(party, "join", step, rate, days):
                person.joined, person.since = True, now
                if person.first_day == math.inf:
                    person.first_day = now + days
                    person.trigger = parts.index(max(parts)) + 1 if max(parts) > 0 else 0

    def campaign_rate(self, party: str, now: float) -> float:
        """Return the rate at which a party would begin a campaign [1/day]."""
        own, person = self.one.party[party], self.people[party]
        struck = now - person.mass_day <= self.one.front.mass_memory_days
        exponent = own.campaign_slope * (person.posture - 3.0) + own.campaign_shock * struck
        exponent -= own.campaign_mediation * self.mediation + own.campaign_deterrence * own.expected_loss
        return own.campaign_hazard * math.exp(exponent + person.push)

    def _pass_phases(self, step: int) -> None:
        front, luck, days = self.one.front, self.luck, self.one.step_days
        owner, before = self.one.theatre.front.id, self.phase
        for party in self.people:
            rate = self.campaign_rate(party, step * days)
            if self.phase == BORDER and luck.happens(party, "campaign", step, rate, days):
                self.phase, self.began_by = CAMPAIGN, party
        if before == CAMPAIGN and luck.happens(owner, "ground", step, front.ground_hazard, days):
            self.phase = GROUND
        ending = front.ceasefire_hazard * math.exp(front.ceasefire_mediation * self.mediation)
        if before in (CAMPAIGN, GROUND) and luck.happens(owner, "ceasefire", step, ending, days):
            self.phase = CEASEFIRE
        if before == CEASEFIRE and luck.happens(owner, "reignition", step, front.reignition_hazard, days):
            self.phase = CAMPAIGN

    def _rate(self, name: str, day: float) -> float:
        """Return the background of a dyad now [1/day]."""
        one, dyad = self.one, self.one.dyads[name]
        own, person = one.party[dyad.sender], self.people[dyad.sender]
        rate = one.background[name] * (1.0 - own.driver_share + own.driver_share * self.driver)
        rate *= math.exp(own.trend * day)
        if one.of_front(name) and self.phase in (CAMPAIGN, GROUND):
            rate *= one.dyad[name].campaign_factor * person.capability
        if one.theatre.may_join(dyad.sender) and person.joined:
            rate += one.dyad[name].entry_rate
        return rate

    def _postures(self) -> dict[str, float]:
        found = {}
        for party, person in self.people.items():
            found[party] = person.posture
            if self.one.theatre.may_join(party) and person.joined:
                found[party] = self.one.entry[party].posture
            if self.one.side(party) >= 0 and self.phase in (CAMPAIGN, GROUND):
                found[party] = self.one.front.campaign_posture
        return found

    def _remember(self, day: float) -> None:
        """Note what is publicly remembered of the acts of a step."""
        self._latest_day = math.floor(day)
        for act in self.latest:
            dyad = self.one.dyads[act.dyad]
            if act.cause == "false alarm":
                continue
            if act.rung > 4 and self.one.of_front(act.dyad):
                self.rung_day[act.rung] = day
            if act.rung >= self.one.top:
                self.people[dyad.sender].top_day = day
            if act.killed >= self.one.front.mass_killed or act.leaders > 0:
                self.people[dyad.target].mass_day = day
            if self.one.of_front(act.dyad):
                self.civilians[self._latest_day] += act.civilians

    def _note(self, step: int) -> None:
        end = (step + 1) * self.one.step_days
        day = step // self.one.timeline.steps_per_day + 1
        self.noted += [Noted(day, act, *self.fire.launches(act)) for act in self.latest if act.cause != "false alarm"]
        if self.phase in (CAMPAIGN, GROUND) and self.began_by:
            self.days["campaign"] = min(self.days["campaign"], end)
        if self.phase in (GROUND, CEASEFIRE):
            name = "ground" if self.phase == GROUND else "ceasefire"
            self.days[name] = min(self.days[name], end)
        self.truce_days = self.truce_days + self.one.step_days if self.in_truce else 0.0
        for question in self.one.timeline.questions:
            if question.kind == "driver_truce" and self.truce_days >= question.threshold:
                self.days[f"truce {question.id}"] = min(self.days[f"truce {question.id}"], end)
        if end in self.one.timeline.horizons:
            self.ceasefire_at[int(end)] = self.phase == CEASEFIRE

    def _end_day(self, day: int) -> None:
        """Put the front into a campaign where the counts of the last week or month say so."""
        rules, today = self.one.definitions, [noted for noted in self.noted if noted.day == day]
        of_front = [noted for noted in today if self.one.of_front(noted.act.dyad)]
        busy = []
        for side in (0, 1):
            own = [noted for noted in of_front if self.one.side(self.one.dyads[noted.act.dyad].sender) == side]
            launches = sum(noted.launches for noted in own)
            busy.append(len(own) >= rules.campaign_acts or launches >= rules.campaign_launches)
        self.busy.append((busy[0], busy[1]))
        self.killed_by_day.append(sum(noted.act.killed for noted in of_front))
        if self.counts_met(day) and self.phase == BORDER:
            self.phase = CAMPAIGN

    def counts_met(self, day: int) -> bool:
        """Return whether the counts of a campaign or a war are met at the end of a day, from 1."""
        rules, week = self.one.definitions, slice(max(0, day - 7), day)
        return (
            any(sum(busy[side] for busy in self.busy[week]) >= rules.campaign_days for side in (0, 1))
            or sum(killed >= rules.campaign_killed for killed in self.killed_by_day[week]) >= rules.campaign_killed_days
            or sum(self.killed_by_day[max(0, day - 30) : day]) >= rules.war_killed
        )
