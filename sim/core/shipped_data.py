"""Where the shipped scenarios lie: beside the package in a clone, inside it where it was installed as a wheel."""

from __future__ import annotations

from pathlib import Path

from sim.core.errors import InputError


def shipped_scenario(file: str) -> Path:
    """Return the path of a shipped file, for instance ``symmetric/theatre.toml``; an `InputError` if there is none."""
    package = Path(__file__).parent.parent
    for folder in (package.parent / "scenarios", package / "scenarios"):
        if (folder / file).is_file():
            return folder / file
    raise InputError.single(file, "", "is not installed with the package; give the file from a clone of the project")
