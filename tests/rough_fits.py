"""Fits and nowcasts that sample so little that they take a second or two; their figures are not those of a user."""

from __future__ import annotations

import functools

import pytest

from sim.inference import nowcast, posterior_predictive, sampler


def make_fits_rough(patch: pytest.MonkeyPatch) -> None:
    """Let a fit take a few steps from around the mode, accept what comes of it, and check it on a few replicates.

    A nowcast looks ten days ahead.
    """
    sizes = {"ensembles": 2, "walkers": 50, "burn_in": 10, "chunk": 20, "most": 20, "ess": 1.0}
    budget = functools.partial(sampler.Budget, **sizes)
    budget.ensembles = 2  # type: ignore[attr-defined]
    patch.setattr("sim.inference.theatre_fit.Budget", budget)
    patch.setattr(nowcast, "QUICK", budget())
    patch.setattr(sampler, "LARGEST_RHAT", 10.0)
    check = functools.partial(posterior_predictive.predictive_check, replicates=100)
    patch.setattr("sim.inference.theatre_fit.predictive_check", check)
    row = nowcast._row
    patch.setattr(nowcast, "_row", lambda *given: row(*given[:4], min(given[4], 10), *given[5:]))
