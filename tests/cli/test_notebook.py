"""The notebook page runs as written, and shows what its cells give; the page of the API lists every public name."""

import importlib
import inspect
import re

import pandas as pd
import pytest
from notebook import NOTEBOOK, run_cells
from pages import ROOT, blocks_of
from rough_fits import make_fits_rough

import sim

API = ROOT / "docs" / "api.md"
SHOWN = {block.span[0]: block.text for block in blocks_of(NOTEBOOK, "text")}
HARD = ("fit_theatre(", "nowcast(")
"""Cells that take minutes as written: daily they sample so little that their figures are others than those shown."""


def shown_below(call: str) -> list[list[str]]:
    """Return the words of each line below the cell that calls a function."""
    (cell,) = [block for block in blocks_of(NOTEBOOK, "python") if f" {call}" in block.text]
    return [line.split() for line in SHOWN[cell.span[1] + 2].splitlines()]


@pytest.mark.usefixtures("plain_pictures")
def test_every_cell_gives_what_the_page_shows(tmp_path, monkeypatch):
    make_fits_rough(monkeypatch)
    cells = list(run_cells(tmp_path))
    assert {end + 2 for _, (_, end), _ in cells} >= SHOWN.keys(), "a text stands below no cell"
    for source, (_, end), printed in cells:
        expected = SHOWN.get(end + 2, "")
        if any(call in source for call in HARD):
            assert printed.split("\n")[0].split() == expected.split("\n")[0].split()
            assert len(printed.splitlines()) == len(expected.splitlines())
        else:
            assert printed == expected, source


@pytest.mark.nightly
def test_every_cell_gives_what_the_page_shows_in_full(tmp_path):
    for source, (_, end), printed in run_cells(tmp_path):
        assert printed == SHOWN.get(end + 2, ""), source


def test_the_page_shows_the_figures_of_the_committed_fit_and_nowcast():
    summary = pd.read_csv(ROOT / "results" / "fit-lebanon-2023" / "summary.csv")
    head, *rows = shown_below("fit_theatre(")
    expected = summary[head].head(3).round(2).to_numpy().tolist()
    assert [[name, *map(float, figures)] for name, *figures in rows] == expected
    nowcast = pd.read_csv(ROOT / "results" / "nowcast-lebanon-2023" / "nowcast.csv").set_index("as_of")
    head, *rows = shown_below("nowcast(")
    branching = {row[0]: float(row[head.index("branching")]) for row in rows}
    assert branching["2023-11-07"] == round(nowcast.loc["2023-11-07", "branching"], 3)


def test_the_page_of_the_api_lists_every_public_name():
    listed = re.findall(r"^\| `(\w+)", API.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(sim.__all__)


@pytest.mark.parametrize("name", sorted(sim.__all__))
def test_every_public_name_is_there_with_the_parameters_that_the_page_shows(name):
    value = getattr(sim, name)
    assert inspect.getdoc(value) or name == "LaneValues"
    shown = re.search(rf"^\| `{name}(?:\((.*?)\))?` ", API.read_text(encoding="utf-8"), re.MULTILINE)
    assert shown is not None
    if shown[1] is not None:
        parameters = [part.strip().partition("=")[0] for part in shown[1].split(",")]
        assert [part for part in parameters if part != "*"] == list(inspect.signature(value).parameters)


def test_the_old_doors_of_users_files_stay_open():
    for door, names in {
        "sim.fields": ("Interval", "parameter"),
        "sim.streams": ("Draw",),
        "sim.policies": ("Policy", "Response", "View", "RedLine", "Claims", "TitForTat"),
        "sim.testing": ("check_policy", "Verdict"),
        "sim.scenario": ("Scenario",),
        "sim.results": ("Results", "open_results"),
    }.items():
        module = importlib.import_module(door)
        assert [name for name in names if not hasattr(module, name)] == []
        assert set(names) <= {*dir(module)}
        assert module.__name__ == door
    for door, module in {"fields": "sim.core.parameters", "streams": "sim.core.random_streams"}.items():
        assert importlib.import_module(f"sim.{door}").__doc__ == f"See `{module}`."
