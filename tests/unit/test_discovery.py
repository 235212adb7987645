"""Scenario discovery: a planted box is found; coverage and density are those of histories that were not searched."""

from __future__ import annotations

import json
import math
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from forms import forms
from invented_sweep import DAY, invented
from scipy.stats import chi2
from slow_forms import mean
from test_sobol_and_morris import factor
from uneven_histories import Row
from uneven_sweep import Uneven, holds

from sim.core.errors import InputError, SimError
from sim.core.random_streams import Streams
from sim.report.sensitivity_sheets import discovery_notes, discovery_sheets
from sim.results.analysis.discovery import (
    BOXES,
    LIMITS,
    _first_groups,
    _Half,
    _halves,
    _judged,
    _limit_rows,
    _thinned,
    discover_boxes,
)
from sim.results.analysis.prim_boxes import CART, METHODS, MOST_CONDITIONS, PRIM, Condition, lies_inside
from sim.results.reading.design_columns import group_points
from sim.results.reading.question_outcomes import locate_cells
from sim.results.reading.store import Results
from sim.results.reading.table_cache import write_committed
from sim.scenario.design import FULL_FACTORIAL, LATIN_HYPERCUBE, MORRIS, ONE_AT_A_TIME, SALTELLI, Design, Factor

pytest.importorskip("ema_workbench.analysis.prim")

X, Y = "party.L.lethality", "party.R.lethality"
DRAWN = tuple(f"party.P{i}.baseline" for i in range(6))


def planted(rows: pd.DataFrame) -> np.ndarray:
    return ((rows["a"] < 0.4) & (rows["b"] > 0.5)).to_numpy()


@pytest.mark.parametrize("method", [PRIM, CART])
def test_a_planted_box_is_recovered(method: str):
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(rng.random((4000, 5)), columns=list("abcde"))
    holds = rng.random(4000) < np.where(planted(rows), 0.9, 0.05)
    box = METHODS[method](rows, holds, 1)[0]
    found = {one.parameter: one for one in box}
    assert found.keys() == {"a", "b"}
    assert found["a"].high == pytest.approx(0.4, abs=0.03)
    assert found["b"].low == pytest.approx(0.5, abs=0.03)
    assert np.isinf(found["a"].low)
    assert np.mean(lies_inside(box, rows) == planted(rows)) > 0.97
    assert method == CART or max(one.quasi_p for one in box) < 0.01


@pytest.mark.parametrize("method", [PRIM, CART])
def test_two_planted_boxes_are_found_the_denser_first_with_both_ends_of_a_condition(method: str):
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(rng.random((2000, 3)), columns=list("abc"))
    dense = ((rows["a"] > 0.3) & (rows["a"] < 0.6)).to_numpy()
    thin = ((rows["a"] > 0.75) & (rows["b"] < 0.4)).to_numpy()
    holds = rng.random(2000) < np.select([dense, thin], [0.95, 0.6], 0.03)
    boxes = METHODS[method](rows, holds, 3)
    first, second = ({one.parameter: (one.low, one.high) for one in box} for box in boxes[:2])
    assert first.keys() == {"a"}
    assert first["a"] == pytest.approx((0.3, 0.6), abs=0.03)
    assert second["b"] == pytest.approx((-math.inf, 0.4), abs=0.04)
    assert second["a"][1] == math.inf
    assert np.mean((lies_inside(boxes[1], rows) & ~lies_inside(boxes[0], rows)) == thin) > 0.9
    assert repr(METHODS[method](rows, holds, 1)) == repr(boxes[:1]), "by their words: a quasi-p of nan equals nothing"
    assert len(boxes) == 2, "nothing dense is left"
    for box in boxes:
        inside = [all(one.low <= row[one.parameter] <= one.high for one in box) for row in rows.to_dict("records")]
        assert lies_inside(box, rows).tolist() == inside


