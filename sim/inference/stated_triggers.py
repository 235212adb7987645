"""What stated triggers say: delays of reactions, whom a victim charged, and which policies fit the answers (S2.14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.core.arrays import Floats

_LEAST: Final = 1e-12
_REPORTING: Final = (np.arange(200) + 0.5) / 200


@dataclass(frozen=True)
class Lag:
    """A reaction with a stated trigger, and the bounds of the time between them."""

    reaction: str  # row of the ledger
    trigger: str  # row of the ledger
    dyad: str  # of the reaction
    low: float  # 0 or more [days]
    high: float  # above low [days]


def log_chance_of_lags(lags: Sequence[Lag], delay_days: Mapping[str, Floats]) -> Floats:
    """Return the log chance that exponential delays (by dyad) fall within the bounds that reports allow, (n_draws,)."""
    total = np.zeros(1)
    for lag in lags:
        delay = delay_days[lag.dyad]
        chance = np.exp(-lag.low / delay) * -np.expm1(-(lag.high - lag.low) / delay)
        total = total + np.log(np.maximum(chance, _LEAST))
    return total


@dataclass(frozen=True)
class Provocation:
    """An act on a high rung, and whether the record names an answer to it."""

    id: str  # row of the ledger
    rung: int
    answered: bool  # whether a later act of the side struck states it as its trigger


def policy_weights(
    provocations: Sequence[Provocation], multipliers: Mapping[str, Floats], excitation: float
) -> dict[str, float]:
    """Return weights of candidate policies, which sum to 1, after the answers of the record; equal before it.

    An answer counts as seen with an unknown chance of being reported and tied to its trigger, uniform between 0 and 1
    and integrated out. That makes the evidence weak, as it is: a policy that answers half as often is hardly less
    likely than one whose answers are reported half as often. `multipliers` are by rung of the provocation from 0,
    `excitation` is the calibrated mean number of reactions.
    """
    evidence = {}
    for name, multiplier in multipliers.items():
        likelihood = np.ones(_REPORTING.size)
        for act in provocations:
            chance = np.clip(_REPORTING * -np.expm1(-excitation * multiplier[act.rung]), _LEAST, 1.0)
            likelihood *= chance if act.answered else 1.0 - chance
        evidence[name] = float(likelihood.mean())
    whole = sum(evidence.values())
    return {name: value / whole for name, value in evidence.items()}
