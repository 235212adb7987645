"""How near a history has come to an outcome, day by day: the level function of splitting.

A level is the logarithm of a rough guess at the odds from here, put together from the hazards of the day and from what
has been reached already, up the ladder (S2.4) and over the fronts (S2.13). Levels only guide which histories are
cloned: odds by splitting hold for any level function that looks at nothing later than the day, and a better one only
makes them more precise.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Flags, Floats, Integers
from sim.engine.model import Conflict
from sim.engine.outcomes import Question
from sim.engine.rolling_windows import Groups, sum_trailing

REACHED: Final = 1.0  # level of a history in which the outcome has come true
_NEAR: Final = 0.999
_DECADES: Final = 15.0
_WEEK: Final = 7
_MONTH: Final = 30
_STEEPNESS: Final = 20.0
"""A count at a share c of its threshold stands for odds of exp(-20 (1 - c)) (assumption; it moves no odds)."""
_INACTIVE: Final = 0.05
"""Odds that a party that joined has an active front although it has sent nothing yet (assumption; as above)."""


def levels_of(conflict: Conflict, question: Question) -> Floats:
    """Run an ensemble to its horizon and return the level of each history at the end of each day.

    Shape (n_days, n_replicates): from 0 to below 1 before the outcome, `REACHED` from its day on [1]. A question about
    a state at the horizon has no first day and no level.
    """
    hazards, joining = [], []
    timeline = conflict.timeline
    for _ in range(timeline.horizon_days):
        for _ in range(timeline.steps_per_day):
            conflict.step()
        hazards.append(conflict.campaign_rates().sum(axis=0))
        joining.append(conflict.joining_rates())
    size = (timeline.horizon_days, conflict.n_replicates)
    by_party = {party: np.stack([day[party] for day in joining]) for party in joining[0]}
    guess = _Guess(conflict, np.stack([np.broadcast_to(day, size[1:]) for day in hazards]), by_party)
    odds = np.broadcast_to(guess.odds(question), size)
    near = _NEAR * np.clip(1.0 + np.log10(np.maximum(odds, 10.0**-_DECADES)) / _DECADES, 0.0, 1.0)
    return np.where(guess.is_reached(question.id), REACHED, near)


class _Guess:
    """Rough odds of outcomes by the horizon, from each day on, each of shape (n_days, n_replicates)."""

    def __init__(self, conflict: Conflict, hazards: Floats, joining: dict[str, Floats]) -> None:
        self._theatre, self._rules = conflict.theatre, conflict.parameters.definitions
        self._totals, self._groups = conflict.totals, Groups(conflict.theatre)
        self._conflict, self._hazards, self._joining = conflict, hazards, joining
        self._milestones = conflict.milestones()
        self._outcomes = conflict.judge().columns(conflict.timeline.questions, ())
        self._questions = {question.id: question for question in conflict.timeline.questions}
        n_days = self._totals.n_days
        self._ends = np.arange(1, n_days + 1)[:, None]
        self._left = np.maximum(n_days - self._ends, 1)

    def is_reached(self, question: str) -> Flags:
        """Return whether the answer to a question has come by the end of each day."""
        return self._has_come(self._outcomes[f"{question}_day"])

    def odds(self, question: Question) -> Floats:
        """Return the guess for a question; a constant where nothing that moves foretells it."""
        guesses: dict[str, Callable[[Question], Floats]] = {
            **dict.fromkeys(("war", "war_decided", "war_counted"), lambda _: self._war()),
            "ground_operation": lambda _: (
                self._war() * self._chance_left(self._conflict.parameters.front.ground_hazard)
            ),
            "regional_war": lambda _: self._war() * self._region(),
            "general_war": lambda _: self._war() * self._region() * self._general(),
            "attack": self._attack,
            "joined": lambda question: self._joins(question.sender),
            **dict.fromkeys(("killed_since_start", "killed_within"), self._many_killed),
            "driver_truce": lambda _: self._chance_left(self._conflict.parameters.world.truce_hazard),
        }
        guess = guesses.get(question.kind)
        return np.ones(1) if guess is None else guess(question)

    def _general(self) -> Floats:
        return self._exchange(self._theatre.region.general, float(np.max(self._rules.general_rung)))

    def _attack(self, question: Question) -> Floats:
        before = self._questions.get(question.after)
        first = np.ones(1) if before is None else self._settle(self.is_reached(before.id), self.odds(before))
        return first * self._sends(question.sender, question.target, question.rung, len(self._ends))

    def _many_killed(self, question: Question) -> Floats:
        return _either_odds(_count_odds(self._killed(question)), self._war() * 0.5)

    def _war(self) -> Floats:
        """Return the guess of a war on the front: by decision or by counts."""
        rules, totals = self._rules, self._totals
        acts = totals.by_day("acts", self._groups.sides, 2)
        busy = [sum_trailing(np.minimum(1.0, side / rules.campaign_acts), _WEEK) / rules.campaign_days for side in acts]
        killed = sum_trailing(totals.by_day("killed", self._groups.front, 1)[0], _MONTH) / rules.war_killed
        counted = _count_odds(np.max([*busy, killed], axis=0))
        return self._settle(
            self._has_come(self._outcomes["war_day"]), _either_odds(self._chance_left(self._hazards), counted)
        )

    def _region(self) -> Floats:
        """Return the guess that enough further fronts become active, or the direct exchange begins."""
        region, rules, totals = self._theatre.region, self._rules, self._totals
        fronts = np.zeros((totals.n_days, totals.n_replicates))
        if region.parties:
            cells = self._groups.cells_sent_by(region.parties, float(np.max(rules.regional_rung)))
            acts = totals.by_day("acts", cells, len(region.parties))
            days, needed = int(np.max(rules.front_days)), int(np.max(rules.regional_parties))
            active = np.minimum(1.0, np.array([sum_trailing(counts, days) for counts in acts]) / rules.front_acts)
            each = np.array([self._joins(party) for party in region.parties]) * np.maximum(active, _INACTIVE)
            fronts = np.sort(each, axis=0)[-needed:].prod(axis=0)
        return _either_odds(fronts, self._exchange(region.exchange, 1.0))

    def _exchange(self, pair: Sequence[str], rung: float) -> Floats:
        """Return the guess that two parties exchange acts of a rung both ways; 0 for no pair."""
        if not pair:
            return np.zeros(1)
        days = int(np.max(self._rules.exchange_days))
        return self._sends(pair[0], pair[1], rung, days) * self._sends(pair[1], pair[0], rung, days)

    def _sends(self, sender: str, target: str, rung: float, days: int) -> Floats:
        """Return the guess that a party sends an act of a rung, or has sent one on the last days."""
        row = self._theatre.dyad_index.get(f"{sender}-{target}")
        if row is None:
            return np.zeros(1)
        dyad = self._conflict.parameters.dyads[f"{sender}-{target}"]
        rate = (
            np.asarray(dyad.entry_rate)
            + dyad.strategic_rate
            + self._conflict.histories.values["background"][:, row]
            + 0.001
        )
        back = self._theatre.dyad_index.get(f"{target}-{sender}")
        # An attack is most often answered, whoever else is in the war.
        answered = np.zeros(1) if back is None else np.asarray(0.5 * self._sent(target, sender, 1.0, days))
        sent = self._sent(sender, target, rung, days)
        return self._settle(sent, _either_odds(self._joins(sender) * self._chance_left(rate), answered))

    def _sent(self, sender: str, target: str, rung: float, days: int) -> Flags:
        cells: Integers = self._groups.cells_between(sender, target, rung)
        sent: Flags = sum_trailing(self._totals.by_day("acts", cells, 1)[0], days) > 0.5
        return sent

    def _joins(self, party: str) -> Floats:
        """Return the guess that a party joins; 1 for one that has, or need not."""
        name = f"joined_{party}_day"
        if name not in self._milestones:
            return np.ones_like(self._hazards)
        rate = self._joining.get(party, np.zeros(1))
        return self._settle(self._has_come(self._milestones[name]), self._chance_left(rate))

    def _killed(self, question: Question) -> Floats:
        """Return the share of a threshold of killed that is reached."""
        killed = self._totals.by_day("killed", self._groups.cells_hit_at(question.location), 1)[0]
        if question.kind == "killed_within":
            return np.asarray(sum_trailing(killed, question.window_days) / question.threshold)
        return np.asarray((killed.cumsum(axis=0) + question.already) / question.threshold)

    def _chance_left(self, rate: npt.ArrayLike) -> Floats:
        """Return the chance that something of a rate happens in the days that are left."""
        return np.asarray(-np.expm1(-np.asarray(rate, dtype=np.float64) * self._left))

    def _has_come(self, first_day: npt.NDArray[np.generic]) -> Flags:
        come: Flags = first_day.astype(np.float64) <= self._ends
        return come

    @staticmethod
    def _settle(come: Flags, guess: Floats) -> Floats:
        return np.where(come, 1.0, guess)


def _count_odds(share: Floats) -> Floats:
    """Return the guess that a count reaches its threshold, of which it has a share."""
    return np.asarray(np.exp(-_STEEPNESS * (1.0 - np.minimum(share, 1.0))))


def _either_odds(first: Floats, second: Floats) -> Floats:
    return np.asarray(1.0 - (1.0 - first) * (1.0 - second))
