"""The validation experiments of S5 on a small scale, and the tools that they stand on against known answers.

A small run contradicts a criterion only where its whole interval lies outside; the tables in ``results/validation/``
hold the full runs. Seeds are those of the scenarios.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from validation import campaign, episodes, levers, page, rates, reciprocity, reference_class, tail
from validation.intervals import mean, median, ratio
from validation.runs import BASELINE, ensemble
from validation.table import COLUMNS, FAIL, FOLDER, PASS, SHOWN, Number, Row

EIGHTS = 48


def row_of(rows: list[Row], start: str) -> Row:
    return next(row for row in rows if row.quantity.startswith(start))


def not_contradicted(row: Row) -> bool:
    return row.number.low <= row.at_most and row.number.high >= row.at_least


# ------------------------------------------------------------------------------------------------------------- tools


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Row("V", "inside", Number(0.2, 0.05, 0.4, 8), 0.1, 0.3), PASS),
        (Row("V", "above", Number(0.4, 0.2, 0.6, 8), 0.1, 0.3), FAIL),
        (Row("V", "a sign that is shown", Number(-0.2, -0.3, -0.1, 8), at_most=0.0, must_be_shown=True), PASS),
        (Row("V", "a sign that is not", Number(-0.2, -0.5, 0.1, 8), at_most=0.0, must_be_shown=True), FAIL),
        (Row("V", "a record in the range", Number(5, 1, 9, 8), 2, 2, covers=True), PASS),
        (Row("V", "a record outside", Number(5, 3, 9, 8), 2, 2, covers=True), FAIL),
        (Row("V", "no criterion", Number(5, 3, 9, 8)), SHOWN),
    ],
)
def test_a_row_is_judged_by_its_criterion(row, verdict):
    assert row.verdict == verdict


def test_the_interval_of_a_share_grows_where_replicates_share_draws():
    alone = np.random.default_rng(1).random(800) < 0.3
    together = alone.copy().reshape(-1, 8)
    together[:] = together[:, :1]
    widths = [found.high - found.low for found in (mean(alone), mean(together.ravel()))]
    binomial = 2 * 1.96 * math.sqrt(0.3 * 0.7 / 800)
    assert widths[0] == pytest.approx(binomial, rel=0.25)
    assert widths[1] > 1.8 * widths[0]


def test_ratios_and_medians_leave_out_what_is_missing():
    values = np.tile([1.0, 2.0, 3.0, np.nan, 1.0, 2.0, 3.0, np.nan], 4)
    assert mean(values).value == median(values).value == 2.0
    assert mean(values).n == 24
    assert ratio([1, 0] * 8, [2, 2] * 8).value == 0.25
    with pytest.raises(ValueError, match="eights"):
        mean([1.0] * 7)


def test_episodes_end_with_a_day_of_calm():
    # Lebanon, Israel, Lebanon within half a day; two days later Lebanon twice; one replicate without an act.
    times = episodes.Times(np.zeros(5, int), np.array([0, 0.25, 0.5, 2.5, 2.75]), np.array([1, 0, 1, 1, 1]), 10.0)
    found = episodes.statistics(times, 2)
    expected = {
        "one-sided": 0.5,
        "changes": 2.0,
        "calm": 2.0,
        "length": 0.375,
        "begun": 1.0,
        "ended": 1.0,
        "a day": 0.2,
    }
    assert {name: values[0] for name, values in found.items()} == expected
    assert all(math.isnan(values[1]) for values in found.values())
    assert episodes.statistics(times, 2, calm_hours=72)["one-sided"][0] == 0.0


def test_known_offspring_are_those_of_the_parameters():
    """Follow-ups that fall in later steps count, though acts do not say so."""
    found = reciprocity.played(EIGHTS, 60)
    own = np.asarray(ensemble(BASELINE, EIGHTS).parameters.parties["ISR"].follow_up)
    counted = found.offspring[reciprocity.ISRAEL, reciprocity.ISRAEL]
    distance = (counted - own)[found.at_peace]
    error = distance.std(ddof=1) / math.sqrt(distance.size)
    assert distance.mean() == pytest.approx(0.0, abs=4 * error)
    assert error < 0.02 < own.mean() / 8


def test_the_page_says_what_the_tables_say():
    assert page.PAGE.read_text(encoding="utf-8") == page.page()
    for name in page.TABLES:
        table = pd.read_csv(FOLDER / f"{name}.csv", keep_default_na=False)
        assert tuple(table.columns) == COLUMNS
        assert set(table["passed"]) <= {PASS, FAIL, SHOWN}
        for row in table.itertuples():
            judged = row.criterion_low != "" or row.criterion_high != ""
            assert (row.passed != SHOWN) == judged, row.quantity
            # A gain is a ratio of errors and has no interval of its own.
            assert (row.low == "") == (row.high == "") == (": gain over" in row.quantity), row.quantity
            assert row.low == "" or float(row.low) <= row.simulated <= float(row.high), row.quantity


# ------------------------------------------------------------------------------------------------------- experiments


@pytest.mark.slow
def test_a_campaign_is_the_jump_that_was_reported():
    rows = campaign.rows(*campaign.played(EIGHTS, 60))
    for start in (
        "acts of both sides a day, first week",
        "mean depth of the acts of both sides, first week",
        "killed a day",
    ):
        assert not_contradicted(row_of(rows, start)), start
    # A campaign that changed nothing, or one without depth, must not pass.
    assert row_of(rows, "mean depth of the acts of both sides, days before").number.high < 15


@pytest.mark.nightly
def test_a_war_is_about_as_likely_as_in_the_reference_class():
    run = ensemble(BASELINE, 160, days=365).run()
    rows = reference_class.rows(reference_class.SHIPPED, run)
    run.release()
    assert not_contradicted(row_of(rows, "P(O2, 365 d)"))
    near, usual = (row_of(rows, start).number.value for start in ("a further front at rung", "the same around day 180"))
    assert near > usual


@pytest.mark.nightly
def test_forgiveness_lowers_the_odds_of_a_war():
    pair = [levers.wars(f"forgiveness {level}", 96, 365) for level in ("0.5", "0")]
    assert mean(pair[0] - pair[1]).high < 0


@pytest.mark.slow
def test_noise_raises_the_odds_of_a_war_under_grim_trigger():
    pair = [levers.wars(f"P6 {level}", 160, 30) for level in ("noise", "no noise")]
    assert mean(pair[0] - pair[1]).low > 0


@pytest.mark.nightly
def test_episodes_at_a_low_rate_are_short_and_parted_by_calm():
    rows = episodes.rows(episodes.played(24, 150), 24)
    assert not_contradicted(row_of(rows, "calm between episodes"))
    assert row_of(rows, "length of an episode").number.high < 1.5
    assert row_of(rows, "episodes begun by the non-state side").number.low > 0.6


@pytest.mark.nightly
def test_daily_counts_hide_reactions():
    rows = reciprocity.rows(reciprocity.played(EIGHTS, 200))
    for row in rows:
        if "reactions of Israel to one act from Lebanon, daily" in row.quantity:
            assert row.number.high < 1.0, row.quantity


@pytest.mark.slow
def test_few_acts_kill_very_many():
    assert row_of(tail.rows(EIGHTS, 90), "acts that kill 21").number.high < 0.05


@pytest.mark.slow
def test_the_first_month_is_like_the_month_before():
    rows = rates.rows(96)
    for start in ("acts a day, HAM-ISR", "acts a day, IRQ-USA", "acts a day, HTH-ISR", "killed in 30 days, Lebanon"):
        assert row_of(rows, start).verdict == PASS, start
