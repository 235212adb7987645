"""Typed reading of TOML tables: every fault is noted with its key path, and reading goes on.

A `TomlTable` is a view of one table of a file. Each accessor notes a problem and returns its default where the value
is missing or wrong; `finish` notes keys that nobody asked for, with the nearest name that was asked for. A table may
carry the declaration of its keys: bounds, defaults and valid names then come from there, and what is not declared, or
declared as something else, cannot be read. So a schema made of the declarations says what is read.
"""

import datetime
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sim.core.errors import InputError, Problems, nearest
from sim.core.parameters import Interval, Parameter, number_problem
from sim.core.visible_text import find_hidden, shorten, show

ANY: Final = "any"  # kind of a key that every accessor may read


@dataclass(frozen=True)
class Key:
    """The declaration of one key of a table: what reading holds it to, and what a schema tells an editor."""

    kind: str  # name of the accessor that reads it, or of a form that one room knows
    text: str = ""  # meaning, in a phrase
    bounds: Interval = Interval()
    default: Any = None  # without one the key is required
    unit: str = ""
    valid: Sequence[str] = ()  # names of `TomlTable.one_of`, where they are the same in every file
    inside: "TableKeys | None" = None  # keys of the table, or of each of the tables
    fewest: int = 0  # tables that there must be
    is_optional: bool = False  # may be left out though it has no default
    parameter: Parameter | None = None  # whose value or law it holds
    forms: tuple["Key", ...] = ()  # what it may hold instead
    synonyms: tuple[str, ...] = ()  # what people write in its place: a hint leads here, no reader takes them
    is_long: bool = False  # a text that may have several lines

    @property
    def is_required(self) -> bool:
        """Whether a table must have it: it has no default, or is a table that must have keys."""
        if self.kind == "table":
            return self.inside is not None and bool(self.inside.required())
        if self.kind == "tables":
            return self.fewest > 0
        return self.default is None and not self.is_optional


