"""Files to start a policy of one's own from: the policy, a scenario that uses it, a test that passes at once."""

import contextlib
import keyword
import os
import re
from pathlib import Path
from typing import Final

from sim.core.errors import InputError, OutputError
from sim.core.shipped_data import shipped_folder
from sim.policies.base import in_snake_case

_STARTER: Final = Path(__file__).parent / "starter"  # the texts, with NAME, FILE and THEATRE to fill in
_IMPORTED: Final = ("Any", "ClassVar", "Interval", "LaneValues", "Path", "Reaction", "Scenario", "ScalarPolicy")


def starter_files(name: str, folder: Path) -> dict[str, str]:
    """Return the texts of a new policy by file name; the scenario names its theatre from the folder."""
    if not re.fullmatch("[A-Z][A-Za-z0-9]*", name) or keyword.iskeyword(name):
        raise InputError.single(
            name or "name", "", "is no name for a policy; write a class name of letters and digits, such as Vengeful"
        )
    if name in _IMPORTED:
        raise InputError.single(name, "", "is a name that every policy file imports; choose another")
    file = in_snake_case(name)
    theatre = (shipped_folder() / "symmetric" / "theatre.toml").resolve()
    # On Windows there is no way from one drive to another.
    with contextlib.suppress(ValueError):
        theatre = Path(os.path.relpath(theatre, folder.resolve()))
    made = {f"{file}.py": "policy.py", f"{file}.toml": "scenario.toml", f"test_{file}.py": "test.py"}
    texts = {key: (_STARTER / f"{source}.txt").read_text(encoding="utf-8") for key, source in made.items()}
    words = {"NAME": name, "FILE": file, "THEATRE": theatre.as_posix()}
    return {key: re.sub("NAME|FILE|THEATRE", lambda match: words[match[0]], text) for key, text in texts.items()}


def write_starter(name: str, folder: Path) -> list[Path]:
    """Write the files of a new policy into a folder, all of them or none, and return their paths."""
    files = {folder / key: text for key, text in starter_files(name, folder).items()}
    if old := next((path for path in files if path.exists()), None):
        raise OutputError(f"{old}: is there already and is not overwritten; choose another name or --out")
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as opened:
                made.append(path)
                opened.write(text)
    except BaseException as error:
        for path in made:
            path.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return list(files)
