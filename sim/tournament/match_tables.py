"""The tables of a tournament, tidy, one row for one thing; and what spreads where success is copied.

A population plays the tournament; policies that fare better become more common, by the replicator equation and by
fixation in a finite population. This says which policies could last among others that learn, and nothing of any real
party.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.integrate import solve_ivp
from scipy.special import logsumexp

from sim.core.arrays import Floats
from sim.tournament.entrants import Matches
from sim.tournament.ranking import average_units, rank_policies

POPULATION_SIZE: Final = 50  # size of the finite population
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
    fixation = compute_fixation(scaled)
    return Evolution(*follow_replicator(scaled), fixation, compute_stationary_shares(fixation))


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


def compute_fixation(payoffs: Floats, population: int = POPULATION_SIZE, selection: float = SELECTION) -> Floats:
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


Tables = dict[str, pd.DataFrame]

RANKING, MATCHES, DAYS = "ranking", "matches", "days-at-rung"
POPULATION, FIXATION = "population", "fixation"


def build_tables(matches: Matches, seed: int) -> Tables:
    """Return every table of a tournament by its name."""
    evolutions = evolve_by_noise(matches)
    tables = {
        RANKING: rank_policies(matches, seed),
        MATCHES: build_match_table(matches),
        POPULATION: build_population_table(matches, evolutions),
        FIXATION: build_fixation_table(matches, evolutions),
    }
    return tables if matches.days is None else tables | {DAYS: build_days_table(matches)}


def evolve_by_noise(matches: Matches) -> list[Evolution]:
    """Return the evolutionary view of each level of noise."""
    payoffs = matches.payoff_sign * matches.means(matches.payoff)
    return [evolve(matrix) for matrix in payoffs]


def _index(matches: Matches, *names: str) -> pd.MultiIndex:
    """Return noise and policies as the index of a table, in the order of the axes of what was measured."""
    return pd.MultiIndex.from_product([matches.noises, *[matches.names] * len(names)], names=["noise", *names])


def build_match_table(matches: Matches) -> pd.DataFrame:
    """Return mean and standard error of every measure by match."""
    columns = {}
    for measure, values in average_units(matches).items():
        columns[measure] = values.mean(axis=-1).reshape(-1)
        n_units = values.shape[-1]
        error = values.std(axis=-1, ddof=1) / np.sqrt(n_units) if n_units > 1 else np.full(values.shape[:-1], np.nan)
        columns[f"{measure}_se"] = error.reshape(-1)
    return pd.DataFrame(columns, index=_index(matches, "policy", "opponent")).reset_index()


def build_days_table(matches: Matches) -> pd.DataFrame:
    """Return the mean days on which the gravest act of either side was on a rung, by policy over all its opponents."""
    assert matches.days is not None
    days = matches.days.mean(axis=2)
    names = [f"rung_{rung}" for rung in range(days.shape[-1])]
    return pd.DataFrame(days.reshape(-1, days.shape[-1]), _index(matches, "policy"), names).reset_index()


def build_population_table(matches: Matches, evolutions: list[Evolution]) -> pd.DataFrame:
    """Return what evolution makes of each policy, the most common first."""
    parts = []
    for noise, evolution in zip(matches.noises, evolutions, strict=True):
        part = pd.DataFrame({"noise": noise, "policy": matches.names, "replicator_share": evolution.shares[:, -1]})
        part = part.assign(moran_share=evolution.stationary)
        parts.append(part.sort_values("moran_share", ascending=False, kind="stable"))
    return pd.concat(parts, ignore_index=True)


def build_fixation_table(matches: Matches, evolutions: list[Evolution]) -> pd.DataFrame:
    """Return the chance of a mutant to take over, by pair."""
    chances = np.array([evolution.fixation for evolution in evolutions]).reshape(-1)
    return pd.DataFrame({"fixation": chances}, index=_index(matches, "mutant", "resident")).reset_index()
