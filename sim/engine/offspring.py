"""Reactions of single acts: which fall into the same step, how they are numbered, on which rungs routine ones stand."""

from __future__ import annotations

import numpy as np
from scipy import special

from sim.core.arrays import Floats, Integers
from sim.core.distributions import poisson
from sim.core.kernels import CHOSEN
from sim.core.random_streams import act_uniform, child_words
from sim.engine.acts import Acts
from sim.engine.party_parameters import PartyParameters


def shares(delay_days: Floats, step_days: float) -> tuple[Floats, Floats]:
    """Return the share of a pool that falls due in each later step, and that of reactions in the act's own step.

    Both have the shape of the mean delays [days].
    """
    later = -np.expm1(-step_days / delay_days)
    return later, 1.0 - delay_days / step_days * later


def children(
    acts: Acts, mean: Floats, kind: str, dyad: Integers, launched: Integers, cause: int
) -> tuple[Acts, Integers]:
    """Draw the offspring of acts, without marks, and return them with the place of the parent of each.

    ``mean`` (the mean number), ``dyad`` and ``launched`` of the offspring have shape (n_acts,), one for each parent;
    ``kind`` is a part of their addresses, ``cause`` an index into `sim.engine.acts.CAUSES`.
    """
    counts = poisson(act_uniform(acts.words, kind), mean)
    parent, ordinals = CHOSEN.expand(counts)
    words = child_words(acts.words, parent, ordinals, kind)
    causes = np.full(parent.size, cause, dtype=np.int64)
    return Acts.unmarked(acts.lane[parent], dyad[parent], causes, launched[parent], words), parent


def routine_rungs(party: PartyParameters, top: int) -> Floats:
    """Return the law of the rung of a routine act at baseline posture, shape (top + 1, n_replicates or 1) (S2.5)."""
    edges = np.arange(1, top)[:, None] + 1.0
    below = special.ndtr((edges - np.asarray(party.posture_baseline)) / np.asarray(party.posture_spread))
    ends = np.zeros((1, below.shape[1])), np.ones((1, below.shape[1]))
    law = np.diff(np.concatenate([ends[0], below, ends[1]]), axis=0)
    return np.concatenate([np.zeros((1, law.shape[1])), law])
