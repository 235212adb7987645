"""``sim fit``, ``sim nowcast`` and scenarios over a fit, on the shipped evidence with a small budget."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from command import Done, run
from rough_fits import make_fits_rough

from sim.inference import sampler
from sim.scenario.posterior import Posterior

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "scenarios" / "lebanon-2023"


@pytest.fixture
def rough(monkeypatch):
    make_fits_rough(monkeypatch)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory) -> tuple[Done, Path]:
    """Return what a fit prints, and its folder."""
    out = tmp_path_factory.mktemp("fitted") / "results" / "fit-small"
    with pytest.MonkeyPatch.context() as patch:
        make_fits_rough(patch)
        done = run("fit", SHIPPED / "theatre.toml", "--out", out, "--jobs", "1", "--seed", "5")
    assert done.status == 0, done.err
    return done, out


def test_a_fit_becomes_a_folder(fitted):
    done, out = fitted
    assert "count as" in done.out
    assert "ex post" not in done.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["kind"], manifest["seed"], manifest["as_of"]) == ("fit", 5, "2023-11-07")
    assert manifest["ex_post"] == ""
    assert manifest["draws_sha256"] == Posterior.load(out).digest
    tables = {"summary.csv", "checks.csv", "derived.csv", "policies.csv", "evidence.csv", "posterior.parquet"}
    assert {path.name for path in out.iterdir()} == tables | {"checks.png", "parameters.png", "manifest.json"}
    assert all((out / name).read_bytes().startswith(b"\x89PNG") for name in ("checks.png", "parameters.png"))
    assert pd.read_csv(out / "checks.csv")["statistic"].nunique() == 8


@pytest.mark.usefixtures("plain_pictures")
def test_a_scenario_draws_whole_rows_of_a_fit(sim, fitted, tmp_path):
    out = Path(shutil.copytree(fitted[1], tmp_path / "results" / "fit-small"))
    shutil.copytree(SHIPPED, tmp_path / "scenarios" / "copy")
    scenario = tmp_path / "scenarios" / "copy" / "over.toml"
    scenario.write_text(
        'base = "baseline.toml"\nposterior = "../../results/fit-small"\ntitle = "Over the fit"\n'
        "[run]\nhorizon_days = 6\nhorizons = [3, 6]\n"
    )
    shown = json.loads(sim("scenario", "show", scenario, "--json").out)
    assert "fit: fit-small, " in json.dumps(shown)
    swept = sim("sweep", scenario, "--replicates", "40", "--out", tmp_path / "out", "--jobs", "1", "--json", "--quiet")
    assert swept.status == 0, swept.err
    (block,) = (tmp_path / "out" / "over" / "blocks").iterdir()
    drawn, draws = pq.read_table(block).to_pandas(), pd.read_parquet(out / "posterior.parquet")
    keys = [key for key in draws.columns if f"input.{key}" in drawn]
    assert len(keys) > 10
    rows = {tuple(row) for row in draws[keys].to_numpy(np.float32)}
    assert all(tuple(row) in rows for row in drawn[[f"input.{key}" for key in keys]].to_numpy(np.float32))
    assert [one.name for one in (tmp_path / "results").iterdir()] == ["fit-small"]


@pytest.mark.usefixtures("rough")
def test_a_later_day_is_marked_ex_post(sim, tmp_path):
    out = tmp_path / "later"
    done = sim("fit", SHIPPED / "theatre.toml", "--out", out, "--jobs", "1", "--as-of", "2023-12-05", "--quiet")
    assert done.status == 0, done.err
    assert "ex post" in done.out
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["as_of"] == "2023-12-05"
    assert "ex post" in manifest["ex_post"]
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


@pytest.mark.usefixtures("rough")
def test_a_nowcast_follows_the_days(sim, tmp_path):
    out = tmp_path / "now"
    days = ("--from", "2023-11-04", "--to", "2023-11-11", "--every", "7", "--horizon", "10", "--replicates", "50")
    done = sim("nowcast", SHIPPED / "theatre.toml", *days, "--out", out, "--jobs", "1", "--quiet")
    assert done.status == 0, done.err
    table = pd.read_csv(out / "nowcast.csv")
    assert list(table["as_of"]) == ["2023-11-04", "2023-11-11"]
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
