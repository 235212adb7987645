"""What must hold of the tables of a shipped sweep that compare points, policies or parameters: by table, in `RULES`."""

# ruff: noqa: PD010 - unstack refuses what is twice, pivot_table takes its mean

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from scipy.special import chdtri
from sweep_rules import HALF, Folder, Rule, Z, is_share, near, rising

from sim.results.analysis.regional_sensitivity import correct_holm
from sim.results.reading.design_columns import read_laws
from sim.results.reading.store import Results

CELL = ["outcome", "horizon_days"]


def are_ranks(groups: pd.core.groupby.SeriesGroupBy) -> bool:
    """Return whether ranks within each group go from 1 on, each once."""
    return all(sorted(ranks) == list(range(1, len(ranks) + 1)) for _, ranks in groups)


def laws_of(folder: Folder) -> dict[str, dict[str, str]]:
    """Return law, source and label of every parameter, over all points."""
    resolved = folder.manifest["resolved"]
    of_points = [*reversed(resolved["parameters_of_points"].values()), resolved["parameters"]]
    return {key: law for table in of_points for key, law in table.items()}


def drivers(folder: Folder, table: pd.DataFrame) -> None:
    """Ranks go by the share, directions by the odds in the outer thirds, sources and bases are the manifest's."""
    groups = table.groupby(["point", "question", "horizon_days"], sort=False, dropna=False)
    assert are_ranks(groups["rank"])
    many = folder.manifest["points"]
    assert set(table["point"].dropna()) <= set(range(many))
    assert table["point"].isna().any() == (many > 1)
    alone = table[table["point"].notna()] if many > 1 else table[:0]
    assert (alone["horizon_days"] == folder.manifest["horizon_days"]).all()
    assert many <= 10 or (alone["question"] == folder.manifest["questions"][0]["id"]).all()
    assert (table["rank"] == groups.cumcount() + 1).all()
    assert (groups["share"].diff().fillna(0.0) <= 0).all()
    assert (table["share"] >= 0).all()
    assert is_share(table["share"], table["odds_low_third"], table["odds_high_third"])
    assert table["direction"].isin(["up", "down", "unclear"]).all()
    apart = (table["odds_high_third"] - table["odds_low_third"]).to_numpy()
    assert (apart[table["direction"] == "up"] > 0).all()
    assert (apart[table["direction"] == "down"] < 0).all()
    laws = laws_of(folder)
    assert list(table["source"]) == [laws[key]["source"] for key in table["parameter"]]
    assert list(table["basis"]) == [laws_of(folder)[key]["label"] for key in table["parameter"]]


def shares_by_chance(folder: Folder, table: pd.DataFrame) -> None:
    """What chance gives follows from the number of parameters, the effective replicates and the classes, 2 to 10.

    Where a sweep has several points, its last one at which the parameter is drawn tells it.
    """
    results = Results(folder.path, folder.manifest)
    repeated, drawn = {}, []
    for point in range(folder.manifest["points"]):
        laws = {key: one["law"] for key, one in read_laws(results, point).items()}
        repeats = {key: m[1] for key, law in laws.items() if (m := re.match(r"same_as\(key ([^,]+),", law))}
        repeated = repeated or {key: list(repeats.values()).count(key) for key in laws}
        drawn.append({key for key, law in laws.items() if "(" in law} - repeats.keys())
    assert list(table["repeated_by"]) == [repeated.get(key, 0) for key in table["parameter"]]
    at = [
        [point for point, keys in enumerate(drawn) if key in keys and (pd.isna(own) or point == own)]
        for key, own in zip(table["parameter"], table["point"], strict=True)
    ]
    assert list(table["points"]) == [len(points) for points in at]
    last = [max(points) for points in at]
    cells = pd.MultiIndex.from_arrays([last, table["question"], table["horizon_days"]])
    size = folder.odds["n_effective"].reindex(cells).to_numpy()
    number = np.array([len(drawn[point]) for point in last])
    might_be = np.array([(chdtri(free, 0.05 / number) - free) / size for free in range(1, 10)])
    assert (np.abs(might_be - table["share_by_chance"].to_numpy()).min(axis=0) <= 2 * HALF).all()
    odds = folder.odds["estimate"].groupby(level=[1, 2]).mean().reindex(cells.droplevel(0)).to_numpy()
    if folder.manifest["points"] == 1:
        # A third holds at least a third of the replicates.
        thirds = table["odds_low_third"] + table["odds_high_third"]
        assert (thirds / 3 <= odds + 2 / folder.manifest["replicates"]).all()


