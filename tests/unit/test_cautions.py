"""What is no fault and yet is told: names that mislead, what comes after the run, what can never come true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import run as sim
from tiny import BASE, THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.scenario.scenario import Scenario

USUAL = "world.mediation: is the usual level, which the calibrated reactions already hold"
SHARE = "dyad.L-R.share: moves dyad.L-R.attention too, which follows it; give that one to hold it"
LATE = "day 9 comes after the run of 8 days, so it changes nothing"
LEVEL = '\n[[factor]]\nname = "lever"\n[[factor.levels]]\nlabel = "none"\n[[factor.levels]]\nlabel = "some"\n'
GROUND = '\n[[question]]\nid = "Q7"\ntext = "ground operation"\nkind = "ground_operation"\n'
CLIMB = '[[factor]]\nkey = "policy.L.climb"\nlevels = [0.1, 0.9]\n'
NOTES = [
    ("", []),
    ("[parameters.world]\nmediation = 0.4\n", [USUAL]),
    ("[parameters.world]\nmediation_added = 0.4\n", []),
    ('[[factor]]\nkey = "world.mediation"\nlevels = [0, 0.4]\n', [USUAL]),
    (LEVEL + "set.world.mediation = 0.4\n", [USUAL]),
    ("[parameters.dyad.L-R]\nshare = 0.4\n", [SHARE]),
    ("[parameters.dyad.L-R]\nshare = 0.4\nattention = 0.3\n", []),
    ("[parameters.dyad.L-R]\nattention = 0.3\n", []),
    ('[[factor]]\nkey = "dyad.L-R.share"\nlevels = [0, 0.4]\n', [SHARE]),
    ("[[truce]]\nstart_day = 9\ndays = 1\n", [f"truce: {LATE}"]),
    ("[[truce]]\nstart_day = 7\ndays = 10\n", []),
    (LEVEL + "truce = [{ start_day = 9, days = 1 }]\n", [f"truce: {LATE}"]),
    ("[[diplomatic_shock]]\nday = 9\nsize = 0.5\n", [f"diplomatic_shock: {LATE}"]),
    ('[[incident]]\nday = 9\nsender = "L"\ntarget = "R"\nrung = 1\n', [f"incident: {LATE}"]),
    ("[parameters.front]\nceasefire_hazard = 0\n", ["Q8: can never come true, since front.ceasefire_hazard is 0"]),
    ('[[factor]]\nkey = "front.ceasefire_hazard"\nlevels = [0, 0.1]\n', []),
    (
        CLIMB + '[[factor]]\nkey = "policy.L"\nlevels = [{ rule = "tit_for_tat" }, { label = "kept" }]\n',
        [
            "policy.L.climb: changes nothing where no rule has it or a bundle sets it, at policy.L.climb = "
            "0.1, policy.L = tit_for_tat; policy.L.climb = 0.9, policy.L = tit_for_tat"
        ],
    ),
    (CLIMB, []),
    (
        CLIMB + LEVEL + "set.policy.L.climb = 0.4\n",
        ["policy.L.climb: changes nothing where no rule has it or a bundle sets it, at policy.L.climb ="],
    ),
    ("[parameters.entry.F]\nhazard = 0\n", ["Q4: can never come true, since entry.F.hazard is 0"]),
]


@pytest.mark.parametrize(("text", "expected"), NOTES)
def test_what_should_be_known_is_told_and_nothing_else(text: str, expected: list[str], tmp_path: Path):
    path = write_scenario(tmp_path, f"{WIDER_BASE}\n{text}", theatre=THEATRE + WIDER)
    notes = [f"{note.key}: {note.message}" for note in Scenario.load(path).notes]
    assert len(notes) == len(expected), notes
    assert all(note.startswith(begin) for note, begin in zip(notes, expected, strict=True)), notes


def test_a_theatre_may_set_the_usual_mediation_and_shares(tmp_path: Path):
    own = "\n[parameters.world]\nmediation = 0.3\n[parameters.dyad.L-R]\nshare = 0.5\n"
    assert Scenario.load(write_scenario(tmp_path, BASE, theatre=THEATRE + own)).notes == ()
    path = write_scenario(tmp_path, BASE, theatre=THEATRE + GROUND)
    assert [note.key for note in Scenario.load(path).notes] == ["Q7"]


def test_questions_whose_answer_is_known_before_the_run_are_told(tmp_path: Path):
    asked = '\n[[question]]\nid = "Q7"\ntext = "truce"\nkind = "driver_truce"\nthreshold = '
    for days, expected in ((8, []), (9, ["Q7: can never come true, since 9 days of truce are more than the run of 8"])):
        path = write_scenario(tmp_path, BASE, theatre=f"{THEATRE}{asked}{days}\n")
        notes = [f"{note.key}: {note.message}" for note in Scenario.load(path).notes]
        assert notes == [f"{note}: truce" for note in expected]
    for already, told in ((11, False), (12, True)):
        theatre = THEATRE.replace("threshold = 12\n", f"threshold = 12\nalready = {already}\n")
        notes = [note.message for note in Scenario.load(write_scenario(tmp_path, BASE, theatre=theatre)).notes]
        assert [note.startswith("is always true, since 12 killed count already") for note in notes] == [True] * told


def test_an_alliance_with_both_sides_is_told(tmp_path: Path):
    theatre = THEATRE + WIDER + '\n[[alliance]]\nparty = "F"\nally = "L"\n'
    (note,) = Scenario.load(write_scenario(tmp_path, WIDER_BASE, theatre=theatre)).notes
    assert (note.key, note.message) == ("alliance[2]", "F may join for R and for L, across the front")


def test_every_verb_tells_it_once_on_stderr(tmp_path: Path):
    path = write_scenario(tmp_path, f"{BASE}\n[parameters.world]\nmediation = 0.4\n")
    run = ("run", path, "--replicates", "8", "--days", "2", "--json", "--quiet")
    sweep = ("sweep", path, "--replicates", "8", "--jobs", "1", "--json", "--quiet", "--out", tmp_path / "out")
    for words in (("scenario", "check", path), ("scenario", "show", path), run, sweep):
        done = sim(*words)
        assert done.status == 0
        (line,) = done.err.strip().splitlines()
        assert line.startswith(f"sim: note: {path}: {USUAL}")
    (answer,) = json.loads(sim("scenario", "check", path, "--json").out)
    assert [note.partition(": is")[0] for note in answer["notes"]] == [f"{path}: world.mediation"]


def test_show_tells_what_is_inherited_and_from_where(tmp_path: Path):
    write_scenario(tmp_path, BASE + "\n[[truce]]\nstart_day = 1\ndays = 2\n", "base")
    path = tmp_path / "child.toml"
    path.write_text('base = "base.toml"\n[[incident]]\nday = 1\nsender = "L"\ntarget = "R"\nrung = 1\n')
    words = " ".join(sim("scenario", "show", path).out.split())
    assert "inherits from base.toml: tables key by key, a list of tables as a whole" in words
    assert "[[truce]] of base.toml" in words
    assert "[[incident]] of child.toml" in words


CHILDREN = [
    ('description = "D"\n', "", ("Tiny", "D", 8, 40)),
    ('description = "D"\n', "title = 'T'\n[run]\nreplicates = 3\n", ("T", "D", 8, 3)),
    ("", "[run]\nhorizons = [2, 5]\n", ("Tiny", "", 8, 40)),
    ("", "[run]\nhorizons = [2, 5]\nhorizon_days = 6\n", ("Tiny", "", 6, 40)),
]


@pytest.mark.parametrize(("above", "text", "expected"), CHILDREN)
def test_titles_and_runs_are_inherited_key_by_key(
    above: str, text: str, expected: tuple[str, str, int, int], tmp_path: Path
):
    write_scenario(tmp_path, above + BASE, "base")
    path = tmp_path / "child.toml"
    path.write_text(f'base = "base.toml"\n{text}')
    child = Scenario.load(path)
    assert (child.title, child.description, child.horizon_days, child.replicates) == expected
    assert child.step_days == 1.0


RANGE = '\n[[factor]]\nkey = "policy.L.climb"\nlow = 0\nhigh = 1\n'
LATIN = '\n[design]\nkind = "latin hypercube"\npoints = 8\nseed = 5\n' + RANGE


def test_a_design_is_inherited_key_by_key_and_another_kind_says_what_it_drops(tmp_path: Path):
    write_scenario(tmp_path, BASE + LATIN, "base")
    path = tmp_path / "child.toml"
    path.write_text('base = "base.toml"\n[design]\npoints = 4\n')
    child = Scenario.load(path)
    assert (child.file.design.kind, child.file.design.size, child.file.design.seed) == ("latin hypercube", 4, 5)
    assert child.notes == ()
    path.write_text('base = "base.toml"\n[design]\nkind = "full factorial"\n')
    child = Scenario.load(path)
    assert [point.label for point in child.points()] == [f"policy.L.climb = {value}" for value in ("0", "0.5", "1")]
    (note,) = child.notes
    assert note.message == '"full factorial" drops what "latin hypercube" has and it does not know: points, seed'


def test_inherited_factors_stand_over_the_policies_of_the_child(tmp_path: Path):
    levels = '\n[[factor]]\nkey = "policy.L"\nlevels = [{ label = "low", climb = 0 }]\n'
    write_scenario(tmp_path, BASE + levels, "base")
    path = tmp_path / "child.toml"
    path.write_text('base = "base.toml"\n[policy.L]\nrule = "tit_for_tat"\n')
    done = sim("scenario", "check", path)
    assert (done.status, "factor[0].levels[0].climb: unknown key" in done.err) == (2, True)
    path.write_text('base = "base.toml"\nfactor = []\n[policy.L]\nrule = "tit_for_tat"\n')
    assert [point.label for point in Scenario.load(path).points()] == ["base"]
