"""The parties of the scalar model: one `mesa.Agent` each, Python floats, a loop over opponents (S2.5 to S2.9)."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from types import SimpleNamespace

import mesa

from benchmarks.scalar_laws import binomial, highest, mean_log_civilians, rung_law, zeta_law
from benchmarks.scalar_policies import policy_of
from sim.engine.theatre import Dyad, Theatre

ALARM_RUNG = 5


@dataclass(slots=True)
class Act:
    """One act with its marks, and what its target makes of it."""

    relation: Relation
    launched: int
    killed: int = 0
    civilians: int = 0
    leaders: int = 0
    rung: int = 0
    is_alarm: bool = False
    crosses: bool = False
    answer: Relation | None = None
    provocation: int = 0


class Relation:
    """What one party knows of one opponent, owes it and does to it."""

    def __init__(self, dyad: Dyad, values: dict[str, float], top: int, step_days: float) -> None:
        own = SimpleNamespace(**values_below(values, f"dyad.{dyad.id}"))
        self.dyad = dyad
        self.attention, self.alarm_hazard = own.attention, own.false_alarms
        self.spill = own.spill if dyad.spill_to else 0.0
        self.excitation, self.campaign_factor, self.delay = own.excitation, own.campaign_factor, own.delay_days
        self.later = -math.expm1(-step_days / own.delay_days)
        self.now = 1.0 - own.delay_days / step_days * self.later
        self.quick_later, self.quick_now = self.later, self.now
        self.step_days = step_days
        self.background = values[f"party.{dyad.sender}.baseline"] * own.share * step_days
        self.expected = values[f"party.{dyad.target}.posture_baseline"]
        self.due = [0.0] * (top + 1)
        self.quick = [0.0] * (top + 1)
        self.released = [0.0] * (top + 1)
        self.follow_ups_due = 0.0
        self.factor, self.chosen = [0.0] * (top + 1), [0] * (top + 1)
        self.unanswered = 0.0
        self.observed_acts, self.observed_rungs, self.fade = 1.0, self.expected, 1.0
        self.heard_acts = self.heard_rungs = self.heard_harm = self.inflicted = 0.0

    def hasten(self, delay_days: float) -> None:
        """Give answers to acts over the red line a delay of their own."""
        self.quick_later = -math.expm1(-self.step_days / delay_days)
        self.quick_now = 1.0 - delay_days / self.step_days * self.quick_later

    def owe(self, act: Act, owed: float) -> None:
        """Put what an act provokes in later steps into the pools."""
        pool, now = (self.quick, self.quick_now) if act.crosses else (self.due, self.now)
        pool[act.provocation] += owed * (1.0 - now)

    def release(self) -> float:
        """Take what falls due in a step out of the pools; return the follow-ups."""
        for rung, (due, quick) in enumerate(zip(self.due, self.quick, strict=True)):
            usual, hasty = due * self.later, quick * self.quick_later
            self.released[rung] = usual + hasty
            self.due[rung], self.quick[rung] = due - usual, quick - hasty
        follow_ups = self.follow_ups_due * self.later
        self.follow_ups_due -= follow_ups
        return follow_ups

    @property
    def observed(self) -> float:
        """Running mean of the opponent's rungs plus one half; fades to that of a lull."""
        return 0.5 + (self.observed_rungs / self.observed_acts - 0.5) * self.fade


