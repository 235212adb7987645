"""No label is read as mathematics, and a picture that fails is one sentence; the rest is drawn."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from ally import LEVERS, PAIRS, write_with_allies
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.policies.registry import SHIPPED
from sim.report import course_pictures, fit_plots, html_page, pictures, what_if_pictures
from sim.report.fingerprint_plots import plot_fingerprints
from sim.report.fit_plots import plot_fit, plot_nowcast
from sim.report.html_page import PAGE
from sim.report.pictures import draw_pictures
from sim.report.sweep_report import write_report
from sim.report.tournament_sheets import fixation_map, measure_map, population_plot
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks
from sim.tournament.entrants import Matches
from sim.tournament.match_tables import evolve

RESULTS = Path(__file__).parents[2] / "results"
PRICE = r"$ 5 and \frac$x^"
"""What mathematics cannot read."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sentences: list[str] = []
    monkeypatch.setattr(pictures, "LISTENERS", [sentences.append])
    return sentences


def swept(folder: Path, more: str, name: str) -> Results:
    """Return the results of a scenario in which parties, question, policies and levers have a name."""
    path = write_with_allies(folder, more)
    text = path.read_text().replace('title = "Tiny"', f"title = '{name}'")
    path.write_text(text.replace('"fewer acts"', f"'{name}'"))
    theatre = path.with_name("allies.toml")
    text = theatre.read_text().replace('"Ally of Right"', f"'Ally {name}'")
    theatre.write_text(text.replace('"Left-Right war"', f"'{name} war'"))
    return Results.open(run_blocks(Scenario.load(path), folder / "out", replicates=24, seed=3))


@pytest.mark.parametrize("more", [LEVERS, PAIRS])
def test_a_dollar_in_any_name_is_a_dollar_in_every_picture(more: str, tmp_path: Path, told: list[str]):
    results = swept(tmp_path, more, PRICE)
    points = (results.path / "points.csv").read_text().splitlines()
    (results.path / "points.csv").write_text("\n".join([points[0], *(f"{row}{PRICE}" for row in points[1:])]) + "\n")
    write_report(Results.open(results.path))
    assert told == []
    page = (results.path / PAGE).read_text()
    assert page.count("<svg") >= 5
    assert PRICE in page[page.index("<svg") :], "as it is written"


def test_nothing_in_pictures_of_fits_policies_and_tournaments_is_mathematics(monkeypatch: pytest.MonkeyPatch):
    """With and without names that only look so; powers on an axis are written as numbers."""
    drawn: list[Text] = []
    save = Figure.savefig

    def keep(figure: Figure, *arguments: object, **options: object) -> None:
        save(figure, *arguments, **options)
        drawn.extend(text for text in figure.findobj(Text) if text.get_visible())

    monkeypatch.setattr(Figure, "savefig", keep)
    fit, nowcast = RESULTS / "fit-lebanon-2023", RESULTS / "nowcast-lebanon-2023"
    summary, checks = (pd.read_csv(fit / f"{table}.csv") for table in ("summary", "checks"))
    plot_fit(summary.assign(parameter=PRICE), checks.assign(quantity=PRICE))
    plot_nowcast(pd.read_csv(nowcast / "nowcast.csv").assign(question=PRICE), PRICE)
    plot_fingerprints({PRICE: SHIPPED["grim_trigger"]()})
    rng = np.random.default_rng(4)
    values = {measure: rng.gamma(2.0, 300.0, (1, 3, 3, 3)) for measure in ("harm_suffered", "war")}
    matches = Matches(PRICE, (PRICE, "b", "c"), (0.0,), values, "harm_suffered", -1.0)
    evolutions = [evolve(-matches.means("harm_suffered")[0])]
    measure_map(matches, "harm_suffered")
    fixation_map(matches, evolutions, 50)
    population_plot(matches, evolutions)
    assert any(PRICE in text.get_text() for text in drawn)
    assert not any(text.get_parse_math() for text in drawn)
    assert not any("mathdefault" in text.get_text() for text in drawn), "the labels of an axis are for mathematics"
    assert mpl.rcParams["text.parse_math"], "what a user draws is left alone"


def test_a_picture_that_fails_costs_itself(tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch):
    results = swept(tmp_path, LEVERS, "plain")
    steps: list[str] = []

    def fail(*_: object) -> None:
        raise ValueError("no room\nat all")

    monkeypatch.setattr(course_pictures, "joins", fail)
    monkeypatch.setattr(what_if_pictures, "lever_differences", fail)
    tables = write_report(results, steps.append)
    fault = "course_pictures.joins, what_if_pictures.lever_differences: was not drawn (ValueError: no room)"
    (sentence,) = told
    assert sentence.startswith(f"{results.path / PAGE}: ")
    assert set(re.split(", |: was", fault)) == set(re.split(", |: was", sentence.split(": ", 1)[1].split(". All")[0]))
    assert steps[-1] == "report"
    assert {f"tables: {name}" for name in tables} >= set(steps[:-1]) >= {"tables: odds", "tables: killed"}
    assert not tables["odds"].empty
    page = (results.path / PAGE).read_text()
    assert 'id="levers"' not in page
    assert 'id="what-ifs"' in page


def test_a_page_that_cannot_be_written_is_a_warning(tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch):
    results = swept(tmp_path, LEVERS, "plain")
    monkeypatch.setattr(html_page, "make_section", lambda *_: 1 / 0)
    write_report(results)
    assert told == [f"{results.path / PAGE}: is not written, but all tables are (division by zero)"]


def test_where_nobody_listens_a_warning_of_python_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pictures, "LISTENERS", [])
    with pytest.warns(UserWarning, match=r"^here: a: was not drawn \(ZeroDivisionError: division by zero\)"):
        drawn = draw_pictures("here", {"a": lambda: 1 / 0, "b": partial(str, "whole")})
    assert drawn == {"b": "whole"}


def test_a_fit_keeps_the_pictures_that_can_be_drawn(told: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fit_plots, "plot_checks", lambda checks: checks.nothing)
    summary = pd.read_csv(RESULTS / "fit-lebanon-2023" / "summary.csv")
    assert list(plot_fit(summary, pd.DataFrame())) == ["parameters.png"]
    assert len(told) == 1
