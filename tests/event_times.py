"""Likelihood of event times of parties that excite each other, for a batch of parameter vectors at once (S2.14).

The rate of party i is ``mu_i + sum_j G_ij sum_{t_e < t, e by j} exp(-(t - t_e) / tau_i) / tau_i``. The sums over past
events obey a recursion; here they are cumulative sums within blocks of time, so that the work is a few passes over
arrays of shape (n_events, n_draws).

References
----------
.. [1] Ozaki, T. (1979). Maximum likelihood estimation of Hawkes' self-exciting point processes. Ann. Inst. Statist.
       Math. 31, 145-155.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.core.arrays import Floats, Integers
from sim.inference.bivariate_hawkes import Rhythm
from sim.inference.likelihood import Assumed, Piece

_LARGEST_EXPONENT: Final = 500.0
"""Longest block in delays: exponentials within a block stay representable."""


@dataclass(frozen=True)
class EventTimes(Piece):
    """Times of all acts of both sides: a complete record, whose likelihood is exact; no source of a theatre is one."""

    name: str
    times: Floats  # rising, from the first day of the evidence [days]
    sides: Integers  # 0 or 1: side that acted

    def log_chance(self, assumed: Assumed) -> Floats:
        """Return how likely the exchange makes the times."""
        sides, n_draws = assumed.exchange.sides, len(assumed.exchange.radius)
        # What the sides' own and mutual reactions leave of their rates is background.
        background = sides.rates - np.einsum("ijn,jn->in", sides.matrix, sides.rates)
        shared = np.array_equal(sides.delay_days[0], sides.delay_days[1])
        delay = sides.delay_days[:1] if shared else sides.delay_days
        rests = [assumed.rest(self.times, side, Rhythm()) for side in (0, 1)]
        factor = np.where(self.sides[:, None] == 0, rests[0][0], rests[1][0])
        lost = np.array([days * np.ones(n_draws) for _, days in rests])
        arguments = self.times, self.sides, assumed.days, background, sides.matrix, delay
        return event_log_likelihood(*arguments, factor, lost)


def event_log_likelihood(
    times: Floats,
    senders: Integers,
    days: float,
    background: Floats,
    matrix: Floats,
    delay_days: Floats,
    factor: Any = 1.0,
    lost_days: Any = 0.0,
) -> Floats:
    """Return the log likelihood of all events of some parties at rising times up to `days`, shape (n_draws,) [1].

    `senders` has the party of each event, `background` shape (n_parties, n_draws) [1/day], `matrix` the mean offspring
    (row: party that reacts, column: party that acted), and `delay_days` one row where all parties share it. Where the
    background stands still for a time, `factor` is its factor at each event, (n_events, n_draws) [1], and `lost_days`
    the days that it loses in all, (n_parties, n_draws).
    """
    n_parties, n_draws = background.shape
    total = (background * lost_days).sum(axis=0) - days * background.sum(axis=0)
    factors = np.broadcast_to(factor, (times.size, n_draws))
    shared = past_sums(times, senders, n_parties, delay_days[0]) if len(delay_days) == 1 else None
    for party in range(n_parties):
        delay = delay_days[min(party, len(delay_days) - 1)]
        mine = senders == party
        past = shared if shared is not None else past_sums(times, senders, n_parties, delay)
        rate = background[party] * factors[mine]
        for other in range(n_parties):
            rate += past[other, mine] * (matrix[party, other] / delay)
        total = total + np.log(rate).sum(axis=0)
        realised = -np.expm1(-(days - times)[:, None] / delay)
        for other in range(n_parties):
            total = total - matrix[party, other] * realised[senders == other].sum(axis=0)
    return np.asarray(total)


def past_sums(times: Floats, senders: Integers, n_parties: int, delay_days: Floats) -> Floats:
    """Return what is left of the earlier events of each party at each event: sums of ``exp(-(t - t_e) / tau)``.

    Times rise; the sums, shape (n_parties, n_events, n_draws), are over strictly earlier events of the array.
    """
    n_draws = delay_days.size
    sums = np.zeros((n_parties, times.size, n_draws))
    if not times.size:
        return sums
    length = max(_LARGEST_EXPONENT * float(delay_days.min()), 1e-6)
    block = np.floor((times - times[0]) / length).astype(np.int64)
    left, before = np.zeros((n_parties, n_draws)), times[0]
    for number in np.unique(block):
        inside = np.flatnonzero(block == number)
        start = times[inside[0]]
        left = left * np.exp(-(start - before) / delay_days)
        growth = np.exp((times[inside] - start)[:, None] / delay_days)
        for party in range(n_parties):
            own = growth * (senders[inside] == party)[:, None]
            reached = left[party] + np.cumsum(own, axis=0)
            sums[party, inside] = (reached - own) / growth
            left[party] = reached[-1]
        before = times[inside[-1]]
        left = left / growth[-1]
    return sums
