"""Intervals of the means of a tournament, over independent histories or groups of them; Monte Carlo error only.

References
----------
.. [1] Korn, E. L., Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
       counts estimated from survey data. Survey Methodology 24(2), 193-201.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from sim.primitives import Floats
from sim.shares import CONFIDENCE, interval

_UPPER = (1 + CONFIDENCE) / 2


def of_means(values: Floats, bounds: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the ends of Student's interval of each mean.

    Parameters
    ----------
    values : ndarray of float, shape (n_policies, n_units)
        Means of independent units; at least two.
    bounds : tuple of float
        Values that a mean cannot pass.
    """
    n_units = values.shape[-1]
    means = values.mean(axis=-1)
    half = stdtrit(n_units - 1, _UPPER) * values.std(axis=-1, ddof=1) / np.sqrt(n_units)
    return np.maximum(means - half, bounds[0]), np.minimum(means + half, bounds[1])


def of_shares(values: Floats, n_histories: int) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's interval of each share of histories, over the effective number of them.

    That number is at most the number of histories, also where a share is a mean over many opponents: what never
    happened in a hundred histories may still happen in one of fifty. Few units make it smaller, as the spread between
    them is then itself uncertain (Korn & Graubard 1998).

    Parameters
    ----------
    values : ndarray of float, shape (n_policies, n_units)
        Shares in independent units; at least two.
    n_histories : int
        Histories in all units together.
    """
    n_units, share = values.shape[-1], values.mean(axis=-1)
    simple = share * (1 - share) / max(n_histories - 1, 1)
    spread = values.var(axis=-1, ddof=1) / n_units
    effect = np.divide(spread, simple, out=np.ones_like(simple), where=simple > 0)
    few = (stdtrit(n_histories - 1, _UPPER) / stdtrit(n_units - 1, _UPPER)) ** 2
    size = n_histories / np.maximum(effect, 1.0) * few
    ends = [interval(n if one == 1 else one * n, n) for one, n in zip(share.tolist(), size.tolist(), strict=True)]
    low, high = np.array(ends).T
    return low, high
