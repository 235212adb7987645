"""Addressed draws of one replicate with Python's integers, and the laws of chance as functions of a uniform."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from functools import cache
from itertools import accumulate

from scipy import special, stats

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
SLICES = 512


def mix(word: int) -> int:
    """Return the SplitMix64 finaliser of a word."""
    word &= MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


@cache
def word_of(*names: object) -> int:
    """Return the word of a sequence of names."""
    text = "\x1f".join(map(str, names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def unit(word: int) -> float:
    """Return the uniform of a word, strictly between 0 and 1."""
    return ((word >> 12) + 0.5) / 2.0**52


class Luck:
    """The luck of one replicate."""

    def __init__(self, seed: int, replicate: int) -> None:
        self.own = mix(replicate * GOLDEN + word_of("replicate", seed))

    def _at(self, owner: str, decision: str, step: int, part: int) -> int:
        address = mix(mix(word_of(owner, decision) + step * GOLDEN) + part * GOLDEN)
        return mix(self.own + address)

    def uniform(self, owner: str, decision: str, step: int) -> float:
        """Return the uniform of an owner's decision."""
        return unit(self._at(owner, decision, step, 0))

    def happens(self, owner: str, decision: str, step: int, rate: float, days: float) -> bool:
        """Return whether what has a rate a day happens within some days."""
        return self.uniform(owner, decision, step) < -math.expm1(-rate * days)

    def act(self, owner: str, decision: str, step: int, number: int, part: int = 0) -> int:
        """Return the root of the draws of one act."""
        return mix(self._at(owner, decision, step, part) + number * GOLDEN)


def of_act(root: int, decision: str) -> float:
    """Return the uniform of a decision about an act."""
    return unit(mix(root + mix(word_of("act", decision))))


def child(root: int, kind: str, number: int) -> int:
    """Return the root of an act that descends from another."""
    return mix(mix(root + word_of("child", kind)) + number * GOLDEN)


def poisson(uniform: float, mean: float) -> int:
    """Return the smallest count whose distribution function reaches the uniform."""
    count, term = 0, math.exp(-mean)
    total = term
    while uniform > total and not (term < 1e-18 and count > mean):
        count += 1
        term *= mean / count
        total += term
    return count


def binomial(uniform: float, trials: int, chance: float) -> int:
    """Return the smallest number of successes whose distribution function reaches the uniform."""
    terms = (math.comb(trials, k) * chance**k * (1.0 - chance) ** (trials - k) for k in range(trials + 1))
    return next((k for k, total in enumerate(accumulate(terms)) if total >= uniform), trials)


@cache
def zeta_law(exponent: float) -> tuple[float, ...]:
    """Return the chance of 1 ... 300 killed; the exponent is rounded to 0.01 (S2.5)."""
    weights = [killed ** -round(exponent, 2) for killed in range(1, 301)]
    return tuple(weight / sum(weights) for weight in weights)


@cache
def zeta_ends(exponent: float) -> list[float]:
    """Return the distribution function of the number killed."""
    return list(accumulate(zeta_law(exponent)))


def killed_of(uniform: float, exponent: float) -> int:
    """Return the number killed in a lethal act."""
    return min(bisect_left(zeta_ends(exponent), uniform), 299) + 1


@cache
def mean_log_civilians(exponent: float, share: float) -> float:
    """Return the mean of log(1 + civilians killed) in a lethal act."""
    return sum(chance * mean_log(killed, share) for killed, chance in enumerate(zeta_law(exponent), start=1))


@cache
def mean_log(killed: int, share: float) -> float:
    """Return the mean of log(1 + civilians) among some killed, each a civilian with the same chance."""
    law = stats.binom.pmf(range(killed + 1), killed, share)
    return sum(float(chance) * math.log1p(number) for number, chance in enumerate(law))


@cache
def launch_ends(mean: float) -> list[float]:
    """Return the distribution function of further launches: negative binomial of size 0.7, up to 400 (S2.5)."""
    law = [float(chance) for chance in stats.nbinom.pmf(range(401), 0.7, 0.7 / (0.7 + mean))]
    return list(accumulate(chance / sum(law) for chance in law))


def noise(uniform: float, spread: float) -> float:
    """Return a log-normal factor of mean 1, by the mean of its slice; the spread is rounded to 0.02 (S2.6)."""
    rounded, place = round(spread / 0.02) * 0.02, int(uniform * SLICES)
    low, high = (special.ndtri(edge / SLICES) for edge in (place, place + 1))
    return float((special.ndtr(high - rounded) - special.ndtr(low - rounded)) * SLICES) if rounded > 0 else 1.0


def gamma(uniform: float, variance: float) -> float:
    """Return a gamma factor of mean 1, by the mean of its slice; its shape is rounded to 0.1 (S2.8)."""
    if variance <= 0.0:
        return 1.0
    shape, place = max(round(1.0 / variance, 1), 0.1), int(uniform * SLICES)
    low, high = (special.gammaincinv(shape, edge / SLICES) for edge in (place, place + 1))
    return float((special.gammainc(shape + 1.0, high) - special.gammainc(shape + 1.0, low)) * SLICES)
