"""Levers and pairs: paired differences, ranks and how sure they are, spread and regret."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ally import LEVERS, PAIRS, write_with_allies

from sim.core.errors import InputError
from sim.report.table_sheets import levers_notes, levers_sheets, pairs_notes, pairs_sheets
from sim.results.analysis.comparison import compare_points
from sim.results.analysis.levers import KILLED_OF_ALL, compute_levers, has_levers, name_levels
from sim.results.analysis.levers import LEVERS as TABLE
from sim.results.analysis.odds import compute_odds
from sim.results.analysis.pairs import ANY, REGRET, SPREADS, compute_pairs, has_pairs, measure_regret
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


def test_a_lever_is_compared_as_two_points_are(pulled: Results):
    ours = compute_levers(pulled).set_index(["lever", "outcome", "horizon_days"])
    theirs = compare_points((pulled, 0), (pulled, 1), ["Q1"], [8]).iloc[0]
    row = ours.loc[("fewer acts", "Q1", 8)]
    for column in ("n", "first", "second", "difference", "se_paired", "se_independent", "factor", "gain"):
        assert row[column] == theirs[column]
    assert row["low"] == pytest.approx(row["difference"] - 1.96 * row["se_paired"], abs=1e-4)


def test_ranks_follow_the_differences_and_chances_add_up(pulled: Results):
    table = compute_levers(pulled)
    for _, rows in table.groupby(["outcome", "horizon_days"]):
        assert sorted(rows["rank"]) == [1, 2, 3]
        assert rows.sort_values("rank")["difference"].is_monotonic_increasing
        chances = rows[["chance_rank_1", "chance_rank_2", "chance_rank_3"]]
        assert chances.sum(axis=1).to_numpy() == pytest.approx(1.0)
        assert chances.sum(axis=0).to_numpy() == pytest.approx(1.0)
        assert (rows["rank_low"] <= rows["rank"]).all()
        assert (rows["rank"] <= rows["rank_high"]).all()
    last = table.query("outcome == 'Q5' and horizon_days == 8").set_index("lever")
    assert last.loc["fewer acts", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    assert last.loc["nothing at all", "difference"] == 0


def test_the_killed_of_all_sides_stand_beside_the_odds(pulled: Results):
    row = compute_levers(pulled, horizons=[5]).query(f"outcome == '{KILLED_OF_ALL}' and lever == 'more acts'").iloc[0]
    names = [f"killed_{place}_at_5" for place in ("Leftland", "Rightland")]
    sums = [pulled.read(names, point)[names].sum(axis=1).mean() for point in (0, 3)]
    others = [name for name in pulled.columns if name.startswith("killed_") and name.endswith("_at_5")]
    assert set(names) <= set(others)
    assert [row["first"], row["second"]] == pytest.approx(
        [pulled.read(others, point)[others].sum(axis=1).mean() for point in (0, 3)]
    )
    assert sums[0] < sums[1]


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
    assert name_levels(paired)[1] == "P0 none, P1 tit-for-tat"
    with pytest.raises(InputError, match="varies more or less than the policies of two parties"):
        compute_pairs(pulled)


def test_sheets_of_levers_are_in_the_order_of_ranks(pulled: Results):
    sheets = levers_sheets(pulled, compute_levers(pulled))
    assert [row[0] for row in sheets[0].rows] == ["fewer acts", "nothing at all", "more acts"]
    assert "as it is:" in sheets[-1].title
    assert sheets[-1].title.startswith("Killed of all sides")
    assert "different seeds" in levers_notes(pulled)[0]


def test_pairs_spread_and_regret_tell_of_the_same_odds(paired: Results):
    grid, spreads, regret = compute_pairs(paired)
    theirs = compute_odds(paired, ["Q1"], [8]).set_index("point")["estimate"]
    ours = grid.query("outcome == 'Q1' and horizon_days == 8").set_index("point")["estimate"]
    assert ours.to_dict() == theirs.to_dict()
    parts = spreads.query("outcome == 'Q1' and horizon_days == 8").set_index("part")["variance"]
    assert parts.drop("all pairs").sum() == pytest.approx(parts["all pairs"])
    deviation = np.sqrt(max(parts["all pairs"], 0))
    assert compute_odds(paired, ["Q1"], [8])["sd_policies"].to_numpy() == pytest.approx(deviation)
    assert (regret["mean"] >= 0).all()
    assert (regret["best_alone"] <= regret["best"]).all()


def test_regret_by_hand():
    assert measure_regret(np.array([[1.0, 0.0], [0.0, 0.0], [3.0, 2.0]])).tolist() == [[1, 0], [0, 0], [3, 2]]


def test_regret_is_taken_history_by_history(paired: Results):
    _, _, regret = compute_pairs(paired, ["Q1"], [8])
    held = [(paired.read(["Q1_day"], point)["Q1_day"] <= 8).to_numpy(dtype=float) for point in (0, 2)]
    worse = np.mean(held[1] - np.minimum(*held))
    row = regret.query("factor == 'policy.L' and policy == 'P4 disproportionate' and opponent == 'P0 none'")
    row = row[row["outcome"] == "Q1"].iloc[0]
    assert row["mean"] == pytest.approx(worse)
    assert row["best"] == pytest.approx(np.mean(held[1] <= held[0]))
    assert row["best_alone"] == pytest.approx(np.mean(held[1] < held[0]))
    assert set(regret["opponent"]) == {ANY, "P0 none", "P1 tit-for-tat", "P4 disproportionate"}


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
