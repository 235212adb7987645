"""Watch the global random generators, which no policy may use."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def watched_luck() -> Iterator[list[str]]:
    """Collect the global generators that were used inside the block, and put them back."""
    changed: list[str] = []
    python = random.getstate()
    numpy: Any = np.random.get_state()  # noqa: NPY002 - watched, never drawn from
    try:
        yield changed
        now: Any = np.random.get_state()  # noqa: NPY002
        if random.getstate() != python:
            changed.append("random")
        if now[2] != numpy[2] or not np.array_equal(now[1], numpy[1]):
            changed.append("numpy.random")
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
