"""Designs: which points there are, what each sets, what a scenario says of them, and whose luck they share."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest, qmc
from test_sobol_and_morris import factor
from tiny import BASE, FACTOR, write_scenario
from worlds import assert_same, record_of

from sim.results.analysis.drivers import compute_drivers
from sim.results.analysis.odds_by_definition import compute_definitions
from sim.results.reading.design_columns import read_laws
from sim.results.reading.store import Results
from sim.scenario.design import (
    KINDS,
    LATIN_HYPERCUBE,
    MORRIS,
    SALTELLI,
    SAMPLED,
    SOBOL,
    Design,
    Factor,
    full_factorial,
)
from sim.scenario.priors import LogNormal
from sim.scenario.samplers import sample_points, sample_unit_cube
from sim.scenario.scenario import Scenario
from sim.scenario.shared_draws import JUDGEMENT, LITERATURE
from sim.sweeps.dry_run import choose_points
from sim.sweeps.plan import plan_sweep
from sim.sweeps.provenance import build_stamp
from sim.sweeps.results_folder import build_manifest
from sim.sweeps.sweep import run_blocks

CLIMB, BASELINE, KILLED = "policy.L.climb", "party.L.baseline", "definition.war_killed"
UNIFORM = f'\n[[factor]]\nkey = "{CLIMB}"\nlow = 0.1\nhigh = 0.9\n'
PRIOR = f'\n[[factor]]\nkey = "{BASELINE}"\nlaw = "prior"\n'
LEVERS = """
[[factor]]
name = "lever"

[[factor.levels]]
label = "none"

[[factor.levels]]
label = "truce"

