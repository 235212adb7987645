"""Where the shipped scenarios lie: inside the package where it was installed as a wheel, beside it in a clone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sim.core.errors import InputError, nearest


def _folder() -> Path:
    package = Path(__file__).parent.parent
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def shipped_scenario(name: str) -> Path:
    """Return the path of a shipped scenario or theatre by folder and file, such as ``symmetric/theatre.toml``."""
    path = _folder() / name
    if not path.is_file():
        raise InputError.single(
            name, "", "is not installed with the package; give the file from a clone of the project"
        )
    return path


_NO_SCENARIOS: Final = ("theatre", "evidence")
"""What else of TOML lies beside the scenarios of a theatre."""


def find_scenario(file: str | Path) -> Path:
    """Return the path of a scenario: a file where there is one, else the shipped one of that name.

    A name is ``lebanon-2023/baseline``, with or without ``.toml``. What is neither is refused with the nearest name; a
    path beside other files of its kind is given back, and whoever reads it names the nearest of those.
    """
    path, folder = Path(file), _folder()
    try:
        is_given = path.exists() or path.is_absolute() or (path.suffix == ".toml" and any(path.parent.glob("*.toml")))
    except OSError:
        return path
    shipped = {
        file.relative_to(folder).with_suffix("").as_posix(): file
        for file in folder.rglob("*.toml")
        if file.stem not in _NO_SCENARIOS
    }
    name = path.as_posix().removesuffix(".toml")
    if name in shipped and not path.exists():
        return shipped[name]
    if is_given:
        return path
    raise InputError.single(path, "", f"no such file, and no shipped scenario of that name; {nearest(name, shipped)}")
