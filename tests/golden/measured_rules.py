"""What must hold of the committed tables of validation and benchmarks: by place below ``results``, in `RULES`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks import engine_page
from committed import RESULTS
from other_rules import Rule, close, read
from scipy import stats
from sweep_rules import is_share, near, rising

from sim.core.intervals import interval

sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))

import pair
import ranks

DIGIT = 1.1e-4
"""A unit of the last digit of a table of validation."""


def judged(path: Path, table: pd.DataFrame) -> None:
    """A verdict follows from its criterion: the estimate in the range, or the whole interval, or the range in it."""
    lies_in = {"rates": "range in interval", "levers": "interval in range"}.get(path.stem, "estimate in range")
    for row in table.fillna({"criterion_low": -np.inf, "criterion_high": np.inf, "passed": ""}).itertuples():
        least, most = row.criterion_low, row.criterion_high
        passes = {
            "estimate in range": least <= row.simulated <= most,
            "interval in range": least < row.low and row.high < most,
            "range in interval": row.low <= least and most <= row.high,
        }[lies_in]
        assert row.passed == ("" if np.isinf([least, most]).all() else "yes" if passes else "no"), row.quantity
        assert np.isnan(row.low) or row.low <= row.simulated <= row.high


def differ(table: pd.DataFrame, first: int, second: int, difference: int) -> None:
    values = table["simulated"]
    assert near(values[difference], values[first] - values[second], 2 * DIGIT), table["quantity"][difference]


def are_counts(rows: pd.DataFrame) -> bool:
    """Return whether shares are of whole numbers."""
    counts = rows["simulated"] * rows["n"]
    return near(counts, counts.round(), 0.51e-4 * rows["n"]) and is_share(rows[["simulated", "low", "high"]])


def levers(_: Path, table: pd.DataFrame) -> None:
    """A difference is that of the two rows below it, of as many histories; noise does less where one forgives."""
    told = table["quantity"]
    for place in table.index[told.str.contains("difference: ")]:
        differ(table, place + 1, place + 2, place)
    less = table.index[told.str.startswith("effect of noise")][0]
    raised = {told[i].rpartition(": ")[2]: i for i in table.index}
    differ(table, raised["noise, both tit-for-tat"], raised["noise, both generous tit-for-tat"], less)
    assert are_counts(table[told.str.contains(r" d\): ")])
    assert set(table["n"]) == {960}


def reference_class(_: Path, table: pd.DataFrame) -> None:
    """What is said of wars is said of as many as there were."""
    wars = (table["simulated"] * table["n"]).round()
    told = table["quantity"]
    assert set(table["n"][1:14]) == {wars[0], table["n"][0] - wars[0]}
    assert table["n"][told.str.contains("no war came")].item() == table["n"][0] - wars[0]
    for place in table.index[told.str.startswith("sensitivity") & told.str.endswith("365 d)")]:
        assert table["n"][place + 1] == wars[place]
    assert are_counts(table[~told.str.contains("mean number")])


def shares(_: Path, table: pd.DataFrame) -> None:
    """Shares of histories, acts or episodes."""
    assert is_share(table.loc[table["quantity"].str.contains("share"), ["simulated", "low", "high"]])
    assert (table["n"] > 0).all()


def tail(_: Path, table: pd.DataFrame) -> None:
    """Acts are counted, and the reasons add up."""
    assert are_counts(table)
    reasons = table[table["quantity"].str.contains("rung 6")]
    assert near(reasons["simulated"].sum(), 1.0, 2 * DIGIT)
    assert set(reasons["n"]) == {reasons["n"].iloc[0]}


def rates(_: Path, table: pd.DataFrame) -> None:
    """Quantiles of 1,000 histories: medians of whole numbers; the killed are those of the prior check."""
    assert set(table["n"]) == {1000}
    days = np.where(table["quantity"].str.startswith("acts a day"), 30.0, 1.0)
    assert near(table["simulated"] * days * 2, (table["simulated"] * days * 2).round(), 60 * DIGIT)
    known = read(RESULTS / "prior-check.csv").set_index("check")
    for place in ("Lebanon", "Israel"):
        row = table[table["quantity"].str.startswith(f"killed in 30 days, {place}")].iloc[0]
        check = known.loc[f"killed in {place}, days 1-30"]
        assert near(row[["low", "simulated", "high"]].astype(float), check[["q05", "q50", "q95"]].astype(float), DIGIT)


def reciprocity(_: Path, table: pd.DataFrame) -> None:
    """Shares of histories are counts."""
    assert are_counts(table[table["quantity"].str.contains("share")])


def sensitivity(_: Path, table: pd.DataFrame) -> None:
    """Coverage is a count of wars, the difference that of both; the rank correlation is that of the indices."""
    for place in (0, 3):
        differ(table, place + 2, place + 1, place)
        assert table["n"][place] == table["n"][place + 2]
    assert are_counts(table.loc[[1, 2, 4, 5]])
    for place in table.index[table["quantity"].str.startswith("rank correlation")]:
        rows = table.loc[place + 1 : place + 10, "simulated"].to_numpy()
        assert near(table["simulated"][place], stats.spearmanr(rows[:5], rows[5:]).statistic, DIGIT)


def splitting(_: Path, table: pd.DataFrame) -> None:
    """Plain histories are counted, with Wilson's interval; the distance of both is within two of its own errors."""
    told = table["quantity"]
    for row in table[told.str.contains("plain histories \\[")].itertuples():
        events = round(row.simulated * row.n / 1e6)
        assert near(
            [row.simulated, row.low, row.high], np.array([events / row.n, *interval(events, row.n)]) * 1e6, DIGIT
        )
        seen = table[told == f"{row.quantity.partition(':')[0]}: difference over its standard error"]
        for distance in seen.itertuples():
            assert distance.n == events
            ends = distance.simulated + stats.norm.ppf([0.025, 0.975])
            assert near([distance.low, distance.high], ends, 2 * DIGIT)
            split = table["simulated"][row.Index + 1]
            assert np.sign(distance.simulated) == np.sign(split - row.simulated)


