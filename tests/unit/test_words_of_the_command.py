"""What the command makes of its options, and how it words times, figures, sides and progress."""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tiny import write_scenario

from sim.cli import incidents_print as incidents
from sim.cli import progress
from sim.cli.console import print_json, print_notes, records, say
from sim.cli.options import point_problem
from sim.cli.run_command import _address
from sim.cli.sweep_options import Workload, parse_duration
from sim.core.errors import InputError
from sim.evidence import Figure
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import Progress


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1.5m", 90), ("2h", 7200), (" 7 ", 7), ("0.25 h", 900), (None, None)]
)
def test_times_are_read_in_their_units(text: str | None, seconds: float | None):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["0", "-3s", "2d", "1h30", ""])
def test_what_is_no_time_is_refused(text: str):
    with pytest.raises(InputError, match="must be like 90s, 10m or 2h"):
        parse_duration(text)


def test_durations_are_told_in_two_units():
    given = (0.4, 59.4, 59.6, 61, 3599.4, 3600, 7325, 7384, -5)
    told = ["0 s", "59 s", "1 min 00 s", "1 min 01 s", "59 min 59 s", "1 h 00 min", "2 h 02 min", "2 h 03 min", "0 s"]
    assert [progress.format_duration(seconds) for seconds in given] == told


@pytest.mark.parametrize(("quiet", "why"), [(False, "the engine may still be compiled; "), (True, "")])
def test_a_sweep_of_which_nothing_is_heard_says_so(
    quiet: bool, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sim.cli.progress.SILENT_SECONDS", 0.6)
    with progress.report_progress("tiny", quiet) as report:
        if not why:
            report(Progress(2, 20, 0, 0, 0, 0))
        time.sleep(1.5)
    line = capsys.readouterr().err.splitlines()[0]
    assert line == f"tiny: nothing has come back for 1 s; {why}if a policy is endless, `sim check` says so"
    time.sleep(1.2)
    assert capsys.readouterr().err == "", "it is over"


def test_progress_tells_the_pace_and_the_time_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    clock = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    start = Progress(blocks=9, replicates=450, blocks_done=2, replicates_done=90, blocks_kept=2, replicates_kept=90)
    with progress.report_progress("tiny", quiet=False) as report:
        report(start)
        for later, blocks, replicates in (
            (4.0, 3, 140),
            (10.0, 4, 190),
            (14.9, 5, 240),
            (15.0, 6, 290),
            (16.0, 9, 450),
        ):
            clock[0] = 1000.0 + later
            report(replace(start, blocks_done=blocks, replicates_done=replicates))
    assert capsys.readouterr().err.splitlines() == [
        "tiny: 2/9 blocks, 2 kept, starting",
        "tiny: 3/9 blocks, 12 replicates/s, 25 s left",
        "tiny: 4/9 blocks, 10 replicates/s, 26 s left",
        "tiny: 6/9 blocks, 13 replicates/s, 12 s left",
        "tiny: 9/9 blocks, 22 replicates/s, done",
    ]
    with progress.report_progress("tiny", quiet=False) as report:
        report(replace(start, blocks_done=9, replicates_done=450, blocks_kept=9, replicates_kept=450))
        report(replace(start, blocks_kept=0, replicates_kept=0, replicates_done=0, blocks_done=0))
    assert capsys.readouterr().err == "tiny: 9/9 blocks, all there already\n"
    with progress.report_progress("tiny", quiet=True) as report:
        report(start)
    assert capsys.readouterr().err == ""


def work(**given: object) -> Workload:
    return Workload(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"until_halfwidth": 0.0}, ["--until-halfwidth"]),
        ({"until_se": 0.5}, ["--until-se"]),
        ({"until_se": 0.499, "until_halfwidth": 0.001}, ["--until-se"]),
        ({"until_se": 0.1, "max_replicates": 0}, ["--max-replicates"]),
        ({"until_se": 0.1, "replicates": 5}, ["--replicates"]),
        ({"until_halfwidth": 0.1, "shard": "1/2"}, ["--shard"]),
        ({"max_replicates": 8, "question": ["Q1"], "horizon": [5]}, ["--max-replicates"]),
        ({"shard": "3/2", "question": ["Q1"]}, ["--shard"]),
    ],
)
def test_options_that_do_not_go_together_are_refused_at_once(given: dict[str, object], refused: list[str]):
    with pytest.raises(InputError) as caught:
        work(**given).check()
    assert [problem.key for problem in caught.value.problems] == refused


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"replicates": 7, "shard": "2/3"},
        {"until_se": 0.01, "max_replicates": 9, "question": ["Q1"], "horizon": [5]},
    ],
)
def test_options_that_go_together_pass(given: dict[str, object]):
    work(**given).check()


