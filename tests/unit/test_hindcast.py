"""A hindcast on the four parties at the front: nothing of what came after an origin is in its forecasts."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import shutil
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from past_front import make_theatre
from reduced import as_toml

from sim.core.errors import InputError, OutputError
from sim.hindcast import origins
from sim.hindcast.forecast_file import write_forecasts
from sim.hindcast.hindcast import FORECASTERS, READS, run_hindcast
from sim.hindcast.model_forecasts import FITTED, PRIORS, ModelRun, count_weeks
from sim.hindcast.record import SeriesPlan, read_record
from sim.inference import sampler
from sim.inference.evidence_plan import read_plan
from sim.results.reading.daily_measures import ACTS, KILLED_TO_DATE
from sim.scenario.posterior import Drawn, Posterior
from sim.scenario.scenario import Scenario

FIRST, SECOND = datetime.date(2023, 11, 21), datetime.date(2023, 12, 5)
SMALL = {"since": FIRST, "until": SECOND, "weeks": 2, "replicates": 16, "seed": 4}
QUICK = sampler.Budget(ensembles=2, walkers=50, burn_in=10, chunk=20, most=20, ess=1.0)


@pytest.fixture(scope="module")
def hasty():
    """Let fits take a few steps and accept what comes of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(origins, "QUICK", QUICK)
        patch.setattr(sampler, "LARGEST_RHAT", 10.0)
        yield


@pytest.fixture(scope="module")
def theatre(tmp_path_factory):
    return make_theatre(tmp_path_factory.mktemp("front") / "front")


@pytest.fixture(scope="module")
def made(theatre, hasty, tmp_path_factory):
    return run_hindcast(theatre, **SMALL, out=tmp_path_factory.mktemp("made") / "made")


def of_model(found, *origin):
    table = found.forecasts[found.forecasts["forecaster"].isin(FORECASTERS)]
    return table[table["origin"].isin(pd.DatetimeIndex(origin or (FIRST, SECOND)))].reset_index(drop=True)


def test_every_forecaster_tells_of_every_series_and_open_question_at_every_horizon(made):
    table = of_model(made)
    assert set(table["forecaster"]) == set(FORECASTERS)
    open_ones = {"Q1", "Q1a", "Q1b", "Q5", "Q6", "Q7", "Q8"}
    series = {"volleys", "killed-lebanon", "acts-side_a", "acts-side_b", "killed-Lebanon", "killed-Israel"}
    for _, part in table.groupby(["forecaster", "origin"]):
        told = part.groupby(["target", "horizon_days"])["draw"].size()
        assert set(told.index.get_level_values(0)) == open_ones | series
        assert all(told[name].tolist() == [16, 16] for name in series)
        assert all(told[name].tolist() == [1] * 6 for name in open_ones)
    killed, same = (table[table["target"] == name]["value"].tolist() for name in ("killed-lebanon", "killed-Lebanon"))
    assert killed == same
    assert made.manifest["reads"] == READS


def test_fitted_and_unfitted_draw_other_laws_with_the_same_luck(made):
    table = of_model(made)
    fitted, priors = (table[(table["forecaster"] == who) & (table["target"] == "acts-side_a")] for who in FORECASTERS)
    assert (fitted["value"].to_numpy() != priors["value"].to_numpy()).any()


def rewrite(folder, line):
    """Change in every file what is dated on or after a day."""
    sirens = (folder / "sirens.csv").read_text().splitlines()
    late = [row for row in sirens[1:] if row >= str(line)]
    early = sirens[: len(sirens) - len(late)]
    (folder / "sirens.csv").write_text("\n".join([*early, *late[::3]]) + "\n")
    for name, column in (("tallies.csv", "period_end"), ("ledger.csv", "date"), ("deaths.csv", "date")):
        table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        is_late = table[column] >= str(line)
        if name == "deaths.csv":
            table.loc[is_late, "killed_cum"] = (2 * table.loc[is_late, "killed_cum"].astype(int)).astype(str)
        table[~is_late if name != "deaths.csv" else table.index >= 0].to_csv(folder / name, index=False)
    happened = tomllib.loads((folder / "hindcast.toml").read_text())
    happened["resolution"] = [one | {"came": "never"} for one in happened["resolution"]]
    tallies = set(pd.read_csv(folder / "tallies.csv")["id"])
    for one in happened["resolution"]:
        one["already"] = [name for name in one.get("already", []) if name in tallies]
    (folder / "hindcast.toml").write_text(as_toml(happened))


