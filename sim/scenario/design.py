"""What a sweep varies: factors, their levels, and the points of a design."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sim.scenario.settings import Setting

FULL_FACTORIAL: Final = "full factorial"
ONE_AT_A_TIME: Final = "one at a time"
LIST: Final = "list"
LATIN_HYPERCUBE: Final = "latin hypercube"
SOBOL: Final = "sobol"
SALTELLI: Final = "saltelli"
MORRIS: Final = "morris"
SAMPLED: Final = (LATIN_HYPERCUBE, SOBOL, SALTELLI, MORRIS)
"""Designs that spread their points over the unit cube."""
KINDS: Final = (FULL_FACTORIAL, ONE_AT_A_TIME, LIST, *SAMPLED)

PAIRED: Final = "paired"
INDEPENDENT: Final = "independent"
LUCKS: Final = (PAIRED, INDEPENDENT)

BASE: Final = "base"
"""Label of a factor that a point leaves as the scenario has it, and of a point that leaves all."""


@dataclass(frozen=True)
class Factor:
    """One thing that a sweep varies.

    Parameters
    ----------
    key : str
        Key path of a parameter or of a policy, for instance ``policy.HZB.forgiveness`` or ``policy.HZB``.
    levels : tuple
        Settings of a parameter, policies, or bundles. Those of a sampled parameter are the values at its points.
    labels : tuple of str
        Name of each level in the tables.
    sampled : Setting, optional
        Law over which a sampled design spreads its points, and what it rests on.
    """

    key: str
    levels: tuple[Any, ...]
    labels: tuple[str, ...]
    sampled: Setting | None = None

    @property
    def described(self) -> list[str]:
        """What the factor ranges over: the names of its levels, or the law that it is sampled from."""
        return list(self.labels) if self.sampled is None else [str(self.sampled.law)]


@dataclass(frozen=True)
class Point:
    """One point of a design.

    Parameters
    ----------
    index : int
        Place in the design, from 0.
    levels : tuple of (str, int)
        Key of each factor that the point sets, and the place of its level.
    labels : tuple of (str, str)
        Key of every factor and the name of its level.
    is_numbered : bool
        Whether the point goes by its number, because the values of all factors are no name.
    """

    index: int
    levels: tuple[tuple[str, int], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    is_numbered: bool = False

    @property
    def label(self) -> str:
        """Name of the point in the tables."""
        if self.is_numbered:
            return f"point {self.index}"
        names = dict(self.labels)
        return ", ".join(f"{key} = {names[key]}" for key, _ in self.levels) or BASE


@dataclass(frozen=True)
class Design:
    """How the points of a sweep are chosen.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    size : int
        Points of a Latin hypercube or a Sobol sequence, base points of a Saltelli design, trajectories of a Morris
        design; 0 for the others.
    seed : int
        Root of the draws that place the points.
    luck : str
        Whether points share the luck of their histories (``paired``) or each has its own (``independent``).
    rows : tuple of mapping
        Points given by hand: value or label by factor.
    """

    kind: str = FULL_FACTORIAL
    size: int = 0
    seed: int = 1
    luck: str = PAIRED
    rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_sampled(self) -> bool:
        """Whether points are spread over the unit cube."""
        return self.kind in SAMPLED


def point_at(index: int, factors: Sequence[Factor], choice: Mapping[str, int], *, is_numbered: bool = False) -> Point:
    """Return the point with some levels; factors without one stay as the scenario has them.

    Parameters
    ----------
    index : int
        Place in the design.
    factors : sequence of Factor
        All factors.
    choice : mapping of str to int
        Place of the level by key.
    is_numbered : bool
        See `Point`.
    """
    return Point(
        index,
        tuple((factor.key, choice[factor.key]) for factor in factors if factor.key in choice),
        tuple((f.key, f.labels[choice[f.key]] if f.key in choice else BASE) for f in factors),
        is_numbered,
    )


def full_factorial(factors: Sequence[Factor]) -> list[Point]:
    """Return every combination of levels; the last factor varies fastest.

    Parameters
    ----------
    factors : sequence of Factor
        The factors; none gives the single point ``base``.
    """
    choices = itertools.product(*(range(len(factor.levels)) for factor in factors))
    keys = [factor.key for factor in factors]
    return [point_at(i, factors, dict(zip(keys, choice, strict=True))) for i, choice in enumerate(choices)]


def one_at_a_time(factors: Sequence[Factor]) -> list[Point]:
    """Return the scenario as it is, then each level of each factor alone.

    Parameters
    ----------
    factors : sequence of Factor
        The factors.
    """
    alone = [{factor.key: level} for factor in factors for level in range(len(factor.levels))]
    return [point_at(i, factors, choice) for i, choice in enumerate([{}, *alone])]
