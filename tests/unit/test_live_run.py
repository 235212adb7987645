"""A run that one watches: its numbers, its controls, and that it ends with its page."""

from __future__ import annotations

import json
import time

import broken_policies
import pytest
import tiny
from live_server import LiveServer, live_server, token_of

from sim.results.analysis.odds import compute_odds, count_killed
from sim.results.reading.unsaved_results import Unsaved
from sim.scenario.scenario import Scenario
from sim.scenario.what_if import WhatIf
from sim.sweeps.results_folder import build_manifest
from sim.sweeps.sweep import run_point
from sim.view.explore_pages import Shelf, fill_shelf
from sim.view.live_run import LiveRun

REPLICATES = 120


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tiny.write_scenario(tmp_path_factory.mktemp("live"), tiny.WIDER_BASE, theatre=tiny.THEATRE + tiny.WIDER)


@pytest.fixture(scope="module")
def server(file, tmp_path_factory):
    with live_server(fill_shelf(str(file), tmp_path_factory.mktemp("out"))) as server:
        yield server


@pytest.fixture(scope="module")
def token(server):
    status, page = server.send("/run/tiny")
    assert status == 200
    return token_of(page)


def begin(server: LiveServer, token: str, **words: object) -> str:
    asked = {"scenario": "tiny", "histories": REPLICATES, **words}
    status, text = server.send("/runs", "POST", asked, x_sim_token=token)
    assert status == 200, text
    return str(json.loads(text)["run"])


def steer(server: LiveServer, token: str, key: str, **words: object) -> None:
    assert server.send(f"/runs/{key}", "POST", words, x_sim_token=token)[0] == 200