[factor.levels.set]
"party.R.baseline" = { law = "uniform", low = 1, high = 2, source = "S1: measured", spread_source = "S2: 9 of 31" }
"party.R.restraint" = 1.2
"""


def design(kind: str, more: str = "") -> str:
    return f'\n[design]\nkind = "{kind}"\n{more}'


def scenario(folder: Path, text: str, name: str = "tiny") -> Scenario:
    return Scenario.load(write_scenario(folder, BASE + text, name))


def value(one: Scenario, point: int, key: str) -> str:
    return {setting.key: str(setting.law) for setting in one.settings(one.points()[point])}[key]


# --- Points of the unit cube


@pytest.mark.parametrize("kind", SAMPLED)
def test_points_fill_the_cube_and_hang_on_the_seed(kind: str):
    points = sample_unit_cube(kind, 4, 32, 5)
    assert points.shape == ({LATIN_HYPERCUBE: 32, SOBOL: 32, SALTELLI: 32 * 6, MORRIS: 32 * 5}[kind], 4)
    assert points.min() >= 0
    assert points.max() <= 1
    assert np.array_equal(points, sample_unit_cube(kind, 4, 32, 5))
    assert not np.array_equal(points, sample_unit_cube(kind, 4, 32, 6))
    assert points.mean(axis=0) == pytest.approx(0.5, abs=0.12)


def test_a_latin_hypercube_has_one_point_in_each_slice_and_sobol_points_are_even():
    latin = sample_unit_cube(LATIN_HYPERCUBE, 3, 50, 1)
    assert (np.sort((latin * 50).astype(int), axis=0) == np.arange(50)[:, None]).all()
    sobol, chance = sample_unit_cube(SOBOL, 3, 64, 1), np.random.default_rng(1).random((64, 3))
    assert qmc.discrepancy(sobol) < qmc.discrepancy(chance) / 4


def test_rows_of_saltelli_and_morris_differ_as_their_analyses_need():
    saltelli = sample_unit_cube(SALTELLI, 3, 8, 1).reshape(8, 5, 3)
    for i in range(3):
        assert (saltelli[:, 1 + i, i] == saltelli[:, -1, i]).all()
        others = [j for j in range(3) if j != i]
        assert (saltelli[:, 1 + i, others] == saltelli[:, 0, others]).all()
    steps = np.diff(sample_unit_cube(MORRIS, 3, 8, 1).reshape(8, 4, 3), axis=1)
    assert ((steps != 0).sum(axis=2) == 1).all()
    assert np.abs(steps[steps != 0]) == pytest.approx(2 / 3)


# --- Values


def test_values_follow_their_laws():
    settings = factor("x", -np.inf, np.inf).sampled
    prior = Factor("x", (), (), type(settings)("x", LogNormal(2.0, 0.5), settings.declared, "S1", "here"))
    filled, points = sample_points((factor("u", 3.0, 5.0), prior), Design(LATIN_HYPERCUBE, 400, 1))
    values = [[filled[i].levels[point.levels[i][1]].law.value for point in points] for i in (0, 1)]
    assert kstest(values[0], "uniform", args=(3, 2)).statistic < 0.01
    assert kstest(values[1], "lognorm", args=(0.5, 0, 2)).statistic < 0.01
    assert filled[1].levels[0].source == "S1"
    for one in filled:
        assert len(set(one.labels)) == 400
        assert [float(label) for label in one.labels] == [level.law.value for level in one.levels]


def test_labels_have_six_digits_unless_that_is_ambiguous():
    wide, _ = sample_points((factor("x", 0.0, 1.0),), Design(LATIN_HYPERCUBE, 50, 1))
    assert max(len(label) for label in wide[0].labels) <= 10
    narrow, _ = sample_points((factor("x", 1.0, 1.0 + 1e-6),), Design(LATIN_HYPERCUBE, 50, 1))
    assert len(set(narrow[0].labels)) == 50
    assert all(1.0 <= float(label) <= 1.0 + 1e-6 for label in narrow[0].labels)


def test_levels_share_the_unit_interval_equally():
    words = Factor("policy.L", ("a", "b", "c"), ("mild", "harsh", "odd"))
    _, points = sample_points((words, factor("x", 0.0, 1.0)), Design(LATIN_HYPERCUBE, 60, 1))
    assert np.bincount([dict(point.levels)["policy.L"] for point in points]).tolist() == [20, 20, 20]


def test_a_grid_of_morris_stays_where_a_prior_has_values(tmp_path: Path):
    one = scenario(tmp_path, design(MORRIS, "points = 6\n") + UNIFORM + PRIOR)
    assert len(one.points()) == 18
    assert set(one.factors[0].labels) <= {"0.1", "0.366667", "0.633333", "0.9"}
    law = LogNormal(1.5, 0.4)
    ends = law.at(np.array([0.05, 0.35, 0.65, 0.95]))
    assert sorted(float(label) for label in one.factors[1].labels) == pytest.approx(ends.tolist(), rel=1e-5)


# --- Scenarios


def test_without_a_design_nothing_changes(tmp_path: Path):
    plain = scenario(tmp_path / "a", FACTOR)
    named = scenario(tmp_path / "b", design("full factorial") + FACTOR)
    assert [point.label for point in plain.points()] == [f"{CLIMB} = 0", f"{CLIMB} = 0.9"]
    assert "design" not in plain.resolved()
    assert plain.digest() == named.digest()
    assert plain.points() == full_factorial(plain.factors)


def test_one_at_a_time_begins_with_the_scenario_as_it_is(tmp_path: Path):
    one = scenario(tmp_path, design("one at a time") + UNIFORM + PRIOR + LEVERS)
    labels = [point.label for point in one.points()]
    assert labels[:3] == ["base", f"{CLIMB} = 0.1", f"{CLIMB} = 0.9"]
    assert labels[5:] == ["lever = none", "lever = truce"]
    assert value(one, 0, CLIMB) == value(scenario(tmp_path / "plain", ""), 0, CLIMB)
    assert value(one, 1, CLIMB) == "0.1"
    assert value(one, 3, CLIMB) == value(one, 0, CLIMB)
    quantiles = LogNormal(1.5, 0.4).at(np.array([0.05, 0.95]))
    assert [float(value(one, point, BASELINE)) for point in (3, 4)] == pytest.approx(quantiles.tolist(), rel=1e-5)
    assert dict(one.points()[3].labels) == {CLIMB: "base", BASELINE: one.points()[3].labels[1][1], "lever": "base"}
    source = {setting.key: setting.source for setting in one.settings(one.points()[3])}[BASELINE]
    assert source == "invented", "that of the prior"
    assert len({json.dumps(told) for told in one.resolved()["parameters_of_points"].values()}) == 6


def test_a_list_gives_its_points_by_hand(tmp_path: Path):
    rows = f'\n[[design.points]]\n"{CLIMB}" = 0.25\n\n[[design.points]]\nlever = "truce"\n"{BASELINE}" = 2\n'
    one = scenario(tmp_path, design("list") + rows + "\n[[design.points]]\n" + LEVERS)
    labels = [point.label for point in one.points()]
    assert labels == [f"{CLIMB} = 0.25", f"lever = truce, {BASELINE} = 2", "base"]
    assert value(one, 0, CLIMB) == "0.25"
    assert value(one, 1, BASELINE) == "2"
    assert value(one, 1, "party.R.restraint") == "1.2"
    assert value(one, 2, BASELINE) == value(scenario(tmp_path / "plain", ""), 0, BASELINE)
    assert one.resolved()["design"]["points"][1] == {"lever": "truce", CLIMB: "base", BASELINE: "2"}


@pytest.mark.parametrize("kind", SAMPLED)
def test_a_sampled_point_is_what_a_file_would_say(kind: str, tmp_path: Path):
    one = scenario(tmp_path, design(kind, "points = 4\nseed = 3\n") + UNIFORM + PRIOR + LEVERS)
    point = one.points()[-1]
    labels = dict(point.labels)
    by_hand = f"\n[parameters.party.L]\nbaseline = {labels[BASELINE]}\n"
    if labels["lever"] == "truce":
        by_hand += "\n[parameters.party.R]\nrestraint = 1.2\n"
        by_hand += 'baseline = { law = "uniform", low = 1, high = 2, source = "S1: measured", '
        by_hand += 'spread_source = "S2: 9 of 31" }\n'
    text = BASE.replace('rule = "disproportionate"', f'rule = "disproportionate"\nclimb = {labels[CLIMB]}')
    other = Scenario.load(write_scenario(tmp_path / "hand", text + by_hand))
    made = [(s.ensemble(p, 40, 3), s.settings(p)) for s, p in ((one, point), (other, other.points()[0]))]
    assert_same(*(record_of(ensemble.conflict.run()) for ensemble, _ in made))
    laws = [{setting.key: (str(setting.law), setting.source) for setting in settings} for _, settings in made]
    assert laws[0][BASELINE] == (laws[1][BASELINE][0], "invented"), "a value of a prior that was given has its grounds"
    assert {k: v for k, v in laws[0].items() if k != BASELINE} == {k: v for k, v in laws[1].items() if k != BASELINE}
    assert point.label == f"point {point.index}"


def test_sources_of_levels_survive(tmp_path: Path):
    one = scenario(tmp_path, FACTOR + LEVERS)
    settings = {setting.key: setting for setting in one.settings(one.points()[1])}
    assert settings["party.R.baseline"].source == "S1: measured"
    assert settings["party.R.baseline"].label == LITERATURE
    assert settings["party.R.restraint"].label == settings[CLIMB].label == JUDGEMENT
    plain = scenario(tmp_path / "plain", "")
    counts, other = one.count_labels(), plain.count_labels()
    assert counts["judgement"] == other["judgement"] + 1
    assert counts["literature"] == other["literature"] + 1
    assert counts["parameters"] == other["parameters"] + 2


def test_a_child_may_choose_another_design_for_the_factors_it_inherits(tmp_path: Path):
    scenario(tmp_path, UNIFORM.replace("low = 0.1", "low = 0.1\nsteps = 2"), "parent")
    with pytest.raises(Exception, match="steps: unknown key"):
        Scenario.load(_child(tmp_path, design(SOBOL, "points = 8\n")))
    scenario(tmp_path, UNIFORM, "parent")
    child = Scenario.load(_child(tmp_path, design(SOBOL, "points = 8\n")))
    assert len(child.points()) == 8
    assert len(set(child.factors[0].labels)) == 8
    scenario(tmp_path, design(SOBOL, "points = 4\n") + UNIFORM, "parent")
    again = Scenario.load(_child(tmp_path, PRIOR))
    assert [factor.key for factor in again.factors] == [BASELINE], "the design is inherited, its factors are not"
    assert len(again.points()) == 4


def _child(folder: Path, text: str) -> Path:
    path = folder / "child.toml"
    path.write_text('title = "Child"\nbase = "parent.toml"\n' + text)
    return path


# --- Luck


def test_independent_luck_gives_each_point_its_own(tmp_path: Path):
    text = design(LATIN_HYPERCUBE, 'points = 3\nluck = "{}"\n') + '\n[[factor]]\nkey = "world.mediation_added"\n'
    text += "low = 0\nhigh = 0.001\n"
    paired = scenario(tmp_path / "a", text.format("paired"))
    apart = scenario(tmp_path / "b", text.format("independent"))
    assert paired.digest() != apart.digest()

    def drawn(one: Scenario, point: int, seed: int = 3) -> np.ndarray:
        return one.ensemble(one.points()[point], 64, seed).inputs[BASELINE]

    assert np.array_equal(drawn(paired, 0), drawn(paired, 2))
    for a, b in itertools.combinations([drawn(apart, 0), drawn(apart, 1), drawn(apart, 2), drawn(paired, 0)], 2):
        assert not np.intersect1d(a, b).size
    assert np.array_equal(drawn(apart, 1), drawn(apart, 1))
    assert not np.intersect1d(drawn(apart, 1), drawn(apart, 1, seed=4)).size
    seeds = {apart.seed_at(point, seed) for point in apart.points() for seed in (1, 2)}
    assert len(seeds) == 6


# --- Many points


def test_a_thousand_points_stay_quick_and_small(tmp_path: Path):
    keys = [f"party.{p}.{name}" for p in "LR" for name in ("lethality", "restraint", "strength", "misperception")]
    keys += ["world.mediation_added", CLIMB]
    ranges = {"misperception": (0, 0.5), "climb": (0, 1), "mediation_added": (0, 0.5)}
    factors = "".join(
        f'\n[[factor]]\nkey = "{key}"\nlow = {low}\nhigh = {high}\n'
        for key in keys
        for low, high in [ranges.get(key.rpartition(".")[2], (0.5, 2))]
    )
    path = write_scenario(tmp_path, BASE + design(LATIN_HYPERCUBE, "points = 1000\n") + factors)
    start = time.perf_counter()
    one = Scenario.load(path)
    text = json.dumps(build_manifest(one, 100, 1), indent=1)
    build_stamp(one, 1)
    # Loose, because the machine may be busy: it takes a tenth of that.
    assert time.perf_counter() - start < 5
    assert len(one.points()) == 1000
    few = Scenario.load(write_scenario(tmp_path / "few", BASE + design(LATIN_HYPERCUBE, "points = 2\n") + factors))
    assert len(text) < 1.1 * len(json.dumps(build_manifest(few, 100, 1), indent=1))
    assert len(choose_points(one.points())) <= 16
    assert plan_sweep(one, 2, 1).points == 1000


def test_results_know_the_laws_of_a_sampled_point(tmp_path: Path):
    text = design(LATIN_HYPERCUBE, "points = 3\n") + UNIFORM
    text += f'\n[[factor]]\nkey = "{KILLED}"\nlow = 20\nhigh = 400\n'
    one = scenario(tmp_path, text)
    results = Results.open(run_blocks(one, tmp_path / "out", replicates=24, seed=1))
    for point in one.points():
        laws = read_laws(results, point.index)
        told = {setting.key: str(setting.law) for setting in one.settings(point) if not setting.is_following}
        assert {key: law["law"] for key, law in laws.items()} == told
        assert laws[CLIMB]["source"].startswith("assumption")
    assert not compute_drivers(results).empty
    assert set(compute_definitions(results, points=[0, 1, 2])["point"]) == {0, 1, 2}


def test_every_kind_is_tried_here():
    assert set(KINDS) == {"full factorial", "one at a time", "list", LATIN_HYPERCUBE, SOBOL, SALTELLI, MORRIS}
