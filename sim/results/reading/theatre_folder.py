"""Where the theatre of some results lies, with what is beside its file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sim.core.shipped_data import shipped_folder
from sim.results.reading.store import Results


def find_theatre(results: Results) -> Path | None:
    """Return the folder of the theatre of some results: a shipped one, or one below ``scenarios``."""
    name = results.manifest["resolved"].get("theatre", {}).get("name", "")
    for file in (*sorted(shipped_folder().glob("*/theatre.toml")), *sorted(Path("scenarios").glob("*/*.toml"))):
        try:
            if tomllib.loads(file.read_text(encoding="utf-8")).get("name") == name:
                return file.parent
        except (OSError, ValueError):
            continue
    return None


def find_beside(results: Results, name: str) -> Path | None:
    """Return a file beside the theatre of some results; None where there is none."""
    folder = find_theatre(results)
    return folder / name if folder is not None and (folder / name).is_file() else None
