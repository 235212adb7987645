"""Drivers: shares that are known are found, parameters without effect are not, and repeats are listed once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ally import PAIRS, write_with_allies
from scipy.stats import norm
from shared_draws import shared_normals

from sim.core.errors import InputError
from sim.report.table_sheets import drivers_notes, drivers_sheets
from sim.results.analysis.cluster_errors import find_clusters
from sim.results.analysis.drivers import DRIVERS, TOP, assign_classes, average_thirds, compute_drivers, explain_variance
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


def clusters(n: int) -> np.ndarray:
    marks = np.zeros(n, dtype=np.int64)
    marks[find_clusters(np.arange(n))[1:]] = 1
    return marks.cumsum()


def test_the_share_of_each_parameter_is_found():
    n = 160_000
    calibrated, assumed, luck = shared_normals(n, np.random.default_rng(1))
    outcome = (2 * calibrated + assumed + np.sqrt(3) * luck)[:, None]
    # The mean of a normal variable in a class is the fall of its density over the class, times ten.
    between = np.mean((10 * np.diff(norm.pdf(norm.ppf(np.linspace(0, 1, 11))))) ** 2)
    assert 0.95 < between < 0.97
    for values, truth in ((calibrated, 4.0), (assumed, 1.0), (luck, 3.0)):
        found = explain_variance(outcome, assign_classes(values), clusters(n))[0]
        assert found == pytest.approx(between * truth, abs=0.14)


def test_a_parameter_without_effect_explains_nothing_on_average():
    """Also where replicates share draws: without clusters the estimate would be too large."""
    rng, n = np.random.default_rng(2), 400
    found, naive = [], []
    for _ in range(400):
        calibrated, assumed, luck = shared_normals(n, rng)
        outcome = (3 * calibrated + luck)[:, None]
        idle = np.where(np.arange(n) % 8 == 1, assumed[np.arange(n) - np.arange(n) % 8], assumed)
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


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("drivers")
    scenario = Scenario.load(write_with_allies(folder, PAIRS))
    return Results.open(run_blocks(scenario, folder / "out", replicates=640, seed=3))


def test_drivers_of_a_sweep_name_parameter_basis_and_source(results: Results):
    table = compute_drivers(results)
    assert set(table["question"]) == {"Q1", "Q5", "Q8", "Q10"}
    assert table.groupby(["question", "horizon_days"]).size().max() <= TOP
    for _, rows in table.groupby(["question", "horizon_days"]):
        assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
        assert rows["share"].is_monotonic_decreasing
    basis = table.drop_duplicates("parameter").set_index("parameter")["basis"]
    assert basis["party.L.baseline"] == "calibrated"
    assert set(basis[[name for name in basis.index if name.endswith("campaign_hazard")]]) <= {"assumed"}


def test_a_parameter_of_some_points_counts_these_only(results: Results):
    table = compute_drivers(results).drop_duplicates("parameter").set_index("parameter")["points"]
    assert table["party.L.baseline"] == 4
    assert "policy.L.climb" not in table or table["policy.L.climb"] == 2


def test_the_background_drives_the_killed(results: Results):
    first = compute_drivers(results, ["Q5"], [5]).iloc[0]
    assert first["parameter"] == "party.L.baseline"
    assert first["share"] > first["share_by_chance"]
    assert first["direction"] == "up"
    assert first["odds_high_third"] > first["odds_low_third"]
    sheet = drivers_sheets(results, compute_drivers(results, ["Q5"], [5]))[0]
    assert sheet.rows[0][:3] == ("party.L.baseline", "calibrated", "with it")
    assert "over all points together" in drivers_notes(results, compute_drivers(results, ["Q5"], [8]))[0]


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
