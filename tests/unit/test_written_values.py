"""Days and numbers as people and programs write them."""

from __future__ import annotations

from datetime import date

import pytest

from sim.evidence.written_values import join_day, read_day, read_number

DAY = date(2023, 10, 5)


@pytest.mark.parametrize(
    "text",
    [
        *("2023-10-05", "2023-10-5", "2023/10/05", "2023.10.05", "20231005"),
        *("2023-10-05 00:00:00.000", "2023-10-05T23:59", "2023-10-05T23:59:59Z", "2023-10-05 10:00:00+02:00"),
        *("05-Oct-23", "5-Oct-2023", "5 October 2023", "05 Oct 2023", "5. October 2023", "5th October 2023"),
        *("05.10.2023", "5.10.23", "October 5, 2023", "Oct 5 2023", "Oct. 5th, 2023", "Thursday, 5 October 2023"),
        *("2023-Oct-05", "5\u00a0October\u00a02023"),
        *("5 OCTOBER 2023", "5 Oct 2023, 14:05", "05.10.2023 14:05", "Thu 5 Oct 2023"),
    ],
)
def test_every_usual_form_of_a_day_is_read(text):
    assert read_day(text) == DAY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("05/10/2023", "is in an order that differs by country; say it in the map, as date_format"),
        ("05-10-2023", "is in an order that differs by country"),
        ("5/10/23 14:05", "is in an order that differs by country"),
        ("2023-02-29", "is not a date"),
        ("31 September 2023", "is not a date"),
        ("5 Brumaire 2023", "is not a date"),
        ("October 2023", "is not a date"),
        ("45204", "is not a date"),
        ("0023-10-05", "lies before 1900"),
        ("1899-12-31", "lies before 1900"),
        (f"{date.today().year + 1}-01-01", "lies in the future"),
    ],
)
def test_what_is_no_day_or_may_be_two_is_told(text, words):
    with pytest.raises(ValueError, match=words):
        read_day(text)


def test_a_form_that_the_map_gives_is_the_only_one():
    assert read_day("05/10/2023", "%d/%m/%Y") == read_day("10/05/2023", "%m/%d/%Y") == DAY
    with pytest.raises(ValueError, match="is not a date of the form %d/%m/%Y, which the map gives"):
        read_day("2023-10-05", "%d/%m/%Y")
    with pytest.raises(ValueError, match="lies before 1900"):
        read_day("05/10/1066", "%d/%m/%Y")


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("2023", "10", "5"), "2023-10-05"),
        (("2023.0", "10.0", "5.0"), "2023-10-05"),
        (("2023", "October", "5"), "2023-10-05"),
        (("2023", "sept", "5"), "2023-09-05"),
        (("", "10", "5"), ""),
        (("NA", "NA", "NA"), ""),
        (("2023", "-9", "5"), "2023--9-05"),
        (("2023", "x", "5"), "2023 x 5"),
        (("2023.9", "10", "5"), "2023.9 10 5"),
        (("2023", "10", "20.7"), "2023 10 20.7"),
        (("9" * 400, "10", "5"), "9" * 400 + " 10 5"),
    ],
)
def test_a_day_in_three_cells_is_joined(parts, text):
    assert join_day(parts) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("12", 12), ("1.0", 1), ("1e3", 1000), ("1E+05", 100000), ("-2.5", -2.5), (".5", 0.5), ("5.", 5)),
        *(("1 234", 1234), ("1\u202f234\u202f567", 1234567), ("1'234.5", 1234.5), ("\u22123", -3), ("+4", 4)),
    ],
)
def test_numbers_are_read_as_other_programs_write_them(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["1,234", "1,5", "1_000", "inf", "nan", "0x10", "1 23", "12 3456", "1e999", "one", ""])
def test_what_may_be_two_numbers_or_none_is_refused(text):
    with pytest.raises(ValueError, match="is not a number"):
        read_number(text)
