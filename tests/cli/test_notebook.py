"""The notebook page runs as written, and shows what its cells give; the page of the API lists every public name."""

import dataclasses
import importlib
import inspect
import re

import pytest
from notebook import NOTEBOOK, run_cells
from pages import ROOT, blocks_of

import sim

API = ROOT / "docs" / "api.md"
HARD = ("fit_theatre(", "nowcast(")
"""Cells that take minutes as written: here they sample so little that their figures are others than those shown."""


@pytest.mark.slow
def test_every_cell_gives_what_the_page_shows(tmp_path, monkeypatch):
    from sim.inference import nowcast, sampler

    small = dataclasses.replace(sampler.Budget(), walkers=60, burn_in=10, chunk=10, most=20, ess=1.0)
    monkeypatch.setattr("sim.inference.sampler.LARGEST_RHAT", 10.0)
    monkeypatch.setattr(nowcast, "QUICK", small)
    monkeypatch.setattr("sim.inference.theatre_fit.Budget", lambda **_: small)
    monkeypatch.setattr("sim.inference.theatre_fit.Budget.ensembles", 2, raising=False)
    shown = {block.span[0]: block.text for block in blocks_of(NOTEBOOK, "text")}
    for source, (_, end), printed in run_cells(tmp_path):
        expected = shown.get(end + 2, "")
        if any(call in source for call in HARD):
            assert printed.split("\n")[0].split() == expected.split("\n")[0].split()
            assert len(printed.splitlines()) == len(expected.splitlines())
        else:
            assert printed == expected, source


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
