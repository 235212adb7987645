"""The table of a nowcast beside an ensemble that is counted here, and what is handed to the fit of each day."""

from __future__ import annotations

import datetime
import inspect
import json
from math import sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from tiny import BASE, write_scenario

from sim.core.errors import InputError
from sim.core.intervals import interval
from sim.inference import nowcast as module
from sim.inference.evidence_assembly import NoEvidenceError
from sim.inference.nowcast import COLUMNS, QUICK, dates_between, nowcast, write_nowcast
from sim.inference.sampler import UnmixedError
from sim.scenario.scenario import Scenario
from sim.sweeps.cluster_errors import estimate_size

DAYS = [datetime.date(2023, 11, 1), datetime.date(2023, 11, 9), datetime.date(2023, 11, 20)]
SILENCE = {datetime.date(2023, 12, 9): "nothing was reported in the 20 days after 2023-11-18"}
Z = 1.6448536269514722
"""Upper 5 % of the normal law."""


@pytest.mark.parametrize(
    ("last", "every", "days"),
    [
        ("11-20", 7, (6, 13, 20)),
        ("11-19", 7, (6, 13)),
        ("11-06", 3, (6,)),
        ("11-09", 1, (6, 7, 8, 9)),
        ("11-07", 2, (6,)),
    ],
)
def test_days_go_from_the_first_to_the_last_both_included(last, every, days):
    found = dates_between(datetime.date(2023, 11, 6), datetime.date.fromisoformat(f"2023-{last}"), every)
    assert found == [datetime.date(2023, 11, day) for day in days]


@pytest.mark.parametrize(
    ("last", "every", "words"),
    [("2023-11-05", 1, "2023-11-05 is before --from"), ("2023-11-07", 0, "must be at least 1")],
)
def test_days_that_make_no_sense_are_refused(last, every, words):
    with pytest.raises(InputError, match=words):
        dates_between(datetime.date(2023, 11, 6), datetime.date.fromisoformat(last), every)


@pytest.fixture
def fits(tmp_path, monkeypatch):
    """Stand in for the fit: its options are kept, and the second day does not mix."""
    path = write_scenario(tmp_path, BASE)
    plan = SimpleNamespace(scenario=path)
    asked = []

    def fit(given, **options):
        assert given is plan
        asked.append(options)
        if options["until"] < datetime.date(2023, 10, 8):
            raise NoEvidenceError.single(
                "there/evidence.toml", "first_day", f"no evidence lies before {options['until']}"
            )
        if options["until"] == DAYS[1]:
            raise UnmixedError("the fit has not mixed")
        number = len(asked)
        rows = {
            "branching ratio": (0.5 + number / 100, 0.4, 0.7 + number / 100),
            "branching ratio if all is answered": (0.8, 0.75, 0.9),
        }
        derived = pd.DataFrame(
            [(name, *row) for name, row in rows.items()], columns=["quantity", "median", "low", "high"]
        )
        evidence = SimpleNamespace(days=20.0 + number)
        ex_post = options["until"] > datetime.date(2023, 11, 7)
        assembled = SimpleNamespace(evidence=evidence, silence=SILENCE.get(options["until"], ""))
        return SimpleNamespace(derived=lambda: derived, is_ex_post=ex_post, assembled=assembled, seed=options["seed"])

    monkeypatch.setattr(module, "fit", fit)
    monkeypatch.setattr(module, "plan_of", lambda theatre: plan)
    monkeypatch.setattr(module, "use_posterior", lambda scenario, posterior, name: scenario)
    return SimpleNamespace(asked=asked, scenario=Scenario.load(path))


