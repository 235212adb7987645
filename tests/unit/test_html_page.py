"""The page of a results folder holds all of its tables, escapes its words, and is the same page every time."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

import pandas as pd
import pytest
from ally import LEVERS, PAIRS, write_with_allies

from sim.report.answer import state_answer
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
        self.ids: list[str] = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if tag == "svg":
            assert named["role"] == "img"
            self.pictures.append(named["aria-label"])
        if tag == "th":
            assert named["scope"] in ("col", "row")
        self.ids += [named["id"]] if "id" in named else []
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Take elements of a picture that end where they begin."""

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
    odds = found["odds"].query("question == 'Q1' and horizon_days == 8 and point == 0")
    assert any(text.startswith(f"{100 * odds['estimate'].item():.1f} (") for text in cells.texts)
    for heading in ("Odds", "What lowers the odds most", "Drivers", "Who joined, and by when", "Killed"):
        assert heading in cells.texts
    assert any("rest on: s.d. in points" in text for text in cells.texts)
    assert {"rests-on", "what-ifs", "levers", "joins", "definitions"} <= {*cells.ids}
    assert len(cells.ids) == len(set(cells.ids))
    answer = state_answer(results)
    assert f"To quote: “{answer.sentence}”" in cells.texts
    assert {answer.interval, answer.rests} <= {*cells.texts}
    write_page(results, collect_tables(results))
    assert (results.path / PAGE).read_text(encoding="utf-8") == page


def test_a_page_is_light_and_asks_nobody(made: Made):
    results, found = made(LEVERS)
    write_page(results, found)
    page = (results.path / PAGE).read_text(encoding="utf-8")
    assert len(page) < 600_000
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=.https?:|@import|url\(", page.partition("<script")[0])
    assert all(float(size) >= 12 for size in re.findall(r'font-size="([\d.]+)"', page))


def test_the_page_of_pairs_shows_the_grid_and_the_regret(made: Made):
    results, found = made(PAIRS)
    write_page(results, found)
    cells, _ = read(results)
    assert "Pairs of policies" in cells.texts
    assert any("regret of each policy" in text for text in cells.texts)
    assert {"pairs", "regret"} <= {*cells.ids}


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
