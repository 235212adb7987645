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

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats
from sim.core.random_streams import Draw, Streams, word_of
from sim.policies.base import Encounter, LastStep, Policy, Response, View, first_memory
from sim.policies.fingerprint import HARM, standard_view
from sim.policies.majority_and_calendar import Periodic
from sim.policies.repeated_game import PeriodPolicy
from sim.tournament.entrants import Entrant, Matches

OFFENCE_RUNG: Final = 4
"""Rung of an act that is an offence, the default of every policy that plays in periods."""
TURNS: Final = 200
"""Rounds of a match, as in Axelrod's tournaments."""
REWARD, SUCKER, TEMPTATION, PUNISHMENT = 3.0, 0.0, 5.0, 1.0
"""Points of a round: both cooperate, the other alone defects, one alone defects, both defect (Axelrod 1984)."""

Flags = npt.NDArray[np.bool_]

_TOP: Final = len(HARM) - 1
_REPLICATE_BITS: Final = 32
_NAME_BITS: Final = 30


@dataclass(frozen=True)
class Rules:
    """How the dilemma is played."""

    turns: int  # Rounds of a match
    noise: float  # Chance that an act turns into its opposite [1]
    replicates: int  # Repetitions of a match
    seed: int  # Root of all draws


class Seat:
    """One policy against all opponents at once, each opponent in replicates of its own."""

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
        """Return whether the policy defects, noise included, shape (n_opponents, n_replicates)."""
        view = self._seen(turn, mine.reshape(-1), theirs.reshape(-1))
        answer = self._policy.respond(view, Draw(self._streams, self._owner, turn))
        self._memory = {**self._memory, **answer.memory}
        intended = self._draw("answer", turn) < offence_chance(answer, view)
        defects: Flags = intended ^ (self._draw("noise", turn) < self._noise)
        return defects.reshape(self._shape)

    def _draw(self, decision: str, turn: int) -> Floats:
        return self._streams.uniform(self._owner, f"dilemma {decision}", turn)

    def _seen(self, turn: int, mine: Flags, theirs: Flags) -> View:
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


def offence_chance(answer: Response, view: View) -> Floats:
    """Return the chance that a policy means to defect in a round, shape (n_replicates,)."""
    row, shape = OFFENCE_RUNG - 1, (view.top, view.n_replicates)
    multiplier = np.broadcast_to(np.asarray(answer.multiplier, dtype=np.float64), shape)[row]
    offends = np.broadcast_to(answer.rung, shape)[row] >= OFFENCE_RUNG
    by_answer = np.minimum(multiplier * view.reactions_due[row], 1.0) * offends
    unprovoked = -np.expm1(-np.asarray(answer.strategic))
    chance = 1.0 - (1.0 - by_answer) * (1.0 - unprovoked)
    return np.where(np.asarray(answer.campaign) > 0, 1.0, chance)


def defections(entrants: Sequence[Entrant], rules: Rules) -> Iterator[Flags]:
    """Return who defects, round by round."""
    names = [entrant.name for entrant in entrants]
    seats = [Seat(one.name, one.policy, [*names, f"twin of {one.name}"], rules) for one in entrants]
    acts = np.zeros((len(names), len(names) + 1, rules.replicates), dtype=bool)
    for turn in range(rules.turns):
        against = opposite(acts)
        acts = np.array([seat.act(turn, acts[i], against[i]) for i, seat in enumerate(seats)])
        yield acts


def opposite(acts: Flags) -> Flags:
    """Return for each match what the other side did, in the shape of `defections`."""
    size = len(acts)
    own = np.arange(size)
    found = np.concatenate([acts[:, :size].swapaxes(0, 1), acts[own, own][:, None]], axis=1)
    found[own, own] = acts[own, size]
    return found


def play_dilemma(
    entrants: Sequence[Entrant],
    noises: Sequence[float],
    *,
    replicates: int,
    seed: int,
    turns: int = TURNS,
    on_progress: Callable[[int, int], None] | None = None,
) -> Matches:
    """Play every policy against every policy and against itself."""
    size = len(entrants)
    values = {name: np.zeros((len(noises), size, size, replicates)) for name in ("points", "cooperation", "met")}
    for level, noise in enumerate(noises):
        for acts in defections(entrants, Rules(turns, noise, replicates, seed)):
            mine, theirs = acts[:, :size], opposite(acts)[:, :size]
            values["points"][level] += points(mine, theirs)
            values["cooperation"][level] += ~mine
            values["met"][level] += ~theirs
        if on_progress:
            on_progress(level + 1, len(noises))
    return Matches(
        "iterated prisoner's dilemma",
        tuple(entrant.name for entrant in entrants),
        tuple(noises),
        {name: found / turns for name, found in values.items()},
        payoff="points",
        payoff_sign=1.0,
        shares_luck=False,
    )


def points(mine: Flags, theirs: Flags) -> Floats:
    """Return the points of a round."""
    table = np.array([[REWARD, SUCKER], [TEMPTATION, PUNISHMENT]])
    return np.asarray(table[mine.astype(np.int64), theirs.astype(np.int64)])