@pytest.mark.parametrize(("question", "horizon", "replicates"), [("Q5", 5, 37), ("Q1", 3, 30), ("Q5", 1, 20)])
def test_odds_are_the_share_of_replicates_by_the_horizon_with_wilson_bounds(fits, question, horizon, replicates):
    told = []
    options = {"question": question, "horizon": horizon, "replicates": replicates, "seed": 5, "progress": told.append}
    table = nowcast("tiny", DAYS, **options, window_days=4)
    assert list(table.columns) == list(COLUMNS)
    run = fits.scenario.ensemble(fits.scenario.points()[0], replicates, 5, horizon_days=horizon).conflict.run()
    holds = np.asarray(run.columns()[f"{question}_day"]) <= horizon
    size = estimate_size(holds[:, None], np.arange(replicates))[0]
    share, square = holds.mean(), Z * Z
    middle = (size * share + square / 2) / (size + square)
    half = Z / (size + square) * sqrt(size * share * (1 - share) + square / 4)
    for row, number in ((0, 1), (2, 3)):
        line = table.iloc[row]
        assert (line["as_of"], line["ex_post"], line["days"]) == (DAYS[row], row == 2, 20 + number)
        assert tuple(line[["branching", "branching_low", "branching_high"]]) == (
            0.5 + number / 100,
            0.4,
            0.7 + number / 100,
        )
        assert (line["question"], line["horizon"], line["replicates"], line["status"]) == (
            question,
            horizon,
            replicates,
            "mixed",
        )
        assert tuple(line[["odds", "odds_low", "odds_high"]]) == pytest.approx((share, middle - half, middle + half))
    unmixed = table.iloc[1]
    assert (unmixed["as_of"], unmixed["status"], unmixed["horizon"]) == (DAYS[1], "the fit has not mixed", horizon)
    assert unmixed[["ex_post", "branching", "odds"]].isna().all()
    assert told == [f"as of {day}" for day in DAYS]
    assert [asked["until"] for asked in fits.asked] == DAYS
    assert all((asked["window_days"], asked["seed"]) == (4, 5) for asked in fits.asked)


def test_replicates_that_share_draws_make_the_interval_wider(fits, monkeypatch):
    """In every eight the first four agree here, so that they tell as much as one."""

    class Run:
        failed = np.zeros(160, dtype=bool)
        columns = staticmethod(lambda: {"Q5_day": np.where(np.arange(160) % 16 < 4, 1.0, 99.0)})
        release = staticmethod(lambda: None)

    conflict = SimpleNamespace(run=Run)
    monkeypatch.setattr(Scenario, "ensemble", lambda *_, **__: SimpleNamespace(conflict=conflict))
    (row,) = nowcast("tiny", DAYS[:1], question="Q5", horizon=5, replicates=160).to_dict("records")
    size = estimate_size(Run.columns()["Q5_day"][:, None] <= 5, np.arange(160))[0]
    assert size < 60
    assert row["odds"] == 0.25
    expected = binomtest(25, 100).proportion_ci(0.90, method="wilson")
    assert row["odds_low"] < expected.low < expected.high < row["odds_high"]
    assert (row["odds_low"], row["odds_high"]) == pytest.approx(interval(size / 4, size, 0.90))


def test_a_day_without_evidence_before_it_has_a_row_that_says_so(fits):
    days = [datetime.date(2023, 10, 1), *DAYS[:2]]
    early, fitted, unmixed = nowcast("tiny", days, question="Q5", horizon=2, replicates=8).to_dict("records")
    assert early["status"] == "not fitted: no evidence lies before 2023-10-01"
    assert (early["as_of"], early["question"], early["horizon"]) == (days[0], "Q5", 2)
    assert all(np.isnan(early[name]) for name in ("days", "branching", "odds", "odds_low", "odds_high"))
    assert (fitted["status"], unmixed["status"]) == ("mixed", "the fit has not mixed")


def test_a_day_long_after_the_last_report_says_so(fits):
    table = nowcast("tiny", [*SILENCE], question="Q5", horizon=2, replicates=8)
    assert table["status"].tolist() == [f"mixed; {silence}" for silence in SILENCE.values()]
    assert table["odds"].notna().all()


