"""What a policy's class says of itself is read from its docstring and its claims."""

from __future__ import annotations

import math

import pytest

from sim.policies import Claims, ContriteTitForTat, Policy, TitForTat, WinStayLoseShift
from sim.policies.docstrings import memory_in_words, names_of, rule_of
from sim.policies.registry import SHIPPED


def test_the_rule_is_the_first_paragraph():
    assert rule_of(TitForTat) == "React to every provocation on its own rung."


def test_names_are_parted_by_semicolons_outside_brackets():
    assert names_of(WinStayLoseShift) == (
        "win-stay, lose-shift (Nowak & Sigmund 1993)",
        "Pavlov (Kraines & Kraines 1989)",
    )
    assert names_of(ContriteTitForTat) == ("contrite tit-for-tat (Sugden 1986; Boyd 1989; Wu & Axelrod 1995)",)


def test_a_policy_may_have_no_name():
    class Nameless(Policy):
        """React."""

    class Bare(Policy):
        pass

    assert names_of(Nameless) == names_of(Bare) == ()


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_every_shipped_policy_says_what_it_is_called(rule):
    names = names_of(SHIPPED[rule])
    assert names
    assert not any(name.endswith((".", ";")) for name in names)
    assert len(rule_of(SHIPPED[rule])) > 20


@pytest.mark.parametrize(("days", "words"), [(0.0, "none"), (2.5, "2.5 days"), (math.inf, "without end")])
def test_memory_in_words(days, words):
    assert memory_in_words(Claims(False, True, True, days)) == words
