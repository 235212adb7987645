"""``evidence.toml``: what a plan says, and every fault of it by name."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from reduced import lebanon_part

from sim.core.errors import InputError
from sim.evidence import Tallies
from sim.inference.evidence_plan import DailyDeathsPlan, TallyPlan, ViewPlan, read_plan
from sim.scenario.priors import Beta, Uniform
from sim.scenario.theatre_file import read_theatre

SHIPPED = Path(__file__).parents[2] / "scenarios" / "lebanon-2023"
PLAN = """
first_day = 2023-10-08
scenario = "baseline.toml"
tallies = "tallies.csv"

[[view]]
name = "sirens"
file = "seen.csv"
side = "side_b"
merge_minutes = 45
detection = { law = "beta", a = 4, b = 2.7, source = "a paper" }
source = "an archive"

[[view]]
name = "watch"
file = "watched.csv"
side = "side_a"
detection = { law = "uniform", low = 0.2, high = 0.9, source = "assumption" }
source = "a log"

[[tally]]
id = "S3.1-47.1"
most_above = 12
largest_act = 11
source = "read as 81 to 93"

[[tally]]
id = "S3.1-47.6"
part_of = "S3.1-47.4"
largest_act = 33
source = "2 of 8"

[[daily_deaths]]
file = "dead.csv"
column = "killed"
location = "Israel"
largest_act = 21
source = "a ministry"

[[claims]]
party = "HAM"
source = "row by row"

[[left_out]]
tallies = ["S3.1-48.1", "S3.1-48.2"]
reason = "too long"

[[left_out]]
tallies = ["S3.1-38.1"]
reason = "nested"

[[pause]]
first = 2023-11-24
last = 2023-11-30
source = "a truce"

