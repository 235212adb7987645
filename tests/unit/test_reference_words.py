"""What is said of a reference class follows the question and the horizon that are shown."""

from __future__ import annotations

import pytest
from invented_folder import MANIFEST

from sim.report.reference_words import NO_CLASS, describe_reference, find_chances


def test_the_sentence_follows_the_horizon():
    assert describe_reference(MANIFEST, "Q2", 90) == (
        "Past crises (10 crises): 23 % (12 to 56 %) became wars within 90 days."
    )
    assert describe_reference(MANIFEST, "Q2", 30) == (
        "Past crises (10 crises): 10 % (5.0 to 20 %) became wars within 30 days (constant hazard)."
    )


@pytest.mark.parametrize("question", ["Q7", "O1"])
def test_a_question_without_a_class_says_so(question: str):
    assert describe_reference(MANIFEST, question, 30) == NO_CLASS


def test_an_old_manifest_has_a_class_without_a_clock_and_it_is_not_told():
    old = {"questions": [{"id": "Q1", "text": "a war"}], "reference": {"low": 0.1, "best": 0.2, "high": 0.3}}
    assert describe_reference(old, "Q1", 365) == NO_CLASS
    assert find_chances(old, "Q1", [30]) == []


def test_between_horizons_the_hazard_is_constant():
    start, between, kept = find_chances(MANIFEST, "Q2", [0, 15, 30])
    assert start == {"day": 0, "estimate": 0, "low": 0, "high": 0}
    assert between["estimate"] == pytest.approx(1 - 0.9**0.5, abs=1e-6)
    assert kept["high"] == pytest.approx(0.2)
    middle = find_chances(MANIFEST, "Q2", [60])[0]["estimate"]
    assert middle == pytest.approx(1 - (0.9 * 0.77) ** 0.5, abs=1e-6)
