"""Odds given something else: by loops over histories; what decides a question is refused."""

from __future__ import annotations

import pytest
from slow_forms import effective_size
from uneven_sweep import Uneven, assert_table, holds

from sim.core.errors import InputError
from sim.core.intervals import interval
from sim.results.analysis import given as module
from sim.results.analysis.given import GIVEN, compute_given, find_given, read_condition
from sim.results.reading.store import Results

FEW = 5
"""Histories from which these tests tell odds: the sweep has 77 at a point."""


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST", FEW)


def told(rows: list, question: str, day: int) -> dict:
    """Return how often a question holds in rows, as loops tell it."""
    came = [float(holds(row, question, day)) for row in rows]
    n, events = len(rows), int(sum(came))
    size = effective_size(came, [row["replicate"] for row in rows])
    low, high = interval(size if events == n else events * size / n, size)
    return {"n": n, "events": events, "estimate": events / n, "low": low, "high": high}


def test_odds_given_something_are_those_of_loops_over_histories(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    rows = sweep.finished(2)
    found = find_given(results, ["Q7 by 9", "not Q9 by 17"], "Q2", 17, 2)
    chosen = [row for row in rows if holds(row, "Q7", 9) and not holds(row, "Q9", 17)]
    assert FEW <= len(chosen) < len(rows)
    assert found.those == pytest.approx(told(chosen, "Q2", 17))
    assert found.all == pytest.approx(told(rows, "Q2", 17))
    assert [str(one) for one in found.conditions] == ["Q7 by 9", "not Q9 by 17"]
    main = find_given(results, ["Q7 by 9"])
    assert (main.cell.question, main.cell.day) == ("Q4", 17), "the main question by the last horizon"
    joined = find_given(results, ["F joins by 12"], "Q9", 17)
    chosen = [row for row in sweep.finished(0) if row["joined_F_day"] <= 12]
    assert joined.those["n"] == len(chosen) > FEW


def test_the_table_has_every_event_that_enough_histories_tell(uneven_levers: tuple[Uneven, Results]):
    sweep, results = uneven_levers
    expected = []
    for point in range(4):
        rows = sweep.finished(point)
        for question in ("Q9", "Q2", "Q7"):
            for day in (4, 9, 17):
                every = [row for one in range(4) for row in sweep.finished(one)]
                met, came = ({id(row) for row in every if holds(row, *cell)} for cell in ((question, day), ("Q4", 17)))
                chosen = [row for row in rows if holds(row, question, day)]
                if len(chosen) < FEW or met <= came or came <= met or not met & came:
                    continue
                row = {"point": point, "question": "Q4", "horizon_days": 17, "given": f"{question} by {day}"}
                odds = told(rows, "Q4", 17)["estimate"]
                expected.append(row | told(chosen, "Q4", 17) | {"odds": odds})
    assert len(expected) > 10
    assert_table(compute_given(results), expected)
    assert_table(results.table(GIVEN), expected)


def test_what_decides_the_question_is_refused_with_its_reason(uneven_levers: tuple[Uneven, Results]):
    _, results = uneven_levers
    asks = [
        (["Q2 by 9"], "Q2", 17, "asks for Q2 itself"),
        (["not Q2 by 17"], "Q2", 17, "asks for Q2 itself"),
        (["O1 by 17"], "O2", 17, 'decides "O2 by 17": of all [0-9]+ histories in which it holds, none has that too'),
    ]
    for conditions, question, day, words in asks:
        with pytest.raises(InputError, match=words):
            find_given(results, conditions, question, day)
    assert find_given(results, ["not Q2 by 4"], "Q2", 17).those["n"] > FEW, "what has not come yet may come"


def test_an_event_that_is_a_part_of_another_is_refused(uneven_levers: tuple[Uneven, Results]):
    _, results = uneven_levers
    early, other = (read_condition(results, text) for text in ("Q2 by 9", "Q7 by 17"))
    assert 'decides "Q2 by 9": of all 20 histories' in module._explain(early.cell, other, 20, 40, 20)
    assert '"Q2 by 9" implies "Q7 by 17"' in module._explain(early.cell, other, 40, 20, 20)
    assert module._explain(early.cell, other, 40, FEW - 1, FEW - 1) == "", "few histories say nothing of the rest"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Q2", "is no condition; write"),
        ("Q22 by 4", 'did you mean "Q2"'),
        ("Q2 by 0", "out of bounds; it must be between 1 and 20"),
        ("Q9 by 5", "known at the days 4, 9, 17 only"),
        ("L joins by 5", "is not asked here"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused(uneven_levers: tuple[Uneven, Results], text: str, words: str):
    with pytest.raises(InputError, match=words):
        read_condition(uneven_levers[1], text)


def test_words_of_conditions_may_be_written_in_several_ways(uneven_levers: tuple[Uneven, Results]):
    _, results = uneven_levers
    texts = ["Q2 by 9", "  Q2  by day 9", "Q2 by 9 days", "Q2 at 9"]
    assert {str(read_condition(results, text)) for text in texts} == {"Q2 by 9"}
    assert str(read_condition(results, "not F joins by 9")) == "not F joins by 9"
