"""Where the shipped scenarios lie: inside the package where it was installed as a wheel, beside it in a clone."""

from pathlib import Path
from typing import Final

from sim.core.errors import InputError, nearest


def shipped_folder() -> Path:
    """Return the folder of the shipped theatres."""
    package = Path(__file__).parent.parent
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


REFERENCE: Final = "reference"  # folder of the tables of reference classes, and the file that declares them
_NO_SCENARIOS: Final = ("theatre", "evidence", "hindcast", "prior-check", REFERENCE)
"""What else of TOML lies there beside scenarios."""


def shipped_scenarios() -> dict[str, Path]:
    """Return the shipped scenarios by name, such as ``lebanon-2023/baseline``."""
    folder = shipped_folder()
    return {
        file.relative_to(folder).with_suffix("").as_posix(): file
        for file in sorted(folder.glob("*/*.toml"))
        if file.stem not in _NO_SCENARIOS
    }


def find_scenario(file: str | Path) -> Path:
    """Return the path of a scenario: a file where there is one, else the shipped one of that name.

    A name is ``lebanon-2023/baseline``, with or without ``.toml``. What is neither is refused with the nearest name; a
    path beside other files of its kind is given back, and whoever reads it names the nearest of those.
    """
    path = Path(file)
    try:
        is_given = path.exists() or path.is_absolute() or (path.suffix == ".toml" and any(path.parent.glob("*.toml")))
    except OSError:
        return path
    shipped = shipped_scenarios()
    name = path.as_posix().removesuffix(".toml")
    if name in shipped and not path.exists():
        return shipped[name]
    if is_given:
        return path
    raise InputError.single(path, "", f"no such file, and no shipped scenario of that name; {nearest(name, shipped)}")


def find_beside_theatre(file: str | Path, kind: str) -> Path:
    """Return the path of a file such as ``theatre.toml`` or ``ledger.csv``: itself if it is there, else a shipped one.

    That is the file of this kind of the shipped theatre of that name, such as ``lebanon-2023``, or the one that lies
    there where a clone has it, such as ``scenarios/lebanon-2023/ledger.csv``. What is neither is given back.
    """
    path = Path(file)
    if path.is_file():
        return path
    place = path.relative_to("scenarios") if path.is_relative_to("scenarios") else path
    near = (shipped_folder() / place / kind, shipped_folder() / place)
    return next((shipped for shipped in near if shipped.is_file()), path)
