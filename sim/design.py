"""What a sweep varies: factors, their levels, and the points of a design."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Factor:
    """One thing that a sweep varies.

    Parameters
    ----------
    key : str
        Key path of a parameter or of a policy, for instance ``policy.HZB.forgiveness`` or ``policy.HZB``.
    levels : tuple
        Numbers, or tables that stand for a policy.
    labels : tuple of str
        Name of each level in the tables.
    """

    key: str
    levels: tuple[Any, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """One point of a design.

    Parameters
    ----------
    index : int
        Place in the design, from 0.
    levels : tuple of (str, int)
        Key of each factor and the place of its level.
    labels : tuple of (str, str)
        Key of each factor and the name of its level.
    """

    index: int
    levels: tuple[tuple[str, int], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """Name of the point in the tables."""
        return ", ".join(f"{key} = {label}" for key, label in self.labels) or "base"


def full_factorial(factors: Sequence[Factor]) -> list[Point]:
    """Return every combination of levels; the last factor varies fastest.

    Parameters
    ----------
    factors : sequence of Factor
        The factors; none gives the single point ``base``.
    """
    choices = itertools.product(*(range(len(factor.levels)) for factor in factors))
    points = []
    for index, choice in enumerate(choices):
        pairs = list(zip(factors, choice, strict=True))
        points.append(
            Point(
                index,
                tuple((factor.key, level) for factor, level in pairs),
                tuple((factor.key, factor.labels[level]) for factor, level in pairs),
            )
        )
    return points
