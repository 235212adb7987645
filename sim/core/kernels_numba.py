"""The primitives compiled by numba, the optional extra ``fast``.

Each does the operations of its NumPy form in the same order, so that both give the same bits; a test holds them
together.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.core.arrays import Floats, Integers, Words
from sim.core.kernels_numpy import GAMMA, MULTIPLIER_1, MULTIPLIER_2, NEGLIGIBLE, TO_UNIT, Primitives


def compile_primitives() -> Primitives | None:  # noqa: PLR0915 - one short function for each primitive
    """Return the compiled form, or None where numba is not installed."""
    try:
        import numba
    except ImportError:
        return None

    def compile_(primitive: Any) -> Any:
        try:
            return numba.njit(cache=True, nogil=True)(primitive)
        except RuntimeError:
            # Nowhere to keep what is compiled: a read-only installation for a user without a home.
            return numba.njit(nogil=True)(primitive)

    multiplier_1, multiplier_2 = np.uint64(MULTIPLIER_1), np.uint64(MULTIPLIER_2)
    by_30, by_27, by_31, by_12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)

    @compile_
    def uniforms(words: Words, address: np.uint64) -> Floats:
        values = np.empty(words.size)
        for i in range(words.size):
            word = words[i] + address
            word = (word ^ (word >> by_30)) * multiplier_1
            word = (word ^ (word >> by_27)) * multiplier_2
            word = word ^ (word >> by_31)
            values[i] = (np.float64(word >> by_12) + 0.5) * TO_UNIT
        return values

    @compile_
    def poisson(uniforms: Floats, mean: Floats, zero: Floats) -> Integers:
        counts = np.zeros(uniforms.size, dtype=np.int64)
        for i in range(uniforms.size):
            term = zero[i]
            cumulative = term
            k = 0
            while uniforms[i] > cumulative:
                k += 1
                term = term * (mean[i] / k)
                cumulative = cumulative + term
                if term < NEGLIGIBLE and k > mean[i]:
                    break
            counts[i] = k
        return counts

    @compile_
    def binomial(uniforms: Floats, trials: Integers, odds: Floats, zero: Floats) -> Integers:
        counts = np.zeros(uniforms.size, dtype=np.int64)
        for i in range(uniforms.size):
            term = zero[i]
            cumulative = term
            k = 0
            while uniforms[i] > cumulative and k < trials[i]:
                k += 1
                term = term * (odds[i] * (trials[i] - k + 1) / k)
                cumulative = cumulative + term
            counts[i] = k
        return counts

    @compile_
    def pick_2(table: Any, i: Integers, j: Integers) -> Any:
        picked = np.empty(i.size, dtype=table.dtype)
        for n in range(i.size):
            picked[n] = table[i[n], j[n]]
        return picked

    @compile_
    def pick_3(table: Any, i: Integers, j: Integers, k: Integers) -> Any:
        picked = np.empty(i.size, dtype=table.dtype)
        for n in range(i.size):
            picked[n] = table[i[n], j[n], k[n]]
        return picked

    gamma_word = np.uint64(GAMMA)

    @compile_
    def child_words(words: Words, parents: Integers, ordinals: Integers, kind: np.uint64) -> Words:
        children = np.empty(parents.size, dtype=np.uint64)
        for n in range(parents.size):
            word = words[parents[n]] + kind
            word = (word ^ (word >> by_30)) * multiplier_1
            word = (word ^ (word >> by_27)) * multiplier_2
            word = (word ^ (word >> by_31)) + np.uint64(ordinals[n]) * gamma_word
            word = (word ^ (word >> by_30)) * multiplier_1
            word = (word ^ (word >> by_27)) * multiplier_2
            children[n] = word ^ (word >> by_31)
        return children

    @compile_
    def expand(counts: Integers) -> tuple[Integers, Integers]:
        total = counts.sum()
        places, ordinals = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
        n = 0
        for place in range(counts.size):
            for ordinal in range(counts[place]):
                places[n], ordinals[n] = place, ordinal
                n += 1
        return places, ordinals

    @compile_
    def add(flat: Floats, places: Integers, values: Floats) -> None:
        for n in range(places.size):
            flat[places[n]] += values[n]

    @compile_
    def release(due: Floats, later: Floats, released: Floats) -> None:
        for d in range(due.shape[0]):
            for k in range(due.shape[1]):
                for n in range(due.shape[2]):
                    falls_due = due[d, k, n] * later[d, n]
                    released[d, k, n] = falls_due
                    due[d, k, n] = due[d, k, n] - falls_due

    @compile_
    def weigh(routine: Floats, released: Floats, multiplier: Floats) -> Floats:
        total = routine.copy()
        for d in range(released.shape[0]):
            for k in range(released.shape[1]):
                for n in range(released.shape[2]):
                    total[d, n] = total[d, n] + released[d, k, n] * multiplier[d, k, n]
        return total

    return Primitives("compiled", uniforms, poisson, binomial, pick_2, pick_3, child_words, expand, add, release, weigh)
