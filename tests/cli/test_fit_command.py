"""``sim fit``, ``sim nowcast`` and scenarios over a fit, on the shipped evidence with a small budget."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from sim.inference import sampler
from sim.scenario.posterior import Posterior

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "scenarios" / "lebanon-2023"


@pytest.fixture
def small(monkeypatch):
    """Let a fit be rough and quick."""
    quick = functools.partial(sampler.Budget, ensembles=2, walkers=50, burn_in=30, chunk=60, most=60, ess=5.0)
    quick.ensembles = 2  # type: ignore[attr-defined]
    monkeypatch.setattr("sim.inference.theatre_fit.Budget", quick)
    monkeypatch.setattr("sim.inference.sampler.LARGEST_RHAT", 10.0)


@pytest.mark.slow
def test_a_fit_becomes_a_folder_that_a_scenario_draws_from(sim, small, tmp_path):
    out = tmp_path / "results" / "fit-small"
    done = sim("fit", SHIPPED / "theatre.toml", "--out", out, "--jobs", "1", "--seed", "5")
    assert done.status == 0, done.err
    assert "count as" in done.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["kind"] == "fit"
    assert manifest["ex_post"] == ""
    assert manifest["draws_sha256"] == Posterior.load(out).digest
    assert {path.name for path in out.iterdir()} >= {"summary.csv", "checks.csv", "checks.png", "parameters.png"}
    assert pd.read_csv(out / "checks.csv")["statistic"].nunique() == 8
    shutil.copytree(SHIPPED, tmp_path / "scenarios" / "copy")
    scenario = tmp_path / "scenarios" / "copy" / "over.toml"
    scenario.write_text('base = "baseline.toml"\nposterior = "../../results/fit-small"\ntitle = "Over the fit"\n')
    shown = json.loads(sim("scenario", "show", scenario, "--json").out)
    assert "fit: fit-small, " in json.dumps(shown)
    swept = sim("sweep", scenario, "--replicates", "40", "--out", tmp_path / "out", "--jobs", "1", "--json", "--quiet")
    assert swept.status == 0, swept.err
    assert [one.name for one in (tmp_path / "results").iterdir()] == ["fit-small"]


@pytest.mark.slow
def test_a_later_day_is_marked_ex_post(sim, small, tmp_path):
    out = tmp_path / "later"
    done = sim("fit", SHIPPED / "theatre.toml", "--out", out, "--jobs", "1", "--as-of", "2023-12-05", "--quiet")
    assert done.status == 0, done.err
    assert "ex post" in done.out
    assert "ex post" in json.loads((out / "manifest.json").read_text())["ex_post"]
    summary = pd.read_csv(out / "summary.csv").set_index("parameter")
    assert summary.loc["party.HZB.driver_share", "contraction"] > 0, "the pause of the driver lies in the record"


def test_an_unmixed_fit_writes_nothing(sim, monkeypatch, tmp_path):
    quick = functools.partial(sampler.Budget, ensembles=2, walkers=50, burn_in=1, chunk=2, most=2)
    quick.ensembles = 2  # type: ignore[attr-defined]
    monkeypatch.setattr("sim.inference.theatre_fit.Budget", quick)
    done = sim("fit", SHIPPED / "theatre.toml", "--out", tmp_path / "fit", "--jobs", "1", "--quiet")
    assert done.status == 1
    assert "has not mixed after 2 steps" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "7 November"], '"7 November" is not a date'),
        (["--as-of", "2023-10-01"], "no evidence lies before 2023-10-01"),
        (["--seed", "-1"], "--seed: -1 is out of bounds; it must be at least 0"),
        (["--jobs", "0"], "--jobs: 0 is out of bounds; it must be at least 1"),
    ],
)
def test_wrong_days_and_numbers_are_told_in_a_sentence(sim, tmp_path, arguments, message):
    done = sim("fit", SHIPPED / "theatre.toml", "--out", tmp_path / "fit", "--quiet", *arguments)
    assert done.status == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_not_overwritten(sim, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = sim("fit", SHIPPED / "theatre.toml", "--out", tmp_path, "--quiet")
    assert done.status == 2
    assert "holds something else than a fit" in done.err
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_scenario_over_a_missing_fit_is_refused(sim, tmp_path):
    shutil.copytree(SHIPPED, tmp_path / "copy")
    path = tmp_path / "copy" / "over.toml"
    path.write_text('base = "baseline.toml"\nposterior = "../nowhere"\ntitle = "Over nothing"\n')
    done = sim("scenario", "show", path)
    assert done.status == 2
    assert "is not the folder of a fit" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2023-11-07", "--to", "2023-10-07"], "is before --from"),
        (["--from", "2023-11-07", "--to", "2023-11-08", "--every", "0"], "must be at least 1"),
        (["--from", "2023-11-07", "--to", "2023-11-08", "--question", "Q99"], '"Q99" is not known'),
        (["--from", "2023-11-07", "--to", "2023-11-08", "--seed", "-1"], "--seed: -1 is out of bounds"),
        (["--from", "2023-11-07", "--to", "2023-11-08", "--jobs", "0"], "--jobs: 0 is out of bounds"),
        (["--from", "2023-11-07", "--to", "2023-11-08", "--replicates", "9" * 14], "must be at most 1,000,000,000"),
        (["--from", "2023-11-07", "--to", "2023-11-08", "--window", "-3"], "--window"),
    ],
)
def test_wrong_nowcasts_are_told_in_a_sentence(sim, tmp_path, arguments, message):
    done = sim("nowcast", SHIPPED / "theatre.toml", "--out", tmp_path / "now", "--quiet", *arguments)
    assert done.status == 2
    assert message in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_nowcast_follows_the_days(sim, monkeypatch, tmp_path):
    quick = sampler.Budget(ensembles=2, walkers=50, burn_in=30, chunk=60, most=60, ess=5.0)
    monkeypatch.setattr("sim.inference.nowcast.QUICK", quick)
    monkeypatch.setattr("sim.inference.sampler.LARGEST_RHAT", 10.0)
    out = tmp_path / "now"
    days = ("--from", "2023-11-04", "--to", "2023-11-11", "--every", "7", "--horizon", "10", "--replicates", "50")
    done = sim("nowcast", SHIPPED / "theatre.toml", *days, "--out", out, "--jobs", "1", "--quiet")
    assert done.status == 0, done.err
    table = pd.read_csv(out / "nowcast.csv")
    assert list(table["ex_post"]) == [False, True]
    assert list(table["days"]) == [27, 34]
    assert ((table["branching_low"] < table["branching"]) & (table["branching"] < table["branching_high"])).all()
    assert (out / "nowcast.png").stat().st_size > 5000


def test_the_shipped_fit_is_whole_and_meets_its_checks():
    folder = ROOT / "results" / "fit-lebanon-2023"
    manifest = json.loads((folder / "manifest.json").read_text())
    posterior = Posterior.load(folder)
    assert manifest["draws_sha256"] == posterior.digest
    assert manifest["as_of"] == "2023-11-07"
    assert manifest["ex_post"] == ""
    assert manifest["least_ess"] >= 1000
    assert manifest["largest_rhat"] <= 1.01
    assert manifest["checks"]["statistics"] == 8
    assert manifest["checks"]["inside_90"] >= 7
    assert manifest["checks"]["inside_99"] == 8
    summary = pd.read_csv(folder / "summary.csv").set_index("parameter")
    assert summary.loc["party.HZB.driver_share", "status"] != "data-informed", "no truce before the start"