@pytest.mark.parametrize("method", [PRIM, CART])
def test_a_box_asks_no_more_than_anybody_keeps_in_mind(method: str):
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(rng.random((1500, 5)), columns=list("abcde"))
    holds = rng.random(1500) < np.where((rows[list("abcde")] > 0.3).all(axis=1), 0.95, 0.05)
    for box in METHODS[method](rows, holds, 3):
        assert 1 <= len(box) <= MOST_CONDITIONS == 4


def test_a_box_of_prim_has_the_largest_harmonic_mean_of_its_trajectory():
    from ema_workbench.analysis import prim

    rng = np.random.default_rng(1)
    rows = pd.DataFrame(rng.random((1500, 3)), columns=list("abc"))
    holds = rng.random(1500) < np.where(planted(rows), 0.8, 0.1)
    (box,) = METHODS[PRIM](rows, holds, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trajectory = prim.Prim(rows, holds, threshold=float(holds.mean()), mass_min=0.05).find_box().peeling_trajectory
    steps = [row for row in trajectory.to_dict("records") if 1 <= row["res_dim"] <= 4]
    means = [2 / (1 / row["coverage"] + 1 / row["density"]) for row in steps]
    inside = lies_inside(box, rows)
    coverage, density = (inside & holds).sum() / holds.sum(), (inside & holds).sum() / inside.sum()
    assert 2 / (1 / coverage + 1 / density) == pytest.approx(max(means), rel=0.01)
    assert min(inside.mean(), *(row["mass"] for row in steps)) >= 0.05
    assert [one.quasi_p for one in box] == sorted(one.quasi_p for one in box)
    assert all(0 <= one.quasi_p <= 0.05 for one in box)


@pytest.mark.parametrize("method", [PRIM, CART])
def test_words_can_be_conditions(method: str):
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"a": rng.random(3000), "rule": np.array(["mild", "harsh", "odd"])[rng.integers(0, 3, 3000)]})
    holds = rng.random(3000) < np.where((rows["rule"] == "harsh") & (rows["a"] > 0.5), 0.8, 0.1)
    box = METHODS[method](rows, holds, 1)[0]
    assert {one.parameter: one.levels for one in box} == {"a": (), "rule": ("harsh",)}
    assert " and ".join(sorted(map(str, box))).endswith("rule is harsh")


def test_conditions_in_words():
    assert str(Condition("k", high=0.12345)) == "k < 0.123"
    assert str(Condition("k", low=2.0)) == "k > 2"
    assert str(Condition("k", 1.0, 2.0)) == "1 < k < 2"
    assert str(Condition("k", levels=("x", "y"))) == "k is x or y"


def chance(drawn, levels):
    return np.where((drawn[DRAWN[2]] > 0.6) & (levels[X] < 0.5), 0.8, 0.05)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Results:
    factors = (factor(X, 0.0, 1.0), factor(Y, 0.0, 1.0))
    design = Design(LATIN_HYPERCUBE, 48, 3, "independent")
    place = tmp_path_factory.mktemp("discovery") / "swept"
    return invented(place, chance, factors=factors, design=design, replicates=96, drawn=DRAWN)


@pytest.mark.parametrize("method", [PRIM, CART])
def test_a_box_over_factors_and_draws_is_found_and_told(method: str, swept: Results):
    boxes, limits = discover_boxes(swept, method=method)
    assert set(limits[limits["box"] == 1]["parameter"]) == {X, DRAWN[2]}
    assert boxes["density"].iloc[0] == pytest.approx(0.8, abs=4 * boxes["density_se"].iloc[0])
    sheets, notes = discovery_sheets(swept, boxes), discovery_notes(swept, boxes)
    assert X in sheets[0].rows[0][0]
    assert "of the outcomes lie here (coverage)" in notes[0]
    assert "1,152 histories and at points that the search did not see" in notes[-1]


