"""The folder of a tournament: tables, pictures and what it rests on, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

from sim.errors import OutputError
from sim.report.heatmaps import fixation_map, measure_map, population_plot
from sim.tournament.entrants import Matches
from sim.tournament.evolution import POPULATION, SELECTION
from sim.tournament.tables import Tables, evolutions_of

MANIFEST: Final = "manifest.json"
KIND: Final = "tournament"
"""How the manifest of such a folder begins."""
_DIGITS: Final = "%.6g"

Files = dict[str, bytes]


def files_of(matches: Matches, tables: Tables, manifest: dict[str, Any]) -> Files:
    """Return every file of the folder by name.

    Parameters
    ----------
    matches : Matches
        What every match gave.
    tables : dict of str to DataFrame
        What `sim.tournament.tables.tables_of` returns.
    manifest : dict
        What the folder shall say of itself.
    """
    said = {
        "kind": KIND,
        **manifest,
        "evolution": {"payoff": matches.payoff, "population": POPULATION, "selection": SELECTION},
        "failed": matches.failed,
        "left_out": matches.n_replicates - len(matches.finished),
        "independent": matches.n_units,
    }
    evolutions = evolutions_of(matches)
    files = {MANIFEST: (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()}
    for name, table in tables.items():
        files[f"{name}.csv"] = table.to_csv(index=False, float_format=_DIGITS, lineterminator="\n").encode()
    for measure in matches.values:
        files[f"{measure.replace('_', '-')}.png"] = measure_map(matches, measure)
    files["fixation.png"] = fixation_map(matches, evolutions, POPULATION)
    files["population.png"] = population_plot(matches, evolutions)
    return files


def check_free(folder: Path) -> None:
    """Refuse a folder that is no place for a tournament, without touching it.

    Parameters
    ----------
    folder : Path
        The folder that shall be written.

    Raises
    ------
    OutputError
        If it is a file, holds other things, or stands where nothing can be written.
    """
    nearest = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise OutputError(f"{folder}: a tournament needs a folder, and {nearest} is a file")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: cannot be written; {nearest} allows no writing")
    if folder.is_dir() and any(folder.iterdir()) and not _is_tournament(folder):
        raise OutputError(f"{folder}: holds other things than a tournament; choose another --out")


def write_folder(folder: Path, files: Files) -> None:
    """Write the folder; it is there with all its files, or as it was.

    Parameters
    ----------
    folder : Path
        The folder; an older tournament in it is replaced.
    files : dict of str to bytes
        What `files_of` returns.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    check_free(folder)
    new, old = (folder.with_name(f".{folder.name}-{word}-{os.getpid()}") for word in ("new", "old"))
    try:
        new.mkdir(parents=True)
        for name, content in files.items():
            (new / name).write_bytes(content)
        if folder.is_dir():
            folder.rename(old)
        new.rename(folder)
    except BaseException as error:
        if old.is_dir() and not folder.exists():
            old.rename(folder)
        if not isinstance(error, OSError):
            raise
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error})") from error
    finally:
        for left in (new, old):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(left)


def _is_tournament(folder: Path) -> bool:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.get("kind") == KIND
