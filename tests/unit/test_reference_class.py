"""Reference classes: known answers of each clock, the shipped classes, and what is known on a day."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reference_tables import conflict_years, crisis_durations, dispute_ages
from scipy import stats
from scipy.stats import binomtest

from sim.evidence import reference_class
from sim.evidence.reference_class import ReferenceClass, load_classes


def make(clock: str, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, folder: Path, **more: object):
    (folder / "reference").mkdir(exist_ok=True)
    table.to_csv(folder / "reference" / "table.csv", index=False)
    monkeypatch.setattr(reference_class, "shipped_folder", lambda: folder)
    return ReferenceClass("own", "text", "came so", "table.csv", "came", "unit", clock, "source", **more)


def at(found: dict, day: int) -> tuple[float, float, float]:
    (row,) = (row for row in found["at"] if row["horizon_days"] == day)
    return row["estimate"], row["low"], row["high"]


def test_a_share_has_its_wilson_interval_and_a_constant_hazard_elsewhere(monkeypatch, tmp_path):
    table = pd.DataFrame({"year": 2000, "kind": [1] * 40 + [2] * 9, "came": [1.0] * 6 + [0.0] * 34 + [1.0] * 9})
    found = make("span", table, monkeypatch, tmp_path, where={"kind": 1}).estimate([73, 365])
    assert (found["events"], found["n"]) == (6, 40)
    wilson = binomtest(6, 40).proportion_ci(method="wilson")
    assert at(found, 365) == pytest.approx((0.15, wilson.low, wilson.high), abs=1e-6)
    assert at(found, 73)[0] == pytest.approx(1 - 0.85**0.2, abs=1e-6)
    assert [row["how"] for row in found["at"]] == ["constant hazard", "counted"]


@pytest.mark.parametrize("events", [0, 5])
def test_days_at_risk_have_the_exact_interval_of_poisson(monkeypatch, tmp_path, events):
    table = pd.DataFrame({"last_year": [2000], "from_day": [0], "to_day": [9], "came": [events], "days": [1000]})
    found = make("days", table, monkeypatch, tmp_path, cases=("days",)).estimate([100])
    low, high = stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0, stats.chi2.ppf(0.975, 2 * events + 2) / 2
    assert at(found, 100) == pytest.approx(tuple(1 - np.exp(-0.1 * rate) for rate in (events, low, high)), abs=1e-6)


def test_hazards_by_age_add_up_over_bins(monkeypatch, tmp_path):
    table = pd.DataFrame(
        {"last_year": 2000, "from_day": [0, 10], "to_day": [10, 100], "came": [2, 3], "days": [100, 300]}
    )
    own = make("ages", table, monkeypatch, tmp_path, cases=("days",))
    found = own.estimate([5, 10, 40])
    assert at(found, 5)[0] == pytest.approx(1 - np.exp(-0.1), abs=1e-6)
    assert at(found, 10)[0] == pytest.approx(1 - np.exp(-0.2), abs=1e-6)
    assert at(found, 40)[0] == pytest.approx(1 - np.exp(-0.2 - 0.3), abs=1e-6)
    assert at(found, 40)[2] == pytest.approx(1 - np.exp(-0.5 * stats.chi2.ppf(0.975, 12) / 2 / 5), abs=1e-6)


def test_ages_without_an_event_have_the_bound_of_the_days_seen(monkeypatch, tmp_path):
    table = pd.DataFrame({"last_year": 2000, "from_day": [0], "to_day": [10], "came": [0], "days": [100]})
    found = make("ages", table, monkeypatch, tmp_path, cases=("days",)).estimate([10])
    assert at(found, 10) == pytest.approx((0, 0, 1 - np.exp(-stats.chi2.ppf(0.975, 2) / 2 / 100 * 10)), abs=1e-6)


def test_lengths_are_counted_up_to_the_day(monkeypatch, tmp_path):
    table = pd.DataFrame({"last_year": 2000, "from_day": [0, 10], "to_day": [10, 30], "came": [4, 6], "all": [20, 0]})
    found = make("ended", table, monkeypatch, tmp_path, cases=("all",)).estimate([10, 20, 30, 99])
    assert [row["estimate"] for row in found["at"]] == pytest.approx([0.2, 0.35, 0.5, 0.5], abs=1e-6)


def test_one_group_is_shrunk_to_all_by_the_prior_that_made_them(monkeypatch, tmp_path):
    random, a, b = np.random.default_rng(1), 2.0, 8.0
    shares = random.beta(a, b, 4000)
    came = random.random((4000, 10)) < shares[:, None]
    table = pd.DataFrame({"year": 2000, "group": np.repeat(np.arange(4000), 10), "came": came.ravel().astype(float)})
    found = make("span", table, monkeypatch, tmp_path, pool={"group": 7}).estimate([365])
    k = int(came[7].sum())
    assert (found["events"], found["n"]) == (k, 10)
    # The prior is known to a few per cent from 4,000 groups, so its posterior is as well.
    assert at(found, 365) == pytest.approx(
        ((a + k) / (a + b + 10), *stats.beta(a + k, b + 10 - k).ppf([0.025, 0.975])), abs=0.02
    )


def test_only_what_was_known_on_the_day_is_counted(monkeypatch, tmp_path):
    table = pd.DataFrame({"year": [2020, 2021, 2022], "came": [0.0, 1.0, 1.0]})
    own = make("span", table, monkeypatch, tmp_path)
    counted = [
        own.estimate([365], as_of and datetime.date(*as_of))["n"] for as_of in (None, (2023, 11, 7), (2024, 1, 1))
    ]
    assert counted == [3, 2, 3]
    assert own.estimate([365], datetime.date(1990, 1, 1))["at"] == []


def test_the_shipped_classes_give_the_figures_of_an_independent_count():
    known = {
        "ucdp-minor-to-war": (132, 2016, 0.065, 0.055, 0.077),
        "mid-to-war-last-day": (40, 103983, 0.131, 0.095, 0.174),
        "mid-to-war-first-day": (40, 63446, 0.206, 0.152, 0.269),
    }
    for name, (events, n, *share) in known.items():
        found = load_classes()[name].estimate([365])
        assert (found["events"], found["n"]) == (events, n)
        assert at(found, 365) == pytest.approx(share, abs=0.0006)
    shrunk = load_classes()["ucdp-conflict-426"].estimate([365], confidence=0.9)
    assert at(shrunk, 365) == pytest.approx((0.074, 0.015, 0.164), abs=0.0006)
    assert at(load_classes()["icb-crisis-ended"].estimate([90]), 90)[0] == pytest.approx(210 / 373, abs=1e-6)


def test_what_came_after_the_start_is_in_no_class_as_of_it():
    found = load_classes()["ucdp-conflict-426"].estimate([365], datetime.date(2023, 11, 7))
    assert (found["events"], found["n"]) == (0, 11)
    assert at(found, 365)[0] == pytest.approx(0.042, abs=0.0006)


def test_every_class_can_be_told_at_any_horizon():
    for one in load_classes().values():
        for row in one.estimate([1, 400, 3650])["at"]:
            assert 0 <= row["low"] <= row["estimate"] <= row["high"] <= 1, one.id


def test_the_table_of_conflict_years_says_what_came_next():
    table = load_classes()["ucdp-minor-to-war"].rows()
    assert table["war_next_year"].isin([0, 1]).all()
    raw = pd.DataFrame(
        {"conflict_id": [1, 1, 2], "year": [2000, 2001, 2001], "type_of_conflict": "x", "intensity_level": [1, 2, 1]}
    )
    assert conflict_years(raw)["war_next_year"].tolist() == [1, pd.NA, pd.NA]


def test_counts_by_bin_hold_every_dispute_and_crisis():
    raw = pd.DataFrame(
        {"dataset": "GML 2.2.1", "styear": 1950, "fatality": [2, 6, 0], "hostlev": [4, 5, 4], "mindur": [20, 9, 5]}
    )
    table = dispute_ages(raw, 1946, 2010)
    grave = table[table["deaths_at_least"] == 26].set_index("from_day")
    assert grave[["days_below_war", "days_of_wars", "wars"]].sum().tolist() == [20, 9, 1]
    assert grave.loc[7, ["disputes", "days_below_war", "days_of_wars", "wars"]].tolist() == [2, 7, 2, 1]
    dates = {"yrtrig": 1950, "motrig": 1, "datrig": [1, 88], "yrterm": 1950, "moterm": [1, 2], "daterm": [1, None]}
    durations, quartiles = crisis_durations(pd.DataFrame(dates), 1946, 2017)
    assert durations[["crises", "ended"]].sum().tolist() == [2, 2]
    assert quartiles[1] == 9  # the 1st to the 1st, and the 28th of January to the 15th of February
