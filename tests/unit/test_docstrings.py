"""What a policy's class says of itself is read from its docstring and its claims."""

from __future__ import annotations

import math

import pytest

from sim.policies import Claims, Policy
from sim.policies.memory_one import WinStayLoseShift
from sim.policies.reciprocal import TitForTat
from sim.policies.registry import SHIPPED, describe_memory, describe_rule, list_names
from sim.policies.tit_for_tat_variants import ContriteTitForTat


def test_the_rule_is_the_first_paragraph():
    assert describe_rule(TitForTat) == "React to every provocation on its own rung."


def test_names_are_parted_by_semicolons_outside_brackets():
    assert list_names(WinStayLoseShift) == (
        "win-stay, lose-shift (Nowak & Sigmund 1993)",
        "Pavlov (Kraines & Kraines 1989)",
    )
    assert list_names(ContriteTitForTat) == ("contrite tit-for-tat (Sugden 1986; Boyd 1989; Wu & Axelrod 1995)",)


def test_a_policy_may_have_no_name():
    class Nameless(Policy):
        """React."""

    class Bare(Policy):
        pass

    assert list_names(Nameless) == list_names(Bare) == ()


@pytest.mark.parametrize("rule", sorted(SHIPPED))
def test_every_shipped_policy_says_what_it_is_called(rule):
    names = list_names(SHIPPED[rule])
    assert names
    assert not any(name.endswith((".", ";")) for name in names)
    assert len(describe_rule(SHIPPED[rule])) > 20


@pytest.mark.parametrize(("days", "words"), [(0.0, "none"), (2.5, "2.5 days"), (math.inf, "without end")])
def test_memory_in_words(days, words):
    assert describe_memory(Claims(False, True, True, days)) == words
