"""The schemas for editors say what reading holds files to: shipped files pass, and both refuse the same faults."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tiny import BASE, FACTOR, THEATRE, WIDER, WIDER_BASE, write_scenario

from sim.core.errors import InputError, Problems
from sim.core.toml_table import Key, TableKeys, TomlTable
from sim.policies.registry import SHIPPED
from sim.scenario.design import KINDS
from sim.scenario.priors import LAWS
from sim.scenario.scenario import Scenario
from sim.scenario.scenario_file import SCENARIO
from sim.scenario.schema import scenario_schema, theatre_schema
from sim.scenario.theatre_file import THEATRE as THEATRE_KEYS

ROOT = Path(__file__).parents[2]
THEATRES = sorted(ROOT.glob("scenarios/*/theatre.toml"))
SCENARIOS = sorted(
    path
    for path in [*ROOT.glob("scenarios/*/*.toml"), *ROOT.glob("tests/validation/scenarios/*.toml")]
    if {"base", "theatre"} & tomllib.loads(path.read_text(encoding="utf-8")).keys()
)

SCHEMAS = {"scenario": Draft202012Validator(scenario_schema()), "theatre": Draft202012Validator(theatre_schema())}

DESCRIBED = 'description = "Tiny, with everything that a file may hold."\n'
MORE = """
[[truce]]
start_day = 1
days = 2.5

[[diplomatic_shock]]
day = 1
size = 0.5

[[incident]]
day = 1
sender = "R"
target = "L"
rung = 1
killed = 2

[design]
kind = "one at a time"

[parameters.world]
mediation_added = { law = "beta", a = 2, b = 3, source = "invented" }

[parameters.every_dyad]
delay_days = 0.5

[[factor]]
name = "lever"

[[factor.levels]]
label = "some"

[factor.levels.set]
"world.mediation_added" = 0.3

[factor.levels.policy.L]
rule = "threshold"
base = { rule = "proportional", harm_ratio = { value = 0.2, source = "assumption" } }
"""
TEXTS = {"theatre": THEATRE + WIDER, "scenario": DESCRIBED + WIDER_BASE + MORE + FACTOR}
LINES = [
    (kind, number)
    for kind, text in TEXTS.items()
    for number, line in enumerate(text.splitlines())
    if re.match(r"(\w+ =|\[)", line)
]


def content(text: str) -> Any:
    """Return a file as an editor hands it to the schema: dates are texts."""
    return json.loads(json.dumps(tomllib.loads(text), default=datetime.date.isoformat))


def is_read(kind: str, text: str, folder: Path) -> bool:
    """Return whether the reader takes a file, beside the other one as it should be."""
    files = TEXTS | {kind: text}
    try:
        Scenario.load(write_scenario(folder, files["scenario"], theatre=files["theatre"]))
    except InputError:
        return False
    return True


def tables(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from tables(inner, (*path, key))


def form(place: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return what tables of the same keys have in common: the names above them, without numbers and ids."""
    names = tuple(name for name in place if isinstance(name, str))
    return (*names[:2], *names[3:]) if names[:1] == ("parameters",) else names


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_the_schemas_are_schemas(kind: str):
    Draft202012Validator.check_schema(SCHEMAS[kind].schema)