def test_another_record_after_an_origin_changes_no_forecast_of_that_origin(made, theatre, hasty, tmp_path):
    folder = Path(shutil.copytree(theatre.parent, tmp_path / "front"))
    rewrite(folder, FIRST)
    found = run_hindcast(folder / "theatre.toml", **SMALL, out=tmp_path / "out")

    def at(one, day):
        table = one.forecasts[one.forecasts["origin"] == pd.Timestamp(day)]
        return table.reset_index(drop=True)

    pd.testing.assert_frame_equal(at(found, FIRST), at(made, FIRST), check_exact=True)
    later, before = at(found, SECOND), at(made, SECOND)
    for who in (FITTED, "last value"):
        values = [
            one[(one["forecaster"] == who) & (one["target"] == "volleys")]["value"].to_numpy()
            for one in (later, before)
        ]
        assert (values[0] != values[1]).any(), f"what was reported before it changed, so {who} can fail"
    assert not found.scores["observed"].equals(made.scores["observed"])


def digests(folder):
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_run_that_is_taken_up_again_fits_nothing_anew_and_gives_the_same_bytes(made, theatre, hasty, monkeypatch):
    before = digests(made.folder)
    shutil.rmtree(made.folder / "origins" / str(SECOND))
    (made.folder / "scores.csv").unlink()
    monkeypatch.setattr(origins, "fit", lambda *_, **__: pytest.fail("fitted again"))
    run_hindcast(theatre, **SMALL, out=made.folder)
    assert digests(made.folder) == before


def test_a_fit_of_other_evidence_is_not_taken_up(made, theatre, hasty, monkeypatch, tmp_path):
    shutil.copytree(made.folder, tmp_path / "out")
    folder = Path(shutil.copytree(theatre.parent, tmp_path / "front"))
    text = (folder / "sirens.csv").read_text()
    (folder / "sirens.csv").write_text(text.replace("2023-10-09,14:00", "2023-10-09,14:01"))
    asked = []
    monkeypatch.setattr(
        origins, "_fit_day", lambda plan, day, seed: asked.append(day) or (day, {}, "not fitted: asked")
    )
    found = run_hindcast(folder / "theatre.toml", **SMALL, out=tmp_path / "out")
    assert asked == [FIRST, SECOND]
    assert {row["status"] for row in found.manifest["origins"]} == {"not fitted: asked", "no fit"}
    assert set(of_model(found)["forecaster"]) == {PRIORS}


def test_workers_change_no_byte(theatre, tmp_path):
    found = [
        run_hindcast(
            theatre, **SMALL | {"replicates": 70}, forecasters=[PRIORS], jobs=jobs, out=tmp_path / str(jobs) / "x"
        )
        for jobs in (1, 2)
    ]
    assert digests(found[0].folder) == digests(found[1].folder)


@pytest.mark.slow
def test_an_origin_before_the_record_has_a_row_that_says_so(theatre, tmp_path):
    """By two workers, which find the same."""
    early = {"since": "2023-10-01", "until": "2023-10-08", "every": 7, "weeks": 1, "replicates": 8, "jobs": 2}
    found = run_hindcast(theatre, **early, out=tmp_path / "out")
    told = {(row["origin"], row["forecaster"]): row["status"] for row in found.manifest["origins"]}
    assert told["2023-10-01", FITTED].startswith("not fitted: no evidence lies before 2023-10-01")
    assert told["2023-10-08", PRIORS] == "no fit"
    assert set(of_model(found, "2023-10-01", "2023-10-08")["forecaster"]) == {PRIORS}
    with pytest.raises(InputError, match="no origin could be forecast; not fitted"):
        run_hindcast(theatre, **early | {"until": "2023-10-01"}, forecasters=[FITTED], out=tmp_path / "none")


