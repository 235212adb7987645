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
from sim.inference.joint_checks import TOGETHER
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
    checks = pd.read_csv(out / "checks.csv")
    assert checks["statistic"].nunique() == 9
    together = checks[checks["statistic"] == "9 together"].set_index("quantity")
    israel, groups = "ISR", "HZB, HAM, PIJ"
    assert [*together.index] == [
        f"killed in Lebanon per act of {israel}",
        f"killed in Israel per act of {groups}",
        f"acts of {israel} and killed in Lebanon, distance",
        f"acts of {groups} and killed in Israel, distance",
        TOGETHER,
    ]
    assert together.loc[f"killed in Lebanon per act of {israel}", "observed"] == pytest.approx(
        81 / (553 / 34 * 30), rel=1e-5
    )
    assert together.loc[TOGETHER, "observed"] == checks["p"][checks["quantity"] != TOGETHER].min()
    assert "Judged together, a record as odd as the reported one comes with p = " in " ".join(done.out.split())


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


BARE = 'first_day = 2023-10-08\nscenario = "baseline.toml"\n'
TALLIES = f'{BARE}tallies = "tallies.csv"\n'
TALLY = '[[tally]]\nid = "{}"\nsource = "an office"\n'
SIRENS = """[[view]]
name = "sirens"
file = "sirens.csv"
side = "side_b"
detection = { law = "uniform", low = 0.2, high = 0.9, source = "assumption" }
source = "an archive"
"""
SERIES = """[[daily_deaths]]
file = "dead.csv"
column = "dead"
location = "Lebanon"
source = "a ministry"
"""
HZB, SIDE, ISR = ("Israel,HZB,ISR", "Israel,HZB;HAM;PIJ;UNKNOWN,ISR", "Syria,ISR,HZB")
ADDED = (
    f"N-1,calibration,2023-10-09,2023-11-05,acts,{SIDE},,90,",
    "N-2,calibration,2023-10-09,2023-11-05,acts,Israel,UNKNOWN,ISR,,9,",
    f"N-3,calibration,2023-10-09,2023-11-05,killed,{ISR},,1,",
    f"N-4,calibration,2023-10-09,2023-11-05,acts,{HZB},,,90",
    f"N-5,held_out,2023-10-09,2023-11-05,acts,{HZB},,90,",
    f"N-6,calibration,2023-10-09,2023-11-05,killed_civilians,{HZB},,80,",
)


