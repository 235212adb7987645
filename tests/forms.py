"""The forms of one test: a small one for every day, larger ones or other seeds for the night."""

from __future__ import annotations

from typing import Any

import pytest


def forms(daily: Any, *nightly: Any) -> list[Any]:
    """Return values for `parametrize` or for a fixture's `params`: the first runs daily, the others by `-m nightly`.

    One value, or a tuple where several names are parametrized: `forms((100, 5), (400, 105))`.
    """
    night = [(value, f"nightly{number}", [pytest.mark.nightly]) for number, value in enumerate(nightly, 1)]
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), id=name, marks=marks)
        for value, name, marks in [(daily, "daily", []), *night]
    ]
