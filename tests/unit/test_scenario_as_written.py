"""What a theatre and scenarios on it say is what is read: every table once, no two of whose values are alike."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest
from tiny import BASE, THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.core.errors import InputError
from sim.engine.acts import GivenAct
from sim.engine.configuration import DiplomaticShock, Truce
from sim.engine.outcomes import Question
from sim.engine.theatre import Alliance, Dyad, Joiner, PartyProfile, Region
from sim.policies.overlay import Threshold
from sim.policies.reciprocal import TitForTat
from sim.scenario.entry_and_question_file import find_circle
from sim.scenario.priors import Fixed, LogNormal, SameAs, Uniform
from sim.scenario.samplers import is_power_of_two
from sim.scenario.scenario import Scenario
from sim.scenario.scenario_file import read_scenario
from sim.scenario.settings import bounds_problem

MORE = """
[[party]]
id = "M"
name = "Militia"
location = "Rightland"

[[dyad]]
sender = "M"
target = "L"
spill_to = "R"

[[question]]
id = "Q20"
text = "many within a while"
kind = "killed_within"
location = "Farland"
threshold = 55
window_days = 12

[[question]]
id = "Q21"
text = "a truce that holds"
kind = "driver_truce"
threshold = 66

[[question]]
id = "Q22"
text = "a grave answer"
kind = "attack"
sender = "M"
target = "L"
rung = 2
"""
COUNTED = "threshold = 12\nalready = 4"
TEXT = (
    WIDER_BASE.replace("replicates = 40", "replicates = 41\ndaily = false").replace(
        "step_days = 1.0", "step_days = 0.5"
    )
    + """
[policy.M]
rule = "threshold"
weight_below = 0.25
line_rung = { value = 2, source = "S7: told" }

[policy.M.base]
rule = "generous_tit_for_tat"
forgiveness = { law = "uniform", low = 0.1, high = 0.7, source = "assumption: nobody knows" }

[policy.L-F]
rule = "tit_for_two_tats"

[parameters.party.L]
baseline = 2.5

[parameters.every_dyad]
delay_days = 1.5

[parameters.dyad.R-L]
delay_days = { law = "same_as", key = "dyad.L-R.delay_days", factor = 3, source = "S8" }

[[truce]]
start_day = 1
days = 2.5

[[diplomatic_shock]]
day = 3
size = 0.75

