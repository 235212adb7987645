"""Matches a second beside the Axelrod library's, in the same run."""

from __future__ import annotations

import json
import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.measure_matches import TABLE, library, ours


@pytest.mark.benchmark_only
@pytest.mark.benchmark(timer=time.process_time)
def test_matches_against_the_axelrod_library(benchmark: BenchmarkFixture) -> None:
    """The floor is about a third of what was measured when it was set."""
    matches, seconds = library(1)
    ours(2)
    played, spent = benchmark.pedantic(lambda: ours(100), rounds=1, iterations=1)
    ratio = (played / spent) / (matches / seconds)
    benchmark.extra_info |= {"matches_per_cpu_s": played / spent, "axelrod": matches / seconds, "ratio": ratio}
    assert ratio > 10


def test_the_committed_figures_are_whole() -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert table["axelrod"]["matches_per_cpu_s"] > 0
    assert [row["replicates"] for row in table["sim"]] == [10, 100, 1000]
    assert all(row["ratio"] > 1 for row in table["sim"])
