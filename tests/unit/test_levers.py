"""Levers and pairs: paired differences, ranks and how sure they are, spread and regret."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from ally import LEVERS, PAIRS, write_with_allies
from slow_forms import Z, effective_size, error_of_mean, mean, quantile, resampled, spread_of, wilson
from uneven_histories import Row
from uneven_sweep import Uneven, assert_table, uneven

from sim.core.errors import InputError
from sim.report.table_sheets import levers_notes, levers_sheets, pairs_notes, pairs_sheets
from sim.results.analysis.levers import KILLED_OF_ALL, compute_levers, has_levers
from sim.results.analysis.levers import LEVERS as TABLE
from sim.results.analysis.odds import compute_odds
from sim.results.analysis.pairs import ANY, REGRET, SPREADS, compute_pairs, has_pairs
from sim.results.analysis.pairs import PAIRS as PAIRS_TABLE
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


def swept(folder: Path, more: str, name: str) -> Results:
    scenario = Scenario.load(write_with_allies(folder, more, name))
    return Results.open(run_blocks(scenario, folder / "results" / name, replicates=200, seed=3))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("levers")


@pytest.fixture(scope="module")
def pulled(place: Path) -> Results:
    return swept(place, LEVERS, "pulled")


@pytest.fixture(scope="module")
def paired(place: Path) -> Results:
    return swept(place, PAIRS, "policy-pairs")


def ranks_of(differences: list[float]) -> list[int]:
    """Return the place of each, 1 for the lowest; those that are alike keep their order."""
    order = sorted(range(len(differences)), key=lambda i: differences[i])
    return [order.index(i) + 1 for i in range(len(differences))]


def pulled_rows(sweep: Uneven, against: int, cells: list[tuple[str, int]]) -> list[Row]:
    """Return the levers against one of them, by loops over the replicates that finished at every point."""
    others = [point for point in range(len(sweep.levels)) if point != against]
    expected = []
    for outcome, day in cells:
        values, replicates = sweep.outcomes(outcome, day)
        periods = sorted({replicate // 8 for replicate in replicates})
        apart = {p: [b - a for a, b in zip(values[against], values[p], strict=True)] for p in others}
        inside = {period: [i for i, r in enumerate(replicates) if r // 8 == period] for period in periods}
        sums = {p: [sum(apart[p][i] for i in inside[period]) for period in periods] for p in others}
        chances = []
        for units in resampled(sweep.seed, len(periods)):
            size = sum(len(inside[periods[unit]]) for unit in units)
            chances.append(ranks_of([sum(sums[p][unit] for unit in units) / size for p in others]))
        own = ranks_of([mean(apart[p]) for p in others])
        for i, p in enumerate(others):
            paired = error_of_mean(apart[p], replicates)
            independent = math.hypot(*(error_of_mean(values[q], replicates) for q in (against, p)))
            row = {"scenario": "uneven", "point": p, "lever": sweep.levels[p][0], "against": sweep.levels[against][0]}
            row |= {"outcome": outcome, "horizon_days": day, "n": len(replicates), "first": mean(values[against])}
            row |= {"second": mean(values[p]), "difference": mean(apart[p]), "se_paired": paired}
            row |= {"se_independent": independent, "factor": independent / paired, "gain": (independent / paired) ** 2}
            row |= {"low": mean(apart[p]) - Z * paired, "high": mean(apart[p]) + Z * paired, "rank": own[i]}
            drawn = [ranks[i] for ranks in chances]
            row |= {"rank_low": quantile(drawn, 0.05), "rank_high": quantile(drawn, 0.95)}
            expected.append(row | {f"chance_rank_{rank}": mean([one == rank for one in drawn]) for rank in (1, 2, 3)})
    return expected


def test_levers_are_those_of_loops_over_the_rows(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    cells = [("Q9", 9), ("Q9", 17), ("Q4", 9), ("Q4", 17), (KILLED_OF_ALL, 9), (KILLED_OF_ALL, 17)]
    expected = pulled_rows(sweep, 2, cells)
    assert_table(compute_levers(results, "less", ["Q9", "Q4"], [9, 17]), expected)
    assert expected[0]["n"] == 71
    assert any(row["rank_low"] < row["rank_high"] for row in expected), "some ranks are not sure"
    whole = compute_levers(results)
    assert set(whole["against"]) == {"as it is"}
    assert list(dict.fromkeys(whole["outcome"])) == ["Q4", "Q9", "Q2", "Q7", KILLED_OF_ALL]


def test_any_level_can_be_the_one_compared_with(pulled: Results):
    table = compute_levers(pulled, "more acts", ["Q1"], [8])
    assert set(table["lever"]) == {"as it is", "fewer acts", "nothing at all"}
    assert (table["difference"] < 0).all()
    with pytest.raises(InputError, match=r'no point "as is"; did you mean "as it is"'):
        compute_levers(pulled, "as is")


def test_bundles_are_levers_and_policies_are_pairs(pulled: Results, paired: Results):
    assert has_levers(pulled)
    assert not has_levers(paired)
    assert has_pairs(paired)
    assert not has_pairs(pulled)
    assert paired.point_names[1] == "Left P0 none, Right P1 tit-for-tat"
    with pytest.raises(InputError, match="varies more or less than the policies of two parties"):
        compute_pairs(pulled)


def test_sheets_of_levers_are_in_the_order_of_ranks(pulled: Results):
    sheets = levers_sheets(pulled, compute_levers(pulled))
    assert [row[0] for row in sheets[0].rows] == ["fewer acts", "nothing at all", "more acts"]
    assert "as it is:" in sheets[-1].title
    assert sheets[-1].title.startswith("Killed of all sides")
    assert "different seeds" in levers_notes(pulled)[0]


@pytest.fixture(scope="module")
def uneven_pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Uneven, Results]:
    sweep = uneven({"policy.L": ("P0", "P4"), "policy.R": ("P1", "P0", "P7")})
    return sweep, sweep.write(tmp_path_factory.mktemp("pairs") / "uneven")


CELLS = (("Q2", 17), ("Q2", 9), (KILLED_OF_ALL, 17), (KILLED_OF_ALL, 9))


def test_pairs_are_those_of_loops_over_the_rows(uneven_pairs: tuple[Uneven, Results]):
    sweep, results = uneven_pairs
    expected = []
    for point, (left, right) in enumerate(sweep.levels):
        for outcome, day in CELLS:
            values, replicates = sweep.outcomes(outcome, day)
            share, at_point = mean(values[point]), values[point]
            low = high = None
            if outcome != KILLED_OF_ALL:
                low, high = wilson(share, effective_size([bool(value) for value in at_point], replicates))
            row = {"scenario": "uneven", "point": point, "policy.L": left, "policy.R": right, "outcome": outcome}
            row |= {"horizon_days": day, "n": len(replicates), "estimate": share, "low": low, "high": high}
            expected.append(row | {"se": error_of_mean(at_point, replicates)})
    assert_table(compute_pairs(results, ["Q2"], [17, 9])[0], expected)
    assert set(compute_pairs(results)[0]["outcome"]) == {"Q4", "Q2", KILLED_OF_ALL}, (
        "the wars, without a question named"
    )


def test_spreads_over_pairs_are_those_of_loops_over_the_rows(uneven_pairs: tuple[Uneven, Results]):
    sweep, results = uneven_pairs
    points = range(6)

    def weights(part: str, point: int) -> list[float]:
        """Return how the mean of each point goes into the effect of a part at one of them."""
        left, right = (
            [float(sweep.levels[point][side] == sweep.levels[other][side]) for other in points] for side in (0, 1)
        )
        own = [float(point == other) for other in points]
        of = {"policy.L": [same / 3 - 1 / 6 for same in left], "policy.R": [same / 2 - 1 / 6 for same in right]}
        of["all pairs"] = [same - 1 / 6 for same in own]
        of["interplay"] = [a - b - c for a, b, c in zip(of["all pairs"], of["policy.L"], of["policy.R"], strict=True)]
        return of[part]

    expected = []
    for outcome, day in CELLS:
        values, replicates = sweep.outcomes(outcome, day)
        parts = {
            part: spread_of(values, replicates, [weights(part, point) for point in points])
            for part in ("policy.L", "policy.R", "interplay", "all pairs")
        }
        for part, (variance, error) in parts.items():
            row = {"scenario": "uneven", "part": part, "outcome": outcome, "horizon_days": day, "variance": variance}
            told = {name: of[0] > 1.959964 * of[1] for name, of in parts.items()}
            row |= {"se": error, "sd": math.sqrt(variance) if told[part] else math.nan}
            row |= {"share": variance / parts["all pairs"][0] if told[part] and told["all pairs"] else math.nan}
            expected.append(row | {"resolved": told[part]})
    assert_table(compute_pairs(results, ["Q2"], [17, 9])[1], expected)
    odds = compute_odds(results, ["Q2"], [17])["sd_policies"]
    assert odds.tolist() == pytest.approx([expected[3]["sd"]] * 6), "the odds know the same spread"


def test_regrets_are_those_of_loops_over_the_histories(uneven_pairs: tuple[Uneven, Results]):
    sweep, results = uneven_pairs
    names = [list(dict.fromkeys(levels[side] for levels in sweep.levels)) for side in (0, 1)]
    expected = []
    for side, factor in enumerate(sweep.factors):
        for policy in names[side]:
            for opponent in [*names[1 - side], ANY]:
                for outcome, day in CELLS:
                    values, replicates = sweep.outcomes(outcome, day)
                    regrets, best, alone = [], [], []
                    for other in names[1 - side] if opponent == ANY else [opponent]:
                        at = {levels[side]: i for i, levels in enumerate(sweep.levels) if levels[1 - side] == other}
                        for i in range(len(replicates)):
                            here = {own: values[point][i] for own, point in at.items()}
                            regrets.append(here[policy] - min(here.values()))
                            best.append(all(here[policy] <= value for value in here.values()))
                            alone.append(all(here[policy] < here[own] for own in here if own != policy))
                    n = len(replicates)
                    by_history = [mean(regrets[i::n]) for i in range(n)]
                    row = {"scenario": "uneven", "factor": factor, "policy": policy, "opponent": opponent}
                    row |= {"outcome": outcome, "horizon_days": day, "mean": mean(regrets)}
                    row |= {"se": error_of_mean(by_history, replicates), "q90": quantile(regrets, 0.9)}
                    expected.append(row | {"best": mean(best), "best_alone": mean(alone)})
    assert_table(compute_pairs(results, ["Q2"], [17, 9])[2], expected)


def test_the_spread_over_policies_is_taken_where_all_else_is_alike(tmp_path: Path):
    sweep = uneven({"policy.L": ("P0", "P4", "P2"), "world.pace": ("1", "3")})
    results = sweep.write(tmp_path / "uneven")
    values, replicates = sweep.outcomes("Q7", 9)
    same = [[a[1] == b[1] for b in sweep.levels] for a in sweep.levels]
    weights = [[float(i == j) - same[i][j] / 3 for j in range(6)] for i in range(6)]
    expected = math.sqrt(spread_of(values, replicates, weights)[0])
    assert compute_odds(results, ["Q7"], [9])["sd_policies"].tolist() == pytest.approx([expected] * 6)
    assert not has_pairs(results)


def test_other_folders_read_the_spread_from_the_structural_sweep(place: Path, pulled: Results, paired: Results):
    paired.write_table("odds", compute_odds(paired))
    table = compute_odds(pulled, ["Q1"], [8])
    assert table["sd_policies"].to_numpy() == pytest.approx(
        compute_odds(paired, ["Q1"], [8])["sd_policies"].iloc[0], abs=1e-6
    )
    assert compute_odds(pulled, ["Q1"], [4])["sd_policies"].isna().all(), "not known at that day"
    changed = pulled.manifest | {"resolved": pulled.manifest["resolved"] | {"theatre": {}}}
    assert compute_odds(Results(pulled.path, changed), ["Q1"], [8])["sd_policies"].isna().all(), "another theatre"
    (place / "results" / "policy-pairs" / "odds.csv").unlink()
    assert compute_odds(pulled, ["Q1"], [8])["sd_policies"].isna().all()


def test_sheets_of_pairs_show_grid_spread_and_regret(paired: Results):
    sheets = pairs_sheets(paired, *compute_pairs(paired))
    assert sheets[0].headings == ("policy", "P0", "P1")
    assert [row[0] for row in sheets[0].rows] == ["P0 none", "P4 disproportionate"]
    assert len(sheets) == 9
    assert "a choice and no finding" in pairs_notes(paired)[0]


def test_an_unfinished_sweep_has_no_pairs_yet(paired: Results):
    with pytest.raises(InputError, match="once the sweep is finished"):
        compute_pairs(Results(paired.path, paired.manifest | {"replicates": 400}))


def test_committed_tables_are_read(pulled: Results, paired: Results, tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    pulled.write_table(TABLE, compute_levers(pulled))
    for name, table in zip((PAIRS_TABLE, SPREADS, REGRET), compute_pairs(paired), strict=True):
        paired.write_table(name, table)
        (tmp_path / "b" / f"{name}.csv").write_bytes((paired.path / f"{name}.csv").read_bytes())
    (tmp_path / "a" / f"{TABLE}.csv").write_bytes((pulled.path / f"{TABLE}.csv").read_bytes())
    for source, folder in ((pulled, "a"), (paired, "b")):
        (tmp_path / folder / "points.csv").write_bytes((source.path / "points.csv").read_bytes())
    bare = compute_levers(Results(tmp_path / "a", pulled.manifest), questions=["Q1"])
    assert bare["rank"].tolist() == compute_levers(pulled, questions=["Q1"])["rank"].tolist()
    again = compute_pairs(Results(tmp_path / "b", paired.manifest))
    assert [len(table) for table in again] == [len(table) for table in compute_pairs(paired)]
