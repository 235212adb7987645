"""The iterated prisoner's dilemma as a theatre, played by the policies as they are.

A round is a day in which either side offends or does not. *To cooperate* is to let the day pass; *to defect* is to act
on the offence rung. A policy is shown, through the view that it always has, the other side's act of the day before and
its own, and is asked by its `respond`. It defects

- by an answer: the multiplier for the offence rung is the chance that an answer which is due falls, as long as it
  stands on the offence rung or above;
- by a push to a campaign, which stands for offence without a provocation (so a grim trigger, once pulled, defects);
- by unprovoked acts, with the chance that one falls within the day.

What is due is a matter of how a policy thinks. One that chooses a move for each period (`sim.policies.repeated_game`)
is always shown something to answer, so its move to answer is the classic's defection and its move to restrain the
classic's cooperation. One that answers act by act owes an answer for an offence of the day before and for nothing else.

Noise turns an intended act into its opposite, as in the literature; both sides see what was done, not what was meant.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sim.core.arrays import Flags, Floats
from sim.core.random_streams import Draw, Streams, word_of
from sim.policies.base import Encounter, LastStep, Policy, View, first_memory
from sim.policies.fingerprint import standard_view
from sim.policies.majority_and_calendar import Periodic
from sim.policies.repeated_game import PeriodPolicy
from sim.policies.response_check import CheckedResponse, ask_policy
from sim.policies.view import HARM
from sim.tournament.entrants import Entrant, Matches

OFFENCE_RUNG: Final = 4  # rung of an act that is an offence, the default of every policy that plays in periods
TURNS: Final = 200  # rounds of a match, as in Axelrod's tournaments
REWARD, SUCKER, TEMPTATION, PUNISHMENT = 3.0, 0.0, 5.0, 1.0
"""Points of a round: both cooperate, the other alone defects, one alone defects, both defect (Axelrod 1984)."""


_TOP: Final = len(HARM) - 1
_REPLICATE_BITS: Final = 32
_NAME_BITS: Final = 30


@dataclass(frozen=True)
class Rules:
    """How the dilemma is played."""

    turns: int  # rounds of a match
    noise: float  # chance that an act turns into its opposite [1]
    replicates: int  # repetitions of a match
    seed: int


class Seat:
    """One policy against all opponents at once, each opponent in replicates of its own.

    The luck of a match hangs on the two names, so a further policy moves no other match.
    """

    def __init__(self, name: str, policy: Policy, opponents: Sequence[str], rules: Rules) -> None:
        self._owner = name
        self._policy = policy
        self._noise = rules.noise
        self._shape = (len(opponents), rules.replicates)
        keys = [word_of("opponent", opponent) % 2**_NAME_BITS << _REPLICATE_BITS for opponent in opponents]
        lanes = np.concatenate([np.arange(rules.replicates, dtype=np.int64) + key for key in keys])
        self._streams = Streams(rules.seed, lanes)
        self._memory = first_memory(policy, _TOP, lanes.size)
        self._always_due = isinstance(policy, PeriodPolicy | Periodic)
        self._view = standard_view(lanes.size)

    def act(self, turn: int, mine: Flags, theirs: Flags) -> Flags:
        """Return whether the policy defects, noise included, after what either side did in the round before.

        All have shape (n_opponents, n_replicates).
        """
        view = self._view_at(turn, mine.reshape(-1), theirs.reshape(-1))
        answer = ask_policy(self._policy, view, Draw(self._streams, self._owner, turn), f"policy {self._owner}")
        self._memory = {**self._memory, **answer.memory}
        intended = self._draw("answer", turn) < compute_offence_chance(answer, view)
        defects: Flags = intended ^ (self._draw("noise", turn) < self._noise)
        return defects.reshape(self._shape)

    def _draw(self, decision: str, turn: int) -> Floats:
        return self._streams.uniform(self._owner, f"dilemma {decision}", turn)

    def _view_at(self, turn: int, mine: Flags, theirs: Flags) -> View:
        """Return what the policy could know after the round before."""
        at_rung = self._view.provocation == OFFENCE_RUNG
        harm = HARM[OFFENCE_RUNG]
        harm_received, harm_inflicted = (np.where(offended, harm, 0.0) for offended in (theirs, mine))
        last = Encounter(1.0 * (at_rung & theirs), 1.0 * (at_rung & mine), harm_received, harm_inflicted)
        due = at_rung & (theirs | self._always_due)
        return replace(
            self._view,
            reactions_due=1.0 * due,
            unanswered_harm=harm_received,
            day=float(turn),
            last=LastStep(lambda: last),
            memory=self._memory,
        )


def compute_offence_chance(answer: CheckedResponse, view: View) -> Floats:
    """Return the chance that a policy means to defect in a round, shape (n_replicates,)."""
    row = OFFENCE_RUNG - 1
    offends = answer.rung[row] >= OFFENCE_RUNG
    by_answer = np.minimum(answer.multiplier[row] * view.reactions_due[row], 1.0) * offends
    unprovoked = -np.expm1(-np.asarray(answer.strategic))
    chance = 1.0 - (1.0 - by_answer) * (1.0 - unprovoked)
    return np.where(np.asarray(answer.campaign) > 0, 1.0, chance)


def play_rounds(entrants: Sequence[Entrant], rules: Rules) -> Iterator[Flags]:
    """Yield round by round who defects, shape (n_policies, n_policies + 1, n_replicates), the first against the second.

    A policy also meets itself: there it is on one side at its own index, and on the other at the last.
    """
    names = [entrant.name for entrant in entrants]
    seats = [Seat(entry.name, entry.policy, [*names, f"twin of {entry.name}"], rules) for entry in entrants]
    acts = np.zeros((len(names), len(names) + 1, rules.replicates), dtype=bool)
    for turn in range(rules.turns):
        against = swap_sides(acts)
        acts = np.array([seat.act(turn, acts[i], against[i]) for i, seat in enumerate(seats)])
        yield acts


def swap_sides(acts: Flags) -> Flags:
    """Return for each match what the other side did, in the shape of `play_rounds`."""
    size = len(acts)
    own = np.arange(size)
    others = np.concatenate([acts[:, :size].swapaxes(0, 1), acts[own, own][:, None]], axis=1)
    others[own, own] = acts[own, size]
    return others


def play_dilemma(
    entrants: Sequence[Entrant],
    noises: Sequence[float],
    *,
    replicates: int,
    seed: int,
    turns: int = TURNS,
    on_progress: Callable[[int, int], None] | None = None,
) -> Matches:
    """Play every policy against every policy and itself: points a round, and the rate of cooperation of either side.

    Progress is told in levels of noise, done and in all.
    """
    size = len(entrants)
    values = {name: np.zeros((len(noises), size, size, replicates)) for name in ("points", "cooperation", "met")}
    for level, noise in enumerate(noises):
        for acts in play_rounds(entrants, Rules(turns, noise, replicates, seed)):
            mine, theirs = acts[:, :size], swap_sides(acts)[:, :size]
            values["points"][level] += score_round(mine, theirs)
            values["cooperation"][level] += ~mine
            values["met"][level] += ~theirs
        if on_progress:
            on_progress(level + 1, len(noises))
    means = {name: total / turns for name, total in values.items()}
    names, title = tuple(entrant.name for entrant in entrants), "iterated prisoner's dilemma"
    return Matches(title, names, tuple(noises), means, payoff="points", payoff_sign=1.0, shares_luck=False)


def score_round(mine: Flags, theirs: Flags) -> Floats:
    """Return the points of a round from whether either side defected, in the same shape."""
    table = np.array([[REWARD, SUCKER], [TEMPTATION, PUNISHMENT]])
    return np.asarray(table[mine.astype(np.int64), theirs.astype(np.int64)])
