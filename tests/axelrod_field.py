"""Our own policies beside the strategies of the Axelrod library, their matches there, and rates that are exact.

The library is loaded only where it plays, as that takes some ten seconds: by night, and to write its histories anew,
``python tests/axelrod_field.py``.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from sim.policies import Policy
from sim.policies.majority_and_calendar import HardMajority, SoftMajority
from sim.policies.memory_one import FirmButFair, MemoryOne, WinStayLoseShift
from sim.policies.overlay import GrimTrigger
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

HISTORIES = Path(__file__).with_name("axelrod_histories.csv")
TURNS = 60
Field = dict[str, tuple[Policy, tuple[Any, ...]]]
"""A policy of ours, and the library's strategy: the name of its class, and arguments."""


@dataclass(frozen=True)
class BeginsByOffence(MemoryOne):
    """A memory-one strategy whose first move is to defect."""

    opening: ClassVar[bool] = True


def by_chances(four: tuple[float, float, float, float], kind: type[MemoryOne] = MemoryOne) -> MemoryOne:
    """Return the strategy that restrains with these chances after CC, CD, DC, DD."""
    return kind(after_peace=four[0], after_theirs=four[1], after_mine=four[2], after_both=four[3])


DETERMINISTIC: Field = {
    "tit-for-tat": (TitForTat(), ("TitForTat",)),
    "cooperator": (NoRetaliation(), ("Cooperator",)),
    "defector": (by_chances((0, 0, 0, 0), BeginsByOffence), ("Defector",)),
    "alternator": (by_chances((0, 0, 1, 1)), ("Alternator",)),
    "bully": (by_chances((0, 1, 0, 1), BeginsByOffence), ("Bully",)),
    "contrary": (by_chances((0, 1, 0, 1)), ("AntiTitForTat",)),
    "win-stay lose-shift": (WinStayLoseShift(), ("WinStayLoseShift",)),
    "grim": (GrimTrigger(grim_rung=4.0), ("Grudger",)),
    "suspicious": (SuspiciousTitForTat(), ("SuspiciousTitForTat",)),
    "two tats": (TitForTwoTats(), ("TitFor2Tats",)),
    "two tits": (TwoTitsForTat(), ("TwoTitsForTat",)),
    "contrite": (ContriteTitForTat(), ("ContriteTitForTat",)),
    "gradual": (GradualTitForTat(), ("OriginalGradual",)),
    "adaptive": (AdaptiveTitForTat(), ("AdaptiveTitForTat", 0.5)),
    "Shubik": (LengtheningRetaliation(), ("FirstByShubik",)),
    "soft majority": (SoftMajority(), ("GoByMajority",)),
    "hard majority": (HardMajority(), ("HardGoByMajority",)),
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

MEMORY_ONE: Field = {
    "cooperator": (NoRetaliation(), ("Cooperator",)),
    "defector": (by_chances(CHANCES["defector"], BeginsByOffence), ("Defector",)),
    "tit-for-tat": (TitForTat(), ("TitForTat",)),
    "generous": (GenerousTitForTat(), ("GTFT", 1 / 3)),
    "win-stay lose-shift": (WinStayLoseShift(), ("WinStayLoseShift",)),
    "firm but fair": (FirmButFair(), ("FirmButFair",)),
    "coin": (by_chances(CHANCES["coin"]), ("MemoryOnePlayer", CHANCES["coin"])),
    "Joss": (by_chances(CHANCES["Joss"]), ("MemoryOnePlayer", CHANCES["Joss"])),
    "extortionate": (by_chances(CHANCES["extortionate"]), ("MemoryOnePlayer", CHANCES["extortionate"])),
}


def entrants(field: Field) -> tuple[Entrant, ...]:
    """Return our side of a field."""
    return tuple(Entrant(name, policy) for name, (policy, _) in field.items())


def library() -> ModuleType:
    """Return the library, which warns as it is loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import axelrod
    return axelrod


def players(field: Field) -> list[Any]:
    """Return the library's side of a field."""
    return [getattr(library(), kind)(*arguments) for _, (kind, *arguments) in field.values()]


def played() -> str:
    """Return the library's matches without chance, a row each: C restrains, D offends."""
    names, rows = list(DETERMINISTIC), ["one,other,moves of the one,moves of the other"]
    for i, one in enumerate(names):
        for j, other in enumerate(names[: i + 1]):
            match = library().Match((players(DETERMINISTIC)[i], players(DETERMINISTIC)[j]), turns=TURNS).play()
            rows.append(",".join([one, other, *("".join(str(both[side]) for both in match) for side in (0, 1))]))
    return "\n".join(rows) + "\n"


def histories() -> dict[tuple[str, str], np.ndarray]:
    """Return who offends in each match of the library without chance, shape (turns, 2)."""
    found = {}
    for row in HISTORIES.read_text(encoding="utf-8").splitlines()[1:]:
        one, other, *moves = row.split(",")
        found[one, other] = np.array([[move == "D" for move in side] for side in moves]).T
        found[other, one] = found[one, other][:, ::-1]
    return found


def library_tournament(field: Field, *, noise: float, turns: int, repetitions: int) -> Any:
    """Return the results of the library's own tournament."""
    tournament = library().Tournament(players(field), turns=turns, repetitions=repetitions, noise=noise, seed=11)
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


if __name__ == "__main__":
    HISTORIES.write_text(played(), encoding="utf-8")
