"""Sensitivity of a whole sweep: each design gives its own table, and what lacks one is told in one sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from invented_sweep import DAY, invented
from slow_forms import Z, error_of_mean, mean, pulls, resampled
from test_sobol_and_morris import factor
from uneven_histories import Row
from uneven_sweep import Uneven, assert_table, uneven

from sim.core.errors import InputError
from sim.report.sensitivity_sheets import sensitivity_notes, sensitivity_sheets
from sim.results.analysis.discovery import discover_boxes
from sim.results.analysis.levers import KILLED_OF_ALL
from sim.results.analysis.regional_sensitivity import compute_regional
from sim.results.analysis.sensitivity import compute_sensitivity, has_sensitivity
from sim.results.reading.store import Results
from sim.scenario.design import LATIN_HYPERCUBE, MORRIS, ONE_AT_A_TIME, SALTELLI, Design
from sim.scenario.samplers import sample_unit_cube

STRONG, WEAK, IDLE = "party.L.lethality", "party.R.lethality", "party.L.restraint"
FACTORS = tuple(factor(key, 0.0, 1.0) for key in (IDLE, WEAK, STRONG))


def chance(drawn, levels):
    """Return odds that rise by 0.6 with one factor and by 0.3 with another: indices 0.8 and 0.2."""
    base = 0.05 + 0 * next(iter(drawn.values()))
    return base + sum(rise * (levels[key] if levels[key] != "base" else 0.5) for key, rise in RISES.items())


RISES = {STRONG: 0.6, WEAK: 0.3, IDLE: 0.0}


def q1(table, by: str):
    return table[(table["outcome"] == "Q1") & (table["horizon_days"] == DAY)].set_index(by)


def test_indices_of_odds_that_are_known_and_few_base_points_come_with_a_warning(tmp_path: Path):
    design = Design(SALTELLI, 16, 3, "independent")
    results = invented(tmp_path / "saltelli", chance, factors=FACTORS, design=design, replicates=160)
    assert has_sensitivity(results)
    whole = compute_sensitivity(results)
    table = q1(whole, "factor")
    for key, truth in ((STRONG, 0.8), (WEAK, 0.2), (IDLE, 0.0)):
        for kind in ("first", "total"):
            assert abs(table.loc[key, kind] - truth) <= 4 * table.loc[key, f"{kind}_se"] + 1e-9, (key, kind)
    assert table["rank"].to_dict()[STRONG] == 1
    assert STRONG in sensitivity_sheets(results, whole)[0].rows[0][0]
    notes = sensitivity_notes(results)
    assert "16 base points" in notes[0]
    assert "With fewer than 64 base points these intervals are too narrow" in notes[1]
    more = Results(results.path, results.manifest | {"resolved": {**results.manifest["resolved"], "design": {
        "kind": SALTELLI, "luck": "independent", "points": 64, "seed": 3}}})  # fmt: skip
    assert len(sensitivity_notes(more)) == 1


def test_screening_of_odds_that_are_known(tmp_path: Path):
    results = invented(
        tmp_path / "morris", chance, factors=FACTORS, design=Design(MORRIS, 12, 3), replicates=400
    )  # fmt: skip
    table = q1(compute_sensitivity(results), "factor")
    assert table["mu"].to_dict() == pytest.approx({STRONG: 0.6, WEAK: 0.3, IDLE: 0.0}, abs=0.05)
    assert table.loc[IDLE, "mu_star"] == 0, "shared luck: nothing moves at all"
    assert "12 trajectories" in sensitivity_notes(results)[0]


CELLS = (("Q2", 17), ("Q7", 17), (KILLED_OF_ALL, 17))
KEYS = ("party.L.lethality", "party.R.lethality", "world.pace")


def over_units(units: np.ndarray, design: Design) -> Uneven:
    """Return a sweep whose points lie in the unit cube, with effects that differ by factor and act together."""
    effects = 1.6 * units[:, 0] - 0.9 * units[:, 1] + 0.8 * units[:, 0] * units[:, 2]
    labels, each = [[f"{unit:.6f}" for unit in row] for row in units], dict.fromkeys(KEYS, ("1",))
    return uneven(each, points=labels, design=design, effect=lambda point: effects[point], is_numbered=True)


def sobol_of(values: list[list[float]], replicates: list[int], seed: int, *, is_paired: bool) -> list[Row]:
    """Return the indices of three factors over four base points, by loops over points, clusters and resamples."""
    bases = [(5 * k, (5 * k + 1, 5 * k + 2, 5 * k + 3), 5 * k + 4) for k in range(4)]
    means = [mean(one) for one in values]
    centre = mean([means[point] for a, _, b in bases for point in (a, b)])
    y = [one - centre for one in means]
    pull = [pulls(one, replicates) for one in values]
    middles = [mean([values[p][i] for a, _, b in bases for p in (a, b)]) for i in range(len(replicates))]
    noise = error_of_mean(middles, replicates) ** 2

    @cache
    def shared(p: int, q: int) -> float:
        return sum(pull[p][cluster] * pull[q][cluster] for cluster in pull[p])

    def parts(y: list[float], at: Sequence[int], *, chance: int) -> list[list[float]]:
        """Return both numerators and the variance over some base points, with what chance adds to them or without."""
        first, total, square, plain = [0.0] * 3, [0.0] * 3, 0.0, 0.0
        for a, mixed, b in (bases[k] for k in at):
            for j, m in enumerate(mixed):
                first[j] += y[b] * (y[m] - y[a]) - chance * (shared(b, m) - shared(b, a))
                total[j] += (y[a] - y[m]) ** 2 / 2 - chance * (shared(a, a) + shared(m, m) - 2 * shared(a, m)) / 2
            square += (y[a] ** 2 + y[b] ** 2) / 2 - chance * (shared(a, a) + shared(b, b)) / 2
            plain += (y[a] + y[b]) / 2
        n = len(at)
        variance = square / n - (plain / n) ** 2 + chance * noise
        return [[one / n for one in first], [one / n for one in total], [variance] * 3]

    *numerators, (variance, *_) = parts(y, range(4), chance=1)
    drawn = [parts(y, units, chance=1) for units in resampled(seed, 4)]
    # The parts are quadratic in the means, so that half of a difference is the slope.
    moved = [
        [parts([v + sign * one[c] for v, one in zip(y, pull, strict=True)], range(4), chance=0) for sign in (1, -1)]
        for c in pull[0]
    ]
    rows = []
    for j, key in enumerate(KEYS):
        row: Row = {"factor": key}
        for kind, name in enumerate(("first", "total")):
            index = numerators[kind][j] / variance
            ratios = [part[kind][j] / part[2][j] for part in drawn]
            square = mean([(ratio - mean(ratios)) ** 2 for ratio in ratios])
            for up, down in moved if is_paired else ():
                slope, spread = ((up[part][j] - down[part][j]) / 2 for part in (kind, 2))
                square += ((slope - index * spread) / variance) ** 2
            error = math.sqrt(square)
            row |= {name: index, f"{name}_se": error}
            row |= {f"{name}_low": index - Z * error, f"{name}_high": index + Z * error}
        rows.append(row | {"spread": math.sqrt(variance)})
    return rows


def ranked(rows: list[Row], by: str, design: str, outcome: str, day: int) -> list[Row]:
    """Return rows of factors as the table has them, the most important first."""
    head = {"scenario": "uneven", "design": design, "outcome": outcome, "horizon_days": day}
    ordered = sorted(rows, key=lambda row: -row[by])
    return [head | {"factor": row["factor"], "rank": rank} | row for rank, row in enumerate(ordered, 1)]


@pytest.mark.parametrize("luck", ["paired", "independent"])
def test_sobol_indices_are_those_of_loops_over_the_rows(luck: str, tmp_path: Path):
    rng = np.random.default_rng(4)
    first, second = rng.random((2, 4, 1, 3))
    columns = np.array([[False] * 3, *np.eye(3, dtype=bool), [True] * 3])
    sweep = over_units(np.where(columns, second, first).reshape(-1, 3), Design(SALTELLI, 4, 3, luck))
    expected = []
    for outcome, day in CELLS:
        rows = sobol_of(*sweep.outcomes(outcome, day), sweep.seed, is_paired=luck == "paired")
        expected += ranked(rows, "total", SALTELLI, outcome, day)
    assert_table(compute_sensitivity(sweep.write(tmp_path / luck, 77), ["Q2", "Q7"]), expected, rel=1e-7)


def morris_of(values: list[list[float]], replicates: list[int], units: np.ndarray, *, is_paired: bool) -> list[Row]:
    """Return the elementary effects of three factors, by loops over trajectories of four points and clusters."""
    steps: dict[int, list[tuple[int, float]]] = {0: [], 1: [], 2: []}
    for point in range(len(units) - 1):
        if point % 4 != 3:
            (moved,) = (j for j in range(3) if units[point + 1, j] != units[point, j])
            steps[moved].append((point, float(units[point + 1, moved] - units[point, moved])))
    rows = []
    for j, key in enumerate(KEYS):
        effects, squares, apart = [], [], []
        for point, step in steps[j]:
            before, after = values[point], values[point + 1]
            effects.append((mean(after) - mean(before)) / step)
            apart.append(pulls([(b - a) / step for a, b in zip(before, after, strict=True)], replicates))
            both = [error_of_mean(one, replicates) ** 2 / step**2 for one in (before, after)]
            squares.append(sum(one**2 for one in apart[-1].values()) if is_paired else sum(both))
        chance = mean(squares)
        if is_paired:
            chance = sum(np.var([one[cluster] for one in apart], ddof=1) for cluster in apart[0])
        size, star = len(effects), mean([abs(effect) for effect in effects])
        half = Z * float(np.std(np.abs(effects))) / math.sqrt(size)
        row = {"factor": key, "mu": mean(effects), "mu_star": star, "mu_star_low": max(star - half, 0.0)}
        row |= {
            "mu_star_high": star + half,
            "mu_star_by_chance": math.sqrt(2 / math.pi) * mean(map(math.sqrt, squares)),
        }
        rows.append(row | {"sigma": math.sqrt(max(float(np.var(effects, ddof=1)) - chance, 0.0))})
    return rows


@pytest.mark.parametrize("luck", ["paired", "independent"])
def test_morris_screening_is_that_of_loops_over_the_rows(luck: str, tmp_path: Path):
    design = Design(MORRIS, 6, 3, luck)
    units = sample_unit_cube(MORRIS, 3, 6, 3)
    sweep = over_units(units, design)
    expected = []
    for outcome, day in CELLS:
        rows = morris_of(*sweep.outcomes(outcome, day), units, is_paired=luck == "paired")
        expected += ranked(rows, "mu_star", MORRIS, outcome, day)
    table = compute_sensitivity(sweep.write(tmp_path / luck, 77), ["Q2", "Q7"])
    ends = ["mu_star_low", "mu_star_high"]
    exact = [{name: value for name, value in row.items() if name not in ends} for row in expected]
    assert_table(table.drop(columns=ends), exact, rel=1e-7)
    # The standard deviation of a bootstrap of a thousand is known to one in 45, and four errors are allowed.
    for name in ends:
        half = [abs(row[name] - row["mu_star"]) for row in expected if row[name]]
        found = (table[name] - table["mu_star"]).abs()[[row[name] > 0 for row in expected]]
        assert found.tolist() == pytest.approx(half, rel=4 / math.sqrt(2000))
    assert max(row["sigma"] for row in expected) > 0


@pytest.mark.parametrize("luck", ["paired", "independent"])
def test_a_tornado_is_that_of_loops_over_the_rows(luck: str, tmp_path: Path):
    points = [["base"] * 3, *([level if i == j else "base" for i in range(3)] for j, level in ((0, "1"), (0, "4")))]
    points += [["base", "7", "base"], ["base", "base", "2"], ["base", "base", "9"]]
    sweep = uneven(dict.fromkeys(KEYS, ("1",)), points=points, design=Design(ONE_AT_A_TIME, luck=luck))
    changed = [(KEYS[0], "1"), (KEYS[0], "4"), (KEYS[1], "7"), (KEYS[2], "2"), (KEYS[2], "9")]
    expected = []
    for outcome, day in CELLS:
        values, replicates = sweep.outcomes(outcome, day)
        rows = []
        for point, (key, level) in enumerate(changed, 1):
            apart = [b - a for a, b in zip(values[0], values[point], strict=True)]
            error = error_of_mean(apart, replicates)
            if luck == "independent":
                error = math.hypot(*(error_of_mean(values[i], replicates) for i in (0, point)))
            row: Row = {"scenario": "uneven", "design": ONE_AT_A_TIME, "outcome": outcome, "horizon_days": day}
            row |= {"factor": key, "level": level, "point": point, "n": len(replicates), "base": mean(values[0])}
            row |= {"with_level": mean(values[point]), "difference": mean(apart), "se": error}
            rows.append(row | {"low": mean(apart) - Z * error, "high": mean(apart) + Z * error})
        swing = {}
        for key in KEYS:
            reached = [0.0, *(row["difference"] for row in rows if row["factor"] == key)]
            swing[key] = max(reached) - min(reached)
        order = sorted(KEYS, key=swing.get, reverse=True)
        rows = [row | {"swing": swing[row["factor"]], "rank": order.index(row["factor"]) + 1} for row in rows]
        expected += sorted(rows, key=lambda row: row["rank"])
    results = sweep.write(tmp_path / luck, 77)
    assert_table(compute_sensitivity(results, ["Q2", "Q7"]), expected)
    assert "Interactions are not seen" in sensitivity_notes(results)[0]


def test_what_cannot_be_analysed_says_why(tmp_path: Path):
    latin = invented(tmp_path / "latin", chance, factors=FACTORS, design=Design(LATIN_HYPERCUBE, 4, 3))
    assert not has_sensitivity(latin)
    with pytest.raises(InputError, match='"latin hypercube" is not one of saltelli, morris, one at a time'):
        compute_sensitivity(latin)
    saltelli = invented(tmp_path / "saltelli", chance, factors=FACTORS, design=Design(SALTELLI, 4, 3))
    next(iter((tmp_path / "saltelli" / "blocks").glob("p0007-*"))).unlink()
    with pytest.raises(InputError, match="needs all its points; 19 of 20 are there"):
        compute_sensitivity(Results.open(saltelli.path))
    with pytest.raises(InputError, match=r"must be between 1 and 10 days"):
        compute_sensitivity(saltelli, ["Q1"], [11])


def test_without_blocks_a_table_that_was_never_made_is_missed_in_one_sentence(tmp_path: Path):
    results = invented(tmp_path / "bare", chance, factors=FACTORS, design=Design(SALTELLI, 4, 3))
    for block in (tmp_path / "bare" / "blocks").iterdir():
        block.unlink()
    for analysis in (compute_sensitivity, compute_regional, discover_boxes):
        with pytest.raises(InputError, match="no blocks to make it from; run the sweep again"):
            analysis(Results.open(results.path))
