"""What the pages say of the code is so: rooms and floors, cited sections, versions, figures of the tables."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmarks import engine_page
from pages import PAGES, README, ROOT

import sim
from sim.scenario.scenario import Scenario

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCIENCE = ROOT / "docs" / "science.md"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
BENCHMARKS = ROOT / "results" / "benchmarks"
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
ROOMS = re.findall(r"^\| (\d+) \| `(sim\.\w+)` \| (.+) \|$", ARCHITECTURE, re.MULTILINE)


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
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_the_peers_of_the_page_are_those_of_the_table():
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| ([\w ]+) \| (\d) \| ([\d.]+) \| ([\d.]+) \| ([\d; ]+) \|$", page, re.MULTILINE)
    table = pd.read_csv(BENCHMARKS / "peers.csv")
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


def test_pages_count_the_labels_that_the_scenarios_count():
    counts = Scenario.load("lebanon-2023/baseline").count_labels()
    assert counts == {"informed": 0, "literature": 0, "judgement": 263, "parameters": 263}
    for page in (README, ROOT / "docs" / "model-card.md"):
        assert "All 263 parameters that a file of the first theatre states rest on judgement" in page.read_text()
    fitted = Scenario.load("lebanon-2023/fitted").count_labels()
    words = f"the fit informs {fitted['informed']} of them and leaves {fitted['judgement']} to judgement"
    assert words in (ROOT / "docs" / "what-the-odds-rest-on.md").read_text()


CALIBRATION = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
FIT = ROOT / "results" / "fit-lebanon-2023"
VALIDATION = ROOT / "results" / "validation"


def table_of(path: Path, key: str) -> pd.DataFrame:
    return pd.read_csv(path).set_index(key)


def test_the_page_of_the_calibration_shows_the_committed_fit():
    known = pd.concat([table_of(FIT / "summary.csv", "parameter"), table_of(FIT / "derived.csv", "quantity")])
    names = ("dyad.ISR-HZB.delay_days", "source.sirens.detection", "party.HAM.baseline", "party.ISR.lethality")
    for name in (*names, "branching ratio"):
        row = known.loc[name]
        median, low, high, before, after = (
            f"{row[column]:.2g}" for column in ("median", "low", "high", "prior_low", "prior_high")
        )
        assert f"| {median}, {low} to {high} | {before} to {after} |" in CALIBRATION, name
    informed = (known["contraction"] >= 0.1).sum()
    assert f"{NUMBERS[informed]} of {known['rank'].notna().sum()} parameters, at most." in CALIBRATION


def test_the_page_of_the_calibration_tells_what_the_other_counts_change():
    known = table_of(FIT / "alternatives.csv", "parameter")
    default, other = (known[(known["evidence"] == "default") == is_default] for is_default in (True, False))
    (median, low, high), (acts, least, most), (usual, usual_low, usual_high) = (
        table.loc[name, ["median", "low", "high"]]
        for table, name in ((other, "branching ratio"), (other, "acts a day of ISR"), (default, "acts a day of ISR"))
    )
    said = (
        f"the branching ratio is {median:.2f} ({low:.2f} to {high:.2f}) and Israeli acts are {acts:.1f} a "
        f"day ({least:.1f} to {most:.1f}) instead of {usual:.1f} ({usual_low:.1f} to {usual_high:.1f})."
    )
    assert said in " ".join(CALIBRATION.split())


def test_the_page_of_the_calibration_tells_how_it_was_checked():
    said = {}
    for days in (30, 120, 320):
        table = pd.read_csv(VALIDATION / f"recovery-{days}.csv")
        covered = 100 * table.groupby("quantity")["covered"].mean()
        radius = table[table["quantity"] == "spectral radius"]
        said[days] = (len(radius), (radius["median"] - radius["truth"]).mean(), covered, 100 * table["covered"].mean())
    number, bias, covered, whole = said[120]
    assert f"| ledgers of 120 days with known parameters, event times ({number} of them) |" in CALIBRATION
    assert (
        f"| bias of the spectral radius {bias:.3f}; 90 % intervals cover {covered['spectral radius']:.0f} % for"
        in CALIBRATION
    )
    assert f" for it, {whole:.0f} % over all parameters |" in CALIBRATION
    number, bias, covered, whole = said[30]
    assert f"| the same with 30 days ({number}) | bias {bias:.3f}, " in CALIBRATION
    assert f" cover {covered['spectral radius']:.0f} % |" in CALIBRATION
    number, bias, covered, whole = said[320]
    of_each = covered.drop("spectral radius")
    assert (
        f"| ledgers of 320 days ({number}) | bias {bias:.3f}; "
        f"90 % intervals cover {covered['spectral radius']:.0f} % for the radius, "
        f"{of_each.min():.0f} to {of_each.max():.0f} % for each parameter |"
    ) in CALIBRATION
    ranks = pd.read_csv(VALIDATION / "ranks-judged.csv")
    least, allowed = ranks["p"].min(), ranks["least_p"].iloc[0]
    told = f"least p {least:.3f} of {len(ranks)} parameters, allowed from {allowed:.4f}"
    assert f"{ranks['n'].iloc[0]} replications | uniform: {told}" in CALIBRATION
    free = pd.read_csv(VALIDATION / "likelihood-free.csv")
    assert free["overlap"].all()
    assert (
        f"| the intervals of all {NUMBERS[len(free)].lower()} parameters compared overlap those of the fit |"
        in CALIBRATION
    )


def test_the_page_of_the_performance_tells_the_committed_timings():
    """The text rounds what the tables say."""
    text = " ".join((ROOT / "docs" / "performance.md").read_text(encoding="utf-8").split())
    sweep, matches, memory = (
        json.loads((BENCHMARKS / f"{name}.json").read_text(encoding="utf-8")) for name in ("sweep", "matches", "memory")
    )
    large, one, two = sweep["whole"][:3]
    ratios = [row["ratio"] for row in matches["sim"]]
    speed = pd.read_csv(BENCHMARKS / "speed.csv")
    engine = speed[(speed["subject"] == "engine") & speed["case"].isin(["baseline", "docking"])]["ratio"].to_list()
    for said in (
        f"took {large['run_s']:.0f} s, and {large['tables_s']:.0f} s for the tables, "
        f"with {large['worker_mb']} MB a worker and {large['disk_mb']:.0f} MB on the disk",
        f"two workers did a hundred points in {two['run_s']:.0f} s where one took {one['run_s']:.0f} s",
        f"the replicates (R² {sweep['replicates']['r_squared']:.3f})",
        f"with the days ({sweep['days']['r_squared']:.3f})",
        f"took {memory['seconds']:.0f} s and at most {memory['peak_mb_with_odds']} MB a process",
        f"{ratios[0]:.0f} to {ratios[-1]:.0f} times the matches a second of the Axelrod library",
        f"the engine makes {engine[0]:.0f} times the histories a second of the scalar Mesa model",
        f"and {engine[1]:.0f} times with 10,000",
        f"makes {1 / engine[2]:.0f} and {1 / engine[3]:.0f} times those of the engine",
    ):
        assert said in text, said


def test_the_page_of_the_performance_shows_what_was_measured_of_the_engine():
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    found = json.loads(engine_page.TABLE.read_text(encoding="utf-8"))
    assert engine_page.told(found) in page, "run python -m benchmarks.engine_page"


def test_the_page_of_the_odds_shows_the_committed_prior_check():
    page = (ROOT / "docs" / "what-the-odds-rest-on.md").read_text(encoding="utf-8")
    (block,) = (one for one in page.split("```") if "sim scenario prior-check" in one)
    shown = [line.split() for line in block.splitlines() if line.endswith(("yes", "no"))]
    table = pd.read_csv(ROOT / "results" / "prior-check.csv")
    told = table[["q05", "q25", "q50", "q75", "q95", "mean", "reported", "p"]].to_numpy()
    for words, row, is_inside in zip(shown, told, table["in_range"], strict=True):
        numbers = row[~np.isnan(row)]
        assert [float(word) for word in words[-1 - len(numbers) : -1]] == pytest.approx(numbers, rel=6e-3)
        assert words[-1] == ("yes" if is_inside else "no")
