"""The fit and the nowcast of a theatre as a notebook calls them."""

from __future__ import annotations

import datetime
import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rough_fits import make_fits_rough

from sim.core.errors import InputError, OutputError
from sim.inference import theatre_fit as theatre_fit_module
from sim.inference.evidence_plan import plan_of, read_day, read_plan
from sim.inference.nowcast import nowcast
from sim.inference.sampler import Budget
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


def told(shift: float) -> pd.DataFrame:
    """Return a summary of two parameters, of which the evidence informs one."""
    names = ["median", "low", "high", "prior_low", "prior_median", "prior_high", "contraction", "shift"]
    rows = [[shift + i + 10 * number for i in range(len(names))] for number in (1, 2)]
    table = pd.DataFrame(rows, columns=names)
    table.insert(0, "parameter", ["party.HZB.baseline", "dyad.ISR-HZB.delay_days"])
    table = table.assign(rank=[1, 2], contraction=[0.3, 0.05], status=["informed", "at its prior"])
    return table.assign(ess=[1500.0, 1234.5], rhat=[1.003, 1.002])


@pytest.fixture
def given(monkeypatch):
    """Give fits and checks in place of those that are computed, and return what was asked for."""
    asked: list[tuple] = []

    def fit(plan, *, until, also=(), seed, budget):
        asked.append((until, tuple(also), seed, budget))
        shift = 0.5 * len(asked)
        derived = {"quantity": ["branching ratio"], "median": [shift], "low": [0.1], "high": [0.9], "prior_low": [0.0]}
        return SimpleNamespace(
            plan=plan,
            assembled=SimpleNamespace(first=plan.first_day, until=until, uses=[("sirens", "26 times", "times")]),
            draws=pd.DataFrame({"chain": 0, "draw": np.arange(46), "party.HZB.baseline": 1 / 3}),
            digest="abc", answered={"ISR": 2 / 3}, is_ex_post=until > plan.theatre_file.start, seed=seed,
            policies=pd.DataFrame({"party": ["ISR"], "weight": [0.123456789]}),
            summary=lambda: told(shift), derived=lambda: pd.DataFrame(derived),
        )  # fmt: skip

    checks = pd.DataFrame(
        {"statistic": ["1 events", "1 events", "2 deaths", "2 deaths", "3 calm"], "quantity": list("abcde"),
         "inside_90": [True, False, True, False, True], "inside_99": [True, False, True, True, True]}
    )  # fmt: skip
    monkeypatch.setattr(theatre_fit_module, "fit", fit)
    monkeypatch.setattr(theatre_fit_module, "predictive_check", lambda _: checks)
    return asked


def test_a_theatre_is_fitted_checked_and_fitted_once_more_with_what_the_default_leaves_out(given):
    messages, drawn = [], []

    def plots(summary, checks):
        drawn.append((summary["median"].tolist(), checks["quantity"].tolist()))
        return {"parameters.png": b"ink"}

    fitted = fit_theatre(
        THEATRE, as_of=DAY, seed=9, jobs=3, alternatives=True, plots=plots, progress=messages.append
    )  # fmt: skip
    budget = Budget(jobs=3)
    # Counts of acts over more than a day; not the 57 killed, and not the largest day.
    assert given == [(DAY, (), 9, budget), (DAY, ("S3.1-48.1", "S3.1-48.2"), 9, budget)]
    assert messages[1:] == [
        "46 draws kept; the engine runs the record on 11 of them",
        "once more with the counts that the default leaves out",
    ]
    assert drawn == [(told(0.5)["median"].tolist(), list("abcde"))]
    others = fitted.alternatives
    assert list(others.columns) == ["parameter", "median", "low", "high", "contraction", "status", "evidence"]
    labels = ["default"] * 3 + ["with S3.1-48.1, S3.1-48.2"] * 3
    parameters = ["party.HZB.baseline", "dyad.ISR-HZB.delay_days", "branching ratio"]
    assert others["evidence"].tolist() == labels
    assert others["parameter"].tolist() == parameters * 2
    assert others["median"].tolist() == [10.5, 20.5, 0.5, 11.0, 21.0, 1.0]
    assert set(fitted.files) == {
        *("posterior.parquet", "summary.csv", "checks.csv", "derived.csv", "policies.csv", "evidence.csv"),
        *("alternatives.csv", "parameters.png"),
    }
    assert fitted.files["policies.csv"] == b"party,weight\nISR,0.123457\n"
    assert fitted.files["evidence.csv"] == b"name,reported,use\nsirens,26 times,times\n"
    assert fitted.folder is None
    headline = "reports from 2023-10-08 to before 2023-11-01 inform 1 of 2 parameters"
    assert repr(fitted).endswith(f"{headline}>")
    assert headline in fitted._repr_html_()


def test_a_manifest_says_what_a_fit_hangs_on(given, tmp_path):
    fitted = fit_theatre(THEATRE, as_of="2023-12-01", seed=9, jobs=64, out=tmp_path / "later")
    assert given == [(datetime.date(2023, 12, 1), (), 9, Budget(jobs=4))]
    said = json.loads((tmp_path / "later" / "manifest.json").read_text())
    assert said["ex_post"].startswith("ex post: uses what was reported after the start")
    assert (said["kind"], said["name"], said["first_day"], said["as_of"]) == (
        "fit",
        "later",
        "2023-10-08",
        "2023-12-01",
    )
    assert (said["seed"], said["draws"], said["draws_sha256"]) == (9, 46, "abc")
    assert (said["least_ess"], said["largest_rhat"]) == (1234.5, 1.003)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "later" / "posterior.parquet"), fitted.draws)
    assert said["versions"]["python"] == ".".join(map(str, sys.version_info[:2]))
    assert (said["informed"], said["answered"]) == (["party.HZB.baseline"], {"ISR": 0.666667})
    assert said["checks"] == {"statistics": 3, "inside_90": 1, "inside_99": 2}
    for name, digest in said["files_sha256"].items():
        assert hashlib.sha256((tmp_path / "later" / name).read_bytes()).hexdigest() == digest
    assert said["evidence_sha256"] == hashlib.sha256(THEATRE.with_name("evidence.toml").read_bytes()).hexdigest()
    assert fit_theatre(THEATRE, as_of="2023-11-01").manifest["name"] == "fit-lebanon-2023-as-of-2023-11-01"
    assert fit_theatre(THEATRE, as_of="2023-11-07").manifest["ex_post"] == ""
    assert fitted.manifest == said
    (tmp_path / "later" / "notes.txt").write_text("mine")
    (tmp_path / "later" / "manifest.json").unlink()
    with pytest.raises(OutputError, match="holds something else than a fit"):
        fitted.write(tmp_path / "later")


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
