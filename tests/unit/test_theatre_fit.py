"""The fit and the nowcast of a theatre as a notebook calls them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pandas as pd
import pytest
from rough_fits import make_fits_rough

from sim.core.errors import InputError, OutputError
from sim.inference.evidence_plan import plan_of, read_day, read_plan
from sim.inference.nowcast import nowcast
from sim.inference.theatre_fit import fit_name, fit_theatre
from sim.scenario.posterior import Posterior

THEATRE = Path(__file__).parents[2] / "scenarios" / "lebanon-2023" / "theatre.toml"
DAY = datetime.date(2023, 11, 1)


def test_a_theatre_is_named_by_path_by_name_or_by_its_plan():
    plan = read_plan(THEATRE)
    assert plan_of(plan) is plan
    assert plan_of(str(THEATRE)).path == plan.path
    shipped = plan_of("lebanon-2023").path  # that of the wheel where one is installed
    assert (shipped.parent.name, shipped.read_bytes()) == ("lebanon-2023", plan.path.read_bytes())
    with pytest.raises(InputError, match=r"^lebanon-2032: no such file"):
        plan_of("lebanon-2032")


@pytest.mark.parametrize("day", [DAY, "2023-11-01", datetime.datetime(2023, 11, 1, 12), pd.Timestamp(DAY)])
def test_a_day_is_a_date_or_text(day):
    assert read_day(day, "as_of") == DAY
    assert not isinstance(read_day(day, "as_of"), datetime.datetime)


def test_a_folder_is_named_by_theatre_and_day():
    plan = read_plan(THEATRE)
    assert fit_name(plan) == fit_name(plan, plan.theatre_file.start) == "fit-lebanon-2023"
    assert fit_name(plan, DAY) == "fit-lebanon-2023-as-of-2023-11-01"


def test_wrong_input_is_refused_before_any_work(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match='as_of: "1 November" is not a date'):
        fit_theatre(THEATRE, as_of="1 November")
    with pytest.raises(InputError, match="-1 is out of bounds"):
        fit_theatre(THEATRE, seed=-1)
    with pytest.raises(OutputError, match="holds something else than a fit"):
        fit_theatre(THEATRE, out=tmp_path)
    with pytest.raises(InputError, match="0 is out of bounds"):
        nowcast(THEATRE, [DAY], replicates=0)
    with pytest.raises(InputError, match='days: "soon" is not a date'):
        nowcast(THEATRE, ["soon"])


@pytest.mark.slow
def test_a_notebook_gets_tables_and_a_folder(monkeypatch, tmp_path):
    make_fits_rough(monkeypatch)
    messages: list[str] = []
    fitted = fit_theatre("lebanon-2023", as_of="2023-11-01", seed=5, out=tmp_path / "mine", progress=messages.append)
    assert len(messages) == 2
    assert len(repr(fitted)) < 200
    assert len(fitted._repr_html_()) < 8000
    assert fitted.summary()["parameter"].is_unique
    assert set(fitted.derived()["quantity"]) >= {"branching ratio"}
    manifest = json.loads((tmp_path / "mine" / "manifest.json").read_text())
    assert manifest == json.loads(json.dumps(fitted.manifest))
    assert manifest["name"] == "mine"
    assert manifest["draws_sha256"] == Posterior.load(tmp_path / "mine").digest
    again = fitted.write(tmp_path / "again")
    assert json.loads((again / "manifest.json").read_text())["name"] == "again"
    assert {path.name for path in again.iterdir()} == {path.name for path in (tmp_path / "mine").iterdir()}
