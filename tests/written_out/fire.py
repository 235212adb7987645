"""The fire of one step, act by act: who fires on which rung, whom it kills, what the target sees, what it provokes."""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri

from sim.engine.acts import GivenAct
from written_out.luck import Luck, binomial, child, gamma, killed_of, launch_ends, noise, of_act, poisson
from written_out.people import Act, Relation, weigh
from written_out.setting import OneSetting

ALARM_RUNG = 5
ALARM_DAYS = 2.0 / 24.0


class Fire:
    """Draws the acts of one history."""

    def __init__(self, one: OneSetting, luck: Luck, relations: dict[str, Relation]) -> None:
        self.one, self.luck, self.relations = one, luck, relations
        self.activity = dict.fromkeys(relations, 1.0)
        self.postures: dict[str, float] = {}

    def play(
        self,
        step: int,
        routine: dict[str, float],
        strategic: dict[str, float],
        postures: dict[str, float],
        given: list[GivenAct],
    ) -> list[Act]:
        """Return all acts of a step, generation by generation; what they provoke later is owed."""
        self.postures = postures
        acts = [act for name in self.relations for act in self._first(step, name, routine[name])]
        for name, rate in strategic.items():
            number = poisson(self.luck.uniform(name, "strategic acts", step), rate * self.one.step_days)
            roots = [self.luck.act(name, "strategic act", step, i) for i in range(number)]
            acts += [Act(name, self.one.top, root, "strategic") for root in roots]
        for act in acts:
            self._mark(act)
        for name in self.relations:
            if self.luck.happens(name, "false alarm", step, self.one.dyad[name].false_alarms, self.one.step_days):
                acts.append(Act(name, 0, self.luck.act(name, "alarm", step, 0), "false alarm"))
        acts += [self._given(act, step, number) for number, act in enumerate(given)]
        generation, whole = acts, []
        while generation:
            whole += generation
            offspring = []
            for act in generation:
                self._perceive(act)
                self.owe(act)
                offspring += self._offspring(act)
            for act in offspring:
                self._mark(act)
            generation = offspring
        return whole

    def _first(self, step: int, name: str, routine: float) -> list[Act]:
        """Return the routine acts of a dyad and the reactions that fall due."""
        known = self.relations[name]
        due = [released * factor for released, factor in zip(known.released, known.multiplier, strict=True)]
        acts = []
        for number in range(poisson(self.luck.uniform(name, "acts", step), routine + sum(due))):
            root = self.luck.act(name, "act", step, number)
            position = of_act(root, "cause") * (routine + sum(due)) - routine
            if position < 0:
                acts.append(Act(name, self._routine_rung(name, root), root, "routine"))
                continue
            rung = 1
            while rung < self.one.top and position >= due[rung]:
                position -= due[rung]
                rung += 1
            acts.append(Act(name, self._reaction_rung(name, root, rung), root, "reaction"))
        return acts

    def _routine_rung(self, name: str, root: int) -> int:
        sender = self.one.dyads[name].sender
        height = self.postures[sender] - 0.5 + self.one.party[sender].posture_spread * ndtri(of_act(root, "rung"))
        return min(self.one.top, max(1, round(height)))

    def _reaction_rung(self, name: str, root: int, provocation: int) -> int:
        """Return the rung of a reaction: one of a package is on the rung that was chosen, the others may be lower."""
        known, own = self.relations[name], self.one.party[self.one.dyads[name].sender]
        lead = 1.0 - own.package * (1.0 - 1.0 / max(1.0, self.one.mean[name][provocation]))
        chosen = known.rung[provocation]
        return chosen if of_act(root, "lead") < lead else min(chosen, self._routine_rung(name, root))

    def _mark(self, act: Act) -> None:
        sender, rung = self.one.dyads[act.dyad].sender, self.one.ladder[act.launched]
        own, deadly = self.one.party[sender], self.one.lethality[sender][act.launched]
        act.rung = act.launched
        if of_act(act.root, "lethal") >= deadly:
            return
        act.killed = min(killed_of(of_act(act.root, "killed"), own.severity_exponent), int(own.most_killed))
        act.civilians = binomial(of_act(act.root, "civilians"), act.killed, rung.civilian_share)
        act.leaders = int(of_act(act.root, "leader") < rung.leader * own.leader_strikes / deadly)
        for higher in self.one.ladder:
            lifted = (
                0 < higher.criterion_killed <= act.killed
                or 0 < higher.criterion_civilians <= act.civilians
                or 0 < higher.criterion_leader <= act.leaders
            )
            if lifted:
                act.rung = max(act.rung, higher.level)

    def _given(self, act: GivenAct, step: int, number: int) -> Act:
        name = f"{act.sender}-{act.target}"
        root = self.luck.act(name, "given", step, 0, part=number)
        return Act(name, act.rung, root, "scheduled", act.killed, act.civilians, act.leaders, act.rung)

    def _perceive(self, act: Act) -> None:
        dyad = self.one.dyads[act.dyad]
        eye, alarm = self.one.party[dyad.target], act.cause == "false alarm"
        public = alarm or act.cause == "scheduled"
        act.seen = public or of_act(act.root, "seen") < 1.0 - (1.0 - eye.detection) ** (1 + act.rung)
        uniform, half = of_act(act.root, "misperceived"), eye.misperception / 2.0
        mistaken = act.rung + (uniform > 1.0 - half) - (uniform < half)
        act.seen_rung = min(ALARM_RUNG, self.one.top) if alarm else min(self.one.top, max(1, mistaken))
        act.answer = self.one.answer(act.dyad)
        if self.one.spilled_answer(act.dyad) and of_act(act.root, "charged") < self.one.spill(act.dyad):
            act.answer = self.one.spilled_answer(act.dyad)
        act.harm = weigh(self.one, act, dyad.target) * eye.own_loss_weight
        act.harm *= 0.0 if alarm else noise(of_act(act.root, "harm"), eye.harm_noise)
        self._hold_against_line(act, self._depth(act))

    def recorded(self, given: GivenAct, step: int, number: int) -> Act:
        """Return an act of the record: seen by all, on the rung and with the harm that were reported."""
        act = self._given(given, step, number)
        charged = f"{given.target}-{given.charged}"
        act.answer = charged if charged in self.one.dyads else self.one.answer(act.dyad)
        act.seen_rung = act.rung
        act.harm = weigh(self.one, act, given.target) * self.one.party[given.target].own_loss_weight
        self._hold_against_line(act, -math.inf)
        return act

    def _hold_against_line(self, act: Act, depth: float) -> None:
        act.provocation = max(act.seen_rung, 1)
        line = self.relations[act.answer].line if act.answer else None
        if line is None or act.cause == "false alarm":
            return
        struck = bool(line.leader) and act.leaders > 0
        act.crosses = (act.killed > 0 and (act.civilians >= line.civilians or struck)) or depth >= line.depth
        if act.crosses:
            act.provocation = max(act.provocation, int(min(line.rung, self.one.top)))

    def _depth(self, act: Act) -> float:
        """Return the depth of an act: log-normal between the ends of its launched rung, cut at two deviations [km]."""
        rung = self.one.ladder[act.launched]
        low, high = math.log(max(rung.depth_low, 0.2)), math.log(max(rung.depth_high, 0.21))
        normal = ndtri(ndtr(-2.0) + of_act(act.root, "depth") * (ndtr(2.0) - ndtr(-2.0)))
        return math.exp((low + high) / 2.0 + (high - low) / 4.0 * normal)

    def _owed(self, act: Act) -> float:
        """Return the mean reactions to an act under a multiplier of 1."""
        if act.answer is None or not act.seen:
            return 0.0
        owed = self.one.mean[act.answer][act.provocation]
        if act.cause == "false alarm":
            owed *= 1.0 - math.exp(-ALARM_DAYS / self.one.dyad[act.answer].delay_days)
        return owed * gamma(of_act(act.root, "gamma"), self.one.party[self.one.dyads[act.dyad].target].overdispersion)

    def owe(self, act: Act) -> None:
        """Put what an act provokes in later steps into the pools."""
        if act.answer:
            known = self.relations[act.answer]
            pool, now = (known.fast_due, known.fast_now) if act.crosses else (known.due, known.now)
            pool[act.provocation] += self._owed(act) * (1.0 - now)
        if act.cause != "false alarm":
            own = self.relations[act.dyad]
            own.follow_ups_due += self.one.party[self.one.dyads[act.dyad].sender].follow_up * (1.0 - own.now)

    def owe_routine(self, name: str, acts: float) -> None:
        """Put what routine acts of the record provoke, which it does not itemise, into the pools."""
        sender, own = self.one.dyads[name].sender, self.relations[name]
        own.follow_ups_due += acts * self.one.party[sender].follow_up * (1.0 - own.now)
        spill = self.one.spill(name)
        for answer, share in ((self.one.answer(name), 1.0 - spill), (self.one.spilled_answer(name), spill)):
            if answer:
                known = self.relations[answer]
                for rung in range(1, self.one.top + 1):
                    provoked = acts * share * self.one.law[sender][rung] * self.one.mean[answer][rung]
                    known.due[rung] += provoked * (1.0 - known.now)

    def _offspring(self, act: Act) -> list[Act]:
        """Return the reactions and follow-ups that fall in the step of an act."""
        acts = []
        if act.answer:
            known = self.relations[act.answer]
            now = known.fast_now if act.crosses else known.now
            mean = self._owed(act) * now * known.multiplier[act.provocation]
            for number in range(poisson(of_act(act.root, "reaction"), mean)):
                root = child(act.root, "reaction", number)
                rung = self._reaction_rung(act.answer, root, act.provocation)
                acts.append(Act(act.answer, rung, root, "reaction"))
        if act.cause != "false alarm":
            own = self.one.party[self.one.dyads[act.dyad].sender]
            mean = own.follow_up * self.relations[act.dyad].now * self.activity[act.dyad]
            for number in range(poisson(of_act(act.root, "follow-up"), mean)):
                root = child(act.root, "follow-up", number)
                acts.append(Act(act.dyad, self._routine_rung(act.dyad, root), root, "follow-up"))
        return acts

    def launches(self, act: Act) -> tuple[int, int]:
        """Return the launches of an act and those that are claimed; none for a party whose acts are no salvos."""
        sender = self.one.dyads[act.dyad].sender
        if not self.one.profiles[sender].counts_launches:
            return 0, 0
        own, mean, uniform = (
            self.one.party[sender],
            self.one.ladder[act.launched].launches,
            of_act(act.root, "launches"),
        )
        further = next(i for i, end in enumerate(launch_ends(mean)) if end >= uniform) if mean > 0 else 0
        true = 1 + further if act.launched >= self.one.top - 1 else min(1 + further, 19)
        factor = math.exp(own.claim_bias + own.claim_spread * ndtri(of_act(act.root, "claimed")))
        return true, max(1, round(true * factor))
