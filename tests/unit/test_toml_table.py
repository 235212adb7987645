"""Typed reading of a table: what each accessor returns, what it notes, and what it takes in place of a fault."""

from __future__ import annotations

import datetime

import pytest

from sim.core.errors import InputError, Problems
from sim.core.parameters import Interval
from sim.core.toml_table import ANY, UNDECLARED, Key, TableKeys, TomlTable, read_toml

DAY = datetime.date(2023, 11, 7)
SHARE = Interval(0, 1)
DECLARED = TableKeys(
    {
        "name": Key("text", default="nobody"),
        "title": Key("text"),
        "on": Key("flag", default=True),
        "share": Key("number", bounds=SHARE, default=0.4),
        "rate": Key("number", bounds=Interval(2)),
        "count": Key("integer", bounds=Interval(3, 9), default=5),
        "day": Key("date"),
        "side": Key("one_of", valid=("left", "right"), default="left"),
        "names": Key("names", default=["a"]),
        "inner": Key("table", inside=TableKeys({"depth": Key("number", bounds=Interval(0, 7))})),
        "item": Key("tables", inside=TableKeys({"weight": Key("integer", bounds=Interval(1, 2))})),
        "points": Key("integer", bounds=Interval(6, 8), forms=(Key("tables"), Key("text", default="some"))),
    }
)

# Accessor, key, value in the file (None: missing), what is returned, what is noted.
CASES = [
    ("text", "name", "Ann", "Ann", ""),
    ("text", "name", None, "nobody", ""),
    ("text", "name", 3, "nobody", "must be a text, not 3"),
    ("text", "title", None, "", "is missing"),
    ("text", "title", ["x"], "", "must be a text, not ['x']"),
    ("flag", "on", False, False, ""),
    ("flag", "on", None, True, ""),
    ("flag", "on", 0, True, "must be true or false, not 0"),
    ("number", "share", 0.0, 0.0, ""),
    ("number", "share", 1, 1.0, ""),
    ("number", "share", None, 0.4, ""),
    ("number", "share", 1.01, 0.4, "1.01 is out of bounds; it must be between 0 and 1"),
    ("number", "share", True, 0.4, "must be a number, not True"),
    ("number", "share", "half", 0.4, "must be a number, not 'half'"),
    ("number", "share", float("nan"), 0.4, "nan is out of bounds; it must be between 0 and 1"),
    ("number", "rate", None, 0.0, "is missing"),
    ("number", "rate", 1.9, 0.0, "1.9 is out of bounds; it must be at least 2"),
    ("integer", "count", 3, 3, ""),
    ("integer", "count", 9, 9, ""),
    ("integer", "count", None, 5, ""),
    ("integer", "count", 10, 5, "10 is out of bounds; it must be between 3 and 9"),
    ("integer", "count", 4.0, 5, "must be a whole number, not 4.0"),
    ("integer", "count", False, 5, "must be a whole number, not False"),
    ("integer", "points", 7, 7, ""),
    ("text", "points", None, "some", ""),
    ("date", "day", DAY, DAY, ""),
    ("date", "day", None, datetime.date(1, 1, 1), "is missing"),
    ("date", "day", datetime.datetime(2023, 11, 7, 4), datetime.date(1, 1, 1), "must be a date such as"),
    ("date", "day", "2023-11-07", datetime.date(1, 1, 1), "must be a date such as 2023-11-07 (without quotes)"),
    ("one_of", "side", "right", "right", ""),
    ("one_of", "side", None, "left", ""),
    ("one_of", "side", "rigth", "", '"rigth" is not known; did you mean "right"?'),
    ("one_of", "side", 4, "left", "must be a text, not 4"),
    ("names", "names", ["x", "y"], ["x", "y"], ""),
    ("names", "names", [], [], ""),
    ("names", "names", None, ["a"], ""),
    ("names", "names", "x", [], "must be a list of texts, not 'x'"),
    ("names", "names", ["x", 1], [], "must be a list of texts, not ['x', 1]"),
]  # fmt: skip


def reading(values, path="", declared=DECLARED):
    problems = Problems("file.toml")
    return TomlTable(values, path, problems, declared), problems


def noted(problems):
    return [(problem.key, problem.message) for problem in problems.found]


@pytest.mark.parametrize(("accessor", "key", "value", "expected", "message"), CASES)
def test_a_value_is_read_or_its_fault_is_noted_and_the_default_stands_in_its_place(
    accessor, key, value, expected, message
):
    table, problems = reading({} if value is None else {key: value}, "party.A")
    found = getattr(table, accessor)(key)
    assert (found, type(found)) == (expected, type(expected))
    if message:
        ((where, said),) = noted(problems)
        assert where == f"party.A.{key}"
        assert said.startswith(message)
    table.finish()
    assert len(problems.found) == bool(message), "what was asked for is known"


