"""How near a history is to an outcome: every guess against one written out day by day and history by history."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from worlds import far_parameters, far_setting

from sim.engine.model import Conflict
from sim.engine.outcomes import Definitions, Question
from sim.sweeps.rare_events.level_function import REACHED, _Guess, levels_of

LANES, DAYS = 10, 20


def world() -> Conflict:
    """Return the far world under thresholds that differ by replicate and are near enough to be met in part."""
    replicates = np.arange(LANES)
    rules = Definitions(
        campaign_acts=12.0 + replicates,
        campaign_days=4.0,
        war_killed=130.0 + 5 * replicates,
        front_acts=6.0 + replicates / 2,
        front_rung=2.0,
        front_days=np.where(replicates == 3, 9.0, 5.0),
        regional_parties=np.where(replicates == 7, 1.0, 2.0),
        regional_rung=np.where(replicates == 5, 2.0, 3.0),
        exchange_days=np.where(replicates == 6, 2.0, 4.0),
        general_rung=np.where(replicates == 1, 5.0, 4.0),
    )
    parameters = replace(far_parameters(replicates), definitions=rules)
    return far_setting(replicates, DAYS, parameters=parameters, step_days=0.5).conflict(replicates)


class Telling:
    """What a run was at the end of each day, and the guesses of one history from it, by loops over its acts."""

    def __init__(self) -> None:
        self.run = world()
        self.hazards: list[list[float]] = []
        self.joining: list[dict[str, list[float]]] = []
        for _ in range(DAYS):
            for _ in range(self.run.timeline.steps_per_day):
                self.run.step()
            rates = self.run.campaign_rates()
            self.hazards.append([sum(float(rate[lane]) for rate in rates) for lane in range(LANES)])
            now = self.run.joining_rates()
            self.joining.append({party: np.broadcast_to(rate, LANES).tolist() for party, rate in now.items()})
        self.theatre, self.rules = self.run.theatre, self.run.parameters.definitions
        self.outcomes = self.run.judge().columns(self.run.timeline.questions, ())
        self.milestones = self.run.milestones()
        self.questions = {question.id: question for question in self.run.timeline.questions}
        columns = self.run.totals.columns()
        names = [dyad.id for dyad in self.theatre.dyads]
        counts = (columns[name].tolist() for name in ("rung", "day", "acts", "killed"))
        rows = list(zip([names[dyad] for dyad in columns["dyad"]], *counts, strict=True))
        starts = columns["start"]
        self.acts: list[list[tuple[str, int, int, int, int]]] = [rows[a:b] for a, b in itertools.pairwise(starts)]

    def rule(self, name: str, lane: int) -> float:
        return float(np.broadcast_to(getattr(self.rules, name), LANES)[lane])

    def largest(self, name: str) -> float:
        return float(np.max(getattr(self.rules, name)))

    def total(self, lane: int, until: int, days: int, dyads: Any, rung: float = 0, what: int = 3) -> int:
        """Return the acts, or with 4 the killed, in some dyads from a rung on, on a day and those before it."""
        return sum(
            act[what]
            for act in self.acts[lane]
            if act[0] in dyads and act[1] >= rung and until - days < act[2] <= until
        )

    def chance(self, rate: float, day: int) -> float:
        return 1 - math.exp(-rate * max(DAYS - day, 1))

    def sent_by(self, party: str) -> list[str]:
        return [dyad.id for dyad in self.theatre.dyads if dyad.sender == party]

    def war(self, lane: int, day: int) -> float:
        if self.outcomes["war_day"][lane] <= day:
            return 1.0
        shares = []
        front = self.theatre.front.sides
        between = [[f"{a}-{b}" for a in front[s] for b in front[1 - s]] for s in (0, 1)]
        for dyads in between:
            days = [self.total(lane, d, 1, dyads) / self.rule("campaign_acts", lane) for d in range(day - 6, day + 1)]
            shares.append(sum(min(1.0, share) for share in days) / self.rule("campaign_days", lane))
        killed = self.total(lane, day, 30, [*between[0], *between[1]], what=4)
        counted = near(max(*shares, killed / self.rule("war_killed", lane)))
        return either(self.chance(self.hazards[day - 1][lane], day), counted)

    def joins(self, party: str, lane: int, day: int) -> float:
        came = self.milestones.get(f"joined_{party}_day")
        if came is None or came[lane] <= day:
            return 1.0
        return self.chance(self.joining[day - 1].get(party, [0.0] * LANES)[lane], day)

    def sends(self, sender: str, target: str, rung: float, days: int, lane: int, day: int) -> float:
        there, back = f"{sender}-{target}", f"{target}-{sender}"
        if there not in self.theatre.dyad_index:
            return 0.0
        if self.total(lane, day, days, [there], rung) > 0:
            return 1.0
        own = self.run.parameters.dyads[there]
        party = self.run.parameters.parties[sender]
        usual = np.asarray(party.baseline) * (1.0 - np.asarray(party.host_control)) * own.share
        rate = np.asarray(own.entry_rate) + own.strategic_rate + usual + 0.001
        answered = 0.5 if self.total(lane, day, days, [back], 1) > 0 else 0.0
        return either(self.joins(sender, lane, day) * self.chance_of(rate, lane, day), answered)

    def exchange(self, pair: tuple[str, ...], rung: float, lane: int, day: int) -> float:
        days = int(self.largest("exchange_days"))
        return math.prod(self.sends(a, b, rung, days, lane, day) for a, b in (pair, pair[::-1]))

    def region(self, lane: int, day: int) -> float:
        fronts = []
        for party in self.theatre.region.parties:
            rung, days = self.largest("regional_rung"), int(self.largest("front_days"))
            acts = self.total(lane, day, days, self.sent_by(party), rung)
            active = max(min(1.0, acts / self.rule("front_acts", lane)), 0.05)
            fronts.append(self.joins(party, lane, day) * active)
        needed = sorted(fronts, reverse=True)[: int(self.largest("regional_parties"))]
        return either(math.prod(needed), self.exchange(self.theatre.region.exchange, 1, lane, day))

    def chance_of(self, rate: Any, lane: int, day: int) -> float:
        return self.chance(float(np.broadcast_to(rate, LANES)[lane]), day)

    def attacks(self, question: Question, lane: int, day: int) -> float:
        before = self.questions.get(question.after)
        come = before is None or self.outcomes[f"{before.id}_day"][lane] <= day
        first = 1.0 if come else self.odds(before, lane, day)
        return first * self.sends(question.sender, question.target, question.rung, DAYS, lane, day)

    def kills(self, question: Question, lane: int, day: int) -> float:
        places = {party.id: party.location for party in self.theatre.parties}
        hit = [dyad.id for dyad in self.theatre.dyads if places[dyad.target] == question.location]
        days, already = (question.window_days, 0) if question.kind == "killed_within" else (DAYS, question.already)
        killed = self.total(lane, day, days, hit, what=4) + already
        return either(near(killed / question.threshold), 0.5 * self.war(lane, day))

    def odds(self, question: Question, lane: int, day: int) -> float:
        """Return the rough odds of the outcome by the horizon, from the end of a day."""
        war, region, given = self.war(lane, day), self.region(lane, day), self.run.parameters
        general = self.exchange(self.theatre.region.general, self.largest("general_rung"), lane, day)
        return {
            "ground_operation": lambda: war * self.chance_of(given.front.ground_hazard, lane, day),
            "regional_war": lambda: war * region,
            "general_war": lambda: war * region * general,
            "attack": lambda: self.attacks(question, lane, day),
            "joined": lambda: self.joins(question.sender, lane, day),
            "killed_since_start": lambda: self.kills(question, lane, day),
            "killed_within": lambda: self.kills(question, lane, day),
            "driver_truce": lambda: self.chance_of(given.world.truce_hazard, lane, day),
        }.get(question.kind, lambda: war)()


def near(share: float) -> float:
    return math.exp(-20 * (1 - min(share, 1.0)))


def either(one: float, other: float) -> float:
    return one + other - one * other


@pytest.fixture(scope="module")
def told() -> Telling:
    return Telling()


@pytest.fixture(scope="module")
def guess(told: Telling) -> _Guess:
    joining = {party: np.array([day[party] for day in told.joining]) for party in told.joining[0]}
    return _Guess(told.run, np.array(told.hazards), joining)


KINDS = (
    "war",
    "total",
    "month",
    "south",
    "coast",
    "ground",
    "truce",
    "attack",
    "answer",
    "joins",
    "regional",
    "general",
)


@pytest.mark.parametrize("name", KINDS)
def test_a_guess_is_the_one_that_is_written_out(name: str, told: Telling, guess: _Guess):
    question = told.questions[name]
    found = np.broadcast_to(guess.odds(question), (DAYS, LANES))
    expected = [[told.odds(question, lane, day) for lane in range(LANES)] for day in range(1, DAYS + 1)]
    assert found == pytest.approx(np.array(expected), rel=1e-9)
    assert len(np.unique(found)) > DAYS / 2
    for other in ("decided", "counted") if name == "war" else ():
        assert np.array_equal(guess.odds(told.questions[other]), found), "all roads to the war are guessed alike"


@pytest.mark.parametrize("name", ["total", "answer"])
def test_a_level_is_the_logarithm_of_the_guess_and_that_of_the_outcome_from_its_day_on(name: str, told: Telling):
    levels, question = levels_of(world(), told.questions[name]), told.questions[name]
    assert levels.shape == (DAYS, LANES)
    for lane in range(LANES):
        for day in range(1, DAYS + 1):
            decades = 15 + math.log10(max(told.odds(question, lane, day), 1e-15))
            is_reached = told.outcomes[f"{name}_day"][lane] <= day
            assert levels[day - 1, lane] == pytest.approx(REACHED if is_reached else 0.999 * decades / 15, rel=1e-9)
    assert 0 < (levels == REACHED).mean() < 1


def test_a_kind_without_a_guess_of_its_own_has_a_constant_one(guess: _Guess):
    assert np.array_equal(guess.odds(Question("q", "?", "a kind that nobody foretells")), np.ones(1))


@pytest.mark.parametrize("pair", [("HOS", "FAC"), ("FAC", "GRP"), ("OTH", "STA"), ("STA", "FAR")])
def test_acts_are_foretold_for_pairs_of_every_sort(pair: tuple[str, str], told: Telling, guess: _Guess):
    """No acts between them, no way back for an answer, and both ways."""
    found = np.broadcast_to(guess._sends(*pair, 2, 5), (DAYS, LANES))
    expected = [[told.sends(*pair, 2, 5, lane, day) for lane in range(LANES)] for day in range(1, DAYS + 1)]
    assert found == pytest.approx(np.array(expected), rel=1e-9)
