"""What must hold of the committed tables of tournaments, fit, nowcast and prior check: by place, in `RULES`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from committed import RESULTS, SCENARIOS, manifest_of
from scipy import stats
from sweep_rules import is_share, near, rising

from sim.inference.fit import SEED
from sim.inference.joint_checks import TOGETHER
from sim.tournament.match_tables import POPULATION_SIZE, evolve
from sim.tournament.ranking import BOUNDS, LESS_IS_BETTER, SHARES_OF_HISTORIES, rank_values

Rule = Callable[[Path, pd.DataFrame], None]


def read(path: Path) -> pd.DataFrame:
    """Return a committed table."""
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def close(first: object, second: object, digits: int) -> bool:
    """Return whether numbers agree that were written with so many digits that count."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    return near(a, b, 0.51 * 10.0 ** (1 - digits) * np.maximum(np.abs(a), np.abs(b)) + 1e-12)


# ---------------------------------------------------------------------------------------------------------- tournaments


def matrices(path: Path) -> dict[str, np.ndarray]:
    """Return every column of the matches of a tournament, shape (n_noises, n_policies, n_policies)."""
    said, table = manifest_of(path.parent), read(path.parent / "matches.csv")
    shape = (len(said["noises"]), len(said["policies"]), len(said["policies"]))
    assert list(table["noise"]) == list(np.repeat(said["noises"], shape[1] ** 2))
    assert list(table["policy"]) == list(np.tile(np.repeat(said["policies"], shape[1]), shape[0]))
    assert list(table["opponent"]) == said["policies"] * (shape[0] * shape[1])
    return {str(name): table[name].to_numpy().reshape(shape) for name in table.columns[3:]}


def payoffs(path: Path) -> np.ndarray:
    measure = manifest_of(path.parent)["evolution"]["payoff"]
    return matrices(path)[measure] * (-1.0 if measure in LESS_IS_BETTER else 1.0)


def matches(path: Path, _: pd.DataFrame) -> None:
    """What one does the other suffers; what is counted in histories is a count; rounds of the dilemma add up."""
    values, said = matrices(path), manifest_of(path.parent)
    errors = [values[name] for name in values if name.endswith("_se")]
    assert all((error >= 0).all() for error in errors)
    if "points" in values:
        mine, points = values["cooperation"], values["points"]
        assert is_share(mine)
        # A policy that meets itself stands on both sides, and one of them is told.
        others = ~np.eye(mine.shape[1], dtype=bool)
        assert close(values["met"][:, others], mine.swapaxes(1, 2)[:, others], 6)
        assert close(values["met_se"][:, others], values["cooperation_se"].swapaxes(1, 2)[:, others], 6)
        # Who alone defects gets 5 and the other 0; every other round gives both the same.
        apart = points - points.swapaxes(1, 2)
        assert near(apart[:, others], 5.0 * (values["met"] - mine)[:, others], 3e-5)
        rounds = mine * said["turns"] * said["replicates"]
        assert near(rounds, rounds.round(), 1e-6 * said["turns"] * said["replicates"])
        assert (points <= np.minimum(3.0 * values["met"] + 5.0 * (1 - mine) + (1 - values["met"]), 5.0) + 1e-5).all()
        return
    for suffered, done in (("harm_suffered", "harm_done"), ("harm_suffered_se", "harm_done_se")):
        assert close(values[suffered], values[done].swapaxes(1, 2), 6)
    assert close(values["war"], values["war"].swapaxes(1, 2), 6)
    wars = values["war"] * 2 * said["replicates"]
    assert near(wars, wars.round(), 1e-5 * said["replicates"])
    assert is_share(values["war"])


