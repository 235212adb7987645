"""Odds: what is counted, how sure it is, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from tiny import write_scenario

from sim.core.errors import InputError
from sim.core.intervals import interval
from sim.report.odds_sheets import killed_sheets, odds_notes, odds_sheets, split_sheets, whole_sheets
from sim.results.analysis.cluster_errors import estimate_size
from sim.results.analysis.odds import compute_killed, compute_odds, count_odds
from sim.results.reading.question_outcomes import list_questions
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("odds")
    scenario = Scenario.load(write_scenario(folder))
    return Results.open(run_blocks(scenario, folder / "out", replicates=60, seed=3))


@given(st.integers(1, 5000), st.data())
def test_interval_is_proper(n: int, data: st.DataObject):
    events = data.draw(st.integers(0, n))
    low, high = interval(events, n)
    assert 0 <= low <= events / n <= high <= 1
    assert (low == 0) == (events == 0)
    assert (high == 1) == (events == n)
    wilson = binomtest(events, n).proportion_ci(0.95, method="wilson")
    assert (low, high) == pytest.approx((wilson.low, wilson.high), abs=1e-12)


def test_no_success_in_200_is_not_impossible():
    assert interval(0, 200) == (0.0, pytest.approx(0.0188, abs=1e-4))
    assert interval(0, 0) == (0.0, 1.0)


def test_odds_are_the_shares_of_the_rows(results: Results):
    table = compute_odds(results).set_index(["point", "question", "horizon_days"])
    rows = results.read(["Q1_day", "Q8_at_5", "state_at_5"], point=1)
    assert table.loc[(1, "Q1", 5), "events"] == (rows["Q1_day"] <= 5).sum()
    assert table.loc[(1, "Q8", 5), "events"] == rows["Q8_at_5"].sum()
    assert table.loc[(1, "O1", 5), "events"] == (rows["state_at_5"] == 1).sum()
    assert (table["n"] == 60).all()
    assert (table["kind"] == "Monte Carlo").all()
    assert (table["estimate"] == table["events"] / 60).all()


def test_odds_never_fall_with_the_horizon(results: Results):
    table = compute_odds(results, horizons=list(range(1, 9)), questions=["Q1", "Q5"])
    for _, rows in table.groupby(["point", "question"]):
        assert (rows.sort_values("horizon_days")["events"].diff().dropna() >= 0).all()
    assert table["events"].max() > 0, "the tiny world has wars"


def test_states_share_all_replicates_and_war_is_the_first_question(results: Results):
    table = compute_odds(results).set_index(["question", "point", "horizon_days"])["events"]
    total = table["O0"] + table["O1"] + table["O2"]
    assert (total == 60).all()
    assert (table["O2"] == table["Q1"]).all()


def test_states_are_left_out_where_they_were_not_noted(results: Results):
    assert set(compute_odds(results, horizons=[3])["question"]) == {"Q1", "Q5"}
    with pytest.raises(InputError, match="known at the days 2, 5, 8 only"):
        compute_odds(results, questions=["O1"], horizons=[3])


def test_unknown_questions_and_days_are_refused(results: Results):
    with pytest.raises(InputError, match=r'"Q11" is not asked here; did you mean "Q1"\?'):
        compute_odds(results, questions=["Q11"])
    with pytest.raises(InputError, match="must be between 1 and 8 days"):
        compute_odds(results, horizons=[9])


def test_killed_of_both_sides_stand_together(results: Results):
    table = compute_killed(results)
    assert set(table["location"]) == {"Leftland", "Rightland"}
    assert (table["q05"] <= table["median"]).all()
    assert (table["median"] <= table["q95"]).all()
    by = table.set_index(["counted", "point", "location", "horizon_days"])["q95"]
    assert (by["civilians"] <= by["killed"]).all()
    rows = results.read(["killed_Leftland_at_8"], point=0)["killed_Leftland_at_8"]
    one = table.query("point == 0 and location == 'Leftland' and horizon_days == 8 and counted == 'killed'")
    assert one["median"].item() == np.quantile(rows, 0.5, method="inverted_cdf")
    sheet = killed_sheets(results, table)[0]
    assert {row[1] for row in sheet.rows} == {"Leftland", "Rightland", "  civilians"}
    assert compute_killed(results, [5])["horizon_days"].unique().tolist() == [5]


def test_failed_replicates_are_counted_and_not_in_the_odds(results: Results, monkeypatch: pytest.MonkeyPatch):
    real = Results.read

    def read(self, columns, point=None):
        rows = real(self, columns, point)
        rows["failed"] = rows["replicate"] < 10
        return rows

    monkeypatch.setattr(Results, "read", read)
    table = compute_odds(results)
    assert (table["n"] == 50).all()
    assert (table["failed"] == 10).all()
    assert any("20 replicates failed" in note and "not in the odds" in note for note in odds_notes(results, table))
    assert (compute_killed(results)["n"] == 50).all()


def test_where_all_failed_there_are_no_odds(results: Results, monkeypatch: pytest.MonkeyPatch):
    real = Results.read
    monkeypatch.setattr(
        Results, "read", lambda self, columns, point=None: real(self, columns, point).assign(failed=True)
    )
    table = compute_odds(results)
    assert table["estimate"].isna().all()
    assert (table["low"] == 0).all()
    assert (table["high"] == 1).all()
    assert odds_sheets(results, table)[0].rows[0][-1] == "–"
    assert compute_killed(results)["median"].isna().all()
    assert killed_sheets(results, compute_killed(results))[0].rows[0][-1] == "–"


def test_every_table_says_what_it_rests_on(results: Results):
    text = "\n".join(odds_notes(results, compute_odds(results)))
    assert "Reference class: invented disputes that became a war: 20 % (10–30 %)" in text
    assert "conditional statements" in text
    assert "Left-Right front" in text
    assert "parameters that a file states are assumptions" in text
    assert "n = 60 finished replicates a point, seed 3" in text
    assert "Monte Carlo error only" in text
    assert "own draw from the priors" in text


def test_sheets_have_a_row_for_each_point_and_markdown_keeps_them(results: Results):
    sheets = odds_sheets(results, compute_odds(results))
    assert len(sheets) == len(list_questions(results))
    assert [row[:2] for row in sheets[0].rows] == [("0", "0"), ("1", "0.9")]
    lines = sheets[0].markdown().splitlines()
    assert lines[2] == "| point | policy.L.climb | 2 days | 5 days | 8 days |"
    assert lines[3] == "| :--- | :--- | ---: | ---: | ---: |"


def test_intervals_stand_on_the_effective_number(results: Results):
    table = compute_odds(results, ["Q1"], [5]).set_index("point")
    rows = results.read(["Q1_day"], point=1)
    size = estimate_size((rows["Q1_day"] <= 5).to_numpy()[:, None], rows["replicate"].to_numpy())[0]
    share = table.loc[1, "estimate"]
    assert table.loc[1, "n_effective"] == size
    assert (table.loc[1, "low"], table.loc[1, "high"]) == interval(share * size, size)
    assert (compute_odds(results)["n_effective"] <= 60).all()


def test_every_table_of_odds_carries_its_split(results: Results):
    table, variance = count_odds(results)
    wanted = {"se_monte_carlo", "sd_calibrated", "sd_assumed", "sd_interaction", "sd_policies", "assumed_parameters"}
    assert wanted <= set(table.columns)
    assert (table["assumed_parameters"] == results.manifest["assumptions"]["assumed"]).all()
    shares = [f"share_{part}" for part in ("calibrated", "assumed", "interaction", "luck")]
    varied = table[table["events"].between(1, 59)]
    assert varied[shares].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(varied)))
    assert table[["sd_calibrated", "sd_assumed", "sd_interaction"]].min().min() == 0.0, (
        "an estimate below 0 is shown as 0"
    )
    raw = variance.pivot_table(index=["point", "question", "horizon_days"], columns="part", values="variance")
    assert raw["calibrated"].min() < 0, "and kept as it is in the longer table"
    assert variance["se"].max() > 0
    odd, split = whole_sheets(results, table)[:2]
    assert odd == odds_sheets(results, table)[0]
    assert split == split_sheets(results, table)[0]
    assert split.headings[2:] == ("odds", "s.e.", "calibrated", "assumed", "both", "policies", "luck share")
    assert any("knowing more would" in note for note in odds_notes(results, table))


def test_without_a_structural_sweep_the_policies_are_blank(results: Results):
    table = compute_odds(results)
    assert table["sd_policies"].isna().all()
    assert any("policies: not known here" in note for note in odds_notes(results, table))
    assert {row[-2] for row in split_sheets(results, table)[0].rows} == {"–"}
