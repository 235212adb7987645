"""Print what single operations of the kernel cost [ns]: ``PYTHONPATH=.:tests python -m benchmarks.measure_costs``.

The cost of an act is the rise of the time of a run with its acts: the baseline of the first theatre at its own rates of
routine fire, and at a tenth more.
"""

from __future__ import annotations

import math
import time

import numba
import numpy as np

from benchmarks.limit import clock
from sim.core.compilation import call_by_address, compiled
from sim.engine.kernel.luck import uniform
from sim.policies.moment import BOTH, answer_type, moment_type, room_for
from sim.policies.reciprocal import Proportional, TitForTat
from sim.policies.rule_plan import plan_rules
from sim.scenario import Scenario

TIMES = 1_000_000
N_RUNGS, SEED = 7, 20231107


@numba.njit
def exponentials(numbers):
    total = 0.0
    for number in numbers:
        total += math.exp(number)
        numbers[0] = total * 1e-9
    return total


@numba.njit
def lone_draws(words):
    total = 0.0
    for word in words:
        # Each address hangs on the draw before, so that none is drawn beside another.
        total = uniform(word + np.uint64(total * 8.0))
    return total


@compiled
def asks(door, own, moment, answer, times):
    failed = 0
    for _ in range(times):
        failed += call_by_address(door, own, moment, answer)
    return failed


def ask(policy):
    """Return the time of one call of a rule by its address [ns]."""
    plan, room = plan_rules(policy, N_RUNGS), room_for(N_RUNGS)
    assert plan is not None
    (node,) = plan.nodes
    own, moment, answer = plan.first(1), np.zeros(1, moment_type(room)), np.zeros(1, answer_type(room))
    moment["top"], moment["asked_part"], moment["step_days"] = N_RUNGS - 1, BOTH, 0.25
    addresses = own.ctypes.data + node.offset, moment.ctypes.data, answer.ctypes.data
    return clock(lambda: asks(node.door, *addresses, TIMES)) / TIMES * 1e9


def act(replicates=500, days=120):
    """Return by how much an act prolongs a run [ns]."""
    scenario = Scenario.load("scenarios/lebanon-2023/baseline.toml")
    found = []
    for rise in (1.0, 1.1):
        runs = []
        for _ in range(4):
            ensemble = scenario.ensemble(scenario.points()[0], replicates, SEED, horizon_days=days)
            ensemble.conflict.histories.values["background"] *= rise
            started = time.process_time()
            ensemble.conflict.run()
            runs.append(time.process_time() - started)
        found.append((min(runs), int(ensemble.conflict.totals.columns()["acts"].sum(dtype=np.int64))))
        ensemble.conflict.release()
    (few_s, few), (many_s, many) = found
    return (many_s - few_s) / (many - few) * 1e9


def main() -> None:
    """Measure and print."""
    numbers, words = np.linspace(-2.0, -1.0, TIMES), np.arange(TIMES, dtype=np.uint64)
    print(f"exponential            {clock(lambda: exponentials(numbers)) / TIMES * 1e9:8.1f}")
    print(f"draw, one by one       {clock(lambda: lone_draws(words)) / TIMES * 1e9:8.1f}")
    for policy in (TitForTat(), Proportional()):
        print(f"{type(policy).__name__:<22} {ask(policy):8.1f}")
    print(f"act                    {act():8.1f}")


if __name__ == "__main__":
    main()
