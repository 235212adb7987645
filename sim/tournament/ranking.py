"""The order of the policies, with intervals: paired, since all matches share their luck history by history."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sim.primitives import Floats, Integers
from sim.streams import Streams
from sim.tournament.entrants import Matches

RESAMPLES: Final = 1000
"""Bootstrap samples of the histories."""
LEVEL: Final = (0.025, 0.975)
"""Ends of the intervals."""
LESS_IS_BETTER: Final = frozenset({"harm_suffered", "harm_done", "war"})
"""Measures of which less is better; of all others more is."""


def ranking(matches: Matches, seed: int) -> pd.DataFrame:
    """Return the mean of every policy over its opponents, and its rank, for every measure and level of noise.

    Parameters
    ----------
    matches : Matches
        What every match gave.
    seed : int
        Root of the draws of the bootstrap.

    Returns
    -------
    DataFrame
        Columns noise, measure, policy, mean, low, high, rank, rank_low, rank_high; the best policy first. Intervals are
        95 % over resampled histories: they hold Monte Carlo error only. Histories are drawn for all matches at once, so
        what they share does not widen the interval of a rank.
    """
    units = unit_means(matches)
    n_units = next(iter(units.values())).shape[-1]
    weights = _resampled(n_units, seed)
    parts = []
    for level, noise in enumerate(matches.noises):
        for measure, values in units.items():
            part = _ranked(values[level].mean(axis=1), weights, measure in LESS_IS_BETTER)
            parts.append(
                part.assign(noise=noise, measure=measure, policy=list(matches.names)).sort_values("rank", kind="stable")
            )
    table = pd.concat(parts, ignore_index=True)
    return table[["noise", "measure", "policy", "mean", "low", "high", "rank", "rank_low", "rank_high"]]


def unit_means(matches: Matches) -> dict[str, Floats]:
    """Return every measure by match, the mean over histories that may share draws.

    Parameters
    ----------
    matches : Matches
        What every match gave.

    Returns
    -------
    dict of str to ndarray of float, shape (n_noises, n_policies, n_policies, n_units)
        By measure; histories that failed are left out of their unit.
    """
    starts = range(0, matches.n_replicates, matches.unit)
    return {
        measure: np.stack([np.nanmean(values[..., i : i + matches.unit], axis=-1) for i in starts], axis=-1)
        for measure, values in matches.values.items()
    }


def _resampled(n_units: int, seed: int) -> Floats:
    """Return the weight of each unit in each bootstrap sample, shape (RESAMPLES, n_units)."""
    streams = Streams(seed, np.arange(n_units))
    weights = np.zeros((RESAMPLES, n_units))
    for sample in range(RESAMPLES):
        chosen = (streams.uniform("tournament", "bootstrap", sample) * n_units).astype(np.int64)
        weights[sample] = np.bincount(chosen, minlength=n_units) / n_units
    return weights


def _ranked(values: Floats, weights: Floats, less_is_better: bool) -> pd.DataFrame:
    """Return mean, rank and their intervals; values have shape (n_policies, n_units)."""
    means = values.mean(axis=1)
    # Sums in a fixed order, so that the last digit of a table does not hang on the linear algebra of a machine.
    samples = np.einsum("su,pu->sp", weights, values)
    low, high = np.quantile(samples, LEVEL, axis=0)
    ranks = ranks_of(samples, less_is_better)
    rank_low, rank_high = np.quantile(ranks, LEVEL, axis=0)
    rank = ranks_of(means[None], less_is_better)[0]
    columns = {"mean": means, "low": low, "high": high, "rank": rank, "rank_low": rank_low, "rank_high": rank_high}
    return pd.DataFrame(columns)


def ranks_of(values: Floats, less_is_better: bool) -> Integers:
    """Return ranks, 1 for the best; who is alike shares the better rank.

    Parameters
    ----------
    values : ndarray of float, shape (n_samples, n_policies)
        Means.
    less_is_better : bool
        Whether less is better.
    """
    # Means of the same numbers in another order differ in their last digits.
    rounded = np.round(values if less_is_better else -values, 10)
    return np.asarray(rankdata(rounded, method="min", axis=1), dtype=np.int64)
