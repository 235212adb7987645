"""Regional sensitivity: planted effects are found, nothing is found where there is nothing, at the rate it says."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from invented_sweep import DAY, invented
from scipy.stats import binomtest, ks_2samp
from slow_forms import cluster_of, mean
from test_sobol_and_morris import factor
from uneven_histories import OWN_INPUT, Row
from uneven_sweep import Uneven, assert_table, holds, uneven

from sim.report.sensitivity_sheets import regional_notes, regional_sheets
from sim.results.analysis.regional_sensitivity import (
    REGIONAL,
    compute_regional,
    correct_holm,
    explain_gaps,
    measure_distance,
)
from sim.results.reading.store import Results
from sim.results.reading.table_cache import write_committed
from sim.scenario.design import LATIN_HYPERCUBE, Design
from sim.scenario.shared_draws import JUDGEMENT, source_replicates

KEYS = tuple(f"party.P{i}.baseline" for i in range(12))


def test_without_shares_it_is_the_test_of_the_library():
    rng = np.random.default_rng(1)
    values, holds = rng.random(2000), rng.random(2000) < 0.3
    found, p = measure_distance(values, holds.astype(float), np.ones(2000))
    theirs = ks_2samp(values[holds], values[~holds], method="asymp")
    assert found == pytest.approx(theirs.statistic)
    assert p == pytest.approx(theirs.pvalue, abs=0.02)


@pytest.mark.parametrize("n_points", [1, 5])
def test_a_null_is_refused_as_often_as_its_level_says(n_points: int):
    """Replicates share draws, and points share all of them; p-values still keep their level and do not fall short."""
    rng, n, refused = np.random.default_rng(2), 400, 0
    source = source_replicates(np.arange(n), JUDGEMENT)
    groups = np.unique(source, return_inverse=True)[1]
    for _ in range(600):
        values = rng.random(n)[source]
        # Another parameter, shared in the same way, moves the outcome.
        other = rng.random(n)[source]
        holds = (rng.random((n_points, n)) < 0.2 + 0.5 * (other > 0.6)).mean(axis=0)
        sizes = np.bincount(groups).astype(float)
        shares = np.bincount(groups, weights=holds) / sizes
        first = np.unique(groups, return_index=True)[1]
        refused += measure_distance(values[first], shares, sizes)[1] < 0.05
    assert binomtest(refused, 600, 0.05).pvalue > 0.001 or refused < 30
    assert refused > 10


def test_holm_by_hand():
    assert correct_holm(np.array([0.04, 0.01, 0.03])).tolist() == pytest.approx([0.06, 0.03, 0.06])
    assert correct_holm(np.array([0.9, 0.5])).tolist() == [1.0, 1.0]
    assert correct_holm(np.array([])).tolist() == []


def grouped(sweep: Uneven, key: str, question: str, day: int) -> list[tuple[float, float, int]]:
    """Return value, share with the outcome and number of histories of each independent draw of a parameter.

    All points share their draws, which are read at the first point that has them.
    """
    drawn = [i for i, rows in enumerate(sweep.rows) if f"input.{key}" in rows[0]]
    groups: dict[tuple[int, float], list[bool]] = defaultdict(list)
    for row in sweep.finished(drawn[0]):
        cluster = cluster_of(row["replicate"]), row[f"input.{key}"]
        for point in drawn:
            there = sweep.rows[point][row["replicate"]]
            if not there["failed"]:
                groups[cluster].append(holds(there, question, day))
    return [(value, mean(held), len(held)) for (_, value), held in groups.items()]


def distance_of(groups: list[tuple[float, float, int]]) -> Row:
    """Return the distance of the two distributions with its p-value, and the medians, by loops."""
    having, lacking = sum(share * n for _, share, n in groups), sum((1 - share) * n for _, share, n in groups)
    weights = [(value, share * n / having, (1 - share) * n / lacking) for value, share, n in groups]

    def up_to(value: float, which: int) -> float:
        return sum(one[which] for one in weights if one[0] <= value)

    values = sorted({value for value, *_ in groups})
    distance = max(abs(up_to(value, 1) - up_to(value, 2)) for value in values)
    x = distance / math.sqrt(sum((a - b) ** 2 for _, a, b in weights))
    p = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k**2 * x**2) for k in range(1, 101))
    medians = [next(value for value in values if up_to(value, which) >= 0.5 - 1e-12) for which in (1, 2)]
    row: Row = {"n": len(groups), "distance": distance, "p": p}
    return row | {"median_with": medians[0], "median_without": medians[1]}


def test_regional_sensitivity_is_that_of_loops_over_the_rows(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    keys = [key for key in sweep.laws if f"input.{key}" in sweep.rows[0][0] and key != "party.R.baseline"]
    laws, expected = sweep.laws | sweep.own_laws[1], []
    for question, day in (("Q7", 17), ("Q7", 9), ("Q2", 17), ("Q2", 9)):
        rows = [
            {"parameter": key, "role": "drawn"} | distance_of(grouped(sweep, key, question, day))
            for key in [*keys, OWN_INPUT]
        ]
        rows = sorted(rows, key=lambda row: (row["p"], -row["distance"]))
        largest = 0.0
        for rank, row in enumerate(rows, 1):
            largest = max(largest, row["p"] * (len(rows) + 1 - rank))
            head = {"scenario": "uneven", "outcome": question, "horizon_days": day, "rank": rank}
            one = head | row | {"p_holm": min(largest, 1.0)}
            one["basis"] = laws[row["parameter"]]["label"]
            order = ["p", "p_holm", "median_with", "median_without", "basis"]
            expected.append({name: one[name] for name in [*(n for n in one if n not in order), *order]})
    assert_table(compute_regional(results, ["Q7", "Q2"], [17, 9]), expected, rel=1e-7, abs=1e-9)
    assert min(row["p_holm"] for row in expected) < 0.05 < max(row["p_holm"] for row in expected)


@pytest.mark.parametrize(("n_points", "is_swept"), [(16, True), (15, False)])
def test_points_of_their_own_luck_give_a_value_each_and_their_draws_anew(n_points: int, is_swept: bool, tmp_path: Path):
    levels = [f"{(7 * i % n_points) / n_points:.4f}" for i in range(n_points)]
    sweep = uneven(
        {"world.pace": ("1",)},
        points=[[level] for level in levels],
        design=Design(LATIN_HYPERCUBE, n_points, 3, "independent"),
        effect=lambda point: 1.5 * float(levels[point]),
        is_numbered=True,
    )
    sweep = replace(sweep, rows=tuple(rows[:29] for rows in sweep.rows))
    table = compute_regional(sweep.write(tmp_path / "uneven"), ["Q7"], [9]).set_index("parameter")
    assert ("world.pace" in table.index) is is_swept
    parts = [sweep.finished(point) for point in range(n_points)]
    expected = {
        "world.pace": [
            (float(levels[i]), mean(holds(r, "Q7", 9) for r in one), len(one)) for i, one in enumerate(parts)
        ]
    }
    key = "input.party.F.restraint"
    expected["party.F.restraint"] = []
    for one in parts:
        for which in dict.fromkeys((cluster_of(row["replicate"]), row[key]) for row in one):
            held = [holds(row, "Q7", 9) for row in one if (cluster_of(row["replicate"]), row[key]) == which]
            expected["party.F.restraint"].append((which[1], mean(held), len(held)))
    for name, groups in expected.items():
        if name in table.index:
            for column, value in distance_of(groups).items():
                assert table.loc[name, column] == pytest.approx(value, rel=1e-7, abs=1e-9), (name, column)
            assert table.loc[name, "role"] == ("swept" if name == "world.pace" else "drawn")


def test_a_planted_effect_is_found_and_no_other(tmp_path: Path):
    def chance(drawn, levels):
        return 0.1 + 0.4 * (drawn[KEYS[3]] > 0.7)

    results = invented(tmp_path / "planted", chance, replicates=1600, drawn=KEYS)
    table = compute_regional(results)
    assert table["parameter"].iloc[0] == KEYS[3]
    assert (table["p_holm"] < 0.05).tolist() == [True] + [False] * 11
    row = table.iloc[0]
    assert row["median_with"] > 0.6 > row["median_without"]
    assert row["n"] < 1600, "a value that replicates share counts once"
    assert KEYS[3] in regional_sheets(results, table)[0].rows[0][0]
    assert "12 parameters" in regional_notes(results, table)[0]


@pytest.mark.parametrize("luck", ["paired", "independent"])
def test_a_factor_of_a_sampled_design_is_looked_at_over_its_points(luck: str, tmp_path: Path):
    def chance(drawn, levels):
        return 0.1 + 0.6 * levels["party.L.lethality"] + 0 * drawn[KEYS[0]]

    factors = (factor("party.L.lethality", 0.0, 1.0), factor("party.R.lethality", 0.0, 1.0))
    design = Design(LATIN_HYPERCUBE, 64, 3, luck)
    results = invented(tmp_path / luck, chance, factors=factors, design=design, replicates=24, drawn=KEYS[:2])
    table = compute_regional(results).set_index("parameter")
    assert table.loc["party.L.lethality", ["role", "n"]].tolist() == ["swept", 64]
    assert table.loc["party.L.lethality", "p_holm"] < 0.01
    assert table.loc["party.R.lethality", "p_holm"] > 0.05
    assert table.loc[KEYS[0], "n"] <= (24 if luck == "paired" else 24 * 64)
    assert table.loc[KEYS[0], "n"] > (0 if luck == "paired" else 1000)


def test_an_outcome_that_always_comes_is_left_out(tmp_path: Path):
    results = invented(tmp_path / "always", lambda drawn, levels: np.ones(80))
    assert compute_regional(results).empty
    assert regional_notes(results, compute_regional(results)) == [
        "No outcome can be compared by what its histories started from."
    ]


def test_why_an_outcome_cannot_be_compared_is_told(tmp_path: Path):
    few = np.isin(np.arange(80), (3, 40))
    results = invented(tmp_path / "few", lambda drawn, levels: few.astype(float))
    (note,) = explain_gaps(results, compute_regional(results, ["Q1"]), ["Q1"], None)
    assert "too few histories: 2 of 80 have it, and a comparison needs 10 with it and 10 without." in note
    always = invented(tmp_path / "always", lambda drawn, levels: np.ones(80))
    (note,) = explain_gaps(always, compute_regional(always, ["Q1"]), ["Q1"], None)
    assert "80 of 80 have it" in note
    fixed = invented(tmp_path / "fixed", lambda drawn, levels: (np.arange(80) % 2).astype(float), drawn=())
    assert explain_gaps(fixed, compute_regional(fixed, ["Q1"]), ["Q1"], None) == [
        "No parameter is drawn by replicates, and none is sampled over 16 points or more."
    ]


def test_tables_are_kept_and_read_without_blocks(tmp_path: Path):
    results = invented(tmp_path / "kept", lambda drawn, levels: drawn["party.L.baseline"])
    table = compute_regional(results)
    write_committed(results, REGIONAL, table)
    write_committed(results, REGIONAL, table.assign(outcome="O0"))
    assert set(results.read_table(REGIONAL)["outcome"]) == {"Q1", "O0"}
    for block in (tmp_path / "kept" / "blocks").iterdir():
        block.unlink()
    again = compute_regional(Results.open(tmp_path / "kept"), ["Q1"], [DAY])
    assert again["parameter"].tolist() == table["parameter"].tolist()
    assert again["distance"].to_numpy() == pytest.approx(table["distance"].to_numpy(), abs=1e-6)
