"""What spreads where success is copied: the replicator equation, and fixation in a finite population.

A population plays the tournament; policies that fare better become more common. This says which policies could last
among others that learn, and nothing of any real party.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import logsumexp

from sim.core.arrays import Floats

POPULATION: Final = 50
"""Size of the finite population."""
SELECTION: Final = 0.1
"""Weight of success in the Moran process, per standard deviation of the payoffs (assumption: weak selection)."""
GENERATIONS: Final = 1000.0
"""Time that the replicator equation is followed, in generations of one standard deviation of payoff."""
TIMES: Final = 101


@dataclass(frozen=True)
class Evolution:
    """The evolutionary view of a matrix of payoffs."""

    times: Floats  # generations, shape (n_times,)
    shares: Floats  # of each policy in a large population from equal shares on, shape (n_policies, n_times)
    fixation: Floats  # chance that a mutant (row) takes over a population (column), square; 1 / size where alike
    stationary: Floats  # share of time of a small population where mutants are rare, shape (n_policies,)


def evolve(payoffs: Floats) -> Evolution:
    """Return the evolutionary view of payoffs, shape (n_policies, n_policies): first against second, more is better."""
    scaled = standardise(payoffs)
    times, shares = follow_replicator(scaled)
    fixation = compute_fixation(scaled)
    return Evolution(times, shares, fixation, compute_stationary_shares(fixation))


def standardise(payoffs: Floats) -> Floats:
    """Return payoffs in units of their standard deviation, so that the pace of selection hangs on no unit."""
    spread = float(payoffs.std())
    return np.asarray((payoffs - payoffs.mean()) / (spread if spread > 0 else 1.0))


def follow_replicator(payoffs: Floats, generations: float = GENERATIONS) -> tuple[Floats, Floats]:
    """Follow the replicator equation from equal shares (Taylor & Jonker 1978).

    Return times in generations, denser at the beginning, and shares of shape (n_policies, n_times).
    """
    size = len(payoffs)

    # The logs of the shares, up to a constant: no share can fall below 0 by rounding.
    def growth(_: float, logs: Floats) -> Floats:
        shares = np.exp(logs - logsumexp(logs))
        fitness = np.einsum("ij,j->i", payoffs, shares)
        return np.asarray(fitness - (shares * fitness).sum())

    times = np.concatenate([[0.0], np.geomspace(0.1, generations, TIMES - 1)])
    path = solve_ivp(growth, (0.0, generations), np.zeros(size), method="LSODA", t_eval=times, rtol=1e-8, atol=1e-8)
    return times, np.exp(path.y - logsumexp(path.y, axis=0))


def compute_fixation(payoffs: Floats, population: int = POPULATION, selection: float = SELECTION) -> Floats:
    """Return the chance that one mutant takes over, shape (n_policies, n_policies), mutant by resident.

    The Moran process with exponential fitness (Nowak et al. 2004); 1 over the size where the two are alike.
    """
    mutants = np.arange(1, population)
    own = np.diag(payoffs)
    # Nobody plays against itself: of n - 1 others, k - 1 are mutants for a mutant, and k for a resident.
    of_mutant = (mutants - 1) * own[:, None, None] + (population - mutants) * payoffs[:, :, None]
    of_resident = mutants * payoffs.T[:, :, None] + (population - mutants - 1) * own[None, :, None]
    advantage = selection * (of_mutant - of_resident) / (population - 1)
    sums = np.concatenate([np.zeros((*payoffs.shape, 1)), -np.cumsum(advantage, axis=-1)], axis=-1)
    return np.asarray(np.exp(-logsumexp(sums, axis=-1)))


def compute_stationary_shares(fixation: Floats) -> Floats:
    """Return the share of time on each policy where mutants are so rare that each is settled before the next.

    Shape (n_policies,); the chances of fixation are mutant by resident (Fudenberg & Imhof 2006).
    """
    size = len(fixation)
    steps = fixation.T / max(size - 1, 1)
    np.fill_diagonal(steps, 0.0)
    np.fill_diagonal(steps, 1.0 - steps.sum(axis=1))
    # Shares that the chain leaves as they are, and that sum to 1.
    equations = np.vstack([steps.T - np.eye(size), np.ones(size)])
    shares = np.linalg.lstsq(equations, np.concatenate([np.zeros(size), [1.0]]), rcond=None)[0]
    return np.asarray(np.clip(shares, 0.0, None) / np.clip(shares, 0.0, None).sum())