[[candidate]]
party = "HZB"
rules = ["none", "tit_for_tat"]
"""

SOURCES = tuple(f'source = "{text}"' for text in ("an archive", "2 of 8", "a ministry", "row by row", "a truce"))
SECOND_SERIES = """
[[daily_deaths]]
file = "dead.csv"
column = "wounded"
location = "Israel"
largest_act = 21
source = "the same"
"""
LAST = ('reason = "nested"', 'rules = ["none", "tit_for_tat"]', 'tallies = "tallies.csv"')


@pytest.fixture(scope="module")
def theatre(tmp_path_factory):
    """The theatre and its tallies are read once, because that takes longer than all else."""
    path = lebanon_part(tmp_path_factory.mktemp("theatre")).with_name("theatre.toml")
    shutil.copy(SHIPPED / "tallies.csv", path.parent)
    file, tallies = read_theatre(path), Tallies.read(path.with_name("tallies.csv"))
    read_file = Tallies.read
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.inference.evidence_plan.read_theatre", lambda _: file)
        patch.setattr(Tallies, "read", lambda where: tallies if where.exists() else read_file(where))
        yield path


@pytest.fixture
def read(theatre):
    def plan(text=PLAN):
        theatre.with_name("evidence.toml").write_text(text)
        return read_plan(theatre)

    return plan


def test_a_plan_says_all_that_stands_in_the_file(read, theatre):
    plan, folder = read(), theatre.parent
    assert (plan.path, plan.scenario) == (folder / "evidence.toml", folder / "baseline.toml")
    assert (plan.theatre_file.ledger, plan.first_day) == (folder / "ledger.csv", datetime.date(2023, 10, 8))
    assert plan.tallies["S3.1-47.1"].figure.low == 81
    assert plan.views == (
        ViewPlan("sirens", folder / "seen.csv", 1, 45, Beta(4, 2.7), "a paper"),
        ViewPlan("watch", folder / "watched.csv", 0, 0, Uniform(0.2, 0.9), "assumption"),
    )
    assert plan.totals == (TallyPlan("S3.1-47.1", "", 12, 11), TallyPlan("S3.1-47.6", "S3.1-47.4", 0, 33))
    assert plan.daily_deaths == (DailyDeathsPlan(folder / "dead.csv", "killed", "Israel", 21),)
    assert plan.claimants == ("HAM",)
    assert plan.left_out == {"S3.1-48.1": "too long", "S3.1-48.2": "too long", "S3.1-38.1": "nested"}
    assert plan.pauses == ((datetime.date(2023, 11, 24), datetime.date(2023, 11, 30)),)
    assert plan.candidates == {"HZB": ("none", "tit_for_tat")}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "first_day = 2023-10-08",
            "first_day = 2023-11-07",
            "first_day: 2023-11-07 is not before the start of the scen",
        ),
        ("first_day = 2023-10-08\n", "", "first_day: is missing"),
        ('scenario = "baseline.toml"\n', "", "scenario: is missing"),
        ('"tallies.csv"', '"tally.csv"', 'tally.csv: no such file; did you mean "tallies.csv"'),
        ("merge_minutes = 45", "merge_minutes = 1440.5", "merge_minutes: 1440.5 is out of bounds"),
        ("merge_minutes = 45", "merge_minutes = -0.5", "merge_minutes: -0.5 is out of bounds"),
        ('side = "side_b"', 'side = "side_c"', '"side_c" is not known'),
        (
            'law = "beta", a = 4, b = 2.7',
            'law = "lognormal", median = 0.6, log_sd = 0.3',
            "needs a beta or uniform law",
        ),
        ('law = "beta", a = 4, b = 2.7', 'law = "beta", a = 4', "detection"),
        (', source = "a paper"', "", 'needs a source: a reference, or the word "assumption"'),
        ("largest_act = 11", "largest_act = 0", "largest_act: 0 is out of bounds"),
        ("largest_act = 11", "largest_act = 301", "largest_act: 301 is out of bounds"),
        ("most_above = 12", "most_above = 301", "most_above: 301 is out of bounds"),
        ("most_above = 12", "most_above = -1", "most_above: -1 is out of bounds"),
        ("largest_act = 21", "largest_act = 301", "largest_act: 301 is out of bounds"),
        ("largest_act = 21", "largest_act = 0", "largest_act: 0 is out of bounds"),
        ('id = "S3.1-47.1"', 'id = "S3.1-47.9"', '"S3.1-47.9" is not known'),
        (
            'id = "S3.1-47.1"',
            'id = "PUB-22"',
            '"PUB-22" counts acts_claimed; a fit can use killed, killed_combatants, k',
        ),
        ('part_of = "S3.1-47.4"\n', "", "part_of: is missing: S3.1-47.6 counts a part of the dead"),
        ("most_above = 12", 'part_of = "S3"', '"S3" is not known'),
        ('location = "Israel"', 'location = "Isreal"', 'did you mean "Israel"'),
        ('party = "HAM"', 'party = "HAMM"', 'did you mean "HAM"'),
        ('"S3.1-38.1"]', '"S3.1-38.9"]', '"S3.1-38.9" is not known; did you mean'),
        ("last = 2023-11-30", "last = 2023-11-23", "last: 2023-11-23 is before first, 2023-11-24"),
        ('party = "HZB"', 'party = "HZBB"', 'did you mean "HZB"'),
        ('"tit_for_tat"]', '"tit_for_tit"]', '"tit_for_tit" is not known; did you mean "tit_for_tat"'),
        ('name = "watch"', 'name = "sirens"', 'view[1].name: "sirens" stands twice'),
        ('name = "watch"', 'name = "S3.1-47.1"', 'tally: "S3.1-47.1" stands in [[view]] too'),
        ('id = "S3.1-47.6"', 'id = "S3.1-47.1"', 'tally[1].id: "S3.1-47.1" stands twice'),
        ('"S3.1-38.1"]', '"S3.1-47.1"]', 'tally: "S3.1-47.1" stands in [[left_out]] too'),
        ('"S3.1-38.1"]', '"S3.1-48.1"]', 'tallies: "S3.1-48.1" stands twice'),
        (SOURCES[2], f"{SOURCES[2]}{SECOND_SERIES}", 'daily_deaths[1].location: "Israel" stands twice'),
        (SOURCES[3], f'{SOURCES[3]}\n[[claims]]\nparty = "HAM"\nsource = "x"', 'claims[1].party: "HAM" stands twice'),
        (LAST[1], f'{LAST[1]}\n[[candidate]]\nparty = "HZB"\nrules = []', 'candidate[1].party: "HZB" stands twice'),
        *((f"{line}\n", f"{line}\nodd = 1\n", "odd: unknown key") for line in (*SOURCES, *LAST)),
        *((f"{line}\n", "", "source: is missing") for line in SOURCES),
    ],
)
def test_a_fault_of_a_plan_is_named(read, old, new, words):
    assert PLAN.count(old) == 1
    with pytest.raises(InputError) as caught:
        read(PLAN.replace(old, new))
    assert words in str(caught.value)
    assert len(caught.value.problems) == 1


def test_what_is_just_allowed_is_taken(read):
    text = PLAN
    for old, new in (
        ("45", "1440"),
        ("= 12\n", "= 300\n"),
        ("= 11\n", "= 300\n"),
        ("= 21\n", "= 1\n"),
        ("= 33\n", "= 1\n"),
    ):
        text = text.replace(old, new)
    plan = read(text.replace("2023-10-08", "2023-11-06").replace("last = 2023-11-30", "last = 2023-11-24"))
    assert (plan.views[0].merge_minutes, plan.totals[0].most_above, plan.totals[0].largest_act) == (1440, 300, 300)
    assert (plan.daily_deaths[0].largest_act, plan.first_day) == (1, datetime.date(2023, 11, 6))
    assert plan.pauses == ((datetime.date(2023, 11, 24), datetime.date(2023, 11, 24)),)
    assert plan.totals[1].largest_act == 1
    without = read("".join(line for line in PLAN.splitlines(keepends=True) if not line.startswith("largest_act")))
    assert {one.largest_act for one in (*without.totals, *without.daily_deaths)} == {300}
    bare = read('first_day = 2023-10-08\nscenario = "baseline.toml"\n')
    assert len(bare.tallies) == 0, "who has times alone needs no file of tallies"
    assert (bare.views, bare.totals, bare.claimants, bare.left_out, bare.pauses, bare.candidates) == (
        (),
        (),
        (),
        {},
        (),
        {},
    )


def test_faults_come_together_and_a_theatre_needs_a_plan_and_a_ledger(read, theatre, monkeypatch):
    with pytest.raises(InputError) as caught:
        read(PLAN.replace('"HAM"', '"HAMM"').replace("S3.1-47.1", "S3.1-47.9"))
    assert len(caught.value.problems) == 2
    without = replace(read().theatre_file, ledger=None)
    monkeypatch.setattr("sim.inference.evidence_plan.read_theatre", lambda _: without)
    with pytest.raises(InputError, match=r"theatre\.toml: ledger: is missing; a fit needs a ledger"):
        read()
    theatre.with_name("evidence.toml").unlink()
    with pytest.raises(InputError, match=r"no such file; a fit of theatre\.toml needs it to know its evidence"):
        read_plan(theatre)
