"""Typed reading of TOML tables: every fault is noted with its key path, and reading goes on.

A `TomlTable` is a view of one table of a file. Each accessor notes a problem and returns its default where the value
is missing or wrong; `finish` notes keys that nobody asked for, with the nearest name that was asked for. A table may
carry the declaration of its keys: bounds, defaults and valid names then come from there, and what is not declared, or
declared as something else, cannot be read. So a schema made of the declarations says what is read.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sim.core.errors import InputError, Problems, nearest
from sim.core.parameters import Interval, Parameter

ANY: Final = "any"
"""Kind of a key that every accessor may read."""


@dataclass(frozen=True)
class Key:
    """The declaration of one key of a table: what reading holds it to, and what a schema tells an editor."""

    kind: str  # name of the accessor that reads it, or of a form that one room knows
    text: str = ""  # meaning, in a phrase
    bounds: Interval = Interval()
    default: Any = None  # without one the key is required
    unit: str = ""
    valid: Sequence[str] = ()  # names of `TomlTable.one_of`, where they are the same in every file
    inside: TableKeys | None = None  # keys of the table, or of each of the tables
    fewest: int = 0  # tables that there must be
    is_optional: bool = False  # may be left out though it has no default
    parameter: Parameter | None = None  # whose value or law it holds
    forms: tuple[Key, ...] = ()  # what it may hold instead


@dataclass(frozen=True)
class TableKeys:
    """The keys that a table may have."""

    keys: Mapping[str, Key] = field(default_factory=dict)
    other: Key | None = None  # what any further key holds; without it there may be none
    either: tuple[str, ...] = ()  # keys of which a table has exactly one
    by: str = ""  # key whose value says which of the keys in `cases` belong
    cases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


UNDECLARED: Final = TableKeys(other=Key(ANY))


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; refuse one that is missing, unreadable, not UTF-8 or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        siblings = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        hint = f"; {nearest(path.name, siblings)}" if siblings else ""
        raise InputError.single(path, "", f"no such file{hint}") from None
    except UnicodeDecodeError as error:
        raise InputError.single(path, "", f"is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise InputError.single(path, "", f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        # Python refuses numbers of thousands of digits with the plain error.
        raise InputError.single(path, "", f"is not valid TOML: {error}") from None


class TomlTable:
    """One table of a file under its key path (empty for the root); faults go to the problems of the file."""

    def __init__(
        self, values: Mapping[str, Any], path: str, problems: Problems, declared: TableKeys = UNDECLARED
    ) -> None:
        self.values = values
        self.path = path
        self.problems = problems
        self._declared = declared
        self._read: set[str] = set()

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
            self.add(name, f"must be true or false, not {value!r}")
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
            self.add(name, f"must be a date such as 2023-11-07, not {value!r}")
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

    def names(self, name: str) -> list[str]:
        """Return a list of texts."""
        value = self._given(name, self._declaration(name, "names").default)
        if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            self.add(name, f"must be a list of texts, not {value!r}")
            return []
        return value or []

    def table(self, name: str) -> TomlTable:
        """Return a table inside this one; empty where it is missing."""
        declared = self._declaration(name, "table")
        value = self._value(name)
        if value is not None and not isinstance(value, dict):
            self.add(name, f"must be a table, not {value!r}")
            value = None
        return TomlTable(value or {}, self.key(name), self.problems, declared.inside or UNDECLARED)

    def tables(self, name: str, inside: TableKeys | None = None) -> list[TomlTable]:
        """Return the tables of an array of tables; empty where it is missing."""
        inside = inside or self._declaration(name, "tables").inside or UNDECLARED
        value = self._value(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.add(name, f"must be tables, [[{self.key(name)}]]")
            return []
        return [TomlTable(item, f"{self.key(name)}[{i}]", self.problems, inside) for i, item in enumerate(value)]

    def skip(self) -> None:
        """Leave all entries as they are, unknown ones too."""
        self._read.update(self.values)

    def finish(self) -> None:
        """Note every entry that nobody asked for."""
        for name in self.values:
            if name not in self._read:
                self.add(name, f"unknown key; {nearest(name, self._read)}")

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
            self.add(name, f"must be a text, not {value!r}")
            return default or ""
        return value or ""

    def _bounded(self, kind: str, name: str, bounds: Interval | None, default: float | None) -> Any:
        """Return a number of a kind; what is wrong is noted, and the default stands in its place."""
        declared = self._declaration(name, kind)
        default = declared.default if default is None else default
        value, allowed = self._given(name, default), bounds or declared.bounds
        if value is None:
            return None
        is_whole = kind == "integer"
        if isinstance(value, bool) or not isinstance(value, int if is_whole else (int, float)):
            self.add(name, f"must be a {'whole ' * is_whole}number, not {value!r}")
        elif not allowed.contains(value):
            self.add(name, f"{value} is out of bounds; it must be {allowed}")
        else:
            return value
        return default

    def _given(self, name: str, default: Any) -> Any:
        value = self._value(name)
        if value is None and default is None:
            self.add(name, "is missing")
        return default if value is None else value