[[incident]]
day = 4
sender = "R"
target = "L"
rung = 2
killed = 9
civilians = 7
leaders = 1
"""
)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    theatre = (THEATRE + WIDER + MORE).replace("threshold = 12", COUNTED)
    return Scenario.load(write_scenario(tmp_path_factory.mktemp("written"), TEXT, theatre=theatre))


def test_who_takes_part_is_read_as_it_is_written(scenario: Scenario):
    theatre = scenario.theatre
    assert theatre.parties == (
        PartyProfile("L", "Left", "Leftland", False),
        PartyProfile("R", "Right", "Rightland", True),
        PartyProfile("F", "Far", "Farland", False),
        PartyProfile("G", "Gone", "Goneland", False),
        PartyProfile("M", "Militia", "Rightland", False),
    )
    pairs = ("L", "R"), ("R", "L"), ("F", "L"), ("L", "F"), ("F", "G"), ("G", "F")
    assert set(theatre.dyads) == {*(Dyad(*pair) for pair in pairs), Dyad("M", "L", "R")}
    assert theatre.joiners == (Joiner("F"), Joiner("G", ("F",)))
    assert theatre.alliances == (Alliance("F", "R"), Alliance("G", "F"))
    assert theatre.region == Region(("F", "G"), ("F", "L"), ("F", "G"))
    front = theatre.front
    assert (front.id, front.name, front.sides) == ("border", "Left-Right", (("L",), ("R",)))
    strike = theatre.ladder.rungs[2]
    assert (strike.level, strike.name, strike.harm, strike.launches) == (2, "strike", 2, 2)
    assert (strike.lethality, strike.civilian_share, strike.depth_low, strike.depth_high) == (0.6, 0.4, 5, 10)
    assert scenario.start == datetime.date(2023, 11, 7)


def test_each_question_has_its_reference_class_as_of_the_start_or_none(scenario: Scenario):
    told = scenario.tell_reference("Q1")
    assert (told["class"], told["n"]) == ("ucdp-minor-to-war", 1918), "conflict-years whose outcome was known in 2023"
    assert [at["horizon_days"] for at in told["at"]] == sorted({*scenario.horizons, scenario.horizon_days})
    assert scenario.tell_reference("Q5") == {"class": "none", "why": "invented"}


def test_questions_are_read_as_they_are_written(scenario: Scenario):
    asked = {question.id: question for question in scenario.file.theatre_file.questions}
    assert list(asked) == ["Q1", "Q5", "Q8", "Q2", "Q3", "Q4", "Q10", "Q11", "Q20", "Q21", "Q22"]
    asked_here = [question.id for question in scenario.questions]
    assert asked_here == [one for one in asked if one != "Q21"], "no truce occurs by chance"
    killed = Question("Q5", "12 or more killed in Rightland", "killed_since_start", "Rightland", 12.0, already=4.0)
    assert asked["Q5"] == killed
    within = Question("Q20", "many within a while", "killed_within", "Farland", 55.0, window_days=12)
    assert asked["Q20"] == within
    assert asked["Q21"] == Question("Q21", "a truce that holds", "driver_truce", threshold=66.0)
    assert asked["Q3"] == Question("Q3", "and an answer", "attack", sender="L", target="F", after="Q2")
    assert asked["Q22"] == Question("Q22", "a grave answer", "attack", sender="M", target="L", rung=2)
    assert asked["Q4"] == Question("Q4", "Far joins", "joined", sender="F")


def test_runs_and_what_is_scheduled_are_read_as_they_are_written(scenario: Scenario):
    read = scenario.file
    assert read.run == {
        **{"replicates": 41, "seed": 7, "horizon_days": 8, "step_days": 0.5, "daily": False},
        "horizons": (2, 5, 8),
    }
    assert read.truces == (Truce(1.0, 2.5),)
    assert read.shocks == (DiplomaticShock(3.0, 0.75),)
    assert read.incidents == (GivenAct(4.0, "R", "L", 2, 9, 7, 1),)
    timeline = scenario.ensemble(scenario.points()[0], 3, 5, horizon_days=5).conflict.timeline
    assert (timeline.horizon_days, timeline.horizons, timeline.step_days) == (5, (2, 5), 0.5)
    assert (timeline.truces, timeline.shocks, timeline.scheduled) == (read.truces, read.shocks, read.incidents)


def test_parameters_keep_their_law_source_and_origin(scenario: Scenario):
    found = {setting.key: setting for setting in scenario.settings()}
    told = {key: (str(one.law), one.source, one.origin, one.label) for key, one in found.items()}
    assert told["party.R.baseline"] == ("lognormal(median 1.5, log_sd 0.4)", "invented", "theatre.toml", "judgement")
    assert told["party.L.baseline"] == ("2.5", "assumption: set by the scenario", "tiny.toml", "judgement")
    assert told["dyad.F-G.delay_days"] == ("1.5", "assumption: set by the scenario", "tiny.toml", "judgement")
    assert told["dyad.R-L.delay_days"][1:] == ("S8", "tiny.toml", "judgement")
    assert found["dyad.R-L.delay_days"].law == SameAs("dyad.L-R.delay_days", 3.0)
    assert told["policy.M.line_rung"] == ("2", "S7: told", "tiny.toml", "judgement")
    assert told["policy.M.base.forgiveness"][1:] == ("assumption: nobody knows", "tiny.toml", "judgement")
    assert found["policy.M.base.forgiveness"].law == Uniform(0.1, 0.7)
    assert told["policy.M.step_above"] == ("0", "assumption", "default", "judgement")
    assert told["alliance.F-R.weight"][:2] == ("1.5", "assumption")
    assert found["alliance.G-F.weight"].origin == "default"
    stated = [one for one in found.values() if one.origin != "default" and not isinstance(one.law, SameAs)]
    counts = {"informed": 0, "literature": 0, "judgement": len(stated), "parameters": len(stated)}
    assert scenario.count_labels() == counts


def test_policies_are_built_of_what_their_replicates_drew(scenario: Scenario):
    policies = scenario.policies(scenario.points()[0])
    assert {owner: policy.label for owner, policy in policies.items()} == {
        **{"L": "disproportionate", "R": "tit_for_tat", "F": "tit_for_tat", "G": "tit_for_tat"},
        **{"M": "threshold over generous_tit_for_tat", "L-F": "tit_for_two_tats"},
    }
    values = {setting.key: 0.5 for setting in policies["M"].flat_settings()} | {"policy.M.line_rung": 4.0}
    built = policies["M"].build(values | {"policy.M.line_civilians": 8.0, "policy.M.base.forgiveness": 0.375})
    assert isinstance(built, Threshold)
    assert (built.line_rung, built.line_civilians, built.weight_below) == (4.0, 8.0, 0.5)
    assert built.base.forgiveness == 0.375


def test_drawn_values_reach_the_parameters_of_their_owners(scenario: Scenario):
    changed = {"party.F.restraint": 0.7, "dyad.F-L.excitation": 0.3, "entry.G.hazard": 0.2, "alliance.G-F.weight": 2.5}
    ensemble = scenario.ensemble(scenario.points()[0], np.array([3, 9]), 5, changed=changed)
    given = ensemble.conflict.parameters
    assert (given.parties["F"].restraint, given.dyads["F-L"].excitation) == (0.7, 0.3)
    assert (given.entries["G"].hazard, given.entries["F"].hazard) == (0.2, 0.1)
    assert (given.alliances["G-F"].weight, given.alliances["F-R"].weight) == (2.5, 1.5)
    assert (given.dyads["R-L"].delay_days, given.dyads["L-R"].delay_days) == (4.5, 1.5)
    assert np.array_equal(ensemble.inputs["party.R.baseline"], given.parties["R"].baseline)
    assert "party.L.baseline" not in ensemble.inputs
    assert ensemble.inputs["policy.M.base.forgiveness"].shape == (2,)


def test_a_scenario_takes_from_its_base_what_it_does_not_say(tmp_path: Path):
    write_scenario(tmp_path, TEXT, name="base", theatre=THEATRE + WIDER + MORE)
    child = tmp_path / "child.toml"
    child.write_text('title = "Child"\nbase = "base.toml"\n[run]\nseed = 8\n[policy.R]\nrule = "none"\n')
    base, read = read_scenario(tmp_path / "base.toml"), read_scenario(child)
    assert (read.title, read.description, read.path) == ("Child", "", child)
    assert read.run == base.run | {"seed": 8}
    assert (read.truces, read.shocks, read.incidents) == (base.truces, base.shocks, base.incidents)
    assert {owner: one.rule for owner, one in read.policies.items() if one != base.policies[owner]} == {"R": "none"}
    assert read.settings == base.settings
    child.write_text('title = "Child"\nbase = "base.toml"\n[[truce]]\nstart_day = 6\ndays = 7\n')
    read = read_scenario(child)
    assert (read.truces, read.shocks, read.incidents) == ((Truce(6.0, 7.0),), base.shocks, base.incidents)
    child.write_text('title = "Child"\nbase = "base.toml"\nincident = []\ndiplomatic_shock = []\n')
    read = read_scenario(child)
    assert (read.truces, read.shocks, read.incidents) == (base.truces, (), ())


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("horizons = [3, 20]", (20, 0.25)),
        ("horizons = [3, 20]\nhorizon_days = 21\nstep_days = 0.125", (21, 0.125)),
        ("step_days = 1", (365, 1.0)),
    ],
)
def test_a_run_is_as_long_as_its_last_horizon_unless_it_says_more(
    tmp_path: Path, run: str, expected: tuple[int, float]
):
    head, rest = BASE.split("[run]\n")
    text = head + "[run]\n" + run + "\n\n" + rest[rest.index("[policy.L]") :]
    read = read_scenario(write_scenario(tmp_path, text))
    assert (read.run["horizon_days"], read.run["step_days"]) == expected
    assert (read.run["replicates"], read.run["seed"], read.run["daily"]) == (1000, 1, True)


@pytest.mark.parametrize(
    "days", ["[2, 2]", "[5, 3]", "[0, 3]", "[3, 3651]", "[3, 4.5]", "[3, true]", '[3, "x"]', "[]", "3"]
)
def test_horizons_that_are_no_rising_days_are_refused(tmp_path: Path, days: str):
    with pytest.raises(InputError, match="must be rising whole numbers of days between 1 and 3650"):
        read_scenario(write_scenario(tmp_path, BASE.replace("horizons = [2, 5, 8]", f"horizons = {days}")))


POINTS = """
[[factor]]
key = "party.L.baseline"
low = 0.5
high = 2.0

