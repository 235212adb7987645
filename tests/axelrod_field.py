"""Strategies of the Axelrod library beside our own policies, and matches of both.

Imported only where needed: loading the library takes some ten seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import axelrod
import numpy as np

from sim.policies import Policy
from sim.policies.grim import GrimTrigger
from sim.policies.majority_and_calendar import HardMajority, SoftMajority
from sim.policies.memory_one import FirmButFair, MemoryOne, WinStayLoseShift
from sim.policies.reciprocal import GenerousTitForTat, NoRetaliation, TitForTat
from sim.policies.tit_for_tat_variants import (
    AdaptiveTitForTat,
    ContriteTitForTat,
    GradualTitForTat,
    LengtheningRetaliation,
    SuspiciousTitForTat,
    TitForTwoTats,
    TwoTitsForTat,
)
from sim.tournament.entrants import Entrant


@dataclass(frozen=True)
class BeginsByOffence(MemoryOne):
    """A memory-one strategy whose first move is to defect."""

    opening: ClassVar[bool] = True


def by_chances(four: tuple[float, float, float, float], kind: type[MemoryOne] = MemoryOne) -> MemoryOne:
    """Return the strategy that restrains with these chances after CC, CD, DC, DD."""
    return kind(after_peace=four[0], after_theirs=four[1], after_mine=four[2], after_both=four[3])


DETERMINISTIC: dict[str, tuple[Policy, Any]] = {
    "tit-for-tat": (TitForTat(), axelrod.TitForTat()),
    "cooperator": (NoRetaliation(), axelrod.Cooperator()),
    "defector": (by_chances((0, 0, 0, 0), BeginsByOffence), axelrod.Defector()),
    "alternator": (by_chances((0, 0, 1, 1)), axelrod.Alternator()),
    "bully": (by_chances((0, 1, 0, 1), BeginsByOffence), axelrod.Bully()),
    "contrary": (by_chances((0, 1, 0, 1)), axelrod.AntiTitForTat()),
    "win-stay lose-shift": (WinStayLoseShift(), axelrod.WinStayLoseShift()),
    "grim": (GrimTrigger(grim_rung=4.0), axelrod.Grudger()),
    "suspicious": (SuspiciousTitForTat(), axelrod.SuspiciousTitForTat()),
    "two tats": (TitForTwoTats(), axelrod.TitFor2Tats()),
    "two tits": (TwoTitsForTat(), axelrod.TwoTitsForTat()),
    "contrite": (ContriteTitForTat(), axelrod.ContriteTitForTat()),
    "gradual": (GradualTitForTat(), axelrod.OriginalGradual()),
    "adaptive": (AdaptiveTitForTat(), axelrod.AdaptiveTitForTat(0.5)),
    "Shubik": (LengtheningRetaliation(), axelrod.FirstByShubik()),
    "soft majority": (SoftMajority(), axelrod.GoByMajority()),
    "hard majority": (HardMajority(), axelrod.HardGoByMajority()),
}

CHANCES: dict[str, tuple[float, float, float, float]] = {
    "cooperator": (1, 1, 1, 1),
    "defector": (0, 0, 0, 0),
    "tit-for-tat": (1, 0, 1, 0),
    "generous": (1, 1 / 3, 1, 1 / 3),
    "win-stay lose-shift": (1, 0, 0, 1),
    "firm but fair": (1, 0, 1, 2 / 3),
    "coin": (0.5, 0.5, 0.5, 0.5),
    "Joss": (0.9, 0, 0.9, 0),
    "extortionate": (8 / 9, 0.5, 1 / 3, 0),
}
"""Memory-one strategies: the chance to cooperate after CC, CD, DC, DD; all begin by cooperating but the defector."""

MEMORY_ONE: dict[str, tuple[Policy, Any]] = {
    "cooperator": (NoRetaliation(), axelrod.Cooperator()),
    "defector": (by_chances(CHANCES["defector"], BeginsByOffence), axelrod.Defector()),
    "tit-for-tat": (TitForTat(), axelrod.TitForTat()),
    "generous": (GenerousTitForTat(), axelrod.GTFT(1 / 3)),
    "win-stay lose-shift": (WinStayLoseShift(), axelrod.WinStayLoseShift()),
    "firm but fair": (FirmButFair(), axelrod.FirmButFair()),
    "coin": (by_chances(CHANCES["coin"]), axelrod.MemoryOnePlayer(CHANCES["coin"])),
    "Joss": (by_chances(CHANCES["Joss"]), axelrod.MemoryOnePlayer(CHANCES["Joss"])),
    "extortionate": (by_chances(CHANCES["extortionate"]), axelrod.MemoryOnePlayer(CHANCES["extortionate"])),
}


def entrants(field: dict[str, tuple[Policy, Any]]) -> tuple[Entrant, ...]:
    """Return our side of a field."""
    return tuple(Entrant(name, policy) for name, (policy, _) in field.items())


def history(one: Any, other: Any, turns: int) -> np.ndarray:
    """Return who defects in a match of the library, shape (turns, 2)."""
    played = axelrod.Match((one.clone(), other.clone()), turns=turns).play()
    return np.array([[action == axelrod.Action.D for action in both] for both in played])


def library_tournament(field: dict[str, tuple[Policy, Any]], *, noise: float, turns: int, repetitions: int) -> Any:
    """Return the results of the library's own tournament."""
    players = [player.clone() for _, player in field.values()]
    tournament = axelrod.Tournament(players, turns=turns, repetitions=repetitions, noise=noise, seed=11)
    return tournament.play(progress_bar=False)


def exact_rates(names: list[str], *, noise: float, turns: int) -> np.ndarray:
    """Return the expected rate of cooperation of each memory-one strategy against each, by its Markov chain."""

    def done(chance: np.ndarray) -> np.ndarray:
        return (1 - noise) * chance + noise * (1 - chance)

    rates = np.zeros((len(names), len(names)))
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            mine = done(np.array(CHANCES[one], dtype=float))
            theirs = done(np.array(CHANCES[other], dtype=float)[[0, 2, 1, 3]])
            both = np.array([done(np.array(float(name != "defector"))) for name in (one, other)])
            state = np.outer([both[0], 1 - both[0]], [both[1], 1 - both[1]]).reshape(4)
            step = np.stack(
                [mine * theirs, mine * (1 - theirs), (1 - mine) * theirs, (1 - mine) * (1 - theirs)], axis=1
            )
            for _ in range(turns):
                rates[i, j] += (state[0] + state[1]) / turns
                state = state @ step
    return rates