def conditions_of(limits: pd.DataFrame) -> list[Callable[[Row], bool]]:
    """Return for each box whether a history meets all that the table of limits says of it."""

    def meets(row: Row, limit: Row) -> bool:
        value = row[limit["parameter"]]
        if limit["levels"]:
            return value in limit["levels"].split(" or ")
        low, high = (None if pd.isna(limit[name]) else limit[name] for name in ("low", "high"))
        return (low is None or value >= low) and (high is None or value <= high)

    boxes = [rows.to_dict("records") for _, rows in limits.groupby("box")]
    return [lambda row, box=box: all(meets(row, limit) for limit in box) for box in boxes]


def judged(histories: list[tuple[Row, bool, int, int | None, bool]], limits: pd.DataFrame) -> list[Row]:
    """Return what is told of boxes, by loops over histories: row, outcome, period, group and whether it was searched.

    A history counts in the first box that it lies in; errors are over periods, and over groups where there are any.
    """
    expected, inside = [], conditions_of(limits)
    for number, _ in enumerate(inside):
        lies = [meets.index(True) if True in (meets := [box(row) for box in inside]) else -1 for row, *_ in histories]
        told: Row = {}
        for suffix, is_fitted in (("_fitted", True), ("", False)):
            half = [(*one[1:4], lies[i] == number) for i, one in enumerate(histories) if one[4] == is_fitted]
            for name, counts in (("coverage", [came for came, *_ in half]), ("density", [there for *_, there in half])):
                value = sum(came and there for came, _, _, there in half) / sum(counts)
                pull = [
                    ((came and there) - value * counted) / sum(counts)
                    for (came, _, _, there), counted in zip(half, counts, strict=True)
                ]
                square = 0.0
                for place in (1, 2):
                    sums: dict[int, float] = defaultdict(float)
                    for one, part in zip(half, pull, strict=True):
                        if one[place] is not None:
                            sums[one[place]] += part
                    square += sum(part**2 for part in sums.values())
                told |= {f"{name}{suffix}": value, f"{name}_se{suffix}": math.sqrt(square)}
        row = {"n": len(half), "share": mean([came for came, *_ in half]), "mass": mean([there for *_, there in half])}
        expected.append(row | {name: value for name, value in told.items() if name[-10:] != "_se_fitted"})
    return expected


def assert_judged(boxes: pd.DataFrame, expected: list[Row]) -> None:
    assert len(expected) == len(boxes) >= 1
    for name in expected[0]:
        assert boxes[name].tolist() == pytest.approx([row[name] for row in expected], nan_ok=True), name


@pytest.mark.parametrize("method", [PRIM, CART, "two that overlap"])
def test_boxes_over_chosen_levels_are_judged_by_loops_over_the_other_periods(
    method: str, uneven_levers: tuple[Uneven, Results]
):
    sweep, results = uneven_levers
    histories = []
    for point, rows in enumerate(map(sweep.finished, range(4))):
        for one in rows:
            drawn = {key.removeprefix("input."): value for key, value in one.items() if key.startswith("input.")}
            row = drawn | {"lever": sweep.levels[point][0]}
            period = one["replicate"] // 8
            histories.append((row, holds(one, "Q7", 17), period, None, period % 2 == 0))
    if method in METHODS:
        boxes, limits = discover_boxes(results, ["Q7"], [17], method=method)
        searched = [row for row, *_, is_searched in histories if is_searched]
        for limit in limits.to_dict("records"):
            one = conditions_of(pd.DataFrame([limit | {"box": 1}]))[0]
            assert limit["inside"] == pytest.approx(mean([one(row) for row in searched]))
    else:
        low = Condition("party.F.restraint", high=1.2)
        made = [(Condition("lever", levels=("less", "more")), low), (Condition("lever", levels=("less", "as it is")),)]
        halves = _halves(results, locate_cells(results, ["Q7"], [17])[0])
        boxes = pd.DataFrame(_judged(made, *halves))
        rows = [{"box": i} | row for i, box in enumerate(made) for row in _limit_rows(box, halves[0].rows)]
        limits = pd.DataFrame(rows).astype({"low": float, "high": float})
    assert_judged(boxes, judged(histories, limits))


