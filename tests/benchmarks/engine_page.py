"""Write the measured figures of the engine into docs/performance.md: ``PYTHONPATH=.:tests python -m
benchmarks.engine_page`` from the project's folder, after `benchmarks.measure_engine`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "results" / "benchmarks" / "engine.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- engine.json begins -->\n", "<!-- engine.json ends -->\n"
PARTS = ("setup", "run", "columns", "daily totals", "Parquet")


def costs(rows: list[dict[str, Any]]) -> str:
    """Return the table of what a replicate costs."""
    heads = "".join(f" {row['replicates']:,}: before | now | times |" for row in rows)
    lines = [f"| part [ms a replicate] |{heads}", "| --- |" + " ---: | ---: | ---: |" * len(rows)]
    for part in (*PARTS, "all in"):
        cells = ""
        for row in rows:
            old, new = (sum(row[f"{name} {one}"] for one in (PARTS if part == "all in" else (part,)))
                        for name in ("old", "new"))  # fmt: skip
            cells += f" {1e3 * old / row['replicates']:.3g} | {1e3 * new / row['replicates']:.3g} | {old / new:.3g} |"
        lines.append(f"| {part} |{cells}")
    return "\n".join(lines)


def yardsticks(found: dict[str, Any]) -> str:
    """Return the table of histories a second beside those of the yardsticks."""
    lines = ["| beside | replicates | before | now |", "| --- | ---: | ---: | ---: |"]
    for words, rows in (("event by event, compiled (docking)", "docking"), ("scalar Mesa", "front")):
        lines += [
            f"| {words} | {row['replicates']:,} | {row['old']:.2g} | {row['new']:.3g} |" for row in found.get(rows, ())
        ]
    return "\n".join(lines)


def told(found: dict[str, Any]) -> str:
    """Return what the page tells of the measured figures."""
    limit, first, cached = found["limit"], found["compile"]["compiling"], found["compile"]["from the cache"]
    parts = ", ".join(f"{name} {limit[name]:.0f}" for name in ("draws of dyads", "pools", "observation", "acts"))
    rounds = "one round" if found["rounds"] == 1 else f"the median of {found['rounds']} rounds"
    return (
        f"Commit `{found['beside']}` before, this version now, in turns; {rounds}:\n\n{costs(found['all in'])}\n\n"
        "Histories a second, over those of a yardstick:\n\n"
        f"{yardsticks(found)}\n\n"
        f"A step of one history takes {limit['engine']:.0f} ns. The limit is {limit['limit']:.0f} ns ({parts}),\n"
        f"so the engine takes {limit['engine'] / limit['limit']:.2g} times that.\n\n"
        f"The first histories of a machine take {first['cpu']:.3g} s of processor time ({first['wall']:.3g} s on the "
        f"clock), for compiling; those of a later process {cached['cpu']:.2g} s.\n"
    )


def main() -> None:
    """Write the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    text = told(json.loads(TABLE.read_text(encoding="utf-8")))
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