[[factor]]
name = "lever"

[[factor.levels]]
label = "none"

[[factor.levels]]
label = "pause"

[factor.levels.set]
"party.L.baseline" = 9.5
"party.R.restraint" = 0.6

[factor.levels.policy.R]
rule = "none"

[[factor.levels.truce]]
start_day = 4
days = 5
"""


def test_each_point_has_its_own_levels_and_a_bundle_wins_over_a_single_parameter(tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path, BASE + POINTS))
    points, table = scenario.points(), scenario.resolved()
    found = [{setting.key: str(setting.law) for setting in scenario.settings(point)} for point in points]
    assert [one["party.L.baseline"] for one in found] == ["0.5", "9.5", "1.25", "9.5", "2", "9.5"]
    assert [one["party.R.restraint"] == "0.6" for one in found] == [False, True] * 3
    assert [scenario.policies(point)["R"].rule for point in points] == ["tit_for_tat", "none"] * 3
    assert {policy.rule for policy in scenario.used_policies()} == {"disproportionate", "tit_for_tat", "none"}
    assert table["bundles"]["pause"]["truces"] == [{"start_day": 4.0, "days": 5.0}]
    assert table["parameters"]["party.L.baseline"]["law"] == "0.5"
    assert list(table["parameters_of_points"]) == [point.label for point in points], "the first too, without a change"
    changed = table["parameters_of_points"]["party.L.baseline = 1.25, lever = pause"]
    assert {key: text["law"] for key, text in changed.items()} == {
        "party.L.baseline": "9.5",
        "party.R.restraint": "0.6",
    }
    assert table["policies"]["party.L.baseline = 2, lever = pause"] == {"L": "disproportionate", "R": "none"}
    timelines = [scenario.ensemble(point, 1, 1).conflict.timeline for point in points[:2]]
    assert [timeline.truces for timeline in timelines] == [(), (Truce(4.0, 5.0),)]


def test_the_first_point_is_told_whole_and_the_others_by_what_differs(tmp_path: Path):
    table = Scenario.load(write_scenario(tmp_path)).resolved()
    law = table["parameters"]["policy.L.climb"]
    assert law["law"] == "0"
    changed = {"policy.L.climb": law | {"law": "0.9"}}
    assert table["parameters_of_points"] == {"policy.L.climb = 0": {}, "policy.L.climb = 0.9": changed}


VARIED = """
[[factor]]
key = "policy.R"