def differences(folder: Folder, table: pd.DataFrame) -> None:
    """A lever is compared with a point; both stand in the odds; intervals and gains follow from the errors."""
    labels = folder.tables["points"].set_index("point")["lever"]
    assert list(table["lever"]) == list(labels.reindex(table["point"]))
    base = labels[labels == table["against"].iloc[0]].index[0]
    assert (table["against"] == labels[base]).all()
    assert (table["n"] == folder.manifest["replicates"]).all()
    asked = table[table["outcome"] != "killed"]
    first, second = (
        folder.odds.reindex(pd.MultiIndex.from_arrays([points, asked["outcome"], asked["horizon_days"]]))
        for points in (np.full(len(asked), base), asked["point"])
    )
    assert near(asked["first"], first["estimate"], 0)
    assert near(asked["second"], second["estimate"], 0)
    errors = np.hypot(*(rows["se_monte_carlo"].to_numpy() for rows in (first, second)))
    assert near(asked["se_independent"], errors, 3 * HALF)
    paired, factor = table["se_paired"], table["factor"].fillna(0.0)
    assert near(table["difference"], table["second"] - table["first"], 3 * HALF)
    assert near(table["low"], table["difference"] - Z * paired, 4 * HALF)
    assert near(table["high"], table["difference"] + Z * paired, 4 * HALF)
    assert near(factor * paired, table["se_independent"].where(paired > 0, 0.0), HALF * (1 + factor + paired))
    assert near(table["gain"], table["factor"] ** 2, 2 * HALF * (1 + factor))
    killed = table[table["outcome"] == "killed"].set_index(["point", "horizon_days"])["second"].unstack()
    assert rising(killed)
    assert near(killed * folder.manifest["replicates"], (killed * folder.manifest["replicates"]).round(), HALF * 1e4)


def ranks_of_levers(_: Folder, table: pd.DataFrame) -> None:
    """Ranks go by the difference, each once; their chances add up over levers and over ranks, and give the interval."""
    groups = table.groupby(CELL, sort=False)
    assert are_ranks(groups["rank"])
    ordered = table.sort_values([*CELL, "rank"]).groupby(CELL, sort=False)["difference"].diff().fillna(0.0)
    assert (ordered >= -HALF).all()
    chances = table[[name for name in table if name.startswith("chance_rank_")]]
    resamples = chances * 1000
    assert near(resamples, resamples.round(), 1e-6)
    assert near(chances.sum(axis=1), 1.0, 1e-9)
    assert near(chances.groupby([table[key] for key in CELL]).sum(), 1.0, 1e-9)
    so_far = resamples.round().cumsum(axis=1).to_numpy()
    for column, share in (("rank_low", 50), ("rank_high", 950)):
        assert (table[column] == (so_far >= share).argmax(axis=1) + 1).all()