def recovery(path: Path, table: pd.DataFrame) -> None:
    """Truths are those of the two parties; an interval covers its truth or not; every ledger has every quantity."""
    truth = {**pair.TRUTH, "spectral radius": pair.RADIUS}
    assert (table["days"] == int(path.stem.rpartition("-")[2])).all()
    assert list(table["ledger"]) == list(np.repeat(np.arange(len(table) // 8), 8))
    assert list(table["quantity"]) == [*truth] * (len(table) // 8)
    assert close(table["truth"], [truth[name] for name in table["quantity"]], 5)
    assert rising(table[["low", "median", "high"]])
    assert ((table["low"] <= table["mean"]) & (table["mean"] <= table["high"])).all()
    assert (table["covered"] == ((table["low"] <= table["truth"]) & (table["truth"] <= table["high"]))).all()


def ranks_of_truth(path: Path, _: pd.DataFrame) -> None:
    """Ranks are those among 99 draws, and are judged as the table beside them says."""
    table = read(path.with_name("ranks.csv"))
    keys = [*pair.TRUTH]
    assert list(table["replication"]) == list(range(len(table)))
    assert table[keys].isin(range(ranks.DRAWS + 1)).all(axis=None)
    assert (table["events"] > 0).all()
    said = read(path.with_name("ranks-judged.csv"))
    made = ranks.judged(table)
    assert list(said["parameter"]) == list(made["parameter"]) == keys
    assert (said["n"] == len(table)).all()
    assert close(said[["p", "least_p"]], made[["p", "least_p"]], 4)


def likelihood_free(_: Path, table: pd.DataFrame) -> None:
    """The intervals of the fit are those of its summary; what both have in common is a share of what either has."""
    fit = read(RESULTS / "fit-lebanon-2023" / "summary.csv").set_index("parameter").loc[table["parameter"]]
    for name in ("low", "median", "high"):
        assert close(table[f"fit_{name}"], fit[name], 4)
    assert rising(table[["abc_low", "abc_median", "abc_high"]])
    assert (table["kept"] == 160).all()
    inner = table[["fit_high", "abc_high"]].min(axis=1) - table[["fit_low", "abc_low"]].max(axis=1)
    outer = table[["fit_high", "abc_high"]].max(axis=1) - table[["fit_low", "abc_low"]].min(axis=1)
    assert near(table["common"], inner / outer, 2e-3)
    assert (table["overlap"] == (inner >= 0)).all()


def peers(_: Path, table: pd.DataFrame) -> None:
    """Rates and ratios follow from runs and seconds."""
    assert near(table["runs_per_s"] * table["seconds"] / table["runs"], 1.0, 7e-3)
    assert close(table["ratio"], table["runs_per_s"] / table["runs_per_s"][0], 3)
    assert set(table["days"]) == {90}
    assert ((table["peak_mb_of_a_worker"] > 0) == (table["workers"] > 1)).all()


def speed(_: Path, table: pd.DataFrame) -> None:
    """Rates and ratios follow from work and seconds."""
    years = table["unit"] == "replicate-years"
    assert near(table["work"][years], (table["replicates"] * table["days"] / 365)[years], 1e-3)
    resolution = 0.6e-3 / table["cpu_s"] + 1e-3
    assert near(table["per_cpu_s"] * table["cpu_s"] / table["work"], 1.0, resolution)
    first = table.groupby("case")["per_cpu_s"].transform("first")
    assert close(table["ratio"], table["per_cpu_s"] / first, 2)
    assert (table["wall_s"] >= table["cpu_s"] - 1e-3).all()


def matches_json(path: Path) -> None:
    """Rates and ratios of matches follow from matches and seconds."""
    found = json.loads(path.read_text(encoding="utf-8"))
    for one in (found["axelrod"], *found["sim"]):
        assert close(one["matches_per_cpu_s"], one["matches"] / one["cpu_s"], 3)
    for one in found["sim"]:
        assert close(one["ratio"], one["matches_per_cpu_s"] / found["axelrod"]["matches_per_cpu_s"], 3)
        assert one["matches"] == 17 * 18 // 2 * one["replicates"]


def sweep_json(path: Path) -> None:
    """The growth of a sweep is the straight line through what was measured."""
    found = json.loads(path.read_text(encoding="utf-8"))
    for name, rows in found["rows"].items():
        sizes, seconds = ([one[key] for one in rows] for key in (name, "run_s"))
        slope, start = np.polyfit(sizes, seconds, 1)
        assert near(found[name]["seconds_each"] / slope, 1.0, 1e-3)
        assert near(found[name]["seconds_at_0"], start, 2e-3)
        assert near(found[name]["r_squared"], np.corrcoef(sizes, seconds)[0, 1] ** 2, 1e-6)
    whole = {(one["points"], one["replicates"], one["jobs"]): one["run_s"] for one in found["whole"]}
    for told, ratio in found["speed_up_of_two"].items():
        points, replicates = map(int, re.findall(r"\d+", told))
        assert near(ratio, whole[points, replicates, 1] / whole[points, replicates, 2], 6e-3)


def memory_json(path: Path) -> None:
    """Every replicate was counted."""
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["counted"] == found["replicates"] == 10**6
    assert found["peak_mb_of_run"] < found["peak_mb_with_odds"]


def engine_json(path: Path) -> None:
    """The limit is the sum of its parts and below the engine; parts of a block add up to less than before."""
    found = json.loads(path.read_text(encoding="utf-8"))
    limit = found["limit"]
    parts = {name: value for name, value in limit.items() if name not in ("limit", "engine")}
    assert near(limit["limit"], sum(parts.values()), 1e-9)
    assert limit["limit"] < limit["engine"]
    for row in found["all in"]:
        whole = {version: sum(row[f"{version} {part}"] for part in engine_page.PARTS) for version in ("old", "new")}
        assert 0 < whole["new"] < whole["old"]
        assert row["new acts"] == row["old acts"], "the same histories"
    for row in (*found["docking"], *found["front"]):
        assert row["new"] > row["old"] > 0


RULES: dict[str, tuple[Rule, ...]] = {
    "validation/campaign": (judged, shares),
    "validation/episodes": (judged, shares),
    "validation/levers": (judged, levers),
    "validation/rates": (judged, rates),
    "validation/reciprocity": (judged, reciprocity),
    "validation/reference-class": (judged, reference_class),
    "validation/sensitivity": (judged, sensitivity),
    "validation/splitting": (judged, splitting),
    "validation/tail": (judged, tail),
    "validation/recovery-*": (recovery,),
    "validation/ranks*": (ranks_of_truth,),
    "validation/likelihood-free": (likelihood_free,),
    "benchmarks/peers": (peers,),
    "benchmarks/speed": (speed,),
}
MEASURED: dict[str, Callable[[Path], None]] = {
    "engine": engine_json,
    "matches": matches_json,
    "memory": memory_json,
    "sweep": sweep_json,
}
"""By the name of a JSON file of benchmarks."""
