"""The yardstick of the docking tests: the same process, event by event, and its exact first and second moments.

Nothing here is shared with the engine. The engine branches on a grid of steps; this simulates the mutually exciting
process of S2.8 in continuous time by thinning (Ogata 1981) and solves the equations of its moments.

The rate of party i is ``mu_i + x_i``; ``x_i`` jumps by ``G[i, j] / tau`` at an act of j and fades with time ``tau``.
Acts so far N and excitation x together are a Markov process with linear drift, so mean and covariance obey

    dx/dt     = (G mu + (G - I) x) / tau
    dSigma/dt = M Sigma + Sigma M' + V diag(mu + x) V',  M = [[0, I], [0, (G - I) / tau]],  V = [I; G / tau]

References
----------
.. [1] Ogata, Y. (1981). On Lewis' simulation method for point processes. IEEE Trans. Inf. Theory 27, 23-31.
.. [2] Hawkes, A. G. (1971). Spectra of some self-exciting and mutually exciting point processes. Biometrika 58, 83-90.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm


@numba.njit
def simulate(generator, background, matrix, delay_days, edges, *, n_replicates):
    """Return counts of acts in the spans between `edges`, from a cold start at 0, shape (party, span, replicate)."""
    n_parties = background.size
    counts = np.zeros((n_parties, edges.size - 1, n_replicates), dtype=np.int64)
    for replicate in range(n_replicates):
        excitation = np.zeros(n_parties)
        time, span = 0.0, 0
        while True:
            # The rate only falls until the next act, so its present value bounds it.
            bound = background.sum() + excitation.sum()
            wait = generator.exponential() / bound
            time += wait
            if time >= edges[-1]:
                break
            excitation *= np.exp(-wait / delay_days)
            place = generator.random() * bound
            for party in range(n_parties):
                place -= background[party] + excitation[party]
                if place < 0.0:
                    while time >= edges[span + 1]:
                        span += 1
                    if time >= edges[0]:
                        counts[party, span, replicate] += 1
                    excitation += matrix[:, party] / delay_days
                    break
    return counts


@numba.njit
def waiting(generator, background, matrix, delay_days, days):
    """Return the integral of each party's rate between its acts, for one history: party after party."""
    n_parties = background.size
    excitation, integral = np.zeros(n_parties), np.zeros(n_parties)
    found = []
    time = 0.0
    while True:
        bound = background.sum() + excitation.sum()
        wait = generator.exponential() / bound
        time += wait
        if time >= days:
            break
        faded = np.exp(-wait / delay_days)
        integral += background * wait + excitation * delay_days * (1.0 - faded)
        excitation *= faded
        place = generator.random() * bound
        for party in range(n_parties):
            place -= background[party] + excitation[party]
            if place < 0.0:
                found.append(integral[party])
                integral[party] = 0.0
                excitation += matrix[:, party] / delay_days
                break
    return np.array(found)


def mean_counts(background: np.ndarray, matrix: np.ndarray, delay_days: float, days: float) -> np.ndarray:
    """Return the mean acts of each party in (0, days) from a cold start, in closed form.

    With ``A = (G - I) / tau`` the excitation is ``(I - exp(A t)) x_inf``, and its integral follows.
    """
    identity = np.eye(background.size)
    drift = (matrix - identity) / delay_days
    limit = np.linalg.solve(identity - matrix, matrix @ background)
    settled = np.linalg.solve(drift, (expm(drift * days) - identity) @ limit)
    return (background + limit) * days - settled


def moments(
    background: np.ndarray, matrix: np.ndarray, delay_days: float, first: float, last: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the acts of each party in (first, last), from a cold start at 0."""
    size = background.size
    identity, zero = np.eye(size), np.zeros((size, size))
    drift = np.block([[zero, identity], [zero, (matrix - identity) / delay_days]])
    jumps = np.vstack([identity, matrix / delay_days])

    def change(_: float, state: np.ndarray) -> np.ndarray:
        mean, covariance = state[: 2 * size], state[2 * size :].reshape(2 * size, 2 * size)
        rates = background + mean[size:]
        flow = np.concatenate([rates, (matrix @ rates - mean[size:]) / delay_days])
        spread = drift @ covariance
        return np.concatenate([flow, (spread + spread.T + jumps @ np.diag(rates) @ jumps.T).ravel()])

    state = np.zeros(2 * size + 4 * size**2)
    for start, end in ((0.0, first), (first, last)):
        if end > start:
            # What happened before the span lives on in the excitation alone.
            state[:size] = 0.0
            covariance = state[2 * size :].reshape(2 * size, 2 * size)
            covariance[:size] = 0.0
            covariance[:, :size] = 0.0
            solution = solve_ivp(change, (start, end), state, method="LSODA", rtol=1e-9, atol=1e-9)
            state = solution.y[:, -1].copy()
    return state[:size], state[2 * size :].reshape(2 * size, 2 * size)[:size, :size]


def grid_means(
    background: np.ndarray, matrix: np.ndarray, delay_days: float, step_days: float, days: float
) -> np.ndarray:
    """Return the mean acts of each party by step of the branching on the grid (design section 2).

    Acts of a step are taken as uniform within it, also where they are reactions; this is the only approximation of the
    grid, and `grid_means` against `mean_counts` is its size.
    """
    identity = np.eye(background.size)
    later = -np.expm1(-step_days / delay_days)
    now = 1.0 - delay_days / step_days * later
    generations = np.linalg.inv(identity - now * matrix)
    due, acts = np.zeros(background.size), []
    for _ in range(round(days / step_days)):
        acts.append(generations @ (background * step_days + later * due))
        due = (1.0 - later) * due + (1.0 - now) * matrix @ acts[-1]
    return np.array(acts)
