"""The primitives that the profile is made of, in NumPy: draws at addresses, counts, looking up tables, pools.

This form is the one to read; `sim.core.kernels_numba` holds another that gives the same bits, and `sim.core.kernels`
takes one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.core.arrays import Floats, Integers, Words

GAMMA: Final = 0x9E3779B97F4A7C15
MULTIPLIER_1: Final = 0xBF58476D1CE4E5B9
MULTIPLIER_2: Final = 0x94D049BB133111EB
TO_UNIT: Final = 2.0**-52
NEGLIGIBLE: Final = 1e-18


def mix(words: Words) -> Words:
    """Return the SplitMix64 finaliser of each word, in place."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(MULTIPLIER_1)
    words ^= words >> np.uint64(27)
    words *= np.uint64(MULTIPLIER_2)
    words ^= words >> np.uint64(31)
    return words


def uniforms_numpy(words: Words, address: np.uint64) -> Floats:
    """Return uniforms strictly between 0 and 1 at ``words + address``, 52 bits each."""
    return ((mix(words + address) >> np.uint64(12)).astype(np.float64) + 0.5) * TO_UNIT


def poisson_numpy(uniforms: Floats, mean: Floats, zero: Floats) -> Integers:
    """Invert the Poisson law by adding its terms until their sum passes the uniform; arrays of shape (n,).

    ``zero`` is ``exp(-mean)``, which must not vanish, computed by the caller so that both forms share its last bit.
    """
    counts = np.zeros(uniforms.shape, dtype=np.int64)
    open_ = np.flatnonzero(uniforms > zero)
    uniforms, mean, term = uniforms[open_], mean[open_], zero[open_]
    cumulative = term.copy()
    k = 0
    while open_.size:
        k += 1
        term = term * (mean / k)
        cumulative = cumulative + term
        # Beyond the mean a vanished term means that rounding keeps the sum below the uniform for ever.
        done = (uniforms <= cumulative) | ((term < NEGLIGIBLE) & (k > mean))
        counts[open_[done]] = k
        left = ~done
        open_, uniforms, mean = open_[left], uniforms[left], mean[left]
        term, cumulative = term[left], cumulative[left]
    return counts


def binomial_numpy(uniforms: Floats, trials: Integers, odds: Floats, zero: Floats) -> Integers:
    """Invert the binomial law by adding its terms until their sum passes the uniform; arrays of shape (n,).

    ``odds`` is the chance of success over that of failure, ``zero`` the chance of no success.
    """
    counts = np.zeros(uniforms.shape, dtype=np.int64)
    term, cumulative = zero.copy(), zero.copy()
    open_ = np.flatnonzero((uniforms > cumulative) & (trials > 0))
    k = 0
    while open_.size:
        k += 1
        term[open_] = term[open_] * (odds[open_] * (trials[open_] - k + 1) / k)
        cumulative[open_] = cumulative[open_] + term[open_]
        counts[open_] = k
        open_ = open_[(uniforms[open_] > cumulative[open_]) & (k < trials[open_])]
    return counts


def pick_2_numpy(table: Any, i: Integers, j: Integers) -> Any:
    """Return ``table[i, j]`` of a contiguous table, by one flat index, which is faster than two."""
    return table.reshape(-1).take(i * table.shape[1] + j)


def pick_3_numpy(table: Any, i: Integers, j: Integers, k: Integers) -> Any:
    """Return ``table[i, j, k]`` of a contiguous table, by one flat index, which is faster than three."""
    return table.reshape(-1).take((i * table.shape[1] + j) * table.shape[2] + k)


def child_words_numpy(words: Words, parents: Integers, ordinals: Integers, kind: np.uint64) -> Words:
    """Return the root word of each child: that of its parent, its kind and its number among its siblings.

    ``words`` are those of the parents; ``parents`` (a place among them) and ``ordinals`` have shape (n_children,).
    """
    return mix(mix(words[parents] + kind) + ordinals.astype(np.uint64) * np.uint64(GAMMA))


def expand_numpy(counts: Integers) -> tuple[Integers, Integers]:
    """Return, for each of ``counts.sum()`` things, the place of its count and its number within that count."""
    ends = np.cumsum(counts)
    ordinals = np.arange(int(ends[-1]) if counts.size else 0) - np.repeat(ends - counts, counts)
    return np.repeat(np.arange(counts.size), counts), ordinals


def add_numpy(flat: Floats, places: Integers, values: Floats) -> None:
    """Add values at places of a flat table, in their order."""
    np.add.at(flat, places, values)


def release_numpy(due: Floats, later: Floats, released: Floats) -> None:
    """Move the share ``later`` of each pool that falls due from ``due`` to ``released``, both in place [1].

    Pools have shape (n_dyads, n_provocations, n_replicates), shares (n_dyads, n_replicates).
    """
    np.multiply(due, later[:, None, :], out=released)
    due -= released


def weigh_numpy(routine: Floats, released: Floats, multiplier: Floats) -> Floats:
    """Return ``routine`` plus the weighted sum of what falls due, provocation by provocation [1].

    Routine has shape (n_dyads, n_replicates), the others (n_dyads, n_provocations, n_replicates).
    """
    total = routine.copy()
    for k in range(released.shape[1]):
        total += released[:, k] * multiplier[:, k]
    return total


@dataclass(frozen=True)
class Primitives:
    """One form of the primitives; each is documented at its NumPy form."""

    name: str  # ``numpy`` or ``compiled``; written into the manifest of every result
    uniforms: Callable[[Words, np.uint64], Floats]
    poisson: Callable[[Floats, Floats, Floats], Integers]
    binomial: Callable[[Floats, Integers, Floats, Floats], Integers]
    pick_2: Callable[[Any, Integers, Integers], Any]
    pick_3: Callable[[Any, Integers, Integers, Integers], Any]
    child_words: Callable[[Words, Integers, Integers, np.uint64], Words]
    expand: Callable[[Integers], tuple[Integers, Integers]]
    add: Callable[[Floats, Integers, Floats], None]
    release: Callable[[Floats, Floats, Floats], None]
    weigh: Callable[[Floats, Floats, Floats], Floats]


NUMPY: Final = Primitives(
    "numpy",
    uniforms_numpy,
    poisson_numpy,
    binomial_numpy,
    pick_2_numpy,
    pick_3_numpy,
    child_words_numpy,
    expand_numpy,
    add_numpy,
    release_numpy,
    weigh_numpy,
)