def ranking(path: Path, table: pd.DataFrame) -> None:
    """The mean of a policy is that over its matches; ranks are those of the means, and intervals hold both."""
    said, values = manifest_of(path.parent), matrices(path)
    measures = [name for name in values if not name.endswith("_se")]
    assert list(table["noise"]) == list(np.repeat(said["noises"], len(measures) * len(said["policies"])))
    for (noise, measure), rows in table.groupby(["noise", "measure"], sort=False):
        at = rows.set_index("policy").loc[said["policies"]]
        means = values[measure][said["noises"].index(noise)].mean(axis=1)
        assert near(at["mean"], means, 2e-5 * np.abs(means).max())
        better = rank_values(at["mean"].to_numpy()[None], measure in LESS_IS_BETTER)[0]
        assert (at["rank"] == better).all()
        assert rising(rows["rank"])
        assert (rows["low"] <= rows["mean"]).all()
        assert (rows["mean"] <= rows["high"]).all()
        assert (rows["rank_low"] <= rows["rank_high"]).all()
        assert (rows["rank_low"] >= 1).all()
        assert (rows["rank_high"] <= len(rows)).all()
        if measure not in SHARES_OF_HISTORIES:
            low, high = BOUNDS.get(str(measure), (-np.inf, np.inf))
            inside = (rows["low"] > low) & (rows["high"] < high)
            middle = (rows["low"] + rows["high"]) / 2
            assert near(middle[inside], rows["mean"][inside], 1.1e-5 * rows["high"][inside].abs())
    assert is_share(table.loc[table["measure"].isin(["war", "cooperation", "met"]), ["low", "high"]])


def population(path: Path, table: pd.DataFrame) -> None:
    """Shares add up to 1 and are those of the evolution that the matches give, the most common policy first."""
    said = manifest_of(path.parent)
    for (noise, rows), matrix in zip(table.groupby("noise", sort=False), payoffs(path), strict=True):
        assert noise in said["noises"]
        evolution, at = evolve(matrix), rows.set_index("policy").loc[said["policies"]]
        assert near(rows[["replicator_share", "moran_share"]].sum(), 1.0, 1e-5)
        assert near(at["moran_share"], evolution.stationary, 1e-5)
        assert near(at["replicator_share"], evolution.shares[:, -1], 1e-4)
        assert rising(-rows["moran_share"].to_numpy())


def fixation(path: Path, table: pd.DataFrame) -> None:
    """Chances are those of the evolution that the matches give; of those alike each takes over as often."""
    said = manifest_of(path.parent)
    assert said["evolution"]["population"] == POPULATION_SIZE
    made = np.array([evolve(matrix).fixation for matrix in payoffs(path)])
    assert near(table["fixation"].to_numpy() / made.reshape(-1), 1.0, 2e-4)
    assert near(table.loc[table["mutant"] == table["resident"], "fixation"], 1 / POPULATION_SIZE, 0)


def days_at_rung(path: Path, table: pd.DataFrame) -> None:
    """The days of a match are shared out among the rungs."""
    said = manifest_of(path.parent)
    days = table.loc[:, "rung_0":]
    assert (days >= 0).all(axis=None)
    assert near(days.sum(axis=1), said["days"], 1e-3)
    assert list(table["policy"]) == said["policies"] * len(said["noises"])


# ------------------------------------------------------------------------------------------------- fit, nowcast, priors


def alternatives(path: Path, table: pd.DataFrame) -> None:
    """The default half is the fit itself; the other half is of the same parameters, ordered in the same way."""
    summary, derived = read(path.parent / "summary.csv"), read(path.parent / "derived.csv")
    columns = ["parameter", "median", "low", "high"]
    default = pd.concat([summary[columns], derived.rename(columns={"quantity": "parameter"})[columns]])
    assert default.reset_index(drop=True).equals(table.loc[table["evidence"] == "default", columns])
    assert rising(table[["low", "median", "high"]])
    for _, rows in table.groupby("evidence", sort=False):
        known = rows[rows["status"].notna()]
        assert sorted(rows["parameter"]) == sorted(default["parameter"])
        assert rising(-known["contraction"].to_numpy())
        assert ((known["contraction"] >= 0.1) == (known["status"] == "informed")).all()


