"""Typed reading of tables: every fault is noted with its key path, and reading goes on.

A `Table` is a view of one table of a TOML file. Each accessor notes a problem and returns its default where the value
is missing or wrong; `finish` notes keys that nobody asked for, with the nearest name that was asked for.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.core.errors import InputError, Problems, nearest
from sim.core.parameters import Interval


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        If the file is missing, unreadable, not UTF-8 or not TOML.
    """
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


class Table:
    """One table of a file, read with checks.

    Parameters
    ----------
    values : mapping
        The table.
    path : str
        Key path of the table; empty for the root.
    problems : Problems
        Where faults are noted.
    """

    def __init__(self, values: Mapping[str, Any], path: str, problems: Problems) -> None:
        self.values = values
        self.path = path
        self.problems = problems
        self._asked: set[str] = set()

    def key(self, name: str) -> str:
        """Return the key path of an entry."""
        return f"{self.path}.{name}" if self.path else name

    def add(self, name: str, message: str) -> None:
        """Note a problem with an entry."""
        self.problems.add(self.key(name), message)

    def take(self, name: str) -> Any:
        """Return an entry unchecked, or None."""
        self._asked.add(name)
        return self.values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it is required."""
        value = self._take(name, default)
        if value is not None and not isinstance(value, str):
            self.add(name, f"must be a text, not {value!r}")
            return default or ""
        return value or ""

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            self.add(name, f"must be true or false, not {value!r}")
            return default
        return value

    def number(self, name: str, bounds: Interval, default: float | None = None) -> float:
        """Return a number within bounds; without a default it is required."""
        value = self._take(name, default)
        if value is None:
            return 0.0
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.add(name, f"must be a number, not {value!r}")
        elif not bounds.contains(value):
            self.add(name, f"{value} is out of bounds; it must be {bounds}")
        else:
            return float(value)
        return default or 0.0

    def integer(self, name: str, bounds: Interval, default: int | None = None) -> int:
        """Return a whole number within bounds; without a default it is required."""
        value = self._take(name, default)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int):
            self.add(name, f"must be a whole number, not {value!r}")
        elif not bounds.contains(value):
            self.add(name, f"{value} is out of bounds; it must be {bounds}")
        else:
            return value
        return default or 0

    def date(self, name: str) -> datetime.date:
        """Return a required date."""
        value = self._take(name, None)
        if value is not None and (isinstance(value, datetime.datetime) or not isinstance(value, datetime.date)):
            self.add(name, f"must be a date such as 2023-11-07, not {value!r}")
            value = None
        return value or datetime.date(1, 1, 1)

    def one_of(self, name: str, valid: list[str], default: str | None = None) -> str:
        """Return one of some names."""
        value = self.text(name, default)
        if value and value not in valid:
            self.add(name, f'"{value}" is not known; {nearest(value, valid)}')
            return ""
        return value

    def names(self, name: str) -> list[str]:
        """Return a required list of texts."""
        value = self._take(name, None)
        if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            self.add(name, f"must be a list of texts, not {value!r}")
            return []
        return value or []

    def table(self, name: str) -> Table:
        """Return a table inside this one; empty where it is missing."""
        value = self.take(name)
        if value is None or isinstance(value, dict):
            return Table(value or {}, self.key(name), self.problems)
        self.add(name, f"must be a table, not {value!r}")
        return Table({}, self.key(name), self.problems)

    def tables(self, name: str) -> list[Table]:
        """Return the tables of an array of tables; empty where it is missing."""
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.add(name, f"must be tables, [[{self.key(name)}]]")
            return []
        return [Table(item, f"{self.key(name)}[{i}]", self.problems) for i, item in enumerate(value)]

    def finish(self) -> None:
        """Note every entry that nobody asked for."""
        for name in self.values:
            if name not in self._asked:
                self.add(name, f"unknown key; {nearest(name, self._asked)}")

    def _take(self, name: str, default: Any) -> Any:
        value = self.take(name)
        if value is None:
            if default is None:
                self.add(name, "is missing")
            return default
        return value