def pairs(folder: Folder, table: pd.DataFrame) -> None:
    """The pairs are the points, and their odds those of the odds; the killed rise."""
    points = folder.tables["points"].set_index("point")
    for factor in ("policy.ISR", "policy.HZB"):
        assert list(table[factor]) == list(points[factor].reindex(table["point"]))
    assert (table["n"] == folder.manifest["replicates"]).all()
    asked = table[table["outcome"] != "killed"]
    rows = folder.odds.reindex(pd.MultiIndex.from_frame(asked[["point", *CELL]]))
    for column, of_odds in (("estimate", "estimate"), ("low", "low"), ("high", "high"), ("se", "se_monte_carlo")):
        assert near(asked[column], rows[of_odds], 0)
    killed = table[table["outcome"] == "killed"]
    assert killed[["low", "high"]].isna().all(axis=None)
    assert (killed["se"] > 0).all()
    means = killed.set_index(["point", "horizon_days"])["estimate"]
    assert rising(means.unstack())
    sums = means * folder.manifest["replicates"]
    assert near(sums, sums.round(), HALF * folder.manifest["replicates"])


def spread(folder: Folder, table: pd.DataFrame) -> None:
    """The parts add up to all pairs; that is the spread of the odds; and no part is above what the pairs show."""
    wide = table.set_index([*CELL, "part"])
    parts = wide["variance"].unstack()
    one, other = [name for name in parts if name.startswith("policy.")]
    assert near(parts[[one, other, "interplay"]].sum(axis=1), parts["all pairs"], 4 * HALF)
    told = wide["variance"] - Z * wide["se"]
    assert (wide["resolved"] == (told > 0))[abs(told) > 4 * HALF].all()
    assert near(wide["sd"] ** 2, wide["variance"].where(wide["resolved"]), 2 * HALF * (1 + wide["sd"]))
    resolved = wide["resolved"].unstack()
    shares = parts.div(parts["all pairs"], axis=0).where(resolved & resolved[["all pairs"]].to_numpy())
    assert near(wide["share"].unstack(), shares, HALF + 4 * HALF / parts[["all pairs"]].clip(lower=1e-9).to_numpy())
    assert (wide["se"] >= 0).all()
    of_odds = folder.tables["odds"].drop_duplicates(["question", "horizon_days"])
    known = of_odds.set_index(["question", "horizon_days"])["sd_policies"]
    whole = wide["sd"].xs("all pairs", level="part").drop("killed")
    assert near(whole, known.reindex(whole.index), 0)
    seen = folder.tables["pairs"].pivot_table(index=["policy.ISR", "policy.HZB"], columns=CELL, values="estimate")
    assert (parts["all pairs"] <= seen.var(ddof=0) + HALF).all()
    for name in (one, other):
        assert (parts[name] <= seen.groupby(level=name).mean().var(ddof=0) + HALF).all()


def regret(folder: Folder, table: pd.DataFrame) -> None:
    """Regret of two policies differs as their outcomes do; over any opponent it is the mean; a war regretted is one."""
    keys = ["factor", "policy", "opponent", *CELL]
    rows = table.set_index(keys)
    assert is_share(table["best"], table["best_alone"])
    assert (table["best_alone"] <= table["best"]).all()
    assert (table[["mean", "se", "q90"]] >= 0).all(axis=None)
    asked = table["outcome"] != "killed"
    assert near(table["mean"][asked], 1.0 - table["best"][asked], 2 * HALF)
    assert (table["q90"][asked] == (table["best"][asked] < 0.9 - HALF)).all()
    alone = table[table["opponent"] != "any"].groupby(["factor", "opponent", *CELL])["best_alone"].sum()
    assert (alone <= 1 + 9 * HALF).all()
    for column in ("mean", "best", "best_alone"):
        each = rows[column].unstack("opponent")
        assert near(each["any"], each.drop(columns="any").mean(axis=1), 3 * HALF)
    outcomes = folder.tables["pairs"]
    for factor, other in (("policy.ISR", "policy.HZB"), ("policy.HZB", "policy.ISR")):
        seen = outcomes.set_index([factor, other, *CELL])["estimate"].unstack(factor)
        means = rows["mean"].xs(factor).drop("any", level="opponent").unstack("policy")[seen.columns]
        means = means.reindex(seen.index)
        apart = seen - means
        assert near(apart.max(axis=1), apart.min(axis=1), 1e-5)
        assert (apart >= -3 * HALF).all(axis=None)


