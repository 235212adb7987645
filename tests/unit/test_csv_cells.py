"""Cells of a CSV file as dates, counts and names: what is read, and what is noted of a file that is wrong."""

from __future__ import annotations

from datetime import date, time

import pytest

from sim.core.errors import InputError, Problems
from sim.evidence import Figure
from sim.evidence.csv_cells import Row, read_rows


def cell(reader, text, *arguments, **options):
    """Return what a reader makes of a cell, and its faults."""
    row = Row(3, {"id": "x", "c": text}, Problems("a.csv"))
    value = getattr(row, reader)("c", *arguments, **options)
    return value, [problem.message for problem in row.problems.found]


@pytest.mark.parametrize(
    ("reader", "text", "arguments", "value"),
    [
        ("text", "", (), ""),
        ("choice", "b", (("a", "b"),), "b"),
        ("choices", "b+ a+", (("a", "b"), "+"), ("b", "a")),
        ("flag", "true", (), True),
        ("flag", "false", (), False),
        ("day", "2024-02-29", (), date(2024, 2, 29)),
        ("day", "", (), None),
        ("clock", "23:59", (), time(23, 59)),
        ("clock", "", (), None),
        ("number_in", "-2.5", (-2.5, 4), -2.5),
        ("number_in", "4", (-2.5, 4), 4),
        ("number_in", "1e9", (0,), 1e9),
        ("number_in", "", (5, 6), None),
        ("count", "12", (12,), 12),
        ("count", "0", (), 0),
        ("count", "3.0", (), 3),
        ("count", "1e3", (), 1000),
        ("count", "1\u2009234", (), 1234),
        ("count", "12 345", (), 12345),
        ("count", "NA", (), None),
        ("count", "#N/A", (), None),
        ("number_in", "nan", (0,), None),
        ("number_in", "\u22122.5", (-3,), -2.5),
        ("flag", "TRUE", (), True),
        ("clock", "7:30", (), time(7, 30)),
        ("clock", "07:30:59", (), time(7, 30)),
        ("code", "1.0", (), "1"),
    ],
)
def test_a_cell_is_read(reader, text, arguments, value):
    assert cell(reader, text, *arguments) == (value, [])


@pytest.mark.parametrize(
    ("reader", "text", "arguments", "words"),
    [
        ("choice", "", (("a", "b"),), "is empty, but every row needs it"),
        ("choices", "a+c", (("a", "b"), "+"), '"c" is not known'),
        ("flag", "yes", (), '"yes" is not known'),
        ("day", "2023-02-29", (), '"2023-02-29" is not a date'),
        ("day", "2023-1-", (), "is not a date"),
        ("day", "1899-12-31", (), "lies before 1900"),
        ("clock", "24:00", (), '"24:00" is not a time'),
        ("clock", "730", (), "is not a time"),
        ("clock", "7:3", (), "is not a time"),
        ("number_in", "4.5", (-2.5, 4), "is 4.5; allowed: -2.5 to 4"),
        ("number_in", "-3", (-2.5, 4), "is -3; allowed: -2.5 to 4"),
        ("number_in", "-3", (0,), "is -3; allowed: 0 or more"),
        ("number_in", "inf", (0,), '"inf" is not a number'),
        ("number_in", "1,5", (0,), '"1,5" is not a number'),
        ("number_in", "1_000", (0,), '"1_000" is not a number'),
        ("count", "13", (12,), "is 13; allowed: 0 to 12"),
        ("count", "2.5", (), "is 2.5; only whole numbers are allowed"),
    ],
)
def test_a_cell_that_cannot_be_read_is_noted(reader, text, arguments, words):
    _, faults = cell(reader, text, *arguments)
    assert len(faults) == 1
    assert words in faults[0]


@pytest.mark.parametrize(
    ("cells", "figure", "faults"),
    [
        (("1", "2", "3"), Figure(1, 2, 3), []),
        (("4", "4", "4"), Figure(4, 4, 4), []),
        (("", "", ""), Figure(), []),
        (("1", "", "3"), Figure(1, None, 3), []),
        (("2", "1", "3"), Figure(2, 1, 3), ["low: is 2, more than best, which is 1; they must not fall"]),
        (("1", "4", "3"), Figure(1, 4, 3), ["best: is 4, more than high, which is 3; they must not fall"]),
        (("5", "", "3"), Figure(5, None, 3), ["low: is 5, more than high, which is 3; they must not fall"]),
        (("1", "2", "10"), Figure(1, 2, None), ["high: is 10; allowed: 0 to 9"]),
    ],
)
def test_a_figure_has_bounds_that_do_not_fall(cells, figure, faults):
    row = Row(3, dict(zip(("low", "best", "high"), cells, strict=True)), Problems("a.csv"), "low")
    assert row.figure("low", "best", "high", 9) == figure
    assert [f"{problem.key.rpartition(', ')[2]}: {problem.message}" for problem in row.problems.found] == faults
    assert all(problem.key.startswith(f"row 3 (low {cells[0]}), ") for problem in row.problems.found)


@pytest.mark.parametrize(
    ("figure", "floor"),
    [(Figure(1, 2, 3), 2), (Figure(1, 0, 3), 0), (Figure(1, None, 3), 1), (Figure(high=3), 0), (Figure(), 0)],
)
def test_a_sum_takes_the_best_figure_else_the_lower_bound(figure, floor):
    assert figure.floor == floor


def test_rows_are_numbered_as_a_spreadsheet_shows_them_and_blanks_around_cells_go(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('\ufeff id , b,other\n 7 ,"  two words ",x\n\n8,,y\n', encoding="utf-8")
    rows = read_rows(path, ["id", "b"], others="keep")
    assert [(row.number, row.label, row.cells) for row in rows] == [
        (2, "row 2 (id 7)", {"id": "7", "b": "two words", "other": "x"}),
        (4, "row 4 (id 8)", {"id": "8", "b": "", "other": "y"}),
    ]
    assert rows[0].problems is rows[1].problems
    assert read_rows(path, ["other"], name="b", others="keep")[1].label == "row 4 (b empty)"
    with pytest.raises(InputError, match="column other: is not known; valid: b, id"):
        read_rows(path, ["id", "b"])


def test_rows_with_too_many_or_too_few_cells_are_all_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,b\n1,2,3\n4,5\n6\n")
    with pytest.raises(InputError) as caught:
        read_rows(path, ["id", "b"])
    assert [(problem.key, problem.message) for problem in caught.value.problems] == [
        ("row 2", "has 3 cells, but the header names 2 columns"),
        ("row 4", "has 1 cells, but the header names 2 columns"),
    ]
