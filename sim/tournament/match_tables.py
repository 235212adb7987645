"""The tables of a tournament: tidy, one row for one thing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.tournament.entrants import Matches
from sim.tournament.evolution import Evolution, evolve
from sim.tournament.ranking import average_units, rank_policies

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


def build_match_table(matches: Matches) -> pd.DataFrame:
    """Return mean and standard error of every measure by match."""
    index = pd.MultiIndex.from_product(
        [matches.noises, matches.names, matches.names], names=["noise", "policy", "opponent"]
    )
    columns = {}
    for measure, values in average_units(matches).items():
        columns[measure] = values.mean(axis=-1).reshape(-1)
        n_units = values.shape[-1]
        error = values.std(axis=-1, ddof=1) / np.sqrt(n_units) if n_units > 1 else np.full(values.shape[:-1], np.nan)
        columns[f"{measure}_se"] = error.reshape(-1)
    return pd.DataFrame(columns, index=index).reset_index()


def build_days_table(matches: Matches) -> pd.DataFrame:
    """Return the mean days on which the gravest act of either side was on a rung, by policy over all its opponents."""
    assert matches.days is not None
    days = matches.days.mean(axis=2)
    index = pd.MultiIndex.from_product([matches.noises, matches.names], names=["noise", "policy"])
    names = [f"rung_{rung}" for rung in range(days.shape[-1])]
    return pd.DataFrame(days.reshape(-1, days.shape[-1]), index=index, columns=names).reset_index()


def build_population_table(matches: Matches, evolutions: list[Evolution]) -> pd.DataFrame:
    """Return what evolution makes of each policy, the most common first."""
    parts = []
    for noise, evolution in zip(matches.noises, evolutions, strict=True):
        part = pd.DataFrame(
            {
                "noise": noise,
                "policy": matches.names,
                "replicator_share": evolution.shares[:, -1],
                "moran_share": evolution.stationary,
            }
        )
        parts.append(part.sort_values("moran_share", ascending=False, kind="stable"))
    return pd.concat(parts, ignore_index=True)


def build_fixation_table(matches: Matches, evolutions: list[Evolution]) -> pd.DataFrame:
    """Return the chance of a mutant to take over, by pair."""
    index = pd.MultiIndex.from_product(
        [matches.noises, matches.names, matches.names], names=["noise", "mutant", "resident"]
    )
    chances = np.array([evolution.fixation for evolution in evolutions]).reshape(-1)
    return pd.DataFrame({"fixation": chances}, index=index).reset_index()
