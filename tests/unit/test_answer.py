"""The sentence that is quoted: condition first, histories of a hundred, grammar for every text of a question."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented_sweep import invented

import sim
from sim.core.errors import InputError
from sim.report.answer import count_histories, phrase_event, state_answer, state_difference
from sim.report.sheet import in_percent
from sim.results.reading.store import Results
from sim.scenario.design import Factor

SHIPPED = Path(__file__).parents[2] / "results"


def asked(*texts: str) -> Any:
    questions = [{"id": name, "text": text} for name, text in zip(("Q1", "Q1a", "Q2"), texts, strict=False)]
    return {"questions": questions, "states": ["calm", "war"]}


@pytest.mark.parametrize(
    ("k", "n", "words"),
    [
        (472, 2000, "24 of 100 simulated histories"),
        (124, 2000, "62 of 1,000 simulated histories"),
        (10, 200, "10 of 200 simulated histories"),
        (8, 2000, "1 of 250 simulated histories"),
        (1, 148, "1 of 148 simulated histories"),
        (0, 2000, "none of 2,000 simulated histories (below 0.19 %)"),
        (2000, 2000, "all 2,000 simulated histories"),
        (1992, 2000, "all but 1 of 250 simulated histories"),
        (10, 40, "10 of 40 simulated histories"),
        (0, 0, "none of 0 simulated histories"),
    ],
)
def test_a_share_is_told_in_histories(k: int, n: int, words: str):
    assert count_histories(k, n, 0.0019) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0"),
        (0.0019, "0.19"),
        (0.034, "3.4"),
        (0.0995, "10"),
        (0.34, "34"),
        (0.9901, "99"),
        (0.996, "99.6"),
        (0.9992, "99.92"),
    ],
)
def test_per_cent_in_sentences_are_whole_from_ten_up(share: float, words: str):
    assert in_percent(share) == words


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Israel-Lebanon war", "an Israel-Lebanon war"),
        ("US strike on X", "a US strike on X"),
        ("UN-led operation", "a UN-led operation"),
        ("uprising and attack", "an uprising and attack"),
        ("US strikes in Yemen", "US strikes in Yemen"),
        ("1,000 or more killed in Lebanon within 30 days", "1,000 or more killed in Lebanon within 30 days"),
        ("regional war: two fronts", "a regional war (two fronts)"),
        ("an attack on X", "an attack on X"),
        ("the fall of X", "the fall of X"),
        ("it happens", '"it happens"'),
        ("famine\n in  Leftland", '"famine in Leftland"'),
    ],
)
def test_an_event_is_a_part_of_a_sentence(text: str, event: str):
    assert phrase_event(asked(text), "Q1") == event


def test_a_part_names_its_whole_and_a_state_is_a_state():
    results = asked("war", "of these, decided", "of these, alone")
    assert [phrase_event(results, name) for name in ("Q1a", "Q2", "O1")] == [
        "a war, decided",
        '"of these, alone"',
        'the state "war"',
    ]


def test_two_shares_side_by_side_are_of_as_many_histories():
    first, second = (sim.open_results(SHIPPED / name) for name in ("baseline", "truce-held"))
    assert state_difference((first, 0), (second, 0)).endswith(": 229 of 1,000 simulated histories against 43 of 1,000.")


def test_a_condition_of_many_changes_stands_whole_in_the_sentence():
    title = f"Baseline ({', '.join(f'change {number} of the world = 0.5' for number in range(9))})"
    results = sim.open_results(SHIPPED / "baseline")
    results.manifest["title"] = title
    assert len(title) > 200
    assert f'Under the assumptions of "{title}",' in sim.state_answer(results).sentence


def test_the_answer_of_a_shipped_result_may_be_quoted():
    answer = sim.state_answer(sim.open_results(SHIPPED / "baseline"))
    assert answer.sentence == (
        'Under the assumptions of "Baseline: the war in Gaza goes on", 23 of 100 simulated histories see an '
        "Israel-Lebanon war within 365 days of 7 November 2023."
    )
    assert answer.interval == "from the number of histories alone: 21 to 25 %"
    assert answer.rests == (
        "A statement about the model, not a forecast. Past conflicts of 25 to 999 battle deaths a year "
        "(1,918 conflict-years): 6.6 % (5.6 to 7.8 %) rose to 1,000 or more within 365 days. "
        "Of 263 parameters: none informed by a fit, none from literature, 263 of judgement."
    )
    assert answer.whole == f"{answer.sentence[:-1]} (from the number of histories alone: 21 to 25 %)."
    never = sim.state_answer(sim.open_results(SHIPPED / "baseline"), "Q11", 30)
    assert never.whole == never.sentence, "its bound is told once"
    assert json.loads(json.dumps(answer.record())) == asdict(answer)


def test_every_question_of_every_shipped_result_has_a_sentence():
    for manifest in SHIPPED.glob("*/points.csv"):
        results = sim.open_results(manifest.parent)
        for question in [*(asked["id"] for asked in results.manifest["questions"]), "O0"]:
            sentence = state_answer(results, question, point=len(results.points) - 1).sentence
            assert sentence.startswith("Under the assumptions of ")
            assert sentence.endswith(".")
            assert "simulated histories" in sentence


@pytest.fixture
def levers(tmp_path: Path) -> Results:
    factor = Factor("climb", (0.0, 1.0), ("low", "high"))
    return invented(
        tmp_path / "a", lambda drawn, levels: np.full(80, 0.5 if levels["climb"] == "low" else 0.1), factors=(factor,)
    )


def test_questions_days_and_points_are_chosen_or_refused(levers: Results):
    answer = state_answer(levers, "Q1", 7, 1)
    assert (answer.question, answer.horizon_days, answer.point, answer.name) == ("Q1", 7, 1, "high")
    assert answer.condition == '"Invented" (high)'
    assert "7 days of the start" in answer.sentence
    assert answer.rests == (
        "A statement about the model, not a forecast. No reference class is known for this question. "
        "Of 3 parameters: none informed by a fit, none from literature, 3 of judgement."
    )
    with pytest.raises(InputError, match="9 does not exist; the points of invented with results are 0 to 1"):
        state_answer(levers, point=9)
    with pytest.raises(InputError, match='"Q9" is not asked here'):
        state_answer(levers, "Q9")
    with pytest.raises(InputError, match="must be between 1 and 10 days"):
        state_answer(levers, horizon=11)


def test_a_difference_says_which_way_and_how_far(levers: Results):
    sentence = state_difference((levers, 0), (levers, 1))
    assert sentence.startswith('Against "Invented" (low), "Invented" (high) lowers the simulated odds of "it happens" ')
    assert "points (" in sentence
    assert "raises" in state_difference((levers, 1), (levers, 0))
    assert "does not change" in state_difference((levers, 1), (levers, 1))


def few_turn(folder: Path, number: int, replicates: int = 80) -> Results:
    factor = Factor("climb", (0.0, 1.0), ("low", "high"))

    def chance(drawn: Any, levels: Any) -> np.ndarray:
        return np.where(np.arange(replicates) < (number if levels["climb"] == "high" else 0), 1.0, 0.0)

    return invented(folder, chance, factors=(factor,), replicates=replicates)


@pytest.mark.parametrize(("number", "words"), [(4, "by more than chance does"), (16, "raises the simulated odds")])
def test_four_histories_that_turn_one_way_are_no_effect_yet(number: int, words: str, tmp_path: Path):
    # By its error alone the first would be above 0, where a sign test of four gives 0.125.
    results = few_turn(tmp_path / "a", number)
    assert words in state_difference((results, 0), (results, 1))


def test_both_counts_of_a_difference_are_of_the_histories_that_tell_it(tmp_path: Path):
    few, many = few_turn(tmp_path / "few", 12, 20), few_turn(tmp_path / "many", 12, 80)
    sentence = state_difference((few, 0), (many, 1))
    assert "by 60.0 points" in sentence
    assert sentence.endswith(": none of 20 simulated histories (below 16 %) against 12 of 20.")


def test_a_difference_of_committed_results_needs_no_blocks():
    first, second = (sim.open_results(SHIPPED / name) for name in ("baseline", "truce-held"))
    assert "lowers the simulated odds of an Israel-Lebanon war" in state_difference((first, 0), (second, 0))