[[factor.levels]]
rule = "threshold"
base = { rule = "none" }

[[factor.levels]]
label = "sure"
rule = "always_escalate"
climb_rungs = 2
"""


def test_policies_that_vary_go_by_their_label_or_by_their_rule(tmp_path: Path):
    scenario = Scenario.load(
        write_scenario(tmp_path, BASE.replace('\n[policy.R]\nrule = "tit_for_tat"\n', "") + VARIED)
    )
    assert [point.label for point in scenario.points()] == ["policy.R = threshold over none", "policy.R = sure"]
    rules = [scenario.policies(point)["R"] for point in scenario.points()]
    assert [(one.rule, *one.inner) for one in rules] == [("threshold", "base"), ("always_escalate",)]
    assert str(rules[1].settings["climb_rungs"].law) == "2"


@pytest.mark.parametrize(("killed", "civilians", "leaders", "among"), [(3, 4, 1, 4), (3, 1, 5, 5), (0, 0, 1, 1)])
def test_an_incident_kills_no_fewer_than_are_among_them(tmp_path: Path, killed, civilians, leaders, among):
    numbers = f"killed = {killed}\ncivilians = {civilians}\nleaders = {leaders}\n"
    text = BASE + '[[incident]]\nday = 1\nsender = "R"\ntarget = "L"\nrung = 1\n' + numbers
    with pytest.raises(InputError, match=f"{killed} is below the {among} civilians or leaders among them"):
        read_scenario(write_scenario(tmp_path, text))
    text = text.replace(f"killed = {killed}", f"killed = {among}")
    assert read_scenario(write_scenario(tmp_path, text)).incidents[0].killed == among


def test_laws_are_held_to_the_bounds_of_their_parameters(scenario: Scenario):
    declared = {setting.key: setting.declared for setting in scenario.settings()}["policy.M.base.forgiveness"]
    assert bounds_problem(Uniform(0.0, 1.0), declared) is None
    assert bounds_problem(SameAs("x", 50.0), declared) is None
    assert bounds_problem(Fixed(1.5), declared) is not None
    told = bounds_problem(Uniform(-0.25, 0.75), declared)
    assert told is not None
    assert "reaches from -0.25 to 0.75; forgiveness must be between 0 and 1 [1]" in told
    assert bounds_problem(LogNormal(0.5, 1.0), declared) is not None


def test_circles_of_waiting_are_found_and_powers_of_two_told():
    assert find_circle({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == []
    assert find_circle({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"]}) == ["b", "c", "d", "b"]
    assert find_circle({"a": [], "x": ["x"]}) == ["x", "x"]
    assert [size for size in range(-4, 40) if is_power_of_two(size)] == [1, 2, 4, 8, 16, 32]


def test_in_kind_needs_no_parameters(scenario: Scenario):
    assert scenario.policies(scenario.points()[0])["R"].build({}) == TitForTat()


def test_parameters_that_must_fit_together_do_so_in_the_middle_of_their_laws(tmp_path: Path):
    law = 'weight_first = {{ law = "uniform", low = {}, high = {}, source = "S2.7" }}'
    mixed = f'rule = "mixed"\nweight_second = 0.3\nweight_third = 0.3\n{law}'
    Scenario.load(write_scenario(tmp_path / "fits", BASE.replace('rule = "disproportionate"', mixed.format(0.2, 0.6))))
    with pytest.raises(InputError, match=r"must sum to 1; they sum to 1\.1"):
        Scenario.load(
            write_scenario(tmp_path / "not", BASE.replace('rule = "disproportionate"', mixed.format(0.3, 0.7)))
        )
