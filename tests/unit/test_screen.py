"""A screen has 24 lines at most at 80 columns, whatever its texts; what is cut is counted; sentences stay whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented_sweep import invented
from rich.cells import cell_len

import sim
from sim.report.answer import choose_answer, state_answer
from sim.report.screen import MOST_LINES, Screen, list_main_questions, name_folder, odds_screen
from sim.report.sheet import Sheet, wrap
from sim.results.analysis.odds import compute_odds
from sim.results.reading.store import FOLDER, Results
from sim.scenario.design import Factor

SHIPPED = Path(__file__).parents[2] / "results"
ENDS = {"report": "results/here/report.html", "more": "sim results show here"}
WIDE = "戦争" * 60
HOSTILE = "\x1b[31mred\x1b[0m\r\n\u202e<script>alert(1)</script>[bold]" + "x" * 300


def show(results: Results, **chosen: Any) -> list[str]:
    odds = compute_odds(results, chosen.get("questions"), chosen.get("horizons"))
    return odds_screen(results, odds, **chosen, ends=ENDS).lines(80)


@pytest.mark.parametrize("name", ["baseline", "levers", "policy-pairs", "uncertainty"])
def test_every_shipped_result_has_its_screen(name: str):
    results = sim.open_results(SHIPPED / name)
    lines = show(results)
    assert len(lines) <= MOST_LINES
    assert max(map(cell_len, lines)) <= 80
    assert lines[0] == results.manifest["title"]
    text = " ".join(line.strip() for line in lines)
    assert state_answer(results).sentence[:-1] in text, "nothing of the sentence is cut"
    assert state_answer(results).rests in text
    assert lines[-2:] == ["report  results/here/report.html", "more    sim results show here"]
    assert bool(re.search(r"\.\.\. and 5\d more points", text)) == (len(results.points) == 64)


def levers(folder: Path, n: int, title: str = "Invented", text: str = "it happens", level: str = "level") -> Results:
    labels = tuple(f"{level} {i}" for i in range(n))
    factor = Factor("lever", tuple(range(n)), labels)

    def chance(drawn: Any, levels: Any) -> np.ndarray:
        return np.full(60, (1 + int(str(levels["lever"]).rsplit(" ", 1)[1])) / (n + 1))

    results = invented(folder, chance, factors=(factor,), replicates=60)
    results.manifest["title"] = title
    results.manifest["questions"][0]["text"] = text
    results.manifest["questions"] += [{"id": f"Q{i}", "text": text, "kind": "war", "is_state": False} for i in (2, 3)]
    return results


@pytest.mark.parametrize("text", [WIDE, HOSTILE, "long " * 100], ids=["wide", "hostile", "long"])
def test_no_text_of_a_user_breaks_the_screen(text: str, tmp_path: Path):
    results = levers(tmp_path / "a", 12, text, text, "level" if text == HOSTILE else text)
    lines = show(results, questions=["Q1"])
    assert len(lines) <= MOST_LINES
    assert max(map(cell_len, lines)) <= 80
    assert all(line.isprintable() for line in lines)
    assert not any("\x1b" in line or "\u202e" in line for line in lines)


def test_points_are_ranked_and_those_left_out_counted(tmp_path: Path):
    results = levers(tmp_path / "a", 30)
    lines = show(results, questions=["Q1"])
    table = lines[lines.index(next(line for line in lines if line.startswith("Q1 "))) + 2 :]
    shown = [line.split("  ")[0] for line in table[: table.index("")]]
    assert shown[0] == "level 29"
    assert shown[-1] == "level 0"
    assert sum(line.startswith("level") for line in shown) + 19 == 30 or "more points" in " ".join(shown)
    odds = [float(line.split("(")[0].split()[-1]) for line in table[: table.index("")] if "more" not in line]
    assert odds == sorted(odds, reverse=True)


def test_parts_of_a_question_and_states_stand_only_where_they_were_asked_for():
    results = sim.open_results(SHIPPED / "baseline")
    assert "Q1a" not in list_main_questions(results)
    assert not any(line.startswith(("Q1a", "O1")) for line in show(results))
    lines = show(results, questions=["Q1a", "O1"], horizons=[30])
    assert [line.split()[0] for line in lines if line.startswith(("Q", "O"))][-2:] == ["Q1a", "O1"]
    assert "within 30 days" in " ".join(lines)


def test_a_table_of_odds_is_answered_for_its_first_question_on_its_last_day():
    results = sim.open_results(SHIPPED / "baseline")
    assert choose_answer(results, results.odds) == state_answer(results)
    odds = compute_odds(results, ["Q2", "Q1"], [90, 30])
    assert choose_answer(results, odds) == state_answer(results, "Q2", 90)


def test_notes_give_way_before_the_table_does():
    sheet = Sheet("Table", ("a", "b"), tuple((f"row {i}", str(i)) for i in range(20)))
    screen = Screen("Title", ("word " * 100,), (sheet, sheet), ("kept", *["note " * 40] * 5), ENDS)
    lines = screen.lines(80)
    assert len(lines) <= MOST_LINES
    assert "kept" in lines
    assert sum(line.startswith("... and ") for line in lines) == 2


def test_lines_are_wrapped_by_cells_and_units_stay_with_their_numbers():
    assert wrap("漢字" * 12 + " ab", 20) == ["漢字" * 5, "漢字" * 5, "漢字" * 2 + " ab"]
    assert wrap("it is 38 %.", 8) == ["it is", "38 %."]
    assert wrap("one two", 7, "- ", "  ") == ["- one", "  two"]
    assert wrap("", 7) == [""]


def test_a_folder_is_named_as_a_command_takes_it():
    assert name_folder(FOLDER / "mine") == "mine"
    assert name_folder(Path("out") / "my own") == "'out/my own'"


def test_headings_give_way_before_figures_do():
    sheet = Sheet(
        "Odds", ("question", "a" * 40, "b" * 40, "more"), (("w" * 40, "5.0", "15.0", "+10.0 (+3.9 to +16.1)"),)
    )
    lines = Screen("A title", (), (sheet,)).lines(80)
    assert max(map(cell_len, lines)) <= 80
    assert lines[-1].endswith("  15.0  +10.0 (+3.9 to +16.1)")
    assert min(lines[-2].count("a"), lines[-2].count("b"), lines[-1].count("w")) > 10