def test_a_rule_takes_what_was_named_and_the_rest_from_the_scenario(tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path))
    assert work().most(scenario) == 40
    assert work(replicates=7).most(scenario) == 7
    assert work(until_se=0.1).most(scenario) == 400
    assert work(until_se=0.1, max_replicates=90).most(scenario) == 90
    assert work(replicates=7).rule(scenario, tmp_path) is None
    rule = work(until_halfwidth=0.02, question=["Q5", "O1", "Q5"], horizon=[8, 2, 8]).rule(scenario, tmp_path)
    assert rule is not None
    assert (rule.kind, rule.target, rule.most) == ("halfwidth", 0.02, 400)
    assert (rule.questions, rule.horizons) == (("Q5", "O1"), (2, 8))
    rule = work(until_se=0.03).rule(scenario, tmp_path)
    assert rule is not None
    assert (rule.kind, rule.target, rule.questions, rule.horizons) == ("se", 0.03, ("Q1", "Q5", "Q8"), (2, 5, 8))
    with pytest.raises(InputError) as caught:
        work(until_se=0.03, question=["Q9", "O5"], horizon=[5, 6]).check_choice(scenario)
    assert [problem.key for problem in caught.value.problems] == ["--question", "--question", "--horizon"]
    work(question=["O4"], horizon=[6]).check_choice(scenario)
    assert [point_problem(point, 3, "tiny") is None for point in (-1, 0, 2, 3)] == [False, True, True, False]


def test_an_address_names_point_replicate_and_seed():
    assert _address("3/1729", 5) == (3, 1729, 5)
    assert _address("3/1729/7", None) == _address("3/1729/7", 7) == (3, 1729, 7)
    for text in ("3", "3/4/5/6", "3/-4", "a/4", "3/" + "9" * 20, "3/"):
        with pytest.raises(InputError, match="must be POINT/REPLICATE"):
            _address(text, None)
    with pytest.raises(InputError, match="8 contradicts --at, which names seed 7"):
        _address("3/1729/7", 8)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ((3, 3, 3), "3"),
        ((None, None, None), "?"),
        ((0, None, None), "?"),
        ((4, None, None), "≥ 4"),
        ((None, 1200, None), "≈ 1200"),
        ((10, 10, None), "≥ 10"),
        ((7, 10, None), "10 (≥ 7)"),
        ((0, 1, 2), "1 (0–2)"),
        ((None, 5, 6), "5 (0–6)"),
        ((5, 5, 6), "5 (5–6)"),
        ((4, 6, 6), "6 (4–6)"),
    ],
)
def test_figures_show_their_bounds(figure: tuple[int | None, int | None, int | None], text: str):
    assert incidents.format_figure(Figure(*figure)) == text


@pytest.mark.parametrize(
    ("end", "time", "precision", "text"),
    [
        (None, None, "", "2023-11-05"),
        (None, dt.time(19, 12), "minute", "2023-11-05 19:12"),
        (None, dt.time(19, 0), "hour", "2023-11-05 ~19:00"),
        (dt.date(2023, 11, 8), None, "", "2023-11-05 to 08"),
        (dt.date(2023, 12, 8), None, "", "2023-11-05 to 12-08"),
    ],
)
def test_times_of_incidents_are_as_exact_as_reported(end, time, precision: str, text: str):
    incident = SimpleNamespace(date=dt.date(2023, 11, 5), date_end=end, time=time, time_precision=precision)
    assert incidents.format_time(incident) == text


