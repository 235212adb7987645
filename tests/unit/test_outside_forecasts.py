"""Forecasts of others beside simulated odds: known answers, what cannot be compared, and faults of their file."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from tiny import write_scenario

from sim.core.errors import InputError
from sim.core.shipped_data import shipped_folder
from sim.report.table_sheets import beside_notes, beside_sheets
from sim.results.analysis.odds import compute_odds
from sim.results.analysis.outside_forecasts import FORECASTS, compute_beside, read_forecasts
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

HEAD = "id,date,source,statement,definition,question,horizon_days,chance,resolution,source_url,accessed,note"
SHIPPED = shipped_folder() / "lebanon-2023" / FORECASTS


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("beside")
    return Results.open(run_blocks(Scenario.load(write_scenario(folder)), folder / "out", replicates=60, seed=3))


def write(folder: Path, *rows: str) -> Path:
    path = folder / FORECASTS
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


def compare(results: Results, monkeypatch: pytest.MonkeyPatch, path: Path) -> pd.DataFrame:
    monkeypatch.setattr(Results, "find_beside", lambda *_: path)
    return compute_beside(results)


def test_odds_and_scores_are_those_of_the_same_question_at_the_nearest_horizon(results, monkeypatch, tmp_path):
    path = write(
        tmp_path,
        "A,2023-11-05,They,war soon,,Q1,7,0.3,yes,,,",
        "B,2023-11-07,They,many die,,killed > 3 in Leftland + Rightland,30,0.25,no,,,",
        "C,2023-11-07,They,war,,Q1,8,0.9,,,,",
    )
    table = compare(results, monkeypatch, path)
    odds = compute_odds(results, ["Q1"], [5]).query("point == 0").iloc[0]
    first, second, third = table.to_dict("records")
    assert (first["horizon_days"], first["window"]) == (5, "2023-11-05 to 2023-11-12; here 2023-11-07 to 2023-11-12")
    assert [first[name] for name in ("n", "events", "estimate", "low", "high")] == [
        odds[name] for name in ("n", "events", "estimate", "low", "high")
    ]
    assert first["brier"] == pytest.approx(0.49)
    assert first["brier_simulated"] == pytest.approx((1 - odds["estimate"]) ** 2)
    rows = results.read(["failed", "killed_Leftland_at_8", "killed_Rightland_at_8"], 0)
    killed = rows[~rows["failed"]][["killed_Leftland_at_8", "killed_Rightland_at_8"]].sum(axis=1)
    assert second["estimate"] == pytest.approx((killed > 3).mean())
    assert second["brier"] == pytest.approx(0.0625)
    assert pd.isna(third["brier"]), "what is not resolved has no score"
    mean = (first["brier_simulated"] + second["brier_simulated"]) / 2
    note = f"Brier score over the 2 that both answer: theirs {(0.49 + 0.0625) / 2:.3f}, simulated {mean:.3f}."
    assert beside_notes(results, table)[0].startswith(note)


def test_what_cannot_be_compared_says_why(results, monkeypatch, tmp_path):
    path = write(
        tmp_path,
        "A,2023-11-07,They,other front,,,30,0.3,yes,,,of another war",
        "B,2023-11-07,They,war,,Q1,8,,no,,,a word and no number",
        "C,2024-06-01,They,war,,Q1,8,0.5,no,,,",
        "D,2023-11-07,They,truce,,Q9,8,0.5,no,,,",
        "E,2023-11-07,They,killed,,killed > 9 in Leftland + Elsewhere,8,0.5,no,,,",
    )
    table = compare(results, monkeypatch, path)
    assert table["reason"].tolist() == [
        "of another war",
        "a word and no number",
        "made more than 31 days from the start, so that it knows other things",
        "Q9 is not asked in this scenario",
        "Elsewhere is not asked in this scenario",
    ]
    assert table[["estimate", "brier", "brier_simulated"]].isna().all(axis=None)
    (sheet,) = beside_sheets(results, table)
    assert [row[1] for row in sheet.rows] == table["reason"].tolist()
    assert {row[3] for row in sheet.rows} == {"–"}
    assert beside_notes(results, table)[0].startswith("Brier score over the 0 that both answer: theirs –, simulated –.")


def test_without_a_file_there_is_nothing_to_compare(results, monkeypatch):
    with pytest.raises(InputError, match="there is nothing to compare"):
        compare(results, monkeypatch, None)


def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    path = write(tmp_path, "A,soon,They,war,,Q1,x,1.2,perhaps,,,", ",2023-11-07,,,,,,,,,,")
    with pytest.raises(InputError) as refused:
        read_forecasts(path)
    keys = [problem.key.rpartition(", ")[2] for problem in refused.value.problems]
    assert sorted(keys) == sorted(["date", "horizon_days", "chance", "resolution", "id", "source", "statement"])


def test_the_shipped_forecasts_have_sources_and_reasons():
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["source_url"] and row["accessed"] for row in rows)
    assert all(row["question"] or row["note"] for row in rows), "what is not compared says why"
    forecasts = {one["id"]: one for one in read_forecasts(SHIPPED)}
    assert len(forecasts) == len(rows) == 29
    first, ninth = forecasts["F01"], forecasts["F09"]
    assert (first["chance"], first["came"], first["question"]) == (0.56, False, "killed > 411 in Israel + Lebanon")
    assert (ninth["chance"], ninth["came"], ninth["question"], ninth["horizon_days"]) == (0.03, True, "Q9", 30)
