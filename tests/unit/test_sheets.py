"""Tables of texts: the quick way to set them is that of rich, line by line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sim.results.tables import Sheet

CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    columns = draw(st.integers(1, 5))
    rows = st.lists(st.tuples(*[CELLS] * columns), max_size=5)
    headings = draw(st.tuples(*[CELLS] * columns))
    return Sheet("title", headings, tuple(draw(rows)), left=draw(st.integers(0, columns)))


def set_by_rich(sheet: Sheet, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        console.print(sheet.rich())
    return [line.rstrip() for line in captured.get().split("\n")[:-1]]


@given(sheets(), st.integers(30, 100))
def test_lines_are_those_of_rich_where_nothing_has_to_be_broken(sheet: Sheet, width: int):
    found = sheet.lines(width)
    if found is not None:
        assert found == set_by_rich(sheet, width)


def test_a_table_that_is_too_wide_or_has_strange_cells_is_left_to_rich():
    sheet = Sheet("title", ("a", "b"), (("word", "12"),))
    assert sheet.lines(8) == ["a      b", "word  12"]
    assert sheet.lines(7) is None
    assert Sheet("title", ("a",), (("two\nlines",),)).lines(80) is None
