"""Entries and times: shares are counts, competing risks add up, curves end where the odds are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ally import write_with_allies
from tiny import write_scenario

from sim.engine.war_entry import TRIGGERS
from sim.report.table_sheets import entries_sheets
from sim.results.analysis.entries import (
    ENTRIES,
    FIRST,
    INCIDENCE,
    NONE,
    REGIONAL,
    WAR,
    choose_curve_days,
    compute_entries,
    compute_incidence,
    share_arrived,
)
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("entries")
    scenario = Scenario.load(write_with_allies(folder))
    return Results.open(run_blocks(scenario, folder / "out", replicates=200, seed=3))


def test_entries_are_counts_of_the_rows(results: Results):
    table = compute_entries(results).set_index(["horizon_days", "party"])
    rows = results.read(["joined_A_day", "joined_A_trigger", "joined_B_day", "first_to_join"])
    joined = rows["joined_A_day"] <= 8
    assert table.loc[(8, "A"), "joined"] == joined.sum() > 0
    earlier = joined & (rows["joined_A_day"] < rows["joined_B_day"])
    assert earlier.mean() <= table.loc[(8, "A"), "first"] <= table.loc[(8, "A"), "share"]
    assert table.loc[(8, "A"), "day_median"] == rows["joined_A_day"][joined].median()
    ally = (rows["joined_A_trigger"][joined] == TRIGGERS.index("an ally at war")).mean()
    assert table.loc[(8, "A"), "an ally at war"] == ally > 0
    assert (table["first_low"] <= table["first"]).all()
    assert (table["first"] <= table["first_high"]).all()


def test_triggers_of_all_entries_add_up(results: Results):
    table = compute_entries(results)
    assert table[table["joined"] > 0][list(TRIGGERS)].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert table[table["joined"] == 0][list(TRIGGERS)].isna().all(axis=None)


def test_first_to_join_adds_up_with_nobody(results: Results):
    table = compute_entries(results).query("horizon_days == 8")
    nobody = (results.read(["first_to_join"])["first_to_join"] == -1).mean()
    assert table["first"].sum() + nobody == pytest.approx(1.0)


def test_competing_risks_add_up_on_every_day_and_never_fall(results: Results):
    table = compute_incidence(results)
    assert set(table["curve"]) == {FIRST, WAR, REGIONAL}
    assert table.groupby(["curve", "day"])["share"].sum().to_numpy() == pytest.approx(1.0)
    for (_, risk), rows in table.groupby(["curve", "risk"]):
        steps = rows.sort_values("day")["share"].diff().dropna()
        assert (steps <= 1e-12).all() if risk == NONE else (steps >= 0).all()
    assert (table.query("day == 0 and risk == 'none'")["share"] == 1).all()


def test_curves_pass_through_the_odds(results: Results):
    table = compute_incidence(results).set_index(["curve", "risk", "day"])["share"]
    rows = results.read(["Q1_day", "Q10_day", "campaign_day", "war_day"])
    for day in (2, 5, 8):
        assert 1 - table[WAR, NONE, day] == pytest.approx((rows["Q1_day"] <= day).mean())
        assert table[REGIONAL, REGIONAL, day] == pytest.approx((rows["Q10_day"] <= day).mean())
    decided = (rows["campaign_day"] <= rows["war_day"]) & (rows["war_day"] <= 8)
    assert table[WAR, "begun by a decision", 8] == pytest.approx(decided.mean())
    share = compute_entries(results).query("horizon_days == 5").set_index("party")["first"]
    assert table[FIRST, "A", 5] == pytest.approx(share["A"])


def test_arrivals_by_hand():
    assert share_arrived(np.array([1.0, 3.0, np.inf, 3.0]), np.array([0, 1, 2, 3])).tolist() == [0, 0.25, 0.25, 0.75]


def test_curves_are_told_at_every_horizon(results: Results):
    assert {0, 2, 5, 8} == set(choose_curve_days(results).tolist())


def test_where_nobody_may_join_there_are_no_entries(tmp_path: Path):
    results = Results.open(run_blocks(Scenario.load(write_scenario(tmp_path)), tmp_path / "out", replicates=8, seed=3))
    assert compute_entries(results).empty
    assert entries_sheets(results, compute_entries(results)) == []
    assert set(compute_incidence(results)["curve"]) == {WAR, REGIONAL}


def test_sheets_name_parties_and_triggers_and_tables_are_read(results: Results, tmp_path: Path):
    sheet = entries_sheets(results, compute_entries(results))[0]
    assert [row[0] for row in sheet.rows] == ["Ally of Right", "Ally of Left"]
    assert "an ally at war" in sheet.rows[0][1]
    for name, table in ((ENTRIES, compute_entries(results)), (INCIDENCE, compute_incidence(results))):
        results.write_table(name, table)
        (tmp_path / f"{name}.csv").write_bytes((results.path / f"{name}.csv").read_bytes())
    bare = Results(tmp_path, results.manifest)
    assert compute_entries(bare)["joined"].tolist() == compute_entries(results)["joined"].tolist()
    assert compute_incidence(bare)["share"].tolist() == pytest.approx(
        compute_incidence(results)["share"].tolist(), abs=1e-6
    )
