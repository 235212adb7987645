"""What is committed below ``results``, told by digests; ``python tests/committed.py`` writes them anew.

`tests/golden/committed.sha256` has the digest of every file, so that no number changes unseen; ``sha256sum -c`` reads
it. `tests/golden/first_replicates.toml` has what the code makes of the first replicates of every sweep at one of its
points, which the daily tests make again: it says whether the tables still stand on the code. Digests are written after
a folder was made again, and never to quiet a test: ``pytest -m nightly tests/golden`` makes every folder again whole.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.scenario.scenario import Scenario
from sim.sweeps.blocks import Block
from sim.sweeps.compute_block import compute_block

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"
SCENARIOS = ROOT / "scenarios" / "lebanon-2023"
FILES = ROOT / "tests" / "golden" / "committed.sha256"
ROWS = ROOT / "tests" / "golden" / "first_replicates.toml"

SWEEPS = {
    "baseline": (0, 60),
    "forgiveness": (2, 60),
    "levers": (9, 60),
    "mass-casualty-israel": (0, 60),
    "mass-casualty-lebanon": (0, 60),
    "policy-pairs": (47, 180),
    "truce-day-20": (0, 60),
    "truce-held": (0, 60),
    "uncertainty": (50, 180),
}
"""Of every shipped sweep the point that is made again, and the days; at 47 and 50 wars are frequent."""
REPLICATES = 24
OF_THIS_MACHINE = ("versions", "version", "primitives")
"""What a manifest says of the libraries that made the folder."""
LOCAL = {"blocks", "kept"}
"""Folders of a sweep that are not committed."""
NEVER = {"campaign_began_by": "campaign_day", "first_to_join": "joined_.*_day"}
"""Columns that say how something came, with the days on which it may have come; joined_<party>_trigger is another."""


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return what a folder says of itself."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def said_by(manifest: bytes) -> dict[str, Any]:
    """Return what a manifest says that hangs on no version of anything."""
    said = {key: value for key, value in json.loads(manifest).items() if key not in OF_THIS_MACHINE}
    if "files_sha256" in said:
        said["files_sha256"] = {name: sha for name, sha in said["files_sha256"].items() if not name.endswith(".png")}
    return said


def words_of(page: bytes) -> str:
    """Return a page without its script, which stands on the histories."""
    of_script = r"<script.*?</script>\n|<meta http-equiv[^>]*>|<section class=.picture. hidden>.*?</section>\n"
    return re.sub(of_script, "", page.decode(), flags=re.DOTALL)


def list_files() -> dict[str, str]:
    """Return the SHA-256 of every file below ``results`` that is committed, by its path from the root."""
    found = (path for path in sorted(RESULTS.rglob("*")) if path.is_file() and not LOCAL & set(path.parts))
    return {path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def read_files() -> dict[str, str]:
    """Return the committed digests of the files."""
    lines = (line.split("  ", 1) for line in FILES.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in lines}


def make_rows(name: str, replicates: int = REPLICATES) -> pa.Table:
    """Return the first replicates of a shipped sweep at its point, over its days."""
    point, days = SWEEPS[name]
    seed = manifest_of(RESULTS / name)["seed"]
    scenario = Scenario.load(SCENARIOS / f"{name}.toml")
    rows = pq.read_table(pa.BufferReader(compute_block(scenario.shorten(days), Block(0, point, replicates), seed)))
    # A shorter run is judged on its last day, too.
    added = [] if days in scenario.horizons else [one for one in rows.column_names if one.endswith(f"_at_{days}")]
    return rows.drop_columns(added)


def digest_rows(rows: pa.Table, days: int) -> dict[str, str]:
    """Return digests of the first replicates of a block up to a day: drawn, milestones, counts, daily.

    Numbers go in with six digits, so that the last digit of a library's function moves nothing.
    """
    first = rows.slice(0, REPLICATES)
    columns = {name: first[name].to_pylist() for name in first.column_names}
    groups: dict[str, list[str]] = {"drawn": [], "milestones": [], "counts": [], "daily": []}
    kept = [[day <= days for day in row] for row in columns.get("daily.day", [])]
    for name, values in columns.items():
        if name.startswith("daily."):
            cut = [[v for v, k in zip(row, keep, strict=True) if k] for row, keep in zip(values, kept, strict=True)]
            groups["daily"].append(f"{name} {cut}")
        elif at := re.search(r"_at_(\d+)$", name):
            if int(at[1]) <= days:
                groups["counts"].append(f"{name} {_text(values)}")
        elif name.startswith(("input.", "factor.")):
            groups["drawn"].append(f"{name} {_text(values)}")
        else:
            groups["milestones"].append(f"{name} {_text(_until(name, columns, days))}")
    return {
        group: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] for group, lines in groups.items() if lines
    }


def _until(name: str, columns: dict[str, list[Any]], days: int) -> list[Any]:
    """Return a column as a shorter run has it: what came later did not come."""
    values = columns[name]
    if re.search(r"_day(_|$)", name):
        return [value if value <= days else np.inf for value in values]
    came = NEVER.get(name, f"{name.removesuffix('_trigger')}_day" if name.endswith("_trigger") else "")
    on = [columns[other] for other in columns if came and re.fullmatch(came, other)]
    return [value if not on or min(day) <= days else -1 for value, *day in zip(values, *on, strict=True)]


def _text(values: list[Any]) -> str:
    return " ".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values)


def read_rows() -> dict[str, dict[str, str]]:
    """Return the committed digests of the first replicates by sweep."""
    return tomllib.loads(ROWS.read_text(encoding="utf-8"))


def main() -> None:
    """Write both files anew."""
    FILES.write_text("".join(f"{digest}  {name}\n" for name, digest in list_files().items()), encoding="utf-8")
    sections = []
    for name, (_, days) in SWEEPS.items():
        lines = [f'{group} = "{digest}"' for group, digest in digest_rows(make_rows(name), days).items()]
        sections.append("\n".join([f"[{name}]", *lines, ""]))
    ROWS.write_text("\n".join(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
