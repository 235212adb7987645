"""Addressed draws: the only source of chance in the package.

A draw has an address: seed, owner (a party, a dyad, a parameter), decision, step, replicate. The number at an address
depends on nothing else, so adding a party, changing a policy, the number of workers, the size of a block, or stopping
and resuming never move another draw, and scenarios share their luck.

The address is hashed to 64 bits. Names become words by SHA-256; a replicate becomes a word by one SplitMix64 step; the
sum of the words goes through the SplitMix64 finaliser (Steele, Lea & Flood 2014), which turns a counter into
independent 64-bit outputs. Only uniforms are drawn; every other law is a function of a uniform.

References
----------
.. [1] Steele, G. L., Lea, D., Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA '14, 453-472.
       https://doi.org/10.1145/2660193.2660195
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.core.arrays import Floats, Integers, Words
from sim.core.errors import PolicyError

GAMMA: Final = 0x9E3779B97F4A7C15
MULTIPLIER_1: Final = 0xBF58476D1CE4E5B9
MULTIPLIER_2: Final = 0x94D049BB133111EB
TO_UNIT: Final = 2.0**-52
_MASK: Final = (1 << 64) - 1


def mix(words: Words) -> Words:
    """Return the SplitMix64 finaliser of each word, in place."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(MULTIPLIER_1)
    words ^= words >> np.uint64(27)
    words *= np.uint64(MULTIPLIER_2)
    words ^= words >> np.uint64(31)
    return words


def uniforms_at(words: Words, address: np.uint64) -> Floats:
    """Return uniforms strictly between 0 and 1 at ``words + address``, 52 bits each."""
    return ((mix(words + address) >> np.uint64(12)).astype(np.float64) + 0.5) * TO_UNIT


def mix_word(word: int) -> int:
    """Return the SplitMix64 finaliser of one word."""
    word &= _MASK
    word = ((word ^ (word >> 30)) * MULTIPLIER_1) & _MASK
    word = ((word ^ (word >> 27)) * MULTIPLIER_2) & _MASK
    return word ^ (word >> 31)


@lru_cache(maxsize=65536)
def word_of(*names: str | int) -> int:
    """Return the 64-bit word of some names, from their SHA-256 digest: the same in every process, on every platform."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def sampler_generator(seed: int, *names: str | int) -> np.random.RandomState:
    """Return a generator for an established sampler that cannot draw at addresses, seeded by an addressed word."""
    word = word_of("sampler", seed, *names)
    return np.random.RandomState([word >> 32, word & 0xFFFFFFFF])


NEVER: Final = int(np.iinfo(np.int64).max)  # step of a branch that does not exist


@dataclass(frozen=True)
class Branches:
    """Where histories leave those that they were cloned from: up to a step the luck is the parent's, then their own.

    Both arrays have shape (n_replicates, n_branches).
    """

    steps: Integers  # first step of each branch, rising along a row; `NEVER` where there are no more
    serials: Integers  # number of each branch; two branches of one world never share one

    @classmethod
    def none(cls, n_replicates: int) -> "Branches":
        """Return histories that were cloned from no other."""
        return cls(np.empty((n_replicates, 0), dtype=np.int64), np.empty((n_replicates, 0), dtype=np.int64))

    def select(self, chosen: Integers) -> "Branches":
        """Return the branches of some replicates, by their places."""
        return Branches(self.steps[chosen], self.serials[chosen])


class Streams:
    """The luck of some replicates of a world; it depends on the index of a replicate, not on its place.

    ``replicates`` has shape (n_replicates,), in any order; without ``branches`` all keep the luck of their index.
    """

    def __init__(self, seed: int, replicates: npt.ArrayLike, branches: Branches | None = None) -> None:
        self.seed = seed
        self.replicates: Integers = np.array(replicates, dtype=np.int64)
        counters = self.replicates.astype(np.uint64) * np.uint64(GAMMA)
        self.lane_words: Words = mix(counters + np.uint64(word_of("replicate", seed)))
        self.branches = branches or Branches.none(len(self.replicates))

    @property
    def n_replicates(self) -> int:
        """Number of replicates."""
        return len(self.replicates)

    def address(self, owner: str, decision: str, step: int, part: int = 0) -> np.uint64:
        """Return the word of an address without its replicate.

        ``owner`` is a party, dyad or parameter; steps are negative during the replay of history; ``part`` numbers the
        draws where one decision needs several.
        """
        word = word_of(owner, decision)
        return np.uint64(mix_word(mix_word(word + step * GAMMA) + part * GAMMA))

    def uniform(self, owner: str, decision: str, step: int, part: int = 0) -> Floats:
        """Return one uniform strictly between 0 and 1 for each replicate, at an `address`."""
        return uniforms_at(self.lane_words, self.address(owner, decision, step, part))


def act_uniform(words: Words, decision: str) -> Floats:
    """Return one uniform for each act by its root word."""
    return uniforms_at(words, np.uint64(mix_word(word_of("act", decision))))


class Draw:
    """The draws of one party about one opponent in one step, as a policy sees them.

    Parameters
    ----------
    streams : Streams
        Luck of the ensemble.
    owner : str
        Name of the directed dyad, the owner of the draws.
    step : int
        Step of the model.
    within : str, optional
        Path of the policy inside others.
    """

    def __init__(self, streams: Streams, owner: str, step: int, within: str = "") -> None:
        self._streams = streams
        self._owner = owner
        self._step = step
        self._within = within
        self._asked: set[str] = set()

    def within(self, name: str) -> "Draw":
        """Return the draws of a policy inside another, apart from those of the outer one.

        Parameters
        ----------
        name : str
            Field that holds the inner policy.
        """
        return Draw(self._streams, self._owner, self._step, f"{self._within}{name}.")

    def uniform(self, decision: str) -> Floats:
        """Return one uniform for each replicate.

        Parameters
        ----------
        decision : str
            Name of the decision, unique within the step.

        Returns
        -------
        ndarray of float, shape (n_replicates,)
            Uniforms strictly between 0 and 1.

        Raises
        ------
        PolicyError
            If the decision was drawn already in this step: an address holds one number.
        """
        if decision in self._asked:
            raise PolicyError(f'policy of {self._owner}: "{decision}" is drawn twice in one step; give it another name')
        self._asked.add(decision)
        return self._streams.uniform(self._owner, f"policy {self._within}{decision}", self._step)
