"""Ratios of speed in one run: ``pytest tests/benchmarks --benchmark-enable --benchmark-only``.

Processor time, not wall time. A floor is about a third of what was measured when it was set, so that it falls only when
something is badly slower; the figures themselves stand in ``results/benchmarks/speed.csv`` (see `measure`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import speeds
from benchmarks.speeds import Timing

pytestmark = [pytest.mark.benchmark_only, pytest.mark.benchmark(timer=time.process_time)]

DAYS = 120


@cache
def scalar_mesa() -> Timing:
    return speeds.scalar(12, DAYS)


@cache
def event_by_event() -> Timing:
    return speeds.docking_events(1_000)


def once(benchmark: BenchmarkFixture, measured: Callable[[], Timing], yardstick: Timing | None = None) -> float:
    """Measure once; return the ratio of the rate to that of the yardstick, and note both beside the benchmark."""
    timing = benchmark.pedantic(measured, rounds=1, iterations=1)
    ratio = timing.rate / yardstick.rate if yardstick else 1.0
    benchmark.extra_info |= {"rate": timing.rate, "unit": timing.unit, "ratio": ratio}
    if yardstick:
        benchmark.extra_info["yardstick"] = f"{yardstick.subject}: {yardstick.rate:.4g}"
    return ratio


@pytest.mark.parametrize(("replicates", "floor"), [(1_000, 5.0), (10_000, 12.0)])
def test_engine_against_scalar_mesa(benchmark: BenchmarkFixture, replicates: int, floor: float) -> None:
    assert once(benchmark, lambda: speeds.engine_on_front(replicates, DAYS), scalar_mesa()) > floor


def test_engine_against_event_by_event(benchmark: BenchmarkFixture) -> None:
    assert event_by_event().acts_per_day == pytest.approx(17.5, abs=0.3)
    assert once(benchmark, lambda: speeds.docking_engine(4_000), event_by_event()) > 0.05


def test_cost_rises_no_faster_than_the_replicates(benchmark: BenchmarkFixture) -> None:
    few = speeds.stepping(2_500, 30)
    assert once(benchmark, lambda: speeds.stepping(10_000, 30), few) > 0.8


def test_cost_rises_no_faster_than_the_days(benchmark: BenchmarkFixture) -> None:
    # Later days are busier: some replicates are in a campaign by then.
    short = speeds.stepping(2_500, 30)
    assert once(benchmark, lambda: speeds.stepping(2_500, 120), short) > 0.5