def test_what_a_caller_gives_goes_before_what_is_declared():
    table, problems = reading({"side": "up", "share": 3, "count": 11})
    assert table.text("name", "Bea") == "Bea"
    assert table.flag("on", False) is False
    assert table.number("rate", default=4.0) == 4.0
    assert table.number("share", Interval(2, 5)) == 3.0
    assert table.integer("count", Interval(10, 12), 10) == 11
    assert table.integer("points", default=6) == 6
    assert table.one_of("side", ["up", "down"]) == "up"
    assert not problems.found
    other, problems = reading({})
    assert other.one_of("side", ["up", "down"], "down") == "down"
    assert not problems.found


def test_tables_inside_carry_their_path_and_their_declaration():
    table, problems = reading({"inner": {"depth": 8, "deep": 1}, "item": [{"weight": 1}, {"weight": 3}]}, "a")
    inner = table.table("inner")
    assert inner.number("depth") == 0.0
    inner.finish()
    assert [item.integer("weight") for item in table.tables("item")] == [1, 0]
    assert noted(problems) == [
        ("a.inner.depth", "8 is out of bounds; it must be between 0 and 7"),
        ("a.inner.deep", 'unknown key; did you mean "depth"?'),
        ("a.item[1].weight", "3 is out of bounds; it must be between 1 and 2"),
    ]
    for none in (reading({})[0], reading({"inner": {}, "item": []})[0]):
        assert none.table("inner").values == {}
        assert none.tables("item") == []
    with pytest.raises(TypeError, match=r"a\.inner\.name is not declared as text"):
        inner.text("name")


@pytest.mark.parametrize(
    ("accessor", "value", "message"),
    [
        ("table", [1], "must be a table, not [1]"),
        ("tables", {"weight": 1}, "must be tables, [[a.item]]"),
        ("tables", [{"weight": 1}, 2], "must be tables, [[a.item]]"),
    ],
)
def test_a_table_of_another_form_is_noted_and_read_as_empty(accessor, value, message):
    key = "inner" if accessor == "table" else "item"
    table, problems = reading({key: value}, "a")
    found = getattr(table, accessor)(key)
    assert (found.values if accessor == "table" else found) == ({} if accessor == "table" else [])
    assert noted(problems) == [(f"a.{key}", message)]


def test_a_caller_may_say_what_tables_hold():
    table, problems = reading({"item": [{"colour": "red"}]})
    (item,) = table.tables("item", TableKeys({"colour": Key("text")}))
    assert item.text("colour") == "red"
    assert not problems.found


def test_an_entry_that_is_declared_as_something_else_cannot_be_read():
    table, _ = reading({"title": "x", "points": 7, "day": DAY})
    for accessor, key in (
        ("number", "title"),
        ("flag", "count"),
        ("text", "day"),
        ("names", "side"),
        ("text", "other"),
    ):
        with pytest.raises(TypeError, match=f"{key} is not declared as {accessor}"):
            getattr(table, accessor)(key)
    for accessor, kind in ((table.text, "text"), (table.take, "any")):
        with pytest.raises(TypeError, match=f"other is not declared as {kind}"):
            accessor("other")
    assert table.take("points") == 7
    free, problems = reading({"a": 1, "b": "x", "c": True}, declared=UNDECLARED)
    assert (free.integer("a"), free.text("b"), free.flag("c"), free.take("d")) == (1, "x", True, None)
    other = TableKeys({"a": Key("text")}, other=Key("number", bounds=SHARE, default=0.3))
    assert reading({"b": 0.2}, declared=other)[0].number("b") == 0.2
    assert reading({}, declared=TableKeys({"a": Key(ANY)}))[0].take("a") is None
    assert not problems.found


def test_entries_that_nobody_asked_for_are_named_with_the_nearest_that_was():
    table, problems = reading({"name": "x", "nmae": 1, "sahre": 2}, "p", UNDECLARED)
    table.text("name")
    table.take("share")
    table.finish()
    assert noted(problems) == [
        ("p.nmae", 'unknown key; did you mean "name"?'),
        ("p.sahre", 'unknown key; did you mean "share"?'),
    ]
    skipped, problems = reading({"any": 1, "thing": 2})
    skipped.skip()
    skipped.finish()
    assert not problems.found
    assert (table.key("x"), skipped.key("x")) == ("p.x", "x")
    table.add("x", "is odd")
    assert noted(table.problems)[-1] == ("p.x", "is odd")


def test_files_that_cannot_be_read_are_refused_with_their_reason(tmp_path):
    (tmp_path / "good.toml").write_bytes("\ufeffname = 'Ä'\n".encode())
    assert read_toml(tmp_path / "good.toml") == {"name": "Ä"}
    (tmp_path / "bytes.toml").write_bytes(b"name = '\xff'")
    (tmp_path / "wrong.toml").write_text("name = ")
    (tmp_path / "long.toml").write_text(f"number = {'9' * 5000}")
    for name, message in (
        ("goood.toml", r'goood\.toml: no such file; did you mean "good\.toml"'),
        ("none/x.toml", r"x\.toml: no such file$"),
        ("bytes.toml", r"is not UTF-8 text \(byte 8\)"),
        ("wrong.toml", "is not valid TOML"),
        ("long.toml", "is not valid TOML"),
        (".", "cannot be read: Is a directory"),
    ):
        with pytest.raises(InputError, match=message):
            read_toml(tmp_path / name)
