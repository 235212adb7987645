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
SAMPLED: Final = (LATIN_HYPERCUBE, SOBOL, SALTELLI, MORRIS)  # designs that spread their points over the unit cube
KINDS: Final = (FULL_FACTORIAL, ONE_AT_A_TIME, LIST, *SAMPLED)

PAIRED: Final = "paired"
INDEPENDENT: Final = "independent"
LUCKS: Final = (PAIRED, INDEPENDENT)

BASE: Final = "base"  # label of a factor that a point leaves as the scenario has it, and of a point that leaves all


@dataclass(frozen=True)
class Factor:
    """One thing that a sweep varies."""

    key: str  # key path of a parameter or policy, such as ``policy.HZB.forgiveness``, or the name of bundles
    levels: tuple[Any, ...]  # settings of a parameter, policies or bundles; for a sampled one the values at its points
    labels: tuple[str, ...]  # name of each level in the tables
    sampled: Setting | None = None  # law over which a sampled design spreads its points, and what it rests on

    @property
    def domain(self) -> list[str]:
        """What the factor ranges over: the names of its levels, or the law that it is sampled from."""
        return list(self.labels) if self.sampled is None else [str(self.sampled.law)]


@dataclass(frozen=True)
class Point:
    """One point of a design."""

    index: int  # in the design, from 0
    levels: tuple[tuple[str, int], ...] = ()  # key of each factor that the point sets, and index of its level
    labels: tuple[tuple[str, str], ...] = ()  # key of every factor, and name of its level
    is_numbered: bool = False  # goes by its number, because the values of all factors are no name

    @property
    def label(self) -> str:
        """Name of the point in the tables."""
        if self.is_numbered:
            return f"point {self.index}"
        names = dict(self.labels)
        return ", ".join(f"{key} = {names[key]}" for key, _ in self.levels) or BASE


@dataclass(frozen=True)
class Design:
    """How the points of a sweep are chosen."""

    kind: str = FULL_FACTORIAL
    size: int = 0  # points of Latin hypercube and Sobol, base points of Saltelli, trajectories of Morris; else 0
    seed: int = 1  # root of the draws that place the points
    luck: str = PAIRED  # points share the luck of their histories, or each has its own
    rows: tuple[Mapping[str, Any], ...] = ()  # points given by hand: value or label by factor

    @property
    def is_sampled(self) -> bool:
        """Whether points are spread over the unit cube."""
        return self.kind in SAMPLED


def make_point(index: int, factors: Sequence[Factor], choice: Mapping[str, int], *, is_numbered: bool = False) -> Point:
    """Return the point with some levels, chosen by index; factors without one stay as the scenario has them."""
    return Point(
        index,
        tuple((factor.key, choice[factor.key]) for factor in factors if factor.key in choice),
        tuple((f.key, f.labels[choice[f.key]] if f.key in choice else BASE) for f in factors),
        is_numbered,
    )


def full_factorial(factors: Sequence[Factor]) -> list[Point]:
    """Return every combination of levels, the last factor fastest; without factors the single point ``base``."""
    choices = itertools.product(*(range(len(factor.levels)) for factor in factors))
    keys = [factor.key for factor in factors]
    return [make_point(i, factors, dict(zip(keys, choice, strict=True))) for i, choice in enumerate(choices)]


def one_at_a_time(factors: Sequence[Factor]) -> list[Point]:
    """Return the scenario as it is, then each level of each factor alone."""
    choices = [{}, *({factor.key: level} for factor in factors for level in range(len(factor.levels)))]
    return [make_point(i, factors, choice) for i, choice in enumerate(choices)]
