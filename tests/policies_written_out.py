"""The shipped policies written out for one history, each as a loop over its whole past; nothing is carried along.

A history is a list of what was seen, step by step, in plain numbers. An act that is seen in a step was made in the step
before and belongs to the period of that step; what is seen at the very start belongs to the first period.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from sim.core.parameters import parameters_of
from sim.core.random_streams import Streams
from sim.policies import (
    Policy,
    composite,
    expected_cost,
    majority_and_calendar,
    memory_one,
    overlay,
    reciprocal,
    tit_for_tat_variants,
)

RUNGS = range(1, 7)
CEASEFIRE = 3
OWNER = "A-B"


@dataclass
class Answer:
    """What is answered in one step."""

    reactions: list[tuple[float, int]]  # multiplier and rung for each rung of provocation
    campaign: float = 0.0
    strategic: float = 0.0


@dataclass
class History:
    """What one replicate sees, by name and step, and its luck."""

    seen: list[dict[str, Any]]
    step_days: Fraction
    streams: Streams
    lane: int

    def luck(self, path: str, step: int) -> float:
        """Return the uniform of a decision, named with the policies that it lies in."""
        return float(self.streams.uniform(OWNER, f"policy {path}", step)[self.lane])

    def spans(self, days: float) -> list[list[int]]:
        """Return the steps of each span of some days; the last may be cut short."""
        length = Fraction(days).limit_denominator(100)
        numbers = [int(step * self.step_days / length) for step in range(len(self.seen))]
        return [[step for step, number in enumerate(numbers) if number == span] for span in range(numbers[-1] + 1)]

    def within(self, days: float, what: Callable[[dict[str, Any]], Any]) -> list[list[Any]]:
        """Return what was seen of the steps of each span that is over."""
        shown = [[what(self.seen[step + 1]) for step in span if step + 1 < len(self.seen)] for span in self.spans(days)]
        return [[what(self.seen[0]), *shown[0]], *shown[1:]][: len(shown) - 1]


def highest(acts: list[float]) -> int:
    return max((rung for rung, number in zip(RUNGS, acts, strict=True) if number > 0), default=0)


def received(seen: dict[str, Any]) -> int:
    return highest(seen["received"])


def sent(seen: dict[str, Any]) -> int:
    return highest(seen["sent"])


def answers(policy: Policy, history: History, path: str = "") -> list[Answer]:
    """Return the answers of a policy in every step of a history."""
    inner = {name: answers(one, history, f"{path}{name}.") for name, one in policy.policies_inside()}
    given = {name: getattr(policy, name) for name in parameters_of(type(policy))}
    own = {name: float(value[history.lane] if np.ndim(value) else value) for name, value in given.items()}
    if type(policy) in MOVES:
        return by_period(type(policy), own, inner["base"], history, path)
    return RULES[type(policy)](own, inner, history, path)


def plain(answer: Callable[[dict[str, float], dict[str, Any], float, int], tuple[float, int]], decision: str = ""):
    """Return a rule that answers each rung by what is seen in the step, and by one number drawn for it."""

    def rule(own, inner, history, path):
        drawn = [history.luck(path + decision, step) if decision else 0.0 for step in range(len(history.seen))]
        return [
            Answer([answer(own, seen, u, rung) for rung in RUNGS]) for u, seen in zip(drawn, history.seen, strict=True)
        ]

    return rule


def proportional(own, seen, drawn, rung):
    aim = own["harm_ratio"] * min(seen["unanswered_harm"], seen["opponent_harm"][rung])
    nearest = min(range(7), key=lambda level: (abs(seen["own_harm"][level] - aim), level))
    return min(1.0, seen["unanswered_harm"] / own["tolerance"]), nearest


def generous(own, inner, history, path):
    found = []
    for step in range(len(history.seen)):
        last = next((sent(seen) for seen in reversed(history.seen[: step + 1]) if sent(seen)), 0)
        kept = 1.0 - own["forgiveness"]
        found.append(Answer([(kept * (1.0 - own["contrition"]) if last > r else kept, r) for r in RUNGS]))
    return found


def above_line(own, inner, history, path):
    found = []
    for below in inner["base"]:
        reactions = [(own["weight_below"] * factor, rung) for factor, rung in below.reactions]
        for rung in RUNGS:
            if rung >= own["line_rung"]:
                reactions[rung - 1] = (1.0, min(6, rung + int(own["step_above"])))
        found.append(Answer(reactions, below.campaign, below.strategic))
    return found


def until_ceasefire(own, inner, history, path):
    found = []
    for step, before in enumerate(inner["base"]):
        since = [i for i in range(step + 1) if history.seen[i]["phase"] == CEASEFIRE]
        watched = history.seen[since[-1] + 1 if since else 0 : step + 1]
        if any(received(seen) >= own["grim_rung"] for seen in watched):
            found.append(Answer([(1.0, 6)] * 6, before.campaign + own["campaign_rise"], before.strategic))
        else:
            found.append(before)
    return found


def reduction(own, inner, history, path):
    rounds, cuts, measure = history.spans(own["round_days"]), [0], math.nan
    for harms in history.within(own["round_days"], lambda seen: seen["harm_received"]):
        if cuts[-1] == 0:
            measure = sum(harms)
            cuts.append(1)
        else:
            goes_on = sum(harms) <= measure - own["demanded_fall"] * measure
            cuts.append(min(cuts[-1] + 1, int(own["most_cuts"])) if goes_on else 0)
    found = []
    for step, before in enumerate(inner["base"]):
        cut = cuts[next(number for number, span in enumerate(rounds) if step in span)]
        reactions = [
            (own["kept_share"] ** cut * factor, max(rung - cut, min(rung, 1))) for factor, rung in before.reactions
        ]
        found.append(Answer(reactions, before.campaign, before.strategic))
    return found


def once_entered(own, inner, history, path):
    out = Answer([(0.0, rung) for rung in RUNGS])
    return [after if seen["entered"] else out for after, seen in zip(inner["base"], history.seen, strict=True)]


def with_strikes(own, inner, history, path):
    return [Answer(one.reactions, one.campaign, one.strategic + own["strikes"]) for one in inner["base"]]


def by_the_day(own, inner, history, path):
    rest, answering = (Fraction(own[name]).limit_denominator(100) for name in ("restrained_days", "answering_days"))
    days = [step * history.step_days % (rest + answering) for step in range(len(history.seen))]
    silent = [
        [(factor if day >= rest else 0.0, rung) for factor, rung in one.reactions]
        for day, one in zip(days, inner["base"], strict=True)
    ]
    return [Answer(said, one.campaign, one.strategic) for said, one in zip(silent, inner["base"], strict=True)]


def after_trigger(own, inner, history, path):
    found = []
    for step in range(len(history.seen)):
        is_pulled = any(received(seen) >= own["trigger_rung"] for seen in history.seen[: step + 1])
        has_come = float(step * history.step_days) >= own["trigger_day"]
        found.append(inner["then" if is_pulled or has_come else "first"][step])
    return found


def mixture(own, inner, history, path):
    names, found, drawn = ("first", "second", "third"), [], ""
    for step in range(len(history.seen)):
        wavers = history.luck(f"{path}anew", step) < 1 - math.exp(-own["redraws"] * float(history.step_days))
        if not drawn or wavers:
            u = history.luck(f"{path}which", step)
            ends = [own["weight_first"], own["weight_first"] + own["weight_second"]]
            drawn = names[sum(u >= end for end in ends)]
        found.append(inner[drawn][step])
    return found


def by_worth(own, inner, history, path):
    spans = history.spans(own["period_days"])
    tops = [[max(rungs) for rungs in history.within(own["period_days"], what)] for what in (sent, received)]
    found = []
    for step, seen in enumerate(history.seen):
        back, times = [0.0] * 7, [0] * 7
        for number in range(1, len(tops[0])):
            end = spans[number + 1][0]
            if end <= step:
                back[tops[0][number - 1]] += history.seen[end]["opponent_harm"][tops[1][number]]
                times[tops[0][number - 1]] += 1
        worths = []
        for rung in range(7):
            inflicted, prior = seen["own_harm"][rung], own["prior_periods"]
            expected = (prior * seen["opponent_harm"][rung] + back[rung]) / (prior + times[rung])
            worth = own["gain"] * min(inflicted, own["harm_ratio"] * seen["unanswered_harm"]) - own["cost"] * expected
            worth -= own["mediation_price"] * seen["mediation"] * inflicted
            worths.append(worth - (own["weariness_price"] * seen["weariness"] if rung >= 5 else 0.0))
        weights = [math.exp(own["precision"] * (worth - max(worths))) for worth in worths]
        u = history.luck(f"{path}rung", step) * sum(weights)
        rung = next(r for r in range(7) if u <= sum(weights[: r + 1]))
        found.append(Answer([(float(rung > 0), rung)] * 6))
    return found


def by_period(kind: type[Policy], own, base, history, path) -> list[Answer]:
    """Return the answers of a strategy that restrains or answers for a whole period."""
    spans = history.spans(own["period_days"])
    theirs, mine = (
        [max(rungs) >= own["offence_rung"] for rungs in history.within(own["period_days"], what)]
        for what in (received, sent)
    )
    moves = MOVES[kind](own, theirs, mine, lambda name, number: history.luck(path + name, spans[number][0]))
    found = []
    for step, one in enumerate(base):
        is_answered = moves[next(number for number, span in enumerate(spans) if step in span)]
        reactions = one.reactions if is_answered else [(0.0, rung) for _, rung in one.reactions]
        found.append(Answer(reactions, one.campaign, one.strategic))
    return found


def contrite(own, theirs, mine, luck):
    good, moves = {"own": True, "their": True}, [False]
    for they, we in zip(theirs, mine, strict=True):
        deserved = {"own": good["own"] and not good["their"], "their": good["their"] and not good["own"]}
        good = {"own": not we or deserved["own"], "their": not they or deserved["their"]}
        moves.append(good["own"] and not good["their"])
    return moves


def gradual(own, theirs, mine, luck):
    plan, offences, moves = [], 0, [False]
    for offended in theirs:
        plan = plan[1:]
        if offended and not plan:
            offences += 1
            plan = [True] * offences + [False] * int(own["calm_periods"])
        moves.append(bool(plan) and plan[0])
    return moves


def lengthening(own, theirs, mine, luck):
    plan, breaches, moves = [], 0, [False]
    for offended in theirs:
        plan = plan[1:]
        if offended and not moves[-1]:
            breaches += 1
            plan = [True] * breaches
        moves.append(bool(plan))
    return moves


def adaptive(own, theirs, mine, luck):
    image, moves = 0.5, [False]
    for offended in theirs:
        image = (1 - own["adaptation"]) * image + own["adaptation"] * (0 if offended else 1)
        moves.append(image < 0.5)
    return moves


def memory_of_one(own, theirs, mine, luck):
    chance = {(False, False): "after_peace", (True, False): "after_theirs", (False, True): "after_mine"}
    moves = [False]
    for number, sides in enumerate(zip(theirs, mine, strict=True)):
        moves.append(luck("move", number + 1) >= own[chance.get(sides, "after_both")])
    return moves


def firm(own, theirs, mine, luck):
    pairs = enumerate(zip(theirs, mine, strict=True))
    return [
        False,
        *(they and not (we and luck("reconciliation", i + 1) < own["reconciliation"]) for i, (they, we) in pairs),
    ]


MOVES = {
    tit_for_tat_variants.SuspiciousTitForTat: lambda own, theirs, mine, luck: [True, *theirs],
    tit_for_tat_variants.TitForTwoTats: lambda own, theirs, mine, luck: [
        False,
        *(all(pair) for pair in zip(theirs, [False, *theirs], strict=False)),
    ],
    tit_for_tat_variants.TwoTitsForTat: lambda own, theirs, mine, luck: [
        False,
        *(any(pair) for pair in zip(theirs, [False, *theirs], strict=False)),
    ],
    tit_for_tat_variants.ContriteTitForTat: contrite,
    tit_for_tat_variants.GradualTitForTat: gradual,
    tit_for_tat_variants.LengtheningRetaliation: lengthening,
    tit_for_tat_variants.AdaptiveTitForTat: adaptive,
    memory_one.WinStayLoseShift: lambda own, theirs, mine, luck: [
        False,
        *(they != we for they, we in zip(theirs, mine, strict=True)),
    ],
    memory_one.FirmButFair: firm,
    memory_one.MemoryOne: memory_of_one,
    majority_and_calendar.SoftMajority: lambda own, theirs, mine, luck: [
        2 * sum(theirs[:number]) > number for number in range(len(theirs) + 1)
    ],
    majority_and_calendar.HardMajority: lambda own, theirs, mine, luck: [
        2 * sum(theirs[:number]) >= number for number in range(len(theirs) + 1)
    ],
}
"""Whether to answer in each period, the first included, by who offended in the periods that are over."""
RULES = {
    reciprocal.NoRetaliation: plain(lambda own, seen, drawn, rung: (0.0, 0)),
    reciprocal.TitForTat: plain(lambda own, seen, drawn, rung: (1.0, rung)),
    reciprocal.GenerousTitForTat: generous,
    reciprocal.RandomRetaliation: plain(lambda own, seen, drawn, rung: (float(drawn < own["chance"]), rung), "coin"),
    reciprocal.AlwaysEscalate: plain(lambda own, seen, drawn, rung: (1.0, min(6, rung + int(own["climb_rungs"])))),
    reciprocal.Proportional: plain(proportional),
    reciprocal.Disproportionate: plain(
        lambda own, seen, drawn, rung: (1.0, min(6, rung + (drawn < own["climb"]))), "climb"
    ),
    overlay.Threshold: above_line,
    overlay.GrimTrigger: until_ceasefire,
    overlay.GraduatedReduction: reduction,
    overlay.AllianceEntry: once_entered,
    overlay.Decapitation: with_strikes,
    majority_and_calendar.Periodic: by_the_day,
    composite.Switching: after_trigger,
    composite.Mixed: mixture,
    expected_cost.ExpectedCost: by_worth,
}
"""The answers in each step, by the parameters, by the answers of the policies inside, and by the history."""
