"""``sim reference``: one screen, JSON, and refusals in a sentence."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize("arguments", [(), ("--class", "ucdp-minor-to-war"), ("--as-of", "1900-01-01")])
def test_it_ends_on_one_screen(sim, monkeypatch, arguments):
    monkeypatch.setenv("COLUMNS", "80")
    done = sim("reference", *arguments)
    assert done.status == 0
    lines = done.out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100


def test_shares_stand_with_interval_and_counts(sim):
    done = sim("reference")
    assert "6.5 (5.5–7.7)" in done.out
    assert "132 of 2,016" in done.out
    one = sim("reference", "--class", "ucdp-minor-to-war", "--horizon", "365", "--horizon", "90")
    assert "1.7 (1.4–2.0)  6.5 (5.5–7.7)" in one.out
    assert "by a constant hazard" in one.out


def test_json_has_every_class_and_horizon(sim):
    found = json.loads(sim("reference", "--json", "--horizon", "40").out)
    assert {"ucdp-minor-to-war", "icb-crisis-ended"} <= {one["class"] for one in found}
    assert all([row["horizon_days"] for row in one["at"]] == [40] for one in found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--class", "ucdp"), 'there is no reference class "ucdp"'),
        (("--horizon", "0"), "greater than or equal to 1"),
        (("--as-of", "soon"), '"soon" is not a date'),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(sim, arguments, message):
    done = sim("reference", *arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1
