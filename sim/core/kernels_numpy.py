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
    """Return the SplitMix64 finaliser of each word, in place.

    Parameters
    ----------
    words : ndarray of uint64
        Counters; overwritten with the result.
    """
    words ^= words >> np.uint64(30)
    words *= np.uint64(MULTIPLIER_1)
    words ^= words >> np.uint64(27)
    words *= np.uint64(MULTIPLIER_2)
    words ^= words >> np.uint64(31)
    return words


def uniforms_numpy(words: Words, address: np.uint64) -> Floats:
    """Return uniforms strictly between 0 and 1 at ``words + address``, 52 bits each.

    Parameters
    ----------
    words : ndarray of uint64, shape (n,)
        Words of replicates or acts.
    address : uint64
        Word of the decision.
    """
    return ((mix(words + address) >> np.uint64(12)).astype(np.float64) + 0.5) * TO_UNIT


def poisson_numpy(uniforms: Floats, mean: Floats, zero: Floats) -> Integers:
    """Invert the Poisson law by adding its terms until their sum passes the uniform.

    Parameters
    ----------
    uniforms : ndarray of float, shape (n,)
        Uniforms strictly between 0 and 1.
    mean : ndarray of float, shape (n,)
        Means, small enough for ``zero`` not to vanish.
    zero : ndarray of float, shape (n,)
        ``exp(-mean)``, computed by the caller so that both forms share its last bit.
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
    """Invert the binomial law by adding its terms until their sum passes the uniform.

    Parameters
    ----------
    uniforms : ndarray of float, shape (n,)
        Uniforms strictly between 0 and 1.
    trials : ndarray of int, shape (n,)
        Number of trials, 0 or more.
    odds : ndarray of float, shape (n,)
        Chance of success over chance of failure.
    zero : ndarray of float, shape (n,)
        Chance of no success.
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

    Parameters
    ----------
    words : ndarray of uint64, shape (n_parents,)
        Root words of the parents.
    parents, ordinals : ndarray of int, shape (n_children,)
        Place of the parent of each child, and its number among its siblings.
    kind : uint64
        Word of the kind of child.
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
    """Move the share of each pool that falls due from ``due`` to ``released``.

    Parameters
    ----------
    due, released : ndarray of float, shape (n_dyads, n_provocations, n_replicates)
        Pools, and what falls due of them; both are changed in place [1].
    later : ndarray of float, shape (n_dyads, n_replicates)
        Share that falls due [1].
    """
    np.multiply(due, later[:, None, :], out=released)
    due -= released


def weigh_numpy(routine: Floats, released: Floats, multiplier: Floats) -> Floats:
    """Return ``routine`` plus the weighted sum of what falls due, provocation by provocation.

    Parameters
    ----------
    routine : ndarray of float, shape (n_dyads, n_replicates)
        Expected routine acts [1].
    released, multiplier : ndarray of float, shape (n_dyads, n_provocations, n_replicates)
        Expected reactions and their factor [1].
    """
    total = routine.copy()
    for k in range(released.shape[1]):
        total += released[:, k] * multiplier[:, k]
    return total


@dataclass(frozen=True)
class Primitives:
    """One form of the primitives.

    Parameters
    ----------
    name : str
        ``numpy`` or ``compiled``; written into the manifest of every result.
    uniforms : callable
        See `uniforms_numpy`.
    poisson : callable
        See `poisson_numpy`.
    binomial : callable
        See `binomial_numpy`.
    pick_2, pick_3 : callable
        See `pick_2_numpy` and `pick_3_numpy`.
    child_words, expand, add : callable
        See `child_words_numpy`, `expand_numpy` and `add_numpy`.
    release, weigh : callable
        See `release_numpy` and `weigh_numpy`.
    """

    name: str
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
