"""``sim results discover``: conditions in words, tables beside the manifest, and faults in one sentence."""

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path

import pytest
from command import Command
from test_designs import design
from tiny import BASE, write_scenario

# Loaded here, because it sets variables of the environment as it is loaded, and says what else could be installed.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    importlib.import_module("ema_workbench.analysis.prim")

RANGE = '\n[[factor]]\nkey = "party.L.baseline"\nlow = 0.2\nhigh = 5\n'


@pytest.mark.usefixtures("plain_pictures")
def test_conditions_are_said_in_words(sim: Command, tmp_path: Path):
    path = write_scenario(tmp_path, BASE + design("latin hypercube", "points = 24\n") + RANGE)
    sim("sweep", path, "--replicates", "16", "--out", tmp_path / "out", "--jobs", "1", "--quiet")
    folder = tmp_path / "out" / "tiny"
    done = sim("results", "discover", folder, "--question", "Q5", "--horizon", "5")
    assert done.status == 0, done.err
    assert "(coverage)" in done.out
    assert "(density)" in done.out
    told = json.loads(
        sim("results", "discover", folder, "--question", "Q5", "--horizon", "5", "--method", "cart", "--json").out
    )
    assert {"boxes", "limits", "notes"} <= told.keys()
    assert {"boxes.csv", "limits.csv"} <= {one.name for one in folder.iterdir()}
    for arguments, message in (
        (["--method", "carts"], 'did you mean "cart"?'),
        (["--question", "Q9"], "is not asked here"),
        (["--horizon", "99"], "must be between 1 and 8 days"),
    ):
        done = sim("results", "discover", folder, *arguments)
        assert done.status == 2
        assert message in done.err
        assert done.out == ""
        assert "Traceback" not in done.err
