"""The commonest mistakes in scenario files: one sentence each, that says where a thing stands or how it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Command, Done
from tiny import BASE, THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.scenario.scenario import Scenario

WHOLE = THEATRE + WIDER
HEAD, REST = WIDER_BASE.split("[run]\n")


def told(done: Done) -> list[str]:
    """Return the sentences of a refusal, without the file."""
    assert (done.status, done.out) == (2, "")
    return [line.removeprefix("sim: ").partition(".toml: ")[2] for line in done.err.strip().splitlines()]


def checked(sim: Command, folder: Path, text: str, theatre: str = WHOLE) -> list[str]:
    return told(sim("scenario", "check", write_scenario(folder, text, theatre=theatre)))


def top(lines: str) -> str:
    """Return the scenario with lines above its first table."""
    return HEAD + lines + "[run]\n" + REST


FACTOR = '\n[[factor]]\nkey = "{0}"\nlevels = [0, 1]\n'
LEVEL = '\n[[factor]]\nname = "lever"\n\n[[factor.levels]]\nlabel = "none"\n\n[[factor.levels]]\nlabel = "some"\n'

ONE_SENTENCE = {
    "replicates above the tables": (top("replicates = 5\n"), "replicates: unknown key; it stands in [run]"),
    "seed above the tables": (top("seed = 5\n"), "seed: unknown key; it stands in [run]"),
    "horizons above the tables": (top("horizons = [30]\n"), "horizons: unknown key; it stands in [run]"),
    "days above the tables": (
        top("days = 5\n"),
        'days: unknown key; it stands in [run] and is called "horizon_days"',
    ),
    "days of a run": (
        WIDER_BASE.replace("seed = 7", "seed = 7\ndays = 5"),
        'run.days: unknown key; did you mean "horizon_days"?',
    ),
    "a key at the end of the file": (WIDER_BASE + "seed = 5\n", "policy.G.seed: unknown key; it stands in [run]"),
    "a description below a table": (
        WIDER_BASE.replace("seed = 7", 'seed = 7\ndescription = "x"'),
        "run.description: unknown key; it stands at the top of the file, above all tables",
    ),
    "a parameter at the top": (
        WIDER_BASE + "\n[party.L]\nbaseline = 1\n",
        "party: unknown key; it stands in [parameters]",
    ),
    "its key path at the top": (top('"party.L.baseline" = 1\n'), "party: unknown key; it stands in [parameters]"),
    "the start of the theatre": (
        top("start = 2023-11-20\n"),
        "start: belongs to the theatre, theatre.toml, and cannot change in a scenario",
    ),
    "a day for a number of days": (
        WIDER_BASE + "\n[[truce]]\nstart_day = 2023-11-10\ndays = 7\n",
        "truce[0].start_day: must be a number of days (begin, counted from the start of the scenario), not 2023-11-10",
    ),
    "a day as a text": (
        WIDER_BASE + '\n[[diplomatic_shock]]\nday = "2023-11-10"\nsize = 0.5\n',
        "diplomatic_shock[0].day: must be a number of days (day, counted from the start of the scenario), not "
        "'2023-11-10'",
    ),
    "overlapping truces": (
        WIDER_BASE + "\n[[truce]]\nstart_day = 1\ndays = 3\n\n[[truce]]\nstart_day = 3.5\ndays = 1\n",
        "truce[1].start_day: truce[1] overlaps truce[0] from day 3.5 to 4; let one end first",
    ),
    "overlapping truces of a lever": (
        WIDER_BASE + LEVEL + "truce = [{ start_day = 3, days = 3 }, { start_day = 1, days = 3 }]\n",
        "factor[0].levels[1].truce[1].start_day: truce[1] overlaps truce[0] from day 3 to 4; let one end first",
    ),
    "a factor on a rule that is not in use": (
        WIDER_BASE + FACTOR.format("policy.R.forgiveness"),
        'factor[0].key: "policy.R.forgiveness" is not in use: R follows "tit_for_tat", which has no "forgiveness"; '
        "generous_tit_for_tat would have it, this one has nothing to set",
    ),
    "a lever on a rule that is not in use": (
        WIDER_BASE + LEVEL + "set.policy.L.harm_ratio = 1\n",
        'factor[0].levels[1].set.policy.L.harm_ratio: is not in use: L follows "disproportionate", which has no '
        '"harm_ratio"; proportional and expected_cost would have it, this one has climb',
    ),
    "a factor in use at no point": (
        WIDER_BASE
        + FACTOR.format("policy.L.climb")
        + '\n[[factor]]\nkey = "policy.L"\nlevels = [{ rule = "tit_for_tat" }]\n',
        "policy.L.climb: is varied and in use at no point: no level follows a rule that has it",
    ),
    "one value in two grammars": (
        WIDER_BASE + '\n[parameters]\n"party.L.baseline" = 1\nparty.L.baseline = 2\n',
        "parameters.party.L.baseline: stands twice, as a key path and as a table",
    ),
    "a definition above the ladder": (
        WIDER_BASE + "\n[parameters.definition]\ngeneral_rung = 3\n",
        "parameters.definition.general_rung: 3.0 is out of bounds; general_rung must be between 1 and 2 [rung]; the "
        "ladder of this theatre ends at rung 2",
    ),
    "a red line above the ladder": (
        WIDER_BASE.replace('"disproportionate"', '"threshold"\nline_rung = { law = "choice", values = [1, 3] }'),
        "policy.L.line_rung: 3.0 is out of bounds; line_rung must be between 1 and 2 [rung]; the ladder of this "
        "theatre ends at rung 2",
    ),
    "a level above the ladder": (
        WIDER_BASE + '\n[[factor]]\nkey = "definition.front_rung"\nlevels = [2, 5]\n',
        "factor[0].levels[1].level: 5.0 is out of bounds; front_rung must be between 1 and 2 [rung]; the ladder of "
        "this theatre ends at rung 2",
    ),
    "a source that is no text": (
        WIDER_BASE + "\n[parameters.world]\ndriver_level = { value = 1, source = 3 }\n",
        "parameters.world.driver_level: has a source that is no text: it must be a reference, or be left away for an "
        "assumption",
    ),
    "a title of two lines": (WIDER_BASE.replace('"Tiny"', '"Ti\\nny"'), r"title: must stand on one line, not 'Ti\nny'"),
    "a look-alike key": (
        top('"tit\u0131e" = "x"\n'),
        'tit\u0131e: unknown key; did you mean "title"? (written with U+0131)',
    ),
    "a level of mediation at the top": (
        top("mediation = 0.9\n"),
        "mediation: unknown key; it stands in [parameters.world]",
    ),
    "one value of a lever in two grammars": (
        WIDER_BASE + LEVEL + '[factor.levels.set]\n"policy.L.climb" = 1\npolicy.L.climb = 0.5\n',
        "factor[0].levels[1].set.policy.L.climb: stands twice, as a key path and as a table",
    ),
    "one value of a point in two grammars": (
        WIDER_BASE + '\n[design]\nkind = "list"\n[[design.points]]\n"policy.L.climb" = 1\npolicy.L.climb = 0.5\n',
        "design.points[0].policy.L.climb: stands twice, as a key path and as a table",
    ),
    "a truce of the scenario and one of a lever": (
        WIDER_BASE + "\n[[truce]]\nstart_day = 1\ndays = 3\n" + LEVEL + "truce = [{ start_day = 3, days = 3 }]\n",
        "truce: at lever = some: truce[1] overlaps truce[0] from day 3 to 4; let one end first",
    ),
    "one level in two forms": (
        WIDER_BASE + '\n[[factor]]\nkey = "world.mediation_added"\nlevels = [0.3, { value = 0.3 }]\n',
        "factor[0].levels: {'value': 0.3} stands there twice, and would make two points of one content",
    ),
    "rules as plain names in levels": (
        WIDER_BASE + '\n[[factor]]\nkey = "policy.L"\nlevels = ["tit_for_tat", "none"]\n',
        'factor[0].levels: must be tables, [[factor[0].levels]] such as { rule = "tit_for_tat" }',
    ),
    "a rule as a plain name": (
        WIDER_BASE.replace('[policy.L]\nrule = "disproportionate"', '[policy]\nL = "grim_trigger"'),
        "policy.L: must be a table such as { rule = \"tit_for_tat\" }, not 'grim_trigger'",
    ),
    "a day as the length": (
        WIDER_BASE.replace("horizon_days = 8", 'horizon_days = "2024-03-01"'),
        "run.horizon_days: must be a whole number of days (length of a run; the last horizon without it), not "
        "'2024-03-01'",
    ),
    "values in place of levels": (
        WIDER_BASE + '\n[[factor]]\nkey = "world.mediation_added"\nvalues = [1, 0.2]\n',
        'factor[0].values: unknown key; did you mean "levels"?',
    ),
    "no levels": (
        WIDER_BASE + '\n[[factor]]\nkey = "world.mediation_added"\n',
        "factor[0].levels: is missing: give levels, or low and high",
    ),
    "nothing at all": ("", 'theatre: is missing: a scenario needs "theatre" or "base", and this one has neither'),
    "no title": (WIDER_BASE.replace('title = "Tiny"\n', ""), "title: is missing"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", ONE_SENTENCE)
def test_a_mistake_is_one_sentence_with_the_right_hint(mistake: str, sim: Command, tmp_path: Path):
    text, sentence = ONE_SENTENCE[mistake]
    assert checked(sim, tmp_path, text) == [sentence]


START = "start = 2023-11-07"
ATTACK = 'sender = "F"\ntarget = "L"\n'
OF_THEATRES = {
    "a day in quotes": (START, 'start = "2023-11-07"', "start: must be a date such as 2023-11-07 (without quotes)"),
    "a day and an hour": (START, f"{START}T06:00:00", "start: must be a date such as 2023-11-07, not 2023-11-07T06"),
    "a day as people write it": (START, "start = 7.11.2023", "is not valid TOML: Expected newline"),
    "an empty side": ('side_b = ["R"]', "side_b = []", "front.side_b: is empty: a front needs a party on either side"),
    "a rung above the ladder": (
        f"{ATTACK}reference",
        f"{ATTACK}rung = 3\nreference",
        "question[3].rung: 3 can never come true: the ladder ends at rung 2",
    ),
    "a reference class that there is not": (
        'reference = "ucdp-minor-to-war"',
        'reference = "ucdp-minor-to-wars"',
        'question[0].reference: "ucdp-minor-to-wars" is not known; did you mean "ucdp-minor-to-war"?',
    ),
    "a reason to have none beside a class": (
        'reference = "ucdp-minor-to-war"',
        'reference = "ucdp-minor-to-war"\nwhy = "rare"',
        'question[0].why: belongs to reference = "none" alone',
    ),
    "a reference class as it stood before": (
        "[front]",
        "[reference]\nbest = 0.2\n\n[front]",
        "reference: stands in each question now",
    ),
    "a place where nobody is hit": (
        'location = "Rightland"\nthreshold',
        'location = "Nowhere"\nthreshold',
        'question[1].location: "Nowhere" is not known',
    ),
    "an id that is empty": ('id = "Q4"', 'id = " "', "question[5].id: is empty"),
    "a question named as a state": (
        'id = "Q4"',
        'id = "O1"',
        'question[5].id: "O1" is the name of an outcome state; choose another, such as Q1',
    ),
    "a party twice on a side": ('side_a = ["L"]', 'side_a = ["L", "L"]', 'front.side_a: "L" stands twice'),
    "a dot in an id": ('id = "G"', 'id = "G.x"', 'party[3].id: "G.x" has a dot'),
}


@pytest.mark.parametrize("mistake", OF_THEATRES)
def test_a_mistake_of_a_theatre_is_told_first_and_once(mistake: str, sim: Command, tmp_path: Path):
    right, wrong, sentence = OF_THEATRES[mistake]
    assert WHOLE.count(right) == 1, mistake
    lines = checked(sim, tmp_path, WIDER_BASE, WHOLE.replace(right, wrong))
    assert lines[0].startswith(sentence), lines
    assert len(lines) == 1 or "dot" in sentence


@pytest.mark.parametrize("group", ["every_entry", "every_alliance"])
def test_parameters_that_nobody_has_are_refused(group: str, sim: Command, tmp_path: Path):
    (line,) = checked(sim, tmp_path, f"{BASE}\n[parameters.{group}]\nfoo = 3\n", THEATRE)
    who = "joiner" if group == "every_entry" else "alliance"
    assert line == f"parameters.{group}: nobody has these parameters: the theatre has no {who}"


def test_a_theatre_or_a_scenario_in_place_of_the_other_is_one_sentence(sim: Command, tmp_path: Path):
    path = write_scenario(tmp_path)
    for line, sentence in {
        f'theatre = "{path.name}"\ntitle = "x"': f'theatre: {path.name} is a scenario; inherit from it with "base"',
        'base = "theatre.toml"': 'base: theatre.toml is a theatre; a scenario on it names it as "theatre"',
        'theatre = "zz.toml"\ntitle = "x"': "theatre: zz.toml is this file itself; name a theatre",
    }.items():
        (tmp_path / "zz.toml").write_text(f"{line}\n")
        assert told(sim("scenario", "check", tmp_path / "zz.toml")) == [sentence]
    (tmp_path / "zy.toml").write_text('base = "zz2.toml"\n')
    (tmp_path / "zz.toml").unlink()
    assert "zy.toml" not in told(sim("scenario", "check", tmp_path / "zy.toml"))[0]


def test_a_day_that_is_no_toml_is_shown_with_its_line(sim: Command, tmp_path: Path):
    (line,) = checked(sim, tmp_path, WIDER_BASE, WHOLE.replace("start = 2023-11-07", "start = 7.11.2023"))
    assert line.endswith(": start = 7.11.2023; a day is written 2023-11-07, without quotes")


def test_a_table_that_is_missing_is_one_sentence(sim: Command, tmp_path: Path):
    start, _, rest = WHOLE.partition("[front]\n")
    theatre = start + rest[rest.index("[[party]]") :]
    (line,) = checked(sim, tmp_path, BASE, theatre.replace(WIDER, ""))
    assert line == "front: is missing: a table [front] with id, name, side_a, side_b"


def test_an_alliance_across_the_front_is_refused(sim: Command, tmp_path: Path):
    theatre = THEATRE + '\n[[joiner]]\nparty = "L"\n\n[[alliance]]\nparty = "L"\nally = "R"\n'
    (line,) = checked(sim, tmp_path, BASE, theatre)
    assert line == "alliance[0].ally: L and R stand on the two sides of the front, so neither is the other's ally"


def test_bases_that_go_round_are_told_as_circles(sim: Command, tmp_path: Path):
    write_scenario(tmp_path)
    for name, base in {"a": "b", "b": "a", "own": "own", "c": "d", "d": "e", "e": "c"}.items():
        (tmp_path / f"{name}.toml").write_text(f'base = "{base}.toml"\n')
    sentences = {
        "a": "base: b.toml inherits from a.toml in turn, a circle; one of the two must name a theatre",
        "own": "base: own.toml is this file itself; name a scenario that has a theatre",
        "c": "base: e.toml inherits from c.toml in turn; a scenario may inherit twice, from one that has a theatre",
    }
    for name, sentence in sentences.items():
        assert told(sim("scenario", "check", tmp_path / f"{name}.toml")) == [sentence]
    (tmp_path / "f.toml").write_text('base = "g.toml"\n')
    (line,) = told(sim("scenario", "check", tmp_path / "f.toml"))
    assert line.startswith("no such file")


def test_horizons_of_the_base_that_do_not_fit_are_said_to_be_those(sim: Command, tmp_path: Path):
    write_scenario(tmp_path, name="base")
    path = tmp_path / "child.toml"
    path.write_text('base = "base.toml"\n[run]\nhorizon_days = 4\n')
    assert told(sim("scenario", "check", path)) == [
        "run.horizons: 8 is beyond horizon_days = 4; one is that of base.toml, so give both"
    ]


GRAMMARS = (
    '[parameters]\n"party.L.baseline" = {0}\n',
    "[parameters]\nparty.L.baseline = {0}\n",
    "[parameters.party.L]\nbaseline = {0}\n",
    '["parameters.party.L"]\nbaseline = {0}\n',
)
LEVERS = (
    'set = {{ "party.L.baseline" = {0} }}\n',
    "set.party.L.baseline = {0}\n",
    "[factor.levels.set.party.L]\nbaseline = {0}\n",
    '[factor.levels.set]\n"party.L".baseline = {0}\n',
)
ROWS = (
    '\n[design]\nkind = "list"\n\n[[design.points]]\n"party.L.baseline" = {0}\n',
    '\n[design]\nkind = "list"\n\n[[design.points]]\nparty.L.baseline = {0}\n',
)


@pytest.mark.parametrize("given", ["0.5", "{ value = 0.5 }", '{ value = 0.5, source = "S9", spread_source = "n = 4" }'])
@pytest.mark.parametrize("text", [*GRAMMARS, *(LEVEL + lever for lever in LEVERS), *ROWS])
def test_a_key_path_is_one_grammar_and_a_source_one_rule_everywhere(text: str, given: str, tmp_path: Path):
    scenario = Scenario.load(write_scenario(tmp_path, BASE + "\n" + text.format(given)))
    settings = {one.key: one for one in scenario.settings(scenario.points()[-1])}
    one = settings["party.L.baseline"]
    source = "S9" if "S9" in given else "assumption: set by the scenario"
    assert (str(one.law), one.source, one.label) == ("0.5", source, "from literature" if "S9" in given else "judgement")


def test_a_theatre_asks_for_sources_in_the_same_way(tmp_path: Path):
    for given in ("1.5", "{ value = 1.5 }", '{ law = "uniform", low = 1, high = 2 }'):
        theatre = THEATRE.replace("lethality = { value = 1, source", "trend = 0\nlethality = { value = 1, source")
        theatre = theatre.replace('excitation = { value = 0.4, source = "assumption" }', f"delay_days = {given}")
        scenario = Scenario.load(write_scenario(tmp_path, BASE, theatre=theatre))
        settings = {one.key: one for one in scenario.settings()}
        assert settings["dyad.L-R.delay_days"].source == settings["party.L.trend"].source
        assert settings["party.L.trend"].label == "judgement"