@pytest.fixture
def theatre(tmp_path):
    """The shipped theatre with a ledger that states no triggers, a series of deaths, and tallies of other kinds."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "theatre"))
    ledger = pd.read_csv(folder / "ledger.csv", dtype=str)
    ledger.assign(stated_trigger="", lag_hours="").to_csv(folder / "ledger.csv", index=False)
    days = pd.date_range("2023-10-15", "2023-11-06").strftime("%Y-%m-%d")
    dead = [f"{day},calibration,{'' if number % 5 == 0 else number % 3}" for number, day in enumerate(days)]
    (folder / "dead.csv").write_text("\n".join(["date,split,dead", *dead]) + "\n")
    with (folder / "tallies.csv").open("a") as file:
        file.writelines(f"{row},an office,a wire,false,\n" for row in ADDED)
    return folder


NOTED = {
    *("variance over mean of noted acts a day", "longest run of days without a noted act"),
    "noted acts on the day with most",
    *(f"correlation of noted acts with the {span} before" for span in ("day", "week")),
}


@pytest.mark.usefixtures("rough")
@pytest.mark.parametrize(
    ("evidence", "checked"),
    [
        (BARE + SIRENS, NOTED),
        (TALLIES + TALLY.format("N-1"), {"acts of HZB, HAM, PIJ (N-1)"}),
        (TALLIES + TALLY.format("S3.1-47.4"), {"killed in Israel"}),
        (BARE + SERIES, set()),
        (
            TALLIES + TALLY.format("N-1") + TALLY.format("S3.1-47.4") + SERIES,
            {"acts of HZB, HAM, PIJ (N-1)", "killed in Israel"},
        ),
    ],
    ids=["sirens", "one count", "one toll", "a series with gaps", "counts and deaths"],
)
def test_a_theatre_is_fitted_to_what_evidence_it_has(sim, theatre, tmp_path, evidence, checked):
    (theatre / "evidence.toml").write_text(evidence)
    done = sim("fit", theatre / "theatre.toml", "--out", tmp_path / "out", "--jobs", "1", "--quiet")
    assert done.status == 0, done.err
    checks = pd.read_csv(tmp_path / "out" / "checks.csv").set_index("quantity")
    of_ledger = {"farthest act [km]"}  # which has depths, whatever evidence.toml names
    seen = checks[checks["observed"].notna() & (checks["statistic"] != "9 together")]
    assert set(seen.index) == checked | of_ledger
    assert set(checks.loc[checks["observed"].isna(), "inside_90"]) <= {"not checked"}
    assert "nan" not in done.out
    assert ("noted" in " ".join(checks.index)) == ("[[view]]" in evidence)
    uses = pd.read_csv(tmp_path / "out" / "evidence.csv")
    assert len(uses) == evidence.count("[[")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["informed"]


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (BARE, "leaves nothing to fit from 2023-10-08 to before 2023-11-07: a fit needs times of acts"),
        (TALLIES + TALLY.format("N-2"), "left out: N-2 (none of its parties is at the front)"),
        (TALLIES + TALLY.format("N-3"), "left out: N-3 (nobody at the front is struck in Syria)"),
        (TALLIES + TALLY.format("N-4"), "N-4 (it has an upper bound alone; 0 and unknown are not the same)"),
        (TALLIES + TALLY.format("N-5"), "left out: N-5 (it is held out)"),
        (BARE + SERIES.replace("dead.csv", "later.csv"), "dead in Lebanon (the series has no figure from 2023-10-08"),
        (BARE + SIRENS.replace("sirens.csv", "later.csv"), "sirens (later.csv has no time from 2023-10-08"),
        (BARE + '[[claims]]\nparty = "PIJ"\nsource = "a wire"\n', "the ledger has no claimed launches of PIJ; 0 and"),
        (
            TALLIES + TALLY.format("N-6").replace("source", 'part_of = "S3.1-47.4"\nsource'),
            "evidence.toml: N-6: is impossible in all",
        ),
    ],
)
def test_a_theatre_without_evidence_is_refused_before_any_sampling(
    sim, theatre, tmp_path, monkeypatch, evidence, words
):
    monkeypatch.setattr("sim.inference.fit.sample", None)
    (theatre / "evidence.toml").write_text(evidence)
    is_series = "daily_deaths" in evidence
    later = "date,split,dead\n2023-12-01,held_out,3\n" if is_series else "date,time,split\n2023-12-01,16:02,held_out\n"
    (theatre / "later.csv").write_text(later)
    done = sim("fit", theatre / "theatre.toml", "--out", tmp_path / "out", "--jobs", "1", "--quiet")
    assert done.status == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("rough")
def test_a_source_without_a_row_is_left_out_with_its_reason(sim, theatre, tmp_path):
    """A ledger as imports make it: no party HAM, no claims, no depth, rungs of a map without bounds."""
    shutil.copy(SHIPPED / "evidence.toml", theatre)
    ledger = pd.read_csv(theatre / "ledger.csv", dtype=str)
    blank = ledger[ledger["initiator"] != "HAM"].assign(launches_claimed="", depth_km="", rung_low="", rung_high="")
    blank.to_csv(theatre / "ledger.csv", index=False)
    done = sim("fit", theatre / "theatre.toml", "--out", tmp_path / "out", "--jobs", "1", "--quiet")
    assert done.status == 0, done.err
    reason = "the ledger has no claimed launches of HAM; 0 and unknown are not the same"
    assert f"Left out: claims of HAM: {reason}" in " ".join(done.out.split())
    unchecked = "share on rung 4 or more", "farthest act [km]", "claimed acts", "share of high rungs without an answer"
    checks = pd.read_csv(tmp_path / "out" / "checks.csv").set_index("quantity")
    assert checks.loc[[*unchecked], "observed"].isna().all()
    assert set(checks.loc[[*unchecked], "inside_90"]) == {"not checked"}
    assert "nan" not in done.out
    asked = "--out", tmp_path / "json", "--jobs", "1", "--quiet", "--json"
    given = json.loads(sim("fit", theatre / "theatre.toml", *asked).out)
    assert {row["quantity"] for row in given["checks"] if row["observed"] is None} == set(unchecked)
    assert {row["inside_99"] for row in given["checks"] if row["observed"] is None} == {"not checked"}
    assert {"name": "claims of HAM", "reported": "none", "use": f"left out: {reason}"} in given["evidence"]
    assert "party.HAM.baseline" not in given["manifest"]["informed"]
    assert given["manifest"]["checks"]["statistics"] == 5


def test_alternatives_that_count_nothing_else_are_refused_before_any_sampling(sim, theatre, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.inference.theatre_fit.fit", None)
    out = '[[left_out]]\ntallies = ["S3.1-48.2", "S3.1-37.1"]\nreason = "the same acts, and one day"\n'
    (theatre / "evidence.toml").write_text(TALLIES + TALLY.format("N-1") + out)
    done = sim("fit", theatre / "theatre.toml", "--out", tmp_path / "out", "--alternatives", "--quiet")
    assert done.status == 2
    assert "left_out: names no count of acts of parties whose acts are not counted already" in done.err


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
        (["--seed", "-1"], "--seed: -1 is out of bounds; it must be between 0 and"),
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
        (
            ["--from", "2023-11-07", "--to", "2023-11-08", "--replicates", "9" * 14],
            "must be between 1 and 1,000,000,000",
        ),
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


@pytest.mark.usefixtures("rough")
def test_a_nowcast_says_which_days_were_not_fitted(sim, tmp_path):
    asked = ("nowcast", SHIPPED / "theatre.toml", "--jobs", "1", "--quiet", "--horizon", "10", "--replicates", "40")
    done = sim(*asked, "--from", "2023-10-01", "--to", "2023-10-22", "--every", "21", "--out", tmp_path / "now")
    assert done.status == 0, done.err
    reason = "not fitted: no evidence lies before 2023-10-01; the record begins on 2023-10-08"
    (line,) = (line for line in done.out.splitlines() if line.startswith("2023-10-01"))
    *figures, words = line.split(maxsplit=3)[1:]
    assert figures == ["-", "-"]
    assert reason.startswith(words.removesuffix("…"))
    assert pd.read_csv(tmp_path / "now" / "nowcast.csv")["status"].tolist() == [reason, "mixed"]
    assert (tmp_path / "now" / "nowcast.png").exists()
    before = (tmp_path / "now" / "nowcast.csv").read_bytes()
    early = ("--from", "2023-09-30", "--to", "2023-10-07", "--out", tmp_path / "now")
    nothing = sim(*asked, *early, "--json")
    assert nothing.status == 1
    assert [(row["odds"], row["question"]) for row in json.loads(nothing.out)] == [(None, "Q1")] * 2
    assert "no day was fitted" in nothing.err
    assert (tmp_path / "now" / "nowcast.csv").read_bytes() == before


def test_the_shipped_fit_is_whole_and_meets_its_checks():
    folder = ROOT / "results" / "fit-lebanon-2023"
    manifest = json.loads((folder / "manifest.json").read_text())
    posterior = Posterior.load(folder)
    assert manifest["draws_sha256"] == posterior.digest
    assert manifest["as_of"] == "2023-11-07"
    assert manifest["ex_post"] == ""
    assert manifest["least_ess"] >= 1000
    assert manifest["largest_rhat"] <= 1.01
    assert manifest["checks"]["statistics"] == 9
    assert manifest["checks"]["inside_90"] >= 7
    assert manifest["checks"]["inside_99"] == 9
    summary = pd.read_csv(folder / "summary.csv").set_index("parameter")
    assert summary.loc["party.HZB.driver_share", "contraction"] < 0.1, "no truce before the start"
