"""Draws from a posterior: emcee's ensembles from a start around the mode, judged by ArviZ.

Several ensembles run on their own, with their own luck. A posterior is handed out only if they agree (rank-normalised
R-hat [3]_) and hold enough independent draws; else the parameter that has not mixed is named and nothing is handed out.

References
----------
.. [1] Foreman-Mackey, D. et al. (2013). emcee: the MCMC hammer. PASP 125, 306-312.
.. [2] ter Braak, C. J. F. (2006). A Markov chain Monte Carlo version of the genetic algorithm differential evolution.
       Stat. Comput. 16, 239-249.
.. [3] Vehtari, A. et al. (2021). Rank-normalization, folding, and localization: an improved R-hat. Bayesian Analysis
       16, 667-718.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final

import emcee
import numpy as np
from arviz_stats.base import array_stats
from scipy import optimize, special

from sim.core.arrays import Floats
from sim.core.errors import SimError
from sim.core.random_streams import Streams, sampler_generator

LARGEST_RHAT: Final = 1.01
"""R-hat beyond which a fit counts as unmixed [3]_."""
_STEP: Final = 1e-3
_CLIFF: Final = 1e3
_LOWEST: Final = -1e6
"""Stands for a density of zero in the search for the mode."""

LogDensity = Callable[[Floats], Floats]


class UnmixedError(SimError):
    """The draws of a fit do not agree with each other."""

    exit_status = 1


@dataclass(frozen=True)
class Budget:
    """How hard to sample."""

    ensembles: int = 4  # independent of each other; at least 2 for R-hat
    walkers: int = 120  # of each ensemble; an even number
    burn_in: int = 250  # steps thrown away
    chunk: int = 150  # steps between two looks at the diagnostics
    most: int = 8000  # steps after which to give up
    ess: float = 1000.0  # independent draws wanted of every parameter
    jobs: int = 1  # worker processes; changes no draw


@dataclass(frozen=True)
class Sample:
    """Draws of a posterior."""

    chains: Floats  # coordinates, shape (n_ensembles, n_steps, n_walkers, n_parameters)
    rhat: Floats  # over ensembles, shape (n_parameters,)
    ess: Floats  # effective number of draws, shape (n_parameters,)

    def thinned(self, number: int) -> Floats:
        """Return about a number of draws, evenly out of all steps and walkers: (n_ensembles, n_draws, n_parameters)."""
        ensembles, steps, walkers, parameters = self.chains.shape
        flat = self.chains.reshape(ensembles, steps * walkers, parameters)
        each = min(max(1, number // ensembles), steps * walkers)
        chosen = np.linspace(0, steps * walkers - 1, each).astype(np.int64)
        return flat[:, chosen]


def sample(density: LogDensity, names: Sequence[str], seed: int, budget: Budget, start: Floats | None = None) -> Sample:
    """Draw from a log density of points (n_draws, n_parameters), from `start` on, until the draws agree."""
    mode, spread = laplace(density, np.zeros(len(names)) if start is None else start)
    states = [_around(mode, spread, budget.walkers, seed, i, density) for i in range(budget.ensembles)]
    parts: list[Floats] = []
    pools = ProcessPoolExecutor(budget.jobs, mp_context=get_context("spawn")) if budget.jobs > 1 else nullcontext()
    with pools as pool:
        spread_out: Callable[..., Iterable[Any]] = map if pool is None else pool.map
        states, _ = _advance(spread_out, density, states, budget.burn_in)
        while True:
            states, chains = _advance(spread_out, density, states, budget.chunk)
            parts.append(chains)
            draws = _diagnose(np.concatenate(parts, axis=1))
            if draws.ess.min() >= budget.ess and draws.rhat.max() <= LARGEST_RHAT:
                return draws
            if len(parts) * budget.chunk >= budget.most:
                raise UnmixedError(_complaint(draws, names, budget))


def laplace(density: LogDensity, start: Floats) -> tuple[Floats, Floats]:
    """Return the mode of a density and a root of its covariance there, which turns normal draws into draws from it."""
    size = start.size
    steps = _STEP * np.eye(size)

    def descent(point: Floats) -> tuple[float, Floats]:
        values = np.maximum(density(np.concatenate([[point], point + steps, point - steps])), _LOWEST)
        # Beyond the edge of what the prior allows there is no slope to follow.
        values[1:] = np.where(values[1:] < values[0] - _CLIFF, values[0], values[1:])
        slope = (values[1 : size + 1] - values[size + 1 :]) / (2.0 * _STEP)
        return -float(values[0]), -slope

    optimum = optimize.minimize(descent, start, jac=True, method="L-BFGS-B", bounds=[(-5.0, 5.0)] * size)
    mode = np.asarray(optimum.x)
    wide = 20.0 * steps
    slopes = np.stack([(descent(mode + step)[1] - descent(mode - step)[1]) / (40.0 * _STEP) for step in wide])
    values, vectors = np.linalg.eigh((slopes + slopes.T) / 2.0)
    # A direction that the density leaves open is given the spread of the prior.
    return mode, vectors / np.sqrt(np.maximum(values, 0.25))


def _advance(
    spread_out: Callable[..., Iterable[Any]], density: LogDensity, states: list[Any], steps: int
) -> tuple[list[Any], Floats]:
    """Return the states of all ensembles after some steps, and the chains in between."""
    count = len(states)
    walks = list(spread_out(_walk, [density] * count, states, [steps] * count))
    return [state for state, _ in walks], np.stack([chain for _, chain in walks])


def _walk(density: LogDensity, state: Any, steps: int) -> tuple[Any, Floats]:
    """Move one ensemble; its generator travels with its state, so no process changes a draw."""
    moves = [(emcee.moves.DEMove(), 0.7), (emcee.moves.DESnookerMove(), 0.1), (emcee.moves.StretchMove(), 0.2)]
    sampler = emcee.EnsembleSampler(*state.coords.shape, density, moves=moves, vectorize=True)
    with np.errstate(invalid="ignore"):  # from one point that the density refuses to another is no step, and no fault
        return sampler.run_mcmc(state, steps), sampler.get_chain()


def _around(mode: Floats, spread: Floats, walkers: int, seed: int, number: int, density: LogDensity) -> Any:
    """Return an ensemble around the mode; points that the density refuses are drawn in to it."""
    streams = Streams(seed, np.arange(walkers))
    normal = np.stack([special.ndtri(streams.uniform(f"start {i}", "emcee", number)) for i in range(mode.size)], axis=1)
    points = mode + normal @ spread.T
    for _ in range(12):
        refused = ~np.isfinite(density(points))
        points[refused] = mode + (points[refused] - mode) / 2.0
    return emcee.State(points, random_state=sampler_generator(seed, "emcee", number).get_state())


def _diagnose(chains: Floats) -> Sample:
    """Return draws with R-hat over ensembles and the effective number of draws over walkers."""
    ensembles, steps, walkers, size = chains.shape
    by_walker = np.moveaxis(chains, 1, 2).reshape(ensembles * walkers, steps, size)
    by_ensemble = chains.reshape(ensembles, steps * walkers, size)
    axes = {"chain_axis": 0, "draw_axis": 1}
    return Sample(chains, array_stats.rhat(by_ensemble, **axes), array_stats.ess(by_walker, **axes))


def _complaint(draws: Sample, names: Sequence[str], budget: Budget) -> str:
    disagreeing = draws.rhat.max() > LARGEST_RHAT
    worst = int(np.argmax(draws.rhat) if disagreeing else np.argmin(draws.ess))
    limit = f"R-hat must be at most {LARGEST_RHAT:g} and the effective number of draws at least {budget.ess:g}"
    return (
        f"the fit has not mixed after {budget.most} steps: {names[worst]} has R-hat {draws.rhat[worst]:.3f} and "
        f"{draws.ess[worst]:.0f} effective draws; {limit}. The evidence may contradict itself on this parameter"
    )
