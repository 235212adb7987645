"""What is named in a policy's source: each finder, over a source that holds what it may mistake for it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from sim.policies import Policy
from sim.testing import verdicts
from sim.testing.verdicts import (
    Finder,
    find_assignment,
    find_coupling,
    find_draw,
    find_method,
    find_own_chance,
    find_part,
    find_return,
    find_write,
    line_of,
)

SOURCE = """\
class Odd(Policy):
    rule: ClassVar[str] = "odd"
    fury = anger = 2
    def answer(self, view, draw):
        rng = np.random.default_rng(3)
        view.harm.flags.writeable = True
        view.harm.setflags(True)
        np.add(view.harm, 1, out=view.harm)
        coin = draw.uniform("coin", 3)
        mixed = coin @ coin + view.harm.sum() + np.max(coin, axis=1)
        kept = view.received.sum(axis=0) + coin.any(axis=-1) + any(coin)
        first = coin[0] + coin["a"] + coin[..., lanes]
        coin[3] = first / summary(coin)
        if first is None:
            return
        return sim.Response(multiplier, 2, campaign=first)
    def red_line(self):
        return Response.passed_on(rung=kept), randomly
"""


@pytest.mark.parametrize(
    ("find", "lines"),
    [
        (find_own_chance, [5]),
        (find_coupling, [10, 11, 12, 13]),
        (find_draw, [9]),
        (find_write, [6, 7, 8, 13]),
        (find_return, [16, 18]),
        (find_part("rung"), [16, 18]),
        (find_part("campaign"), [16]),
        (find_assignment("rule"), [2]),
        (find_assignment("anger"), [3]),
        (find_assignment("coin"), [9]),
        (find_method("red_line"), [17]),
    ],
)
def test_a_finder_finds_these_lines_and_no_others(find: Finder, lines: list[int]):
    found = [piece for node in ast.walk(ast.parse(SOURCE)) if (piece := find(node)) is not None]
    assert sorted({piece.lineno for piece in found}) == lines


def test_couplings_are_reductions_products_and_single_lanes():
    found = [ast.unparse(piece) for node in ast.walk(ast.parse(SOURCE)) if (piece := find_coupling(node))]
    assert sorted(found) == sorted(
        [
            "coin @ coin",
            "view.harm.sum()",
            "np.max(coin, axis=1)",
            "coin.any(axis=-1)",
            "any(coin)",
            "coin[0]",
            "coin[3]",
        ]
    )


def test_parts_of_a_response_are_found_by_name_and_by_place():
    found = {
        part: [ast.unparse(piece) for node in ast.walk(ast.parse(SOURCE)) if (piece := find_part(part)(node))]
        for part in ("multiplier", "rung", "campaign", "memory")
    }
    assert found == {"multiplier": ["multiplier"], "rung": ["2", "kept"], "campaign": ["first"], "memory": []}


def test_the_likeliest_finder_that_finds_anything_names_its_first_line():
    class Chancy(Policy):
        """Ask twice."""

        def respond(self, view: Any, draw: Any) -> Any:
            """Return the first of two draws."""
            first = draw.uniform("first")
            second = draw.uniform("second")
            return first if second > 0 else second

    begin = Chancy.respond.__code__.co_firstlineno
    assert line_of(Chancy, find_draw) == begin + 2
    assert line_of(Chancy, find_own_chance, find_return, find_draw) == begin + 4
    assert line_of(Chancy, find_write) is None


def test_a_class_without_a_source_has_no_lines(monkeypatch: pytest.MonkeyPatch):
    def refuse(owner: type) -> None:
        raise OSError

    monkeypatch.setattr(verdicts.inspect, "getsourcelines", refuse)
    assert line_of(Policy, find_return) is None
