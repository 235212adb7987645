"""The forms of one test: small ones for every day, full ones for the night; and other seeds for the night."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest

OTHER_SEED = int(os.environ.get("SIM_TEST_SEED", "0"))
"""What is added to the seed of every statistical test, which must pass with another one, too."""


def forms(daily: Iterable[Any], nightly: Iterable[Any]) -> list[Any]:
    """Return values for `parametrize` or for a fixture's `params`: the latter run by `-m nightly` alone.

    A value is a tuple where several names are parametrized: `forms([(100, "baseline")], [(400, "baseline")])`.
    """
    assert not {type(daily), type(nightly)} & {str, tuple}, "lists of values"
    marked = [(value, ()) for value in daily] + [(value, pytest.mark.nightly) for value in nightly]
    return [pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=marks) for value, marks in marked]
