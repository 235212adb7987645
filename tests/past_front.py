"""The four parties at the front with evidence and with what happened: a hindcast of it takes seconds."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from reduced import as_toml, lebanon_part

SHIPPED = Path(__file__).parents[1] / "scenarios" / "lebanon-2023"


def make_theatre(folder: Path) -> Path:
    """Write the theatre, in steps of a day; return its file."""
    scenario = lebanon_part(folder)
    text = scenario.read_text()
    scenario.write_text(text.replace("run = {", "run = {step_days = 1, ", 1))
    for name in ("evidence.toml", "tallies.csv", "sirens.csv", "deaths.csv"):
        shutil.copy(SHIPPED / name, folder)
    known = {one["id"] for one in tomllib.loads((folder / "theatre.toml").read_text())["question"]}
    happened = tomllib.loads((SHIPPED / "hindcast.toml").read_text())
    happened["resolution"] = [one for one in happened["resolution"] if one["question"] in known]
    (folder / "hindcast.toml").write_text(as_toml(happened))
    return folder / "theatre.toml"
