"""Chains of draws as ArviZ judges and keeps them: R-hat, the effective number of draws, ``InferenceData``.

References
----------
.. [1] Vehtari, A. et al. (2021). Rank-normalization, folding, and localization: an improved R-hat. Bayesian Analysis
       16, 667-718.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.core.arrays import Floats

with warnings.catch_warnings():
    # Once a day its import tells of the coming 1.0, which pyproject.toml excludes: nothing to a person who fits.
    warnings.simplefilter("ignore", FutureWarning)
    import arviz


def rhat(chains: Floats) -> float:
    """Return the rank-normalised R-hat of one parameter.

    Parameters
    ----------
    chains : ndarray of float, shape (c, n)
        Draws of ``c`` independent chains.
    """
    return float(arviz.rhat(np.ascontiguousarray(chains)))


def effective_draws(chains: Floats) -> float:
    """Return the effective number of draws of one parameter.

    Parameters
    ----------
    chains : ndarray of float, shape (c, n)
        Draws of ``c`` chains.
    """
    return float(arviz.ess(np.ascontiguousarray(chains)))


def inference_data(chains: Mapping[str, Floats]) -> Any:
    """Return draws as an ``arviz.InferenceData``.

    Parameters
    ----------
    chains : mapping of str to ndarray of float, shape (c, n)
        Draws of each parameter, a row for each chain.
    """
    return arviz.from_dict(dict(chains))
