"""The page of a results folder holds its odds, escapes its words, and is the same page every time."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
from readme import ROOT

from sim.report.page import PAGE, write_page
from sim.results.odds import killed, odds
from sim.results.store import Results


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def page_of(folder: Path, title: str) -> str:
    for name in ("manifest.json", "points.csv", "odds.csv", "killed.csv"):
        (folder / name).write_bytes((ROOT / "results" / "truce-held" / name).read_bytes())
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"title": title}), encoding="utf-8")
    results = Results.open(folder)
    write_page(results, odds(results), killed(results))
    return (folder / PAGE).read_text(encoding="utf-8")


def test_a_page_is_whole_and_shows_the_odds(tmp_path):
    page = page_of(tmp_path, "Truce <held> & more")
    cells = Cells()
    cells.feed(page)
    assert cells.open == []
    assert "Truce <held> & more" in cells.texts
    assert any(text.startswith("Reference class") for text in cells.texts)
    table = pd.read_csv(ROOT / "results" / "truce-held" / "odds.csv")
    year = table[(table["question"] == "Q1") & (table["horizon_days"] == 365)]["estimate"].item()
    assert any(text.startswith(f"{100 * year:.1f} (") for text in cells.texts)
    assert page_of(tmp_path, "Truce <held> & more") == page
