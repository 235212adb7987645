"""Tables of texts: the quick way to set them is that of rich, line by line, and no terminal cuts a figure."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.console import Console

from sim.report.sheet import Sheet

CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)
ODDS = Sheet(
    "odds in %",
    ("point", "policy.ISR.forgiveness, policy.HZB.forgiveness", "30 days", "90 days", "180 days", "365 days"),
    (
        ("0", "0, 0", "1.1 (0.8–1.7)", "4.9 (4.0–6.0)", "12.8 (11.3–14.6)", "34.0 (31.6–36.5)"),
        ("1", "0.25, 0.5", "0.50 (0.26–0.97)", "1.7 (1.2–2.3)", "3.5 (2.7–4.3)", "11.5 (10.1–13.1)"),
    ),
    left=2,
)
LEVERS = Sheet(
    "levers",
    ("lever", "with it", "difference", "95 %", "rank", "luck share"),
    (
        ("no mass-casualty accidents", "18.3", "-4.4", "-5.7 to -3.1", "6 (5–7)", "48 ± 8 %"),
        ("all together", "3.2", "-19.5", "-22.2 to -16.8", "1 (1–1)", "73 ± 10 %"),
    ),
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    columns = draw(st.integers(1, 5))
    rows = st.lists(st.tuples(*[CELLS] * columns), max_size=5)
    headings = draw(st.tuples(*[CELLS] * columns))
    return Sheet("title", headings, tuple(draw(rows)), left=draw(st.integers(0, columns)))


def set_by_rich(sheet: Sheet, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        console.print(sheet.rich(width), crop=False)
    return [line.rstrip() for line in captured.get().split("\n")[:-1]]


@given(sheets(), st.integers(30, 100))
def test_lines_are_those_of_rich_where_nothing_has_to_be_broken(sheet: Sheet, width: int):
    found = sheet.lines(width)
    assume(found is not None)
    assert found == set_by_rich(sheet, width)


def test_a_table_that_is_too_wide_or_has_strange_cells_is_left_to_rich():
    sheet = Sheet("title", ("a", "b"), (("word", "12"),))
    assert sheet.lines(8) == ["a      b", "word  12"]
    assert sheet.lines(7) is None
    assert Sheet("title", ("a",), (("two\nlines",),)).lines(80) is None


@given(sheets(), st.integers(1, 100))
def test_no_character_is_lost_on_a_terminal_of_any_width(sheet: Sheet, width: int):
    def characters(texts: list[str]) -> list[str]:
        return sorted("".join("".join(texts).split()))

    shown = [*(sheet.headings if any(sheet.headings) else ()), *(cell for row in sheet.rows for cell in row)]
    assert characters(set_by_rich(sheet, width)) == characters(shown)


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 90, 100])
@pytest.mark.parametrize("sheet", [ODDS, LEVERS], ids=["odds", "levers"])
def test_figures_are_whole_and_rows_keep_their_names_on_every_terminal(sheet: Sheet, width: int):
    lines = set_by_rich(sheet, width)
    text = "\n".join(lines)
    figures = [
        part for row in sheet.rows for cell in row[sheet.left :] for part in cell.replace(" (", "\n(").split("\n")
    ]
    assert all(re.search(rf"(^|\s){re.escape(figure)}(\s|$)", text, re.MULTILINE) for figure in figures)
    names = "".join(line.split("  ")[0].replace(" ", "") for line in lines if not line.startswith(" "))
    assert all(row[0].replace(" ", "") in names for row in sheet.rows)


def test_an_interval_stands_below_its_estimate_where_both_are_too_wide():
    assert set_by_rich(ODDS, 88)[-1].endswith("11.5 (10.1–13.1)")
    lines = set_by_rich(ODDS, 80)
    assert max(map(len, lines)) <= 80
    assert lines[-2].split() == ["1", "0.25,", "0.5", "0.50", "1.7", "3.5", "11.5"]
    assert lines[-1].split() == ["(0.26–0.97)", "(1.2–2.3)", "(2.7–4.3)", "(10.1–13.1)"]


def test_headings_are_broken_behind_commas_and_dots():
    wide, narrow = (
        [
            line[5:30].split()[0]
            for line in set_by_rich(ODDS, width)
            if ("." in line and "policy" in line) or "forg" in line
        ]
        for width in (80, 40)
    )
    assert wide == ["policy.ISR.forgiveness,", "policy.HZB.forgiveness"]
    assert narrow == ["policy.ISR.", "forgiveness,", "policy.HZB.", "forgiveness"]


def test_a_terminal_that_is_too_narrow_gets_the_narrowest_table():
    assert set_by_rich(LEVERS, 20) == set_by_rich(LEVERS, 1)
    assert set_by_rich(LEVERS, 200) == LEVERS.lines(200)


def test_words_stand_to_the_left_and_figures_to_the_right_in_every_form():
    sheet = Sheet(
        "A|B", ("name", "what", "n", "share"), (("x", "a|b", "7", "12.3"), ("long name", "c", "1,234", "–")), left=2
    )
    assert sheet.lines(31) == [
        "name       what      n  share",
        "x          a|b       7   12.3",
        "long name  c     1,234      –",
    ]
    assert set_by_rich(sheet, 29) == sheet.lines(29)
    assert sheet.lines(28) is None
    assert sheet.markdown() == (
        "**A|B**\n\n| name | what | n | share |\n| :--- | :--- | ---: | ---: |\n"
        "| x | a\\|b | 7 | 12.3 |\n| long name | c | 1,234 | – |\n"
    )
    bare = Sheet("T", ("", ""), (("a", "1"), ("bc", "23")))
    assert bare.lines(9) == ["a    1", "bc  23"] == set_by_rich(bare, 9)
    half = Sheet("T", ("", "n"), (("a", "1"),))
    assert half.lines(9) == ["   n", "a  1"] == set_by_rich(half, 9)


def test_the_widest_words_give_way_first_and_some_columns_never():
    row = ("a name that is long enough", "the words of another column", "123,456")
    sheet = Sheet("T", ("name", "words", "figure"), (row,), left=2)
    wide, narrow = set_by_rich(sheet, 50), set_by_rich(replace(sheet, whole=1), 50)
    # Of 50, 7 are the figure and 4 the gaps; the column in the middle has two gaps and so one place less.
    assert wide[1] == "a name that is long   the words of         123,456"
    assert wide[2:] == ["enough                another column"]
    assert narrow[1].startswith("a name that is long enough  the words")
    assert max(map(len, [*wide, *narrow])) <= 50


def test_what_stands_below_words_is_in_small_and_is_kept_in_markdown():
    sheet = Sheet("t", ("parameter", "value"), (("Israel: background fire\nparty.ISR.baseline", "1"),))
    console = Console(width=60, force_terminal=True, color_system="standard", file=io.StringIO())
    with console.capture() as captured:
        console.print(sheet.rich(60))
    assert "\x1b[2mparty.ISR.baseline" in captured.get()
    assert "| Israel: background fire<br>party.ISR.baseline | 1 |" in sheet.markdown()
