"""No committed number changes unseen: files are as they were made, and say of themselves what the code says."""

from __future__ import annotations

import csv
import json
import re

import committed
import pytest
from committed import RESULTS, SCENARIOS, SWEEPS, manifest_of

from sim.policies.registry import SHIPPED
from sim.report import html_page
from sim.results.reading.store import Results
from sim.results.tables import load_declarations
from sim.scenario.scenario import Scenario
from sim.sweeps.results_folder import build_manifest
from sim.tournament.theatre_game import DILEMMA, FEWEST_UNITS, load_ground

GROUNDS = ("dilemma", "lebanon-2023", "symmetric")
NO_SWEEPS = {"theatre", "prior-check", "evidence", "hindcast", "fitted"}
"""Files that are no scenario, and the scenario over a fit: it is swept by whoever fits anew."""


def test_every_committed_file_is_as_it_was_made():
    """A folder is made again by its command; then ``python tests/committed.py`` takes the digests anew."""
    there, known = committed.list_files(), committed.read_files()
    assert {name for name in there.keys() | known.keys() if there.get(name) != known.get(name)} == set()


def test_every_shipped_scenario_has_its_folder():
    assert {path.stem for path in SCENARIOS.glob("*.toml")} - NO_SWEEPS == set(SWEEPS)
    assert {path.parent.name for path in (RESULTS / "tournament").glob("*/manifest.json")} == set(GROUNDS)


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_says_of_itself_what_its_scenario_says(name):
    said = manifest_of(RESULTS / name)
    scenario = Scenario.load(SCENARIOS / f"{name}.toml")
    assert said["seed"] == scenario.seed
    assert said["replicates"] == scenario.replicates
    made = build_manifest(scenario, scenario.replicates, scenario.seed)
    text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    assert committed.said_by((RESULTS / name / "manifest.json").read_bytes()) == committed.said_by(text.encode())
    points = scenario.points()
    with (RESULTS / name / "points.csv").open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == ["point", "label", *dict(points[0].labels)]
    assert rows == [[str(one.index), one.label, *map(str, dict(one.labels).values())] for one in points]


@pytest.mark.parametrize("name", SWEEPS)
def test_a_page_tells_the_tables_beside_it(name, monkeypatch):
    """The tables of a page are written from exact numbers, so a last digit may differ from that of a rounded one."""
    results = Results.open(RESULTS / name)
    written = [table.name for table in load_declarations().values() if table.is_written and table.is_there(results)]
    pages: list[bytes] = []
    monkeypatch.setattr(html_page, "write_whole", lambda _, content: pages.append(content))
    html_page.write_page(results, {table: results.read_table(table) for table in written})
    shown, told = (_parts(page) for page in ((RESULTS / name / "report.html").read_bytes(), pages[0]))
    assert [text for text, _ in shown] == [text for text, _ in told]
    for (before, number), (_, other) in zip(shown, told, strict=True):
        unit = 10.0 ** -len(number.partition(".")[2])
        assert number == other or abs(float(number) - float(other)) < 1.01 * unit, (before[-200:], number, other)


def _parts(page: bytes) -> list[tuple[str, str]]:
    """Return the words before each number of a page, and the number."""
    pieces = re.split(r"(\d+(?:\.\d+)?)", committed.words_of(page))
    return list(zip(pieces[::2], [*pieces[1::2], "0"], strict=True))


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_tournament_is_of_the_policies_and_the_theatre_as_they_stand(ground):
    said = manifest_of(RESULTS / "tournament" / ground)
    assert said["policies"] == list(SHIPPED)
    assert said["independent"] >= FEWEST_UNITS
    if said["theatre"] != DILEMMA:
        assert said["digest"] == load_ground(said["theatre"]).digest()