@dataclass(frozen=True)
class TableKeys:
    """The keys that a table may have."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    other: Key | None = None  # what any further key holds; without it there may be none
    either: tuple[str, ...] = ()  # keys of which a table has exactly one
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # keys that one of these needs beside it
    by: str = ""  # key whose value says which of the keys in `cases` belong
    cases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    example: str = ""  # end of a refusal, for who writes something else in place of such a table

    def required(self) -> list[str]:
        """Return the keys that a table must have in every case."""
        others = {*self.in_cases(), *self.either}
        return [name for name, key in self.keys.items() if name not in others and key.is_required]

    def in_cases(self) -> list[str]:
        """Return the keys that belong in some cases alone."""
        return list(dict.fromkeys(name for names in self.cases.values() for name in names))


UNDECLARED: Final = TableKeys(other=Key(ANY))


def read_toml(path: Path, named_by: Path | None = None) -> dict[str, Any]:
    """Return the content of a TOML file, that another may name; refuse one that is missing, unreadable or not plain."""
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"), path)
    except FileNotFoundError:
        siblings = [p.name for p in path.parent.glob("*.toml") if p != named_by] if path.parent.is_dir() else []
        hint = f"; {nearest(path.name, siblings)}" if siblings else ""
        raise InputError.single(path, "", f"no such file{hint}") from None
    except UnicodeDecodeError as error:
        raise InputError.single(path, "", f"is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise InputError.single(path, "", f"cannot be read: {error.strerror}") from None


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """Return the content of a text that stands for a TOML file; refuse one that is not plain."""
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        # Python refuses numbers of thousands of digits with the plain error.
        raise InputError.single(path, "", f"is not valid TOML: {error}{_quote_line(text, str(error))}") from None
    problems = Problems(path)
    for key, code in find_hidden(content):
        problems.add(shorten(key), f"holds the character {code}, which cannot be seen and may show a text as another")
    problems.raise_if_any()
    return content


_DAY: Final = re.compile(r"\b\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b")


def _quote_line(text: str, message: str) -> str:
    """Return the line of a text that an error names, and how a day is written if it has one."""
    place = re.search(r"at line (\d+)", message)
    if place is None:
        return ""
    line = text.split("\n")[int(place[1]) - 1].strip()
    return f": {shorten(line)}{'; a day is written 2023-11-07, without quotes' if _DAY.search(line) else ''}"


class TomlTable:
    """One table of a file under its key path (empty for the root); faults go to the problems of the file."""

    def __init__(
        self,
        values: Mapping[str, Any],
        path: str,
        problems: Problems,
        declared: TableKeys = UNDECLARED,
        outer: "TomlTable | None" = None,
    ) -> None:
        self.path = path
        self.problems = problems
        self._declared = declared
        self._outer = outer
        self.is_absent = False
        self._read: set[str] = set()
        self.values = self._unfold(values)

    def _unfold(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the entries with tables in place of key paths in quotes: both are one grammar."""
        if not any("." in name for name in values):
            return values
        unfolded: dict[str, Any] = {}
        for name, value in values.items():
            first, *inner = name.split(".")
            content = value
            for part in reversed(inner):
                content = {part: content}
            self._put(unfolded, first, content, first)
        return unfolded

    def _put(self, table: dict[str, Any], name: str, value: Any, path: str) -> None:
        held = table.get(name)
        if name not in table:
            table[name] = value
        elif isinstance(held, dict) and isinstance(value, dict):
            # What is held belongs to the file as it stands, and is not to be changed.
            table[name] = dict(held)
            for key, inner in value.items():
                self._put(table[name], key, inner, f"{path}.{key}")
        else:
            self.add(path, "stands twice, as a key path and as a table")

    def key(self, name: str) -> str:
        """Return the key path of an entry."""
        return f"{self.path}.{name}" if self.path else name

    def add(self, name: str, message: str) -> None:
        """Note a problem with an entry."""
        self.problems.add(self.key(name), message)

    def take(self, name: str) -> Any:
        """Return an entry unchecked, or None."""
        self._declaration(name)
        return self._value(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it is required."""
        return self._text(name, self._declaration(name, "text").default if default is None else default)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Return true or false."""
        default = self._declaration(name, "flag").default if default is None else default
        value = self._given(name, default)
        if not isinstance(value, bool):
            self.add(name, f"must be true or false, not {show(value)}")
            return bool(default)
        return value

    def number(self, name: str, bounds: Interval | None = None, default: float | None = None) -> float:
        """Return a number within bounds; without a default it is required."""
        return float(self._bounded("number", name, bounds, default) or 0.0)

    def integer(self, name: str, bounds: Interval | None = None, default: int | None = None) -> int:
        """Return a whole number within bounds; without a default it is required."""
        return int(self._bounded("integer", name, bounds, default) or 0)

    def date(self, name: str) -> datetime.date:
        """Return a required date."""
        self._declaration(name, "date")
        value = self._given(name, None)
        if value is not None and (isinstance(value, datetime.datetime) or not isinstance(value, datetime.date)):
            hint = " (without quotes)" if isinstance(value, str) and _DAY.fullmatch(value) else ""
            self.add(name, f"must be a date such as 2023-11-07{hint}, not {show(value)}")
            value = None
        return value or datetime.date(1, 1, 1)

    def one_of(self, name: str, valid: Sequence[str] = (), default: str | None = None) -> str:
        """Return one of some names, those of the declaration if none are given; empty where it is another."""
        declared = self._declaration(name, "one_of")
        value = self._text(name, declared.default if default is None else default)
        if value and value not in (names := valid or declared.valid):
            self.add(name, f'"{value}" is not known; {nearest(value, names)}')
            return ""
        return value

    def names(self, name: str, valid: Iterable[str] | None = None) -> list[str]:
        """Return a list of texts, each of them once and, where some are given, one of those."""
        value = self._given(name, self._declaration(name, "names").default)
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.add(name, f"must be a list of texts, not {show(value)}")
            return []
        for item in {item for item in value if value.count(item) > 1}:
            self.add(name, f'"{item}" stands twice')
        known = value if valid is None else list(valid)
        for item in [item for item in value if item not in known]:
            self.add(name, f'"{item}" is not known; {nearest(item, known)}')
        return list(dict.fromkeys(value))

    def table(self, name: str) -> "TomlTable":
        """Return a table inside this one; empty where it is missing."""
        declared = self._declaration(name, "table")
        value, inside = self._value(name), declared.inside or UNDECLARED
        if value is not None and not isinstance(value, dict):
            self.add(name, f"must be a table{inside.example}, not {show(value)}")
        if name not in self.values and (required := inside.required()) and not self.is_absent:
            self.add(name, f"is missing: a table [{self.key(name)}] with {', '.join(required)}")
        table = TomlTable(value if isinstance(value, dict) else {}, self.key(name), self.problems, inside, self)
        # What is wrong with a table as a whole is told once, and not again of each key.
        table.is_absent = not isinstance(value, dict)
        return table

    def tables(self, name: str, inside: TableKeys | None = None) -> list["TomlTable"]:
        """Return the tables of an array of tables; empty where it is missing."""
        inside = inside or self._declaration(name, "tables").inside or UNDECLARED
        value = self._value(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.add(name, f"must be tables, [[{self.key(name)}]]{inside.example}")
            return []
        return [TomlTable(item, f"{self.key(name)}[{i}]", self.problems, inside, self) for i, item in enumerate(value)]

    def each(self, name: str, inside: TableKeys | None = None, once: str = "") -> Iterator["TomlTable"]:
        """Yield the tables of an array, finish each when it is read, and refuse those with one value of a key."""
        seen: list[Any] = []
        for table in self.tables(name, inside):
            yield table
            table.finish()
            value = table.values.get(once)
            if value is not None and value in seen:
                table.add(once, f'"{value}" stands twice')
            seen.append(value)

    def refuse(self, name: str, message: str) -> None:
        """Note a problem with an entry that is not read."""
        self._read.add(name)
        self.add(name, message)

    def skip(self) -> None:
        """Leave all entries as they are, unknown ones too."""
        self._read.update(self.values)

    def finish(self) -> None:
        """Note every entry that nobody asked for."""
        for name, value in self.values.items():
            if name not in self._read:
                self.add(name, f"unknown key; {self._find_home(name, value) or nearest(name, self._read)}")

    def _find_home(self, name: str, value: Any) -> str:
        """Return where a key stands that is not known here; empty if it stands nowhere."""
        table: TomlTable | None = self
        while table is not None:
            for place, key in _find_keys(table._declared, table.path, name, value):
                if place == self.path and key != name:
                    return f'did you mean "{key}"?'
                if place != self.path:
                    where = f"it stands in [{place}]" if place else "it stands at the top of the file, above all tables"
                    return where if key == name else f'{where} and is called "{key}"'
            table = table._outer
        return ""

    def _declaration(self, name: str, kind: str = ANY) -> Key:
        """Return what is declared of an entry; a reader that asks for another kind is at fault, and not the file."""
        declared = self._declared.keys.get(name) or self._declared.other
        for form in () if declared is None else (declared, *declared.forms):
            if kind == form.kind or ANY in (kind, form.kind):
                return form
        raise TypeError(f"{self.key(name)} is not declared as {kind}")

    def _value(self, name: str) -> Any:
        self._read.add(name)
        return self.values.get(name)

    def _text(self, name: str, default: str | None) -> str:
        value = self._given(name, default)
        if value is not None and not isinstance(value, str):
            self.add(name, f"must be a text, not {show(value)}")
            return default or ""
        if value is not None and default is None and not value.strip():
            self.add(name, "is empty")
        if value and "\n" in value and not self._declaration(name, "text").is_long:
            self.add(name, f"must stand on one line, not {show(value)}")
        return value or ""

    def _bounded(self, kind: str, name: str, bounds: Interval | None, default: float | None) -> Any:
        """Return a number of a kind; what is wrong is noted, and the default stands in its place."""
        declared = self._declaration(name, kind)
        default = declared.default if default is None else default
        value, allowed = self._given(name, default), bounds or declared.bounds
        if value is None:
            return None
        is_day = isinstance(value, datetime.date) or (isinstance(value, str) and _DAY.search(value))
        days = f" of days ({declared.text})" if is_day and declared.unit == "days" else ""
        problem = number_problem(value, allowed, is_whole=kind == "integer", of_what=days)
        if problem is None:
            return value
        self.add(name, problem)
        return default

    def _given(self, name: str, default: Any) -> Any:
        value = self._value(name)
        if value is None and default is None and not self.is_absent:
            self.add(name, "is missing")
        return default if value is None else value


def _find_keys(declared: TableKeys, path: str, name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield table and key of all keys that have a name, or that people look for under it, outermost first."""
    for key, item in declared.keys.items():
        if name in (key, *item.synonyms) and (isinstance(value, dict) == (item.kind == "table") or item.parameter):
            yield path, key
    for key, item in declared.keys.items():
        if item.kind == "table" and item.inside is not None:
            yield from _find_keys(item.inside, f"{path}.{key}" if path else key, name, value)
