"""The fingerprint of every shipped policy is the committed one; ``python tests/fingerprints.py`` writes them anew."""

from __future__ import annotations

import pytest
from fingerprints import FOLDER, text_of

from sim.policies.registry import SHIPPED


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_the_fingerprint_is_the_committed_one(rule):
    assert text_of(SHIPPED[rule]()) == (FOLDER / f"{rule}.txt").read_text(encoding="utf-8")


def test_every_file_belongs_to_a_policy():
    assert {file.stem for file in FOLDER.iterdir()} == set(SHIPPED)


def test_no_two_policies_have_the_same_fingerprint():
    texts = {rule: file.read_text() for rule in SHIPPED if (file := FOLDER / f"{rule}.txt")}
    assert len(set(texts.values())) == len(texts)
