"""Whether something can be written at a place, seen without touching it, and how what was written is made to last."""

import os
import re
import sys
from pathlib import Path
from typing import Final

from sim.core.errors import OutputError

_REFUSED: Final = re.compile(
    r'[<>:"|?*\\\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com[0-9]|lpt[0-9])(?=$|[. ])', re.IGNORECASE
)
"""What no name of a file may hold on Windows; a folder of results travels."""


def check_folder(path: Path, what_needs: str) -> None:
    """Refuse what can be seen to be no place for a folder; the sentence begins like ``results need``."""
    for new in (one for one in (path, *path.parents) if one.name != ".." and not one.exists()):
        _check_name(new, what_needs)
    near = next(parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists())
    if not near.is_dir():
        raise OutputError(f"{path}: {what_needs} a folder, and {near} is a file")
    _check_access(path, near)


def check_file(path: Path) -> None:
    """Refuse what can be seen to be no place for a file."""
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: cannot be written; there is no folder {path.parent}")
    _check_access(path, path.parent)


def _check_name(path: Path, what_needs: str) -> None:
    """Refuse a name that another system refuses, or takes for that of a neighbour."""
    if mark := _REFUSED.search(path.name):
        raise OutputError(f"{path}: {what_needs} a name that every system allows; Windows refuses {mark[0]!r} in it")
    others = path.parent.iterdir() if path.parent.is_dir() else ()
    if twin := next((other.name for other in others if other.name.casefold() == path.name.casefold()), None):
        raise OutputError(f'{path}: {what_needs} a name of its own, and "{twin}" is the same on Windows and macOS')


def _check_access(path: Path, near: Path) -> None:
    if not os.access(near, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: cannot be written; {near} allows no writing")


def sync(path: Path) -> None:
    """Make the content of a file, or the names in a folder, outlast a loss of power.

    Windows opens no folders, and writes the names in one with the files themselves.
    """
    if path.is_dir() and sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