def test_sides_of_incidents_are_told_in_their_direction():
    def told(initiator: str, target: str) -> str:
        return incidents.format_sides(SimpleNamespace(initiator=initiator, target=target, kind="false_alarm"))

    found = [told("A", "B"), told("A", ""), told("", "B"), told("", "")]
    assert found == ["A→B", "A false alarm", "B false alarm", "false alarm"]


def test_the_dead_of_every_side_stand_beside_each_other(capsys: pytest.CaptureFixture[str]):
    known = {"without_figure": 0, "without_civilians": 0}
    rows = [
        known | {"month": "2023-10", "side": "B", "killed": 12, "killed_civilian": 5},
        known | {"month": "2023-10", "side": "A", "killed": 3, "killed_civilian": 0},
        known | {"month": "2023-11", "side": "A", "killed": 4, "killed_civilian": 1},
        known | {"month": "2023-11", "side": "C", "killed": 0, "killed_civilian": 0},
    ]
    incidents.print_sides("month", rows)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1:] == [
        *(["month", "A", "B"], ["2023-10", "3", "12;", "5"]),
        *(["2023-11", "4;", "1", "–"], ["all", "7;", "1", "12;", "5"], []),
    ]


def test_tallies_stand_beside_what_is_itemised(capsys: pytest.CaptureFixture[str]):
    row = {
        **{"id": "T1", "in_article": True, "period_start": dt.date(2023, 10, 8), "period_end": dt.date(2023, 11, 5)},
        **{"measure": "killed_civilian", "location": "North", "low": 7, "best": 9, "high": None},
        **{"itemised": 4, "only_in_tally": 5, "counted_by": "ministry"},
    }
    other = row | {"id": "T2", "in_article": False, "itemised": None, "only_in_tally": None}
    incidents.print_tallies("Tallies", [row, other])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Tallies"
    assert lines[-3].split() == (
        ["T1*", "2023-10-08", "2023-11-05", "killed", "civilian", "North", "ministry", *("9", "(≥", "7)", "4", "5")]
    )
    assert lines[-2].split()[-3:] == ["7)", "–", "–"]
    assert incidents.itemisation_lines([row, other]) == [
        "Killed in North to 2023-11-05: 9 counted by ministry, 4 in dated rows, 5 only in the tally."
    ]


def test_json_knows_no_infinity_and_rows_no_missing_numbers(capsys: pytest.CaptureFixture[str]):
    print_json({"a": inf, "b": [nan, 2.5, (-inf,)], "c": dt.date(2023, 11, 5)})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 2.5, [None]], "c": "2023-11-05"}
    table = pd.DataFrame({"x": [1.5, nan], "y": ["a", None], "z": [3, 4]})
    assert records(table) == [{"x": 1.5, "y": "a", "z": 3}, {"x": None, "y": None, "z": 4}]
    days = pd.DataFrame({"day": [pd.Timestamp("2023-11-05"), pd.NaT]})
    assert incidents.records(days)[0] == {"day": dt.date(2023, 11, 5)}


def test_notes_hang_below_their_bullets(capsys: pytest.CaptureFixture[str]):
    print_notes(["word " * 25, "short"])
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith("• word word")
    assert second.startswith("  word")
    assert max(len(first), len(second)) <= 100
    assert third == "• short"
    print_notes(["short"], markdown=True)
    say("")
    assert capsys.readouterr().out == "- short\n\n"


def test_what_is_to_do_is_told_at_once_and_every_kind_of_step_once_in_a_while(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    with progress.report_progress("tiny", quiet=False, work="8 what-ifs, 800 histories") as report:
        assert capsys.readouterr().err == "tiny: starting: 8 what-ifs, 800 histories\n"
        for seconds, words in ((1, "tables: odds"), (2, "tables: killed"), (7, "tables: fan"), (8, "report")):
            clock[0] = seconds
            report.step(words)
    told = "tiny: tables: odds\ntiny: tables: fan\ntiny: report\n"
    assert capsys.readouterr().err == told
