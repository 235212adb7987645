"""Speed is measured only when it is asked for."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what only measures, unless benchmarks are enabled."""
    if config.getoption("benchmark_enable", default=False):
        return
    skip = pytest.mark.skip(reason="measures speed: pytest tests/benchmarks --benchmark-enable --benchmark-only")
    for item in items:
        if item.get_closest_marker("benchmark_only"):
            item.add_marker(skip)
