"""``sim hindcast`` as it is typed, without fits: they are tried in tests/unit/test_hindcast.py."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from command import Command
from past_front import make_theatre

DAYS = ("--from", "2023-11-21", "--to", "2023-12-05", "--weeks", 2, "--replicates", 8, "--jobs", 1)
PRIORS = ("--forecaster", "model, priors")


@pytest.fixture(scope="module")
def theatre(tmp_path_factory):
    return make_theatre(tmp_path_factory.mktemp("front") / "front")


def test_a_hindcast_ends_on_one_screen_and_in_a_folder(sim: Command, theatre, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hub = tmp_path / "hub.csv"
    done = sim("hindcast", theatre, *DAYS, *PRIORS, "--export", f"hubverse={hub}")
    assert done.status == 0, done.err
    assert len(done.out.splitlines()) <= 24
    assert "What came after each origin was read for scoring alone; no forecast saw it." in done.out
    assert "hindcast: origins: 2023-12-05, model, priors" in done.err
    folder = tmp_path / "results" / "hindcast" / "front"
    assert (folder / "hindcast.html").is_file()
    models = set(pd.read_csv(hub)["model_id"])
    assert models >= {"model, priors", "last value", "even chance"}
    again = sim(
        "hindcast", theatre, "--draws", hub, "--import", "hubverse", "--out", tmp_path / "hub", "--json", "--quiet"
    )
    assert again.status == 0, again.err
    assert again.err == ""
    told = json.loads(again.out)
    assert {row["forecaster"] for row in told["scores"]} >= {"model, priors", "bootstrap"}


def test_a_users_series_takes_the_place_of_the_shipped_one(sim: Command, theatre, tmp_path):
    days = pd.date_range("2023-10-01", "2024-03-01")
    pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "dead": 2}).to_csv(tmp_path / "dead.csv", index=False)
    own = ("--series", f"killed-lebanon={tmp_path / 'dead.csv'}")
    done = sim("hindcast", theatre, *DAYS, *PRIORS, *own, "--out", tmp_path / "out", "--json", "--quiet")
    assert done.status == 0, done.err
    assert len(json.loads(done.out)["manifest"]["series"]["killed-lebanon"]) == 64
    scores = pd.read_csv(tmp_path / "out" / "scores-by-origin.csv")
    assert set(scores.loc[scores["target"] == "killed-lebanon", "observed"]) == {14.0}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["2024-01-02,volleys,7,0,2", "2024-01-02,volleys,7,1,3"], "volleys  mine"),
        (["2024-01-02,Q1,7,0,0.2"], "questions  mine"),
        (["2025-01-07,volleys,7,0,2", "2025-01-07,volleys,7,1,3"], "Whether the odds give warning is not known"),
    ],
    ids=["one series", "one question", "what is not known yet"],
)
def test_a_file_of_a_single_forecast_is_scored(sim: Command, theatre, tmp_path, rows, words):
    mine = tmp_path / "mine.csv"
    mine.write_text("\n".join(["origin,target,horizon_days,draw,value", *rows]))
    done = sim("hindcast", theatre, "--draws", mine, "--out", tmp_path / "out", "--quiet")
    assert (done.status, done.err) == (0, "")
    assert words in done.out


@pytest.mark.parametrize("row", ["last value,2024-01-02,volleys,7,", "mine,2024-01-02,acts-side_a,7,"])
def test_a_file_without_anything_to_score_is_refused(sim: Command, theatre, tmp_path, row):
    (tmp_path / "mine.csv").write_text(f"forecaster,origin,target,horizon_days,draw,value\n{row}0,2\n{row}1,3\n")
    done = sim("hindcast", theatre, "--draws", tmp_path / "mine.csv", "--out", tmp_path / "out", "--quiet")
    assert (done.status, done.out) == (2, "")
    assert (
        "--draws: holds nothing to score but benchmarks; it needs forecasts of volleys, killed-lebanon, Q1" in done.err
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--series", "killed-lebanon"), '"killed-lebanon" names no file; write it as NAME=FILE'),
        (("--series", "killed=x.csv"), '"killed" is not known; did you mean'),
        (("--series", "volleys=nowhere.csv"), "nowhere.csv"),
        (("--series", "volleys=a.csv", "--series", "volleys=b.csv"), '--series: "volleys" is given twice'),
        (("--forecaster", "priors"), '"priors" is not known; did you mean "model, priors"?'),
        (("--export", "hubvers=x.csv"), '--export: "hubvers" is not known; did you mean "hubverse"?'),
        (("--import", "view"), '--import: "view" is not known; did you mean "views"?'),
        (("--draws", "nowhere.csv"), "nowhere.csv: no such file"),
        (("--import", "hubverse"), "--import: says how --draws is written; name the file by --draws"),
        (("--export", "views=x.csv"), "--country: is missing; --export views needs VIEWS' number of the country"),
        (("--draws", "nowhere.csv", "--import", "views"), "views names no series; write it as views=ID"),
        (("--until-se", "2"), "2 is out of bounds"),
        (("--weeks", "0"), "--weeks: 0 is out of bounds"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(sim: Command, theatre, tmp_path, arguments, words):
    done = sim("hindcast", theatre, "--quiet", "--out", tmp_path / "out", *arguments)
    assert (done.status, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


def test_a_theatre_without_what_happened_is_refused(sim: Command, tmp_path):
    theatre = make_theatre(tmp_path / "front")
    (theatre.parent / "hindcast.toml").unlink()
    done = sim("hindcast", theatre, "--quiet", "--out", tmp_path / "out")
    assert done.status == 2
    assert "hindcast.toml: no such file; a hindcast of front needs what happened" in done.err
    assert done.err.count("\n") == 1
