"""Odds against definitions: that of the run gives its own answers, bit for bit; others move them as they must."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ally import LEVERS, write_with_allies

from sim.core.errors import InputError
from sim.report.table_sheets import definitions_notes, definitions_sheets
from sim.results.analysis.odds import compute_odds
from sim.results.analysis.odds_by_definition import (
    ALTERNATIVES,
    AS_RUN,
    DEFINITIONS,
    compute_definitions,
    judge_columns,
    read_changes,
    read_chunks,
)
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("definitions")
    scenario = Scenario.load(write_with_allies(folder, LEVERS))
    return Results.open(run_blocks(scenario, folder / "out", replicates=100, seed=3, block_size=48))


@pytest.mark.parametrize("point", [0, 3])
def test_the_definition_of_the_run_gives_its_answers_bit_for_bit(
    results: Results, point: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sim.results.analysis.odds_by_definition._CHUNK", 40)
    found = [judge_columns(results, point, rows, {AS_RUN: {}})[AS_RUN] for rows in read_chunks(results, point)]
    assert len(found) == 3
    own = results.read(list(found[0]), point)
    for name in found[0]:
        judged = np.concatenate([one[name] for one in found])
        assert judged.dtype == own[name].dtype, name
        assert np.array_equal(judged, own[name].to_numpy()), name
    assert np.isfinite(own["Q10_day"]).any(), "the world has regional wars to judge"
    assert np.isinf(own["Q10_day"]).any()


def test_as_run_is_the_table_of_odds(results: Results):
    table = compute_definitions(results)
    ours = table[table["definition"] == AS_RUN].set_index(["question", "horizon_days"])
    theirs = compute_odds(results).query("point == 0").set_index(["question", "horizon_days"]).loc[ours.index]
    for column in ("n", "events", "estimate", "low", "high"):
        assert ours[column].tolist() == theirs[column].tolist()
    assert set(table["question"]) == {"Q1", "Q10", "O0", "O1", "O2", "O3", "O4"}
    assert set(table["definition"]) == {AS_RUN, *ALTERNATIVES}


def test_looser_thresholds_make_more_wars_and_tighter_ones_fewer(results: Results):
    chosen = {"loose": {"campaign_acts": 2.0}, "tight": {"campaign_acts": 50.0}, "late": {"campaign_days": 5.0}}
    events = compute_definitions(results, chosen, ["Q1"], [8]).set_index("definition")["events"]
    assert events["loose"] > events[AS_RUN] > events["tight"]
    assert events["late"] <= events[AS_RUN]


def test_decided_campaigns_only_are_the_campaigns_that_were_decided(results: Results):
    events = compute_definitions(results, questions=["Q1"], horizons=[8]).set_index("definition")["events"]
    decided = (results.read(["campaign_day"], 0)["campaign_day"] <= 8).sum()
    assert events["decided campaigns only"] == decided < events[AS_RUN]


def test_more_fronts_make_fewer_regional_wars(results: Results):
    chosen = {str(number): {"regional_parties": float(number)} for number in (1, 2, 3)}
    events = compute_definitions(results, chosen, ["Q10"], [8]).set_index("definition")["events"]
    assert events["1"] > events["2"] == events[AS_RUN] > events["3"]


def test_any_point_and_any_horizon_can_be_judged(results: Results):
    table = compute_definitions(results, {}, ["Q1"], [4], [3])
    assert table[["point", "definition", "horizon_days"]].to_numpy().tolist() == [[3, AS_RUN, 4]]
    assert table["events"].item() == (results.read(["Q1_day"], 3)["Q1_day"] <= 4).sum()


def test_sheets_have_a_row_for_each_definition(results: Results):
    sheets = definitions_sheets(results, compute_definitions(results))
    assert [row[0] for row in sheets[0].rows] == [AS_RUN, *ALTERNATIVES]
    assert "keeps that course" in definitions_notes()[0]


def test_committed_definitions_are_read(results: Results, tmp_path: Path):
    results.write_table(DEFINITIONS, compute_definitions(results))
    (tmp_path / f"{DEFINITIONS}.csv").write_bytes((results.path / f"{DEFINITIONS}.csv").read_bytes())
    bare = Results(tmp_path, results.manifest)
    assert (
        compute_definitions(bare, questions=["Q1"])["events"].tolist()
        == compute_definitions(results, questions=["Q1"])["events"].tolist()
    )


def test_a_run_without_daily_totals_is_refused(tmp_path: Path):
    path = write_with_allies(tmp_path)
    path.write_text(path.read_text().replace("step_days = 1.0", "step_days = 1.0\ndaily = false"))
    results = Results.open(run_blocks(Scenario.load(path), tmp_path / "out", replicates=8, seed=3))
    with pytest.raises(InputError, match="kept no daily totals"):
        compute_definitions(results)


def test_thresholds_are_read_with_their_bounds():
    assert read_changes(["definition.campaign_days=2", "war_killed = 500"]) == {"campaign_days": 2, "war_killed": 500}
    for text, message in (
        ("definition.campain_days=2", 'did you mean "definition.campaign_days"'),
        ("definition.campaign_days=two", '"two" is not a number'),
        ("definition.campaign_days", "is not a number"),
        ("definition.campaign_days=8", "between 1 and 7"),
    ):
        with pytest.raises(InputError, match=message):
            read_changes([text])


def test_every_shipped_alternative_is_a_definition():
    for changes in ALTERNATIVES.values():
        assert read_changes(f"{key}={value}" for key, value in changes.items()) == dict(changes)
