"""Time the engine, part by part, in turns with an earlier version: ``PYTHONPATH=.:tests python -m
benchmarks.measure_engine --beside d272bad`` from the project's folder.

Each timing is a process of its own; versions take turns, and the median of the rounds counts. Times are processor time
of one core, and the parts are those of a block of a sweep: setup (parameters drawn, the record replayed), run, columns
of outcomes, daily totals, Parquet. Both versions run the same histories, which the number of their acts shows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import limit, speeds

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "results" / "benchmarks" / "engine.json"
PARTS = ("setup", "run", "columns", "daily totals", "Parquet")
SECTIONS = ("compile", "engine", "docking", "front")
STEPS_PER_DAY = 4
DYADS_IN_EIGHTS = 24
"""Those of the first theatre, filled up."""

Found = dict[str, Any]


@contextmanager
def versions(earlier: str | None) -> Iterator[dict[str, Path]]:
    """Give the folders of this version and of an earlier commit, by name."""
    with tempfile.TemporaryDirectory() as folder:
        found = {"new": ROOT}
        if earlier:
            packed = subprocess.run(
                ["git", "archive", earlier, "sim", "scenarios", "tests"], cwd=ROOT, check=True, capture_output=True
            )
            with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
                archive.extractall(folder, filter="data")
            found = {"old": Path(folder), **found}
        yield found


def timed(root: Path, case: str, replicates: int, days: int, **changed: str) -> dict[str, float]:
    """Time one case by the version in a folder, in a process of its own."""
    script = Path(__file__).with_name("one_timing.py")
    command = [sys.executable, str(script), case, str(replicates), str(days)]
    environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"} | changed
    done = subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def in_turns(folders: dict[str, Path], case: str, replicates: int, days: int, rounds: int) -> dict[str, Found]:
    """Time one case by each version in turns; return the medians, and the acts, by version."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in folders}
    for _ in range(rounds):
        for name, root in folders.items():
            found[name].append(timed(root, case, replicates, days))
    return {name: {key: median(one[key] for one in many) for key in many[0]} for name, many in found.items()}


def beside(found: dict[str, float]) -> str:
    """Return the figures of both versions and how many times the new one is faster, as cells."""
    old = found.get("old")
    new = f"{found['new']:8.3g}"
    return f"{'–':>8} {new} {'–':>7}" if old is None else f"{old:8.3g} {new} {old / found['new']:7.2g}"


def heading(words: str) -> None:
    """Print the head of a table of both versions."""
    print(f"\n{words:<52} {'old':>8} {'new':>8} {'old/new':>7}")


def all_in(folders: dict[str, Path], sizes: list[int], days: int, rounds: int) -> list[Found]:
    """Time blocks of the baseline, part by part."""
    rows = []
    for size in sizes:
        found = in_turns(folders, "parts", size, days, rounds)
        heading(f"baseline, {size} replicates, {days} days [ms a replicate]")
        for part in PARTS:
            print(f"{part:<52} {beside({name: 1e3 * own[part] / size for name, own in found.items()})}")
        whole = {name: sum(own[part] for part in PARTS) for name, own in found.items()}
        print(f"{'all in':<52} {beside({name: 1e3 * cpu / size for name, cpu in whole.items()})}")
        same = len({own["acts"] for own in found.values()}) == 1
        print(f"{'acts a day' if same else 'acts a day (they differ)':<52} {found['new']['acts'] / size / days:17.3g}")
        rows.append({"replicates": size, "days": days, **{f"{name} {part}": own[part] for name, own in found.items()
                     for part in (*PARTS, "acts")}})  # fmt: skip
    return rows


def docking(folders: dict[str, Path], sizes: list[int], days: int, rounds: int) -> list[Found]:
    """Time the docking case beside the compiled event-by-event simulation."""
    events = median(speeds.docking_events(500, days).rate for _ in range(rounds))
    heading("docking: histories a second over event by event")
    rows = []
    for size in sizes:
        found = in_turns(folders, "docking_engine", size, days, rounds)
        ratios = {name: own["work"] / own["cpu"] / events for name, own in found.items()}
        cells = " ".join(f"{ratios[name]:8.3g}" for name in ("old", "new") if name in ratios)
        print(f"{f'{size} replicates':<52} {cells if 'old' in ratios else ' ' * 9 + cells}")
        rows.append({"replicates": size, "days": days, "events": events, **ratios})
    return rows


