"""When a sweep that runs in rounds has enough: what a rule is asked, and what the folder says of it.

A round is whole: all its blocks are done before anybody looks. So how many replicates a point gets is a function of
the results in the order of blocks, and neither of timing nor of the number of workers. A limit of time alone breaks
this, and a folder that met it says so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol


class Rule(Protocol):
    """Says after every round how many replicates each point needs."""

    @property
    def block_size(self) -> int:
        """Replicates of a full block."""
        ...

    def first(self) -> int:
        """Return the replicates of each point in the first round."""
        ...

    def grown(self, folder: Path, done: Sequence[int]) -> list[int]:
        """Return the replicates that each point needs next; the same number where it has enough."""
        ...

    def words(self) -> dict[str, Any]:
        """Return what the manifest says of the rule."""
        ...


class TimeOverError(Exception):
    """The time limit has passed; caught by the sweep itself."""


class Clock:
    """Raises when a sweep has taken as long as it may."""

    def __init__(self, seconds: float | None) -> None:
        self._until = None if seconds is None else time.monotonic() + seconds

    def check(self) -> None:
        """Raise if the time is over."""
        if self._until is not None and time.monotonic() >= self._until:
            raise TimeOverError


def stopping_words(rule: Rule | None, targets: Sequence[int], is_over: bool) -> dict[str, Any]:
    """Return what the manifest of a sweep says of its rounds; nothing where every point got what was asked for."""
    if rule is None:
        return {}
    words = rule.words() | ({"time_limit_met": True} if is_over else {})
    return {"replicates": max(targets), "replicates_of_points": list(targets), "stopping": words}
