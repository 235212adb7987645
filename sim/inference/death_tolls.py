"""The law of a total of deaths: over-dispersed lethal acts, each with a heavy-tailed number of dead (S2.5).

The number of lethal acts is negative binomial with the mean and the dispersion that the exchange implies; the dead of
a lethal act follow the truncated zeta law. The law of the sum comes from its characteristic function, so a total such
as "at least 81" and the fact that no single act killed more than some number are used together and exactly.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from sim.core.arrays import Floats
from sim.core.distributions import LARGEST_KILLED

_LEAST: Final = 1e-9
_NODES: Final = 128
_FOLDED: Final = 1e-9
"""Share of the larger totals that folds back."""


def log_chance_of_total(
    low: int, high: int, largest: int, lethal_acts: Floats, fano: Floats, exponents: Floats, shares: Floats
) -> Floats:
    """Return the log chance that deaths total `low` to `high` and no act killed over `largest`, shape (n_draws,).

    Both bounds are included. `lethal_acts` is the mean number of lethal acts and `fano`, 1 or more, its variance over
    mean; `exponents` are those of the zeta laws and `shares` of how many lethal acts, both (n_exponents, n_draws).
    """
    nodes = max(_NODES, 2 ** int(np.ceil(np.log2(3 * (high + 1)))))
    # On a circle a little inside the unit circle, what the transform folds back from larger totals vanishes.
    radius = _FOLDED ** (1.0 / nodes)
    killed = np.arange(1, min(largest, LARGEST_KILLED) + 1)
    angle = 2.0 * np.pi * np.arange(nodes // 2 + 1) / nodes
    waves = radius**killed * np.exp(1j * killed * angle[:, None])
    # Sums written out: a threaded matrix product costs more than it saves at this size.
    deaths = sum(
        share * np.einsum("ak,kn->an", waves, killed[:, None] ** -exponent / _zeta_mass(exponent))
        for exponent, share in zip(exponents, shares, strict=True)
    )
    surplus = np.maximum(fano - 1.0, 1e-6)
    law = np.exp(-lethal_acts / surplus * np.log1p(surplus * (1.0 - deaths)))
    totals = np.arange(low, high + 1)
    weights = np.full(angle.size, 2.0)
    weights[[0, -1]] = 1.0
    shifts = np.exp(-1j * totals[:, None] * angle) * radius ** -totals[:, None].astype(np.float64)
    back = (shifts * weights).sum(axis=0) / nodes
    chance = np.real(np.einsum("a,an->n", back, law))
    return np.asarray(np.log(np.maximum(chance, _LEAST)))


def log_chance_of_count(count: int, mean: Floats, fano: Floats) -> Floats:
    """Return the log chance of a number of acts, negative binomial with variance over mean `fano`, 1 or more."""
    surplus = np.maximum(fano - 1.0, 1e-6)
    size = mean / surplus
    return np.asarray(
        special.gammaln(count + size)
        - special.gammaln(size)
        - special.gammaln(count + 1.0)
        - size * np.log1p(surplus)
        - count * np.log1p(1.0 / surplus)
    )


def log_chance_of_share(part: int, whole: int, share: Floats) -> Floats:
    """Return the log chance of a part of a whole, binomial with a chance `share`, shape (n_draws,) [1]."""
    chance = np.clip(share, _LEAST, 1.0 - _LEAST)
    log_combinations = special.gammaln(whole + 1.0) - special.gammaln(part + 1.0) - special.gammaln(whole - part + 1.0)
    return np.asarray(log_combinations + part * np.log(chance) + (whole - part) * np.log1p(-chance))


def _zeta_mass(exponent: Floats) -> Floats:
    """Return the normalising sum of the truncated zeta law."""
    return np.asarray(special.zeta(exponent, 1) - special.zeta(exponent, LARGEST_KILLED + 1))
