"""Branching on the grid: who owes how many reactions, which fall due when, and whether they die out (S2.8).

Delays are exponential with mean tau and the step is Delta. An act is uniform within its step, so a share
``1 - (tau / Delta) (1 - exp(-Delta / tau))`` of its reactions falls in the same step; the rest goes to a pool that
releases the share ``1 - exp(-Delta / tau)`` of itself in every later step. Offspring are Poisson given a gamma factor
of each act, so pools hold expected numbers and the law of the counts is exact.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy import special
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.core.arrays import Floats
from sim.core.distributions import GammaFactors
from sim.core.errors import SupercriticalError
from sim.core.parameters import LaneValues
from sim.engine.acts import stack_values
from sim.engine.party_parameters import PartyParameters
from sim.engine.theatre import DyadParameters, Theatre

PRODUCTIVITY_LIMIT: Final = 0.95  # spectral radius at which reactions saturate (assumption: a war is decided, S0.4)
REFERENCE_RUNG: Final = 2  # rung at which the productivity of an act is 1 before it is centred (S2.8)


def spectral_radius(matrices: Floats) -> Floats:
    """Return the largest absolute eigenvalue of each of (n_replicates, n, n) matrices: their branching ratios [1]."""
    # Parties that never answer each other split the matrix into small blocks, whose eigenvalues are its own.
    links = csr_array((matrices != 0).any(axis=0))
    _, block = connected_components(links, directed=True, connection="strong")
    radius: Floats = np.zeros(len(matrices))
    for number in range(int(block.max(initial=-1)) + 1):
        rows = np.flatnonzero(block == number)
        inside = matrices[:, rows[:, None], rows]
        largest = np.abs(np.linalg.eigvals(inside) if len(rows) > 1 else inside[:, 0]).max(axis=-1)
        radius = np.maximum(radius, largest)
    return radius


def productivity_ceiling(follow_ups: Floats, reactions: Floats, limit: float) -> Floats:
    """Return the factor of all reactions at which the spectral radius reaches a limit, shape (n_replicates,) [1].

    For the diagonal matrix F of follow-ups and a matrix X of reactions (see `Theatre.branching_matrices`) the radius of
    F + c X equals s exactly where c is the inverse of the radius of (s I - F)^-1 X. The limit s lies above the radius
    of F; the factor is infinite where there are no mutual reactions.
    """
    resolvent = 1.0 / (limit - np.einsum("nii->ni", follow_ups))
    radius = spectral_radius(resolvent[:, :, None] * reactions)
    ceiling: Floats = np.divide(1.0, radius, out=np.full(radius.shape, np.inf), where=radius > 0)
    return ceiling


def release_shares(delay_days: Floats, step_days: float) -> tuple[Floats, Floats]:
    """Return by mean delay the share of a pool that falls due in a later step, and of reactions in the act's own."""
    later = -np.expm1(-step_days / delay_days)
    return later, 1.0 - delay_days / step_days * later


def routine_rungs(party: PartyParameters, top: int) -> Floats:
    """Return the law of the rung of a routine act at baseline posture, shape (top + 1, n_replicates or 1) (S2.5)."""
    edges = np.arange(1, top)[:, None] + 1.0
    below = special.ndtr((edges - np.asarray(party.posture_baseline)) / np.asarray(party.posture_spread))
    ends = np.zeros((1, below.shape[1])), np.ones((1, below.shape[1]))
    law = np.diff(np.concatenate([ends[0], below, ends[1]]), axis=0)
    return np.concatenate([np.zeros((1, law.shape[1])), law])


