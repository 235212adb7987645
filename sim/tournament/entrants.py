"""Who takes part in a tournament, and what the matches were worth."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from sim.core.arrays import Floats, Integers
from sim.core.errors import InputError
from sim.policies.base import Policy
from sim.policies.registry import SHIPPED, load_policy

MEASURES: Final = ("harm_suffered", "harm_done", "war")
"""What is measured of every match: harm that the policy's side suffered and did [killed-equivalents], whether a war
came."""


@dataclass(frozen=True)
class Entrant:
    """A policy under the name that it plays by."""

    name: str  # The rule as it was given
    policy: Policy  # The policy with its defaults


@dataclass(frozen=True)
class Matches:
    """What every policy got out of every match."""

    theatre: str  # Where they were played
    names: tuple[str, ...]  # The policies
    noises: tuple[float, ...]  # Levels of noise [1]
    # shape (n_noises, n_policies, n_policies, n_replicates): By measure: what the policy of the second axis got
    # against that of the third. Not a number where the history failed; a history that failed in any match
    # counts in none, so that all are compared over the same luck
    values: Mapping[str, Floats]
    payoff: str  # The measure that evolution follows
    payoff_sign: float  # 1 if more of it is better for the policy, -1 if less is
    # shape (n_noises, n_policies, n_policies, n_rungs): Mean days on which the gravest act was on a rung, where
    # a theatre has rungs
    days: Floats | None = None
    unit: int = 1  # How many histories in a row may share draws: the unit of every statement on uncertainty
    failed: int = 0  # Histories that failed, over all matches and both places
    # Whether all matches share their luck history by history; else every pair of policies has its own
    shares_luck: bool = True

    @property
    def n_replicates(self) -> int:
        """Number of histories of each match."""
        return int(next(iter(self.values.values())).shape[-1])

    @cached_property
    def finished(self) -> Integers:
        """Indices of the histories that failed in no match."""
        whole = [np.isfinite(values).all(axis=(0, 1, 2)) for values in self.values.values()]
        return np.flatnonzero(np.all(whole, axis=0))

    @property
    def n_units(self) -> int:
        """Number of independent histories, or of groups of those that may share draws, that are left."""
        return len(np.unique(self.finished // self.unit))

    def means(self, measure: str) -> Floats:
        """Return the mean over the histories, shape (n_noises, n_policies, n_policies)."""
        return np.asarray(self.values[measure][..., self.finished].mean(axis=-1))


def entrants_of(rules: Sequence[str] | None, folder: Path) -> tuple[Entrant, ...]:
    """Return the policies that take part."""
    names = list(SHIPPED) if rules is None else list(rules)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError.single("--policies", "", f'"{twice[0]}" stands twice')
    if len(names) < 2:
        raise InputError.single("--policies", "", "a tournament needs at least two policies, with commas between them")
    found = []
    for name in names:
        kind = load_policy(name, folder)
        lacking = [item.name for item in dataclasses.fields(kind) if _is_needed(item)]
        if lacking:
            raise InputError.single(name, lacking[0], "has no default; a tournament plays policies with their defaults")
        found.append(Entrant(name, kind()))
    return tuple(found)


def _is_needed(item: dataclasses.Field[object]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
