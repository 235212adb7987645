"""``sim incidents``: what it prints, what it refuses."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.incidents_command import app
from sim.core.errors import InputError

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"


def run(verb, *arguments, ledger=SHIPPED / "ledger.csv"):
    result = CliRunner().invoke(app, [verb, *arguments, "--ledger", str(ledger)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_list_shows_the_calibration_record():
    text = run("list")
    assert "57 incidents." in text
    assert "S3.2" not in text
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "35 incidents." in run("list", "--split", "held_out")
    assert "92 incidents." in run("list", "--split", "all")


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--article"], ["S3.1-42", "S3.1-43", "S3.1-44", "S3.1-45", "S3.1-46a"]),
        (["--from", "2023-11-06", "--to", "2023-11-06"], ["S3.1-45", "S3.1-46a", "S3.1-46b"]),
        (["--week", "2023-11-08"], ["S3.1-45", "S3.1-46a", "S3.1-46b"]),
        (["--dyad", "PIJ-ISR"], ["S3.1-04"]),
        (["--initiator", "HTH", "--target", "ISR"], ["S3.1-24", "S3.1-34"]),
        (["--rung", "5-6"], ["S3.1-24", "S3.1-25", "S3.1-34", "S3.1-45"]),
        (["--rung", "1"], ["S3.1-02", "S3.1-14"]),
    ],
)
def test_options_choose_rows(options, ids):
    assert [row["id"] for row in json.loads(run("list", *options, "--json"))] == ids


def test_json_keeps_unknown_apart_from_zero():
    rows = {row["id"]: row for row in json.loads(run("list", "--json"))}
    assert rows["S3.1-02"]["killed_best"] == 0
    assert rows["S3.1-19"]["killed_best"] is None
    assert rows["S3.1-45"]["date"] == "2023-11-06"


def test_show():
    text = run("show", "S3.1-43")
    assert "family car" in text
    assert "answered by  S3.1-44" in text
    assert "in the opening article" in text
    assert json.loads(run("show", "S3.1-43", "--json"))["killed_civilian_best"] == 4


def test_sum_sets_the_dead_of_all_sides_together_and_beside_the_tallies():
    text = run("sum")
    assert "all              ≥ 24; ≥ 7  ≥ 6; ≥ 2    2  ≥ 7; ≥ 0" in text
    assert " ".join(text.split()).find("ISR-HZB 16 4 2 ? 24 ≥ 7 ? 4") > 0
    assert "No figure is known of the dead of HAM, HTH, IRN, IRQ." in text
    assert "Killed in Lebanon to 2023-11-06: 81 counted by AFP, 33 in dated rows, 48 only in the tally." in text
    assert "Killed in Israel to 2023-11-06: 8 counted by AFP, 6 in dated rows, 2 only in the tally." in text
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("by", ["dyad", "initiator", "target", "day", "week", "month", "rung"])
def test_sum_by(by):
    found = json.loads(run("sum", "--by", by, "--json"))
    assert sum(row["acts"] for row in found["totals"]) == 52
    assert sum(row["killed"] or 0 for row in found["deaths_by_side"]) == 39
    assert {row["id"] for row in found["tallies"]} >= {"S3.1-47.1", "S3.1-47.4"}


def test_sum_of_one_dyad_has_the_tallies_of_that_dyad():
    found = json.loads(run("sum", "--dyad", "HZB-ISR", "--json"))
    assert {row["location"] for row in found["tallies"]} == {"Israel"}


def test_sum_without_tallies_beside_the_ledger(tmp_path):
    shutil.copy(SHIPPED / "ledger.csv", tmp_path / "own.csv")
    assert json.loads(run("sum", "--json", ledger=tmp_path / "own.csv"))["tallies"] == []
    assert "Acts" in run("sum", ledger=tmp_path / "own.csv")
    with pytest.raises(InputError, match="no such file"):
        run("tallies", ledger=tmp_path / "own.csv")


def test_tallies():
    text = run("tallies")
    assert "553" in text
    assert "never added up" in text
    assert max(len(line) for line in text.splitlines()) <= 100
    rows = json.loads(run("tallies", "--split", "held_out", "--json"))
    assert sum(row["id"].startswith("OCHA-") for row in rows) == 23
    assert [row["id"] for row in json.loads(run("tallies", "--article", "--json"))] == ["S3.1-47.1", "S3.1-47.4"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "--from", "8 Oct"], '--from: "8 Oct" is not a date'),
        (["list", "--to", "x"], '--to: "x" is not a date'),
        (["list", "--from", "2023-11-02", "--to", "2023-11-01"], "--to: 2023-11-01 is before --from"),
        (["list", "--week", "2023-11-02", "--to", "2023-11-01"], "--week: cannot stand beside"),
        (["list", "--dyad", "ISR"], '--dyad: "ISR" is not a dyad'),
        (["list", "--dyad", "ISR-HZB", "--target", "HZB"], "--dyad: cannot stand beside"),
        (["list", "--initiator", "HZBB"], 'did you mean "HZB"?'),
        (["list", "--rung", "high"], '--rung: "high" is not a rung'),
        (["list", "--rung", "44"], '--rung: "44" is not a rung; write one from 0 to 8 as 4'),
        (["list", "--rung", "6-4"], '--rung: "6-4" is not a rung; write one from 0 to 8 as 4, or a range as 4-6'),
        (["list", "--rung", "4-"], '--rung: "4-" is not a rung'),
        (["sum", "--rung", "0-" + "9" * 5000], "is not a rung"),
        (["list", "--dyad", "ISR-HEZB"], '--dyad: "HEZB" is not known; did you mean "HZB"?'),
        (["list", "--target", "HZBB"], '--target: "HZBB" is not known; did you mean "HZB"?'),
        (["sum", "--by", "mont"], '--by: "mont" is not known; did you mean "month"?'),
        (["list", "--split", "holdout"], '--split: "holdout" is not known; did you mean "held_out"?'),
        (["sum", "--by", "weeks"], 'did you mean "week"?'),
        (["show", "S3.1-4"], '"S3.1-4" is not there'),
    ],
)
def test_wrong_options_are_named(arguments, words):
    with pytest.raises(InputError) as caught:
        run(*arguments)
    assert words in str(caught.value)


def test_nothing_found_is_said():
    assert "0 incidents." in run("list", "--rung", "6")
    assert "Acts" in run("sum", "--rung", "6")