@pytest.mark.parametrize("method", [PRIM, CART])
def test_boxes_over_sampled_points_are_judged_by_loops_over_other_points_and_periods(method: str, swept: Results):
    boxes, limits = discover_boxes(swept, method=method)
    order = Streams(1, np.arange(48)).uniform("results", "halves", 0)
    searched_points = set(np.argsort(order)[:24].tolist())
    histories = []
    for one in swept.read(["Q1_day", *(f"input.{key}" for key in DRAWN)]).to_dict("records"):
        point, period = one["point"], one["replicate"] // 8
        is_searched = point in searched_points
        if is_searched == (period % 2 == 0):
            row = {key: one[f"input.{key}"] for key in DRAWN}
            row |= {key: float(swept.points[key][point]) for key in (X, Y)}
            histories.append((row, one["Q1_day"] <= DAY, period, point, is_searched))
    assert_judged(boxes, judged(histories, limits))


@pytest.mark.parametrize(
    ("kind", "n_points", "groups"),
    [
        (SALTELLI, 20, [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4),
        (MORRIS, 15, [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3),
        (LATIN_HYPERCUBE, 5, [0, 1, 2, 3, 4]),
        (FULL_FACTORIAL, 5, [0, 1, 2, 3, 4]),
    ],
)
def test_points_that_were_placed_together_are_searched_or_held_out_together(
    kind: str, n_points: int, groups: list[int], swept: Results
):
    design = {"kind": kind, "luck": "paired", "points": 5, "seed": 3}
    results = Results(swept.path, swept.manifest | {"points": n_points, "resolved": {"design": design}})
    assert group_points(results).tolist() == groups
    first = _first_groups(results, group_points(results))
    if kind == FULL_FACTORIAL:
        assert first is None, "chosen levels serve both halves"
        return
    drawn = Streams(1, np.arange(5)).uniform("results", "halves", 0)
    assert first.tolist() == [place < 3 for place in np.argsort(np.argsort(drawn))]


@pytest.mark.parametrize(("most", "n_periods"), [(80, 5), (79, 4), (50, 3), (48, 3), (47, 2), (1, 1)])
def test_a_search_of_too_many_rows_takes_the_first_periods_whole(
    most: int, n_periods: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.results.analysis.discovery._MOST_ROWS", most)
    periods = np.tile(np.repeat([1, 3, 4, 6, 9], 8), 2)
    number = np.arange(80)
    thin = _thinned(_Half(pd.DataFrame({"a": number}), number % 3 == 0, periods, number // 40))
    left = [i for i in range(80) if periods[i] in [1, 3, 4, 6, 9][:n_periods]]
    assert thin.rows["a"].tolist() == left
    assert thin.rows.index.tolist() == list(range(16 * n_periods))
    assert thin.holds.tolist() == [i % 3 == 0 for i in left]
    assert (thin.periods.tolist(), thin.groups.tolist()) == ([periods[i] for i in left], [i // 40 for i in left])


def test_held_out_points_do_not_flatter(tmp_path: Path):
    """Points differ, but not by anything in order: a search finds something, and the points held out deny it."""
    fitted, held_out, share = [], [], []
    for seed in range(6):
        results = invented(
            tmp_path / str(seed),
            lambda drawn, levels: np.full(len(drawn[DRAWN[0]]), 0.9 if np.sin(1e4 * levels[X]) > 0 else 0.05),
            factors=(factor(X, 0.0, 1.0), factor(Y, 0.0, 1.0)),
            design=Design(LATIN_HYPERCUBE, 24, seed, "independent"),
            drawn=DRAWN[:2],
            seed=seed,
        )
        boxes, _ = discover_boxes(results)
        if len(boxes):
            fitted.append(boxes["density_fitted"].iloc[0])
            held_out.append(boxes["density"].iloc[0])
            share.append(boxes["share"].iloc[0])
    assert len(fitted) >= 4
    assert np.mean(fitted) > np.mean(share) + 0.05
    assert np.nanmean(held_out) < np.mean(share) + 0.05


def test_nothing_to_search_gives_nothing(tmp_path: Path):
    results = invented(tmp_path / "flat", lambda drawn, levels: np.full(400, 0.3), replicates=400, drawn=DRAWN[:2])
    boxes, limits = discover_boxes(results)
    assert boxes.empty
    assert limits.empty
    assert discovery_sheets(results, boxes) == []
    assert "No condition was found" in discovery_notes(results, boxes)[0]


@pytest.mark.parametrize("kind", forms([FULL_FACTORIAL], [ONE_AT_A_TIME]))
def test_errors_of_a_box_over_chosen_levels_are_those_of_sweeps_anew(kind: str, tmp_path: Path):
    """Levels are the same in every sweep, so coverage and density move by the luck of the histories alone."""
    rules = (Factor("policy.L", (0, 1), ("mild", "harsh")),)
    first = []
    for seed in range(20):
        results = invented(
            tmp_path / str(seed),
            lambda drawn, levels: np.full(400, 0.7 if levels["policy.L"] == "harsh" else 0.2),
            factors=rules,
            design=Design(kind),
            replicates=400,
            drawn=DRAWN[:2],
            seed=seed,
        )
        boxes, _ = discover_boxes(results)
        first.append(boxes.iloc[0])
        assert first[-1]["conditions"] == "policy.L is harsh"
    for name in ("coverage", "density"):
        told = np.mean([one[f"{name}_se"] ** 2 for one in first])
        seen = np.var([one[name] for one in first], ddof=1)
        assert chi2.ppf(0.0005, 19) < 19 * seen / told < chi2.ppf(0.9995, 19), name


def test_levels_in_words_are_searched(tmp_path: Path):
    rules = (Factor("policy.L", (0, 1, 2), ("mild", "harsh", "odd")),)
    results = invented(
        tmp_path / "words", lambda d, levels: np.full(160, 0.7 if levels["policy.L"] == "harsh" else 0.1),
        factors=rules, replicates=160, drawn=DRAWN[:2],
    )  # fmt: skip
    boxes, limits = discover_boxes(results)
    assert boxes["conditions"].tolist()[0] == "policy.L is harsh"
    assert limits["levels"].tolist()[0] == "harsh"
    assert limits["inside"].iloc[0] == pytest.approx(1 / 3)


def test_tables_are_kept_for_each_method(swept: Results):
    for method in (PRIM, CART):
        boxes, limits = discover_boxes(swept, method=method)
        write_committed(swept, BOXES, boxes)
        write_committed(swept, LIMITS, limits)
    assert set(swept.read_table(BOXES)["method"]) == {PRIM, CART}
    assert json.loads(swept.read_table(LIMITS).to_json(orient="records"))


def test_too_few_outcomes_are_no_ground_for_a_search(tmp_path: Path):
    results = invented(tmp_path / "rare", lambda d, levels: np.full(80, 0.02))
    with pytest.raises(InputError, match="a search needs at least 20 with it and 20 without"):
        discover_boxes(results)
    with pytest.raises(InputError, match='"prims" is not known; did you mean "prim"'):
        discover_boxes(results, method="prims")


def test_a_missing_library_is_one_sentence(swept: Results, monkeypatch: pytest.MonkeyPatch):
    for name in ("ema_workbench", "ema_workbench.analysis", "ema_workbench.analysis.prim"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SimError, match=r"needs ema_workbench: pip install .*\[explore\]"):
        discover_boxes(swept)
