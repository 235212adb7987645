"""Where a thing is declared once: in whatever module of a package stands, and in no list."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

Kind = TypeVar("Kind")


def import_modules(package: str) -> Iterator[ModuleType]:
    """Import the modules of a package one after the other, by name, as far as somebody goes on asking."""
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        yield importlib.import_module(f"{package}.{info.name}")


def find_declarations(package: str, kind: type[Kind]) -> Iterator[Kind]:
    """Return the values of a kind that the modules of a package hold at their top."""
    for module in import_modules(package):
        yield from (value for value in vars(module).values() if isinstance(value, kind))
