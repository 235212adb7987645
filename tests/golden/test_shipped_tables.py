"""The committed tables of the shipped scenarios are what the committed code makes of them, byte for byte."""

import json
import shutil

import pytest
from pages import ROOT

from sim.results.analysis.odds import KILLED, ODDS, compute_killed, compute_odds
from sim.results.reading.store import Results
from sim.scenario.scenario import Scenario
from sim.sweeps.sweep import run_blocks

SHIPPED = sorted(path.parent.name for path in (ROOT / "results").glob("*/points.csv"))
REGENERATED = ("truce-held",)
"""What is made anew here: the quickest; ``sim sweep`` makes the others, and git shows what moved."""

OTHERS = {"theatre", "prior-check", "evidence", "fitted"}
"""Files that are no scenario, and the scenario over a fit: it is swept by whoever fits anew."""


def test_every_shipped_scenario_has_its_tables():
    scenarios = (ROOT / "scenarios" / "lebanon-2023").glob("*.toml")
    assert {path.stem for path in scenarios} - OTHERS == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_tables_belong_to_the_scenario_as_it_stands(name):
    manifest = json.loads((ROOT / "results" / name / "manifest.json").read_text(encoding="utf-8"))
    scenario = Scenario.load(ROOT / "scenarios" / "lebanon-2023" / f"{name}.toml")
    assert manifest["digest"] == scenario.digest()


@pytest.mark.slow
@pytest.mark.parametrize("name", REGENERATED)
def test_tables_are_made_again_byte_for_byte(name, tmp_path):
    committed = ROOT / "results" / name
    manifest = json.loads((committed / "manifest.json").read_text(encoding="utf-8"))
    scenario = Scenario.load(ROOT / "scenarios" / "lebanon-2023" / f"{name}.toml")
    # The spread over the policies is read from the structural sweep beside a folder.
    shutil.copytree(ROOT / "results" / "policy-pairs", tmp_path / "policy-pairs")
    made = run_blocks(scenario, tmp_path / name, replicates=manifest["replicates"], seed=manifest["seed"], jobs=2)
    results = Results.open(made)
    results.write_table(ODDS, compute_odds(results))
    results.write_table(KILLED, compute_killed(results))
    for table in ("points.csv", f"{ODDS}.csv", f"{KILLED}.csv"):
        assert (made / table).read_text(encoding="utf-8") == (committed / table).read_text(encoding="utf-8"), table
