"""The map of the theatre, and what was reported over the fans: from files beside the theatre, where there are any."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from sim.report.chart import NARROW, WIDE
from sim.report.presentation import Shown
from sim.report.theatre_pictures import read_killed, read_outlines, theatre
from sim.results.reading.store import Results

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture(scope="module")
def results() -> Results:
    return Results.open(RESULTS / "baseline")


def acts(results: Results, **changes: float) -> pd.DataFrame:
    ways = [dyad.split("-") for dyad in results.manifest["dyads"]]
    return pd.DataFrame(
        [
            {"point": 0, "sender": a, "target": b, "horizon_days": 365, "mean": changes.get(f"{a}_{b}", 3.0)}
            for a, b in ways
        ]
    )


def shown(results: Any, rows: pd.DataFrame) -> Shown:
    answer: Any = SimpleNamespace(point=0, question="Q1", horizon_days=365)
    return Shown(results, {"dyads": rows}, answer)


def test_outlines_are_those_of_every_place_of_the_shipped_theatre(results: Results):
    folder = results.find_beside("theatre.toml").parent
    assert folder is not None
    assert folder.name == "lebanon-2023"
    outlines = read_outlines(results)
    assert {party["location"] for party in results.manifest["parties"]} <= {*outlines}
    assert (folder / "outlines.geojson").stat().st_size < 20_000
    assert "outlines.geojson" in (folder / "SOURCES.md").read_text(encoding="utf-8")


def test_acts_between_places_are_summed_and_the_largest_is_told(results: Results):
    picture = theatre(shown(results, acts(results, ISR_HZB=500.0, ISR_HAM=40.0, HZB_ISR=90.0)))
    assert picture is not None
    n_lebanon = sum(one["location"] == "Lebanon" for one in results.manifest["parties"])
    assert n_lebanon >= 3
    told = int(re.search(r"Most acts, (\d+) in the mean history, go from Israel to Lebanon", picture.caption)[1])
    assert told == 500 + 40 + 3 * sum(
        dyad.startswith("ISR-") and dyad not in ("ISR-HZB", "ISR-HAM") and _at(results, dyad) == "Lebanon"
        for dyad in results.manifest["dyads"]
    )
    for width in (WIDE, NARROW):
        texts = [text.text or "" for text in ElementTree.fromstring(picture.svg(width)).iter("text")]
        assert f"Israel → Lebanon: {told}" in texts
        assert len(picture.svg(width)) < 25_000
        assert picture.svg(width) == picture.svg(width)


def _at(results: Results, dyad: str) -> str:
    located = {party["id"]: party["location"] for party in results.manifest["parties"]}
    return str(located[dyad.split("-")[1]])


def test_a_theatre_without_outlines_is_a_circle_and_one_without_acts_nothing(results: Results):
    bare = replace(results, manifest=results.manifest | {"resolved": {"theatre": {"name": "elsewhere"}}})
    assert bare.find_beside("theatre.toml") is None
    picture = theatre(shown(bare, acts(results)))
    assert picture is not None
    assert "<polygon" not in picture.svg(WIDE)
    assert picture.svg(WIDE).count("<circle") == len({party["location"] for party in results.manifest["parties"]})
    assert theatre(shown(results, acts(results).assign(mean=0.0))) is None


def test_reports_before_the_start_are_told_from_those_after_it(results: Results):
    since, counts = read_killed(results, "Lebanon") or pytest.fail("there are reports of Lebanon")
    assert since == date(2023, 10, 8)
    assert (0, 81) in counts, "to 6 November, the day before the first"
    assert max(day for day, _ in counts) <= 365
    assert any(day > 0 for day, _ in counts)
    assert read_killed(results, "Nowhere") is None
