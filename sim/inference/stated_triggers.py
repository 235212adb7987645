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
    """A reaction with a stated trigger, and the bounds of the time between them.

    Parameters
    ----------
    reaction, trigger : str
        Ids of the rows of the ledger.
    dyad : str
        Dyad of the reaction.
    low, high : float
        Bounds; low is 0 or more and below high [days].
    """

    reaction: str
    trigger: str
    dyad: str
    low: float
    high: float


def log_chance_of_lags(lags: Sequence[Lag], delay_days: Mapping[str, Floats]) -> Floats:
    """Return the log chance that exponential delays fall within the bounds that reports allow.

    Parameters
    ----------
    lags : sequence of Lag
        At least one.
    delay_days : mapping of str to ndarray of float, shape (n_draws,)
        Mean delay by dyad [days].

    Returns
    -------
    ndarray of float, shape (n_draws,)
        Log chance [1].
    """
    total = np.zeros(1)
    for lag in lags:
        delay = delay_days[lag.dyad]
        chance = np.exp(-lag.low / delay) * -np.expm1(-(lag.high - lag.low) / delay)
        total = total + np.log(np.maximum(chance, _LEAST))
    return total


@dataclass(frozen=True)
class Provocation:
    """An act on a high rung, and whether the record names an answer to it.

    Parameters
    ----------
    id : str
        Row of the ledger.
    rung : int
        Its rung.
    answered : bool
        Whether a later act of the side struck states it as its trigger.
    """

    id: str
    rung: int
    answered: bool


def policy_weights(
    provocations: Sequence[Provocation], multipliers: Mapping[str, Floats], excitation: float
) -> dict[str, float]:
    """Return the weights of candidate policies after the answers of the record, from equal weights before.

    An answer counts as seen with an unknown chance of being reported and tied to its trigger, uniform between 0 and 1
    and integrated out. That makes the evidence weak, as it is: a policy that answers half as often is hardly less
    likely than one whose answers are reported half as often.

    Parameters
    ----------
    provocations : sequence of Provocation
        Acts on high rungs.
    multipliers : mapping of str to ndarray of float, shape (n_rungs,)
        Factor of the calibrated reactions that a policy answers with, by rung of the provocation from 0 [1].
    excitation : float
        Calibrated mean number of reactions [1].

    Returns
    -------
    dict of str to float
        Weights that sum to 1 [1].
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
