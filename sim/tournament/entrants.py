"""Who takes part in a tournament, and what the matches were worth."""

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

    name: str  # the rule as it was given
    policy: Policy  # with its defaults


@dataclass(frozen=True)
class Matches:
    """What every policy got out of every match.

    Values have shape (n_noises, n_policies, n_policies, n_replicates) for each measure: what the policy of the second
    axis got against that of the third. They are no number where the history failed; a history that failed in any match
    counts in none, so that all are compared over the same luck.
    """

    theatre: str
    names: tuple[str, ...]  # of the policies
    noises: tuple[float, ...]  # levels of noise [1]
    values: Mapping[str, Floats]  # by measure
    payoff: str  # the measure that evolution follows
    payoff_sign: float  # 1 if more of it is better for the policy, -1 if less is
    days: Floats | None = None  # mean days with the gravest act on a rung, shape (n_noises, n, n, n_rungs), n policies
    unit: int = 1  # histories in a row that may share draws: the unit of every statement on uncertainty
    failed: int = 0  # histories that failed, over all matches and both places
    shares_luck: bool = True  # all matches share their luck history by history; else each pair has its own

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


def load_entrants(rules: Sequence[str] | None, folder: Path) -> tuple[Entrant, ...]:
    """Return the policies that take part: all shipped ones without rules; files are looked for in the folder."""
    names = list(SHIPPED) if rules is None else list(rules)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError.single("--policies", "", f'"{twice[0]}" stands twice')
    if len(names) < 2:
        raise InputError.single("--policies", "", "a tournament needs at least two policies, with commas between them")
    entrants = []
    for name in names:
        kind = load_policy(name, folder)
        none = dataclasses.MISSING
        lacking = [item.name for item in dataclasses.fields(kind) if item.default is item.default_factory is none]
        if lacking:
            raise InputError.single(name, lacking[0], "has no default; a tournament plays policies with their defaults")
        entrants.append(Entrant(name, kind()))
    return tuple(entrants)
