"""Closed forms of S2.17 that the policies themselves must reproduce, to 3 standard errors under a fixed seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from forms import OTHER_SEED, forms
from rule_by_hand import rule_of_history

from sim.core.random_streams import Draw, Streams
from sim.policies import Policy
from sim.policies.base import Encounter, LastStep, first_memory
from sim.policies.expected_cost import ExpectedCost, relative_odds
from sim.policies.fingerprint import standard_view
from sim.policies.memory_one import MemoryOne, WinStayLoseShift
from sim.policies.overlay import GrimTrigger
from sim.policies.reciprocal import GenerousTitForTat, TitForTat
from sim.policies.view import HARM

RUNG, TOP = 4, len(HARM) - 1
N, WARM_UP, STEPS = 400, 300, 600
"""Histories; steps until the first move no longer matters; steps that count."""


class Player:
    """A side of the repeated game: its move is an act on rung 4, or none; a step is a day and a period."""

    def __init__(self, name: str, policy: Policy, error: float) -> None:
        self.name, self.policy, self.error = name, policy, error
        self.memory = first_memory(policy, TOP, N)
        self.streams = Streams(17 + OTHER_SEED, np.arange(N))

    def acts(self, step: int, theirs: np.ndarray, mine: np.ndarray, due: np.ndarray) -> np.ndarray:
        """Return in which histories the side acts: where it reacts to what is due, but for errors."""
        on_rung = (np.arange(1, TOP + 1) == RUNG)[:, None]
        last = Encounter(1.0 * (on_rung & theirs), 1.0 * (on_rung & mine), np.zeros(N), np.zeros(N))
        view = replace(standard_view(N, memory=self.memory), day=float(step), last=LastStep(lambda: last))
        answer = self.policy.respond(view, Draw(self.streams, self.name, step))
        self.memory = {**self.memory, **answer.memory}
        chance = np.broadcast_to(answer.multiplier, (TOP, N))[RUNG - 1] * due
        intends = self.streams.uniform(self.name, "intends", step) < chance
        return intends ^ (self.streams.uniform(self.name, "errs", step) < self.error)


def cooperation(policy: Policy, error: float, always_due: bool) -> tuple[float, float]:
    """Return the share of moves that restrain in symmetric play, and its standard error.

    A strategy by period is asked as if something were always due, so that its move is that of the classic.
    """
    one, other = Player("one", policy, error), Player("other", policy, error)
    first = second = np.zeros(N, dtype=bool)
    restrained = np.zeros(N)
    for step in range(WARM_UP + STEPS):
        due = (np.ones(N), np.ones(N)) if always_due else (second, first)
        first, second = one.acts(step, second, first, due[0]), other.acts(step, first, second, due[1])
        if step >= WARM_UP:
            restrained += 2.0 - first - second
    share = restrained / (2 * STEPS)
    return float(share.mean()), float(share.std(ddof=1) / np.sqrt(N))


def closed_form(error: float, forgiveness: float) -> float:
    again = (1 - error) * forgiveness + error * (1 - forgiveness)
    return again / (1 - (1 - error) * (1 - forgiveness) + error * (1 - forgiveness))


TABLE = [
    (0.05, 0.0, 0.5),
    (0.05, 1 / 3, 0.875),
    (0.05, 0.5, 0.9091),
    (0.01, 0.0, 0.5),
    (0.01, 1 / 3, 0.9712),
    (0.01, 0.5, 0.9804),
    (0.1, 0.0, 0.5),
    (0.1, 1 / 3, 0.7857),
    (0.1, 0.5, 0.8333),
]
PLAYED = forms(TABLE[::4], [row for place, row in enumerate(TABLE) if place % 4])


@pytest.mark.parametrize(("error", "forgiveness", "share"), TABLE)
def test_the_table_is_that_of_the_closed_form(error, forgiveness, share):
    assert closed_form(error, forgiveness) == pytest.approx(share, abs=5e-5)


@pytest.mark.parametrize(("error", "forgiveness", "share"), PLAYED)
def test_generous_play_restrains_as_in_the_table(error, forgiveness, share):
    policy = TitForTat() if forgiveness == 0 else GenerousTitForTat(forgiveness=forgiveness)
    found, standard_error = cooperation(policy, error, always_due=False)
    assert abs(found - share) < 4 * standard_error + 5e-5
    assert standard_error < 0.01


@pytest.mark.parametrize(("error", "forgiveness", "share"), PLAYED)
def test_the_memory_one_form_plays_alike(error, forgiveness, share):
    policy = MemoryOne(after_theirs=forgiveness, after_both=forgiveness)
    found, standard_error = cooperation(policy, error, always_due=True)
    assert abs(found - share) < 4 * standard_error + 5e-5


@pytest.mark.parametrize("error", [0.01, 0.05, 0.1])
def test_win_stay_lose_shift_mends_its_errors(error):
    """Both sides intend the same move, and intend restraint where their last moves were alike."""
    alike = (1 - error) ** 2 + error**2
    found, standard_error = cooperation(WinStayLoseShift(), error, always_due=True)
    assert abs(found - (alike * (1 - error) + (1 - alike) * error)) < 4 * standard_error


def test_the_default_generosity_is_the_optimal_one():
    temptation, reward, punishment, sucker = 5, 3, 1, 0
    first = 1 - (temptation - reward) / (reward - sucker)
    second = (reward - punishment) / (temptation - punishment)
    assert GenerousTitForTat().forgiveness == pytest.approx(min(first, second)) == pytest.approx(1 / 3)
    answered = GenerousTitForTat().respond(standard_view(1), Draw(Streams(0, [0]), "A-B", 0)).multiplier
    assert answered * (reward - sucker) == pytest.approx(temptation - reward), "an offence gains what its answer costs"


WORTH = np.array([[0.0], [0.5], [2.0], [1.0], [-3.0], [0.25], [1.5]])


def quantal_chances(worth: np.ndarray, precision: float) -> np.ndarray:
    odds = np.vectorize(relative_odds)(worth, worth.max(axis=0), precision)
    return odds / odds.sum(axis=0)


def test_quantal_response_without_precision_is_uniform():
    assert quantal_chances(WORTH, 0.0)[:, 0] == pytest.approx(np.full(7, 1 / 7))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_quantal_response_of_great_precision_takes_the_best(scale):
    assert quantal_chances(scale * WORTH, 1e6)[:, 0] == pytest.approx(np.eye(7)[2], abs=1e-12)


@pytest.mark.parametrize("precision", [0.1, 1.0, 10.0])
def test_the_chance_of_a_rung_rises_with_its_worth(precision):
    chances = quantal_chances(WORTH, precision)[:, 0]
    assert np.all(np.diff(chances[np.argsort(WORTH[:, 0])]) > 0)
    better = WORTH.copy()
    better[3] += 0.5
    assert quantal_chances(better, precision)[3, 0] > chances[3]


@pytest.mark.parametrize("precision", [0.0, 0.5, 1e6])
def test_rungs_are_drawn_with_their_chances(precision):
    n = 20_000
    policy = ExpectedCost(precision=precision)
    memory = first_memory(policy, TOP, n)
    view = standard_view(n, memory=memory)
    rung = np.asarray(policy.respond(view, Draw(Streams(5 + OTHER_SEED, np.arange(n)), "A-B", 0)).rung)
    assert np.all(rung == rung[0]), "one rung for all that falls due"
    rung = rung[0]
    rule, now = rule_of_history(policy, view)
    worth = np.array([[rule.worth(now, rung)] for rung in range(TOP + 1)])
    chances = quantal_chances(worth, precision)[:, 0]
    found = np.bincount(rung, minlength=TOP + 1) / n
    assert np.all(np.abs(found - chances) <= 4 * np.sqrt(chances * (1 - chances) / n) + 1e-12)


@pytest.mark.parametrize("chance", [0.02, 0.1])
def test_a_trigger_takes_its_mean_time_and_is_absorbing(chance):
    n = 2000
    policy, streams = GrimTrigger(), Streams(23 + OTHER_SEED, np.arange(n))
    memory, days_before = first_memory(policy, TOP, n), np.zeros(n)
    nothing, top = np.zeros((TOP, n)), (np.arange(1, TOP + 1) == TOP)[:, None]
    grim = np.zeros(n, dtype=bool)
    for day in range(round(20 / chance)):
        received = 1.0 * (top & (streams.uniform("opponent", "grave", day) < chance))
        last = Encounter(received, nothing, np.zeros(n), np.zeros(n))
        view = replace(standard_view(n, memory=memory), day=float(day), last=LastStep(lambda last=last: last))
        answer = policy.respond(view, Draw(streams, "A-B", day))
        memory = dict(answer.memory)
        assert np.all(memory["grim"][grim] == 1), "absorbing without a ceasefire"
        grim = memory["grim"] > 0
        days_before += ~grim
    assert grim.all()
    # The day of the trigger counts: the mean of a geometric law from 1 upwards.
    assert abs(days_before.mean() + 1 - 1 / chance) < 4 * np.sqrt(1 - chance) / chance / np.sqrt(n)
