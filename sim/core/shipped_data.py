"""Where the shipped scenarios lie: beside the package in a clone, inside it where it was installed as a wheel."""

from __future__ import annotations

from pathlib import Path

from sim.core.errors import InputError


def shipped_scenario(place: str) -> Path:
    """Return the path of a shipped scenario or theatre.

    Parameters
    ----------
    place : str
        Folder and file, for instance ``symmetric/theatre.toml``.

    Raises
    ------
    InputError
        If it was not installed with the package.
    """
    package = Path(__file__).parent.parent
    for folder in (package.parent / "scenarios", package / "scenarios"):
        if (folder / place).is_file():
            return folder / place
    raise InputError.single(place, "", "is not installed with the package; give the file from a clone of the project")
