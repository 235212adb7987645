"""What lies beside a theatre file and belongs into pictures: outlines of its places, and what was reported."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Final

from sim.core.shipped_data import shipped_folder
from sim.evidence.tallies import Tallies
from sim.results.reading.store import Results

OUTLINES: Final = "outlines.geojson"
TALLIES: Final = "tallies.csv"
Shape = list[list[tuple[float, float]]]
"""Rings of longitude and latitude."""
Reported = tuple[date, list[tuple[int, int]]]
"""Since when something was counted, and the day of the run and the count of every report."""


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


def name_scenario(results: Results) -> str:
    """Return the scenario of some results as it is typed: its name where it lies beside its theatre, else a file."""
    theatre = find_theatre(results)
    is_beside = theatre is not None and (theatre / f"{results.name}.toml").is_file()
    return f"{theatre.name}/{results.name}" if theatre is not None and is_beside else f"{results.name}.toml"


def read_outlines(results: Results) -> dict[str, Shape]:
    """Return the rings of every place of a theatre by its name, a single position where it has no outline."""
    folder = find_theatre(results)
    if folder is None or not (folder / OUTLINES).is_file():
        return {}
    features = json.loads((folder / OUTLINES).read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["name"]: _rings(feature["geometry"]) for feature in features}


def _rings(geometry: dict[str, Any]) -> Shape:
    places = geometry["coordinates"]
    if geometry["type"] == "Point":
        return [[(places[0], places[1])]]
    polygons = [places] if geometry["type"] == "Polygon" else places
    return [[(x, y) for x, y in polygon[0]] for polygon in polygons]


def read_killed(results: Results, place: str) -> Reported | None:
    """Return what was reported of the killed at a place; None where nothing was before the start."""
    folder = find_theatre(results)
    if folder is None or not (folder / TALLIES).is_file():
        return None
    start = date.fromisoformat(str(results.manifest["resolved"]["start"]))
    own = [
        tally
        for tally in Tallies.read(folder / TALLIES)
        if tally.measure == "killed" and tally.location == place and tally.period_start <= start
    ]
    if not own:
        return None
    since = max(tally.period_start for tally in own if tally.period_end < start)
    told = [((t.period_end - start).days + 1, t.figure.best) for t in own if t.period_start == since]
    last = int(results.manifest["horizon_days"])
    return since, sorted((day, best) for day, best in told if best and day <= last)