def nowcast(path: Path, table: pd.DataFrame) -> None:
    """Days are those asked for; the odds are a count of histories, no surer than Wilson's interval of them all."""
    said, fit = manifest_of(path.parent), RESULTS / "fit-lebanon-2023"
    asked = pd.date_range(said["nowcast"]["from"], said["nowcast"]["to"], freq=f"{said['nowcast']['every']}D")
    assert list(table["as_of"]) == list(asked.strftime("%Y-%m-%d"))
    first, until = (date.fromisoformat(manifest_of(fit)[key]) for key in ("first_day", "as_of"))
    assert list(table["days"]) == [(day.date() - first).days for day in asked]
    assert list(table["ex_post"]) == [day.date() > until for day in asked]
    assert set(table["question"]) == {said["nowcast"]["question"]}
    assert set(table["horizon"]) == {said["nowcast"]["horizon"]}
    assert set(table["status"]) == {"mixed"}
    assert rising(table[["branching_low", "branching", "branching_high"]])
    assert (table["branching_high"] < 1).all()
    hits = (table["odds"] * table["replicates"]).round().astype(int)
    assert close(hits / table["replicates"], table["odds"], 6)
    for hit, n, low, high in zip(hits, table["replicates"], table["odds_low"], table["odds_high"], strict=True):
        simple = stats.binomtest(hit, n).proportion_ci(0.9, method="wilson")
        assert low < simple.low + 1e-6
        assert high > simple.high - 1e-6
    assert (table["replicates"] <= 300).all()
    assert said["seed"] == SEED
    known = read(fit / "derived.csv").set_index("quantity").loc["branching ratio"]
    last = table.iloc[-1]
    for column, name in (("branching", "median"), ("branching_low", "low"), ("branching_high", "high")):
        assert abs(last[column] / known[name] - 1) < 0.05  # another sampler's draws, some 400 of them independent


def prior_check(_: Path, table: pd.DataFrame) -> None:
    """Checks, figures and sources are those of the file; quantiles are ordered, and say what lies in range.

    Below stand pairs of the file and, twice, all figures together, the record's before those that are held out.
    """
    written = tomllib.loads((SCENARIOS / "prior-check.toml").read_text(encoding="utf-8"))
    asked = written["check"]
    joint, table = table.iloc[len(asked) :], table.iloc[: len(asked)]
    assert len(joint) == len(written["pair"]) + 2
    assert list(joint["check"] == TOGETHER).count(True) == 2
    assert ((joint["q05"] <= joint["reported"]) & (joint["reported"] <= joint["q95"]) == joint["in_range"]).all()
    assert joint["p"].between(1 / 1001, 1).all()
    assert list(table["p"].isna()) == [one["statistic"] == "odds" for one in asked]
    assert list(table["check"]) == [one["text"] for one in asked]
    assert list(table["source"]) == [one["source"] for one in asked]
    assert near(table["reported"], [one["reported"] for one in asked])
    assert list(table["held_out"]) == [one.get("held_out", False) for one in asked]
    assert (table["n"] <= 1000).all()
    quantiles = table[["q05", "q25", "q50", "q75", "q95"]]
    is_odds = quantiles.isna().all(axis=1)
    assert list(is_odds) == [one["statistic"] == "odds" for one in asked]
    assert rising(quantiles[~is_odds])
    assert ((quantiles["q05"] <= table["mean"]) & (table["mean"] <= quantiles["q95"]))[~is_odds].all()
    for row, one in zip(table.itertuples(), asked, strict=True):
        low, value, high = (
            (one["low"], row.mean, one["high"]) if one["statistic"] == "odds" else (row.q05, row.reported, row.q95)
        )
        assert row.in_range == (low <= value <= high)
    reference = read(RESULTS / "validation" / "reference-class.csv").iloc[0]
    assert near(table["mean"][is_odds], reference["simulated"], 1e-9)  # the same histories


RULES: dict[str, tuple[Rule, ...]] = {
    "tournament/*/matches": (matches,),
    "tournament/*/ranking": (ranking,),
    "tournament/*/population": (population,),
    "tournament/*/fixation": (fixation,),
    "tournament/*/days-at-rung": (days_at_rung,),
    "fit-lebanon-2023/alternatives": (alternatives,),
    "nowcast-lebanon-2023/nowcast": (nowcast,),
    "prior-check": (prior_check,),
}
"""By the place of a table below ``results``."""