class Reactions:
    """How many reactions each dyad owes to an act, and when they fall due, by replicate.

    ``mean`` holds the mean reactions to one act by dyad and rung of the provocation, shape (n_dyads, n_rungs,
    n_replicates); ``later`` the share of a pool that falls due in each later step, ``now`` that of reactions in the
    act's own step, (n_dyads, n_replicates). A reaction of several acts may be a package: one act stands on the rung
    that the policy chose, the others are routine and never above it; ``lead`` is the chance of a reaction to be that
    act, shape as ``mean``. The argument ``fast`` gives the mean delay of reactions to an act that crosses a red line,
    by dyad, where it is another [days]. Raises `SupercriticalError` if the spectral radius of the reaction matrix is 1
    or more in some replicate.
    """

    def __init__(
        self,
        theatre: Theatre,
        parties: Mapping[str, PartyParameters],
        dyads: Mapping[str, DyadParameters],
        fast: Mapping[str, LaneValues],
        step_days: float,
        n_replicates: int,
    ) -> None:
        self._theatre = theatre
        senders = [parties[dyad.sender] for dyad in theatre.dyads]
        self.delay = stack_values([dyads[dyad.id].delay_days for dyad in theatre.dyads], n_replicates)
        """Mean delay of the reactions of each dyad, shape (n_dyads, n_replicates) [days]."""
        self.later, self.now = release_shares(self.delay, step_days)
        self.fast = {
            row: release_shares(np.where(np.asarray(fast[dyad.id]) > 0, fast[dyad.id], self.delay[row]), step_days)
            for row, dyad in enumerate(theatre.dyads)
            if dyad.id in fast
        }
        """The same shares of reactions to an act that crosses a red line, by row of the dyad."""
        self.gamma = GammaFactors(stack_values([p.overdispersion for p in senders], n_replicates))
        self.branching_ratio, ceiling, self._offspring = self._criticality(parties, dyads, n_replicates)
        self.mean = self._mean_reactions(parties, dyads, ceiling, n_replicates)
        packages = stack_values([p.package for p in senders], n_replicates)[:, None, :]
        self.lead = 1.0 - packages * (1.0 - 1.0 / np.maximum(1.0, self.mean))

    def _criticality(
        self, parties: Mapping[str, PartyParameters], dyads: Mapping[str, DyadParameters], n_replicates: int
    ) -> tuple[Floats, Floats, Floats]:
        follow_up = {party: parameters.follow_up for party, parameters in parties.items()}
        follow_ups, reactions = self._theatre.branching_matrices(follow_up, dyads, n_replicates)
        radius = spectral_radius(follow_ups + reactions)
        if np.any(radius >= 1.0):
            raise SupercriticalError(
                f"reactions would sustain themselves: the spectral radius of their matrix is {radius.max():.3f}; "
                "it must be below 1 (lower follow_up or excitation)"
            )
        if not any(np.any(np.asarray(parameters.productivity) > 0) for parameters in parties.values()):
            return radius, np.full(n_replicates, np.inf), follow_ups + reactions
        limit = PRODUCTIVITY_LIMIT
        ceiling = productivity_ceiling(follow_ups, reactions, limit)
        return radius, np.where(radius < limit, np.maximum(ceiling, 1.0), 1.0), follow_ups + reactions

    def stationary_rates(self, baseline: Floats) -> Floats:
        """Return the mean acts of an undisturbed exchange, (I - G)^-1 mu, shape of ``baseline`` (S2.17) [1/day]."""
        identity = np.eye(self._offspring.shape[-1])
        rates = np.linalg.solve(identity - self._offspring, baseline.T[:, :, None])[:, :, 0].T
        return np.ascontiguousarray(rates, dtype=np.float64)

    def _mean_reactions(
        self,
        parties: Mapping[str, PartyParameters],
        dyads: Mapping[str, DyadParameters],
        ceiling: Floats,
        n_replicates: int,
    ) -> Floats:
        """Return the mean reactions on each dyad to one act on each rung, shape (n_dyads, n_rungs, n_replicates)."""
        rungs = np.arange(self._theatre.ladder.top + 1)[:, None]
        means = []
        for dyad in self._theatre.dyads:
            slope = np.asarray(parties[dyad.sender].productivity)
            rise = np.broadcast_to(np.exp(slope * (rungs - REFERENCE_RUNG)), (len(rungs), n_replicates))
            centre = (routine_rungs(parties[dyad.target], self._theatre.ladder.top) * rise).sum(axis=0)
            means.append(dyads[dyad.id].mean_reactions * np.minimum(rise / centre, ceiling))
        return np.stack(means)
