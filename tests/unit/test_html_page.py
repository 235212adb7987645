"""The page of a results folder holds all of its tables, escapes its words, and is the same page every time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

import pandas as pd
import pytest
from ally import LEVERS, PAIRS, write_with_allies

from sim.report.html_page import PAGE, write_page
from sim.results.reading.store import Results
from sim.results.tables import collect_tables, load_declarations, write_tables
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.pictures: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag == "svg":
            self.pictures.append(dict(attrs)["aria-label"])
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


Made = Callable[[str], tuple[Results, dict[str, pd.DataFrame]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a function that makes the folder and the tables of a scenario once."""

    @cache
    def of(more: str) -> tuple[Results, dict[str, pd.DataFrame]]:
        folder = tmp_path_factory.mktemp("page")
        path = write_with_allies(folder, more)
        path.write_text(path.read_text().replace('title = "Tiny"', 'title = "Truce <held> & more"'))
        results = Results.open(run_blocks(Scenario.load(path), folder / "out", replicates=80, seed=3))
        return results, collect_tables(results)

    return of


def read(results: Results) -> tuple[Cells, str]:
    page = (results.path / PAGE).read_text(encoding="utf-8")
    cells = Cells()
    cells.feed(page)
    assert cells.open == []
    return cells, page


@pytest.mark.slow
def test_a_page_is_whole_and_shows_every_table(made: Made):
    results, found = made(LEVERS)
    write_page(results, found)
    cells, page = read(results)
    assert "Truce <held> & more" in cells.texts
    assert any(text.startswith("Reference class") for text in cells.texts)
    estimate = found["odds"].query("question == 'Q1' and horizon_days == 8 and point == 0")["estimate"].item()
    assert any(text.startswith(f"{100 * estimate:.1f} (") for text in cells.texts)
    for heading in ("Odds", "What lowers the odds most", "Drivers", "Who joined, and by when", "Day by day", "Killed"):
        assert heading in cells.texts
    assert any("rest on: s.d. in points" in text for text in cells.texts)
    assert any(text.startswith("Differences that levers make") for text in cells.pictures)
    assert any(text.startswith("Fans of acts") for text in cells.pictures)
    assert len(cells.pictures) == 5
    write_page(results, collect_tables(results))
    assert (results.path / PAGE).read_text(encoding="utf-8") == page


def test_the_page_of_pairs_shows_the_grid_and_the_regret(made: Made):
    results, found = made(PAIRS)
    write_page(results, found)
    cells, _ = read(results)
    assert "Pairs of policies" in cells.texts
    assert any("regret of each policy" in text for text in cells.texts)
    assert "Odds of Q1 for every pair of policies" in cells.pictures


@pytest.mark.parametrize(
    ("more", "only"),
    [("", {"definitions.csv"}), (LEVERS, {"levers.csv"}), (PAIRS, {"pairs.csv", "spread.csv", "regret.csv"})],
)
def test_a_folder_gets_the_tables_that_apply_to_it(made: Made, more: str, only: set[str]):
    results, found = made(more)
    write_tables(results, found)
    always = {"odds.csv", "variance.csv", "killed.csv", "drivers.csv", "entries.csv", "incidence.csv", "fan.csv"}
    expected = always | only | {"definitions.csv"}
    by_case = {"levers.csv", "pairs.csv", "spread.csv", "regret.csv", "sensitivity.csv", "stopping.csv"}
    on_demand = {"regional.csv", "boxes.csv", "limits.csv"}
    written = {path.name for path in results.path.glob("*.csv")} - {"points.csv"}
    assert written & (expected | by_case | on_demand) == expected
    tables = load_declarations().values()
    assert written == {f"{table.name}.csv" for table in tables if table.is_written and table.applies(results)}
