"""A plugin of pytest that tells coverage which test runs; a fixture counts for the test that asked for it first.

A command that a test starts counts for the test: coverage hands its settings on in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import coverage
import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Name the test while it runs."""
    measured = coverage.Coverage.current()
    assert measured is not None, "this plugin goes with `coverage run`"
    measured.switch_context(item.nodeid)
    measured.set_option("run:context", item.nodeid)
    os.environ["COVERAGE_PROCESS_CONFIG"] = measured.config.serialize()
    result = yield
    measured.switch_context("")
    return result
