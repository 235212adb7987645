"""What the pages say of the code is so: rooms and floors, cited sections, versions, figures of the tables."""

from __future__ import annotations

import csv
import importlib
import re
import tomllib

import pandas as pd
import pytest
from pages import PAGES, README, ROOT, blocks_of

import sim

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCIENCE = ROOT / "docs" / "science.md"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = re.findall(r"^\| (\d) \| `(sim\.\w+)` \| (.+) \|$", ARCHITECTURE, re.MULTILINE)


def test_floors_are_those_that_import_linter_holds():
    (contract,) = (one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    floors = [
        (len(contract["layers"]) - place, room.strip())
        for place, layer in enumerate(contract["layers"])
        for room in layer.split("|")
    ]
    assert [(int(floor), room) for floor, room, _ in ROOMS] == floors


@pytest.mark.parametrize(("room", "words"), [(room, words) for _, room, words in ROOMS])
def test_a_room_is_what_its_docstring_says(room, words):
    docstring = " ".join((importlib.import_module(room).__doc__ or "").replace("``", "`").split())
    assert docstring.startswith(words)


@pytest.mark.parametrize("room", [room for _, room, _ in ROOMS])
def test_a_room_names_modules_that_it_has(room):
    """A word in backticks in the docstring of a room is a module of it, a room, or a name that the package gives."""
    docstring = importlib.import_module(room).__doc__ or ""
    folder = ROOT / room.replace(".", "/")
    sources = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "sim").rglob("*.py"))
    for name in re.findall(r"(?<!`)`(\w+)(?:\.\w+)?`(?!`)", docstring):
        known = (folder / f"{name}.py").is_file() or any((place / name).is_dir() for place in (folder, ROOT / "sim"))
        assert known or re.search(rf"\b(?:def|class) {name}\b", sources), name


def test_every_cited_section_is_written():
    """S2.10 is the heading 2.10 of the model's text; S3.1-40 is a row of the ledger."""
    headings = set(re.findall(r"^#+ (\d+(?:\.\d+)?) ", SCIENCE.read_text(encoding="utf-8"), re.MULTILINE))
    missing = {}
    for folder, kinds in (("sim", ("py",)), ("scenarios", ("toml", "md", "csv")), ("docs", ("md",))):
        for file in (file for kind in kinds for file in (ROOT / folder).rglob(f"*.{kind}")):
            cited = set(re.findall(r"\bS(\d\.\d+)\b(?!-[\dn])", file.read_text(encoding="utf-8")))
            if cited - headings:
                missing[str(file.relative_to(ROOT))] = sorted(cited - headings)
    assert not missing


def test_the_version_is_one():
    version = PROJECT["project"]["version"]
    assert sim.__version__ == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_each_page_can_be_found():
    """From the README or from a page that it links to."""
    linked = set()
    for page in PAGES:
        targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        linked |= {(page.parent / target).resolve() for target in targets if not target.startswith("http")}
    how_to = ROOT / "docs" / "how-to"
    assert [
        page.name
        for page in PAGES
        if page != README and not linked & {page, how_to if how_to in page.parents else page}
    ] == []


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 180


def test_the_peers_of_the_page_are_those_of_the_table():
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| ([\w ]+) \| (\d) \| ([\d.]+) \| ([\d.]+) \| ([\d; ]+) \|$", page, re.MULTILINE)
    table = pd.read_csv(ROOT / "results" / "benchmarks" / "peers.csv")
    assert len(shown) == len(table)
    for (subject, workers, runs, ratio, memory), row in zip(shown, table.itertuples(), strict=True):
        peaks = [row.peak_mb, row.peak_mb_of_a_worker] if row.peak_mb_of_a_worker else [row.peak_mb]
        assert (subject, int(workers), float(runs), float(ratio)) == (
            row.subject,
            row.workers,
            row.runs_per_s,
            row.ratio,
        )
        assert memory == "; ".join(map(str, peaks))


def test_the_figures_of_the_readme_stand_in_what_it_shows():
    shown = blocks_of(README, "console")[0].output
    whole = (ROOT / "docs" / "what-the-odds-rest-on.md").read_text(encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    (said,) = re.findall(r"A war on this front within a year comes out at .+?\. Without", text, re.DOTALL)
    figures = re.findall(r"\d+\.\d", said)
    assert len(figures) == 4
    assert all(figure in shown for figure in figures)
    (assumed,) = re.findall(r"\d+ of the \d+ parameters that a file", text)
    assert assumed.replace("the ", "", 1).replace("of the", "of") in whole


def test_the_page_of_the_calibration_shows_the_committed_fit():
    folder = ROOT / "results" / "fit-lebanon-2023"
    with (folder / "summary.csv").open(encoding="utf-8") as file:
        rows = {row["parameter"]: row for row in csv.DictReader(file)}
    with (folder / "derived.csv").open(encoding="utf-8") as file:
        rows |= {row["quantity"]: row for row in csv.DictReader(file)}
    names = ("dyad.ISR-HZB.delay_days", "source.sirens.detection", "party.HAM.baseline", "party.ISR.lethality")
    text = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    for name in (*names, "branching ratio"):
        median, low, high, before, after = (
            f"{float(rows[name][column]):.2g}" for column in ("median", "low", "high", "prior_low", "prior_high")
        )
        assert f"| {median}, {low} to {high} | {before} to {after} |" in text, name
