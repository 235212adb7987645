"""Drivers: shares that are known are found, parameters without effect are not, and repeats are listed once."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ally import PAIRS, write_with_allies
from scipy.stats import chi2, norm
from shared_draws import shared_normals
from slow_forms import cluster_of, effective_size, mean, quantile
from uneven_histories import Row
from uneven_sweep import Uneven, assert_table, holds

from sim.core.errors import InputError
from sim.report.table_sheets import drivers_notes, drivers_sheets
from sim.results.analysis.drivers import (
    DRIVERS,
    _Explained,
    _Group,
    assign_classes,
    average_thirds,
    compute_drivers,
    explain_variance,
    find_main_drivers,
)
from sim.results.analysis.odds import compute_odds
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.cluster_errors import find_clusters
from sim.sweeps.sweep import run_blocks


def clusters(n: int) -> np.ndarray:
    marks = np.zeros(n, dtype=np.int64)
    marks[find_clusters(np.arange(n))[1:]] = 1
    return marks.cumsum()


def test_the_share_of_each_parameter_is_found():
    n = 160_000
    informed, _, judged, luck = shared_normals(n, np.random.default_rng(1))
    outcome = (2 * informed + judged + np.sqrt(3) * luck)[:, None]
    # The mean of a normal variable in a class is the fall of its density over the class, times ten.
    between = np.mean((10 * np.diff(norm.pdf(norm.ppf(np.linspace(0, 1, 11))))) ** 2)
    assert 0.95 < between < 0.97
    for values, truth in ((informed, 4.0), (judged, 1.0), (luck, 3.0)):
        found = explain_variance(outcome, assign_classes(values), clusters(n))[0]
        assert found == pytest.approx(between * truth, abs=0.14)


def test_a_parameter_without_effect_explains_nothing_on_average():
    """Also where replicates share draws: without clusters the estimate would be too large."""
    rng, n = np.random.default_rng(2), 400
    found, naive = [], []
    for _ in range(400):
        informed, _, judged, luck = shared_normals(n, rng)
        outcome = (3 * informed + luck)[:, None]
        idle = np.where(np.arange(n) % 8 == 1, judged[np.arange(n) - np.arange(n) % 8], judged)
        found.append(explain_variance(outcome, assign_classes(idle), clusters(n))[0])
        naive.append(explain_variance(outcome, assign_classes(idle), np.arange(n))[0])
    assert np.mean(found) == pytest.approx(0.0, abs=4 * np.std(found) / np.sqrt(400))
    assert np.mean(naive) > np.mean(found)


def test_classes_are_tenths_or_values():
    assert np.bincount(assign_classes(np.random.default_rng(3).random(1000))).tolist() == [100] * 10
    assert assign_classes(np.array([4.0, 5.0, 4.0, 5.0])).tolist() == [0, 1, 0, 1]
    assert np.bincount(assign_classes(np.random.default_rng(3).random(60))).tolist() == [20] * 3


def test_outer_thirds_by_hand():
    values, outcomes = np.arange(9.0), np.array([0, 0, 1, 0, 1, 0, 1, 1, 1.0])
    low, high, error = average_thirds(outcomes, values, np.arange(9))
    assert (low, high) == (pytest.approx(1 / 3), 1.0)
    assert error == pytest.approx(np.sqrt(2 / 3) / 3)
    assert average_thirds(np.array([0, 1, 1.0, 0]), np.array([4, 4, 4, 5.0]), np.arange(4))[:2] == (
        pytest.approx(2 / 3),
        0.0,
    )


def classes_of(values: list[float]) -> list[int]:
    """Return the class of each value: the value itself where they are few, else its share of the order."""
    size, different = max(2, min(10, len(values) // 20)), sorted(set(values))
    order = sorted(range(len(values)), key=lambda i: values[i])
    if len(different) <= size:
        return [different.index(value) for value in values]
    return [order.index(i) * size // len(values) for i in range(len(values))]


def explained_by(outcomes: list[float], classes: list[int], replicates: list[int]) -> float:
    """Return the variance of the class means without what chance makes of it, as the module says, by loops."""
    n, middle, total = len(outcomes), mean(outcomes), 0.0
    for kind in set(classes):
        inside = [i for i in range(n) if classes[i] == kind]
        own = mean([outcomes[i] for i in inside])
        apart: dict[int, float] = defaultdict(float)
        for i in inside:
            apart[cluster_of(replicates[i])] += outcomes[i] - own
        noise = sum(value**2 for value in apart.values()) / len(inside) * len(apart) / max(len(apart) - 1, 1)
        total += len(inside) * (own - middle) ** 2 - noise
    whole: dict[int, float] = defaultdict(float)
    for outcome, replicate in zip(outcomes, replicates, strict=True):
        whole[cluster_of(replicate)] += (outcome - middle) / n
    return total / n + sum(value**2 for value in whole.values())


def thirds_of(outcomes: list[float], values: list[float], replicates: list[int]) -> tuple[float, float, float]:
    low, high = quantile(values, 1 / 3), quantile(values, 2 / 3)
    lower = [i for i, value in enumerate(values) if value <= low]
    upper = [i for i, value in enumerate(values) if value > high] or [i for i, v in enumerate(values) if v == high]
    means = [mean([outcomes[i] for i in inside]) for inside in (lower, upper)]
    pull: dict[int, float] = defaultdict(float)
    for sign, inside, own in zip((-1, 1), (lower, upper), means, strict=True):
        for i in inside:
            pull[cluster_of(replicates[i])] += sign * (outcomes[i] - own) / len(inside)
    return means[0], means[1], math.sqrt(sum(value**2 for value in pull.values()))


def test_thirds_of_few_values_are_as_large_as_they_are():
    rng = np.random.default_rng(5)
    values, outcomes = rng.choice([1.0, 2.0, 5.0, 7.0], 40, p=[0.5, 0.2, 0.2, 0.1]), rng.random(40)
    replicates = np.arange(40)
    found = average_thirds(outcomes, values, clusters(40))
    assert found == pytest.approx(thirds_of(outcomes.tolist(), values.tolist(), replicates.tolist()))
    assert (values <= 1).sum() != (values > 2).sum()


def driven(sweep: Uneven, question: str, day: int, only: int | None = None) -> list[Row]:
    """Return what moves an outcome over all points or at one, by loops over points and parameters."""
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for point in range(len(sweep.levels)) if only is None else [only]:
        rows = sweep.finished(point)
        replicates, outcomes = [row["replicate"] for row in rows], [float(holds(row, question, day)) for row in rows]
        keys = [key for key in rows[0] if key.startswith("input.") and key != "input.party.R.baseline"]
        size = effective_size(outcomes, replicates)
        for key in keys:
            values = [row[key] for row in rows]
            classes = classes_of(values)
            free = max(classes)
            chance = (chi2.isf(0.05 / len(keys), free) - free) / size
            explained = explained_by(outcomes, classes, replicates)
            whole = mean([(one - mean(outcomes)) ** 2 for one in outcomes])
            found[key].append((explained, whole, chance, *thirds_of(outcomes, values, replicates)))
    laws = sweep.laws | sweep.own_laws[1]
    expected = []
    for key, parts in found.items():
        explained, whole, _, low, high, error = (sum(part) for part in zip(*parts, strict=True))
        name, n = key.removeprefix("input."), len(parts)
        word = "unclear" if abs(high - low) <= 2 * error else "up" if high > low else "down"
        row = {"scenario": "uneven", "point": only, "question": question, "horizon_days": day, "parameter": name}
        row |= {"repeated_by": int(name == "party.L.baseline"), "points": n, "share": explained / whole}
        row |= {
            "share_by_chance": parts[-1][2],
            "direction": word,
            "odds_low_third": low / n,
            "odds_high_third": high / n,
        }
        expected.append(row | {"basis": laws[name]["label"], "source": laws[name]["source"]})
    expected = sorted((row for row in expected if row["share"] > 0), key=lambda row: -row["share"])
    ordered = ("scenario", "point", "question", "horizon_days", "rank")
    ranked = [row | {"rank": rank} for rank, row in enumerate(expected, 1)]
    return [{name: row[name] for name in dict.fromkeys([*ordered, *row])} for row in ranked]


def test_drivers_are_those_of_loops_over_points_and_parameters(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    cells = [(question, day) for question in ("Q7", "Q9", "Q2") for day in (17, 9)]
    expected = [row for question, day in cells for row in driven(sweep, question, day)]
    alone = [row for point in range(4) for question, day in cells[0::2] for row in driven(sweep, question, day, point)]

    def told(points: list[int | None] | None) -> pd.DataFrame:
        return compute_drivers(results, ["Q7", "Q9", "Q2"], [17, 9], points).astype({"point": float})

    assert_table(told(None), expected + alone)
    assert_table(told([None]), expected)
    other = [row for question, day in cells for row in driven(sweep, question, day, 2)]
    assert_table(told([2]), other)
    assert {row["direction"] for row in expected} == {"up", "down", "unclear"}
    assert {row["points"] for row in expected} == {1, 4}
    assert any(row["share"] > row["share_by_chance"] for row in expected)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("drivers")
    scenario = Scenario.load(write_with_allies(folder, PAIRS))
    return Results.open(run_blocks(scenario, folder / "out", replicates=640, seed=3))


def test_the_main_drivers_are_those_of_the_first_outcome_at_its_last_horizon(
    uneven_levers: tuple[Uneven, Results], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    _, results = uneven_levers
    odds = compute_odds(results, ["Q2", "Q7"], [4, 17])
    expected = compute_drivers(results, ["Q2"], [17], [0])
    pd.testing.assert_frame_equal(find_main_drivers(results, odds), expected)
    whole = compute_drivers(results)
    with monkeypatch.context() as patch:
        patch.setattr("sim.results.analysis.drivers.read_cached", lambda folder, name: {DRIVERS: whole}[name])
        patch.setattr("sim.results.analysis.drivers.compute_drivers", lambda *_: pytest.fail("counted again"))
        pd.testing.assert_frame_equal(find_main_drivers(results, odds), expected)
    bare = Results(tmp_path, results.manifest)
    assert find_main_drivers(bare, odds) is None
    bare.write_table(DRIVERS, whole)
    assert find_main_drivers(bare, odds)["parameter"].tolist() == expected["parameter"].tolist()
    bare.write_table(DRIVERS, whole[whole["question"] != "Q2"])
    assert find_main_drivers(bare, odds) is None
    states = odds.assign(question="O1")
    assert find_main_drivers(results, states)["question"].unique().tolist() == ["O1"]


def test_the_ten_largest_shares_above_nothing_are_listed():
    def listed(cell: int, **variances: list[float]) -> list[str]:
        explained = {key: np.array(values) for key, values in variances.items()}
        return _Group(0, {0: _Explained(explained, {}, np.array([4.0, 4.0]))}).list_parameters(cell)

    assert listed(0, none=[0, 1], less=[-1, 1], b=[1, 1], a=[2, 1]) == ["a", "b"]
    assert listed(1, **{f"k{i}": [0.5, 1.0 + i] for i in range(12)}) == [f"k{i}" for i in range(11, 1, -1)]


def test_the_background_drives_the_killed(results: Results):
    first = compute_drivers(results, ["Q5"], [5]).iloc[0]
    assert first["parameter"] == "party.L.baseline"
    assert first["share"] > first["share_by_chance"]
    assert first["direction"] == "up"
    assert first["odds_high_third"] > first["odds_low_third"]
    sheet = drivers_sheets(results, compute_drivers(results, ["Q5"], [5]))[0]
    assert sheet.rows[0][:3] == ("Left: background fire\nparty.L.baseline", "judgement", "with it")
    assert sheet.title.endswith(", over all points together")
    alone = compute_drivers(results, ["Q5"], [8], [1])
    assert drivers_sheets(results, alone)[0].title.endswith(f"by 8 days, {results.point_names[1]}")
    assert "stays below" in drivers_notes(results, alone)[0]


def test_parameters_that_repeat_another_are_not_listed(tmp_path: Path):
    path = write_with_allies(tmp_path)
    theatre = tmp_path / "allies.toml"
    theatre.write_text(theatre.read_text() + '\n[parameters.party.R]\nbaseline = { law = "same_as", key = '
                       '"party.L.baseline", source = "invented" }\n')  # fmt: skip
    results = Results.open(run_blocks(Scenario.load(path), tmp_path / "out", replicates=160, seed=3))
    table = compute_drivers(results, ["Q5"], [8])
    assert "party.R.baseline" not in set(table["parameter"])
    assert table.set_index("parameter")["repeated_by"]["party.L.baseline"] == 1


def test_committed_drivers_are_read_and_unknown_questions_refused(results: Results, tmp_path: Path):
    with pytest.raises(InputError, match="is not asked here"):
        compute_drivers(results, ["Q7"])
    results.write_table(DRIVERS, compute_drivers(results))
    bare = Results(tmp_path / "bare", results.manifest)
    bare.path.mkdir()
    for name in (f"{DRIVERS}.csv", "points.csv"):
        (bare.path / name).write_bytes((results.path / name).read_bytes())
    assert (
        compute_drivers(bare, ["Q5"], [8])["parameter"].tolist()
        == compute_drivers(results, ["Q5"], [8])["parameter"].tolist()
    )
