"""The physical limit of a step: its addressed draws, the same state read and written, and nothing else.

No mechanism, no branch but on what a draw says, no policy. Histories go one after the other through some steps in
turns, as in the kernel, so that their state lies in the cache. What the engine takes longer than this is what the model
does with the numbers, and what could be saved at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numba
import numpy as np

from sim.engine.kernel.luck import N_DRAWS, uniform

STEPS = 64
"""Steps that a history takes before the next has its turn."""
RUNGS = 6
OBSERVED = 10
"""Numbers by dyad that are read to take in what was seen, and so many are written."""
TABLES = 11
"""Numbers of tables that an act looks up."""
ROUNDS = 5


@numba.njit(error_model="numpy")
def draw_dyads(words, expected, draws, acts):
    """Draw a uniform for each dyad, and see whether it acts."""
    for lane in range(words.size):
        for step in range(STEPS):
            word = words[lane] + np.uint64(step) * np.uint64(104729)
            for dyad in range(draws.size):
                draws[dyad] = uniform(word + np.uint64(dyad) * np.uint64(7919))
            for dyad in range(draws.size):
                acts[lane, dyad] += draws[dyad] > 1.0 - expected[lane, dyad]


@numba.njit(error_model="numpy")
def release_pools(due, falls_due, factor, expected):
    """Move what falls due out of the pool of each rung and dyad, and sum it."""
    for lane in range(due.shape[0]):
        for _ in range(STEPS):
            for rung in range(RUNGS):
                for dyad in range(due.shape[2]):
                    released = due[lane, rung, dyad] * falls_due[lane, dyad]
                    due[lane, rung, dyad] -= released
                    expected[lane, dyad] += released * factor[lane, dyad]


@numba.njit(error_model="numpy")
def observe(state, given):
    """Read and write what is observed of each opponent."""
    for lane in range(state.shape[0]):
        for _ in range(STEPS):
            for dyad in range(state.shape[2]):
                harm = state[lane, 0, dyad] * given[lane, 0, dyad] + given[lane, 1, dyad] - state[lane, 1, dyad]
                acts = state[lane, 2, dyad] * 0.96 + given[lane, 2, dyad]
                rungs = state[lane, 3, dyad] * 0.96 + given[lane, 3, dyad]
                fade = 1.0 if given[lane, 2, dyad] > 0.0 else state[lane, 4, dyad] * 0.99
                observed = 0.5 + (rungs / acts - 0.5) * fade
                state[lane, 0, dyad] = harm if harm > 0.0 else 0.0
                state[lane, 2, dyad], state[lane, 3, dyad], state[lane, 4, dyad] = acts, rungs, fade
                state[lane, 5, dyad] = observed
                state[lane, 6, dyad] = given[lane, 4, dyad] * (observed - given[lane, 5, dyad])


@numba.njit(error_model="numpy")
def act(words, draws, tables, due, sums, n_acts):
    """Draw all that an act leaves to chance, look up as many numbers as it does, and write what it leaves behind."""
    for lane in range(words.size):
        for number in range(n_acts):
            word = words[lane] + np.uint64(number)
            for place in range(N_DRAWS):
                draws[place] = uniform(word + np.uint64(place) * np.uint64(104729))
            dyad, met = number % due.shape[2], 0.0
            for place in range(TABLES):
                met += draws[place] < tables[lane, place, dyad]
            due[lane, number % RUNGS, dyad] += met * 1e-9
            sums[lane, 0, dyad] += 1.0
            sums[lane, 1, (dyad + 3) % due.shape[2]] += met


def clock(call: Callable[[], object]) -> float:
    """Return the least processor time of some calls [s], after one that compiles."""
    call()
    found = []
    for _ in range(ROUNDS):
        started = time.process_time()
        call()
        found.append(time.process_time() - started)
    return min(found)


def nanoseconds(n_dyads: int, acts_per_step: float, lanes: int = 2_000) -> dict[str, float]:
    """Return what a step of one history takes at least, part by part [ns]; ``n_dyads`` is filled up to eights."""
    luck = np.random.default_rng(1)
    words = luck.integers(0, 2**63, lanes).astype(np.uint64)
    expected, counted = np.full((lanes, n_dyads), 0.05), np.zeros((lanes, n_dyads), dtype=np.int64)
    due, falls_due = luck.random((lanes, RUNGS, n_dyads)), np.full((lanes, n_dyads), 1e-9)
    factor, total = np.ones((lanes, n_dyads)), np.zeros((lanes, n_dyads))
    state, given = (luck.random((lanes, OBSERVED, n_dyads)) + 0.1 for _ in range(2))
    tables, sums = luck.random((lanes, TABLES, n_dyads)), np.zeros((lanes, 2, n_dyads))
    n_acts = round(STEPS * acts_per_step)
    parts = {
        "draws of dyads": lambda: draw_dyads(words, expected, np.zeros(n_dyads), counted),
        "pools": lambda: release_pools(due, falls_due, factor, total),
        "observation": lambda: observe(state, given),
        "acts": lambda: act(words, np.zeros(N_DRAWS), tables, due, sums, n_acts),
    }
    return {name: clock(call) / (lanes * STEPS) * 1e9 for name, call in parts.items()}