@pytest.mark.parametrize("path", [*THEATRES, *SCENARIOS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_shipped_files_pass_and_a_key_too_many_anywhere_does_not(path: Path):
    schema = SCHEMAS["theatre" if path in THEATRES else "scenario"]
    whole = content(path.read_text(encoding="utf-8"))
    assert not [error.message for error in schema.iter_errors(whole)]
    # One table of each form, and of the file only the part in which it stands: a whole theatre takes long.
    part = schema.evolve(schema={**schema.schema, "required": [], "oneOf": [{}]})
    forms = {form(place): (place, table) for place, table in tables(whole)}
    for place, table in forms.values():
        if "points" not in place:
            table["misspelt key"] = 1
            assert not part.is_valid({name: whole[name] for name in place[:1]} or whole) or place[-1] == "set", place
            del table["misspelt key"]


def test_there_are_shipped_files():
    assert len(THEATRES) >= 2
    assert len(SCENARIOS) >= 12


@pytest.mark.parametrize("kind", sorted(TEXTS))
def test_files_with_everything_pass_both(kind: str, tmp_path: Path):
    assert not [error.message for error in SCHEMAS[kind].iter_errors(content(TEXTS[kind]))]
    assert is_read(kind, TEXTS[kind], tmp_path)


@pytest.mark.parametrize(("kind", "number"), LINES)
def test_reader_and_schema_refuse_the_same_misspelt_keys(kind: str, number: int, tmp_path: Path):
    """Every key and every head of a table, one at a time, with one letter too many."""
    lines = TEXTS[kind].splitlines()
    line = lines[number]
    lines[number] = re.sub(r"(\w)(\]+| =)", r"\1x\2", line, count=1)
    assert lines[number] != line
    broken = "\n".join(lines)
    try:
        refused = not SCHEMAS[kind].is_valid(content(broken))
    except tomllib.TOMLDecodeError:
        refused = True
    # A schema knows no ids: the parties of a file are any names to it.
    knows_ids = re.fullmatch(r"\[(policy|factor\.levels\.policy|parameters\.\w+)\.[\w-]+\]", line) is None
    assert refused is knows_ids, line
    assert not is_read(kind, broken, tmp_path) or line == "[[factor.levels]]", line


WRONG = [
    ("scenario", "replicates = 40", "replicates = 0"),
    ("scenario", "replicates = 40", "replicates = 2.5"),
    ("scenario", "seed = 7", "seed = -1"),
    ("scenario", "horizon_days = 8", "horizon_days = 3651"),
    ("scenario", "step_days = 1.0", "step_days = 2.0"),
    ("scenario", "horizons = [2, 5, 8]", "horizons = [0]"),
    ("scenario", "horizons = [2, 5, 8]", "horizons = []"),
    ("scenario", 'title = "Tiny"', "title = 1"),
    ("scenario", 'title = "Tiny"', ""),
    ("scenario", 'kind = "one at a time"', 'kind = "one at a tim"'),
    ("scenario", 'kind = "one at a time"', 'kind = "one at a time"\npoints = 4'),
    ("scenario", 'kind = "one at a time"', 'kind = "sobol"'),
    ("scenario", 'law = "beta"', 'law = "bet"'),
    ("scenario", "a = 2,", ""),
    ("scenario", ', source = "invented"', ", source = 3"),
    ("scenario", "size = 0.5", "size = 1.5"),
    ("scenario", "delay_days = 0.5", "delay_days = 61"),
    ("scenario", "value = 0.2,", "value = -1,"),
    ("scenario", "value = 0.2,", ""),
    ("scenario", "\ndays = 2.5", "\ndays = 0.2"),
    ("scenario", 'theatre = "theatre.toml"', 'theatre = "theatre.toml"\nbase = "a.toml"'),
    ("theatre", "start = 2023-11-07", "start = 7"),
    ("theatre", 'kind = "war"', 'kind = "wars"'),
    ("theatre", 'kind = "war"', 'kind = "war"\nlocation = "Leftland"'),
    ("theatre", 'kind = "killed_since_start"', 'kind = "killed_within"\nwindow_days = 0'),
    ("theatre", "threshold = 12", ""),
    ("theatre", "launches = 2", "launches = 2000"),
    ("theatre", "counts_launches = true", "counts_launches = 1"),
    ("theatre", 'side_a = ["L"]', 'side_a = "L"'),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), WRONG)
def test_reader_and_schema_refuse_the_same_values(kind: str, right: str, wrong: str, tmp_path: Path):
    assert TEXTS[kind].count(right) == 1
    broken = TEXTS[kind].replace(right, wrong)
    assert not SCHEMAS[kind].is_valid(content(broken))
    assert not is_read(kind, broken, tmp_path)


def test_the_schema_lists_designs_laws_and_rules():
    schema = SCHEMAS["scenario"].schema
    assert schema["properties"]["design"]["properties"]["kind"]["enum"] == list(KINDS)
    assert [law["properties"]["law"]["const"] for law in schema["$defs"]["law"]["oneOf"]] == list(LAWS)
    assert {name.removeprefix("policy.") for name in schema["$defs"] if name.startswith("policy.")} == set(SHIPPED)


def test_a_reader_cannot_read_what_is_not_declared():
    keys = TableKeys({"day": Key("integer"), "name": Key("text", default="")})
    table = TomlTable({"day": 1, "more": 2}, "", Problems("file"), keys)
    assert (table.integer("day"), table.text("name")) == (1, "")
    for ask in (lambda: table.take("more"), lambda: table.number("day"), lambda: table.tables("name")):
        with pytest.raises(TypeError, match="is not declared as"):
            ask()


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_both_take_a_list_of_tables_that_is_empty_where_none_is_needed(kind: str, tmp_path: Path):
    declared = {"scenario": SCENARIO, "theatre": THEATRE_KEYS}[kind].keys
    plain = {"scenario": BASE, "theatre": THEATRE}[kind]
    names = [name for name, key in declared.items() if key.kind == "tables" and f"[[{name}]]" not in plain]
    assert len(names) >= 2
    for name in names:
        text = f"{name} = []\n" + plain
        assert SCHEMAS[kind].is_valid(content(text)), name
        other = {"theatre": THEATRE, "scenario": BASE} | {kind: text}
        Scenario.load(write_scenario(tmp_path / name, other["scenario"], theatre=other["theatre"]))