def wait_until(holds, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def days_of(run: LiveRun, last: int) -> list[dict]:
    """Return the days that a run tells until a last one."""
    days: list[dict] = []
    until = time.monotonic() + 300  # the engine may have to be compiled
    while not days or days[-1]["day"] < last:
        for message in run.take():
            assert "error" not in message, message
            if "day" in message:
                days.append(message)
        assert time.monotonic() < until
        time.sleep(0.01)
    return days


@pytest.mark.parametrize("changes", [None, WhatIf(["party.L.lethality=0.5", "policy.R=grim_trigger"], ["2:3"])])
def test_its_odds_are_those_of_sim_run(file, changes):
    scenario = Scenario.load(file, changes)
    run = LiveRun(scenario, scenario.points()[0], REPLICATES)
    run.steer(days=scenario.horizon_days)
    run.thread.start()
    days = {day["day"]: day for day in days_of(run, 8) if "odds" in day}
    run.end()
    files = run_point(scenario, 0, replicates=REPLICATES, seed=scenario.seed, jobs=1)
    results = Unsaved(
        scenario.path, build_manifest(scenario, REPLICATES, scenario.seed), scenario.points()[0], tuple(files)
    )
    asked = [question.id for question in scenario.questions]
    for day in (2, 5, 8):
        table = compute_odds(results, asked, [day]).set_index("question")
        for question, told in zip(asked, days[day]["odds"], strict=True):
            row = table.loc[question]
            assert [told["events"], told["n"]] == [row["events"], row["n"]]
            assert [told[name] for name in ("estimate", "low", "high")] == [row["estimate"], row["low"], row["high"]]
    killed = {row["place"]: row for row in days[8]["killed"]}
    for row in count_killed(results, [8]).to_dict("records"):
        assert killed[row["location"]][row["counted"]] == {name: row[name] for name in ("q05", "median", "q95")}


def test_every_day_has_all_histories_on_a_rung_and_in_a_phase(file):
    scenario = Scenario.load(file)
    run = LiveRun(scenario, scenario.points()[0], REPLICATES)
    run.steer(days=8)
    run.thread.start()
    days = days_of(run, 8)
    run.end()
    assert [day["day"] for day in days] == list(range(1, 9))
    assert all(sum(day["phases"]) == REPLICATES for day in days)
    rungs = [rung for day in days for rung in day.get("ladder", [])]
    assert len(rungs) == 8
    assert all(sum(rung) == REPLICATES for rung in rungs)
    wait_until(lambda: not run.thread.is_alive())


def test_controls_move_pause_and_tell_and_leaving_ends_it(server, token):
    key = begin(server, token)
    with server.listen(f"/runs/{key}/events") as events:
        ready = next(event for event in events if "ready" in event)["ready"]
        assert ready["histories"] == REPLICATES
        assert "not a forecast" in ready["rests"]
        run = server.runs[key]
        steer(server, token, key, days=1)
        first = next(event for event in events if "day" in event)
        assert first["day"] == 1
        assert first["sentence"].startswith('Under the assumptions of "Tiny"')
        time.sleep(0.2)
        assert run.take() == []
        steer(server, token, key, days=2, story=3)
        told = [next(events) for _ in range(4)]
        assert [event["day"] for event in told if "day" in event] == [2, 3]
        lines = [line for event in told if "story" in event for line in event["story"]]
        assert {line["day"] for line in lines} <= {1, 2, 3}
        assert all("acts: " in line["text"] for line in lines[:1])
        assert server.send(f"/runs/{key}/events")[0] == 409
        assert run.thread.is_alive()
    wait_until(lambda: not run.thread.is_alive() and key not in server.runs)
    assert server.send(f"/runs/{key}", "POST", {"days": 1}, x_sim_token=token)[0] == 404


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"scenario": "nothing"}, "scenario"),
        ({"scenario": ["tiny"]}, "scenario"),
        ({"scenario": "../tiny"}, "scenario"),
        ({"histories": 5}, "100"),
        ({"histories": 1e9}, "100"),
        ({"histories": True}, "100"),
        ({"point": 7}, "point"),
        ({"point": "0"}, "point"),
        ({"settings": "x=1"}, "lists"),
        ({"settings": [1]}, "lists"),
        ({"settings": ["party.L.letality=1"]}, "lethality"),
        ({"settings": ["party.L.lethality=-1"]}, "lethality"),
        ({"settings": ["policy.L=nothing"]}, "policy.L"),
        ({"settings": ["<script>alert(1)</script>=1"]}, "KEY=VALUE"),
        ({"truces": ["soon"]}, "START:DAYS"),
    ],
)
def test_wrong_words_are_refused_in_a_sentence(server, token, words, named):
    asked = {"scenario": "tiny", **words}
    status, text = server.send("/runs", "POST", asked, x_sim_token=token)
    assert status == 400
    assert named in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "words", [[], None, "text", {"days": -1}, {"days": "all"}, {"story": REPLICATES}, {"story": 1.5}]
)
def test_wrong_controls_are_refused(server, token, words):
    key = begin(server, token)
    status, text = server.send(f"/runs/{key}", "POST", words, x_sim_token=token)
    assert status in {400, 413}
    assert text


def test_runs_that_nobody_watches_make_room(server, token):
    keys = [begin(server, token) for _ in range(12)]
    assert len(server.runs) <= 8
    assert keys[-1] in server.runs


def test_a_policy_that_fails_is_told(tmp_path):
    path = tiny.write_scenario(tmp_path, tiny.BASE.replace('"disproportionate"', '"bad.py:Broken"'))
    (tmp_path / "bad.py").write_text(broken_policies.policy("raise ValueError('no answer')"))
    scenario = Scenario.load(path)
    run = LiveRun(scenario, scenario.points()[0], REPLICATES)
    run.steer(days=8)
    run.thread.start()
    wait_until(lambda: not run.thread.is_alive())
    (error,) = [message["error"] for message in run.take() if "error" in message]
    assert "no answer" in error
    assert "\n" not in error


def test_a_shelf_without_results_still_has_scenarios(tmp_path):
    with live_server(Shelf(tmp_path)) as server:
        status, page = server.send("/")
    assert status == 200
    assert "There are no results below" in page
