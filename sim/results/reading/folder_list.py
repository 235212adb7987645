"""Open all results folders of a place, and say which of them are too damaged to be opened."""

from __future__ import annotations

import json
from pathlib import Path

from sim.core.errors import InputError
from sim.results.reading.store import Results
from sim.sweeps.results_folder import BLOCKS, MANIFEST, POINTS


def opened_in(folder: str | Path) -> tuple[list[Results], dict[Path, InputError]]:
    """Open the results folders directly inside a folder.

    Parameters
    ----------
    folder : str or Path
        Where to look.

    Returns
    -------
    list of Results
        Those that can be opened, by name.
    dict of Path to InputError
        Those that hold a sweep and cannot be opened, by name, each with what is wrong.

    Raises
    ------
    InputError
        If there is no such folder, or it cannot be looked into.
    """
    place = Path(folder)
    if not place.is_dir():
        raise InputError.single(place, "", "there is no such folder")
    try:
        inside = sorted(one for one in place.iterdir() if one.is_dir())
    except OSError as error:
        raise InputError.single(place, "", f"cannot be read ({error.strerror or error})") from error
    found, damaged = [], {}
    for one in inside:
        try:
            found.append(Results.open(one))
        except InputError as error:
            if _held_a_sweep(one):
                damaged[one] = error
    return found, damaged


def _held_a_sweep(folder: Path) -> bool:
    """Return whether a folder that cannot be opened was one of results; fits and tournaments have manifests too."""
    if (folder / POINTS).is_file() or (folder / BLOCKS).is_dir():
        return True
    try:
        json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return False