def test_a_users_file_of_draws_is_scored_as_the_model_is(made, theatre, tmp_path):
    mine = of_model(made)
    mine = mine[mine["forecaster"] == PRIORS].assign(forecaster="mine")
    write_forecasts(tmp_path / "mine.csv", mine)
    found = run_hindcast(theatre, draws=tmp_path / "mine.csv", seed=4, out=tmp_path / "out")
    assert found.odds.empty
    for column in ("crps", "brier", "pit", "inside_80", "observed"):
        own, model = (
            one.scores[one.scores["forecaster"] == who].set_index(["origin", "target", "horizon_days"])[column]
            for one, who in ((found, "mine"), (made, PRIORS))
        )
        pd.testing.assert_series_equal(own, model, check_exact=True)
    shared = found.scores[found.scores["forecaster"] == "last value"]["crps"].tolist()
    assert shared == made.scores[made.scores["forecaster"] == "last value"]["crps"].tolist()


def test_a_folder_of_something_else_is_left_alone(theatre, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds something else than a hindcast"):
        run_hindcast(theatre, **SMALL, out=tmp_path / "other")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weeks": 0}, "--weeks: 0 is out of bounds"),
        ({"every": 400}, "--every: 400 is out of bounds"),
        ({"forecasters": ["model, fited"]}, 'did you mean "model, fitted"'),
        ({"replicates": 0}, "0 is out of bounds"),
        ({"since": "soon"}, '--from: "soon" is not a date'),
        ({"until": "2023-11-01"}, "2023-11-01 is before --from"),
        ({"draws": "nowhere.csv"}, "nowhere.csv: no such file"),
    ],
)
def test_what_is_not_allowed_is_refused_before_any_work(theatre, tmp_path, options, words):
    with pytest.raises(InputError, match=words):
        run_hindcast(theatre, **SMALL | options, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


# --- the scenario of an origin


@pytest.fixture(scope="module")
def world(theatre):
    plan = read_plan(theatre)
    return plan, Scenario.load(plan.scenario), read_record(plan)


def test_a_scenario_starts_on_the_day_with_what_was_known_by_then(world):
    _, base, record = world
    one = origins.start_scenario(base, record, datetime.date(2024, 3, 10), 3, None)
    assert (one.start, one.horizon_days, one.horizons) == (
        datetime.date(2024, 3, 10),
        365,
        (7, 14, 21, 30, 90, 180, 365),
    )
    asked = {question.id: question for question in one.file.theatre_file.questions}
    assert asked["Q5"].already == 306
    assert "Q9" not in asked, "the truce had come"
    assert asked.keys() >= {"Q1", "Q6", "Q7", "Q8"}
    assert len(one.history) > len(base.history), "reports up to the day are replayed"
    assert {key: setting.law for key, setting in one.file.settings.items()} == {
        key: setting.law for key, setting in base.file.settings.items()
    }


def test_laws_of_the_fit_replace_those_of_the_theatre_and_not_what_the_scenario_sets(world, tmp_path):
    plan, _, record = world
    (plan.path.parent / "own.toml").write_text(
        'base = "baseline.toml"\ntitle = "Own"\n[parameters.party.ISR]\nbaseline = {value = 3, source = "assumption"}\n'
    )
    base = Scenario.load(plan.path.parent / "own.toml")
    keys = ["party.ISR.baseline", "party.HZB.baseline"]
    draws = pd.DataFrame({"chain": 0, "draw": range(5), **{key: np.linspace(1, 2, 5) for key in keys}})
    posterior = Posterior(Path("fits/2023-12-05"), draws, dict.fromkeys(keys, 0.5))
    one = origins.start_scenario(base, record, SECOND, 1, posterior)
    assert isinstance(one.file.settings["party.HZB.baseline"].law, Drawn)
    assert str(one.file.settings["party.ISR.baseline"].law) == "3"
    again = origins.start_scenario(one, record, SECOND, 1, None)
    assert not isinstance(again.file.settings["party.HZB.baseline"].law, Drawn), "a posterior of its own gives way"


def test_a_scenario_with_factors_is_refused(world, tmp_path):
    plan, _, _ = world
    (plan.path.parent / "many.toml").write_text(
        'base = "baseline.toml"\ntitle = "Many"\n[[factor]]\nkey = "party.ISR.baseline"\nlevels = [1.0, 2.0]\n'
    )
    with pytest.raises(InputError, match="makes 2 points; a hindcast runs a scenario without factors"):
        run_hindcast(plan.path.parent / "many.toml", out=tmp_path / "out")


# --- what the model counts


def test_acts_are_noted_with_the_share_of_each_history(world):
    plan = world[0]
    n = 4000
    acts = np.full((n, 14), 3)
    run = ModelRun(PRIORS, FIRST, Path("nowhere"), plan, None, 5)
    measured = {(ACTS, "side_b"): acts, (ACTS, "side_a"): 2 * acts}
    noted = count_weeks(run, SeriesPlan("v", "v", "noted", "sirens"), np.arange(n), measured)
    assert noted.shape == (n, 2)
    law = plan.views[0].detection
    share = law.a / (law.a + law.b)
    sd_share = np.sqrt(share * (1 - share) / (law.a + law.b + 1))
    sd = np.sqrt((21 * sd_share) ** 2 + 21 * (share * (1 - share) - sd_share**2))
    shared = 8 / 6  # of eight histories the second and the fourth take the share of the first
    assert noted[:, 0].mean() == pytest.approx(21 * share, abs=4 * sd * np.sqrt(2 * shared / n))
    assert noted[:, 0].std() == pytest.approx(sd, rel=0.08)
    assert np.corrcoef(noted.T)[0, 1] > 0.5, "the share of a history is the same in all its weeks"
    rows = pd.DataFrame({"chain": 0, "draw": [0, 1], "source.sirens.detection": [1.0, 1.0]})
    sure = functools.partial(ModelRun, FITTED, FIRST, Path("nowhere"), plan)
    every = count_weeks(
        sure(Posterior(Path("f"), rows, {}), 5), SeriesPlan("v", "v", "noted", "sirens"), np.arange(n), measured
    )
    assert (every == 21).all()
    assert (count_weeks(run, SeriesPlan("a", "a", "acts", "side_a"), np.arange(n), measured) == 42).all()


def test_killed_of_a_week_are_those_after_the_week_before(world):
    run = ModelRun(PRIORS, FIRST, Path("nowhere"), world[0], None, 5)
    to_date = np.arange(1, 22)[None, :] ** 2
    killed = count_weeks(
        run, SeriesPlan("k", "k", "killed", "Lebanon"), np.arange(1), {(KILLED_TO_DATE, "Lebanon"): to_date}
    )
    assert killed.tolist() == [[49, 14**2 - 49, 21**2 - 14**2]]


# --- what people see


@pytest.fixture
def shown(made):
    from sim.report.hindcast_page import render_files
    from sim.report.hindcast_sheets import hindcast_screen

    return SimpleNamespace(files=render_files(made), screen=hindcast_screen(made))


def test_a_screen_holds_the_models_the_warning_and_what_was_read(made, shown):
    lines = shown.screen.lines(80)
    text = " ".join(" ".join(lines).split())
    assert len(lines) <= 24
    assert max(len(line) for line in lines if str(made.folder) not in line) <= 80
    for words in (
        "model, fitted",
        "model, priors",
        "volleys",
        "What came after each origin was read for scoring alone",
    ):
        assert words in text


def test_a_page_has_every_picture_and_runs_nothing(shown):
    page = shown.files["hindcast.html"].decode()
    for name in ("fan-volleys", "fan-killed-lebanon", "pit", "reliability", "odds"):
        assert f'id="{name}"' in page
        assert shown.files[f"{name}.svg"].startswith(b"<svg")
    assert "<script" not in page
    assert READS[1:] in page


def test_odds_that_rise_before_the_event_are_said_to_warn(made):
    from dataclasses import replace

    from sim.report.hindcast_sheets import tell_warning

    row = {"forecaster": FITTED, "target": "Q1", "horizon_days": 14, "n_before": 2, "n_other": 9}
    other = row | {"forecaster": PRIORS, "horizon_days": 7, "forecast_before": 0.02, "forecast_other": 0.03, "auc": 0.3}
    for before, auc, words in ((0.4, 0.95, "some warning"), (0.4, 0.7, "no warning"), (0.011, 0.95, "no warning")):
        table = pd.DataFrame([row | {"forecast_before": before, "forecast_other": 0.01, "auc": auc}, other])
        told = tell_warning(replace(made, warning=table))
        assert f"{words} (model, fitted)" in told
        assert "2.0 % at the 2 origins within 7 days" in told
        assert "no warning (model, priors)" in told
    assert "is not known" in tell_warning(made)


def test_the_manifest_names_every_file(made):
    manifest = json.loads((made.folder / "manifest.json").read_text())
    files = digests(made.folder)
    files.pop("manifest.json")
    assert manifest["files_sha256"] == files
    assert (manifest["kind"], manifest["weeks"], manifest["replicates"]) == ("hindcast", 2, 16)