def twin(folders: dict[str, Path], sizes: list[int], days: int, rounds: int, quick: bool) -> list[Found]:
    """Time the part of the baseline that the scalar Mesa model knows beside that model."""
    scalar = speeds.scalar(5 if quick else 60, days).rate
    heading("front alone: histories a second over scalar Mesa")
    rows = []
    for size in sizes:
        found = in_turns(folders, "engine_on_front", size, days, rounds)
        ratios = {name: own["work"] / own["cpu"] / scalar for name, own in found.items()}
        cells = " ".join(f"{ratios[name]:8.3g}" for name in ("old", "new") if name in ratios)
        print(f"{f'{size} replicates':<52} {cells if 'old' in ratios else ' ' * 9 + cells}")
        rows.append({"replicates": size, "days": days, "scalar": scalar, **ratios})
    return rows


def to_the_limit(row: Found) -> Found:
    """Compare the steps of a measured block with the physical limit."""
    steps = row["replicates"] * row["days"] * STEPS_PER_DAY
    parts = limit.nanoseconds(DYADS_IN_EIGHTS, row["new acts"] / steps)
    whole, run = sum(parts.values()), row["new run"] / steps * 1e9
    print(f"\nlimit of a step of one history [ns], with {row['new acts'] / steps:.2f} acts")
    for name, number in parts.items():
        print(f"{name:<52} {number:17.0f}")
    for name, number in (("limit", whole), ("engine, steps alone", run), ("engine over limit", run / whole)):
        print(f"{name:<52} {number:17.3g}")
    return {**parts, "limit": whole, "engine": run}


def compiling() -> Found:
    """Time the first histories of a process, with nothing compiled and with all in the cache [s]."""
    found: Found = {}
    print(f"\n{'first histories of a process [s]':<52} {'cpu':>8} {'clock':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("compiling", "from the cache"):
            own = timed(ROOT, "first", 2, 2, NUMBA_CACHE_DIR=folder)
            print(f"{name:<52} {own['cpu']:8.3g} {own['wall']:8.3g}")
            found[name] = own
    return found


def main() -> None:
    """Measure, print the tables and write them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--beside", help="an earlier commit to be timed in turns")
    options.add_argument("--rounds", type=int, default=3, help="turns of each timing")
    options.add_argument("--days", type=int, default=365)
    options.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    options.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="sections to measure; others are kept"
    )
    options.add_argument("--largest", type=int, default=4_000, help="leave out larger numbers of replicates")
    options.add_argument("--out", type=Path, help=f"a JSON file to write, such as {TABLE.relative_to(ROOT)}")
    chosen = options.parse_args()
    days, rounds = (20, 1) if chosen.quick else (chosen.days, chosen.rounds)
    large, small = ([100], [50]) if chosen.quick else ([1_000, 4_000], [250, 1_000, 4_000])
    large, small = ([size for size in sizes if size <= chosen.largest] for sizes in (large, small))
    is_begun = chosen.out is not None and chosen.out.is_file()
    found: Found = json.loads(chosen.out.read_text(encoding="utf-8")) if is_begun else {}
    found |= {"beside": chosen.beside, "rounds": rounds}

    def note(name: str, value: object) -> None:
        found[name] = value
        if chosen.out:
            chosen.out.parent.mkdir(parents=True, exist_ok=True)
            chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    with versions(chosen.beside) as folders:
        for root in folders.values():
            timed(root, "parts", 2, 2)
        if "compile" in chosen.only:
            note("compile", compiling())
        if "engine" in chosen.only:
            note("all in", all_in(folders, large, days, rounds))
            note("limit", to_the_limit(found["all in"][-1]))
        if "docking" in chosen.only:
            note("docking", docking(folders, small, days, rounds))
        if "front" in chosen.only:
            note("front", twin(folders, large, days, rounds, chosen.quick))


if __name__ == "__main__":
    main()
