"""Reported figures judged together: each alone, pairs of them, and the least likely of all, by ranks among histories.

The reported record is put among the simulated ones. If it came from the model, every rank would be as likely, so each
p-value is exact whatever the law of the figures: of one figure the share of records that lie as far out on its nearer
side, doubled; of a pair the share as far from the centre of all, by Mahalanobis's distance of logs; of all together the
share, of those that tell every figure that is judged, whose least p-value is as small (Westfall & Young 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sim.core.arrays import Floats

TOGETHER: Final = "least of these p-values"
"""Name of the figure that judges all others together."""
FAILS: Final = 0.05
"""A p-value from which on figures are named."""


def judge_jointly(
    simulated: Mapping[str, Floats], reported: Mapping[str, float], pairs: Sequence[tuple[str, str]] = ()
) -> pd.DataFrame:
    """Return a row for each figure, each pair, and all of them together.

    Parameters
    ----------
    simulated : mapping of str to ndarray, shape (n_replicates,)
        The figures of every history; not a number where a history does not tell.
    reported : mapping of str to float
        The same figures as reported; not a number for one that is not judged.
    pairs : sequence of pairs of str, optional
        Figures that are also judged by how they go together; both above 0 or 0.

    Returns
    -------
    DataFrame
        By ``quantity``: ``observed``, the ends of the bands of histories that hold 90 and 99 % (``low_90``,
        ``high_90``, ``low_99``, ``high_99``), ``p`` and its Monte Carlo error ``p_error``.
    """
    pools = {name: np.append(values, reported[name]).astype(np.float64) for name, values in simulated.items()}
    known = {name: pool for name, pool in pools.items() if np.isfinite(pool[-1])}
    likely = {name: np.minimum(2.0 * np.minimum(_share(pool), _share(-pool)), 1.0) for name, pool in known.items()}
    levels = dict.fromkeys(pools, (0.05, 0.95, 0.005, 0.995))
    for one, other in pairs:
        name = f"{one} and {other}, distance"
        pools[name] = _distances(np.column_stack([pools[one], pools[other]]))
        likely[name], levels[name] = _share(-pools[name]), (0.0, 0.9, 0.0, 0.99)
    if likely:
        is_whole = np.isfinite([pools[name] for name in likely]).all(axis=0)
        pools[TOGETHER] = np.where(is_whole, np.min(list(likely.values()), axis=0), np.nan)
        likely[TOGETHER], levels[TOGETHER] = _share(pools[TOGETHER]), (0.1, 1.0, 0.01, 1.0)
    rows = []
    for name, pool in pools.items():
        bands = [np.nanquantile(pool[:-1], level) if np.isfinite(pool[:-1]).any() else np.nan for level in levels[name]]
        p = float(likely[name][-1]) if name in likely else np.nan
        # A doubled share errs by twice as much as the share.
        sides = 2.0 if name in known else 1.0
        rows.append((name, pool[-1], *bands, p, np.sqrt(p * (sides - p) / np.isfinite(pool).sum())))
    names = ["quantity", "observed", "low_90", "high_90", "low_99", "high_99", "p", "p_error"]
    return pd.DataFrame(rows, columns=names)


def describe_jointly(table: pd.DataFrame, name: str = "quantity") -> str:
    """Return the verdict on all figures of a table together, and which of them fail; nothing where none is judged."""
    is_all = table[name] == TOGETHER
    judged = table[table["p"].notna() & ~is_all]
    if judged.empty:
        return ""
    together = table.loc[is_all, ["p", "p_error"]].to_numpy()[0]
    failing = judged[judged["p"] < FAILS].sort_values("p")
    named = ", ".join(f"{row[name]} (p = {row['p']:.2g})" for row in failing.to_dict("records"))
    words = f"Judged together, a record as odd as the reported one comes with p = {together[0]:.2g} ± {together[1]:.1g}"
    return f"{words}; {f'what fails: {named}' if named else f'none of {len(judged)} figures fails'}."


def _share(pool: Floats) -> Floats:
    """Return for each value the share of all that are as small; 1 where there is no number."""
    known = np.isfinite(pool)
    shares = np.ones(len(pool))
    shares[known] = rankdata(pool[known], method="max") / known.sum()
    return shares


def _distances(pool: Floats) -> Floats:
    """Return how far each pair lies from the centre of all, in standard deviations of logs, shape (n,)."""
    # Counts of 0 have a log: half of the least number above it is added, the same for all.
    positive = np.where(pool > 0, pool, np.nan)
    logs = np.log(pool + np.nanmin(positive, axis=0) / 2.0)
    off = logs - np.nanmean(logs, axis=0)
    whole = off[np.isfinite(off).all(axis=1)]
    return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", off, np.linalg.pinv(np.cov(whole.T)), off)))