def regional(folder: Folder, table: pd.DataFrame) -> None:
    """Ranks go by p, corrected ones are Holm's, and roles and bases are those of the design and the sources."""
    groups = table.groupby(CELL, sort=False)
    assert (table["rank"] == groups.cumcount() + 1).all()
    assert (groups["p"].diff().fillna(0.0) >= 0).all()
    assert is_share(table["distance"], table["p"], table["p_holm"])
    for _, rows in groups:
        p = rows["p"].to_numpy()
        assert near(rows["p_holm"], correct_holm(p), HALF * len(p))
    swept = table["role"] == "swept"
    factors = set(folder.tables["points"].columns)
    assert set(table["parameter"][swept]) <= factors
    assert (table["n"][swept] == folder.manifest["points"]).all()
    levels = folder.tables["points"]
    for row in table[swept].itertuples():
        assert {row.median_with, row.median_without} <= set(levels[row.parameter].round(6))
    laws = laws_of(folder)
    assert list(table["basis"]) == [laws[key]["label"] for key in table["parameter"]]
    drawn = table[~swept]
    assert drawn["parameter"].is_unique
    assert (drawn["n"] <= folder.manifest["replicates"]).all()


def boxes(folder: Folder, table: pd.DataFrame) -> None:
    """Shares of a box are counts of held-out histories; coverage, density and mass agree; limits say its conditions."""
    n = table["n"]
    outcomes, inside = (table["share"] * n).round(), (table["mass"] * n).round()
    hits = (table["coverage"] * outcomes).round()
    assert near(outcomes / n, table["share"])
    assert near(inside / n, table["mass"])
    assert near(hits / outcomes, table["coverage"])
    assert near(hits / inside, table["density"])
    assert (n <= folder.manifest["replicates"] * folder.manifest["points"]).all()
    sums = table.groupby(["method", *CELL])[["coverage", "coverage_fitted", "mass"]].sum()
    assert is_share(sums, table["density_fitted"])
    assert (table[["coverage_se", "density_se"]] > 0).all(axis=None)
    assert (table["box"] == table.groupby(["method", *CELL]).cumcount() + 1).all()
    for row in table.itertuples():
        limits_of = folder.tables["limits"].query("outcome == @row.outcome and box == @row.box")
        assert row.conditions == " and ".join(map(_words, limits_of.itertuples()))


def _words(limit: object) -> str:
    if isinstance(limit.levels, str):
        return f"{limit.parameter} is {limit.levels}"
    if np.isnan(limit.low):
        return f"{limit.parameter} < {limit.high:.3g}"
    if np.isnan(limit.high):
        return f"{limit.parameter} > {limit.low:.3g}"
    return f"{limit.low:.3g} < {limit.parameter} < {limit.high:.3g}"


def limits(folder: Folder, table: pd.DataFrame) -> None:
    """A limit lies between values of the design, helps more than chance, and holds the share of the points within."""
    assert is_share(table["quasi_p"], table["inside"])
    assert (table["quasi_p"] <= 0.05).all()
    points = folder.tables["points"]
    for row in table.itertuples():
        if row.parameter in points:
            level = points[row.parameter]
            if isinstance(row.levels, str):
                assert set(row.levels.split(" or ")) < set(level)
            else:
                assert level.min() <= np.nanmin([row.low, row.high]) <= np.nanmax([row.low, row.high]) <= level.max()


RULES: dict[str, tuple[Rule, ...]] = {
    "drivers": (drivers, shares_by_chance),
    "levers": (differences, ranks_of_levers),
    "pairs": (pairs,),
    "spread": (spread,),
    "regret": (regret,),
    "regional": (regional,),
    "boxes": (boxes,),
    "limits": (limits,),
}
