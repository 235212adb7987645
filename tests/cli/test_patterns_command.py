"""``sim patterns``: one screen, the same as JSON and CSV, and what is wrong in a sentence."""

from __future__ import annotations

import json
import sys
from datetime import date

import pandas as pd
import pytest
from tiny import BASE, write_scenario

from sim.evidence import Incident, Ledger

LEDGER, SIRENS = "lebanon-2023/ledger.csv", "lebanon-2023/sirens.csv"


def test_a_record_ends_on_one_screen(sim):
    done = sim(
        "patterns", LEDGER, "--series", "ISR", "--series", "HZB+HAM", "--from", "2023-10-08", "--to", "2023-11-06"
    )
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert len(lines) <= 24
    assert lines[0] == "ledger.csv: 30 days"
    assert any(line.startswith("correlation, 1 week ") and "ISR after HZB+HAM" in line for line in lines)
    assert "record" not in lines[5]


def test_sirens_remember_from_week_to_week(sim):
    """Weekly autocorrelation .58, daily .32: acts as the fit merges them, 45 weeks from the start of the scenarios."""
    span = ("--merge", 45, "--from", "2023-11-07", "--to", "2024-09-16")
    found = json.loads(sim("patterns", SIRENS, *span, "--json").out)["patterns"]
    rows = {(row["statistic"], row["lag"], row["unit"]): row["value"] for row in found}
    assert rows["correlation", 1, "weeks"] == pytest.approx(0.577, abs=0.001)
    assert rows["correlation", 1, "days"] == pytest.approx(0.325, abs=0.001)
    assert rows["variance over mean", 1, "days"] == pytest.approx(1.16, abs=0.01)


def test_histories_stand_beside_a_record(sim, tmp_path):
    scenario = write_scenario(tmp_path, BASE.replace("horizon_days = 8", "horizon_days = 20"))
    pairs = ("--series", "side_b=ISR", "--series", "side_a=HZB")
    beside = ("--beside", LEDGER, "--from", "2023-10-08", "--to", "2023-11-06", "--out", tmp_path / "all.csv")
    done = sim("patterns", scenario, "--replicates", 24, "--jobs", 1, "--quiet", *pairs, *beside)
    assert done.status == 0, done.err
    assert len(done.out.splitlines()) <= 24
    assert done.out.splitlines()[0] == "tiny.toml beside ledger.csv: 20 days of 24 histories"
    table = pd.read_csv(tmp_path / "all.csv").set_index(["statistic", "of", "lag"])
    assert table.loc[("mean a day", "side_b", 0), "record"] == pytest.approx(14 / 20, abs=0.4)
    told = table["beyond"].dropna()
    few = sim("patterns", scenario, "--replicates", 8, "--jobs", 1, "--quiet", "--series", "side_a", "--beside", LEDGER)
    assert (few.status, few.out) == (2, "")
    assert "has 2 series and tiny.toml 1; name them in pairs, as side_b=HZB" in few.err
    assert told.between(0, 1).all()
    shown = set(told.index.get_level_values(0))
    assert {"Granger p-value", "response", "episodes, one-sided"} <= shown
    assert "response, low" not in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((LEDGER, "--series", "HBZ"), 'ledger.csv: --series: "HBZ" is not known; did you mean "HZB"?'),
        ((SIRENS, "--from", "2023-11-30", "--to", "2023-11-30"), "has 1 known days in this time; patterns need 14"),
        ((SIRENS, "--from", "yesterday"), '--from: "yesterday" is not a date'),
        (("nowhere.csv",), "nowhere.csv: no such file"),
        (("pyproject.toml",), "theatre"),
        ((SIRENS, "--beside", LEDGER), "--beside: stands beside histories, and lebanon-2023/sirens.csv is a record"),
        ((SIRENS, "--seen", "0.5"), "--seen: thins or picks histories, and lebanon-2023/sirens.csv is a record"),
        ((SIRENS, "--without", "Q1"), "--without: thins or picks histories, and lebanon-2023/sirens.csv is a record"),
        (
            ("baseline", "--series", "side_a"),
            "keeps no histories with daily totals; run the sweep again",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(sim, words, message):
    done = sim("patterns", *words)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--series", "side_c"), '--series: "side_c" is not known; did you mean "side_'),
        (("--without", "Q99"), '--without: "Q99" is not asked here; '),
        (("--series", "side_a", "--beside", LEDGER), "has 2 series and tiny.toml 1; name them in pairs"),
    ],
)
def test_a_mistake_is_told_before_any_history_is_run(sim, tmp_path, monkeypatch, words, message):
    scenario = write_scenario(tmp_path, BASE.replace("horizon_days = 8", "horizon_days = 20"))
    monkeypatch.setattr("sim.results.reading.unsaved_results.run_point", None)
    done = sim("patterns", scenario, *words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err


def test_without_statsmodels_all_but_the_autoregression_is_there(sim, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.api", None)
    done = sim("patterns", LEDGER, "--json")
    assert (done.status, done.err.count("escalation-sim[truth]")) == (0, 1)
    found = {row["statistic"] for row in json.loads(done.out)["patterns"]}
    assert {"correlation", "episodes, calm", "variance over mean"} <= found
    assert not {"Granger p-value", "response"} & found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("date,split,a\n", "has no rows"),
        ("date,split\n2023-10-07,calibration\n", "has no act and no series of counts"),
        ("date,split,a\n2023-10-07,calibration,x\n", '"x" is not a number'),
        ("<html></html>", "web page"),
    ],
)
def test_a_file_without_a_series_is_refused(sim, tmp_path, text, message):
    (tmp_path / "given.csv").write_text(text)
    done = sim("patterns", tmp_path / "given.csv")
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_ledger_without_acts_is_refused(sim, tmp_path):
    row = Incident(id="x-1", split="calibration", date=date(2023, 3, 1), kind="signal", source="a wire")
    Ledger((row,)).write(tmp_path / "given.csv")
    done = sim("patterns", tmp_path / "given.csv")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "has no act" in done.err