def test_replicates_that_failed_count_on_neither_side(fits, monkeypatch):
    load = Scenario.ensemble

    def failing(self, *arguments, **options):
        ensemble = load(self, *arguments, **options)
        start = ensemble.conflict.run

        def run():
            done = start()
            done.histories.states["failed"][::4] = 1
            return done

        ensemble.conflict.run = run
        return ensemble

    whole = fits.scenario.ensemble(fits.scenario.points()[0], 40, 20231107, horizon_days=5).conflict.run()
    hit = np.asarray(whole.columns()["Q5_day"]) <= 5
    monkeypatch.setattr(Scenario, "ensemble", failing)
    (row,) = nowcast("tiny", DAYS[0].isoformat(), question="Q5", horizon=5, replicates=40).to_dict("records")
    kept = [bool(one) for number, one in enumerate(hit) if number % 4]
    assert (row["replicates"], row["odds"]) == (30, sum(kept) / 30)
    assert sum(kept) / 30 != sum(hit) / 40
    assert fits.asked[0]["seed"] == 20231107


@pytest.mark.parametrize(("jobs", "used"), [(1, 1), (2, 2), (8, 2)])
def test_the_sampler_has_a_quick_budget_and_no_more_workers_than_ensembles(fits, jobs, used):
    nowcast("tiny", DAYS[:1], question="Q5", horizon=1, replicates=2, jobs=jobs)
    budget = fits.asked[0]["budget"]
    assert (budget.jobs, budget.ensembles, budget.walkers, budget.burn_in) == (used, 2, 100, 200)
    assert (budget.chunk, budget.most, budget.ess) == (QUICK.chunk, QUICK.most, QUICK.ess) == (100, 1500, 400)
    assert fits.asked[0]["window_days"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"horizon": 0}, "horizon: 0 is out of bounds; it must be between 1 and 3650"),
        ({"horizon": 3651}, "horizon: 3651 is out of bounds"),
        ({"window_days": 0}, "window_days: 0 is out of bounds; it must be at least 1"),
        ({"question": "Q8"}, '--question: "Q8" is not known; (valid: Q1, Q5|did you mean)'),
        ({"replicates": 0}, "0 is out of bounds"),
        ({"seed": -1}, "-1 is out of bounds"),
        ({"jobs": 0}, "0 is out of bounds"),
    ],
)
def test_what_is_not_allowed_is_refused_before_any_fit(fits, options, words):
    with pytest.raises(InputError, match=words):
        nowcast("tiny", DAYS, **options)
    assert fits.asked == []


def test_a_window_of_a_day_is_allowed_and_without_options_it_is_a_quarter_of_the_main_question(fits):
    defaults = {name: given.default for name, given in inspect.signature(nowcast).parameters.items()}
    assert {name: defaults[name] for name in ("question", "horizon", "replicates", "window_days", "seed", "jobs")} == {
        **{"question": "", "horizon": 90, "replicates": 300, "window_days": None, "seed": 20231107, "jobs": 1}
    }
    (row,) = nowcast("tiny", DAYS[:1], window_days=1, replicates=2, horizon=1).to_dict("records")
    assert row["question"] == "Q1", "the first of the theatre"


def test_a_folder_has_table_manifest_and_pictures(tmp_path):
    table = pd.DataFrame(
        [dict.fromkeys(COLUMNS, 0.123456789) | {"as_of": DAYS[0], "status": "mixed"}], columns=list(COLUMNS)
    )
    write_nowcast(tmp_path / "now", table, {"seed": 3, "nowcast": {"every": 7}}, {"nowcast.png": b"picture"})
    assert {path.name for path in (tmp_path / "now").iterdir()} == {"nowcast.csv", "manifest.json", "nowcast.png"}
    assert (tmp_path / "now" / "nowcast.png").read_bytes() == b"picture"
    header, row = (tmp_path / "now" / "nowcast.csv").read_text().splitlines()
    assert tuple(header.split(",")) == COLUMNS
    assert row == ",".join(["2023-11-01", *["0.123457"] * 11, "mixed"])
    manifest = json.loads((tmp_path / "now" / "manifest.json").read_text())
    assert manifest == {"kind": "nowcast", "name": "now", "seed": 3, "nowcast": {"every": 7}}