class ScalarParty(mesa.Agent):
    """One party in one history.

    Parameters
    ----------
    model : ScalarConflict
        The history.
    party : str
        Id of the party.
    rules : list of str
        Its policy.
    """

    def __init__(self, model: mesa.Model, party: str, rules: list[str]) -> None:
        super().__init__(model)
        values, theatre = model.values, model.theatre
        self.id = party
        self.own = SimpleNamespace(**values_below(values, f"party.{party}"))
        self.policy = policy_of(rules, values, f"policy.{party}")
        self.line = SimpleNamespace(**values_below(values, f"policy.{party}")) if rules[0] == "threshold" else None
        top, days = theatre.ladder.top, model.step_days
        self.relations = [Relation(dyad, values, top, days) for dyad in theatre.dyads if dyad.sender == party]
        if self.line and self.line.fast_delay_days > 0.0:
            for known in self.relations:
                known.hasten(self.line.fast_delay_days)
        self.posture, self.resolve = self.own.posture_baseline, self.own.resolve_baseline
        self.weariness, self.capability = 0.0, 1.0
        self.last_mass = -math.inf
        self.shock = self.leaders_lost = self.lost = 0.0
        self.routine_shock = 0.0
        self._learn_marks(theatre)

    def _learn_marks(self, theatre: Theatre) -> None:
        own, ladder = self.own, theatre.ladder
        self.lethality = [min(own.lethality * chance, 0.98) for chance in ladder.lethality.tolist()]
        self.civilian_share = ladder.civilian_share.tolist()
        self.leader_chance = [chance * own.leader_strikes for chance in ladder.leader.tolist()]
        self.rung_harm = ladder.harm.tolist()
        law = zeta_law(own.severity_exponent)
        self.toll = list(accumulate(law))
        self.mean_killed = sum(k * chance for k, chance in enumerate(law, start=1))
        self.civilian_shock = [
            sum(chance * shock for chance, shock in zip(law, mean_log_civilians(share), strict=True))
            for share in self.civilian_share
        ]
        self.routine_law = rung_law(own.posture_baseline, own.posture_spread, ladder.top)
        self.detection = [1.0 - (1.0 - own.detection) ** (1 + rung) for rung in range(ladder.top + 1)]

    def mean_shock(self) -> float:
        """Return the mean log(1 + civilians killed) of one routine act of this party."""
        each = zip(self.routine_law, self.lethality, self.civilian_shock, strict=True)
        return sum(chance * deadly * shock for chance, deadly, shock in each)

    def mean_harm(self, observer: ScalarParty) -> list[float]:
        """Return the mean harm of an act of this party at each rung, as an observer weighs it."""
        weight, leader_weight = observer.own.civilian_weight, observer.own.leader_weight
        return [
            harm + deadly * self.mean_killed * (1.0 - share + share * weight) + leader * leader_weight
            for harm, deadly, share, leader in zip(
                self.rung_harm, self.lethality, self.civilian_share, self.leader_chance, strict=True
            )
        ]

    def strike(self, relation: Relation, launched: int) -> Act:
        """Carry out an act: draw its marks."""
        luck, deadly = self.random, self.lethality[launched]
        act = Act(relation, launched, rung=launched)
        if luck.random() < deadly:
            act.killed = bisect_left(self.toll, luck.random(), hi=len(self.toll) - 1) + 1
            act.civilians = binomial(luck, act.killed, self.civilian_share[launched])
            # The chance of a leader's death is that of any act of the rung; somebody must have died.
            act.leaders = int(luck.random() < self.leader_chance[launched] / deadly)
            ladder = self.model.criteria
            act.rung = highest(launched, act.killed, ladder.killed)
            act.rung = highest(act.rung, act.civilians, ladder.civilians)
            act.rung = highest(act.rung, act.leaders, ladder.leader)
        relation.inflicted += self.harm_of(act)
        return act

    def harm_of(self, act: Act) -> float:
        """Return the harm of an act as this party weighs it."""
        weighed = self.own.civilian_weight * act.civilians + self.own.leader_weight * act.leaders
        return act.killed - act.civilians + weighed + self.rung_harm[act.rung]

    def suffer(self, act: Act, day: float, mass_killed: float) -> None:
        """Take the losses of an act."""
        self.lost += act.killed
        self.leaders_lost += act.leaders
        if act.killed >= mass_killed or act.leaders:
            self.last_mass = day

    def witness(self, act: Act, charged: Relation | None, depth: float) -> None:
        """Take note of an act that hit this party; a party that does not see it does not answer it."""
        own, luck = self.own, self.random
        if not act.is_alarm and luck.random() >= self.detection[act.rung]:
            return
        self.shock += math.log1p(act.civilians)
        rung, uniform = act.rung, luck.random()
        if uniform < own.misperception / 2.0:
            rung = max(1, rung - 1)
        elif uniform < own.misperception:
            rung = min(len(self.detection) - 1, rung + 1)
        noise = math.exp(luck.gauss(-0.5 * own.harm_noise**2, own.harm_noise))
        self.remember(act, charged, ALARM_RUNG if act.is_alarm else rung, noise)
        if not act.is_alarm:
            self.hold_against_line(act, depth)

    def hold_against_line(self, act: Act, depth: float) -> None:
        """Lift an act that crosses the red line to the rung of the line."""
        line = self.line
        if line is None:
            return
        of_a_leader = line.line_leader >= 0.5 and act.leaders > 0
        if act.civilians >= line.line_civilians or depth >= line.line_depth or of_a_leader:
            act.crosses = True
            act.provocation = max(act.provocation, int(line.line_rung))

    def remember(self, act: Act, charged: Relation | None, rung: int, noise: float = 1.0) -> None:
        """Charge an act to an opponent, on the rung that was perceived."""
        act.answer, act.provocation = charged, max(rung, 1)
        if charged is not None:
            charged.heard_acts += 1.0
            charged.heard_rungs += rung + 0.5
            charged.heard_harm += 0.0 if act.is_alarm else self.harm_of(act) * self.own.own_loss_weight * noise

    def perceive(self, days: float) -> None:
        """Take in the acts of the step before: harm, observed posture, losses."""
        own = self.own
        fading, memory = math.exp(-days / own.harm_memory_days), math.exp(-days / 7.0)
        for known in self.relations:
            left = known.unanswered * fading + known.heard_harm - own.discharge * known.inflicted
            known.unanswered = max(0.0, left)
            known.observed_acts = known.observed_acts * memory + known.heard_acts
            known.observed_rungs = known.observed_rungs * memory + known.heard_rungs
            known.fade = 1.0 if known.heard_acts else known.fade * math.exp(-days / 30.0)
            known.heard_acts = known.heard_rungs = known.heard_harm = known.inflicted = 0.0
        self.posture += own.civilian_shock * (self.shock - self.routine_shock * days)
        self.posture += own.leader_shock * self.leaders_lost
        self.weariness += self.lost / (1000.0 * own.strength)
        self.resolve += 0.02 * math.log1p(self.lost)
        self.capability *= (1.0 - own.leader_loss) ** self.leaders_lost
        self.shock = self.leaders_lost = self.lost = 0.0

    def update(self, days: float) -> None:
        """Let posture (Richardson), weariness and resolve move by themselves."""
        own = self.own
        pull = sum(known.attention * (known.observed - known.expected) for known in self.relations)
        drift = own.imitation * pull - (self.posture - own.posture_baseline)
        moved = self.posture - drift * math.expm1(-days / own.posture_memory_days)
        self.posture = min(6.5, max(0.0, moved))
        self.weariness *= math.exp(-days / 120.0)
        recovery = (own.resolve_baseline - self.resolve) / 90.0 - own.weariness_effect * self.weariness
        self.resolve = min(1.0, max(0.0, self.resolve + recovery * days))

    def campaign_hazard(self, day: float, memory_days: float, mediation: float) -> float:
        """Return the hazard of beginning a campaign [1/day]."""
        own = self.own
        shocked = day - self.last_mass <= memory_days
        exponent = own.campaign_slope * (self.posture - 3.0) + own.campaign_shock * shocked
        exponent -= own.campaign_mediation * mediation + own.campaign_deterrence * own.expected_loss
        return own.campaign_hazard * math.exp(exponent)

    def decide(self, activity: float, mediated: float) -> None:
        """Ask the policy what each opponent's acts on each rung are answered with.

        Parameters
        ----------
        activity : float
            Factor of all fire.
        mediated : float
            Mediation beyond the usual, which restrains reactions.
        """
        activity *= math.exp(-self.own.restraint * mediated)
        for known in self.relations:
            self.policy.prepare(self.random)
            for rung in range(1, len(known.factor)):
                factor, chosen = self.policy.answer(rung, known.unanswered, known.own_harm, known.their_harm)
                known.factor[rung] = factor * activity if chosen > 0 else 0.0
                known.chosen[rung] = chosen


def values_below(values: dict[str, float], prefix: str) -> dict[str, float]:
    """Return the parameters of one owner by name."""
    start = len(prefix) + 1
    return {key[start:]: value for key, value in values.items() if key.startswith(f"{prefix}.")}
